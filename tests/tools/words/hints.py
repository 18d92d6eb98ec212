"""The rows of verdict.hints, by code, and of summary."""

import re

from words.claims import Claim, check_name, check_size, first, is_below, is_name
from words.facts import ZONE_ORDER
from words.reasons import (EXEMPT, HIDDEN, allowed_nodes, check_allocating, check_exempt_word, check_none_may, check_open, check_sysrq, rows_of,
                           subjects)

# {size:bytes} of a pool, and its share where all there was is known
POOL = r"{size:bytes}(?:, {n:share} % of (?P<whole>the limit|the machine's memory))?"


def check_pool(facts, match, values, what):
    why = check_size(match, "bytes", values, what)
    if why or match["share"] is None:
        return why
    if (match["whole"] == "the limit") != facts.is_memcg():
        return "the report is of another kind"
    spaces = facts.space()
    if not any(abs(value * 100 / space - int(match["share"])) <= 1.01 for value in values for space in spaces):
        return f"its share is that of {values} of {spaces}"
    return None


def more_than_any(facts, values):
    """Of all processes, so the table has to be whole."""
    if not facts.table.rows or not facts.is_table_whole() or facts.hides_swap():
        return "what the largest process held is not known: the table is missing, or may lack rows"
    most = max(max(facts.held(row)) for row in facts.table.rows)
    return None if values and max(values) >= most else f"a process held {most}"


def more_if_said(facts, match, values):
    return more_than_any(facts, values) if match["more"] else None


def stat(facts, *names):
    """Of the cgroup: the first of these that is printed."""
    return next(([facts.stats[name]] for name in names if name in facts.stats), [])


def pool(facts, counter, *stats):
    return stat(facts, *stats) if facts.is_memcg() else facts.total(counter) if counter else []


def dominating(counter, *stats):
    def check(facts, match):
        values = pool(facts, counter, *stats)
        return first(check_pool(facts, match, values, counter or stats[0]), more_if_said(facts, match, values))
    return check


# --- the choice

def check_group_hint(facts, match):
    if not facts.is_group_member():
        return "no line says so"
    return check_name(match["path"], [facts.group["path"]], "the group") if match["path"] else None


def check_child_hint(facts, match):
    if not facts.announced or facts.kill is None or int(facts.announced[-1]["pid"]) == facts.kill["pid"]:
        return "none but the one killed was announced"
    row = facts.table.row_of(int(facts.announced[-1]["pid"]))
    if facts.table.rows and not row:
        return "the one announced has no row: it may be a thread"
    return first(check_name(match["parent"], [facts.announced[-1]["comm"]], "the one announced"),
                 None if int(match["parent_pid"]) == int(facts.announced[-1]["pid"]) else "another was announced")


def check_not_largest(facts, match):
    chosen, rows = facts.chosen_row(), rows_of(facts, match, "larger")
    if not chosen or not rows:
        return "no such row"
    row = rows[0]
    if facts.hides_swap():
        return HIDDEN
    if max(facts.held(row)) <= max(facts.held(chosen)):
        return "it held no more"
    if match["exempt"] and not facts.exempt(row):
        return "it may be killed"
    if match["its"] and (int(match["its"]), int(match["own"])) != (row.get("oom_score_adj"), chosen.get("oom_score_adj")):
        return f"oom_score_adj {row.get('oom_score_adj')} and {chosen.get('oom_score_adj')}"
    return first(check_size(match, "more", facts.held(row), "what it held"), check_size(match, "less", facts.held(chosen), "the chosen"))


def trigger_names(facts):
    return [entry for entry in (facts.header and facts.header.get("comm"), facts.task and facts.task[1]) if entry is not None]


def check_trigger(facts, match):
    if facts.task is None or (match["who_pid"] and int(match["who_pid"]) != facts.task[0]):
        return f"the trigger is {facts.task}"
    if facts.task[0] == facts.victim_pid():
        return "it is the victim"
    return check_name(match["who"], trigger_names(facts), "the trigger")


