/* cli/scan/order.h: messages of a log that may be newest first (journalctl -r, exports of viewers) in, oldest first out.
 *
 * Where a log doesn't show its order by stamps, a report does: its lines have an order of their own. Until the first lines have
 * shown it, they are held; of a log that is oldest first nothing is held from then on. Of one that is newest first all lines of
 * reports, and those between, are held until its end, or until they are too many: then until the first one of a report has come. */

#pragma once

#include <stdbool.h>

#include "logfile/reader.h"

/* What is held at most. From half of it on it is handed on with the first line of each report; if that is not enough, as if a report
 * began there. */
#define ORDER_HELD_BYTES_MAX ((size_t)32 * 1024 * 1024)
/* After so many bytes of lines that have nothing of a report, one that is held has ended. */
#define ORDER_IDLE_BYTES ((uint64_t)64 * 1024)

struct order_handler {
        log_message_fn message; /* the next message; borrowed for the call */
        /* Messages were left out before the next one. */
        void (*skip)(void *userdata);
};

struct order;

/* *handler is copied. Returns 0 or -ENOMEM. */
int order_new(const struct order_handler *handler, void *userdata, struct order **ret_order)
        __attribute__((warn_unused_result));
/* Accepts NULL. What is held is dropped. Returns NULL. */
struct order *order_free(struct order *order);

/* A log_message_fn; userdata is the order. Where there is no memory, messages are handed on as they come. */
void order_push(const struct log_message *message, void *userdata);
/* Messages were left out before the next one. */
void order_skip(struct order *order);
/* Lines of n_bytes were read since the last call, whatever is in them. goes_forward: the dates of the lines there do, so no kill is
 * followed by what came before it. Returns whether a report is held that may go on. */
bool order_expects_more(struct order *order, uint64_t n_bytes, bool goes_forward);
/* The log has ended: hands on what is held. */
void order_end(struct order *order);

/* Whether the log was found to be newest first. */
bool order_is_newest_first(const struct order *order);
