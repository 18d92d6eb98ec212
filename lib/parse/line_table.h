/* lib/parse/line_table.h: every line of a kernel OOM report that is recognised, in one table.
 *
 * The enum of kinds (line.h), the rows that a line is tried against (line.c), which lines come in pieces (pieces.c), what the
 * parser does with a kind (parser.c) and what logs are searched for (logfile/search/) are all made of it: each of these files
 * defines the macros that it needs, and includes this one, as often as it wants. How to add a kind: CONTRIBUTING.md.
 *
 *   KIND(kind, handler)    enum oom_line_kind has OOM_LINE_<kind>; the parser calls handler (parser_state.h) with such a line
 *   KIND_NOTED(kind)       the same of a kind that only shows that its report goes on
 *
 *   LINE(kind, anchor, words, parse, pieces, search)
 *                          a line that begins with words (STARTS), that is nothing else (IS), or that begins with a digit (NUMBER).
 *                          parse (parse.h) decides by the whole line, and reads it. Rows are sorted by the first byte of their words.
 *   LINE_WORDS(kind, anchor, words, search)
 *                          the same of a line that is recognised by its words alone, and not read
 *   LINE_AFTER(kind, words, mark, parse, pieces, search)
 *                          a line whose words come after a comm; mark: see oom_find_after_comm()
 *   LINE_ELSE(kind, anchor, parse, search)
 *                          tried last, on any line (ANY), on one that ends like one about a process (PROCESS), or on one of a log,
 *                          which may lack its end (CUT)
 *
 *   ALONE(before, words)   if a file defines only this, the table expands to the words that logs are searched for
 *
 * pieces: WHOLE, or how the line goes on when the kernel prints it in pieces, each perhaps a record of its own: pieces.c has the rules.
 * search: PART, or ALONE(before, words): logs are searched for "before" "words", since the line by itself begins a report, makes
 * an incident or ends one. It is found by the first four bytes of words: logfile/search/words.h has the few that these may be, and
 * says what a new one needs. */

/* clang-format off */

#ifdef ALONE
#define PART
#define LINE(kind, anchor, words, parse, pieces, search)      search
#define LINE_WORDS(kind, anchor, words, search)               search
#define LINE_AFTER(kind, words, mark, parse, pieces, search)  search
#define LINE_ELSE(kind, anchor, parse, search)                search
#endif
#ifndef KIND
#define KIND(kind, handler)
#endif
#ifndef KIND_NOTED
#define KIND_NOTED(kind)
#endif
#ifndef LINE
#define LINE(kind, anchor, words, parse, pieces, search)
#endif
#ifndef LINE_WORDS
#define LINE_WORDS(kind, anchor, words, search)
#endif
#ifndef LINE_AFTER
#define LINE_AFTER(kind, words, mark, parse, pieces, search)
#endif
#ifndef LINE_ELSE
#define LINE_ELSE(kind, anchor, parse, search)
#endif

/* ---- kinds --------------------------------------------------------------------------------------------------------- */

/* before and at the head of a report */
KIND(SYSRQ, parser_on_sysrq)                     /* "sysrq: Manual OOM execution" */
KIND(SYSRQ_IGNORED, parser_on_sysrq_ignored)     /* "sysrq: OOM request ignored. No task eligible" */
KIND_NOTED(SUPPRESSED)                           /* "oom_kill_process: 12 callbacks suppressed" */
KIND(INVOKED, parser_on_invoked)                 /* "x invoked oom-killer: ..." */
KIND(CPUSET, parser_on_cpuset)                   /* "x cpuset=/ mems_allowed=0", up to 4.20 */
KIND(TASK, parser_on_task)                       /* "CPU: 1 PID: 2 Comm: x ..." */
KIND(LIMIT, parser_on_limit)                     /* "Task in /a/b killed as a result of limit of /a" */

