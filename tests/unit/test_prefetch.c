/* cli/search/lookahead.h, cli/search/prefetch.h: whatever is skipped, a log's reader emits what it emits when it reads every byte. */

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "scan/input_scan.h"
#include "search/lookahead.h"
#include "sigbus_fixture.h"

#define KILLED "kernel: Out of memory: Killed process %c (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"
#define CHUNKS 20 /* more than the window has */

/* ---- a log of many chunks ------------------------------------------------------------------------------------------------ */

static char *text; /* of the log, */
static size_t length;
static int fd;

static void append(const char *bytes, size_t count)
{
        memcpy(text + length, bytes, count);
        length += count;
}

/* Lines of other days every so many bytes, without a year: of some years. */
#define DAY_BYTES 300000

static size_t format_line(const char *words, char line[static 256])
{
        static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        size_t day = length / DAY_BYTES * 6;

        return (size_t)snprintf(line, 256, "%s %2zu 12:00:00 host %s\n", months[day / 28 % 12], day % 28 + 1, words);
}

static void append_line(const char *words)
{
        char line[256];

        append(line, format_line(words, line));
}

static void append_until(size_t end)
{
        while (length + 128 < end) {
                char line[256];
                size_t count =
                        format_line("sshd[812]: Accepted publickey for admin from 10.0.0.7 port 50022 ssh2", line);
                size_t day = length / DAY_BYTES;

                while (length + 128 < end && length / DAY_BYTES == day)
                        append(line, count);
        }
}

static char next_pid;

static void append_kill(void)
{
        char line[256];

        (void)snprintf(line, sizeof(line), KILLED, next_pid++);
        append_line(line);
}

/* A kill line whose words begin so many bytes before the offset. */
static void append_kill_at(size_t offset, size_t before)
{
        const char *killed = strstr(KILLED, "Killed process");
        char filler[256];
        size_t prefix = strlen("Jan  1 12:00:00 host ") + (size_t)(killed - KILLED);

        append_until(offset - 512);
        while (offset - length > before + prefix + 200)
                append_line("cron[1]: x");
        memset(filler, '.', sizeof(filler));
        filler[offset - length - before - prefix - strlen("Jan  1 12:00:00 host \n")] = '\0';
        append_line(filler);
        append_kill();
        ck_assert(strncmp(text + offset - before, "Killed process", 14) == 0);
}

static void append_report(void)
{
        append_line("kernel: memhog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0");
        for (int i = 0; i < 40; i++)
                append_line("kernel: [    601]     0   601      210       20    24576        0             0 a");
        append_kill();
}

