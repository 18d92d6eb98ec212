"""The rows of an alert's fields: each leaf of its JSON, by its path, and the condition under which the raw text bears it out."""

import re

from words.claims import is_name, unescaped
from words.hints import owner_words

SEVERITY = {("oom_kill", "global"): "critical", ("oom_kill", None): "error", ("oom_no_victim", "global"): "critical",
            ("oom_no_victim", None): "warning", ("oom_panic", None): "critical", ("oom_unreapable", None): "warning",
            ("records_lost", None): "warning"}
MIRRORS = {"swap_": ("memory+swap", "swap"), "kmem_": ("kmem",), "": ("memory",)}


def leaves(value, path=()):
    """(path, value) of each leaf; a list's items are numbered."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, path + (key,))
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        for number, child in enumerate(value):
            yield from leaves(child, path + (number,))
    else:
        yield path, value


def equal(value, *allowed):
    allowed = [one for one in allowed if one is not None]
    return None if value in allowed else f"the text has {', '.join(map(str, allowed[:4])) or 'no such thing'}"


def raw_name(alert, path):
    """The bytes of a name, as far as the alert has them."""
    part = alert
    for key in path[:-1]:
        part = part[key]
    if f"{path[-1]}_hex" in part:
        return bytes.fromhex(part[f"{path[-1]}_hex"]).decode("utf-8", "surrogateescape")
    return part[path[-1]]


def named(value, names):
    names = [name for name in names if name is not None]
    return None if any(value in unescaped(name) or is_name(value, name) for name in names) else f"the text has {names[:4]}"


# --- the alert itself

def check_type(facts, value, _):
    if value == "oom_kill" and not facts.kills and not facts.announced and not facts.summary:
        return "no line says that anyone is killed"
    return None


def check_severity(facts, value, _):
    kind, scope = facts.alert["type"], facts.alert.get("scope")
    want = SEVERITY.get((kind, scope)) or (SEVERITY.get((kind, None)) if scope is None or (kind, "global") not in SEVERITY else "error")
    return equal(value, want)


def check_time(facts, value, _):
    """To the second and the quarter of an hour: zones are not printed, nor are years."""
    wall = re.search(r"(\d\d):(\d\d):(\d\d)", facts.this.wall or "")
    if not wall:
        return None
    minute, second = re.search(r"T\d\d:(\d\d):(\d\d)", value).groups()
    return None if second == wall[3] and (int(minute) - int(wall[2])) % 15 == 0 else f"the line has {wall[0]}"


def check_missing(facts, value, _):
    # The summary names the cgroup of the one it names.
    is_other = facts.kill and facts.summary and facts.summary["pid"] != facts.kill["pid"]
    paths = [] if facts.is_group_member() or facts.is_sharing() or is_other else [
        path for path in facts.task_paths() if len(path.encode("utf-8", "surrogateescape")) < 990 and path.startswith("/")]
    is_limit_cut = any(len(path.encode("utf-8", "surrogateescape")) >= 990 for path in facts.limit_paths())
    is_there = {"header": facts.header, "cgroup": paths, "killed": facts.kill or facts.nobody or facts.skipped,
                "tasks": facts.table.rows and facts.is_table_whole() and facts.header and facts.task,
                "memory": "ram" in facts.counts and facts.n_mem_infos < 2, "limit": facts.usages.get("memory") and not is_limit_cut,
                "totalpages": "swap_total" in facts.counts and facts.n_mem_infos < 2 and not facts.is_memcg()}
    is_named = facts.kill is None or facts.kill["pid"] in [facts.summary and facts.summary["pid"]] + [
        int(entry["pid"]) for entry in facts.announced] or not (facts.summary or facts.announced)
    if facts.is_obscured or not is_named or (not facts.header and "header" in value):
        return None  # what stands before may be another report's
    if any("page allocation failure" in message.text for message in facts.messages):
        is_there["memory"] = False  # that, too, prints the memory's figures
    wrong = [word for word in value if is_there.get(word)]
    return f"{', '.join(wrong)} is there" if wrong else None


def check_complete(facts, value, _):
    lacks = [name for name, there in (("header", facts.header), ("figures", facts.usages or "ram" in facts.counts)) if not there]
    if facts.alert["type"] == "oom_kill" and not facts.table.columns:
        lacks.append("tasks")
    return f"it lacks {', '.join(lacks)}" if value and lacks else None


def check_lost(facts, value, _):
    return None if facts.this.is_after_gap or facts.this.seq else f"{value}: no record is missing there"


# --- the victim

def victim_names(facts):
    names = [comm for kill in facts.kills[-1:] + ([facts.kill] if facts.kill else []) for comm in kill["comms"]]
    names += [entry["comm"] for entry in facts.announced] + ([facts.skipped[2]] if facts.skipped else [])
    if facts.summary:
        text = facts.summary["text"]
        names += [text[m.end():text.rfind(",pid=")] for m in re.finditer(",task=", text)]
    unreapable = re.search(r"pid:\d+ \((.*)\)", facts.this.text, re.DOTALL)
    row = facts.table.row_of(facts.victim_pid())
    return names + ([unreapable[1]] if unreapable else []) + ([row["comm"]] if row else [])


def victim_row(facts):
    return facts.table.row_of(facts.victim_pid()) or {}


def check_victim_pid(facts, value, _):
    unreapable = re.search(r"unable to reap pid:(\d+)", facts.this.text)
    skipped = facts.skipped and facts.skipped[1] and int(facts.skipped[1])
    return equal(value, int(unreapable[1]) if unreapable else facts.victim_pid(), skipped)


def check_uid(facts, value, _):
    kill, row, uids = facts.kill or {}, victim_row(facts), []
    uids += [kill.get("uid"), row.get("uid"), facts.summary and facts.summary.get("uid")]
    return equal(value, *uids, *(uid + 2**32 for uid in uids if uid is not None and uid < 0))


def size_of_victim(printed, column):
    def check(facts, value, _):
        sizes = [(facts.kill or {"sizes": {}})["sizes"].get(name) for name in printed]
        row = victim_row(facts)
        scales = [1] if column == "pgtables_bytes" else facts.page_sizes()
        pages = row.get(column)
        if column == "pgtables_bytes" and "nr_ptes" in row:
            pages, scales = row["nr_ptes"] + row.get("nr_pmds", 0), facts.page_sizes()
        return equal(value, *sizes, *(pages * scale for scale in scales if pages is not None))
    return check


def check_adj(facts, value, _):
    return equal(value, (facts.kill or {}).get("adj"), victim_row(facts).get("oom_score_adj"))


def check_points(facts, value, row):
    if "oom_score_adj" not in row or "swapents" not in row:
        # 2.6.36 to 3.1 count thousandths, and print no swap: what was announced, or something between 1 and 1000
        announced = [int(entry["score"]) for entry in facts.announced]
        return None if value in announced or 1 <= value <= 1000 else f"announced: {announced}"
    seen = set()
    for page, total in facts.figures():
        points = facts.points(row, page, total)
        seen |= set(range(points[0], points[1] + 1)) if points[1] - points[0] < 10**6 else {points[1]}
        seen |= {1} if "rss_anon" not in row and points[0] < 1 else set()
    if value in seen:
        return None
    # Between the two ends of what the machine's totalpages may be
    low, high = min(seen), max(seen)
    return None if row["oom_score_adj"] and low <= value <= high else f"the figures give {low} to {high}"


def check_victim_badness(facts, value, _):
    row = victim_row(facts)
    return check_points(facts, value, row) if row else "it has no row"


def check_path(paths):
    def check(facts, value, path):
        name = raw_name(facts.alert, path)
        known = paths(facts)
        return named(name, known) if name not in known else None
    return check


def check_part(facts, value, _):
    """A unit, an id, a name: a part of the cgroup's path."""
    text = "\n".join(owner_words(facts))
    if value == "-.slice":
        return None  # the root, which no path spells
    return None if value in text or value.replace("-", "_") in text else f"the paths are {owner_words(facts)}"


