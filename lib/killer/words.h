/* lib/killer/words.h: what logs are searched for, to find the lines of user-space killers: beside the words of parse/line_table.h, by the
 * same rules. Define ALONE(before, words), and include it, as often as you want; words begins with a key of logfile/search/words.h.
 *
 * As few as possible: each costs time in every log. One line of each kill is enough, as the lines around it are read too. */

/* clang-format off */

/* systemd-oomd, and what process 1 says of it */
ALONE("", "Killed /")                    /* "Killed /system.slice/a.service due to ..." */
ALONE(" for ", "killing due to mem")     /* "Marked /system.slice/a.service for killing due to ..." */
ALONE("taking action ", "kill-all")      /* "Rule 'a' conditions met for cgroup /a, taking action kill-all" */
ALONE("taking action ", "kill-by-")
ALONE(": systemd-", "oomd killed ")      /* "a.service: systemd-oomd killed 2 process(es) in this unit." */
ALONE("has been killed by the ", "OOM killer") /* not "killed b": many programs are killed by signals */
ALONE("The kernel ", "OOM killer killed ")

/* earlyoom: "low memory! at or below SIGTERM limits: mem 10.00%, ...", before each of its kills: of these, "sending SIGTERM to process"
 * has no key */
ALONE("low ", "memory! at or below SIG")
ALONE(" SIG", "KILL to ")                /* "sending SIGKILL to process 7 ...", nohang's, Talos' */
ALONE(", ", "oom_score_adj ")            /* of 1.8 and later, and lmkd's: "oom_score_adj 900 to free ..." */

/* nohang: at the beginning of a block, and in it: "badness:   911, oom_score:  911, oom_score_adj:  0" */
ALONE("", "Memory status that requires")
ALONE(", ", "oom_score:")

ALONE("] ", "killer:kill_by_")           /* oomd */
ALONE(": ", "Killing '")                 /* lowmemorykiller */
ALONE("victio", "n manager: pod ")       /* the kubelet: "Eviction manager: pod is evicted successfully" */
ALONE("System ", "OOM encountered, victim")

/* clang-format on */
