/* daemon/common/log.c: one message, one line, one write(2), so that lines of several threads never mix, without a lock that one
 * of them could hold while it blocks. Names in a message may be anybody's: what is more than text is escaped.
 *
 * No write waits. O_NONBLOCK would be set for all who share the description of standard error, such as a shell, so a pipe or terminal is
 * opened a second time for each line; they are few. */

#include "common/log.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/array.h"
#include "util/cleanup.h"
#include "util/utf8.h"

/* The only mutable state of the programs at file scope; but for the last two set by log_init() before there is a second thread. */
static struct {
        const char *name;
        int level;
        bool is_journal; /* standard error is the journal's: the prefix is a priority */
        atomic_uint n_dropped;
        atomic_bool is_cut; /* the last line's end is missing */
} state = { .name = "oomwatchd", .level = LOG_INFO };

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
        atomic_store(&state.n_dropped, 0);
        atomic_store(&state.is_cut, false);
}

bool log_is_journal(void)
{
        return state.is_journal;
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

/* Where the pipe or terminal can't be opened (another user's, no /proc, no descriptor left), it is asked first: who has room is not
 * expected to fill up in between. */
static ssize_t write_if_ready(const char *data, size_t length)
{
        struct pollfd poll_fd = { .fd = STDERR_FILENO, .events = POLLOUT };

        return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLOUT ? write(STDERR_FILENO, data, length) : -1;
}

/* As write(2) to standard error, but does not wait. A pipe takes all or nothing, up to PIPE_BUF. */
static ssize_t write_now(const char *data, size_t length)
{
        _cleanup_(closep) int fd = -1;
        struct stat status;

        if (fstat(STDERR_FILENO, &status) < 0)
                return -1;
        if (S_ISSOCK(status.st_mode))
                return send(STDERR_FILENO, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (!S_ISFIFO(status.st_mode) && !isatty(STDERR_FILENO))
                return write(STDERR_FILENO, data, length);
        fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return fd >= 0 ? write(fd, data, length) : write_if_ready(data, length);
}

/* Returns whether the whole line was written. */
static bool write_line(const char *line, size_t length)
{
        ssize_t n;

        if (atomic_load(&state.is_cut) && write_now("\n", 1) == 1)
                atomic_store(&state.is_cut, false);
        n = write_now(line, length);
        if (n > 0 && (size_t)n < length)
                atomic_store(&state.is_cut, true); /* by a terminal */
        return n == (ssize_t)length;
}

/* Makes the line of a message: LOG_LINE_MAX bytes at most. Returns its length. */
static size_t format_line(int priority, const char *message, char ret_line[static LOG_LINE_MAX])
{
        int written = state.is_journal ? snprintf(ret_line, LOG_LINE_MAX, "<%d>", priority)
                                       : snprintf(ret_line, LOG_LINE_MAX, "%.64s: ", state.name);
        size_t length = written > 0 ? (size_t)written : 0;

        append_printable(ret_line, LOG_LINE_MAX - 1, &length, text_from(message));
        ret_line[length++] = '\n';
        return length;
}

/* Returns whether nothing that was dropped is unsaid. */
static bool report_dropped(void)
{
        unsigned n_dropped = atomic_exchange(&state.n_dropped, 0);
        char message[64], line[LOG_LINE_MAX];
        bool is_written;

        if (n_dropped == 0)
                return true;
        (void)snprintf(message, sizeof(message), "%u lines dropped: standard error took none", n_dropped); /* it fits */
        is_written = write_line(line, format_line(LOG_WARNING, message, line));
        if (!is_written)
                atomic_fetch_add(&state.n_dropped, n_dropped);
        return is_written;
}

void log_report_dropped(void)
{
        int saved_errno = errno;

        (void)report_dropped(); /* the next call tries again */
        errno = saved_errno;
}

void log_at(int priority, const char *format, ...)
{
        int saved_errno = errno; /* a caller may log before it looks at it */
        char message[LOG_LINE_MAX], line[LOG_LINE_MAX];
        va_list arguments;
        int written;

        if (priority > state.level)
                return;
        va_start(arguments, format);
        written = vsnprintf(message, sizeof(message), format, arguments);
        va_end(arguments);
        if (written < 0)
                (void)snprintf(message, sizeof(message), "(a message that can't be formatted)");
        if (!report_dropped() || !write_line(line, format_line(priority, message, line)))
                atomic_fetch_add(&state.n_dropped, 1);
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