static void make_log(void)
{
        static const char newline = '\n';

        next_pid = '1';
        length = 0;
        text = malloc((CHUNKS + 2) * CHUNK_BYTES);
        ck_assert_ptr_nonnull(text);
        append_until(2 * CHUNK_BYTES + 70000);
        append_kill();
        append_kill_at(4 * CHUNK_BYTES, 5); /* divided by the end of a chunk, */
        append_kill_at(6 * CHUNK_BYTES, 0); /* at a chunk's beginning, */
        append_kill_at(8 * CHUNK_BYTES - STREAM_BLOCK_BYTES,
                       7);                        /* divided by the end of a block that isn't the last, */
        append_kill_at(10 * CHUNK_BYTES - 3, 20); /* its line divided, its words before the end */
        append_until(12 * CHUNK_BYTES - 1500);
        append_report(); /* goes on in the next chunk */
        append_until(14 * CHUNK_BYTES - 100000);
        memset(text + length, 'x', 300000); /* a line that is no line for a long time */
        length += 300000;
        append(&newline, 1);
        append_until(CHUNKS * CHUNK_BYTES + 12345); /* the first half of a last chunk */
        append_kill();
        scratch_write("log", text, length);
        fd = open("log", O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
}

static void drop_log(void)
{
        ck_assert_int_eq(close(fd), 0);
        free(text);
}

/* ---- what is given ------------------------------------------------------------------------------------------------------- */

/* The lines with a number. Others are emitted for their dates, and are more the fewer bytes are read. */
struct given {
        struct line {
                uint64_t number;
                size_t length;
                char start[32];
                bool after_skip;
        } lines[20000];
        size_t count, n_dates;
        bool skipped;
        size_t n_skipped; /* bytes */
};

static void on_push(struct text line, uint64_t number, void *userdata)
{
        struct given *given = userdata;
        struct line *to = &given->lines[given->count];

        if (number == 0) {
                given->n_dates++;
                return;
        }
        given->count++;
        ck_assert_uint_le(given->count, sizeof(given->lines) / sizeof(given->lines[0]));
        *to = (struct line){ .number = number, .length = line.length, .after_skip = given->skipped };
        memcpy(to->start, line.data, line.length < sizeof(to->start) ? line.length : sizeof(to->start));
        given->skipped = false;
}

static void on_skip(void *userdata)
{
        ((struct given *)userdata)->skipped = true;
}

static bool wants_no_more(void *userdata)
{
        (void)userdata;
        return false;
}

struct helpers {
        struct file_view *view, *others_view; /* NULL: every byte is read */
        struct prefetch *prefetch;            /* NULL: no thread helps */
        off_t cut_at;                         /* before anything is searched; 0: not */
};

/* Reads the log as input_scan.c does; helps before each block, so that everything that can be skipped is. */
static struct given *read_log(const struct helpers *helpers)
{
        static const struct stream_handler sink = { on_push, on_skip, wants_no_more };
        struct given *given = calloc(1, sizeof(*given));
        char *buffer = stream_buffer();
        struct lookahead *lookahead = NULL;
        struct stream *stream;
        uint64_t offset = 0;
        ssize_t got;

        ck_assert(given && buffer);
        ck_assert_int_eq(stream_new(&sink, given, buffer, &stream), 0);
        do {
                uint64_t skipped = 0;

                if (helpers->view && offset == STREAM_BLOCK_BYTES) {
                        lookahead = lookahead_new(helpers->view, fd, length, stream_form(stream), helpers->prefetch);
                        ck_assert_ptr_nonnull(lookahead);
                        ck_assert(helpers->cut_at == 0 || ftruncate(fd, helpers->cut_at) == 0);
                }
                while (helpers->prefetch && prefetch_help_once(helpers->prefetch, helpers->others_view))
                        ;
                if (lookahead)
                        skipped = lookahead_skip(lookahead, offset, stream);
                offset += skipped;
                given->n_skipped += (size_t)skipped;
                got = pread(fd, stream_room(stream), skipped ? LOOKAHEAD_READ_BYTES : STREAM_BLOCK_BYTES,
                            (off_t)offset);
                ck_assert_int_ge(got, 0);
                if (got > 0)
                        stream_take(stream, (size_t)got);
                offset += (uint64_t)got;
        } while (got > 0);
        stream_end(stream);
        lookahead_free(lookahead);
        stream_free(stream);
        free(buffer);
        return given;
}

static void expect_the_same(const struct given *alone, const struct given *helped)
{
        for (size_t i = 0; i < alone->count && i < helped->count; i++) {
                const struct line *a = &alone->lines[i], *b = &helped->lines[i];

                ck_assert_msg(a->number == b->number && a->length == b->length && a->after_skip == b->after_skip &&
                                      memcmp(a->start, b->start, sizeof(a->start)) == 0,
                              "line %zu: %" PRIu64 " \"%.32s\" %d, %" PRIu64 " \"%.32s\" %d", i, a->number, a->start,
                              a->after_skip, b->number, b->start, b->after_skip);
        }
        ck_assert_uint_eq(alone->count, helped->count);
        ck_assert_uint_ge(helped->n_dates + 8, alone->n_dates);
}

START_TEST(test_the_same_lines_are_given)
{
        struct helpers helpers = { .view = file_view_new(), .others_view = file_view_new() };
        struct given *alone, *ahead, *helped;

        make_log();
        ck_assert_int_eq(prefetch_new(1, &helpers.prefetch), 0);
        alone = read_log(&(struct helpers){ 0 });
        ck_assert_uint_eq(alone->n_skipped, 0);
        ck_assert_uint_gt(alone->count, 200);
        ahead = read_log(&(struct helpers){ .view = helpers.view });
        expect_the_same(alone, ahead);
        /* but for the first block, the last bytes, and what is around seven candidates and a line that is none */
        ck_assert_uint_ge(ahead->n_skipped, length - 20 * STREAM_BLOCK_BYTES);
        helped = read_log(&helpers);
        expect_the_same(alone, helped);
        ck_assert_uint_ge(helped->n_skipped, length - 20 * STREAM_BLOCK_BYTES);
        free(alone);
        free(ahead);
        free(helped);
        prefetch_free(helpers.prefetch);
        file_view_free(helpers.view);
        file_view_free(helpers.others_view);
        drop_log();
}
END_TEST

/* What a read would find, which is nothing after the cut: "copytruncate" of logrotate. */
START_TEST(test_a_log_that_is_cut_while_it_is_searched)
{
        struct helpers helpers = { .view = file_view_new(), .others_view = file_view_new() };

        if (!is_sigbus_handled()) /* the log is cut */
                SKIP(SIGBUS_UNKNOWN);
        ck_assert_int_eq(prefetch_new(1, &helpers.prefetch), 0);
        for (int with_threads = 0; with_threads <= 1; with_threads++) {
                struct given *alone, *cut;

                make_log();
                cut = read_log(&(struct helpers){ .view = helpers.view,
                                                  .others_view = helpers.others_view,
                                                  .prefetch = with_threads ? helpers.prefetch : NULL,
                                                  .cut_at = 5 * CHUNK_BYTES + 12345 });
                ck_assert_uint_ge(cut->n_skipped, 2 * CHUNK_BYTES);
                ck_assert_uint_le(cut->n_skipped, 5 * CHUNK_BYTES);
                alone = read_log(&(struct helpers){ 0 }); /* as it is now */
                expect_the_same(alone, cut);
                free(alone);
                free(cut);
                drop_log();
        }
        prefetch_free(helpers.prefetch);
        file_view_free(helpers.view);
        file_view_free(helpers.others_view);
}
END_TEST

/* ---- threads that help -------------------------------------------------------------------------------------------------------- */

static void *help(void *userdata)
{
        struct file_view *view = file_view_new();

        ck_assert_ptr_nonnull(view);
        prefetch_help(userdata, view);
        file_view_free(view);
        return NULL;
}

/* Reads the log from its beginning to its end, with n_helpers threads that search ahead. Not has_view: every byte. */
static struct input_scan scan(struct store *store, bool has_view, size_t n_helpers)
{
        static const struct scan_options options = { .format = SCAN_FORMAT_JSON };
        static const struct input input = {
                .kind = INPUT_FILE, .path = (char *)"log", .is_given = true, .mtime_usec = INT64_C(1787659580000000)
        };
        struct input_scan log = { .input = &input, .options = &options, .store = store, .buffer = stream_buffer() };
        struct prefetch *prefetch;
        pthread_t threads[4];

        ck_assert_ptr_nonnull(log.buffer);
        ck_assert_int_eq(prefetch_new(1, &prefetch), 0);
        log.view = has_view ? file_view_new() : NULL;
        log.prefetch = n_helpers ? prefetch : NULL;
        for (size_t i = 0; i < n_helpers; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, help, prefetch), 0);
        ck_assert_int_eq(input_scan_run(&log), 0);
        prefetch_log_done(prefetch, false);
        for (size_t i = 0; i < n_helpers; i++)
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        prefetch_free(prefetch);
        free(log.buffer);
        file_view_free(log.view);
        ck_assert_ptr_null(log.error);
        ck_assert_uint_eq(log.n_bytes, length);
        return log;
}