/* what the kernel decided */
KIND(SUMMARY, parser_on_summary)                 /* "oom-kill:constraint=..." */
KIND(ANNOUNCEMENT, parser_on_announcement)       /* "Out of memory: Kill process 1 (x) score 2 or sacrifice child" */
KIND(KILLED, parser_on_killed)                   /* "Out of memory: Killed process 1 (x) total-vm:..." */
KIND(SHARING, parser_on_sharing)                 /* "Kill process 1 (x) sharing same memory"; killed together with another */
KIND(VM_KILLING, parser_on_vm_killing)           /* "VM: killing process x", 2.6 */
KIND(WOULD_HAVE, parser_on_spared)               /* "Would have killed process 1 (x). But continuing instead.", RHEL 6 */
KIND(GROUP, parser_on_group)                     /* "Tasks in /a are going to be killed due to memory.oom.group set" */
KIND(TRIED, parser_on_tried)                     /* "tried to kill init!", up to 2.6.35 */
KIND(EXITING, parser_on_spared)                  /* "Out of memory: OOM victim 1 (x) is already exiting. Skip killing the task" */
KIND(NO_KILLABLE, parser_on_no_killable)         /* "Out of memory and no killable processes..." */
KIND(PANIC, parser_on_panic)                     /* "Kernel panic - not syncing: Out of memory: ..." */

/* afterwards */
KIND_NOTED(REAPED)                               /* "oom_reaper: reaped process 1 (x), now anon-rss:0kB, ..." */
KIND(UNREAPABLE, parser_on_unreapable)           /* "oom_reaper: unable to reap pid:1 (x)" */
KIND_NOTED(PINNED)                               /* "oom killer 1 (x) has mm pinned by 2 (y)" */

/* the machine's memory */
KIND(MEM_INFO, parser_on_mem_info)               /* "Mem-Info:" */
KIND(COUNTERS, parser_on_counters)               /* "active_anon:1 inactive_anon:2 ...", the totals of Mem-Info, in pages */
KIND(NODE, parser_on_node)                       /* "Node 0 active_anon:1kB ... all_unreclaimable? no" */
KIND(ZONE, parser_on_zone)                       /* "Node 0 DMA free:1kB min:2kB ..." */
KIND(LOWMEM_RESERVE, parser_on_lowmem_reserve)   /* "lowmem_reserve[]: 0 426 426", of the zone before it */
KIND(BUDDY, parser_on_buddy)                     /* "Node 0 DMA: 1*4kB (U) 0*8kB ... = 4kB" */
KIND(HUGEPAGES, parser_on_hugepages)             /* "Node 0 hugepages_total=0 ... hugepages_size=2048kB" */
KIND(TOTAL, parser_on_total)                     /* "130933 pages RAM", "Free swap  = 0kB" */
KIND(SLAB, parser_on_slab)                       /* "Unreclaimable slab info:" */
KIND(ALLOCATIONS, parser_on_allocations)         /* "Memory allocations:" */
KIND(FAILURE, parser_on_failure)                 /* "x: page allocation failure: ...": prints the machine's memory too, and is no OOM */

/* the memory of the cgroup */
KIND(MEMCG_USAGE, parser_on_usage)               /* "memory: usage 8kB, limit 8kB, failcnt 9" */
KIND(PROTECTION, parser_on_protection)           /* "Memory cgroup min protection 0kB -- low protection 0kB", 6.19 on */
KIND(MEMCG_STATS, parser_on_stats)               /* "Memory cgroup stats for /a: cache:1KB ...", "Memory cgroup stats for /a:" */

/* Shapes that any line may have: the report's only in the block where such lines are. */
KIND(SLAB_ROW, parser_on_slab_row)               /* "kmalloc-8192          921600KB     921600KB" */
KIND(ALLOCATION, parser_on_allocation)           /* "    12.0 MiB     3072 mm/slub.c:2425 func:alloc_slab_page" */
KIND(MEMCG_STAT, parser_on_stat)                 /* "anon 52264960", or many of these with newlines between */

/* the task table */
KIND_NOTED(TASKS_STATE)                          /* "Tasks state (memory values in pages):" */
KIND(TASKS_HEADER, parser_on_tasks_header)       /* "[  pid  ]   uid  tgid total_vm      rss ... name" */
KIND(TASKS_ROW, parser_on_tasks_row)             /* "[    141]     0   141    13321      736 ... systemd-journal" */

/* recognised as parts of a report, not read */
KIND_NOTED(COMPACTION)
KIND_NOTED(STACK)
KIND(FRAME, parser_on_frame)                     /* " memory_max_write+0x8e/0x120": a function that tells what asked for memory */
KIND_NOTED(UNREAD)                               /* of the machine's memory: per-cpu lists, the swap cache's history */

