"""Which of a log's messages are an alert's, and what follows from them: sizes, scope, badness. Written from the kernel's facts
(docs/kernel-oom-formats.md), not from the program."""

import re

from words import report as raw
from words.report import Report, nodes_of

UNLIMITED_BYTES = 2**50 * 1024
PAGE_SIZES = (4096, 16384, 65536)
# From the bottom up; the lowest bits of gfp_mask say which is the highest that an allocation may use (include/linux/gfp_types.h).
ZONE_ORDER = ["DMA", "DMA32", "Normal", "HighMem", "Movable"]


def starts(pattern, message):
    return pattern.search(message.text) if message.is_loose else pattern.fullmatch(message.text.rstrip("\n"))


def is_header(message):
    return starts(raw.HEADER, message) or starts(raw.OLD_HEADER, message)


def is_kill(message):
    return any(starts(pattern, message) for pattern in (raw.KILLED, raw.OLD_KILLED, raw.SHARING)) and not starts(raw.SKIPPED, message)


def ends_before(message):
    """Whether a report that goes on after this message is another one."""
    return is_kill(message) or any(starts(pattern, message) for pattern in (raw.NOBODY, raw.PANIC, raw.SKIPPED))


def find_own(messages, index, kind):
    """The messages of the report that the one at index is of."""
    this = messages[index]
    near = [message for message in messages if (message.host == this.host or None in (message.host, this.host))
            and (message.caller == this.caller or None in (message.caller, this.caller))]
    index = near.index(this)
    first = index
    if not is_header(this):
        while first > 0:
            before = near[first - 1]
            if starts(raw.ANNOUNCED, this) and starts(raw.ANNOUNCED, before):
                break
            if ends_before(before) and not is_of_group(near, first, index) and not (
                    starts(raw.NOBODY, before) and starts(raw.PANIC, this)):
                break
            first -= 1
            if is_header(before):
                break
    for back in range(first, max(first - 4, -1), -1):
        if starts(raw.SYSRQ, near[back]):
            first = back
            break
        if back < first and ends_before(near[back]):
            break
    last = index + 1
    named = re.search(r",pid=(\d+),uid=", this.text) if starts(raw.SUMMARY, this) else None
    if not ends_before(this):
        while last < len(near) and not is_header(near[last]) and not (
                starts(raw.ANNOUNCED, this) and starts(raw.ANNOUNCED, near[last])):
            if named and (starts(raw.SUMMARY, near[last]) or (
                    is_kill(near[last]) and f" process {named[1]} " not in near[last].text)):
                break
            last += 1
            if ends_before(near[last - 1]):
                break
    if kind == "oom_panic":
        last = index + 1
    return near[first:last]


def is_of_group(near, first, index):
    """Whether the kill line before first belongs with the one at index: a group's, or of a process that shares its memory."""
    for message in near[first:index + 1]:
        if starts(raw.GROUP, message) or starts(raw.SHARING, message) or message.text.startswith("Rage kill"):
            return True
    # A member after the first: the group's line stands further up, with nothing but kill lines between.
    for back in range(first - 1, max(first - 200, -1), -1):
        announced = starts(raw.ANNOUNCED, near[back])
        if starts(raw.GROUP, near[back]) or starts(raw.SHARING, near[back]) or (announced and "and children" in near[back].text):
            return True
        if is_header(near[back]):
            return False
        if not is_kill(near[back]) and back != first - 1:
            continue
    return False


