#include "log_lines.h"
#include "util/array.h"

/* As found on servers, in about their proportions; with them what resembles the words of a report: "killing", "killed",
 * "process", "room", "boot", "zoom", "SIGKILL", "oom_score_adj" of other programs. None of them is of a report. */
const struct log_line log_lines[] = {
        { "sshd", "Failed password for invalid user $u from $i port $N ssh2", 60 },
        { "sshd", "Accepted publickey for $u from $i port $N ssh2: ED25519 SHA256:$x$x$x$x$x", 40 },
        { "sshd", "Connection closed by authenticating user root $i port $N [preauth]", 60 },
        { "sshd", "pam_unix(sshd:session): session opened for user $u(uid=$N) by (uid=0)", 40 },
        { "sshd", "pam_unix(sshd:session): session closed for user $u", 40 },
        { "sshd", "Received disconnect from $i port $N:11: disconnected by user", 40 },
        { "sshd", "error: maximum authentication attempts exceeded for root from $i port $N ssh2 [preauth]", 15 },
        { "CRON", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)", 30 },
        { "CRON", "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)", 15 },
        { "CRON", "(www-data) CMD ([ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean)", 15 },
        { "CRON", "pam_unix(cron:session): session closed for user root", 30 },
        { "systemd", "Started session-$n.scope - Session $n of User $u.", 40 },
        { "systemd", "session-$n.scope: Deactivated successfully.", 40 },
        { "systemd", "Starting logrotate.service - Rotate log files...", 10 },
        { "systemd", "Finished apt-daily.service - Daily apt download activities.", 10 },
        { "systemd", "user@$N.service: Consumed $n.$nms CPU time.", 20 },
        { "systemd", "$w.service: Scheduled restart job, restart counter is at $n.", 6 },
        { "systemd", "$w.service: Main process exited, code=killed, status=9/KILL", 2 },
        { "systemd", "$w.service: State 'stop-sigterm' timed out. Killing.", 1 },
        { "systemd", "$w.service: Killing process $p ($w) with signal SIGKILL.", 2 },
        { "systemd", "$w.service: Unit process $p ($w) remains running after unit stopped.", 2 },
        { "systemd-logind", "New session $n of user $u.", 30 },
        { "systemd-logind", "Session $n logged out. Waiting for processes to exit.", 30 },
        { "systemd-resolved",
          "Server returned error NXDOMAIN, mitigating potential DNS violation DVE-2018-0001, "
          "retrying transaction with reduced feature level UDP.",
          10 },
        { "nginx",
          "$i - - \"GET /static/$w/$x.js HTTP/1.1\" 200 $N \"https://www.example.com/$w\" \"Mozilla/5.0 (X11; "
          "Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\"",
          150 },
        { "nginx", "$i - - \"POST /api/v1/rooms/$n/messages HTTP/1.1\" 201 $n \"-\" \"okhttp/4.12.0\"", 60 },
        { "nginx", "$i - - \"GET /zoom/$x?from=bookmark&looks=blooming HTTP/2.0\" 404 162 \"-\" \"curl/7.88.1\"", 10 },
        { "nginx", "$i - $u \"GET /robots.txt HTTP/1.1\" 301 178 \"-\" \"Mozilla/5.0 (compatible; bingbot/2.0)\"", 30 },
        { "postfix/smtpd", "connect from unknown[$i]", 25 },
        { "postfix/smtpd",
          "NOQUEUE: reject: RCPT from unknown[$i]: 554 5.7.1 Service unavailable; blocked using "
          "zen.spamhaus.org; from=<$u@example.com> to=<$w@example.org> proto=ESMTP helo=<$w>",
          15 },
        { "postfix/qmgr", "$x: from=<$u@example.com>, size=$N, nrcpt=1 (queue active)", 20 },
        { "postfix/smtp",
          "$x: to=<$w@example.org>, relay=mail.example.org[$i]:25, delay=$n, status=sent (250 2.0.0 Ok)", 20 },
        { "dhclient", "DHCPREQUEST for $i on eth0 to $i port 67", 8 },
        { "NetworkManager", "<info>  [$N.$n] dhcp4 (eth0): state changed new lease, address=$i", 6 },
        { "dbus-daemon", "[system] Successfully activated service 'org.freedesktop.$w1'", 8 },
        { "dockerd",
          "time=\"2025-03-01T10:00:00.$NZ\" level=info msg=\"ignoring event\" container=$x$x$x$x$x$x$x$x "
          "module=libcontainerd namespace=moby topic=/tasks/delete type=\"*events.TaskDelete\"",
          15 },
        { "containerd", "time=\"2025-03-01T10:00:00.$NZ\" level=info msg=\"shim disconnected\" id=$x$x$x$x$x$x$x$x",
          10 },
        { "kubelet",
          "I0301 10:00:00.$N    1234 kuberuntime_container.go:808] \"Killing container with a grace period\" "
          "pod=\"default/$w-$x\" containerName=\"$w\" gracePeriod=30",
          6 },
        { "postgres", "[$n-1] $u@$w LOG:  checkpoint complete: wrote $n buffers (0.$n%); 0 WAL file(s) added", 15 },
        { "postgres", "[$n-1] $u@$w ERROR:  duplicate key value violates unique constraint \"$w_pkey\"", 10 },
        { "java", "$w-worker-$n INFO  com.example.$w.RequestHandler - request $x handled in $n ms, $n rows, locked=0",
          60 },
        { "java", "$w-worker-$n WARN  com.example.$w.Pool - oom_score_adj of $p is $n, looking for room in the pool",
          2 },
        { "audit", "type=CRED_DISP msg=audit($N.$n:$n): pid=$p uid=0 auid=0 ses=$n msg='op=PAM:setcred acct=\"root\"'",
          30 },
        { "rsyslogd", "[origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"$p\"] rsyslogd was HUPed", 3 },
        { "kernel",
          "[UFW BLOCK] IN=eth0 OUT= MAC=$x:$x SRC=$i DST=$i LEN=40 TOS=0x00 PREC=0x00 TTL=24$n ID=$N PROTO=TCP "
          "SPT=$N DPT=$N WINDOW=1024 RES=0x00 SYN URGP=0",
          120 },
        { "kernel", "docker0: port $n(veth$x) entered blocking state", 15 },
        { "kernel", "docker0: port $n(veth$x) entered forwarding state", 15 },
        { "kernel", "device veth$x entered promiscuous mode", 10 },
        { "kernel", "usb 1-$n: new high-speed USB device number $n using xhci_hcd", 5 },
        { "kernel", "usb 1-$n: New USB device found, idVendor=0781, idProduct=$n, bcdDevice= 1.00", 5 },
        { "kernel", "e1000e 0000:00:1f.6 eno1: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx", 3 },
        { "kernel",
          "audit: type=1400 audit($N.$n:$n): apparmor=\"ALLOWED\" operation=\"open\" profile=\"$w\" "
          "name=\"/proc/$p/oom_score_adj\" pid=$p comm=\"$w\" requested_mask=\"r\" denied_mask=\"r\"",
          8 },
        { "kernel", "EXT4-fs (dm-$n): mounted filesystem with ordered data mode. Quota mode: none.", 3 },
        { "kernel", "TCP: request_sock_TCP: Possible SYN flooding on port $n. Sending cookies.  Check SNMP counters.",
          2 },
        { "kernel", "$w[$p]: segfault at 0 ip 0000$x$x sp 0000$x$x error 4 in libc.so.6[7f$x+1e0000]", 2 },
        { "kernel", "perf: interrupt took too long ($n > $n), lowering kernel.perf_event_max_sample_rate to $N", 1 },
};
const size_t log_lines_count = COUNT(log_lines);