/* ---- lines --------------------------------------------------------------------------------------------------------- */

LINE_AFTER(INVOKED, OOM_INVOKED_WORDS, OOM_INVOKED_MARK, oom_parse_invoked, HEADER, ALONE("", "oom-killer:"))
LINE_AFTER(CPUSET, OOM_CPUSET_WORDS, OOM_CPUSET_MARK, oom_parse_cpuset, BLANKS, PART)
LINE_AFTER(FAILURE, OOM_FAILURE_WORDS, OOM_FAILURE_MARK, oom_parse_failure, COMMAS, PART)

LINE(FRAME, STARTS, " ", oom_parse_frame, WHOLE, PART)
LINE_WORDS(STACK, STARTS, " <TASK>", PART)
LINE_WORDS(STACK, STARTS, " </TASK>", PART)
LINE_WORDS(STACK, STARTS, " [<", PART)
LINE(ALLOCATION, STARTS, " ", oom_parse_allocation, WHOLE, PART)
LINE(TOTAL, NUMBER, "0", oom_parse_pages, WHOLE, PART)
LINE(COUNTERS, STARTS, "Active", oom_parse_counters, WHOLE, PART) /* up to 2.6.30 */
LINE(TASK, STARTS, "CPU: ", oom_parse_task, WHOLE, PART)
LINE_WORDS(COMPACTION, IS, "COMPACTION is disabled!!!", PART)
LINE_WORDS(STACK, STARTS, "Call Trace:", PART)
LINE(UNREAD, STARTS, "CPU ", oom_parse_per_cpu, WHOLE, PART)
LINE(ZONE, STARTS, "DMA", oom_parse_zone, WHOLE, PART) /* a zone: without CONFIG_NUMA, up to 4.x */
LINE(BUDDY, STARTS, "DMA", oom_parse_buddy, ZONES, PART)
LINE(UNREAD, STARTS, "DMA", oom_parse_per_cpu, WHOLE, PART)
LINE(TOTAL, STARTS, "Free swap  = ", oom_parse_swap, WHOLE, PART)
LINE_WORDS(UNREAD, STARTS, "Free swap: ", PART) /* 2.6, i386 */
LINE_WORDS(UNREAD, STARTS, "Free pages: ", PART)
LINE_WORDS(STACK, STARTS, "Hardware name: ", PART)
LINE(ZONE, STARTS, "HighMem", oom_parse_zone, WHOLE, PART)
LINE(BUDDY, STARTS, "HighMem", oom_parse_buddy, ZONES, PART)
LINE(UNREAD, STARTS, "HighMem", oom_parse_per_cpu, WHOLE, PART)
LINE(KILLED, STARTS, "Killed process ", oom_parse_killed, WHOLE, ALONE("", "Killed process"))
LINE(SHARING, STARTS, "Kill process ", oom_parse_sharing, WHOLE, ALONE("", "Kill process"))
LINE(PANIC, STARTS, "Kernel panic - not syncing: ", oom_parse_panic, WHOLE,
     ALONE("System is deadlocked o", "n memory") ALONE("no ", "killable processes") ALONE("panic_on_", "oom is enabled") ALONE("panic_on_", "oom is selected"))
LINE(KILLED, STARTS, "Memory cgroup out of memory: Killed process ", oom_parse_killed, WHOLE, ALONE("", "Killed process"))
LINE(ANNOUNCEMENT, STARTS, "Memory cgroup out of memory: ", oom_parse_announcement, WHOLE,
     ALONE("", "Kill process") ALONE(": ", "kill process ")) /* small up to 2.6.32 */
