/* daemon/watch/prefault.h: which of the program's own pages are in memory: what an alert needs, and little else. The
 * minute it exists for is the one in which everything that isn't locked is pushed out.
 *
 * In the order of their use: */

#pragma once

/* Makes large allocations cost what is used of them. To be called before there are any. */
void resident_set_malloc(void);

/* Lets go of what only the start needed: freed memory, and the pages of the libraries' code and constants, which come
 * back from the page cache when they are needed. The libraries that were merely loaded, the dynamic linker and the parser
 * of the configuration are most of them; locked, they could not be let go any more. */
void resident_forget_start(void);

/* Keeps pages in memory once they were touched. Only where no limit could make a later allocation fail. Returns 0 or
 * -errno. */
int resident_lock(void) __attribute__((warn_unused_result));

/* Makes an alert that nobody gets of a small report, so that the first kill finds most of its code in memory and need not
 * wait for a disk. Not rehearsed are the lines of the machine's memory, /proc, and the sinks. Returns 0, -ENOMEM, or -EBADMSG if the report was not understood. */
int resident_rehearse(void) __attribute__((warn_unused_result));
