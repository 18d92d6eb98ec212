/* daemon/common/log.h: the programs' own messages, on standard error. Alerts are not logged.
 *
 * A line begins with "<N>", a priority, if standard error is the journal's; else with the program's name. Control characters
 * are escaped. The only module with a mutable variable at file scope. */

#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <syslog.h>

/* Bytes of a line, its newline included: PIPE_BUF, up to which a write to a pipe is never mixed with another's. What is longer ends
 * in "...". */
#define LOG_LINE_MAX 4096

/* name: the program's, kept, not copied. level: the highest LOG_* priority that is printed. */
void log_init(const char *name, int level);

/* One line, written at once; from any thread. Never waits: where standard error takes nothing now (a full pipe, a stopped terminal, a
 * journal that nobody reads), the line is dropped and counted. Leaves errno alone. */
void log_at(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether standard error is the journal's. */
bool log_is_journal(void);

/* Says how many lines were dropped, if any were and standard error takes it now. Each log_at() does so first. */
void log_report_dropped(void);

#define log_error(...)   log_at(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)

/* Sends libevent's own messages here; on its fatal errors the program aborts. */
void log_bridge_libevent(void);