START_TEST(test_the_same_incidents_are_found)
{
        struct store *store;
        struct input_scan alone;

        make_log();
        ck_assert_int_eq(store_new(NULL, &store), 0);
        alone = scan(store, false, 0);
        ck_assert_uint_eq(alone.batch.n_sightings, 7);
        for (size_t n_helpers = 0; n_helpers <= 4; n_helpers += 2) {
                struct input_scan helped = scan(store, true, n_helpers);

                ck_assert_uint_eq(helped.batch.n_sightings, alone.batch.n_sightings);
                for (size_t i = 0; i < alone.batch.n_sightings; i++) {
                        ck_assert_uint_eq(helped.batch.sightings[i].line, alone.batch.sightings[i].line);
                        ck_assert_int_eq(helped.batch.sightings[i].time.usec, alone.batch.sightings[i].time.usec);
                        ck_assert_int_eq(helped.batch.sightings[i].pid, (int64_t)i + 1);
                }
                sighting_batch_done(&helped.batch);
        }
        sighting_batch_done(&alone.batch);
        store_free(store);
        drop_log();
}
END_TEST

static const struct chunk *chunk_at(struct prefetch_window *window, uint64_t number)
{
        return prefetch_window_advance(window, number * CHUNK_BYTES);
}

START_TEST(test_what_is_searched_ahead)
{
        struct file_view *view = file_view_new();
        struct prefetch *prefetch;
        struct prefetch_window *window;
        const struct chunk *chunk;
        size_t n_searched = 0;

        if (!is_sigbus_handled()) /* the log is cut */
                SKIP(SIGBUS_UNKNOWN);
        make_log();
        ck_assert_int_eq(prefetch_new(1, &prefetch), 0);
        ck_assert(!prefetch_help_once(prefetch, view));
        ck_assert_ptr_null(prefetch_window_new(prefetch, fd, 2 * CHUNK_BYTES - 1, LOG_SEARCH_TEXT));
        window = prefetch_window_new(prefetch, fd, length, LOG_SEARCH_TEXT);
        ck_assert_ptr_nonnull(window);
        while (prefetch_help_once(prefetch, view))
                n_searched++;
        ck_assert_uint_eq(n_searched, PREFETCH_CHUNKS_MAX - 1); /* the first is the reader's */
        chunk = chunk_at(window, 1);
        ck_assert(chunk && chunk->is_whole && !chunk->is_failed);
        ck_assert_uint_eq(chunk->length + chunk->last.length, CHUNK_BYTES);
        ck_assert(prefetch_help_once(prefetch, view)); /* one more is in the window */
        ck_assert(!prefetch_help_once(prefetch, view));
        chunk = chunk_at(window, 2);
        ck_assert(chunk && !chunk->is_whole && !chunk->is_failed);
        ck_assert_uint_gt(chunk->length, 70000 - STREAM_BEFORE_BYTES - 2 * FILE_VIEW_PAGE); /* a kill line */
        ck_assert_uint_le(chunk->length, 70000 - STREAM_BEFORE_BYTES);
        ck_assert(chunk_at(window, 3)->is_whole); /* divided by its end: it counts in the next one */
        ck_assert(!chunk_at(window, 4)->is_whole);
        ck_assert_uint_eq(chunk_at(window, 4)->length, 0);
        while (prefetch_help_once(prefetch, view))
                ;
        ck_assert(chunk_at(window, CHUNKS - 1)->is_whole);
        ck_assert_ptr_null(chunk_at(window, CHUNKS)); /* that is no whole one */
        /* The file is cut meanwhile. */
        prefetch_window_free(window);
        ck_assert_int_eq(ftruncate(fd, (off_t)(3 * CHUNK_BYTES - 1)), 0);
        window = prefetch_window_new(prefetch, fd, length, LOG_SEARCH_TEXT);
        while (prefetch_help_once(prefetch, view))
                ;
        ck_assert(chunk_at(window, 1)->is_whole);
        ck_assert(!chunk_at(window, 2)->is_failed); /* the kill line is before the cut */
        ck_assert(chunk_at(window, 3)->is_failed);
        ck_assert(!chunk_at(window, 3)->is_whole);
        ck_assert_uint_eq(chunk_at(window, 3)->length, 0);
        prefetch_window_free(window);
        file_view_free(view);
        prefetch_free(prefetch);
        drop_log();
}
END_TEST

