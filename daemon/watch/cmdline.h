/* daemon/watch/cmdline.h: reads the command line of a process, which may block for ever.
 *
 * /proc/<pid>/cmdline is read out of the process's memory, under its mmap_lock: reading it waits for a fork() of
 * a large process, for pages that come back from swap, or for ever, if a thread is stuck with the lock (that is
 * what "oom_reaper: unable to reap" means). No signal but a fatal one ends the wait. So where that may happen, a thread
 * reads, and the loop waits for it a bounded time. */

#pragma once

#include <stddef.h>

#include "common/event.h"
#include "notify/writer.h"

#define CMDLINE_MAX 4096
/* How long the loop waits; the answer usually takes some microseconds. */
#define CMDLINE_WAIT_MS 20

struct cmdline_reader;

/* Starts the thread. base is borrowed. Returns 0 or -errno. */
int cmdline_reader_new(struct event_base *base, struct cmdline_reader **ret_reader) __attribute__((warn_unused_result));

/* A thread that is stuck is detached and keeps the reader's memory until the program ends. Accepts NULL. Returns NULL. */
struct cmdline_reader *cmdline_reader_free(struct cmdline_reader *reader);

/* The writer whose thread reads, for other things of the machine that take long to read. It is the reader's. */
struct writer *cmdline_reader_writer(struct cmdline_reader *reader);

/* Lets the thread read the file "cmdline" of directory, a descriptor that stays the caller's. Does nothing while the thread is
 * stuck in an earlier one. */
void cmdline_reader_start(struct cmdline_reader *reader, int directory);

/* Reads it in the caller's thread, where that can't block for long. Returns as cmdline_reader_take(). */
size_t cmdline_read(int directory, char ret_cmdline[static CMDLINE_MAX]);

/* Waits for what cmdline_reader_start() began: the arguments with a NUL between them, cut at CMDLINE_MAX. Returns the
 * length; 0: unknown, or not there in time. */
size_t cmdline_reader_take(struct cmdline_reader *reader, char ret_cmdline[static CMDLINE_MAX]);
