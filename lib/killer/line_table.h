/* lib/killer/line_table.h: every line that is recognised, in one table; for line.c.
 *
 *   LINE(speaker, kind, words, parse)   a line of KILLER_BY_<speaker>'s that begins with words. parse (parse.h) decides by what follows.
 *
 * Blanks in front of a line don't count: killers indent, and writers of logs take them off. */

/* clang-format off */

/* systemd-oomd: 247 to 259 tell what they did, 260 and later what they are about to do */
LINE(SYSTEMD_OOMD, KILL, "Killed /", killer_parse_killed)
LINE(SYSTEMD_OOMD, KILL, "Marked /", killer_parse_marked)
LINE(SYSTEMD_OOMD, KILL, "Rule '", killer_parse_rule)

/* process 1: "a.service: systemd-oomd killed 2 process(es) in this unit." */
LINE(SYSTEMD, KILL, "", killer_parse_unit)

LINE(EARLYOOM, KILL, "sending SIGTERM to process ", killer_parse_sending_term)
LINE(EARLYOOM, KILL, "sending SIGKILL to process ", killer_parse_sending_kill)
LINE(EARLYOOM, NOT_SENT, "dryrun, not actually sending any signal", killer_parse_anything)
LINE(EARLYOOM, ESCALATED, "escalating to SIGKILL after ", killer_parse_escalating)
LINE(EARLYOOM, EXITED, "process exited after ", killer_parse_exited)
LINE(EARLYOOM, EXITED, "process ", killer_parse_process_state)
LINE(EARLYOOM, STAYED, "kill failed: ", killer_parse_failed)

LINE(NOHANG, ACTION, ">>=== STARTING implement_corrective_action()", killer_parse_anything)
LINE(NOHANG, VICTIM, "PID: ", killer_parse_pid)
LINE(NOHANG, VICTIM, "badness: ", killer_parse_badness)
LINE(NOHANG, VICTIM, "Vm, MiB: ", killer_parse_sizes)
LINE(NOHANG, VICTIM, "cgroup_v1: ", killer_parse_cgroup)
LINE(NOHANG, VICTIM, "cgroup_v2: ", killer_parse_cgroup)
LINE(NOHANG, VICTIM, "ancestry: ", killer_parse_ancestry)
LINE(NOHANG, SENDING, "Sending SIG", killer_parse_sending)
LINE(NOHANG, SENT, "OK; total response time: ", killer_parse_anything)
LINE(NOHANG, EXITED, "The victim died in ", killer_parse_anything)
LINE(NOHANG, EXITED, "The victim became a zombie in ", killer_parse_anything)
LINE(NOHANG, STAYED, "The victim doesn't respond on corrective action in ", killer_parse_anything)
LINE(NOHANG, ACTION_END, "<<=== FINISHING implement_corrective_action()", killer_parse_anything)

LINE(KMSG, KILL, "oomd kill: ", killer_parse_oomd)
LINE(KERNEL, KILL, "oomd kill: ", killer_parse_oomd)
LINE(OOMD, KILL, "oomd kill: ", killer_parse_oomd)
LINE(OOMD, KILL, "[", killer_parse_oomd_own)

LINE(KMSG, KILL, "[talos] Sending SIGKILL to cgroup ", killer_parse_talos)
LINE(KERNEL, KILL, "[talos] Sending SIGKILL to cgroup ", killer_parse_talos)

LINE(LMKD, KILL, "Kill '", killer_parse_lmkd)
LINE(KMSG, KILL, "lowmemorykiller: Kill '", killer_parse_lmkd)
LINE(KERNEL, KILL, "lowmemorykiller: Kill '", killer_parse_lmkd)
LINE(KERNEL, KILL, "lowmemorykiller: Killing '", killer_parse_driver)
LINE(KERNEL, TO_FREE, "to free ", killer_parse_to_free)
LINE(KERNEL, TO_FREE, "lowmemorykiller:    to free ", killer_parse_to_free)

LINE(KUBELET, RESOURCE, "\"Eviction manager: attempting to reclaim\" ", killer_parse_resource)
LINE(KUBELET, RESOURCE, "\"Eviction manager: must evict pod(s) to reclaim\" ", killer_parse_resource)
LINE(KUBELET, RESOURCE, "eviction manager: attempting to reclaim ", killer_parse_resource_old)
LINE(KUBELET, RESOURCE, "eviction manager: must evict pod(s) to reclaim ", killer_parse_resource_old)
LINE(KUBELET, KILL, "\"Eviction manager: pod is evicted successfully\" ", killer_parse_evicted)
LINE(KUBELET, KILL, "eviction manager: pod ", killer_parse_evicted_old)
LINE(KUBELET, KILL, "System OOM encountered, victim process: ", killer_parse_system_oom)

LINE(DOCKER, KILL, "container oom ", killer_parse_container_oom)

/* clang-format on */

#undef LINE
