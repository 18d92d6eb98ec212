/* daemon/watch/cmdline.h: reads the command line of a process that may never give it.
 *
 * /proc/<pid>/cmdline is read out of the process's memory, under its mmap_lock: whoever reads it waits for a fork() of
 * a large process, for pages that come back from swap, or for ever, for a thread that is stuck with the lock (that is
 * what "oom_reaper: unable to reap" means). No signal but a fatal one ends the wait. So where that can be, a thread
 * reads, and the loop waits for it a bounded time. */

#pragma once

#include <stddef.h>

#define CMDLINE_MAX 4096
/* How long the loop waits for what is usually there in some microseconds. */
#define CMDLINE_WAIT_MS 20

struct cmdline_reader;

/* Starts the thread. Returns 0 or -errno. */
int cmdline_reader_new(struct cmdline_reader **ret_reader) __attribute__((warn_unused_result));

/* A thread that is stuck is left behind, to end with the process. Accepts NULL. Returns NULL. */
struct cmdline_reader *cmdline_reader_free(struct cmdline_reader *reader);

/* Begins to read the file "cmdline" of the directory. Nothing is begun while the thread is stuck with another. */
void cmdline_reader_ask(struct cmdline_reader *reader, int directory);

/* Reads it at once, in the caller's thread: for a directory that keeps nobody waiting. Returns as cmdline_reader_take(). */
size_t cmdline_read(int directory, char ret_cmdline[static CMDLINE_MAX]);

/* What was asked for, arguments joined by blanks; cut at CMDLINE_MAX. Returns its length; 0: not known, or not in time. */
size_t cmdline_reader_take(struct cmdline_reader *reader, char ret_cmdline[static CMDLINE_MAX]);
