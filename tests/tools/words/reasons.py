"""The rows of verdict.reason."""

import re

from words.claims import Claim, check_name, check_size, first
from words.report import nodes_of

USAGES = {"": "memory", " of memory and swap together": "memory+swap", " of kernel memory": "kmem"}


# --- what was short

def check_usage(facts, match):
    usage = facts.usages.get(USAGES[match["kind"] or ""])
    if not usage:
        return "no such usage line"
    paths = facts.limit_paths()
    name = None if match["path"] == "The cgroup" else check_name(match["path"], paths, "the cgroup of the limit")
    return first(name, check_size(match, "usage", [usage[0]], "usage"), check_size(match, "limit", [usage[1]], "limit"),
                 None if "memcg" in facts.scopes() else "the report is not of a cgroup's limit")


def check_free(facts, match):
    free = facts.total("free") + [value * 1024 for value in [facts.totals.get("free_kb")] if value]
    return first(check_size(match, "free", free, "free memory"), check_size(match, "all", facts.managed(), "managed memory"),
                 None if "global" in facts.scopes() else f"the report is {facts.scopes()}")


def check_swap(facts, match):
    return first(check_size(match, "left", [facts.counts["swap_free"] * 1024] if "swap_free" in facts.counts else [], "free swap"),
                 check_size(match, "all", [facts.counts["swap_total"] * 1024] if "swap_total" in facts.counts else [], "swap"))


def check_no_swap(facts, _):
    return None if facts.counts.get("swap_total") == 0 else f"Total swap: {facts.counts.get('swap_total')}"


def allowed_nodes(facts):
    for text in (facts.header and facts.header.get("nodes"), facts.summary and facts.summary["nodes"],
                 facts.summary and facts.summary["mems"], facts.mems):
        nodes = nodes_of(text)
        if nodes:
            return nodes
    return None


def check_nodes_free(facts, match):
    nodes = allowed_nodes(facts)
    zones = [zone for zone in facts.zones if zone["node"] is None or (nodes and zone["node"] in nodes)]
    sums = {sum(zone["free"] - (zone.get("free_cma", 0) if without_cma else 0) for zone in part) * 1024 for part in (
        zones, facts.usable(zones)) for without_cma in (False, True) if part}
    return check_size(match, "free", sorted(sums), "free on these nodes")


def check_sysrq(facts, _):
    return None if facts.sysrq() else "no sysrq"


# --- who was chosen

def subjects(facts):
    row = facts.chosen_row()
    if row:
        return [row["comm"]]
    return [comm for kill in facts.kills for comm in kill["comms"]] + [entry["comm"] for entry in facts.announced]


def check_who(facts, match):
    names = subjects(facts)
    if not names and facts.summary:
        return None if f",task={match['who']},pid=" in facts.summary["text"] else "the summary names another"
    return check_name(match["who"], names, "the chosen process")


def is_other_killed(facts):
    """Up to 5.0 a child may be killed for the one chosen."""
    return bool(facts.kill and facts.announced and facts.kill["pid"] not in facts.chosen_pids())


def check_killed(facts, match):
    return "another was" if is_other_killed(facts) and match["who"] not in facts.kill["comms"] else check_who(facts, match)


def check_chosen(facts, match):
    return check_who(facts, match) if is_other_killed(facts) else "it was killed itself"


HIDDEN = "how much swap the processes have isn't known"


def check_held(facts, match):
    row = facts.chosen_row()
    if row and match["resident"]:
        sizes = [row["rss"] * page for page in facts.page_sizes()]
    else:  # of rows that don't show swap, the size would be too small; that of the kill line is what is resident
        sizes = facts.held(row) if row and not facts.hides_swap() else facts.kill_held()
    tables = (facts.row_pgtables(row) if row else []) if match["tables"] else None
    return first(check_who(facts, match), check_size(match, "held", sizes, "what it held"),
                 check_size(match, "tables", tables, "page tables") if tables is not None else None)


def whole_table(facts, count=None):
    if not facts.is_table_whole():
        return "the report is not whole, so the table may lack rows"
    if count is not None and len(facts.table.rows) != int(count):
        return f"the table has {len(facts.table.rows)} rows"
    return None if facts.chosen_row() else "the chosen one has no row"


def check_only(facts, _):
    return first(whole_table(facts, 1), None)


