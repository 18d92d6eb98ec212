/* tests/unit/notify_fixture.h: a loop, a spool and receivers, for tests of the notifier.
 *
 * Alert number n has the id of that number, so that a receiver knows which ones came, in what order. Nothing here
 * sleeps: the loop turns until a condition holds, with a deadline. */

#pragma once

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "alert/json.h"
#include "alert/plain.h"
#include "common/config.h"
#include "common/event.h"
#include "common/log.h"
#include "common/spool.h"
#include "harness.h"
#include "notify/notifier.h"
#include "util/cleanup.h"

static const enum config_socket_type all_types[] = { CONFIG_SOCKET_STREAM, CONFIG_SOCKET_DATAGRAM,
                                                     CONFIG_SOCKET_SEQPACKET };

#define DEADLINE_SEC 120
#define NUMBERS_MAX  30000

#define SPOOL "spool"

static struct notify_fixture {
        struct event_base *base;
        struct event *tick; /* so that the loop turns when nothing happens */
        struct config config;
        struct config_socket sockets[4];
        struct config_webhook webhooks[4];
        char paths[4][108];
} fixture;

static inline void on_tick(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        (void)userdata;
}

static inline void set_up(void)
{
        fixture = (struct notify_fixture){
                .base = event_base_new(),
                .config = { .spool_path = (char *)SPOOL,
                            .spool_files_max = 100000,
                            .spool_bytes_max = 1 << 30,
                            .sockets = fixture.sockets,
                            .webhooks = fixture.webhooks },
        };
        ck_assert_ptr_nonnull(fixture.base);
        fixture.tick = event_new(fixture.base, -1, EV_PERSIST, on_tick, NULL);
        ck_assert_int_eq(event_add_after(fixture.tick, 5000), 0);
        log_init("test", LOG_CRIT);
}

static inline void tear_down(void)
{
        event_free(fixture.tick);
        event_base_free(fixture.base);
}

static const struct case_fixture notify_fixture = { .set_up = set_up, .tear_down = tear_down };

/* As if the case began here. */
static inline void start_over(void)
{
        tear_down();
        scratch_run("rm -rf *");
        set_up();
}

static inline struct config_socket *add_socket(const char *name, enum config_socket_type type)
{
        size_t i = fixture.config.n_sockets++;

        (void)snprintf(fixture.paths[i], sizeof(fixture.paths[i]), "%s.sock", name);
        fixture.sockets[i] = (struct config_socket){ .name = (char *)name, .path = fixture.paths[i], .type = type };
        return &fixture.sockets[i];
}

static inline void add_webhook(const char *name)
{
        fixture.webhooks[fixture.config.n_webhooks++] = (struct config_webhook){ .name = (char *)name };
}

static inline struct notifier *start(void)
{
        struct notifier *notifier = NULL;

        ck_assert_int_eq(notifier_new(fixture.base, &fixture.config, NOTIFIER_STDOUT_NONE, &notifier), 0);
        return notifier;
}

/* --- alerts ------------------------------------------------------------------------------------------------------- */

static inline struct alert make_alert(unsigned number)
{
        struct alert alert = {
                .type = ALERT_RECORDS_LOST,
                .severity = ALERT_WARNING,
                .summary = "some records were lost",
                .context = { .kind = ALERT_SOURCE_KMSG, .time_usec = OOM_UNKNOWN },
                .seq = number,
                .n_lost = 1,
        };

        (void)snprintf(alert.id, sizeof(alert.id), "%032x", number);
        return alert;
}

static inline void send_alert(struct notifier *notifier, unsigned number)
{
        struct alert alert = make_alert(number);

        notifier_send(notifier, &alert);
}

/* Numbers first to last. */
static inline void send_alerts(struct notifier *notifier, unsigned first, unsigned last)
{
        for (unsigned number = first; number <= last; number++)
                send_alert(notifier, number);
}