LINE(EXITING, STARTS, "Memory cgroup out of memory: ", oom_parse_exiting, WHOLE, ALONE("", "OOM victim "))
LINE(LIMIT, STARTS, "Memory limit reached of cgroup ", oom_parse_limit_reached, STATS, ALONE("Memory limit reached o", "f cgroup "))
LINE_WORDS(MEM_INFO, IS, "Mem-Info:", PART)
LINE_WORDS(MEM_INFO, IS, "Mem-info:", PART)
LINE(ZONE, STARTS, "Movable", oom_parse_zone, WHOLE, PART)
LINE(BUDDY, STARTS, "Movable", oom_parse_buddy, ZONES, PART)
LINE(UNREAD, STARTS, "Movable", oom_parse_per_cpu, WHOLE, PART)
LINE_WORDS(ALLOCATIONS, STARTS, "Memory allocations:", PART)
LINE_WORDS(ALLOCATIONS, STARTS, "Memory allocations (", PART)
LINE(MEMCG_STATS, STARTS, "Memory cgroup stats", oom_parse_stats, STATS, PART)
LINE(PROTECTION, STARTS, "Memory cgroup min protection ", oom_parse_protection, WHOLE, PART)
LINE(ANNOUNCEMENT, STARTS, "No available memory ", oom_parse_announcement, WHOLE,
     ALONE("", "Kill process") ALONE(": ", "kill process "))
LINE(NODE, STARTS, "Node ", oom_parse_node, WHOLE, PART)
LINE(ZONE, STARTS, "Node ", oom_parse_zone, WHOLE, PART)
LINE(BUDDY, STARTS, "Node ", oom_parse_buddy, ZONES, PART)
LINE(HUGEPAGES, STARTS, "Node ", oom_parse_hugepages, WHOLE, PART)
LINE(UNREAD, STARTS, "Node ", oom_parse_per_cpu, WHOLE, PART)
LINE(ZONE, STARTS, "Normal", oom_parse_zone, WHOLE, PART)
LINE(BUDDY, STARTS, "Normal", oom_parse_buddy, ZONES, PART)
LINE(UNREAD, STARTS, "Normal", oom_parse_per_cpu, WHOLE, PART)
LINE_WORDS(UNREAD, IS, "Name                      Used          Total", PART)
LINE(KILLED, STARTS, "Out of memory: Killed process ", oom_parse_killed, WHOLE, ALONE("", "Killed process"))
LINE(KILLED, STARTS, "OOM killed process ", oom_parse_killed, WHOLE, ALONE("OOM ", "killed process "))
LINE(KILLED, STARTS, "Out of memory: OOM killed process ", oom_parse_killed, WHOLE, ALONE("OOM ", "killed process "))
LINE(KILLED, STARTS, "Out of memory in UB ", oom_parse_killed, WHOLE, ALONE("OOM ", "killed process "))
LINE_WORDS(NO_KILLABLE, IS, "Out of memory and no killable processes...", ALONE("no ", "killable processes"))
LINE(ANNOUNCEMENT, STARTS, "Out of ", oom_parse_announcement, WHOLE,
     ALONE("", "Kill process") ALONE(": ", "kill process "))