def check_most(facts, match):
    why = HIDDEN if facts.hides_swap() else whole_table(facts, match["total"])
    if why:
        return why
    chosen = facts.chosen_row()
    more = [row for row in facts.table.rows if max(facts.held(row)) > max(facts.held(chosen))]
    return f"{more[0]['comm']} ({more[0]['pid']}) held more" if more else check_worst(facts, match)


def check_worst(facts, match):
    why = whole_table(facts, match["total"])
    if why:
        return why
    chosen = facts.chosen_row()
    fields = match.groupdict()
    if fields.get("adj") is not None and int(fields["adj"]) != chosen.get("oom_score_adj"):
        return f"its oom_score_adj is {chosen.get('oom_score_adj')}"
    for row in facts.table.rows:
        if row is not chosen and facts.may_be_worse(row, chosen):
            return f"{row['comm']} ({row['pid']}) may have been worse"
    return None


def rows_of(facts, match, name):
    """The rows that a process named in a sentence may be."""
    pid = match[f"{name}_pid"]
    return [row for row in facts.table.rows if (pid is None or row["pid"] == int(pid)) and not check_name(match[name], [row["comm"]], "")]


def check_larger(facts, match):
    rows = rows_of(facts, match, "larger")
    if not rows:
        return "no such row"
    row, chosen = rows[0], facts.chosen_row()
    if facts.hides_swap():
        return HIDDEN
    if not chosen or max(facts.held(row)) <= max(facts.held(chosen)):
        return "it held no more than the chosen one"
    return check_size(match, "more", facts.held(row), "what it held")


def check_larger_exempt(facts, match):
    rows = [row for row in facts.table.rows if facts.exempt(row)]
    return first(check_larger(facts, match), None if rows_of(facts, match, "larger")[0] in rows else "it is not exempt")


def check_larger_adj(facts, match):
    rows = rows_of(facts, match, "larger")
    return first(check_larger(facts, match), None if rows[0].get("oom_score_adj") == int(match["its"]) else
                 f"its oom_score_adj is {rows[0].get('oom_score_adj')}" if rows else None)


def check_larger_tables(facts, match):
    why = check_larger(facts, match)
    if why:
        return why
    row, chosen = rows_of(facts, match, "larger")[0], facts.chosen_row()
    if max(facts.row_pgtables(row) or [0]) >= max(facts.row_pgtables(chosen) or [0]):
        return "its page tables are not smaller"
    if row.get("oom_score_adj") != chosen.get("oom_score_adj"):
        return "their oom_score_adj differ"
    return None


def check_ties(facts, match):
    chosen = facts.chosen_row()
    if not chosen or not facts.is_table_whole():
        return "the table may lack rows"
    counts = set()
    for page, total in facts.figures():
        own = facts.points(chosen, page, total)
        counts.add(sum(facts.points(row, page, total) == own for row in facts.table.rows
                       if row is not chosen and not facts.exempt(row)))
    return None if int(match["ties"]) in counts else f"so many rows have it: {sorted(counts)}"


def check_beaten(facts, match):
    rows, chosen = rows_of(facts, match, "worse"), facts.chosen_row()
    if match["worse"] == "another process":
        rows = facts.table.rows
    if not rows:
        return "no such row"
    if not chosen:
        return "the chosen one has no row"
    surely = [row for row in rows if facts.is_surely_worse(row, chosen)]
    if not surely:
        return "by the printed figures it was not worse"
    if not match["its"]:
        return None
    for page, total in facts.figures():
        if facts.points(surely[0], page, total)[1] == int(match["its"]) and facts.points(chosen, page, total)[1] == int(match["own"]):
            return None
    return "the figures give other points"


# --- why that can't be told

def check_table_missing(facts, _):
    return f"it has {len(facts.table.rows)} rows" if facts.table.rows else None


def check_row_missing(facts, _):
    row = facts.chosen_row()
    return f"it has: {row}" if row else None if facts.table.rows else "there is no table"


def check_not_named(facts, _):
    return "it is named" if facts.announced or (facts.summary and facts.summary["pid"] is not None) else None


def check_table_cut(facts, _):
    is_sure = facts.this.seq is not None and facts.table.rows and facts.is_table_whole() and not facts.is_obscured
    return "no record of it is missing" if is_sure and facts.header and facts.task else None


def check_table_header(facts, _):
    return "it is there" if facts.table.columns else None


def check_old_formula(facts, _):
    columns = facts.table.columns or []
    return None if "oom_adj" in columns and "oom_score_adj" not in columns else f"columns {columns}"