/* The window's slots are used again for later chunks: what was found in one says nothing of another. */
START_TEST(test_a_chunk_that_nobody_searched_is_not_known)
{
        struct file_view *view = file_view_new();
        struct prefetch *prefetch;
        struct prefetch_window *window;

        make_log();
        ck_assert_int_eq(prefetch_new(1, &prefetch), 0);
        window = prefetch_window_new(prefetch, fd, length, LOG_SEARCH_TEXT);
        while (prefetch_help_once(prefetch, view))
                ;
        ck_assert_ptr_nonnull(chunk_at(window, 1));
        /* The reader was quicker than the helpers: these chunks' slots have what was found 16 chunks before. */
        for (size_t number = PREFETCH_CHUNKS_MAX; number < CHUNKS; number++)
                ck_assert_ptr_null(chunk_at(window, number));
        ck_assert_ptr_null(chunk_at(window, CHUNKS - 2));
        ck_assert(prefetch_help_once(prefetch, view)); /* the last whole one */
        ck_assert(!prefetch_help_once(prefetch, view));
        prefetch_window_free(window);
        file_view_free(view);
        prefetch_free(prefetch);
        drop_log();
}
END_TEST

TEST_MAIN("prefetch", CASE(test_the_same_lines_are_given), CASE(test_a_log_that_is_cut_while_it_is_searched),
          CASE(test_the_same_incidents_are_found), CASE(test_what_is_searched_ahead),
          CASE(test_a_chunk_that_nobody_searched_is_not_known))