def check_other_trigger(facts, match):
    """A thread has a pid of its own, but never 1, so another pid is not enough."""
    why = check_trigger(facts, match)
    if why:
        return why
    if facts.task[0] == 1 != facts.victim_pid():
        return None
    row = facts.table.row_of(facts.task[0])
    if row and row["pid"] != facts.victim_pid() and row["tgid"] != facts.victim_pid():
        return None
    adj = facts.kill["adj"] if facts.kill else None
    victim_row = facts.table.row_of(facts.victim_pid())
    adj = victim_row.get("oom_score_adj") if adj is None and victim_row else adj
    if adj is not None and facts.header and facts.header.get("adj") is not None and int(facts.header["adj"]) != adj:
        return None
    return "nothing tells it from a thread of the victim"


# --- what they hold

def check_exempt(facts, match):
    exempt = [row for row in facts.table.rows if facts.exempt(row)]
    if len(exempt) != int(match["count"]):
        return f"{len(exempt)} rows are exempt"
    is_whole = facts.is_table_whole() or (facts.nobody and facts.table.has_title and facts.table.columns)
    if match["total"] and (int(match["total"]) != len(facts.table.rows) or not is_whole):
        return f"the table has {len(facts.table.rows)} rows, or may lack some"
    why = check_exempt_word(facts, match)
    if why or not match["largest"]:
        return why
    rows = [row for row in rows_of(facts, match, "largest") if row in exempt]
    return check_size(match, "held", facts.held(rows[0]), "what it held") if rows else "no such exempt process"


def check_many(facts, match):
    rows = facts.table.rows
    together = [sum(values) for values in zip(*(facts.held(row) for row in rows))]
    if facts.hides_swap():
        return HIDDEN
    if not facts.is_table_whole() or len(rows) != int(match["count"]):
        return f"the table has {len(rows)} rows, or may lack some"
    largest = max(rows, key=lambda row: max(facts.held(row)))
    return first(check_size(match, "all", together, "together"), check_size(match, "most", facts.held(largest), "the largest"),
                 None if not match["alike"] or any(is_name(match["comm"], row["comm"]) for row in rows) else "no such name")


def victim_held(facts):
    row = facts.table.row_of(facts.victim_pid())
    return (facts.held(row) if row else []) + facts.kill_held()


def check_shared(facts, match):
    sizes = facts.kill["sizes"] if facts.kill else {}
    return check_size(match, "bytes", [sizes["shmem-rss"]] if "shmem-rss" in sizes else [], "shmem-rss")


# --- limits and swap

def check_ancestor(facts, match):
    for limit in facts.limit_paths():
        if is_name(match["path"], limit) and any(is_below(task, limit) for task in facts.task_paths()):
            return None
    return f"limit of {facts.limit_paths()}, task in {facts.task_paths()}"


def check_tiny(facts, match):
    limit = facts.limit()
    if not limit:
        return "there is no limit"
    why = check_size(match, "bytes", [limit], "limit")
    if why or not match["pages"]:
        return why
    least = [least for _, _, least in facts.total_pages() if least is not None]
    return None if least and max(least) < 1000 else "with swap it may be more pages"


def check_swap_used_up(facts, match):
    usage = facts.usages.get("memory+swap" if match["both"] else "swap")
    if not usage:
        return "no such usage line"
    return first(check_size(match, "bytes", [usage[1]], "limit"), check_size(match, "used", [usage[0]], "usage"))


def check_all_swap(facts, match):
    total, left = facts.counts.get("swap_total"), facts.counts.get("swap_free")
    if not total or left is None:
        return f"Total swap {total}, Free swap {left}"
    return first(check_size(match, "bytes", [total * 1024], "swap"), check_size(match, "left", [left * 1024], "free swap"))


def check_lowered(facts, match):
    usage = facts.usages.get("memory")
    if not usage or usage[0] <= usage[1]:
        return f"usage and limit: {usage}"
    writers = [message for message in facts.messages if re.search(r"(?:memory_max_write|mem_cgroup_resize_limit|mem_cgroup_resize_max)\+0x",
                                                                  message.text)]
    return first(check_size(match, "limit", [usage[1]], "limit"), check_size(match, "usage", [usage[0]], "usage"),
                 check_name(match["writer"], trigger_names(facts), "the trigger") if match["writer"] else None,
                 "the call trace has no writer of the limit" if match["writer"] and not writers else None,
                 None if not match["writer_pid"] or facts.task[0] == int(match["writer_pid"]) else f"its pid is {facts.task[0]}")