def check_swap_unknown(facts, _):
    if "swap_total" in facts.counts and facts.n_mem_infos < 2:
        return f"Total swap = {facts.counts['swap_total']}kB"
    if "swap" in facts.usages and facts.usages["swap"][1] == 0:
        return "the cgroup may use none"
    return None


def check_share_unknown(facts, _):
    """totalpages is the machine's memory and swap, or a limit and the swap that goes with it."""
    if facts.scopes() == {"global"} and facts.managed() and "swap_total" in facts.counts and facts.n_mem_infos < 2 and \
            facts.summary and len(facts.page_sizes()) == 1:
        return "it is that of the machine"
    return check_swap_unknown(facts, _) if facts.is_memcg() and "swap" in facts.usages else None


def check_no_swap_column(facts, _):
    columns = facts.table.columns
    return f"its columns: {columns}" if not columns or "swapents" in columns else None


def check_other_row(facts, _):
    row, kill = facts.table.row_of(facts.victim_pid()), facts.kill
    names = kill["comms"] if kill else []
    return None if row and row["comm"] not in names else "it has the name of the one killed" if row else "there is none"


def check_named_row(facts, match):
    """The one named has no row."""
    if match["named_pid"] is None:
        return "it is named without its pid"
    if facts.table.row_of(int(match["named_pid"])):
        return "it has one"
    names = [entry["comm"] for entry in facts.announced]
    if facts.summary:
        names += [facts.summary["text"][m.end():facts.summary["text"].rfind(",pid=")] for m in re.finditer(",task=", facts.summary["text"])]
    return first(check_name(match["named"], names, "the one named"),
                 None if int(match["named_pid"]) in facts.chosen_pids() else f"named: {facts.chosen_pids()}",
                 "no parent was announced" if match["parent"] and not facts.announced else None)


def check_named_other(facts, match):
    return first(check_name(match["named"], [entry["comm"] for entry in facts.announced], "the one announced"),
                 None if facts.kill and facts.kill["pid"] != int(match["named_pid"]) and
                 int(match["named_pid"]) in facts.chosen_pids() else f"announced: {facts.chosen_pids()}")


def check_rage(facts, _):
    return None if facts.this.text.startswith("Rage kill") else "the line does not say so"


def check_kill_lost(facts, match):
    """Of another than the victim, whom a line announced."""
    pid = int(match["named_pid"]) if match["named_pid"] else None
    named = [entry for entry in facts.announced if int(entry["pid"]) == pid]
    return first(check_name(match["named"], [entry["comm"] for entry in named], "the one announced"),
                 "it is there" if any(kill["pid"] == pid for kill in facts.kills) else None)


def check_page_size(facts, _):
    return None if len(facts.page_sizes()) > 1 else f"it is {facts.page_sizes()[0]}"


def check_close(facts, _):
    chosen = facts.chosen_row()
    if not chosen:
        return "the chosen one has no row"
    near = [row for row in facts.table.rows if row is not chosen and facts.may_be_worse(row, chosen)]
    return None if near else "no other is as bad"


def check_not_chosen(facts, _):
    return None if facts.group or facts.sharing else "no group, and no shared memory"


UNKNOWN = [("the report does not say it", lambda facts, match: None), ("it was not chosen by its badness", check_not_chosen),
           ("the line that names the one chosen is missing", check_not_named),
           ("the kill line, which says how it was chosen, is missing", lambda facts, match: "it is there" if facts.kills else None),
           ("none was chosen", lambda facts, match: "one was" if facts.kills else None),
           ("the log has no task table of it", check_table_missing),
           ("the task table is not known to be whole", check_table_cut),
           ("the header of the task table is missing", check_table_header),
           ("this kernel's formula counts what it does not print", check_old_formula),
           ("the task table has no row of it", check_row_missing),
           ("the report does not print how much swap the machine has", check_swap_unknown),
           ("the report does not tell of how much memory oom_score_adj is a share", check_share_unknown),
           ("this kernel's task table does not print how much swap each process has", check_no_swap_column),
           ("the row of that pid in the task table is another process's", check_other_row),
           ("the task table is too large for all of its rows to be kept",
            lambda facts, match: None if len(facts.table.rows) > 1000 else f"it has {len(facts.table.rows)} rows"),
           ("the size of a page is not known", check_page_size),
           ("another is as bad but for what the figures move between choice and print", check_close)]


# --- who was not chosen

def check_group(facts, _):
    return None if facts.is_group_member() else "no line says that its group is killed"


