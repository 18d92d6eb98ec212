/* daemon/notify/connection.h: a connection to a receiver that listens on a Unix socket, made again whenever it is lost.
 *
 * All of it runs in the loop's thread and never blocks. Between attempts are growing pauses. What the receiver sends is ignored. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/config.h"
#include "common/event.h"

#define CONNECTION_BACKOFF_MS_MIN 100
#define CONNECTION_BACKOFF_MS_MAX 30000

struct connection;

/* opened() and closed() only report a change, also in the middle of a call of connection_start(), connection_try_now(),
 * connection_send() or connection_unread(); a handler must not call back into the connection. proceed() is called by the loop
 * afterwards, and when the receiver has read something: there may be space after -EAGAIN, and the owner may ask what was read. */
struct connection_handler {
        void (*opened)(void *userdata);
        /* It was lost, or an attempt failed. why is for people, borrowed for the call. unread: what connection_unread() would have been at
         * the end; negative: that can't be known, but not all was read. */
        void (*closed)(const char *why, ssize_t unread, void *userdata);
        void (*proceed)(void *userdata);
};

/* Makes it, not connected yet. base is borrowed, handler kept. Returns 0; -ENOMEM; -ENOTSUP: the base is not one of epoll. */
int connection_new(struct event_base *base, const struct connection_handler *handler, void *userdata,
                   struct connection **ret_connection) __attribute__((warn_unused_result));
/* Calls no handler. Accepts NULL. Returns NULL. */
struct connection *connection_free(struct connection *connection);

/* Connects to path now, and tries again for as long as it takes. Closes a connection to another path. Returns whether path
 * or type changed; else nothing is done. */
bool connection_start(struct connection *connection, const char *path, enum config_socket_type type);
/* Ends the connection and all attempts. Calls no handler. */
void connection_stop(struct connection *connection);

/* Tries to connect without waiting for the end of the pause, unless the last attempt was less than
 * CONNECTION_BACKOFF_MS_MIN ago. */
void connection_try_now(struct connection *connection);

bool connection_is_open(const struct connection *connection);
/* For how long it has not been open; 0: it is open. */
int64_t connection_closed_usec(const struct connection *connection);

/* Sends length bytes of data, not more than the kernel takes now; a datagram or seqpacket message is sent whole or not at
 * all. It must be open. Returns the number of bytes sent; -EAGAIN: none now, proceed() will be called; -EMSGSIZE: too long
 * for a message; any other -errno: the connection was lost, closed() was called. */
ssize_t connection_send(struct connection *connection, const char *data, size_t length)
        __attribute__((warn_unused_result));

/* Whether length bytes more may be sent now, in an alert of their own, and the kernel will still wake us whenever the receiver has read
 * something: it doesn't when the buffers are more than a quarter full. It must be open. Else proceed() will be called. */
bool connection_has_room(const struct connection *connection, size_t length);

/* What the kernel counts of buffers with data that was sent and not read: more than the bytes of the data. It must be open. */
size_t connection_queued(const struct connection *connection);

/* The same, where the receiver is still there: when it closes, the kernel throws away what it hasn't read, and counts nothing.
 * Returns 0, or -errno: the connection was lost, closed() was called. */
int connection_unread(struct connection *connection, size_t *ret_bytes) __attribute__((warn_unused_result));
