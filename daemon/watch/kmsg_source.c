#include "watch/kmsg_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/clock.h"
#include "util/cleanup.h"
#include "watch/kmsg_skip.h"

/* A file is read in blocks; the block must hold more than one record of the largest size. */
#define FILE_BLOCK (64 * 1024)

/* More records than a ring buffer of 64 MiB holds. */
#define SKIP_MAX 1000000

/* Each processor stamps records by a clock of its own (kernel/sched/clock.c); no two are this far apart. */
#define CLOCKS_APART_USEC (10 * 1000 * 1000)

/* While has_capacity() says no, it is called again after this. */
#define CAPACITY_WAIT_MS 2

/* A pause in which looks are taken at the log. */
struct looking {
        int look_ms;  /* 0: none are */
        int asked_ms; /* since the handler was asked */
        unsigned n_looks, n_looks_for_end;
        uint64_t n_held, n_per_look; /* as of struct kmsg_look */
};

struct kmsg_source {
        int fd;
        int spare_fd; /* of the same device, to look and to mark; negative: none */
        bool is_device, is_pollable, has_ended;
        bool is_live;              /* the device was read to its end: what comes now was just printed */
        bool was_overrun;          /* of that, records were lost: the ring buffer is too small to pause */
        bool is_in_long_line;      /* files only: the rest of a line that is too long is skipped */
        bool has_lines;            /* files only: the block has whole lines left */
        bool has_input_at_check;   /* at the last health check something was there to be read */
        uint64_t n_reads;          /* of the device, that gave a record or found its end */
        uint64_t n_reads_at_check; /* at the last health check */
        const struct kmsg_source_handler *handler;
        void *userdata;
        struct event *event, *spare_event; /* of the descriptors */
        struct event *pause;               /* devices only: ends a pause */
        struct kmsg_rate rate;
        struct looking looking;
        bool has_report;       /* a report was read to its end since records were passed over last, or just before */
        int64_t report_usec;   /* when that was last, CLOCK_MONOTONIC */
        uint64_t expected_seq; /* of the next record; UINT64_MAX: any */
        uint64_t last_usec;    /* stamp of the last record */
        uint64_t skip_until;   /* records up to this seq were read by the run before; UINT64_MAX: none */
        struct kmsg_source_counts counts;
        char *block;               /* files only */
        size_t filled;             /* bytes of the block */
        char raw[KMSG_RECORD_MAX]; /* devices only */
        char unescaped[KMSG_RECORD_MAX];
};

/* Standard input is opened anew, so that O_NONBLOCK is ours alone; a socket can't be. */
static int open_path(const char *path)
{
        const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
        bool is_stdin = strcmp(path, "-") == 0;
        int fd = open(is_stdin ? "/dev/stdin" : path, flags);

        if (fd < 0 && is_stdin)
                fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return fd;
}

/* Another descriptor of the kernel log. A terminal would give some of its lines to the one, and some to the other. */
static int open_spare(const char *path)
{
        _cleanup_(closep) int fd = open_path(path);

        return fd >= 0 && lseek(fd, 0, SEEK_END) >= 0 ? take_fd(&fd) : -1;
}

int kmsg_source_open(const char *path, const struct kmsg_source_handler *handler, void *userdata,
                     struct kmsg_source **ret_source)
{
        _cleanup_(closep) int fd = open_path(path);
        struct kmsg_source *source;
        struct stat status;

        if (fd < 0 || fstat(fd, &status) < 0)
                return -errno;
        if (S_ISDIR(status.st_mode))
                return -EISDIR;
        source = calloc(1, sizeof(*source));
        if (!source)
                return -ENOMEM;
        source->is_device = S_ISCHR(status.st_mode) && status.st_rdev != makedev(1, 3) && strcmp(path, "-") != 0;
        source->is_pollable = source->is_device || isatty(fd) || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
        if (!source->is_device && !(source->block = malloc(FILE_BLOCK))) {
                free(source);
                return -ENOMEM;
        }
        source->fd = take_fd(&fd);
        source->spare_fd = source->is_device && handler->may_skip ? open_spare(path) : -1;
        source->handler = handler;
        source->userdata = userdata;
        source->expected_seq = source->skip_until = source->counts.last_seq = source->counts.first_seq = UINT64_MAX;
        *ret_source = source;
        return 0;
}