def check_protected(facts, match):
    if bool(match["below"]) != facts.is_memcg():
        return "the report is of another kind"
    return check_pool(facts, match, [facts.protection[0]] if facts.protection else [], "min protection")


def check_floor(facts, match):
    """Up to 5.8 points below 1 count as 1."""
    chosen = facts.chosen_row()
    if not chosen or chosen.get("oom_score_adj") != int(match["adj"]):
        return f"its oom_score_adj is {chosen and chosen.get('oom_score_adj')}"
    for row in facts.table.rows:
        least = [facts.points(row, page, total) for page, total in facts.figures()]
        if not facts.exempt(row) and (None in least or min(points[0] for points in least) > 1):
            return f"{row['comm']} ({row['pid']}) has more"
    return None if facts.is_table_whole() else "the report is not whole, so the table may lack rows"


def check_gpu(facts, match):
    values = [sum(node.get("gpu_active", 0) for node in facts.nodes.values()) * 1024] if facts.nodes else []
    return first(check_pool(facts, match, values, "gpu_active"), more_if_said(facts, match, values))


def check_dirty(facts, match):
    if facts.is_memcg():
        found = [stat(facts, *names) for names in (("total_dirty", "dirty", "file_dirty"), ("total_writeback", "writeback", "file_writeback"))]
        values = [sum(value[0] for value in found if value)] if any(found) else []
    else:
        values = [a + b for a, b in zip(facts.total("dirty"), facts.total("writeback"))]
    return check_pool(facts, match, values, "dirty and writeback")


def check_swap_max(facts, _):
    usage = facts.usages.get("swap")
    return None if usage and usage[1] == 0 else f"swap limit: {usage}"


def check_memsw(facts, _):
    memory, both = facts.usages.get("memory"), facts.usages.get("memory+swap")
    return None if memory and both and both[1] <= memory[1] else f"{memory}, {both}"


# --- zones and nodes

def own_zones(facts):
    """The zones shown of the nodes that the allocation may use."""
    nodes = allowed_nodes(facts)
    return [zone for zone in facts.zones if nodes is None or zone["node"] is None or zone["node"] in nodes]


def free_of(facts, zone):
    """What is free in a zone for this allocation: contiguous memory areas are for what can be moved only."""
    return [zone["free"] * 1024] + ([(zone["free"] - zone.get("free_cma", 0)) * 1024] if not facts.gfp_mask() & 0x8 else [])


def floors(facts, usable):
    """min of each, and what is kept from allocations that could use a higher zone: lowmem_reserve[] has a figure for each kind."""
    page = facts.page_sizes()[0]
    for way in ("own", "most"):
        total = 0
        for zone in usable:
            beside = [other for other in usable if other["node"] == zone["node"]]
            top = max(beside, key=lambda other: ZONE_ORDER.index(other["name"]))
            zeros = next((i for i, pages in enumerate(top["reserve"]) if pages), len(top["reserve"]))
            kept = 0 if zone is top or not zone["reserve"] else max(zone["reserve"]) if way == "most" else zone["reserve"][max(zeros - 1, 0)]
            total += zone["min"] * 1024 + kept * page
        yield total


def check_asked(facts, match):
    """The allocation as it is named."""
    asked = match["asked"]
    if not asked:
        return None
    flags, mask = facts.header and facts.header.get("flags"), facts.header and facts.header.get("mask")
    known = [flags, f"gfp_mask {mask}", f"GFP_KERNEL, {mask}" if mask in ("0xd0", "0x24000c0") else None]
    return check_name(asked, known, "what it asked for")