/* Lines with the words of reports, as many logs have them */
const struct log_line log_word_lines[] = {
        { "systemd", "$w.service: Main process exited, code=killed, status=9/KILL", 10 },
        { "systemd", "$w.service: Control process exited, code=killed by signal $n", 10 },
        { "uwsgi", "worker $p was killed by signal $n after $n s", 20 },
        { "kernel", "$w[$p]: killed by signal 9 (core dumped: no)", 10 },
        { "haproxy", "backend $w/$n: connection limit reached, $N of $N sessions in use", 20 },
        { "sshd", "fatal: connection limit reached for $i port $N", 10 },
        { "java", "$w-worker-$n WARN  memory used $n of $N MiB, limit $N MiB, out of pool: no", 20 },
        { "java", "$w-worker-$n INFO  memory used by $w: $N KiB; no memory pressure", 15 },
        { "postgres", "[$n-1] $u@$w ERROR:  value $N is out of range for type integer", 15 },
        { "php-fpm", "PHP Fatal error:  Allowed memory size of $N bytes exhausted (tried to allocate $n bytes)", 10 },
        { "dockerd", "container $x: exit code 137, OOMKilled=false, memory limit $N", 10 },
        { "monit", "'$w' process is not running, last one was killed; $n restarts, room for $n", 10 },
};
const size_t log_word_lines_count = COUNT(log_word_lines);