LINE(EXITING, STARTS, "Out of memory", oom_parse_exiting, WHOLE, ALONE("", "OOM victim "))
LINE(TASK, STARTS, "Pid: ", oom_parse_task_2_6, WHOLE, PART)
LINE(SHARING, STARTS, "Rage kill process ", oom_parse_rage, WHOLE, ALONE("Rage ", "kill process "))
LINE_WORDS(STACK, STARTS, "RIP: ", PART)
LINE_WORDS(SYSRQ, IS, "SysRq : Manual OOM execution", ALONE("Manual ", "OOM execution"))
LINE_WORDS(UNREAD, STARTS, "Swap cache: add ", PART)
LINE_WORDS(UNREAD, STARTS, "Swap cache stats: add ", PART)
LINE(GROUP, STARTS, "Tasks in ", oom_parse_group, BLANKS, ALONE("memory.", "oom.group set"))
LINE(LIMIT, STARTS, "Task in ", oom_parse_limit, BLANKS, ALONE("", "killed as a result of limit of "))
LINE(TOTAL, STARTS, "Total swap = ", oom_parse_swap, WHOLE, PART)
LINE_WORDS(TASKS_STATE, STARTS, "Tasks state (memory values in pages):", PART)
LINE_WORDS(SLAB, IS, "Unreclaimable slab info:", PART)
LINE(VM_KILLING, STARTS, "VM: killing process ", oom_parse_vm_killing, WHOLE, ALONE("VM: ", "killing process "))
LINE(WOULD_HAVE, STARTS, "Would have killed process ", oom_parse_would_have, WHOLE, ALONE("Would have ", "killed process "))
LINE_WORDS(STACK, STARTS, "Workqueue: ", PART)
LINE(TASKS_HEADER, STARTS, "[   pid  ] ", oom_parse_tasks_header, WHOLE, PART)
LINE(TASKS_HEADER, STARTS, "[  pid ] ", oom_parse_tasks_header, WHOLE, PART)
LINE(TASKS_HEADER, STARTS, "[ pid  ] ", oom_parse_tasks_header, WHOLE, PART)
LINE(TASKS_HEADER, STARTS, "[ pid ] ", oom_parse_tasks_header, WHOLE, PART)
LINE(TASKS_HEADER, STARTS, "[  pid  ] ", oom_parse_tasks_header, WHOLE, PART)
LINE(TASKS_ROW, STARTS, "[", oom_parse_tasks_row, WHOLE, PART)
LINE(SUPPRESSED, STARTS, "__ratelimit: ", oom_parse_suppressed, WHOLE, PART)
LINE(COUNTERS, STARTS, "active_anon:", oom_parse_counters, WHOLE, PART)
LINE(UNREAD, STARTS, "cpu ", oom_parse_per_cpu, WHOLE, PART)
LINE_WORDS(UNREAD, IS, "excessive unreclaimable slab but cannot dump stats", PART)
LINE(MEMCG_USAGE, STARTS, "kmem: usage ", oom_parse_usage, WHOLE, PART)
LINE(LOWMEM_RESERVE, STARTS, "lowmem_reserve[]:", oom_parse_lowmem_reserve, NUMBERS, PART)
LINE(MEMCG_USAGE, STARTS, "memory: usage ", oom_parse_usage, WHOLE, PART)
LINE(MEMCG_USAGE, STARTS, "memory+swap: usage ", oom_parse_usage, WHOLE, PART)
LINE(INVOKED, STARTS, "oom-killer: gfp_mask=", oom_parse_invoked, WHOLE, ALONE("", "oom-killer:"))
LINE(SUMMARY, STARTS, "oom-kill:constraint=", oom_parse_summary, COMMAS, ALONE("", "oom-kill:constraint="))
LINE(REAPED, STARTS, "oom_reaper: reaped process ", oom_parse_reaped, WHOLE, PART)
LINE(UNREAPABLE, STARTS, "oom_reaper: unable to reap pid:", oom_parse_unreapable, WHOLE, ALONE("", "oom_reaper: unable to reap "))
LINE(PINNED, STARTS, "oom killer ", oom_parse_pinned, WHOLE, PART)
LINE(SUPPRESSED, STARTS, "oom_kill_process: ", oom_parse_suppressed, WHOLE, PART)
LINE_WORDS(SYSRQ, IS, "sysrq: Manual OOM execution", ALONE("Manual ", "OOM execution"))
LINE_WORDS(SYSRQ, IS, "sysrq: SysRq : Manual OOM execution", ALONE("Manual ", "OOM execution"))
LINE_WORDS(SYSRQ_IGNORED, IS, "sysrq: OOM request ignored because killer is disabled", ALONE("", "OOM request ignored"))
LINE_WORDS(SYSRQ_IGNORED, IS, "sysrq: OOM request ignored. No task eligible", ALONE("", "OOM request ignored"))
LINE(MEMCG_USAGE, STARTS, "swap: usage ", oom_parse_usage, WHOLE, PART)
LINE_WORDS(TRIED, IS, "tried to kill an mm-less task!", PART)
LINE_WORDS(TRIED, IS, "tried to kill init!", PART)

LINE_ELSE(SLAB_ROW, ANY, oom_parse_slab_row, PART)
LINE_ELSE(MEMCG_STAT, ANY, oom_parse_stat, PART)
LINE_ELSE(KILLED, PROCESS, oom_parse_killed, ALONE("", "Killed process"))
LINE_ELSE(INVOKED, CUT, oom_parse_cut_invoked, PART)

/* clang-format on */

#undef KIND
#undef KIND_NOTED
#undef LINE
#undef LINE_WORDS
#undef LINE_AFTER
#undef LINE_ELSE
#undef PART
#undef ALONE
