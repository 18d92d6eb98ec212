/* daemon/notify/digester.h: holds alerts of one sink that wait for a digest (common/coalesce.h), in memory.
 *
 * What is held is pending at the sink: the cursor stays before it, so that a crash repeats it. Where the sink has no more
 * capacity, all of it goes out before its window's end, so that nothing is dropped, and no reader waits, for what is only held back.
 * All of it runs in the loop's thread. */

#pragma once

#include "common/event.h"
#include "notify/rendered_alert.h"
#include "notify/sink.h"

struct digester;

/* ready gets what is to be delivered: a digest that stands for its members, or an alert by itself. Both are the sink's, to be
 * settled. It may be called by the functions below too. Returns 0 or -ENOMEM. */
int digester_new(struct event_base *base, struct sink *sink,
                 void (*ready)(struct rendered_alert *alert, void *userdata), void *userdata,
                 struct digester **ret_digester) __attribute__((warn_unused_result));
/* Settles what is held by sink_end_outcome(). Accepts NULL. Returns NULL. */
struct digester *digester_free(struct digester *digester);

/* Takes over another length of the windows, also of those that have begun. 0: what is held goes out, and nothing is held. */
void digester_set_window(struct digester *digester, int64_t window_sec);

/* Has the sink accept the alert, and holds it, if others like it went out a short time ago. Returns false where it is to be
 * delivered now; it begins a window then. */
bool digester_hold(struct digester *digester, struct rendered_alert *alert);

/* What is held goes out before this returns: the loop may have ended. */
void digester_flush(struct digester *digester);