def check_zone(facts, match):
    usable = [zone for zone in facts.usable(own_zones(facts)) if zone.get("managed", zone.get("present"))]
    if not usable:
        return "no zone that it may use is printed"
    top = max(usable, key=lambda zone: ZONE_ORDER.index(zone["name"]))["name"]
    free = {sum(values) for values in zip(*(free_of(facts, zone) for zone in usable))}
    others = [zone for zone in own_zones(facts) if zone not in usable]
    elsewhere = [sum(zone["free"] for zone in others) * 1024]
    elsewhere += [total - sum(zone["free"] for zone in usable) * 1024 for total in facts.total("free")]
    return first(check_asked(facts, match), None if match["zone"] == top else f"the highest zone it may use is {top}",
                 "the allocation may use every zone" if facts.highest_zone() == "Movable" else None,
                 "it may use others" if match["below"] and len(usable) == 1 else None,
                 check_size(match, "free", sorted(free), "free"), check_size(match, "floor", list(floors(facts, usable)), "min and reserve"),
                 check_size(match, "other", elsewhere, "free in other zones"))


def check_fragmented(facts, match):
    order = int(match["order"])
    if not facts.header or facts.header.get("order") != str(order) or int(match["pages"]) != 2**order:
        return f"order {facts.header and facts.header.get('order')}"
    usable = facts.usable(own_zones(facts))
    named = [zone for zone in usable if zone["name"] == match["zone"] and zone["buddy"] and not any(
        count and size * 1024 >= facts.page_sizes()[0] * 2**order for count, size in zone["buddy"])]
    if not named:
        return "no such zone, or it has such a block"
    return check_size(match, "free", [value for zone in named for value in free_of(facts, zone)], "free there")


def check_other_nodes(facts, match):
    nodes = allowed_nodes(facts)
    own = [zone for zone in facts.zones if nodes and zone["node"] in nodes]
    if not own:
        return "which nodes it may use isn't printed"
    shown = {zone["node"] for zone in facts.zones} | set(facts.nodes) | {one[0] for one in facts.huge}
    if facts.scopes() == {"global"} and not shown - nodes:
        return "no line shows another node"
    # Zones above what it may use are hidden since 6.1, which prints sec_pagetables.
    if facts.highest_zone() != "Movable" and "sec_pagetables" in facts.totals:
        return "zones of these nodes may be hidden"
    if match["kind"] == " is free on the others":
        values = [total - sum(zone["free"] for zone in own) * 1024 for total in facts.total("free")]
    else:
        values = [managed - sum(zone.get("managed", zone.get("present", 0)) for zone in own) * 1024 for managed in facts.managed()]
    policy = {"cpuset": "A cpuset", "mempolicy": "A memory policy"}
    allowed = {policy[scope] for scope in facts.scopes() & set(policy)} | {"A cpuset or a memory policy"}
    return first(None if match["what"] in allowed else f"the text shows {facts.scopes()}",
                 check_size(match, "bytes", values, "on other nodes"))


def check_cma(facts, match):
    if not facts.gfp_mask() or facts.gfp_mask() & 0x8:
        return "the allocation may use it, or its mask is unknown"
    return first(check_asked(facts, match), check_size(match, "bytes", facts.total("free_cma"), "free_cma"),
                 check_size(match, "free", facts.total("free"), "free"))


# --- what no process holds

def check_slab(facts, match):
    values = pool(facts, "slab_unreclaimable", "slab_unreclaimable")
    why = first(check_pool(facts, match, values, "slab_unreclaimable"), more_if_said(facts, match, values))
    if why or not match["cache"]:
        return why
    largest = max(facts.slabs, key=lambda slab: int(slab[2]), default=None)
    if not largest or not is_name(match["cache"], largest[0]):
        return f"the largest is {largest}"
    return check_size(match, "most", [int(largest[2]) * 1024], "its total")


def check_page_tables(facts, match):
    why = dominating("pagetables", "pagetables")(facts, match)
    if why or not match["holder"]:
        return why
    rows = rows_of(facts, match, "holder")
    if not rows:
        return "no such process"
    return check_size(match, "most", facts.row_pgtables(rows[0]), "its page tables")