/* The long ones */
static const char memcg_summary[] = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/"
                                    ",mems_allowed=0,oom_memcg=$g,task_memcg=$g,task=$c,"
                                    "pid=$v,uid=1000";
static const char memcg_kill[] = "Memory cgroup out of memory: Killed process $v ($c) total-vm:$NkB, anon-rss:$NkB, "
                                 "file-rss:$nkB, shmem-rss:0kB, "
                                 "UID:1000 pgtables:$nkB oom_score_adj:0";
static const char global_summary[] =
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=$g,task=$c,"
        "pid=$v,uid=1000";
static const char global_kill[] =
        "Out of memory: Killed process $v ($c) total-vm:$NkB, anon-rss:$NkB, file-rss:$nkB, shmem-rss:0kB, UID:1000 "
        "pgtables:$nkB oom_score_adj:0";

#define STACK_LINES                                                                                                    \
        "Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014",               \
                "Call Trace:", " <TASK>", " dump_stack_lvl+0x45/0x5e", " dump_header+0x4a/0x210",                      \
                " oom_kill_process.cold+0xb/0x10", " out_of_memory+0x1fd/0x4c0",                                       \
                " __alloc_pages_slowpath.constprop.0+0xcc1/0xe10", " __alloc_pages+0x305/0x330",                       \
                " folio_alloc+0x17/0x50", " __filemap_get_folio+0x155/0x340", " filemap_fault+0x139/0x910",            \
                " handle_mm_fault+0xdb/0x2d0", " do_user_addr_fault+0x1cd/0x690", " exc_page_fault+0x70/0x170",        \
                " asm_exc_page_fault+0x22/0x30", " </TASK>"

#define MEMORY_LINES                                                                                                   \
        "Mem-Info:", "active_anon:$n inactive_anon:$N isolated_anon:0",                                                \
                " active_file:$n inactive_file:$n isolated_file:0", " unevictable:0 dirty:0 writeback:0",              \
                " slab_reclaimable:$n slab_unreclaimable:$n", " mapped:$n shmem:$n pagetables:$n",                     \
                " free:$n free_pcp:$n free_cma:0",                                                                     \
                "Node 0 DMA free:$nkB boost:0kB min:$nkB low:$nkB high:$nkB present:15992kB managed:15360kB",          \
                "lowmem_reserve[]: 0 1943 1943 1943 1943",                                                             \
                "Node 0 DMA32 free:$nkB boost:0kB min:$nkB low:$nkB high:$nkB present:2080620kB managed:1990404kB",    \
                "lowmem_reserve[]: 0 0 0 0 0", "$n total pagecache pages", "0 pages in swap cache",                    \
                "Free swap  = 0kB", "Total swap = 0kB", "524153 pages RAM", "0 pages HighMem/MovableOnly",             \
                "22712 pages reserved", "0 pages hwpoisoned"

#define TABLE_LINES                                                                                                    \
        "Tasks state (memory values in pages):",                                                                       \
                "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name", LOG_TASKS

#define MEMCG_LINES                                                                                                    \
        "$a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",                                 \
                "CPU: 1 PID: $p Comm: $a Not tainted 6.1.0-37-amd64 #1  Debian 6.1.140-1", STACK_LINES,                \
                "memory: usage 262144kB, limit 262144kB, failcnt $n",                                                  \
                "swap: usage 0kB, limit 9007199254740988kB, failcnt 0",                                                \
                "Memory cgroup stats for $g:", "anon 266567680", "file 0", "kernel 1384448", "pagetables 614400",      \
                "slab 205424", TABLE_LINES, memcg_summary, memcg_kill

static const char *const modern_global[] = {
        "$a invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
        "CPU: 0 PID: $p Comm: $a Not tainted 6.1.0-37-amd64 #1  Debian 6.1.140-1",
        STACK_LINES,
        MEMORY_LINES,
        TABLE_LINES,
        global_summary,
        global_kill,
        "oom_reaper: reaped process $v ($c), now anon-rss:0kB, file-rss:$nkB, shmem-rss:0kB",
        NULL,
};

