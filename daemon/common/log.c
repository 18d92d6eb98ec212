/* daemon/common/log.c: one message, one line, one write(2), so that lines of several threads never mix, without a lock that one
 * of them could hold while it blocks. Names in a message may be anybody's: what is more than text is escaped. */

#include "common/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/array.h"
#include "util/utf8.h"

/* The only mutable state of the programs at file scope; set by log_init() before there is a second thread. */
static struct {
        const char *name;
        int level;
        bool is_journal; /* standard error is the journal's: the prefix is a priority */
} state = { "oomwatchd", LOG_INFO, false };

static bool stderr_is_journal(void)
{
        const char *stream = getenv("JOURNAL_STREAM"); /* "device:inode", systemd.exec(5) */
        struct text rest = text_from(stream);
        uint64_t device, inode;
        struct stat status;

        return stream && text_eat_u64(&rest, &device) && text_eat(&rest, TEXT(":")) && text_eat_u64(&rest, &inode) &&
               rest.length == 0 && fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
               status.st_ino == inode;
}

void log_init(const char *name, int level)
{
        state.name = name;
        state.level = level;
        state.is_journal = stderr_is_journal();
}

/* Appends text to line (of size bytes, *length of them used); what is not UTF-8, or more than text to a terminal, as \xNN; with
 * "..." at the end of what was cut. Three bytes must be free. */
static void append_printable(char *line, size_t size, size_t *length, struct text text)
{
        size_t limit = size - 3;

        while (text.length > 0) {
                uint32_t character;
                size_t n_bytes = utf8_next(text, &character);
                bool is_printable = character != UTF8_INVALID && !utf8_is_unsafe(character);
                size_t needed = is_printable ? n_bytes : 4;

                if (*length + needed > limit) {
                        memcpy(line + *length, "...", 3);
                        *length += 3;
                        return;
                }
                if (is_printable) {
                        memcpy(line + *length, text.data, n_bytes);
                } else {
                        static const char digits[] = "0123456789abcdef";
                        uint8_t byte = (uint8_t)text.data[0];
                        const char escape[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

                        memcpy(line + *length, escape, sizeof(escape));
                }
                *length += needed;
                text = text_from_offset(text, is_printable ? n_bytes : 1);
        }
}

void log_at(int priority, const char *format, ...)
{
        int saved_errno = errno; /* a caller may log before it looks at it */
        char message[LOG_LINE_MAX], line[LOG_LINE_MAX];
        size_t length;
        va_list arguments;
        int written;
        ssize_t n;

        if (priority > state.level)
                return;
        va_start(arguments, format);
        written = vsnprintf(message, sizeof(message), format, arguments);
        va_end(arguments);
        if (written < 0)
                (void)snprintf(message, sizeof(message), "(a message that can't be formatted)");
        if (state.is_journal)
                written = snprintf(line, sizeof(line), "<%d>", priority);
        else
                written = snprintf(line, sizeof(line), "%.64s: ", state.name);
        length = written > 0 ? (size_t)written : 0;
        append_printable(line, sizeof(line) - 1, &length, text_from(message));
        line[length++] = '\n';
        n = write(STDERR_FILENO, line, length);
        (void)n; /* that logging failed can't be logged */
        errno = saved_errno;
}

static void log_from_libevent(int severity, const char *message)
{
        static const int priorities[] = {
                [EVENT_LOG_DEBUG] = LOG_DEBUG,
                [EVENT_LOG_MSG] = LOG_INFO,
                [EVENT_LOG_WARN] = LOG_WARNING,
                [EVENT_LOG_ERR] = LOG_ERR,
        };
        bool is_known = severity >= 0 && (size_t)severity < COUNT(priorities);

        log_at(is_known ? priorities[severity] : LOG_ERR, "libevent: %s", message);
}

/* libevent calls this for errors after which it can't go on, and calls exit(1) if it returns. abort() leaves a core
 * dump, and systemd restarts the program in either case. */
static void abort_for_libevent(int error)
{
        log_at(LOG_CRIT, "libevent: fatal error %d", error);
        abort();
}

void log_bridge_libevent(void)
{
        event_set_log_callback(log_from_libevent);
        event_set_fatal_callback(abort_for_libevent);
}