def check_shmem(facts, match):
    values = pool(facts, "shmem", "total_shmem", "shmem")
    mapped = [sum(row.get("rss_shmem", 0) for row in facts.table.rows) * page for page in facts.page_sizes()]
    less = [value - part for value, part in zip(values * len(mapped), mapped)] if any(mapped) else values
    return first(check_pool(facts, match, less, "shmem"), more_if_said(facts, match, less))


def check_huge(facts, match):
    if facts.is_memcg():
        return check_pool(facts, match, stat(facts, "hugetlb"), "hugetlb")
    return check_pool(facts, match, [sum(total * size for _, total, _, _, size in facts.huge) * 1024], "huge pages")


def check_kernel(facts, match):
    values = stat(facts, "kernel") or ([facts.usages["kmem"][0]] if "kmem" in facts.usages else [])
    return first(check_pool(facts, match, values, "kernel"), more_if_said(facts, match, values))


def unaccounted(facts):
    needed = ("free", "active_anon", "inactive_anon", "active_file", "inactive_file", "unevictable", "slab_reclaimable",
              "slab_unreclaimable", "pagetables")
    if facts.is_memcg() or not all(name in facts.totals for name in needed) or not facts.managed():
        return []
    pages = sum(facts.totals.get(name, 0) for name in needed + (
        "isolated_anon", "isolated_file", "free_pcp", "kernel_misc_reclaimable", "bounce", "sec_pagetables"))
    rest = sum(node.get("kernel_stack", 0) for node in facts.nodes.values()) * 1024
    rest += sum(total * size for _, total, _, _, size in facts.huge) * 1024
    return [managed - pages * page - rest for managed, page in zip(facts.managed(), facts.page_sizes())]


def check_unaccounted(facts, match):
    values = unaccounted(facts)
    if not values:
        return "its counters are not all printed"
    return first(check_pool(facts, match, values, "the rest"), more_if_said(facts, match, values))


def check_cache(facts, match):
    if facts.is_memcg():
        cache, shmem = stat(facts, "total_cache", "cache", "file"), stat(facts, "total_shmem", "shmem")
        values = [max(cache[0] - shmem[0], 0)] if cache and shmem else cache
    else:
        values = [a + b for a, b in zip(facts.total("active_file"), facts.total("inactive_file"))]
    return check_pool(facts, match, values, "page cache")


# --- the list