struct kmsg_source *kmsg_source_free(struct kmsg_source *source)
{
        if (!source)
                return NULL;
        event_done(source->event);
        event_done(source->spare_event);
        event_done(source->pause);
        (void)close(source->fd); /* only read from */
        closep(&source->spare_fd);
        free(source->block);
        free(source);
        return NULL;
}

bool kmsg_source_has_input(const struct kmsg_source *source)
{
        struct pollfd fd = { .fd = source->fd, .events = POLLIN };

        return poll(&fd, 1, 0) > 0;
}

bool kmsg_source_is_healthy(struct kmsg_source *source)
{
        bool had_input = source->has_input_at_check, has_read = source->n_reads != source->n_reads_at_check;

        if (source->has_ended)
                return false;
        source->n_reads_at_check = source->n_reads;
        source->has_input_at_check = source->is_device && kmsg_source_has_input(source);
        /* what came just now is read in the next turn of the loop */
        return has_read || !had_input || !source->has_input_at_check;
}

struct kmsg_source_counts kmsg_source_counts(const struct kmsg_source *source)
{
        return source->counts;
}

static void end(struct kmsg_source *source, int error)
{
        source->has_ended = true;
        (void)event_del(source->event);
        source->handler->ended(error, source->userdata);
}

/* Whether a file goes on with another boot, of which the beginning may be missing. A device has the log of one boot. */
static bool is_of_next_boot(const struct kmsg_source *source, const struct kmsg_record *record, uint64_t expected)
{
        return !source->is_device && expected != UINT64_MAX &&
               (record->seq < expected || record->mono_usec + CLOCKS_APART_USEC < source->last_usec);
}

static void refuse(struct kmsg_source *source, uint64_t *count)
{
        ++*count;
        if (source->handler->refused)
                source->handler->refused(source->userdata);
}

static void take_record(struct kmsg_source *source, struct text raw)
{
        struct kmsg_record record;
        uint64_t expected = source->expected_seq;

        if (kmsg_record_decode(raw, source->unescaped, &record) < 0) {
                refuse(source, &source->counts.n_malformed);
                return;
        }
        if (expected == UINT64_MAX && source->skip_until != UINT64_MAX && record.seq > source->skip_until)
                expected = source->skip_until + 1;
        if (is_of_next_boot(source, &record, expected)) {
                source->handler->rebooted(source->userdata);
        } else if (expected != UINT64_MAX && record.seq > expected) {
                source->counts.n_lost += record.seq - expected;
                source->was_overrun |= source->is_live;
                source->handler->lost(expected, record.seq - expected, record.mono_usec, source->userdata);
        }
        source->expected_seq = record.seq + 1;
        if (source->counts.first_seq == UINT64_MAX)
                source->counts.first_seq = record.seq;
        source->counts.last_seq = record.seq;
        source->last_usec = record.mono_usec;
        if (source->skip_until != UINT64_MAX && record.seq <= source->skip_until)
                return;
        if (record.facility != KMSG_FACILITY_KERNEL) {
                refuse(source, &source->counts.n_refused);
                return;
        }
        source->counts.n_records++;
        if (source->spare_fd >= 0 && source->handler->ends_report(&record, source->userdata)) {
                source->has_report = true;
                source->report_usec = clock_monotonic_usec();
        }
        source->handler->record(&record, source->is_live, source->userdata);
}

/* At the end of the log: a cursor beyond it is not of this log, so what was skipped because of it is read after all. Returns
 * whether it is. */
static bool read_again(struct kmsg_source *source)
{
        if (source->skip_until == UINT64_MAX || source->counts.last_seq == UINT64_MAX ||
            source->counts.last_seq >= source->skip_until || lseek(source->fd, 0, SEEK_SET) < 0)
                return false;
        if (source->handler->cursor_is_ahead)
                source->handler->cursor_is_ahead(source->counts.last_seq, source->userdata);
        source->skip_until = source->expected_seq = UINT64_MAX;
        return true;
}

