"""What the kernel's messages of one report say: each line by its regular expression, after docs/kernel-oom-formats.md."""

import re

HEADER = re.compile(r"(?P<comm>.*) invoked oom-killer(?:: gfp_mask=(?P<mask>0x[0-9a-f]+)(?:\((?P<flags>[^)]*)\))?)?"
                    r"(?:, nodemask=(?P<nodes>\(null\)|[\d,-]*\d))?(?:, +order=(?P<order>-?\d+))?"
                    r"(?:, oom(?:killadj|_adj)=-?\d+)?(?:, oom_score_adj=(?P<adj>-?\d+))?.*", re.DOTALL)
OLD_HEADER = re.compile(r"oom-killer: gfp_mask=(?P<mask>0x[0-9a-f]+)(?:, order=(?P<order>-?\d+))?\s*")
TASK = re.compile(r"(?:CPU: \d+ (?:UID: \d+ )?PID: (?P<pid>\d+) Comm: |Pid: (?P<pid2>\d+), comm: )(?P<comm>.*?) ?"
                  r"(?:Kdump: loaded )?(?:(?:Not tainted|Tainted: ).*)?", re.DOTALL)
CPUSET = re.compile(r".* cpuset=(?P<cpuset>.*) mems_allowed=(?P<mems>[\d,-]+)\s*", re.DOTALL)
USAGE = re.compile(r"(memory|memory\+swap|kmem|swap): usage (\d+)kB, limit (\d+)kB(?:, failcnt (\d+))?.*")
TASK_IN = re.compile(r"Task in (?P<task>.*) killed as a result of limit of (?P<limit>.*)", re.DOTALL)
LIMIT_REACHED = re.compile(r"Memory limit reached of cgroup (?P<limit>.*)", re.DOTALL)
STATS = re.compile(r"Memory cgroup stats(?: for (?P<path>.*?))?:(?P<pairs>(?: \w+:\d+KB)*)\s*", re.DOTALL)
STAT = re.compile(r"\s*([a-z_0-9]+) (\d+)\s*")
PROTECTION = re.compile(r"Memory cgroup min protection (\d+)kB -- low protection (\d+)kB.*")
NODE = re.compile(r"Node (\d+) (active_anon:.*)")
ZONE = re.compile(r"(?:Node (\d+) )?([A-Z]\w{1,14}) (free:\d+kB.*)")
TOTALS = re.compile(r" *(?:active_anon|active_file|unevictable|slab_reclaimable|mapped|sec_pagetables|kernel_misc_reclaimable"
                    r"|free|Active):\d+(?: .*|$)")
LOWMEM = re.compile(r"lowmem_reserve\[\]: ?((?:-?\d+ ?)*)")
BUDDY = re.compile(r"(?:Node (\d+) )?([A-Z]\w{1,14}): ((?:\d+\*\d+kB (?:\([A-Z]+\) )?)+)= (\d+)kB.*")
HUGE = re.compile(r"(?:Node (\d+) )?hugepages_total=(\d+) hugepages_free=(\d+) hugepages_surp=(\d+) hugepages_size=(\d+)kB.*")
COUNTS = {name: re.compile(pattern) for name, pattern in {
    "pagecache": r"(\d+) total pagecache pages.*", "swapcache": r"(\d+) pages (?:in swap cache|swap cached).*",
    "ram": r"(\d+) pages (?:of )?RAM.*", "reserved": r"(\d+) (?:pages reserved|reserved pages).*",
    "highmem": r"(\d+) pages (?:of )?HIGH?MEM.*|(\d+) pages HighMem.*", "cma_reserved": r"(\d+) pages cma reserved.*",
    "hwpoisoned": r"(\d+) pages hwpoisoned.*", "swap_free": r"Free swap(?: *= *|: +)(\d+)kB.*",
    "swap_total": r"Total swap = (\d+)kB.*"}.items()}
SLAB = re.compile(r"(\S.*?) +(\d+)KB +(\d+)KB\s*")
ALLOCATION = re.compile(r" *([\d.]+ ?[kKMGTi]*B?) +(\d+) (\S+:\d+.*)")
TABLE = re.compile(r"\[ *pid *\] +uid +tgid +total_vm +rss .*name\s*")
ROW = re.compile(r"\[ *(\d+)\] +(-?\d+) +(\d+) +(\d+) +(\d+) .*", re.DOTALL)
SUMMARY = re.compile(r"oom-kill:constraint=(?P<constraint>\w+)(?:,nodemask=(?P<nodes>\(null\)|[\d,-]*\d))?"
                     r"(?:,cpuset=(?P<cpuset>.*?)(?:,mems_allowed=(?P<mems>[\d,-]*\d))?)?"
                     r"(?P<limit>,global_oom|,oom_memcg=.*?)?(?:,task(?:_memcg)?=.*)?", re.DOTALL)