ASKED = r"The allocation(?: \((?P<asked>.*?)\))?"
MORE_OR_NOT = "(?P<more>, more than any process(?: of the table)?)?"
HINTS = {code: [Claim(code, phrase, condition)] for code, phrase, condition in (
    ("nobody_killable", r"(?:(?P<one>The only process there)|Each of the processes there) has " + EXEMPT + ": killing can free nothing there"
     r"\.", check_none_may),
    ("limit_lowered", r"The limit was set below what was used already: {size:limit} against {size:usage}(?:; {proc:writer} wrote it, and "
     r"asked for no memory itself)?\.", check_lowered),
    ("memory_protected", "Protected by memory.min of the (?:(?P<below>cgroups below)|top-level cgroups) is " + POOL +
     r": reclaim takes nothing of it\.", check_protected),
    ("adjustment_hides_size", r"All that may be killed have the least badness, 1: their oom_score_adj \({n:adj} of the one chosen\) takes "
     r"off more than they hold, so the choice is not by size\.", check_floor),
    ("gpu_memory_dominates", r"Graphics drivers use \(gpu_active\) " + POOL + MORE_OR_NOT + r"; no process's size shows it\.", check_gpu),
    ("writeback_pending", "Dirty or being written is " + POOL + r": reclaim waits for the storage\.", check_dirty),
    ("manual_request", r"An operator asked for this kill \(SysRq f, or \"f\" in /proc/sysrq-trigger\); memory need not have been "
     r"short\.", check_sysrq),
    ("kill_allocating_task", r"vm\.oom_kill_allocating_task is set: whoever allocates is killed, whatever he holds\.", check_allocating),
    ("group_killed", r"memory\.oom\.group is set: the cgroup(?: {path:path})? is killed as a whole, but for what has oom_score_adj -1000\.", check_group_hint),
    ("child_killed", r"The kernel chose {proc:parent} and killed a child of it instead, as kernels up to 5\.0 do: the parent is the "
     r"one to look at\.", check_child_hint),
    ("zone_exhausted", ASKED + r" can use only zone {name:zone}(?P<below> and those below)?, where {size:free} is free and {size:floor} "
     r"must stay free; {size:other} is free in other zones\.", check_zone),
    ("memory_fragmented", r"The allocation needs {n:pages} adjoining pages \(order {n:order}\)\. Zone {name:zone} has {size:free} free, "
     r"but no block of that size: memory is fragmented\.", check_fragmented),
    ("nodes_restricted", r"(?P<what>A memory policy|A cpuset|A cpuset or a memory policy) keeps the allocation to some of the memory "
     r"nodes; {size:bytes}(?P<kind> is free on the others| of memory is on the others)\.", check_other_nodes),
    ("free_memory_is_cma", ASKED + r" can't use contiguous memory areas \(CMA\), which have {size:bytes} of the {size:free} that is free\.",
     check_cma),
    ("limit_of_ancestor", r"The limit is that of {path:path}, above the victim's own cgroup: all that is below it shares it\.",
     check_ancestor),
    ("victim_not_largest", r"{proc:larger} held more, {size:more} against {size:less}(?P<exempt>, but may not be killed)?"
     r"(?:; oom_score_adj is {n:its} there and {n:own} here)?\.", check_not_largest),
    ("slab_dominates", r"The kernel's slab caches that can't be reclaimed hold " + POOL + MORE_OR_NOT +
     r"(?:; the largest listed is {name:cache} with {size:most})?\.", check_slab),
    ("page_tables_dominate", "Page tables take " + POOL + r"(?:, {size:most} of it those of {proc:holder})?" + MORE_OR_NOT +
     r"; huge pages would need fewer\.", check_page_tables),
    ("shared_memory_dominates", "Shared memory and files in tmpfs hold " + POOL + MORE_OR_NOT + r"; killing a process need not free them\.",
     check_shmem),
    ("huge_pages_dominate", r"Huge pages \(hugetlb\) take " + POOL + r", (?:which no process's size shows|used or not, which "
     r"nothing else can have)\.", check_huge),
    ("unevictable_dominates", "Locked or otherwise unevictable memory holds " + POOL + MORE_OR_NOT + r"; it can't be reclaimed or swapped "
     r"out\.", dominating("unevictable", "total_unevictable", "unevictable")),
    ("kernel_memory_dominates", "What the kernel allocated for the cgroup takes " + POOL + MORE_OR_NOT + r"\.", check_kernel),
    ("network_buffers_dominate", "Network buffers of the cgroup take " + POOL + MORE_OR_NOT + r"\.", dominating(None, "sock")),
    ("unaccounted_memory", "No account of the report has " + POOL + MORE_OR_NOT + r": drivers, vmalloc, socket buffers, a balloon, or graphics hold it\.",
     check_unaccounted),
    ("many_small_processes", r"{n:count} processes hold {size:all} together, the largest known only {size:most}"
     r"(?:; {n:alike} of the {n:shown} worst are named {name:comm})?\.", check_many),
    ("processes_exempt", r"{n:count}(?: of {n:total}| or more) processes (?:is|are) exempt \(" + EXEMPT + r"\)"
     r"(?:; the largest known is {proc:largest} with {size:held})?\.", check_exempt),
    ("victim_frees_little", "The victim held only " + POOL + r": that is not what filled it\.",
     lambda facts, match: first(HIDDEN if facts.hides_swap() else None, check_pool(facts, match, victim_held(facts), "what it held"))),
    ("victim_memory_shared", r"{size:bytes} of what the victim held is shared memory, which its death alone need not free\.",
     check_shared),
    ("swap_absent", r"The machine has no swap: what is anonymous can't leave memory\.",
     lambda facts, _: None if facts.counts.get("swap_total") == 0 else f"Total swap {facts.counts.get('swap_total')}"),
    ("page_cache_remains", "Page cache still holds " + POOL + r": reclaim did not get it, or files are read again as fast as they are "
     r"dropped\.", check_cache),
    ("limit_tiny", r"The limit is only {size:bytes}(?:: below {n:pages} pages oom_score_adj has no effect, unless it is -1000)?\.",
     check_tiny),
)}
HINTS["swap_full"] = [
    Claim("all swap", r"Of {size:bytes} of swap, {size:left} is free\.", check_all_swap),
    Claim("swap used up", r"The cgroup used {size:used} of the {size:bytes} (?:of swap that it may use|(?P<both>that it may use of memory and "
          r"swap together))\.", check_swap_used_up)]