def check_hex(facts, value, path):
    return None if bytes.fromhex(value) else "it is empty"


# --- the trigger

def trigger(name):
    def check(facts, value, _):
        text = facts.header and facts.header.get(name)
        if name == "flags":
            return equal(value, text)
        return equal(value, None if text is None else text if name == "mask" else int(text))
    return check


def check_trigger_pid(facts, value, _):
    return equal(value, facts.task and facts.task[0])


def check_trigger_comm(facts, value, path):
    names = [facts.header and facts.header.get("comm"), facts.task and facts.task[1]]
    return named(raw_name(facts.alert, path), names)


# --- limit and memory

def check_limit_figure(facts, value, path):
    prefix = next(prefix for prefix in ("swap_", "kmem_", "") if path[-1].startswith(prefix))
    number = ("usage_bytes", "limit_bytes", "failcnt").index(path[-1].removeprefix(prefix))
    return equal(value, *(facts.usages[name][number] for name in MIRRORS[prefix] if name in facts.usages))


def check_stat(facts, value, path):
    return equal(value, facts.stats.get(path[-1]))


def check_protected(facts, value, path):
    return equal(value, facts.protection and facts.protection["min" not in path[-1]])


def check_total(facts, value, path):
    name = path[-1].removesuffix("_bytes")
    kilobytes = [facts.totals["free_kb"] * 1024] if name == "free" and "free_kb" in facts.totals else []
    counts = [facts.counts[name] * page for page in facts.page_sizes()] if name in facts.counts else []
    return equal(value, *facts.total(name), *facts.total(name.replace("mapped", "mapped_file")), *counts, *kilobytes)