/* ---- pauses ------------------------------------------------------------------------------------------------------------ */

/* Reads one record by the spare descriptor. Returns 1, 0 where nothing is to be read yet, or -EBADMSG for what is no record of the
 * kernel or was overwritten. */
static int read_spare(struct kmsg_source *source, struct kmsg_record *ret_record)
{
        ssize_t length = read(source->spare_fd, source->raw, sizeof(source->raw));

        if (length <= 0)
                return length < 0 && errno == EAGAIN ? 0 : -EBADMSG;
        return kmsg_record_decode((struct text){ source->raw, (size_t)length }, source->unescaped, ret_record) < 0
                       ? -EBADMSG
                       : 1;
}

/* The next record of the spare descriptor that can still be read; UINT64_MAX: not known. */
static uint64_t next_seq(struct kmsg_source *source)
{
        struct kmsg_record record;
        int r = read_spare(source, &record);

        if (r < 0) /* overwritten: now it is at the oldest one */
                r = read_spare(source, &record);
        return r > 0 ? record.seq : UINT64_MAX;
}

/* The oldest record that can be read; UINT64_MAX: not known. For SEEK_SET the kernel walks over all the records whose text is overwritten
 * and whose descriptor isn't, some thousands: 0.7 ms on an emulated processor. */
static uint64_t oldest_seq(struct kmsg_source *source)
{
        return lseek(source->spare_fd, 0, SEEK_SET) < 0 ? UINT64_MAX : next_seq(source);
}

/* Reads on after the mark, up to the end of a report: *ret_record is its last one then. */
static bool find_end(struct kmsg_source *source, struct kmsg_record *ret_record)
{
        int r = 1;

        for (int i = 0; i < KMSG_BATCH_MAX && r != 0; i++) {
                r = read_spare(source, ret_record);
                if (r > 0 && ret_record->facility == KMSG_FACILITY_KERNEL &&
                    source->handler->ends_report(ret_record, source->userdata))
                        return ret_record->seq >= source->expected_seq;
        }
        return false;
}

/* Goes on after the record. */
static void skip_until(struct kmsg_source *source, const struct kmsg_record *last)
{
        uint64_t n_records = last->seq + 1 - source->expected_seq;
        uint64_t span_usec = last->mono_usec > source->last_usec ? last->mono_usec - source->last_usec : 0;
        struct event *event = source->event;
        int fd = source->fd;

        source->fd = source->spare_fd;
        source->spare_fd = fd;
        source->event = source->spare_event;
        source->spare_event = event;
        source->expected_seq = last->seq + 1;
        source->has_report = clock_monotonic_usec() - source->report_usec < KMSG_REPORT_USEC;
        source->counts.last_seq = last->seq;
        source->counts.n_skipped += n_records;
        source->last_usec = last->mono_usec;
        source->handler->skipped(last->seq, n_records, span_usec, source->userdata);
}

/* How long a pause may be, or between two looks, in milliseconds; 0: the log isn't fast, or too fast. */
static int look_ms(struct kmsg_source *source)
{
        struct looking *looking = &source->looking;
        uint64_t oldest;

        if (source->spare_fd < 0 || source->expected_seq == UINT64_MAX)
                return 0;
        kmsg_rate_note(&source->rate, source->expected_seq, clock_monotonic_usec());
        if (source->rate.per_second < KMSG_SKIP_RATE)
                return 0;
        if (source->has_report || looking->n_held == 0) {
                oldest = oldest_seq(source);
                if (oldest >= source->expected_seq)
                        return 0;
                *looking = (struct looking){ .n_held = source->expected_seq - oldest };
        }
        return kmsg_look_ms(&source->rate, looking->n_held);
}

static void set_look_ms(struct kmsg_source *source, int ms)
{
        source->looking.look_ms = ms;
        source->looking.n_per_look = source->rate.per_second * (uint64_t)ms / 1000;
}

/* After records were passed over: whether another pause begins at once. Else a report is read first. The spare descriptor is where the
 * other one was: not at the oldest record, but it will be before long, and the oldest need not be looked up. */