HINTS["swap_not_allowed"] = [
    Claim("swap.max", r"The cgroup may not use swap \(memory\.swap\.max is 0\)\.", check_swap_max),
    Claim("memsw", r"The cgroup may not use swap: its limit of memory and swap together is that of memory\.", check_memsw)]
HINTS["trigger_not_victim"] = [
    Claim("another process", r"The allocation that could not be met was made by {proc:who}, another process\.", check_other_trigger),
    Claim("another", r"The allocation that could not be met was made by {proc:who}: another process, or a thread of the victim by "
          r"that name\.", check_trigger)]


# --- the summary

def owner_words(facts):
    """All that a victim's owner may be named by: parts of its cgroup, or of those that it is certainly in."""
    words = facts.task_paths() + facts.limit_paths() + [group["path"] for group in facts.groups]
    return words + re.findall(r" in (?:UB|VE) (\d+)", facts.this.text) + re.findall(r"\) VE \"(\S+)\"", facts.this.text)


def check_victim(facts, match):
    names = [comm for kill in facts.kills for comm in kill["comms"]] + subjects(facts) + [entry["comm"] for entry in facts.announced]
    pids = [facts.victim_pid(), *facts.chosen_pids()]
    unreapable = re.search(r"pid:(\d+) \((.*)\)", facts.this.text)
    if unreapable:
        names, pids = names + [unreapable[2]], pids + [int(unreapable[1])]
    if facts.skipped and facts.skipped[1]:
        names, pids = names + [facts.skipped[2]], pids + [int(facts.skipped[1])]
    if facts.summary:
        names += re.findall(r",task=(.*),pid=\d+,uid=", facts.summary["text"], re.DOTALL)
        names += re.findall(r",task=((?:(?!,task=).)*),pid=\d+,uid=", facts.summary["text"], re.DOTALL)
    if match["who_pid"] and int(match["who_pid"]) not in pids:
        return f"the victim's pid is {pids}"
    return check_name(match["who"], names, "the victim")


def check_owner(facts, match):
    text = "\n".join(owner_words(facts))
    ids = {word for word in re.findall(r"(?<![0-9a-f])[0-9a-f]{32,64}(?![0-9a-z])", text)}
    if match["container"] and ids and match["container"] not in {word[:12] for word in ids}:
        return f"container {match['container']} is none of {ids}"
    for name in ("container", "unit", "user_unit", "job", "step"):
        word = match[name]
        if word and word not in text and "..." not in word:
            return f"{word} is not in {owner_words(facts)}"
    if match["pod"] and match["pod"] not in text and match["pod"].replace("-", "_") not in text:
        return f"pod {match['pod']} is not in {owner_words(facts)}"
    return check_name(match["cgroup"], owner_words(facts), "its cgroup") if match["cgroup"] else None


def check_scope(name):
    def check(facts, _):
        scopes = facts.scopes()
        if name is None:
            return None if not scopes or facts.summary is None else f"it is {scopes}"
        return None if name in scopes else f"the text shows {scopes or 'no scope'}"
    return check


def check_limit_name(facts, match):
    return first(check_scope("memcg")(facts, match), check_name(match["limit"], facts.limit_paths(), "the limit's cgroup"))


