/* daemon/watch/prefault.h: keeps the pages of the program that an alert needs in memory, and little else. When memory runs out,
 * the kernel evicts the pages of programs that aren't locked; reading them back from disk would delay the alert.
 *
 * In the order of their use: */

#pragma once

#include "common/event.h"

/* Makes large allocations take as much memory as is used of them. To be called before there are any. */
void prefault_configure_malloc(void);

/* Releases what only the start needed: freed memory, and the pages of the libraries' code and constants, which come back from
 * the page cache when they are used. Most of them belong to the dynamic linker, to the parser of the configuration, and to
 * libraries that were merely loaded. Locked pages can't be released any more. */
void prefault_release_start_pages(void);

/* Keeps pages in memory once they were touched. Only where no limit could make a later allocation fail. Returns 0 or
 * -errno. */
int prefault_lock_memory(void) __attribute__((warn_unused_result));

/* Makes room in base for as many timers as the watcher can have at a time: libevent keeps the room, and then starting a timer can't
 * fail. Returns 0 or -ENOMEM. */
int prefault_timers(struct event_base *base) __attribute__((warn_unused_result));

struct oom_parser;

/* Makes an alert of a small report and discards it, so that the first kill finds most of its code in memory. Left out are the
 * lines of the machine's memory, /proc, and the sinks. app_parser, which is another than the one that reads this report, gets the memory
 * resident that a report needs. Returns 0, -ENOMEM, or -EBADMSG if the report was not understood. */
int prefault_alert_path(struct oom_parser *app_parser) __attribute__((warn_unused_result));
