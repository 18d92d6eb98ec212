/* tests/bench/rival.h: programs that do the least that oomwatchd has to do: their latency is its lower bound.
 *
 * "forwarder" reads the kernel log and sends about as many bytes as an alert has, with the pid in them. "asker" does what an
 * alert can't do without, and nothing more: it reads the victim's cgroup and command line from /proc, since a kill line alone
 * has no owner, and writes by json-c about as many members and bytes as the alert has, of a kill line or with its report. It
 * recognises one form of the line, reads nothing else of a report, and checks nothing that it reads. */

#pragma once

/* "FORWARDER", "ASKER"; NULL: sender is a program's path. */
const char *rival_label(const char *sender);

/* Runs the rival. log gives records as /dev/kmsg does, without blocking. Exits when the receiver is gone. */
void rival_run(const char *sender, int log, const char *socket_path) __attribute__((noreturn));