def check_limit_of_named(facts, match):
    """The limit's cgroup ends with the container, or the pod, in which the task's cgroup is."""
    victim = facts.alert.get("victim", {})
    name = victim.get("container", {}).get("id", "")[:12] if match["what"] == "container" else victim.get("pod", {}).get("uid", "")
    ends = [path.rsplit("/", 1)[-1].replace("_", "-") for path in facts.limit_paths()]
    tasks = [path.replace("_", "-") for path in facts.task_paths()]
    if not name or not any(name.replace("_", "-") in end for end in ends):
        return f"{match['what']} {name!r} is not at the end of {ends}"
    return first(check_scope("memcg")(facts, match),
                 None if not tasks or any(name.replace("_", "-") in path for path in tasks) else f"{name!r} is in none of {tasks}")


def check_no_kill_followed(facts, match):
    if facts.kills:
        return f"{facts.kills[0]['pid']} was killed"
    if not facts.nobody and not facts.panic and not facts.skipped:
        return "the kernel does not say so: the log may lack the line"
    seen = facts.reports_without_victim()
    return f"{seen} such reports" if match["times"] and int(match["times"]) > seen else None


def check_message(facts, match):
    return check_name(match["message"], [facts.panic[1]] if facts.panic else [], "the panic")


def check_lost(facts, match):
    return None if int(match["lost"]) == facts.alert.get("lost") else "the alert has another number"


NOTHING = lambda facts, match: None  # pylint: disable=unnecessary-lambda-assignment
WORD = r"[^\s]{1,90}?"
TIMES = r"(?:, {n:times} times(?: in {n:span} s)?)?"
SUMMARY = [
    Claim("no kill in the log", r"No kill is in the log" + TIMES + ": ", check_open),
    Claim("no kill followed", r"No kill followed" + TIMES + ": ", check_no_kill_followed),
    Claim("panic", r"Kernel panic for lack of memory", lambda facts, _: None if facts.panic else "no panic"),
    Claim("panic's words", r"(?<=memory): (?P<message>.*)", check_message),
    Claim("named", r"; the kernel named {proc:who}(?= of |$)", check_victim),
    Claim("owner", r" of (?:(?:(?:[a-z-]+ )?container|talos service) (?P<container>" + WORD + r"))?"
          r"(?:(?: of )?pod (?P<pod>[0-9a-f-]{32,36}))?(?:(?: of )?[a-z]+ job(?: (?P<job>[^\s,]+))?(?:, step (?P<step>" + WORD + r"))?)?"
          r"(?:(?: of )?(?:(?P<user_unit>" + WORD + r") of )?(?P<unit>" + WORD + r"\.\w+))?(?:cgroup (?P<cgroup>.*?))?"
          r"(?= was killed|$)", check_owner),
    Claim("killed", r" was killed(?=: | with|,)", NOTHING),
    Claim("with its group", r" with the whole cgroup(?: {path:path})?(?=: )", check_group_hint),
    Claim("colon", r": ", NOTHING),
    Claim("sysrq", r"asked for by SysRq", check_sysrq),
    Claim("a container's limit", r"a limit of that container was reached", check_scope("memcg")),
    Claim("a limit", r"memory limit of a cgroup reached", check_scope("memcg")),
    Claim("limit of the container", r"memory limit of that (?P<what>container|pod) reached(?=$|;)", check_limit_of_named),
    Claim("limit", r"memory limit of {path:limit} reached(?=$|;)", check_limit_name),
    Claim("machine", r"the machine is out of memory", check_scope("global")),
    Claim("cpuset", r"no memory left on the nodes of a cpuset", check_scope("cpuset")),
    Claim("mempolicy", r"no memory left on the nodes of a memory policy", check_scope("mempolicy")),
    Claim("unknown", r"out of memory, the kernel did not print of what", check_scope(None)),
    Claim("unreapable", r" was killed, but its memory could not be taken back",
          lambda facts, _: None if "unable to reap" in facts.this.text else "that is not printed"),
    Claim("lost", r"{n:lost} kernel log records? (?:was|were) lost before (?:it|they) could be read", check_lost),
    Claim("victim", r"(?P<who>.{0,64}?) \(pid (?P<who_pid>\d+)\)(?= of | was killed)", check_victim),
    Claim("victim", r"{proc:who}(?= of | was killed)", check_victim),
]