KILLED = re.compile(r"(?:(?P<why>[A-Z][^:\n]{0,60}): )?(?:OOM killed|Killed|Rage kill) process (?P<pid>\d+)(?:, UID (?P<uid>\d+),)? "
                    r"\((?P<comm>.*)", re.DOTALL)
OLD_KILLED = re.compile(r"VM: killing process (?P<comm>.*)", re.DOTALL)
# Nobody is killed after all.
SKIPPED = re.compile(r"(?:[A-Z][^:\n]{0,60}: OOM victim (\d+) \((.*)\) is already exiting\. Skip killing the task|tried to kill (?:init!|an mm-less task!)"
                     r"|Would have killed process (\d+) .*|(?:sysrq: )?OOM request ignored.*)\s*", re.DOTALL)
SIZES = re.compile(r"\b(total-vm|vsz|vm|anon-rss|file-rss|shmem-rss|rss|swap|pgtables): ?(\d+)kB")
ANNOUNCED = re.compile(r"(?P<why>[A-Z][^:\n]{0,60}): [Kk]ill process (?P<pid>\d+) \((?P<comm>.*)\) score (?P<score>-?\d+) "
                       r"(?:or sacrifice child|or a child|and children).*", re.DOTALL)
SHARING = re.compile(r"Kill process (?P<pid>\d+) \((?P<comm>.*)\) sharing same memory\s*", re.DOTALL)
GROUP = re.compile(r"Tasks in (?P<path>.*) are going to be killed due to memory\.oom\.group set\s*", re.DOTALL)
UNREAPABLE = re.compile(r"oom_reaper: unable to reap pid:(\d+) \((.*)\)\s*", re.DOTALL)
PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
NOBODY = re.compile(r"Out of memory and no killable processes\.\.\.\s*")
SYSRQ = re.compile(r"(?:sysrq: )?(?:SysRq : )?Manual OOM execution.*")
UNLIMITED_KB = (2**31 - 1) * 4  # of a machine with 32 bits; larger with 64


def tokens(text, unit=r"k?"):
    """name:number pairs; isolated(anon) is isolated_anon, as in the totals."""
    pairs = re.findall(r"([A-Za-z_]+(?:\(\w+\))?): ?(\d+)(?:" + unit + r"B)?(?= |$|#)", text)
    return {name.replace("(", "_").replace(")", "").lower(): int(value) for name, value in pairs}


def nodes_of(text):
    """ "0-1,4" -> {0, 1, 4}; None where no list is printed."""
    if not text or text == "(null)":
        return None
    nodes = set()
    for part in text.strip(",").split(","):
        first, _, last = part.partition("-")
        nodes |= set(range(int(first), int(last or first) + 1))
    return nodes


def killed_of(match):
    """The values of a kill line; a name may hold any of its words, so these are looked for from the end."""
    text = match["comm"]
    ends = [position for position, character in enumerate(text) if character == ")"]
    kill = {"pid": int(match["pid"]), "why": match["why"] or "", "text": text, "sizes": {}, "uid": None, "adj": None,
            "comms": [text[:end] for end in ends] or [text]}
    tail = text[[end for end in ends if end <= 15 * 4][-1]:] if [end for end in ends if end <= 60] else text
    for name, value in SIZES.findall(tail):
        kill["sizes"][name] = int(value) * 1024
    uid = re.search(r"UID[: ](\d+)", tail)
    kill["uid"] = int(match["uid"] or uid[1]) if match["uid"] or uid else None
    adj = re.search(r"oom_score_adj:(-?\d+)", tail)
    kill["adj"] = int(adj[1]) if adj else None
    return kill


FIRST = ["pid", "uid", "tgid", "total_vm", "rss"]
# Without the header: by the number of columns, and whether "[" and "]" stand as far apart as they do from 4.19 on.
NO_HEADER = {(8, True): FIRST + ["pgtables_bytes", "swapents", "oom_score_adj"],
             (11, True): FIRST + ["rss_anon", "rss_file", "rss_shmem", "pgtables_bytes", "swapents", "oom_score_adj"]}


def is_blob(message):
    """journalctl's words for a line that it does not print."""
    return re.fullmatch(r"\[[\d.]+[BKM] blob data\]", message.text.strip())