static bool may_look_again(struct kmsg_source *source)
{
        bool may = source->has_report && source->handler->may_pause(source->userdata);

        kmsg_rate_note(&source->rate, source->expected_seq, clock_monotonic_usec());
        source->looking = (struct looking){ .n_held = source->looking.n_held };
        set_look_ms(source, may ? kmsg_look_ms(&source->rate, source->looking.n_held) : 0);
        return source->looking.look_ms > 0;
}

/* Returns whether the pause goes on. */
static bool look(struct kmsg_source *source)
{
        struct looking *looking = &source->looking;
        struct kmsg_look seen = { .n_looks = ++looking->n_looks,
                                  .position = source->expected_seq,
                                  .n_held = looking->n_held,
                                  .n_per_look = looking->n_per_look };
        struct kmsg_record last = { 0 };

        if (looking->n_looks_for_end > 0) {
                seen.n_looks_for_end = looking->n_looks_for_end++;
                seen.has_end = find_end(source, &last);
        } else {
                seen.oldest = next_seq(source); /* from the one that was the oldest on */
        }
        looking->asked_ms += looking->look_ms;
        seen.is_quiet = true;
        if (seen.has_end || looking->asked_ms >= KMSG_COUNT_MS) { /* after the end of a report was found, not before */
                seen.is_quiet = source->handler->may_skip(source->userdata);
                looking->asked_ms = 0;
        }
        switch (kmsg_skip_step(&seen)) {
        case KMSG_STEP_WAIT:
                return true;
        case KMSG_STEP_MARK:
                looking->n_looks_for_end = 1;
                return lseek(source->spare_fd, 0, SEEK_END) >= 0;
        case KMSG_STEP_SKIP:
                skip_until(source, &last);
                return may_look_again(source);
        case KMSG_STEP_READ:
        default:
                return false;
        }
}

static void on_pause_over(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct kmsg_source *source = userdata;

        if (source->has_ended)
                return;
        source->n_reads++;
        if (source->looking.look_ms > 0 && look(source) && timer_start(source->pause, source->looking.look_ms) == 0)
                return;
        source->looking.look_ms = 0;
        if (event_add(source->event, NULL) < 0)
                (void)timer_start(source->pause, KMSG_PAUSE_MS);
}

