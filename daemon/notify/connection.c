#include "notify/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
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
        int fd; /* -1: not connected */
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
                connection->handler->closed("out of memory: the next alert makes the next attempt",
                                            connection->userdata);
}

static void back_off(struct connection *connection)
{
        reconnect_after(connection, jitter(connection->backoff_ms));
        connection->backoff_ms *= 2;
        if (connection->backoff_ms > CONNECTION_BACKOFF_MS_MAX)
                connection->backoff_ms = CONNECTION_BACKOFF_MS_MAX;
}

/* The receiver has gone. After a stable connection a new receiver is looked for at once: it may have been restarted. */
static void handle_loss(struct connection *connection, const char *why)
{
        bool is_stable = clock_monotonic_usec() - connection->since_usec >= STABLE_USEC;

        disconnect(connection);
        connection->handler->closed(why, connection->userdata);
        if (is_stable) {
                connection->backoff_ms = CONNECTION_BACKOFF_MS_MIN;
                reconnect_after(connection, 0);
        } else {
                back_off(connection);
        }
}

/* What receivers send is ignored. It is read because the end of the connection comes after it. */
static void on_readable(evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct connection *connection = userdata;
        struct pollfd poll_fd = { .fd = fd };
        char ignored[4096];
        ssize_t n = 1;

        for (int i = 0; n > 0 && i < READS_MAX; i++)
                n = recv(fd, ignored, sizeof(ignored), MSG_DONTWAIT);
        if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
                return;
        /* The receiver has closed it, or only shut its writing side down, as one-way receivers do; these go on reading. */
        if (n < 0)
                handle_loss(connection, strerror(errno));
        else if (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLHUP | POLLERR)))
                handle_loss(connection, "the receiver has closed the connection");
        else
                connection->readable = event_done(connection->readable);
        connection->handler->proceed(connection->userdata);
}

static void on_writable(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        struct connection *connection = userdata;

        connection->handler->proceed(connection->userdata);
}

static int open_socket(struct connection *connection)
{
        int error;

        connection->fd = socket(AF_UNIX, socket_types[connection->type] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connection->fd < 0)
                return -errno;
        /* AF_UNIX has no EINPROGRESS: it is connected now or not. EAGAIN: the receiver's listen() backlog is full. */
        if (connect(connection->fd, (const struct sockaddr *)&connection->address, sizeof(connection->address)) < 0) {
                error = -errno;
                disconnect(connection);
                return error;
        }
        connection->writable = event_new(connection->base, connection->fd, EV_WRITE, on_writable, connection);
        /* A datagram socket without a name receives nothing. */
        if (connection->type != CONFIG_SOCKET_DATAGRAM)
                connection->readable =
                        event_new(connection->base, connection->fd, EV_READ | EV_PERSIST, on_readable, connection);
        if (!connection->writable || (connection->type != CONFIG_SOCKET_DATAGRAM &&
                                      (!connection->readable || event_add(connection->readable, NULL) < 0))) {
                disconnect(connection);
                return -ENOMEM;
        }
        return 0;
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
                connection->handler->closed(strerror(-r), connection->userdata);
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
        if (n == -EAGAIN && event_add(connection->writable, NULL) < 0)
                n = -ENOMEM;
        if (n != -EAGAIN && n != -EMSGSIZE)
                handle_loss(connection, strerror((int)-n));
        return n;
}

int connection_new(struct event_base *base, const struct connection_handler *handler, void *userdata,
                   struct connection **ret_connection)
{
        struct connection *connection = calloc(1, sizeof(*connection));

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
