#include "notify/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/clock.h"

#define STABLE_USEC USEC_PER_SEC /* a connection that lasted so long resets the backoff */
#define READS_MAX   16           /* in one turn */

struct connection {
        struct event_base *base;
        const struct connection_handler *handler;
        void *userdata;
        struct sockaddr_un address;
        enum config_socket_type type;
        int fd;             /* -1: not connected */
        size_t buffer_size; /* of what was sent and not read, as the kernel counts it (SO_SNDBUF) */
        bool is_reset;      /* the receiver has closed it, with data unread */
        struct stat socket; /* of a datagram receiver: its file just before it was connected to */
        struct event *readable, *writable, *reconnect;
        bool is_wanted;
        int64_t since_usec; /* monotonic: when it was opened, or closed */
        int64_t tried_usec; /* monotonic: the last attempt */
        unsigned backoff_ms;
};

static const int socket_types[] = {
        [CONFIG_SOCKET_STREAM] = SOCK_STREAM,
        [CONFIG_SOCKET_DATAGRAM] = SOCK_DGRAM,
        [CONFIG_SOCKET_SEQPACKET] = SOCK_SEQPACKET,
};

static void disconnect(struct connection *connection)
{
        if (connection->fd < 0)
                return;
        connection->readable = event_done(connection->readable);
        connection->writable = event_done(connection->writable);
        (void)close(connection->fd); /* what could not be sent is sent on the next one */
        connection->fd = -1;
        connection->since_usec = clock_monotonic_usec();
}

/* --- attempts ----------------------------------------------------------------------------------------------------- */

/* Returns 3/4 to 5/4 of ms, at random, so that not all daemons of a machine connect at once. */
static unsigned jitter(unsigned ms)
{
        uint32_t random;

        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
                return ms;
        return ms - ms / 4 + (unsigned)((uint64_t)random * (ms / 2) / UINT32_MAX);
}

static void reconnect_after(struct connection *connection, unsigned ms)
{
        if (timer_start(connection->reconnect, ms) < 0)
                connection->handler->closed("out of memory: the next alert makes the next attempt", -ENOTCONN,
                                            connection->userdata);
}

static void back_off(struct connection *connection)
{
        reconnect_after(connection, jitter(connection->backoff_ms));
        connection->backoff_ms *= 2;
        if (connection->backoff_ms > CONNECTION_BACKOFF_MS_MAX)
                connection->backoff_ms = CONNECTION_BACKOFF_MS_MAX;
}

/* --- what the receiver has not read ------------------------------------------------------------------------------------ */

size_t connection_queued(const struct connection *connection)
{
        int n_bytes = 0;

        /* An old sandbox may refuse it: then an alert counts as read when it was sent. */
        if (ioctl(connection->fd, SIOCOUTQ, &n_bytes) < 0 || n_bytes < 0)
                return 0;
        return (size_t)n_bytes;
}

bool connection_has_room(const struct connection *connection, size_t length)
{
        size_t queued = connection_queued(connection);

        /* A small buffer has a power of two for its data, and about 600 bytes besides (kmalloc_reserve(), net/core/skbuff.c). The quarter:
         * unix_writable(), net/unix/af_unix.c. */
        return queued == 0 || (queued + 2 * length + 1024) * 4 <= connection->buffer_size;
}

/* Returns 0 and what the kernel counts, or -ECONNRESET where that says nothing: the receiver has closed, and not read all. */
static int ask_unread(struct connection *connection, size_t *ret_bytes)
{
        size_t n_bytes = connection_queued(connection);
        socklen_t length = sizeof(int);
        int error = 0;

        /* When a receiver closes, the kernel first sets the error, if there is unread data, then throws the data away
         * (unix_release_sock(), net/unix/af_unix.c). So where there is no error after the count, the count was right. */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error != 0)
                connection->is_reset = true; /* the kernel reports it once */
        if (connection->is_reset)
                return -ECONNRESET;
        *ret_bytes = n_bytes;
        return 0;
}

/* A socket that is closed without all being read shows that to a datagram's sender by nothing but the next message's failure.
 * But only that socket can be bound to its file: where the file is still the same, and one may connect to it, it was not closed. */