def check_allocating(facts, _):
    why = [kill["why"] for kill in facts.kills] + [entry["why"] for entry in facts.announced]
    return None if any("(oom_kill_allocating_task)" in text for text in why) else "the kill line does not say so"


def check_sharing(facts, _):
    pids = [int(entry["pid"]) for entry in facts.sharing]
    return None if facts.victim_pid() in pids or facts.this.text.startswith("Kill process") else "no line says so"


def check_child(facts, match):
    pid = facts.kill and facts.kill["pid"]
    parents = [int(entry["pid"]) for entry in facts.announced]
    if not parents or pid in parents:
        return "none but the one killed was announced"
    row = next((row for parent in parents for row in [facts.table.row_of(parent)] if row), None)
    if facts.table.rows and not row:
        return f"the one announced ({parents[0]}) has no row: it may be a thread"
    return first(check_name(match["child"], facts.kill["comms"], "the one killed"),
                 None if int(match["child_pid"]) == pid else f"{pid} was killed")


def check_panic_set(facts, _):
    return None if facts.panic and "panic_on_oom" in facts.panic[1] else "the panic does not say so"


def check_nobody(facts, _):
    return None if facts.nobody and facts.is_table_whole() and not facts.table.rows else "that is not printed"


def check_open(facts, _):
    """The log has neither a kill nor what the kernel prints where there is none."""
    if facts.kills:
        return f"{facts.kills[0]['pid']} was killed"
    return "the kernel says why" if facts.nobody or facts.skipped else None


def check_named_only(facts, match):
    names = [entry["comm"] for entry in facts.announced]
    if facts.summary:
        names += [facts.summary["text"][m.end():facts.summary["text"].rfind(",pid=")] for m in re.finditer(",task=", facts.summary["text"])]
    pids = facts.chosen_pids()
    return first(check_open(facts, match), check_name(match["named"], names, "the one named"),
                 None if not match["named_pid"] or int(match["named_pid"]) in pids else f"it named {pids}",
                 "kernels that print a summary kill no child" if "child" in match[0] and facts.summary and not facts.announced else None)


def check_skipped(words):
    def check(facts, _):
        return None if facts.skipped and re.search(words, facts.skipped[0]) else "the kernel does not say so"
    return check


def check_none_found(facts, _):
    return None if facts.nobody or facts.panic or (facts.skipped and "No task eligible" in facts.skipped[0]) else "that is not printed"


def check_none_may(facts, match):
    if not facts.is_table_whole() and not (facts.nobody and facts.table.has_title and facts.table.columns):
        return "the report is not whole, so the table may lack rows"
    rows = facts.table.rows
    if not rows or not all(map(facts.exempt, rows)) or (match["one"] and len(rows) != 1):
        return f"{len(rows)} rows, {sum(map(facts.exempt, rows))} of them exempt"
    return check_exempt_word(facts, match)


def check_exempt_word(facts, match):
    column, value = match["exempt"].split()
    return None if any(row.get(column) == int(value) for row in facts.table.rows) else f"no row has {match['exempt']}"


def check_other_named(facts, match):
    pid = int(match["pid"])
    return None if facts.kill and pid != facts.kill["pid"] and pid in facts.chosen_pids() else f"named: {facts.chosen_pids()}"


def check_root(facts, match):
    """Up to 4.17 root's processes count for 3 % less."""
    why = check_larger(facts, match)
    rows, chosen = rows_of(facts, match, "larger"), facts.chosen_row()
    if why or not chosen:
        return why or "the chosen one has no row"
    is_old = "nr_ptes" in rows[0] or "oom_adj" in rows[0] or not facts.table.is_wide
    return None if rows[0]["uid"] == 0 and chosen["uid"] != 0 and is_old else "it is not root's, or this kernel makes no difference"


def check_larger_not_worse(facts, match):
    why = check_larger(facts, match)
    rows, chosen = rows_of(facts, match, "larger"), facts.chosen_row()
    return why or ("it had, by the printed figures" if facts.is_surely_worse(rows[0], chosen) else None)