/* One whose JSON is longer than length bytes: what it was read from has a long path. */
static inline void send_long_alert(struct notifier *notifier, unsigned number, size_t length)
{
        struct alert alert = make_alert(number);
        char *path = malloc(length + 1);

        ck_assert_ptr_nonnull(path);
        memset(path, 'x', length);
        path[length] = '\0';
        alert.context.path = path;
        notifier_send(notifier, &alert);
        free(path);
}

static inline int64_t real_usec(void)
{
        struct timespec now;

        ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline void send_aged_alert(struct notifier *notifier, unsigned number, int64_t age_sec)
{
        struct alert alert = make_alert(number);

        alert.context.time_usec = real_usec() - age_sec * 1000000;
        alert.context.time_source = ALERT_TIME_ESTIMATED;
        notifier_send(notifier, &alert);
}

/* --- turning the loop ----------------------------------------------------------------------------------------------- */

static inline int64_t deadline_usec(void)
{
        return real_usec() + DEADLINE_SEC * INT64_C(1000000);
}

/* Turns the loop until condition holds; fails at the deadline. */
#define TURN_UNTIL(condition)                                                                                          \
        do {                                                                                                           \
                int64_t until_usec_ = deadline_usec();                                                                 \
                while (!(condition)) {                                                                                 \
                        ck_assert_msg(real_usec() < until_usec_, "deadline: %s", #condition);                          \
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);                               \
                }                                                                                                      \
        } while (0)

static inline void set_flag(void *flag)
{
        *(bool *)flag = true;
}

/* What the program does at its end. */
static inline struct notifier *stop(struct notifier *notifier)
{
        bool drained = false;

        notifier_drain(notifier, -1, set_flag, &drained);
        TURN_UNTIL(drained);
        return notifier_free(notifier);
}

/* --- receivers ------------------------------------------------------------------------------------------------------ */

struct receiver {
        enum config_socket_type type;
        int listen_fd, fd;
        unsigned connections;
        char *data; /* not yet a whole line */
        size_t length;
        unsigned count;
        unsigned numbers[NUMBERS_MAX];
        char last[4096]; /* the start of the last alert */
};

static inline void receiver_listen(struct receiver *receiver, const struct config_socket *config)
{
        static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, types[config->type] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        ck_assert_int_ge(fd, 0);
        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", config->path);
        (void)unlink(config->path);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        receiver->type = config->type;
        receiver->fd = receiver->listen_fd = -1;
        if (config->type == CONFIG_SOCKET_DATAGRAM) {
                receiver->fd = fd;
                return;
        }
        ck_assert_int_eq(listen(fd, 4), 0);
        receiver->listen_fd = fd;
}

static inline struct receiver *receiver_new(const struct config_socket *config)
{
        struct receiver *receiver = calloc(1, sizeof(*receiver));

        ck_assert_ptr_nonnull(receiver);
        receiver_listen(receiver, config);
        return receiver;
}

/* The receiver's program dies. What it got stays known here. */
static inline void receiver_die(struct receiver *receiver)
{
        if (receiver->fd >= 0)
                (void)close(receiver->fd);
        if (receiver->listen_fd >= 0)
                (void)close(receiver->listen_fd);
        receiver->fd = receiver->listen_fd = -1;
        receiver->length = 0;
}

static inline struct receiver *receiver_free(struct receiver *receiver)
{
        receiver_die(receiver);
        free(receiver->data);
        free(receiver);
        return NULL;
}

static inline bool receiver_accept(struct receiver *receiver)
{
        int fd;

        if (receiver->listen_fd < 0)
                return receiver->fd >= 0;
        fd = accept4(receiver->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
                if (receiver->fd >= 0)
                        (void)close(receiver->fd);
                receiver->fd = fd;
                receiver->connections++;
                receiver->length = 0;
        }
        return receiver->fd >= 0;
}

/* One alert, whole: a JSON object. */
static inline void receiver_got(struct receiver *receiver, const char *json, size_t length)
{
        const char *id = memmem(json, length, "\"id\":\"", 6);
        char digits[33] = "";
        unsigned number;

        ck_assert_uint_ge(length, 2);
        ck_assert_int_eq(json[0], '{');
        ck_assert_int_eq(json[length - 1], '}');
        ck_assert_ptr_nonnull(id);
        ck_assert(id + 6 + 32 <= json + length);
        memcpy(digits, id + 6, 32);
        ck_assert_int_eq(sscanf(digits, "%32x", &number), 1);
        ck_assert_uint_lt(receiver->count, NUMBERS_MAX);
        receiver->numbers[receiver->count++] = number;
        length = length < sizeof(receiver->last) - 1 ? length : sizeof(receiver->last) - 1;
        memcpy(receiver->last, json, length);
        receiver->last[length] = '\0';
}

static inline void receiver_split_lines(struct receiver *receiver)
{
        char *newline;

        while ((newline = memchr(receiver->data, '\n', receiver->length))) {
                size_t length = (size_t)(newline - receiver->data);

                receiver_got(receiver, receiver->data, length);
                receiver->length -= length + 1;
                memmove(receiver->data, newline + 1, receiver->length);
        }
}

/* Reads what there is, at most one read of size. Returns whether there was any. */
static inline bool receiver_read_once(struct receiver *receiver, size_t size)
{
        ssize_t n;

        if (!receiver_accept(receiver))
                return false;
        receiver->data = realloc(receiver->data, receiver->length + size);
        ck_assert_ptr_nonnull(receiver->data);
        n = recv(receiver->fd, receiver->data + receiver->length, size, 0);
        if (n <= 0)
                return false;
        if (receiver->type != CONFIG_SOCKET_STREAM) {
                receiver_got(receiver, receiver->data, (size_t)n);
                return true;
        }
        receiver->length += (size_t)n;
        receiver_split_lines(receiver);
        return true;
}

/* Reads all there is. Returns how many alerts came up to now. */
static inline unsigned receiver_read(struct receiver *receiver)
{
        while (receiver_read_once(receiver, 65536))
                ;
        return receiver->count;
}

/* Alerts first to last, once each, in order; then nothing more. */
#define EXPECT_NUMBERS(receiver, first, last)                                                                          \
        do {                                                                                                           \
                TURN_UNTIL(receiver_read(receiver) >= (last) - (first) + 1);                                           \
                ck_assert_uint_eq((receiver)->count, (last) - (first) + 1);                                            \
                for (unsigned i_ = 0; i_ < (receiver)->count; i_++)                                                    \
                        ck_assert_uint_eq((receiver)->numbers[i_], (first) + i_);                                      \
                (receiver)->count = 0;                                                                                 \
        } while (0)

/* Puts a file where the spool should be: no directory can be made there, not even by root. */
static inline void break_spool(void)
{
        scratch_text(SPOOL, "");
}

/* --- the log -------------------------------------------------------------------------------------------------------- */

/* What is logged goes to a file. Returns what read_log() takes. */
static inline int capture_log(void)
{
        int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), fd = open("log", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        ck_assert(saved >= 0 && fd >= 0);
        ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        ck_assert_int_eq(close(fd), 0);
        log_init("test", LOG_NOTICE);
        return saved;
}

/* Ends that; log is what was logged, a string. */
static inline void read_log(int saved, char *log, size_t size)
{
        ssize_t length = pread(STDERR_FILENO, log, size - 1, 0);

        ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
        ck_assert_int_eq(close(saved), 0);
        ck_assert_int_ge(length, 0);
        log[length] = '\0';
}

/* --- the spool ------------------------------------------------------------------------------------------------------ */

/* How many alerts wait in a sink's directory; their numbers, oldest first, in numbers unless NULL. */
static inline size_t spooled(const char *sink, unsigned *numbers)
{
        struct spool_entry *entries;
        struct spool *spool;
        size_t count;

        ck_assert_int_eq(spool_open(SPOOL, sink, &spool), 0);
        ck_assert_int_eq(spool_list(spool, &entries, &count), 0);
        for (size_t i = 0; numbers && i < count; i++)
                ck_assert_int_eq(sscanf(entries[i].id, "%32x", &numbers[i]), 1);
        free(entries);
        spool_close(spool);
        return count;
}