class Facts(Report):
    """A report, and what follows from it for one alert."""

    def __init__(self, messages, index, alert):
        self.log, self.index, self.alert = messages, index, alert
        self.this = messages[index]
        super().__init__(find_own(messages, index, alert["type"]))
        self.kill = next((kill for kill in reversed(self.kills) if kill["line"] == self.this.line), None)
        self.group = next((group for group in reversed(self.groups)), None)

    # --- who

    def victim_pid(self):
        if self.kill:
            return self.kill["pid"]
        if self.kills and self.alert["type"] == "oom_kill" and not starts(raw.SUMMARY, self.this):
            return self.kills[-1]["pid"]
        if self.summary and self.summary["pid"] is not None:
            return self.summary["pid"]
        return int(self.announced[-1]["pid"]) if self.announced else None

    def chosen_pids(self):
        """Whom the kernel named as chosen, by any line that does; a member of a group was not chosen."""
        if self.is_group_member() or self.is_sharing():
            return [self.victim_pid()]
        pids = [int(entry["pid"]) for entry in self.announced]
        if self.summary and self.summary["pid"] is not None:
            pids.append(self.summary["pid"])
        return pids or ([self.victim_pid()] if self.victim_pid() is not None else [])

    def chosen_row(self):
        for pid in self.chosen_pids() + [self.victim_pid()]:
            row = self.table.row_of(pid) if pid is not None else None
            if row and self.is_row_of_kill(row, pid):
                return row
        return None

    def is_row_of_kill(self, row, pid):
        """Another process may have had the pid: then the name is another, and the size."""
        kill = self.kill if self.kill and self.kill["pid"] == pid else None
        if not kill or row["comm"][:15] in [name[:15] for name in kill["comms"]] or "total-vm" not in kill["sizes"]:
            return True
        return any(abs(row["total_vm"] * page - kill["sizes"]["total-vm"]) <= kill["sizes"]["total-vm"] / 8
                   for page in PAGE_SIZES)

    def is_group_member(self):
        """Killed with its cgroup: after the line that says so."""
        return bool(self.group) and self.kill is not None and any(
            starts(raw.GROUP, message) for message in self.messages[:-1])

    def is_sharing(self):
        return any(int(entry["pid"]) == self.victim_pid() for entry in self.sharing)

    def reports_without_victim(self):
        """How many the log has in which nobody may be killed."""
        return sum(bool(starts(raw.NOBODY, message)) for message in self.log)

    # --- what was short

    def sysrq(self):
        return self.is_sysrq or bool(self.header and self.header.get("order") == "-1")

    def is_memcg(self):
        text = " ".join(message.text for message in self.messages if re.search(
            r"Memory cgroup out of memory|Memory cgroup stats|CONSTRAINT_MEMCG|killed as a result of limit|Memory limit reached",
            message.text))
        return bool(text) or "memory" in self.usages

    def scopes(self):
        """The scopes that the raw text allows; an old kernel prints nothing that tells some of them apart."""
        if self.kill and re.search(r" in (?:UB|VE) \d+", self.kill["why"]):
            return {"memcg"}  # Virtuozzo: a container's
        if self.kill and (self.kill["why"].startswith("Out of") and not self.summary):
            return {"global", "cpuset", "mempolicy"}
        if self.summary:
            return {{"CONSTRAINT_NONE": "global", "CONSTRAINT_MEMCG": "memcg", "CONSTRAINT_CPUSET": "cpuset",
                     "CONSTRAINT_MEMORY_POLICY": "mempolicy"}.get(self.summary["constraint"], "")}
        if self.is_memcg():
            return {"memcg"}
        text = "\n".join(message.text for message in self.messages)
        if "MPOL_BIND" in text:
            return {"mempolicy"}
        if "No available memory in cpuset" in text:
            return {"cpuset"}
        scopes = {"global"} if self.has_mem_info or self.counts or re.search("Out of [mM]emory", text) else set()
        if self.header and nodes_of(self.header.get("nodes")):
            scopes |= {"mempolicy", "global"}
        return scopes | ({"global"} if self.sysrq() else set())

    def limit_paths(self):
        """What the text may mean by the cgroup whose limit was hit."""
        paths = []
        if self.summary and ",oom_memcg=" in self.summary["text"]:
            rest = self.summary["text"].split(",oom_memcg=", 1)[1]
            ends = [m.start() for m in re.finditer(",task_memcg=|$", rest)]
            paths += [rest[:end] for end in ends]
        if self.task_in:
            text = self.task_in[0]
            mark = " killed as a result of limit of "
            paths += [text[m.end():] for m in re.finditer(re.escape(mark), text)]
        return paths + [path for path in (self.limit_reached, self.stats_path) if path]

    def task_paths(self):
        paths = []
        if self.summary and ",task_memcg=" in self.summary["text"]:
            text = self.summary["text"]
            for begin in re.finditer(",task_memcg=", text):
                paths += [text[begin.end():m.start()] for m in re.finditer(",task=|$", text) if m.start() >= begin.end()]
        if self.task_in:
            text = self.task_in[0].removeprefix("Task in ")
            paths += [text[:m.start()] for m in re.finditer(" killed as a result of limit of ", text)]
        return paths

    # --- sizes

    def page_sizes(self):
        for zone in self.buddies:
            return [zone["buddy"][0][1] * 1024]
        for kill in self.kills:
            row = self.table.row_of(kill["pid"])
            total = kill["sizes"].get("total-vm")
            if row and total and row["total_vm"]:
                sizes = [2**power for power in range(12, 17) if abs(row["total_vm"] * 2**power - total) <= total / 8]
                if sizes:
                    return sizes
        if re.search(r"(?:x86_64|-amd64) #", self.counts and self.task_text or ""):
            return [4096]
        return list(PAGE_SIZES)

    def held(self, row):
        """What a row held, for each page size that it may be."""
        swap = 0 if self.hides_swap() else row.get("swapents", 0)
        return [(row["rss"] + swap) * page for page in self.page_sizes()]

    def hides_swap(self):
        """Whether processes may have memory in swap that the rows don't show: which of them held more is unknown then."""
        headers = [message.text for message in self.log[:self.index] if re.match(r"\[ +pid +\] ", message.text)]
        if not self.table.rows or (headers and "swapents" in headers[-1].split()):
            return False
        if self.n_mem_infos < 2 and self.counts.get("swap_total") in (0, self.counts.get("swap_free", -1)):
            return False
        swap, both, memory = (self.usages.get(kind) for kind in ("swap", "memory+swap", "memory"))
        if self.is_memcg() and swap and 0 in swap[:2]:
            return False
        return not (self.is_memcg() and both and memory and 0 < both[0] <= memory[0])

    def row_pgtables(self, row):
        if "pgtables_bytes" in row:
            return [row["pgtables_bytes"]]
        pages = row.get("nr_ptes", 0) + row.get("nr_pmds", 0)
        return [pages * page for page in self.page_sizes()] if "nr_ptes" in row else []

    def kill_held(self):
        sizes = (self.kill or (self.kills[-1] if self.kills else {"sizes": {}}))["sizes"]
        if "anon-rss" in sizes:
            return [sizes["anon-rss"] + sizes.get("file-rss", 0) + sizes.get("shmem-rss", 0)]
        return [sizes["rss"] + sizes.get("swap", 0), sizes["rss"]] if "rss" in sizes else []

    def total(self, name):
        """One of Mem-Info's counters, in bytes, for each page size that it may be."""
        return [self.totals[name] * page for page in self.page_sizes()] if name in self.totals else []

    def managed(self):
        if "ram" not in self.counts or "reserved" not in self.counts:
            return []
        return [(self.counts["ram"] - self.counts["reserved"]) * page for page in self.page_sizes()]

    def limit(self):
        """The cgroup's limit of memory; None: none is printed, or it has none."""
        usage = self.usages.get("memory")
        return usage[1] if usage and usage[1] < UNLIMITED_BYTES and usage[1] != raw.UNLIMITED_KB * 1024 else None

    def gfp_mask(self):
        """0 where it isn't known: for a page fault 0 is printed."""
        return int(self.header["mask"], 16) if self.header and self.header.get("mask") and not self.sysrq() else 0

    def highest_zone(self):
        """The highest kind of zone that the allocation may use; None: not known."""
        mask = self.gfp_mask()
        if not mask:
            return None
        for bit, name in ((0x1, "DMA"), (0x4, "DMA32")):
            if mask & bit:
                return name
        return ("Movable" if mask & 0x8 else "HighMem") if mask & 0x2 else "Normal"

    def usable(self, zones):
        """Those that the allocation may use."""
        highest = self.highest_zone()
        return [zone for zone in zones if highest and zone["name"] in ZONE_ORDER[:ZONE_ORDER.index(highest) + 1]]

    def space(self):
        if self.is_memcg():
            return [self.limit()] if self.limit() else []
        return self.managed()

    # --- the table

    def is_table_whole(self):
        """Header, rows, and what the kernel prints before and after: nothing may be concluded from what isn't in it otherwise."""
        table = self.table
        if not table.columns or not table.is_followed:
            return False
        begin = next(i for i, message in enumerate(self.messages) if "total_vm" in message.text and "pid" in message.text)
        if any(message.is_after_gap for message in self.messages[begin + 1:]):
            return False
        if any(map(raw.is_blob, self.messages[begin:])):
            return False
        if self.this.seq is not None:
            return True  # every record is numbered
        if table.is_wide and not table.has_title:
            return False  # 4.19 on prints a title
        # Where lines were filtered out, the figures of the memory are missing too.
        return bool(self.usages or self.stats) if self.is_memcg() else "ram" in self.counts

    def exempt(self, row):
        return row.get("oom_score_adj") == -1000 or row.get("oom_adj") == -17

    def total_pages(self):
        """The least and the most that totalpages may be, in pages of each size; None: no upper end is printed."""
        ends = []
        for page in self.page_sizes():
            if self.is_memcg():
                limit = self.limit()
                if not limit:
                    ends.append((page, 0, None))
                    continue
                most = None
                if "swap" in self.usages:
                    swap = self.usages["swap"][1]
                    most = None if swap >= UNLIMITED_BYTES else (limit + swap) // page
                elif "memory+swap" in self.usages and self.usages["memory+swap"][1] < UNLIMITED_BYTES:
                    most = max(limit, self.usages["memory+swap"][1]) // page
                ends.append((page, limit // page, most))
            elif self.scopes() <= {"cpuset", "mempolicy"} and "swap_total" in self.counts and self.node_pages(page):
                swap = self.counts["swap_total"] * 1024 // page
                ends.append((page, self.node_pages(page) + swap, self.node_pages_most(page, swap)))
            elif self.scopes() == {"global"} and self.managed() and "swap_total" in self.counts:
                pages = self.counts["ram"] - self.counts["reserved"] + self.counts["swap_total"] * 1024 // page
                ends.append((page, pages - pages // 64, pages + pages // 64))
            else:
                ends.append((page, 0, None))
        return ends

    def node_pages(self, page):
        """What is present on the nodes that the allocation may use, as far as their zones are printed."""
        nodes = nodes_of(self.summary and (self.summary["nodes"] if "mempolicy" in self.scopes() else self.summary["mems"]))
        return sum(zone.get("present", 0) for zone in self.zones if nodes and (zone["node"] is None or zone["node"] in nodes)) * 1024 // page

    def node_pages_most(self, page, swap):
        if not any("pgtables" in kill["sizes"] for kill in self.kills) or "ram" not in self.counts:
            return None  # up to 5.3 holes count
        is_all_shown = "sec_pagetables" not in self.totals or "MOVABLE" in (self.header and self.header.get("flags") or "")
        return (self.node_pages(page) if is_all_shown else self.counts["ram"]) + swap

    def points(self, row, page, total):
        """(least, most) that oom_badness() may have given a row; None where the table doesn't show what it counts."""
        if "oom_score_adj" not in row:
            return None
        if "swapents" not in row:
            return None
        held = row["rss"] + row["swapents"] + row.get("nr_ptes", 0) + row.get("nr_pmds", 0) + row.get("pgtables_bytes", 0) // page
        most = held + row["oom_score_adj"] * (total // 1000)
        has_bonus = row.get("uid") == 0 and ("nr_ptes" in row or not self.table.is_wide)
        return most - held * 3 // 100 - 1 if has_bonus else most, most

    def figures(self):
        """All that is open: (page, totalpages)."""
        for page, least, most in self.total_pages():
            yield page, least
            yield page, least * 1000 + 10**9 if most is None else most

    def may_be_worse(self, row, than):
        """Whether row may have been worse than another, under some of what is open. None: not computable."""
        if self.exempt(row):
            return False
        worse = False
        for page, total in self.figures():
            mine, others = self.points(row, page, total), self.points(than, page, total)
            if mine is None or others is None:
                return None
            floor = [max(points, 1) for points in (*mine, *others)] if "rss_anon" not in row else [*mine, *others]
            worse = worse or (mine[1] > others[0] and floor[1] > floor[2])
        return worse

    def is_surely_worse(self, row, than):
        if self.exempt(row):
            return False
        for page, total in self.figures():
            mine, others = self.points(row, page, total), self.points(than, page, total)
            if mine is None or others is None or mine[0] <= others[1]:
                return False
        return True
