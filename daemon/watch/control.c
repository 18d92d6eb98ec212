#include "watch/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/log.h"
#include "host/clock.h"
#include "util/cleanup.h"

/* Connections that wait to be accepted, and how many are in one turn of the loop. */
#define BACKLOG    64
#define ACCEPT_MAX 16
/* While there are no descriptors, or no memory, for another one. */
#define SHORTAGE_MS 1000

struct client {
        struct control *control;
        TAILQ_ENTRY(client) link;
        struct bufferevent *stream;
        struct peer peer;
        size_t n_scanned; /* bytes of the input that have no newline */
        bool is_ending;   /* it is freed when its output is written */
};

struct control {
        struct event_base *base;
        int fd;
        struct sockaddr_un address;
        struct stat status; /* of the socket's file */
        struct peer_policy policy;
        control_answer answer;
        void *userdata;
        struct event *listener, *pause; /* pause: ends one of the listener's */
        TAILQ_HEAD(client_list, client) clients;
        unsigned n_clients, n_clients_max, n_others;
        unsigned n_in_window; /* connections and requests of those who don't see all */
        int64_t window_usec;  /* monotonic: its beginning */
        uint64_t n_slow, n_refused;
};

/* --- limits ------------------------------------------------------------------------------------------------------- */

/* Whether one more of those who don't see all is served now. */
static bool take_turn(struct control *control)
{
        int64_t now_usec = clock_monotonic_usec();

        if (now_usec - control->window_usec >= CONTROL_WINDOW_USEC) {
                control->window_usec = now_usec;
                control->n_in_window = 0;
        }
        return ++control->n_in_window <= CONTROL_OTHERS_IN_WINDOW;
}

static bool has_room(const struct control *control, const struct peer *peer)
{
        const struct client *client;
        unsigned n_of_user = 0;

        if (control->n_clients >= control->n_clients_max)
                return false;
        if (peer->sees_all)
                return true;
        TAILQ_FOREACH (client, &control->clients, link)
                n_of_user += client->peer.uid == peer->uid;
        return n_of_user < CONTROL_OF_A_USER_MAX && control->n_others < control->n_clients_max / 2 &&
               control->n_others < CONTROL_OTHERS_MAX;
}

/* --- clients ------------------------------------------------------------------------------------------------------ */

static struct client *client_free(struct client *client)
{
        struct control *control = client->control;

        TAILQ_REMOVE(&control->clients, client, link);
        control->n_clients--;
        control->n_others -= !client->peer.sees_all;
        bufferevent_free(client->stream); /* closes the connection */
        free(client);
        return NULL;
}

static size_t output_length(const struct client *client)
{
        return evbuffer_get_length(bufferevent_get_output(client->stream));
}

/* Returns whether that was possible. */
static bool write_text(struct client *client, struct text text)
{
        return bufferevent_write(client->stream, text.data, text.length) == 0;
}

/* After that nothing is read, and what was written is the last. */
static void end_with(struct client *client, struct text text)
{
        client->is_ending = true;
        (void)bufferevent_disable(client->stream, EV_READ);
        (void)write_text(client, text); /* without memory it ends without a word */
}

static void answer_request(struct client *client, enum request_kind kind)
{
        struct control *control = client->control;
        struct json_text json = { 0 };
        struct object object = object_begin(&json);
        _cleanup_(freep) char *line = NULL;
        size_t length = 0;

        control->answer(kind, &client->peer, &object, control->userdata);
        object_end(&object);
        json_text_add(&json, TEXT("\n"));
        line = json_text_end(&json, &length);
        if (!line || !write_text(client, (struct text){ line, length }))
                end_with(client, request_refusal(-ENOMEM));
}

static void take_line(struct client *client, struct text line)
{
        enum request_kind kind;
        int r;

        if (!client->peer.sees_all && !take_turn(client->control)) {
                client->control->n_refused++;
                end_with(client, request_refusal(-EBUSY));
                return;
        }
        r = request_parse(line, &kind);
        if (r < 0)
                end_with(client, request_refusal(r));
        else
                answer_request(client, kind);
}

