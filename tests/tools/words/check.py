"""All that an alert says, checked against the log's messages."""

from words.claims import check_text
from words.facts import Facts
from words.fields import check_fields
from words.hints import HINTS, SUMMARY
from words.reasons import ROWS


class Outcome:
    def __init__(self):
        self.claims, self.wrong, self.rows = 0, [], set()  # wrong: [(what is said, what is wrong)]; rows: the names of those used

    def add(self, kind, text, claims, facts):
        wrong, rows = check_text(text, claims, facts)
        self.wrong += wrong
        self.claims += len(rows)
        self.rows |= {(kind, row) for row in rows}


def find_message(alert, messages):
    """Index of the message that made it an incident."""
    source = alert.get("source", {})
    for key in ("line", "seq"):
        if key not in source:
            continue
        found = [i for i, message in enumerate(messages) if getattr(message, key) == source[key]]
        if found:
            return found[0]
    return None


def code_and_text(hint):
    if isinstance(hint, dict):
        return hint["code"], hint["text"]
    code, _, text = hint.partition(": ")
    return code, text


def check_alert(alert, messages):
    outcome = Outcome()
    index = find_message(alert, messages)
    if index is None:
        outcome.wrong.append((f"line {alert.get('source', {}).get('line')}", "no message of the kernel is there"))
        return outcome
    facts = Facts(messages, index, alert)
    outcome.add("summary", alert["summary"], SUMMARY, facts)
    verdict = alert.get("verdict", {})
    if verdict.get("reason"):
        outcome.add("reason", verdict["reason"], ROWS, facts)
    for hint in verdict.get("hints", []):
        code, text = code_and_text(hint)
        outcome.add("hint", text, HINTS.get(code, []), facts)
    check_fields(facts, outcome)
    return outcome