static const char *const modern_memcg[] = { MEMCG_LINES, NULL };

static const char *const modern_group[] = {
        MEMCG_LINES,
        "Tasks in $g are going to be killed due to memory.oom.group set",
        LOG_MEMBERS,
        NULL,
};

#define OLD_MEMORY_LINES                                                                                               \
        "Mem-Info:", "Node 0 DMA per-cpu:", "CPU    0: hi:    0, btch:   1 usd:   0",                                  \
                "active_anon:$N inactive_anon:$n isolated_anon:0", " active_file:$n inactive_file:$n isolated_file:0", \
                " unevictable:0 dirty:0 writeback:0 unstable:0", " free:$n slab_reclaimable:$n slab_unreclaimable:$n", \
                " mapped:$n shmem:$n pagetables:$n bounce:0",                                                          \
                "Node 0 DMA free:$nkB min:$nkB low:$nkB high:$nkB active_anon:0kB inactive_anon:0kB present:15300kB",  \
                "lowmem_reserve[]: 0 3000 4010 4010", "$n total pagecache pages", "0 pages in swap cache",             \
                "Swap cache stats: add $n, delete $n, find $n/$n", "Free swap  = 0kB", "Total swap = 0kB",             \
                "1048575 pages RAM", "67720 pages reserved"

static const char *const rhel6_global[] = {
        "$a invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0, oom_score_adj=0",
        "$a cpuset=/ mems_allowed=0",
        "Pid: $p, comm: $a Not tainted 2.6.32-504.el6.x86_64 #1",
        "Call Trace:",
        " [<ffffffff810d40c1>] ? cpuset_print_task_mems_allowed+0x91/0xb0",
        " [<ffffffff81127300>] ? dump_header+0x90/0x1b0",
        " [<ffffffff81127782>] ? oom_kill_process+0x82/0x2a0",
        " [<ffffffff81127bc0>] ? out_of_memory+0x220/0x3c0",
        " [<ffffffff811344df>] ? __alloc_pages_nodemask+0x89f/0x8d0",
        " [<ffffffff8152ac45>] ? page_fault+0x25/0x30",
        OLD_MEMORY_LINES,
        "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
        LOG_TASKS,
        "Out of memory: Kill process $v ($c) score $n or sacrifice child",
        "Killed process $v, UID 500, ($c) total-vm:$NkB, anon-rss:$NkB, file-rss:$nkB",
        NULL,
};

static const char *const rhel7_global[] = {
        "$a invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0",
        "$a cpuset=/ mems_allowed=0",
        "CPU: 3 PID: $p Comm: $a Kdump: loaded Not tainted 3.10.0-1160.el7.x86_64 #1",
        "Call Trace:",
        " [<ffffffff9f583559>] dump_stack+0x19/0x1b",
        " [<ffffffff9f57e5f8>] dump_header+0x90/0x229",
        " [<ffffffff9efc2744>] oom_kill_process+0x254/0x3e0",
        " [<ffffffff9efc2fb6>] out_of_memory+0x4b6/0x4f0",
        " [<ffffffff9f590778>] page_fault+0x28/0x30",
        OLD_MEMORY_LINES,
        "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
        LOG_TASKS,
        "Out of memory: Kill process $v ($c) score $n or sacrifice child",
        "Killed process $v ($c), UID 500, total-vm:$NkB, anon-rss:$NkB, file-rss:$nkB, shmem-rss:0kB",
        NULL,
};

#define MODERN_ROW "[  $p]  1000  $p    $n       $n    73728        0             0 $w"
#define OLD_ROW    "[ $p]   500  $p    $n       $n      73        0             0 $w"

const struct log_report log_reports[] = {
        { modern_global, MODERN_ROW, NULL },      { modern_memcg, MODERN_ROW, NULL },
        { modern_group, MODERN_ROW, memcg_kill }, { rhel6_global, OLD_ROW, NULL },
        { rhel7_global, OLD_ROW, NULL },
};
const size_t log_reports_count = COUNT(log_reports);

static const char *const bare_kill[] = {
        memcg_kill,
        NULL,
};
const struct log_report log_bare_kill = { bare_kill, NULL, NULL };