/* The next line of the input, or all of it if the peer writes no more. Returns whether there was one. */
static bool take_input(struct client *client, bool is_end)
{
        struct evbuffer *input = bufferevent_get_input(client->stream);
        size_t length = evbuffer_get_length(input), end_length = 0;
        struct evbuffer_ptr end;
        const unsigned char *data;

        if (evbuffer_ptr_set(input, &end, client->n_scanned, EVBUFFER_PTR_SET) < 0)
                end.pos = -1; /* nothing new */
        else
                end = evbuffer_search_eol(input, &end, &end_length, EVBUFFER_EOL_LF);
        if (end.pos < 0 && length > REQUEST_MAX) {
                end_with(client, request_refusal(-EMSGSIZE));
                return false;
        }
        if (end.pos < 0 && (!is_end || length == 0)) {
                client->n_scanned = length;
                return false;
        }
        if (end.pos >= 0)
                length = (size_t)end.pos;
        data = evbuffer_pullup(input, (ev_ssize_t)length);
        if (!data && length > 0) {
                end_with(client, request_refusal(-ENOMEM));
                return false;
        }
        take_line(client, (struct text){ (const char *)data, length });
        (void)evbuffer_drain(input, length + end_length);
        client->n_scanned = 0;
        return true;
}

/* Answers what can be answered now. */
static void proceed(struct client *client, bool is_end)
{
        while (!client->is_ending && output_length(client) <= CONTROL_OUTPUT_MAX)
                if (!take_input(client, is_end))
                        break;
        if (is_end)
                client->is_ending = true;
        if (client->is_ending && output_length(client) == 0)
                client_free(client);
        else if (!client->is_ending && output_length(client) > CONTROL_OUTPUT_MAX)
                (void)bufferevent_disable(client->stream, EV_READ);
}

static void on_read(_unused_ struct bufferevent *stream, void *userdata)
{
        proceed(userdata, false);
}

/* All that was written has been taken. */
static void on_written(struct bufferevent *stream, void *userdata)
{
        struct client *client = userdata;

        if (client->is_ending) {
                client_free(client);
                return;
        }
        (void)bufferevent_enable(stream, EV_READ);
        proceed(client, false);
}

static void on_event(_unused_ struct bufferevent *stream, short what, void *userdata)
{
        struct client *client = userdata;

        if ((what & BEV_EVENT_EOF) && !client->is_ending) {
                proceed(client, true); /* it may have shut down its side, and wait for the answer */
                return;
        }
        client->control->n_slow += (what & BEV_EVENT_TIMEOUT) && output_length(client) > 0;
        client_free(client);
}

/* The connection is refused; what doesn't fit into its empty buffer is nobody's loss. */
static void refuse(struct control *control, int fd)
{
        struct text text = request_refusal(-EBUSY);

        control->n_refused++;
        (void)send(fd, text.data, text.length, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)close(fd);
}

/* Takes over fd. Returns 0 or -ENOMEM. */
static int add_client(struct control *control, const struct peer *peer, int fd)
{
        const struct event_timeval timeout = { .tv_sec = CONTROL_TIMEOUT_SEC };
        const struct timeval *time = (const struct timeval *)(const void *)&timeout;
        struct client *client = calloc(1, sizeof(*client));

        if (client)
                client->stream = bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
        if (!client || !client->stream) {
                (void)close(fd);
                free(client);
                return -ENOMEM;
        }
        client->control = control;
        client->peer = *peer;
        TAILQ_INSERT_TAIL(&control->clients, client, link);
        control->n_clients++;
        control->n_others += !peer->sees_all;
        bufferevent_setcb(client->stream, on_read, on_written, on_event, client);
        bufferevent_setwatermark(client->stream, EV_READ, 0, REQUEST_MAX + 1);
        if (bufferevent_set_timeouts(client->stream, time, time) < 0 ||
            bufferevent_enable(client->stream, EV_READ | EV_WRITE) < 0) {
                client_free(client);
                return -ENOMEM;
        }
        return 0;
}

/* --- listening ---------------------------------------------------------------------------------------------------- */

static void pause_listening(struct control *control, int64_t ms)
{
        if (timer_start(control->pause, ms) == 0)
                (void)event_del(control->listener);
}

static void on_pause_over(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct control *control = userdata;

        if (event_add(control->listener, NULL) < 0)
                (void)timer_start(control->pause, SHORTAGE_MS);
}