class Table:
    """The task table: rows by column name, in order."""

    def __init__(self):
        self.columns, self.rows, self.is_wide, self.has_title = None, [], False, False
        self.is_followed = False  # by a line that the kernel prints after the table

    def add(self, text):
        numbers = len(self.columns) - 1 if self.columns else None
        match = re.match(r"\[ *(\d+)\]((?: +-?\d+)%s)(?: (.*))?$" % ("{%d}" % (numbers - 1) if numbers else "+"), text, re.DOTALL)
        if not match:
            return False
        values = [int(value) for value in (match[1] + " " + match[2]).split()]
        names = self.columns[:-1] if self.columns else NO_HEADER.get((len(values), text.index("]") >= 8), FIRST)
        if not self.columns and not match[3]:
            return False  # the row is cut
        if len(re.sub(r"\\x[0-9a-f]{2}|#[0-7]{3}|\ufffd", "?", (match[3] or "").rstrip()).encode("utf-8", "surrogateescape")) > 15:
            return False  # no name has more bytes: the line is not as the kernel printed it
        row = dict(zip(names, values))
        row["comm"] = match[3] or ""
        if not self.columns:
            row["oom_score_adj"] = values[-1]  # the last in every layout but the oldest's
        self.rows.append(row)
        return True

    def row_of(self, pid):
        for column in ("pid", "tgid"):
            for row in self.rows:
                if row.get(column) == pid:
                    return row
        return None


class Report:
    """What the messages of one report say. What none of them says is None, or empty."""

    def __init__(self, messages):
        self.messages = messages
        self.header = self.task = self.task_text = self.task_in = self.limit_reached = self.summary = self.protection = None
        self.mems = self.cpuset = self.stats_path = self.nobody = self.panic = self.skipped = None
        self.n_mem_infos = 0
        self.usages, self.stats, self.totals, self.counts = {}, {}, {}, {}
        self.nodes, self.zones, self.huge, self.slabs, self.allocations = {}, [], [], [], []
        self.kills, self.announced, self.sharing, self.groups, self.buddies = [], [], [], [], []
        self.is_sysrq = self.has_mem_info = False
        self.table = Table()
        self.state = ""
        # Records are missing, or journalctl did not print a line: what they were is not known.
        self.is_obscured = any(message.is_after_gap for message in messages[1:]) or any(map(is_blob, messages))
        for message in messages:
            self.read(message, message.text.rstrip() if message.is_loose else message.text)

    def read(self, message, text):
        found = re.search if message.is_loose else re.match
        for pattern, handler in HANDLERS:
            match = found(pattern, text) if isinstance(pattern, str) else (
                pattern.search(text) if message.is_loose else pattern.fullmatch(text.rstrip("\n")))
            if match and handler(self, match, message) is not False:
                return
        self.read_figures(text)

    def read_figures(self, text):
        """Lines that mean something only where they stand."""
        stat = STAT.fullmatch(text)
        if self.state == "stats" and stat:
            self.stats.setdefault(stat[1], int(stat[2]))
            return
        if self.state == "slabs" and SLAB.fullmatch(text):
            self.slabs.append(SLAB.fullmatch(text).groups())
            return
        if self.state == "allocations" and ALLOCATION.fullmatch(text):
            self.allocations.append(ALLOCATION.fullmatch(text).groups())
            return
        for name, pattern in COUNTS.items():
            match = pattern.fullmatch(text.strip())
            if match:
                self.counts[name] = int(next(group for group in match.groups() if group is not None))
                return
        if TOTALS.match(text) or (self.has_mem_info and re.match(r" *\w+:\d+( \w+:\d+)*\s*$", text)):
            self.totals.update(tokens(text))
        free = re.match(r"Free pages: +(\d+)kB", text)
        if free:
            self.totals.setdefault("free_kb", int(free[1]))

    # --- what a line of each kind adds

    def on_header(self, match, _):
        self.header = match.groupdict()

    def on_task(self, match, _):
        fields = match.groupdict()
        self.task_text = self.task_text or match.string
        self.task = self.task or (int(fields["pid"] or fields.get("pid2")), fields["comm"])

    def on_cpuset(self, match, _):
        self.cpuset, self.mems = match["cpuset"], match["mems"]

    def on_usage(self, match, _):
        self.usages[match[1]] = (int(match[2]) * 1024, int(match[3]) * 1024, int(match[4]) if match[4] else None)

    def on_stats(self, match, _):
        self.state = "stats"
        self.stats_path = self.stats_path or match["path"]
        for name, value in re.findall(r" (\w+):(\d+)KB", match["pairs"]):
            self.stats[name] = self.stats.get(name, 0) + int(value) * 1024

    def on_zone(self, match, _):
        values = tokens(match[3], r"[kK]?")
        self.zones.append({"node": match[1] and int(match[1]), "name": match[2], "reserve": [], "buddy": None, **values})

    def on_node(self, match, _):
        self.nodes[int(match[1])] = tokens(match[2])
        self.has_mem_info = True

    def on_lowmem(self, match, _):
        if self.zones:
            self.zones[-1]["reserve"] = [int(value) for value in match[1].split()]

    def on_buddy(self, match, _):
        blocks = [(int(n), int(size)) for n, size in re.findall(r"(\d+)\*(\d+)kB", match[3])]
        self.buddies.append({"name": match[2], "node": match[1] and int(match[1]), "buddy": blocks})
        for zone in self.zones:
            if zone["name"] == match[2] and zone["node"] == self.buddies[-1]["node"]:
                zone["buddy"] = blocks

    def on_table(self, match, _):
        self.state = "table"
        self.table.columns = match[0].replace("[", " ").replace("]", " ").split()
        self.table.is_wide = bool(re.search(r"\[ {2,}pid", match[0]))

    def on_row(self, match, message):
        return self.table.add(message.text[match.start():].rstrip("\n"))

    def on_summary(self, match, message):
        self.summary = {**match.groupdict(), "text": message.text[match.start():]}
        tail = re.search(r",task=(?P<comm>.*),pid=(?P<pid>\d+),uid=(?P<uid>-?\d+)\s*$", message.text, re.DOTALL)
        self.summary.update({"pid": int(tail["pid"]), "uid": int(tail["uid"])} if tail else {"pid": None, "uid": None})
        self.after_table()

    def on_killed(self, match, message):
        self.kills.append({**killed_of(match), "line": message.line})
        self.after_table()

    def after_table(self):
        self.table.is_followed = self.table.is_followed or self.state == "table"
        self.state = ""

    def on_end(self, match, message):
        self.after_table()
        for name, pattern in (("nobody", NOBODY), ("panic", PANIC), ("skipped", SKIPPED)):
            if pattern.search(message.text):
                setattr(self, name, match)

    def add_to(self, name, match):
        getattr(self, name).append(match.groupdict())
        self.after_table()

    def on_old_killed(self, match, message):
        self.kills.append({"pid": None, "why": "", "text": match["comm"], "sizes": {}, "uid": None, "adj": None,
                           "comms": [match["comm"]], "line": message.line})
        self.after_table()

    def on_sharing(self, match, message):
        self.sharing.append(match.groupdict())
        self.kills.append({"pid": int(match["pid"]), "why": "", "text": "", "sizes": {}, "uid": None, "adj": None,
                           "comms": [match["comm"]], "line": message.line})
        self.after_table()

    def mem_info(self):
        self.has_mem_info = True
        self.n_mem_infos += 1
        self.state = ""


