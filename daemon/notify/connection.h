/* daemon/notify/connection.h: a connection to a receiver that listens on a Unix socket, made again whenever it is lost.
 *
 * Attempts to connect never block, and have growing pauses between them. What the receiver says is read and ignored.
 * Nothing here knows what is sent. */

#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/config.h"

#define CONNECTION_BACKOFF_MS_MIN 100
#define CONNECTION_BACKOFF_MS_MAX 30000

struct connection;

struct connection_handler {
        void (*opened)(void *userdata);
        /* It was lost, or an attempt failed. why is for people. */
        void (*closed)(const char *why, void *userdata);
        /* Called from the loop, after one of these or when there is room again: it is time to go on. */
        void (*proceed)(void *userdata);
};

/* handler is kept. Not connected yet. Returns 0 or -ENOMEM. */
int connection_new(struct event_base *base, const struct connection_handler *handler, void *userdata,
                   struct connection **ret_connection) __attribute__((warn_unused_result));
/* Calls no handler. Accepts NULL. Returns NULL. */
struct connection *connection_free(struct connection *connection);

/* Connects to path, at once and then for as long as it takes; drops a connection to where it was before. Does nothing,
 * and returns false, when neither path nor type changed. */
bool connection_start(struct connection *connection, const char *path, enum config_socket_type type);
/* Ends the connection and all attempts. Calls no handler. */
void connection_stop(struct connection *connection);

/* Tries at once, unless the last attempt was a moment ago: CONNECTION_BACKOFF_MS_MIN. */
void connection_hurry(struct connection *connection);

bool connection_is_open(const struct connection *connection);
/* How long it has not been open; 0: it is. */
int64_t connection_away_usec(const struct connection *connection);

/* Hands bytes to the kernel; a message goes as a whole. Returns how many it took; -EAGAIN: none now, proceed() will be
 * called; -EMSGSIZE: too long for a message; any other error: closed() was called. */
ssize_t connection_send(struct connection *connection, const char *data, size_t length)
        __attribute__((warn_unused_result));