/* Returns false when no more should be accepted for now. */
static bool accept_one(struct control *control)
{
        /* cppcheck-suppress nullPointer */
        int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct peer peer;

        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
                pause_listening(control, SHORTAGE_MS); /* the connection stays, and the listener ready */
        if (fd < 0)
                return errno == EINTR || errno == ECONNABORTED;
        if (peer_read(fd, &control->policy, &peer) < 0) {
                (void)close(fd);
                return true;
        }
        if (!peer.sees_all && !take_turn(control)) {
                refuse(control, fd);
                pause_listening(control, CONTROL_WINDOW_USEC / 1000);
                return false;
        }
        if (!has_room(control, &peer))
                refuse(control, fd);
        else if (add_client(control, &peer, fd) < 0)
                pause_listening(control, SHORTAGE_MS);
        return true;
}

static void on_connection(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        for (int i = 0; i < ACCEPT_MAX; i++)
                if (!accept_one(userdata))
                        break;
}

/* Whether somebody listens at the address. A full queue is somebody's, too. */
static bool is_served(const struct sockaddr_un *address)
{
        _cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        return fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno != ECONNREFUSED;
}

/* Binds fd, in the place of a socket whose process has ended. */
static int bind_to(int fd, const struct sockaddr_un *address)
{
        const struct sockaddr *generic = (const struct sockaddr *)address;
        struct stat status;

        if (bind(fd, generic, sizeof(*address)) == 0)
                return 0;
        if (errno != EADDRINUSE)
                return -errno;
        if (lstat(address->sun_path, &status) == 0 && !S_ISSOCK(status.st_mode))
                return -EEXIST;
        if (is_served(address))
                return -EADDRINUSE;
        if (unlink(address->sun_path) < 0 && errno != ENOENT)
                return -errno;
        return bind(fd, generic, sizeof(*address)) < 0 ? -errno : 0;
}

static int listen_at(struct control *control)
{
        const char *path = control->address.sun_path;
        int r;

        control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (control->fd < 0)
                return -errno;
        r = bind_to(control->fd, &control->address);
        if (r < 0)
                return r;
        /* Everybody may connect, whatever the umask says, which is for files. */
        if (lstat(path, &control->status) < 0 || !S_ISSOCK(control->status.st_mode) || chmod(path, 0666) < 0 ||
            listen(control->fd, BACKLOG) < 0)
                return -errno;
        return 0;
}

int control_new(struct event_base *base, const char *path, const struct peer_policy *policy, unsigned n_clients_max,
                control_answer answer, void *userdata, struct control **ret_control)
{
        struct control *control = calloc(1, sizeof(*control));
        int r;

        if (!control)
                return -ENOMEM;
        TAILQ_INIT(&control->clients);
        control->base = base;
        control->fd = -1;
        control->policy = *policy;
        control->n_clients_max = n_clients_max;
        control->answer = answer;
        control->userdata = userdata;
        control->address.sun_family = AF_UNIX;
        r = snprintf(control->address.sun_path, sizeof(control->address.sun_path), "%s", path);
        r = (size_t)r < sizeof(control->address.sun_path) ? listen_at(control) : -ENAMETOOLONG;
        if (r == 0) {
                control->listener = event_new(base, control->fd, EV_READ | EV_PERSIST, on_connection, control);
                control->pause = evtimer_new(base, on_pause_over, control);
                if (!control->listener || !control->pause || event_add(control->listener, NULL) < 0)
                        r = -ENOMEM;
        }
        if (r < 0) {
                (void)control_free(control);
                return r;
        }
        *ret_control = control;
        return 0;
}

/* Only if it is still the one that was made here. */
static void remove_socket(const struct control *control)
{
        struct stat status;

        if (control->status.st_ino != 0 && lstat(control->address.sun_path, &status) == 0 &&
            status.st_dev == control->status.st_dev && status.st_ino == control->status.st_ino)
                (void)unlink(control->address.sun_path);
}

struct control *control_free(struct control *control)
{
        struct client *client, *next;

        if (!control)
                return NULL;
        for (client = TAILQ_FIRST(&control->clients); client; client = next) {
                next = TAILQ_NEXT(client, link);
                client_free(client);
        }
        event_done(control->listener);
        event_done(control->pause);
        remove_socket(control);
        closep(&control->fd);
        free(control);
        return NULL;
}

struct control_counts control_counts(const struct control *control)
{
        if (!control)
                return (struct control_counts){ 0 };
        return (struct control_counts){ control->n_clients, control->n_slow, control->n_refused };
}