# The first whose pattern matches the whole line has it.
HANDLERS = [
    (GROUP, lambda report, match, _: report.add_to("groups", match)),
    (SHARING, Report.on_sharing), (SKIPPED, Report.on_end),
    (ANNOUNCED, lambda report, match, _: report.add_to("announced", match)),
    (SUMMARY, Report.on_summary),
    (KILLED, Report.on_killed), (OLD_KILLED, Report.on_old_killed),
    (HEADER, Report.on_header), (OLD_HEADER, Report.on_header),
    (TASK, Report.on_task),
    (USAGE, Report.on_usage),
    (TASK_IN, lambda report, match, _: setattr(report, "task_in", match)),
    (LIMIT_REACHED, lambda report, match, _: setattr(report, "limit_reached", match["limit"])),
    (STATS, Report.on_stats),
    (PROTECTION, lambda report, match, _: setattr(report, "protection", (int(match[1]) * 1024, int(match[2]) * 1024))),
    (re.compile(r"Mem-[Ii]nfo:\s*"), lambda report, *_: report.mem_info()),
    (NODE, Report.on_node), (ZONE, Report.on_zone), (LOWMEM, Report.on_lowmem), (BUDDY, Report.on_buddy),
    (HUGE, lambda report, match, _: report.huge.append([value and int(value) for value in match.groups()])),
    (re.compile(r"Unreclaimable slab info:\s*"), lambda report, *_: setattr(report, "state", "slabs")),
    (re.compile(r"Memory allocations.*:\s*"), lambda report, *_: setattr(report, "state", "allocations")),
    (re.compile(r"Tasks state \(memory values in pages\):\s*"), lambda report, *_: setattr(report.table, "has_title", True)),
    (TABLE, Report.on_table), (ROW, Report.on_row),
    (NOBODY, Report.on_end), (PANIC, Report.on_end),
    (SYSRQ, lambda report, *_: setattr(report, "is_sysrq", True)),
    (CPUSET, Report.on_cpuset),
]