static bool has_same_receiver(const struct connection *connection)
{
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct stat now;
        bool is_same;

        if (fd < 0)
                return false;
        is_same = connect(fd, (const struct sockaddr *)&connection->address, sizeof(connection->address)) == 0 &&
                  stat(connection->address.sun_path, &now) == 0 && now.st_dev == connection->socket.st_dev &&
                  now.st_ino == connection->socket.st_ino &&
                  now.st_ctim.tv_sec == connection->socket.st_ctim.tv_sec && /* an inode's number is used again */
                  now.st_ctim.tv_nsec == connection->socket.st_ctim.tv_nsec;
        (void)close(fd); /* nothing was sent */
        return is_same;
}

/* What the handler is told at the end of a connection. */
static ssize_t unread_at_end(struct connection *connection)
{
        size_t n_bytes;

        if (connection->type == CONFIG_SOCKET_DATAGRAM || ask_unread(connection, &n_bytes) < 0)
                return -ECONNRESET;
        return (ssize_t)n_bytes;
}

/* The receiver has gone. After a stable connection a new receiver is looked for at once: it may have been restarted. */
static void handle_loss(struct connection *connection, const char *why)
{
        bool is_stable = clock_monotonic_usec() - connection->since_usec >= STABLE_USEC;
        ssize_t unread = unread_at_end(connection);

        disconnect(connection);
        connection->handler->closed(why, unread, connection->userdata);
        if (is_stable) {
                connection->backoff_ms = CONNECTION_BACKOFF_MS_MIN;
                reconnect_after(connection, 0);
        } else {
                back_off(connection);
        }
}

static const char closed_by_receiver[] = "the receiver has closed the connection";

static bool is_hung_up(int fd)
{
        struct pollfd poll_fd = { .fd = fd };

        return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLHUP | POLLERR));
}

/* What receivers send is ignored. It is read because the end of the connection comes after it. */
static void on_readable(evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct connection *connection = userdata;
        char ignored[4096];
        ssize_t n = 1;

        for (int i = 0; n > 0 && i < READS_MAX; i++)
                n = recv(fd, ignored, sizeof(ignored), MSG_DONTWAIT);
        if (n > 0 || (n < 0 && errno == EINTR))
                event_active(connection->readable, EV_READ, 0); /* only new data makes another event */
        if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
                return;
        /* The receiver has closed it, or only shut its writing side down, as one-way receivers do; these go on reading. */
        if (n < 0) {
                connection->is_reset = connection->is_reset || errno == ECONNRESET;
                handle_loss(connection, strerror(errno));
        } else if (is_hung_up(fd)) {
                handle_loss(connection, closed_by_receiver);
        } else {
                connection->readable = event_done(connection->readable);
        }
        connection->handler->proceed(connection->userdata);
}

/* The receiver has read something. A receiver that has shut its writing side down is seen to close here. */
static void on_writable(evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct connection *connection = userdata;

        if (!connection->readable && is_hung_up(fd))
                handle_loss(connection, closed_by_receiver);
        connection->handler->proceed(connection->userdata);
}

/* Edge-triggered, for the kernel then wakes us whenever the receiver has read (sock_wfree(), unix_write_space()), and never while it
 * doesn't: no timer need ask. The two events of a descriptor must both be of that kind. */
static int add_event(struct connection *connection, short what, event_callback_fn on_event, struct event **ret_event)
{
        *ret_event =
                event_new(connection->base, connection->fd, (short)(what | EV_PERSIST | EV_ET), on_event, connection);
        return *ret_event && event_add(*ret_event, NULL) == 0 ? 0 : -ENOMEM;
}

static int buffer_size_of(int fd)
{
        int size = 0;
        socklen_t length = sizeof(size);

        return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 && size > 0 ? size : 0;
}

static int open_socket(struct connection *connection)
{
        bool is_datagram = connection->type == CONFIG_SOCKET_DATAGRAM;
        int error;

        if (is_datagram && stat(connection->address.sun_path, &connection->socket) < 0)
                return -errno;
        connection->fd = socket(AF_UNIX, socket_types[connection->type] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connection->fd < 0)
                return -errno;
        /* AF_UNIX has no EINPROGRESS: it is connected now or not. EAGAIN: the receiver's listen() backlog is full. */
        if (connect(connection->fd, (const struct sockaddr *)&connection->address, sizeof(connection->address)) < 0) {
                error = -errno;
                disconnect(connection);
                return error;
        }
        connection->is_reset = false;
        connection->buffer_size = (size_t)buffer_size_of(connection->fd);
        error = add_event(connection, EV_WRITE, on_writable, &connection->writable);
        if (error == 0 && !is_datagram) /* a datagram socket without a name receives nothing */
                error = add_event(connection, EV_READ, on_readable, &connection->readable);
        if (error < 0)
                disconnect(connection);
        return error;
}

