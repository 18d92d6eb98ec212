/* tests/bench/rival.h: the least that can be done in oomwatchd's place: what it needs, no program can save.
 *
 * "forwarder" reads the kernel log and sends about as many bytes as an alert has, with the pid in them. "asker" does what an
 * alert can't do without, and nothing more: it reads the victim's cgroup and command line from /proc, since a kill line alone
 * has no owner, and writes by json-c about as many members and bytes as the alert has, of a kill line or with its report. It
 * recognises one form of the line, reads nothing else of a report, checks nothing that it reads, and judges nothing. */

#pragma once

/* "FORWARDER", "ASKER"; NULL: sender is no rival, but a program's path. */
const char *rival_label(const char *sender);

/* Is the rival. log: records, as of /dev/kmsg, not blocking. Ends when the receiver does. */
void rival_run(const char *sender, int log, const char *socket_path) __attribute__((noreturn));