def check_managed(facts, value, _):
    return equal(value, *facts.managed())


def check_swap_figure(facts, value, path):
    kilobytes = facts.counts.get(path[-1].removesuffix("_bytes"))
    return equal(value, kilobytes if kilobytes is None else kilobytes * 1024)


def check_in_list(facts, value, path):
    """A figure of a node or a zone."""
    item = facts.alert["memory"][path[1]][path[2]]
    key = path[3].removesuffix("_bytes")
    scale = 1024 if path[3].endswith("_bytes") else 1
    if path[1] == "nodes":
        found = [facts.nodes.get(item["node"], {})]
    else:
        found = [zone for zone in facts.zones + facts.buddies if zone["name"] == item["name"] and zone["node"] == item.get("node")]
    if key in ("node", "name"):
        return None if found and (path[1] == "zones" or value in facts.nodes) else "there is none"
    if key == "all_unreclaimable":
        words = [message.text for message in facts.messages if re.search(r"all_unreclaimable\? " + ("yes" if value else "no"), message.text)]
        return None if words else "no line says so"
    if key == "largest_free_order":
        orders = [order for zone in found for order, (count, _) in enumerate(zone["buddy"] or []) if count]
        return equal(value, max(orders, default=None))
    return equal(value, *(one[key] * scale for one in found if key in one))


def check_huge(facts, value, path):
    item = facts.alert["memory"]["hugepages"][path[2]]
    column = ("node", "total", "free", "surplus", "size_bytes").index(path[3])
    return equal(value, *(one[column] * (1024 if column == 4 else 1) for one in facts.huge
                          if one[column] is not None and one[0] == item.get("node")))


def check_slab(facts, value, path):
    item = facts.alert["memory"]["slabs"][path[2]]
    found = next((slab for slab in facts.slabs if is_name(item["name"], slab[0])), None)
    column = ("name", "used_bytes", "total_bytes").index(path[3])
    return "there is none" if not found else None if column == 0 else equal(value, int(found[column]) * 1024)


def check_allocation(facts, value, path):
    item = facts.alert["memory"]["allocations"][path[2]]
    found = next((one for one in facts.allocations if one[2].strip() == item["where"].strip()), None)
    column = ("bytes", "calls", "where").index(path[3])
    if not found or column == 2:
        return None if found else "there is none"
    number, _, unit = found[0].partition(" ")
    if column == 1 or not unit:
        return equal(value, int(found[column]))
    printed = float(number) * {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}.get(unit, 1)
    return None if abs(value - printed) <= printed / 100 else f"the text has {found[0]}"


def check_page_size(facts, value, _):
    return None if facts.page_sizes() == [value] else f"the text has {facts.page_sizes()}"