/* One attempt. Returns whether it is connected. */
static bool attempt(struct connection *connection)
{
        int64_t closed_since_usec = connection->since_usec;
        int r;

        connection->tried_usec = clock_monotonic_usec();
        r = open_socket(connection);
        if (r < 0) {
                connection->since_usec = closed_since_usec; /* disconnect() has set it */
                connection->handler->closed(strerror(-r), -ENOTCONN, connection->userdata);
                return false;
        }
        (void)event_del(connection->reconnect); /* can't fail: it is a timer of ours */
        connection->since_usec = connection->tried_usec;
        connection->handler->opened(connection->userdata);
        return true;
}

static void on_reconnect(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct connection *connection = userdata;

        if (connection->fd < 0 && !attempt(connection))
                back_off(connection);
        connection->handler->proceed(connection->userdata);
}

/* --- interface ---------------------------------------------------------------------------------------------------- */

bool connection_start(struct connection *connection, const char *path, enum config_socket_type type)
{
        if (connection->is_wanted && connection->type == type && strcmp(connection->address.sun_path, path) == 0)
                return false;
        disconnect(connection);
        connection->is_wanted = true;
        connection->type = type;
        connection->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        /* The configuration has checked that it fits. */
        (void)snprintf(connection->address.sun_path, sizeof(connection->address.sun_path), "%s", path);
        connection->backoff_ms = CONNECTION_BACKOFF_MS_MIN;
        if (!attempt(connection))
                back_off(connection);
        return true;
}

void connection_stop(struct connection *connection)
{
        connection->is_wanted = false;
        disconnect(connection);
        (void)event_del(connection->reconnect); /* can't fail: it is a timer of ours */
}

void connection_try_now(struct connection *connection)
{
        if (!connection->is_wanted || connection->fd >= 0 ||
            clock_monotonic_usec() - connection->tried_usec < CONNECTION_BACKOFF_MS_MIN * 1000)
                return;
        (void)attempt(connection); /* if it fails, the next one is at the end of the pause */
}

bool connection_is_open(const struct connection *connection)
{
        return connection->fd >= 0;
}

int64_t connection_closed_usec(const struct connection *connection)
{
        return connection->fd >= 0 ? 0 : clock_monotonic_usec() - connection->since_usec;
}

ssize_t connection_send(struct connection *connection, const char *data, size_t length)
{
        ssize_t n;

        do
                n = send(connection->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        if (n >= 0)
                return n;
        n = -errno;
        if (n == -EAGAIN || n == -EMSGSIZE)
                return n;
        connection->is_reset = connection->is_reset || n == -ECONNRESET;
        handle_loss(connection, strerror((int)-n));
        return n;
}

int connection_unread(struct connection *connection, size_t *ret_bytes)
{
        int r = ask_unread(connection, ret_bytes);

        if (r == 0 && connection->type == CONFIG_SOCKET_DATAGRAM && !has_same_receiver(connection))
                r = -ECONNREFUSED;
        if (r < 0)
                handle_loss(connection, r == -ECONNREFUSED ? "the receiver has closed its socket" : closed_by_receiver);
        return r;
}

int connection_new(struct event_base *base, const struct connection_handler *handler, void *userdata,
                   struct connection **ret_connection)
{
        struct connection *connection;

        if (!(event_base_get_features(base) & EV_FEATURE_ET)) /* EVENT_NOEPOLL in the environment */
                return -ENOTSUP;
        connection = calloc(1, sizeof(*connection));
        if (!connection)
                return -ENOMEM;
        *connection = (struct connection){ .base = base, .handler = handler, .userdata = userdata, .fd = -1 };
        connection->since_usec = clock_monotonic_usec();
        connection->reconnect = evtimer_new(base, on_reconnect, connection);
        if (!connection->reconnect) {
                free(connection);
                return -ENOMEM;
        }
        *ret_connection = connection;
        return 0;
}

struct connection *connection_free(struct connection *connection)
{
        if (!connection)
                return NULL;
        disconnect(connection);
        event_done(connection->reconnect);
        free(connection);
        return NULL;
}