static void pause_if_allowed(struct kmsg_source *source)
{
        int ms;

        if (!source->handler->may_pause || !source->handler->may_pause(source->userdata))
                return;
        ms = look_ms(source);
        set_look_ms(source, source->has_report ? ms : 0);
        if (ms > 0 && !source->has_report)
                ms = ms / 4 > KMSG_LOOK_MIN_MS ? ms / 4 : KMSG_LOOK_MIN_MS; /* no more than the rest of one is read */
        if (ms == 0 && !source->was_overrun)
                ms = KMSG_PAUSE_MS;
        if (ms > 0 && timer_start(source->pause, ms) == 0)
                (void)event_del(source->event);
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

static void on_device(evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct kmsg_source *source = userdata;

        for (int i = 0; i < KMSG_BATCH_MAX; i++) {
                ssize_t length = read(fd, source->raw, sizeof(source->raw));

                if (length > 0) {
                        source->n_reads++;
                        take_record(source, (struct text){ source->raw, (size_t)length });
                        continue;
                }
                if (length < 0 && errno == EAGAIN) {
                        source->n_reads++;
                        if (read_again(source))
                                continue;
                        source->is_live = true;
                        if (source->counts.last_seq != UINT64_MAX)
                                source->skip_until = UINT64_MAX; /* what comes now is new, whatever the cursor says */
                        pause_if_allowed(source);
                        break;
                }
                /* EPIPE: records were overwritten, and the position has moved to the oldest; the next record's number
                 * shows how many. EINVAL: a record larger than any kernel's; it is skipped, and so reported as lost. */
                if (length < 0 && (errno == EPIPE || errno == EINVAL || errno == EINTR))
                        continue;
                end(source, length == 0 ? 0 : -errno);
                return;
        }
}

/* Takes the whole lines of the block, at most a batch; moves the rest to the front. Lines that begin with a blank are
 * the dictionary of the record before. Returns whether the batch was full. */
static bool take_lines(struct kmsg_source *source, bool is_end)
{
        size_t start = 0;
        int taken = 0;

        while (start < source->filled && taken < KMSG_BATCH_MAX) {
                char *line = source->block + start;
                char *newline = memchr(line, '\n', source->filled - start);
                size_t length = newline ? (size_t)(newline - line) : source->filled - start;

                if (!newline && !is_end && length <= KMSG_RECORD_MAX)
                        break;
                if (length > KMSG_RECORD_MAX)
                        source->counts.n_malformed += !source->is_in_long_line;
                else if (!source->is_in_long_line && length && line[0] != ' ') {
                        take_record(source, (struct text){ line, length });
                        taken++;
                }
                source->is_in_long_line = !newline; /* the rest of a line that is too long */
                start += newline ? length + 1 : length;
        }
        source->filled -= start;
        memmove(source->block, source->block + start, source->filled);
        return taken == KMSG_BATCH_MAX;
}

/* Comes back when there is something to read, which a regular file always has. */
static int wait_for_input(struct kmsg_source *source)
{
        return source->is_pollable ? event_add(source->event, NULL) : timer_start(source->event, 0);
}

/* Reads a block when the last one's lines are taken, and takes a batch of lines in the same turn. Returns whether the
 * input goes on. */
static bool read_block(struct kmsg_source *source)
{
        ssize_t length = read(source->fd, source->block + source->filled, FILE_BLOCK - source->filled);

        if (length < 0 && (errno == EAGAIN || errno == EINTR))
                return true;
        if (length > 0) {
                source->filled += (size_t)length;
                return true;
        }
        if (length == 0)
                (void)take_lines(source, true);
        end(source, length == 0 ? 0 : -errno);
        return false;
}

static void on_file(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct kmsg_source *source = userdata;

        if (!source->handler->has_capacity(source->userdata)) {
                (void)timer_start(source->event, CAPACITY_WAIT_MS);
                return;
        }
        if (!source->has_lines && !read_block(source))
                return;
        source->has_lines = take_lines(source, false);
        (void)(source->has_lines ? timer_start(source->event, 0) : wait_for_input(source));
}

/* Reads what is there, instead of seeking over it: only the number of the last record makes a loss before the first new
 * one known. A flood that never lets the end be reached is left to the loop. */
static void skip_to_end(struct kmsg_source *source)
{
        struct kmsg_record record;
        ssize_t length;

        for (int i = 0; i < SKIP_MAX; i++) {
                length = read(source->fd, source->raw, sizeof(source->raw));
                if (length < 0 && errno != EPIPE && errno != EINVAL && errno != EINTR)
                        break;
                if (length > 0 &&
                    kmsg_record_decode((struct text){ source->raw, (size_t)length }, source->unescaped, &record) == 0) {
                        source->counts.last_seq = record.seq;
                        source->expected_seq = record.seq + 1;
                }
        }
        source->is_live = true;
}

int kmsg_source_start(struct kmsg_source *source, struct event_base *base, enum kmsg_from from, uint64_t cursor_seq)
{
        if (source->is_device && from == KMSG_FROM_NOW)
                skip_to_end(source);
        if (source->is_device && from == KMSG_FROM_CURSOR)
                source->skip_until = cursor_seq;
        if (source->is_device && !(source->pause = event_new(base, -1, EV_TIMEOUT, on_pause_over, source)))
                return -ENOMEM;
        if (source->spare_fd >= 0 &&
            !(source->spare_event = event_new(base, source->spare_fd, EV_READ | EV_PERSIST, on_device, source)))
                return -ENOMEM;
        if (source->is_device)
                source->event = event_new(base, source->fd, EV_READ | EV_PERSIST, on_device, source);
        else /* epoll takes no regular files: a timer takes their place, and gives other events their turn */
                source->event =
                        event_new(base, source->fd, source->is_pollable ? EV_READ : EV_TIMEOUT, on_file, source);
        return source->event && wait_for_input(source) == 0 ? 0 : -ENOMEM;
}
