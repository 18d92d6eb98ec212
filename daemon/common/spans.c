#include "common/spans.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "util/array.h"
#include "util/cleanup.h"

#define CHECKSUM_LENGTH 16

/* FNV-1a: it is to find torn writes, not forgers. */
static uint64_t checksum(const char *data, size_t length)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < length; i++)
                sum = (sum ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
        return sum;
}

/* --- a line ------------------------------------------------------------------------------------------------------- */

#define END_FORMAT " %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64

void span_seal(char line[static SPANS_LINE])
{
        const size_t checked = SPANS_LINE - CHECKSUM_LENGTH - 2;
        char sum[CHECKSUM_LENGTH + 2];

        (void)snprintf(sum, sizeof(sum), " %016" PRIx64, checksum(line, checked));
        memcpy(line + checked, sum, CHECKSUM_LENGTH + 1);
        line[SPANS_LINE - 1] = '\n';
}

void span_format(const struct span *span, char ret_line[static SPANS_LINE])
{
        const struct span_end *from = &span->from, *to = &span->to;
        char text[SPANS_LINE];
        int length = snprintf(text, sizeof(text), "1 %.32s" END_FORMAT END_FORMAT " %" PRIu64, span->boot_id,
                              from->real_usec, from->boot_usec, from->seq, from->n_kills, to->real_usec, to->boot_usec,
                              to->seq, to->n_kills, span->n_alerted); /* 221 bytes at most */

        memset(ret_line, ' ', SPANS_LINE);
        memcpy(ret_line, text, (size_t)length);
        span_seal(ret_line);
}

static bool eat_end(struct text *text, struct span_end *ret_end)
{
        return text_eat(text, TEXT(" ")) && text_eat_i64(text, &ret_end->real_usec) && text_eat(text, TEXT(" ")) &&
               text_eat_i64(text, &ret_end->boot_usec) && text_eat(text, TEXT(" ")) &&
               text_eat_u64(text, &ret_end->seq) && text_eat(text, TEXT(" ")) && text_eat_u64(text, &ret_end->n_kills);
}

static bool eat_checksum(struct text *line)
{
        size_t checked = line->length - CHECKSUM_LENGTH - 1;
        uint64_t sum = checksum(line->data, checked);
        char expected[CHECKSUM_LENGTH + 2];

        (void)snprintf(expected, sizeof(expected), " %016" PRIx64, sum);
        return text_eat_end(line, text_from(expected));
}

static bool eat_boot_id(struct text *text, char ret_boot_id[static 33])
{
        if (text->length < 32)
                return false;
        for (size_t i = 0; i < 32; i++)
                if (text_hex_digit(text->data[i]) > 15)
                        return false;
        memcpy(ret_boot_id, text->data, 32);
        ret_boot_id[32] = '\0';
        *text = text_from_offset(*text, 32);
        return true;
}

bool span_parse(struct text line, struct span *ret_span)
{
        struct span span;

        (void)text_eat_end(&line, TEXT("\n"));
        if (line.length != SPANS_LINE - 1 || !eat_checksum(&line) || !text_eat(&line, TEXT("1 ")) ||
            !eat_boot_id(&line, span.boot_id) || !eat_end(&line, &span.from) || !eat_end(&line, &span.to) ||
            !text_eat(&line, TEXT(" ")) || !text_eat_u64(&line, &span.n_alerted))
                return false;
        (void)text_eat_blanks(&line);
        if (line.length > 0 || span.from.boot_usec < 0 || span.to.boot_usec < span.from.boot_usec ||
            span.to.seq < span.from.seq || span.to.n_kills < span.from.n_kills ||
            span.to.n_kills - span.from.n_kills != span.n_alerted)
                return false;
        *ret_span = span;
        return true;
}

/* --- all lines ---------------------------------------------------------------------------------------------------- */

bool span_is_same(const struct span *a, const struct span *b)
{
        return strcmp(a->boot_id, b->boot_id) == 0 && a->from.boot_usec == b->from.boot_usec &&
               a->from.real_usec == b->from.real_usec && a->from.seq == b->from.seq;
}

void spans_parse(struct text text, void (*visit)(const struct span *span, void *userdata), void *userdata)
{
        struct span span;

        while (text.length > 0) {
                struct text line = text_eat_until(&text, '\n');

                (void)text_eat(&text, TEXT("\n"));
                if (line.length >= SPANS_LINE) /* behind what was torn */
                        line = text_from_offset(line, line.length - (SPANS_LINE - 1));
                if (span_parse(line, &span))
                        visit(&span, userdata);
        }
}

const struct span *spans_cover(const struct span *spans, size_t n_spans, int64_t from_usec, int64_t to_usec)
{
        for (size_t i = n_spans; i > 0; i--)
                if (spans[i - 1].from.real_usec <= from_usec && from_usec <= to_usec &&
                    to_usec <= spans[i - 1].to.real_usec)
                        return &spans[i - 1];
        return NULL;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* Opening a FIFO would wait, and a link may lead anywhere. */
static int open_file(const char *path, int flags)
{
        int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0640);
        struct stat status;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
                return fd;
        (void)close(fd);
        return -EBADMSG;
}

