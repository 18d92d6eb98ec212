/* tests/bench/rival.h: the least that can be done in oomwatchd's place: what it needs, no program can save.
 *
 * "forwarder" reads the kernel log and sends about as many bytes as an alert has, with the pid in them. "asker" is the same,
 * and before it sends it reads the victim's cgroup and command line from /proc, which the alert of a kill line alone can't do
 * without: the line has no owner. It checks nothing of what it reads, and doesn't send it. */

#pragma once

/* "FORWARDER", "ASKER"; NULL: sender is no rival, but a program's path. */
const char *rival_label(const char *sender);

/* Is the rival. log: records, as of /dev/kmsg, not blocking. Ends when the receiver does. */
void rival_run(const char *sender, int log, const char *socket_path) __attribute__((noreturn));
