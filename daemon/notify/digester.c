#include "notify/digester.h"

#include <errno.h>
#include <stdlib.h>

#include "alert/digest.h"
#include "common/coalesce.h"
#include "host/clock.h"
#include "util/cleanup.h"

struct digester {
        struct coalesce coalesce;
        struct sink *sink;
        struct event *timer;
        void (*ready)(struct rendered_alert *alert, void *userdata);
        void *userdata;
};

static void free_digest(struct digest **digest)
{
        (void)digest_free(*digest);
}

/* Returns a digest of these alerts, or NULL when memory has run out. */
static struct rendered_alert *make_digest(struct rendered_alert *const *alerts, size_t n_alerts)
{
        _cleanup_(free_digest) struct digest *digest = NULL;
        struct digest_text text;
        int r = digest_new(&digest);

        for (size_t i = 0; r == 0 && i < n_alerts; i++)
                r = digest_add(digest, alerts[i]->json, alerts[i]->json_length);
        if (r == 0)
                r = digest_write(digest, &text);
        if (r < 0)
                return NULL;
        return rendered_alert_from_json(text.id, text.json, text.length,
                                        text.time_usec == INT64_MIN ? OOM_UNKNOWN : text.time_usec);
}

/* Hands on what was held in one window. items is taken over. */
static void hand_on(struct digester *digester, void **items, size_t n_items)
{
        struct rendered_alert **alerts = (struct rendered_alert **)items, *digest = NULL;

        if (n_items > 1)
                digest = make_digest(alerts, n_items);
        if (digest) {
                digest->members = alerts;
                digest->n_members = n_items;
                digester->ready(digest, digester->userdata);
                return;
        }
        for (size_t i = 0; i < n_items; i++)
                digester->ready(alerts[i], digester->userdata);
        free(items);
}

/* Hands on what is due, and sets the timer for what is due later. */
static void advance(struct digester *digester)
{
        int64_t now_usec = clock_monotonic_usec(), due_usec;
        void **items;
        size_t n_items;

        while ((n_items = coalesce_take(&digester->coalesce, now_usec, &items)) > 0)
                hand_on(digester, items, n_items);
        due_usec = coalesce_due_usec(&digester->coalesce);
        if (due_usec == INT64_MAX) {
                (void)event_del(digester->timer); /* no error when it is not pending */
                return;
        }
        if (event_add_after(digester->timer, due_usec > now_usec ? due_usec - now_usec : 0) == 0)
                return;
        coalesce_end(&digester->coalesce); /* no memory for a timer: no waiting */
        while ((n_items = coalesce_take(&digester->coalesce, now_usec, &items)) > 0)
                hand_on(digester, items, n_items);
}

static void on_timer(_unused_ evutil_socket_t fd, _unused_ short what, void *userdata)
{
        advance(userdata);
}

void digester_set_window(struct digester *digester, int64_t window_sec)
{
        coalesce_set_window(&digester->coalesce, window_sec * USEC_PER_SEC);
        advance(digester);
}

bool digester_hold(struct digester *digester, struct rendered_alert *alert)
{
        _cleanup_(freep) char *key = NULL;
        int64_t now_usec = clock_monotonic_usec();

        if (digester->coalesce.window_usec == 0 || !alert->json ||
            digest_key(alert->json, alert->json_length, &key) < 0 || !key)
                return false;
        if (!coalesce_has(&digester->coalesce, key, now_usec)) {
                coalesce_begin(&digester->coalesce, key, now_usec);
                return false;
        }
        if (!sink_accept(digester->sink, alert, ALERT_FORM_JSON, NULL))
                return true; /* it was counted as dropped */
        if (!coalesce_hold(&digester->coalesce, key, alert, now_usec)) {
                digester->ready(alert, digester->userdata);
                return true;
        }
        if (!sink_has_capacity(digester->sink))
                coalesce_end(&digester->coalesce);
        advance(digester);
        return true;
}

int digester_new(struct event_base *base, struct sink *sink,
                 void (*ready)(struct rendered_alert *alert, void *userdata), void *userdata,
                 struct digester **ret_digester)
{
        struct digester *digester = calloc(1, sizeof(*digester));

        if (!digester)
                return -ENOMEM;
        *digester = (struct digester){ .sink = sink, .ready = ready, .userdata = userdata };
        digester->timer = evtimer_new(base, on_timer, digester);
        if (!digester->timer) {
                free(digester);
                return -ENOMEM;
        }
        *ret_digester = digester;
        return 0;
}

struct digester *digester_free(struct digester *digester)
{
        void **items;
        size_t n_items;

        if (!digester)
                return NULL;
        coalesce_end(&digester->coalesce);
        while ((n_items = coalesce_take(&digester->coalesce, clock_monotonic_usec(), &items)) > 0) {
                for (size_t i = 0; i < n_items; i++)
                        sink_settle(digester->sink, items[i], sink_end_outcome(digester->sink));
                free(items);
        }
        coalesce_done(&digester->coalesce);
        event_done(digester->timer);
        free(digester);
        return NULL;
}