int spans_read(const char *path, void (*visit)(const struct span *span, void *userdata), void *userdata,
               size_t *ret_n_lines)
{
        _cleanup_(closep) int fd = open_file(path, O_RDONLY);
        ssize_t length;
        char *text;

        if (fd < 0)
                return fd;
        /* Not malloc(), whose pages would stay resident. */
        text = mmap(NULL, SPANS_FILE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (text == MAP_FAILED)
                return -errno;
        length = file_read_all(fd, text, SPANS_FILE_MAX);
        if (length >= 0) {
                spans_parse((struct text){ text, (size_t)length }, visit, userdata);
                *ret_n_lines = ((size_t)length + SPANS_LINE - 1) / SPANS_LINE;
        }
        (void)munmap(text, SPANS_FILE_MAX);
        return length < 0 ? (int)length : 0;
}

struct collected {
        struct span *spans;
        size_t n, size;
        bool has_failed;
};

static void collect(const struct span *span, void *userdata)
{
        struct collected *all = userdata;

        if (!array_reserve(all->spans, all->n, &all->size))
                all->has_failed = true;
        else
                all->spans[all->n++] = *span;
}

int spans_load(const char *path, struct span **ret_spans, size_t *ret_n_spans)
{
        struct collected all = { 0 };
        size_t n_lines;
        int r = spans_read(path, collect, &all, &n_lines);

        if (r == 0 && all.has_failed)
                r = -ENOMEM;
        if (r < 0) {
                free(all.spans);
                return r;
        }
        *ret_spans = all.spans;
        *ret_n_spans = all.n;
        return 0;
}

static int put_line(int fd, size_t at, const struct span *span)
{
        char line[SPANS_LINE];

        span_format(span, line);
        return file_write_all_at(fd, line, sizeof(line), at * SPANS_LINE);
}

/* Writes the last spans in the file from to the file to, as many as half of a full file has, and returns the number of lines. */
static ssize_t copy_last(int from, int to)
{
        struct span span, last;
        struct stat status;
        size_t n = 0, n_lines;

        if (fstat(from, &status) < 0)
                return -errno;
        n_lines = (size_t)status.st_size / SPANS_LINE;
        if (n_lines > SPANS_LINES_MAX)
                n_lines = SPANS_LINES_MAX;
        for (size_t at = n_lines > SPANS_LINES_MAX / 2 ? n_lines - SPANS_LINES_MAX / 2 : 0; at < n_lines; at++) {
                char line[SPANS_LINE];
                ssize_t length = file_read_all_at(from, line, sizeof(line), at * SPANS_LINE);
                bool is_next;
                int r;

                if (length < 0)
                        return length;
                if (!span_parse((struct text){ line, (size_t)length }, &span))
                        continue;
                is_next = n > 0 && span_is_same(&last, &span);
                if (is_next && span.to.boot_usec <= last.to.boot_usec)
                        continue;
                r = put_line(to, is_next ? n - 1 : n, &span);
                if (r < 0)
                        return r;
                last = span;
                n += !is_next;
        }
        return (ssize_t)n;
}

/* Returns the number of the span's line, or -errno. */
static ssize_t write_anew(const char *path, const struct span *span)
{
        char temporary[PATH_MAX];
        _cleanup_(closep) int from = -1, to = -1;
        ssize_t n;

        if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
                return -ENAMETOOLONG;
        from = open_file(path, O_RDONLY);
        if (from < 0)
                return from;
        (void)unlink(temporary); /* left by a crash; if it can't be, open() fails */
        to = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
        if (to < 0)
                return to;
        n = copy_last(from, to);
        if (n >= 0) {
                int r = put_line(to, (size_t)n, span);

                if (r == 0 && (fsync(to) < 0 || rename(temporary, path) < 0))
                        r = -errno;
                n = r < 0 ? r : n;
        }
        if (n < 0)
                (void)unlink(temporary);
        return n;
}

/* For a start by hand, since systemd makes it for a service. */
static int make_directory(const char *path)
{
        char directory[PATH_MAX];
        const char *slash = strrchr(path, '/');

        if (!slash || slash == path || (size_t)(slash - path) >= sizeof(directory))
                return -ENOENT;
        memcpy(directory, path, (size_t)(slash - path));
        directory[slash - path] = '\0';
        return mkdir(directory, 0750) < 0 ? -errno : 0;
}

ssize_t spans_store(const char *path, size_t at, const struct span *span)
{
        _cleanup_(closep) int fd = -1;
        int r;

        if (at >= SPANS_LINES_MAX)
                return write_anew(path, span);
        fd = open_file(path, O_WRONLY | O_CREAT);
        if (fd == -ENOENT && make_directory(path) == 0)
                fd = open_file(path, O_WRONLY | O_CREAT);
        if (fd < 0)
                return fd;
        /* No fsync: a line that is lost with the machine proves that much less, and nothing wrong. */
        r = put_line(fd, at, span);
        return r < 0 ? r : (ssize_t)at;
}