# --- the table

def check_candidate(facts, value, path):
    item, key = facts.alert["candidates"][path[1]], path[2]
    rows = [row for row in facts.table.rows if row["pid"] == item["pid"]]
    if not rows:
        return f"no row of {item['pid']}"
    if key == "comm":
        return named(raw_name(facts.alert, path), [row["comm"] for row in rows])
    return next((None for row in rows if check_of_row(facts, value, key, row) is None), check_of_row(facts, value, key, rows[0]))


def check_of_row(facts, value, key, row):
    if key == "killable":
        if row["pid"] == 1:
            return None if not value else "init may not be killed"
        before = facts.log[:facts.log.index(facts.messages[0])]
        killed = any(f" process {row['pid']} " in message.text for message in before)
        return None if value != facts.exempt(row) or (not value and killed) else f"oom_score_adj {row.get('oom_score_adj')}"
    if key == "badness":
        return check_points(facts, value, row)
    if key == "rss_bytes":
        return equal(value, *(row["rss"] * page for page in facts.page_sizes()))
    if key == "swap_bytes":
        return equal(value, *(row["swapents"] * page for page in facts.page_sizes() if "swapents" in row))
    if key == "pgtables_bytes":
        return equal(value, *facts.row_pgtables(row))
    if key == "uid":
        return equal(value, row["uid"], row["uid"] + 2**32 if row["uid"] < 0 else None)
    return equal(value, row.get(key))


def check_total_rows(facts, value, _):
    is_whole = facts.is_table_whole() or (facts.nobody and facts.table.has_title and facts.table.columns) or not facts.table.rows
    if not is_whole:
        return "the report is not whole, so the table may lack rows"
    return equal(value, len(facts.table.rows))


def check_consistent(facts, value, _):
    chosen = facts.chosen_row()
    if not chosen:
        return "the chosen one has no row"
    if value and not facts.is_table_whole():
        return "the report is not whole, so the table may lack rows"
    if "swapents" not in chosen:
        return None  # what an older kernel counts isn't all printed: the reason's row looks at it
    others = [row for row in facts.table.rows if row is not chosen]
    if value:
        worse = [row["pid"] for row in others if facts.may_be_worse(row, chosen)]
        return f"{worse[:3]} may have been worse" if worse else None
    return None if any(facts.is_surely_worse(row, chosen) for row in others) else "none was surely worse"


def check_rank(facts, value, _):
    chosen = facts.chosen_row()
    if not chosen or "swapents" not in chosen:
        return None if chosen else "the chosen one has no row"
    ranks = set()
    for page, total in facts.figures():
        own = facts.points(chosen, page, total)[1]
        ranks.add(1 + sum(facts.points(row, page, total)[1] > own for row in facts.table.rows
                          if row is not chosen and not facts.exempt(row)))
    return None if min(ranks) <= value <= max(ranks) else f"{sorted(ranks)}"