EXEMPT = r"(?P<exempt>oom_score_adj -1000|oom_adj -17)"
ROWS = [
    Claim("usage", r"{path:path} used {size:usage} of its limit of {size:limit}"
          r"(?P<kind> of memory and swap together| of kernel memory|)\. ", check_usage),
    Claim("free", r"{size:free} of the machine's {size:all} were free(?=, and|\. )", check_free),
    Claim("swap left", r", and {size:left} of {size:all} swap(?=\. )", check_swap),
    Claim("no swap", r", and it has no swap(?=\. )", check_no_swap),
    Claim("free on nodes", r"{size:free} were free in the zones of the memory nodes that the allocation may use(?=\. )", check_nodes_free),
    Claim("sysrq", r"An operator asked for a kill by SysRq(?=\. )", check_sysrq),
    Claim("stop", r"\. (?=.)|\.$", lambda facts, match: None),
    Claim("panic_on_oom", r"vm\.panic_on_oom is set: the kernel stops the machine instead of a process", check_panic_set),
    Claim("none may be killed", r"None of the processes there may be killed: (?:(?P<one>the only one has)|all have) " + EXEMPT,
          check_none_may),
    Claim("no process", r"There was no process to kill", check_nobody),
    Claim("none found", r"The kernel found no process that it may kill", check_none_found),
    Claim("exiting", r"The process that the kernel chose was already exiting", check_skipped("already exiting")),
    Claim("spared", r"The kernel chose a process, and went on without killing it", check_skipped("tried to kill|Would have killed")),
    Claim("refused", r"The request was refused: the kernel's OOM killer is disabled", check_skipped("OOM killer disabled|killer is disabled")),
    Claim("open", r"The log does not tell who was killed, if anyone was", check_open),
    Claim("named", r"The kernel chose {proc:named}; the log does not have the kill line, which tells whether it was this one or a child of "
          r"it", check_named_only),
    Claim("other named", r"; the kernel had named pid {n:pid}: its parent, or a thread of it", check_other_named),
    Claim("larger, root's", r"; {proc:larger} held {size:more}, but root's processes count for less", check_root),
    Claim("larger, not worse", r"; {proc:larger} held {size:more}, but had no higher badness", check_larger_not_worse),
    Claim("larger, exempt", r"; {proc:larger} held {size:more}, but is exempt \(" + EXEMPT + r"\)", check_larger_exempt),
    Claim("larger, not killable", r"; {proc:larger} held {size:more}, but could not be killed", check_larger),
    Claim("larger, adjusted", r"; {proc:larger} held {size:more}, but has oom_score_adj {n:its}", check_larger_adj),
    Claim("larger, page tables", r"; {proc:larger} held {size:more}, but not with page tables", check_larger_tables),
    Claim("ties", r"; {n:ties} (?:other has|others have) exactly its badness", check_ties),
    Claim("child", r"; its child {proc:child} was killed for it", check_child),
    Claim("group", r"(?:;| ) ?(?:it )?(?:was )?killed with its whole cgroup \(memory\.oom\.group\), not for its badness", check_group),
    Claim("allocating task", r"(?:; it was killed)? ?because it allocated \(vm\.oom_kill_allocating_task\)", check_allocating),
    Claim("shared memory", r"(?:; it was killed)? ?because it shares the memory of another that was killed", check_sharing),
    Claim("rage", r"(?:; it was killed)? ?besides the one chosen \(rage kill\)", check_rage),
    Claim("chosen, kill line lost", r"; the kernel chose {proc:named}, and the log does not have the kill line of that(?=\.$)",
          check_kill_lost),
    Claim("named, other", r"; the kernel named {proc:named}, which is its parent, or a thread(?=\.$)", check_named_other),
    Claim("unknown, no row of the one named", r"; whether another process was worse can't be told: the task table has no row of the one that "
          r"the kernel named, {proc:named}(?P<parent>: a thread, or a parent)?(?=\.$)", check_named_row),
    Claim("held", r"{name:who} held {size:held}(?P<resident> in memory)?(?: and {size:tables} of page tables)?"
          r"(?= and was|, and|, the most|, but|; it was|; whether|; its|; the kernel|\.$)", check_held),
    Claim("killed", r"{name:who} was killed(?= |;|,|\.)", check_killed),
    Claim("chosen", r"{name:who} was chosen(?=;)", check_chosen),
    Claim("only one", r" and was the only process (?:to choose from|in the task table)", check_only),
    Claim("most", r", the most of (?:{n:total} processes|all processes there)", check_most),
    Claim("worst", r", and(?: with its oom_score_adj of {n:adj})? had the highest badness of (?:{n:total} processes|all processes there)",
          check_worst),
    Claim("beaten", r", but by the printed figures {proc:worse} had a higher badness(?: \({n:its} against {n:own}\))?: "
          r"the kernel may go by what it does not print", check_beaten),
] + [Claim("unknown", r"; whether another process was worse can't be told: " + text, condition) for text, condition in UNKNOWN]
