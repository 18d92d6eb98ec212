/* daemon/common/log.h: what the programs say about themselves, on standard error.
 *
 * Under systemd lines carry the "<N>" prefix that the journal reads as a priority (sd-daemon(3), chosen when
 * $JOURNAL_STREAM names standard error); else the program's name. Alerts never go this way. Control characters in
 * what is printed are replaced. The only module with a mutable variable at file scope. */

#pragma once

#include <stdarg.h>
#include <syslog.h>

/* name: the program's, kept, not copied. level: the highest LOG_* priority that is printed. */
void log_init(const char *name, int level);

void log_at(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_at(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)

/* Sends libevent's own messages here. */
void log_bridge_libevent(void);