NOTHING = lambda facts, value, path: None  # pylint: disable=unnecessary-lambda-assignment
NAMES = r"(?:unit|user_unit|slice|container\.id|container\.name|pod\.uid|pod\.name|pod\.namespace|job\.id|job\.step)"
# The first row whose pattern is the whole path, joined by dots, has it.
FIELDS = [(re.compile(pattern), check) for pattern, check in (
    (r"schema", lambda facts, value, _: equal(value, "oomwatchd.alert/1")),
    (r"id|group\.first", lambda facts, value, _: None if re.fullmatch("[0-9a-f]{32}", value) else "no id"),
    (r"type", check_type), (r"severity", check_severity),
    (r"time", check_time), (r"time_source|time_doubts|summary", NOTHING),
    (r"host\.name", lambda facts, value, _: equal(value, facts.this.host) if facts.this.host else None),
    (r"host\..*", NOTHING),
    (r"source\.(?:kind|path|places.*|line)", NOTHING),
    (r"source\.seq", lambda facts, value, _: equal(value, facts.this.seq) if facts.this.seq is not None else None),
    (r"source\.monotonic_usec", lambda facts, value, _: None if facts.this.stamp is None or abs(facts.this.stamp * 1e6 - value) < 1e6
     else f"the line's stamp is {facts.this.stamp}"),
    (r"source\.complete", check_complete), (r"source\.missing", check_missing),
    (r"scope", lambda facts, value, _: None if value in facts.scopes() else f"the text shows {facts.scopes()}"),
    (r"constraint", lambda facts, value, _: equal(value, facts.summary and facts.summary["constraint"])),
    (r".*_hex", check_hex),
    (r"victim\.pid", check_victim_pid),
    (r"victim\.comm", lambda facts, value, path: named(raw_name(facts.alert, path), victim_names(facts))),
    (r"victim\.uid", check_uid), (r"victim\.oom_score_adj", check_adj), (r"victim\.badness", check_victim_badness),
    (r"victim\.total_vm_bytes", size_of_victim(("total-vm", "vsz", "vm"), "total_vm")),
    (r"victim\.anon_rss_bytes", size_of_victim(("anon-rss",), "rss_anon")),
    (r"victim\.file_rss_bytes", size_of_victim(("file-rss",), "rss_file")),
    (r"victim\.shmem_rss_bytes", size_of_victim(("shmem-rss",), "rss_shmem")),
    (r"victim\.rss_bytes", size_of_victim(("rss",), "rss")),
    (r"victim\.pgtables_bytes", size_of_victim(("pgtables",), "pgtables_bytes")),
    (r"victim\.swap_bytes", size_of_victim(("swap",), "swapents")),
    (r"victim\.cgroup", check_path(lambda facts: facts.task_paths())),
    (r"(?:victim|limit)\.cgroup_cut", NOTHING),
    (r"(?:victim|limit)\." + NAMES, check_part),
    (r"victim\.(?:container\.runtime|job\.manager)", NOTHING),
    (r"trigger\.pid", check_trigger_pid), (r"trigger\.comm", check_trigger_comm),
    (r"trigger\.gfp_mask", trigger("mask")), (r"trigger\.gfp_flags", trigger("flags")),
    (r"trigger\.order", trigger("order")), (r"trigger\.oom_score_adj", trigger("adj")),
    (r"trigger\.sysrq", lambda facts, value, _: None if value == facts.sysrq() else "the text says otherwise"),
    (r"limit\.cgroup", check_path(lambda facts: facts.limit_paths())),
    (r"limit\.(?:swap_|kmem_)?(?:usage_bytes|limit_bytes|failcnt)", check_limit_figure),
    (r"(?:limit|memory)\.protected_(?:min|low)_bytes", check_protected),
    (r"limit\.stats\..*", check_stat),
    (r"memory\.page_size_bytes", check_page_size), (r"memory\.total_bytes", check_managed),
    (r"memory\.swap_(?:total|free)_bytes", check_swap_figure),
    (r"memory\.(?:nodes|zones)\.\d+\..*", check_in_list), (r"memory\.hugepages\.\d+\..*", check_huge),
    (r"memory\.slabs\.\d+\..*", check_slab), (r"memory\.allocations\.\d+\..*", check_allocation),
    (r"memory\.cut", NOTHING), (r"memory\.[a-z_]+", check_total),
    (r"group\.cgroup", check_path(lambda facts: [group["path"] for group in facts.groups])),
    (r"candidates\.\d+\..*", check_candidate), (r"candidates_total", check_total_rows),
    (r"verdict\.consistent", check_consistent), (r"verdict\.rank", check_rank),
    (r"verdict\.(?:reason|hints.*)", NOTHING),
    (r"recurrence\.count", lambda facts, value, _: None if 2 <= value <= facts.reports_without_victim() else
     f"{facts.reports_without_victim()} such reports"),
    # only of a live log
    (r"recurrence\.(?:since|until|previous|records_skipped|count_estimated)", NOTHING),
    (r"lost", check_lost),
)]


def check_fields(facts, outcome):
    for path, value in leaves(facts.alert):
        name = ".".join(map(str, path))
        check = next((check for pattern, check in FIELDS if pattern.fullmatch(name)), None)
        why = check(facts, value, path) if check else "no row knows this field"
        outcome.claims += 1
        if why:
            outcome.wrong.append((f"{name}={value}", why))
