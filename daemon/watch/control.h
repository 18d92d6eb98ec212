/* daemon/watch/control.h: the control socket: who connects asks (request.h), a line for each question, and gets a line for each answer.
 *
 * Anybody on the machine may connect, since what one sees is decided by the kernel's word on who one is (peer.h). So everything is
 * bounded: clients, their number for each user who doesn't see all, what they may ask in a while, the bytes of a request and of what
 * waits for a client; one that doesn't read its answers, or says nothing, is dropped. None of that can hold up the loop for long, and
 * nothing is allocated while nobody asks.
 *
 * Everything runs in the loop's thread. SIGPIPE must be ignored. */

#pragma once

#include "alert/object.h"
#include "common/event.h"
#include "watch/peer.h"
#include "watch/request.h"

#define CONTROL_CLIENTS_MAX 64
/* Of those who don't see all: together, and for one user. Root always has room. */
#define CONTROL_OTHERS_MAX    32
#define CONTROL_OF_A_USER_MAX 8
/* How many connections and requests of those are served in a tenth of a second; then all wait for the next one. */
#define CONTROL_OTHERS_IN_WINDOW 20
#define CONTROL_WINDOW_USEC      (INT64_C(100) * 1000)
/* No more requests of a client are read while so much waits for it. */
#define CONTROL_OUTPUT_MAX ((size_t)16 * 1024)
/* How long a client may say nothing, or read nothing of what waits for it. */
#define CONTROL_TIMEOUT_SEC 30

struct control;

/* Adds the members of the answer to answer. */
typedef void (*control_answer)(enum request_kind kind, const struct peer *peer, struct object *answer, void *userdata);

/* Listens at path, where anybody may connect. What is there is replaced if it is the socket of a process that has ended. base is borrowed,
 * the others are copied or kept. n_clients_max: at most CONTROL_CLIENTS_MAX. Returns 0; -EADDRINUSE: a process listens there; -EEXIST:
 * something else is there; -errno. */
int control_new(struct event_base *base, const char *path, const struct peer_policy *policy, unsigned n_clients_max,
                control_answer answer, void *userdata, struct control **ret_control)
        __attribute__((warn_unused_result));
/* Drops the clients, and removes the socket. Accepts NULL. Returns NULL. */
struct control *control_free(struct control *control);

struct control_counts {
        unsigned n_clients;
        uint64_t n_slow;    /* dropped because they read too slowly */
        uint64_t n_refused; /* because there were too many, or they asked too often */
};

/* Accepts NULL. */
struct control_counts control_counts(const struct control *control);
