#include "notify/digester.h"

#include <errno.h>
#include <stdlib.h>

#include "alert/digest.h"
#include "common/coalesce.h"
#include "host/clock.h"
#include "util/cleanup.h"

/* Alerts that are read in one turn of the loop, 50 us each. */
#define STEP 32

/* What is being made, over several turns of the loop. */
struct building {
        struct rendered_alert **alerts; /* NULL: nothing */
        size_t n_alerts, next;
        struct digest *digest; /* NULL: they go out by themselves */
};

struct digester {
        struct coalesce coalesce;
        struct building building;
        struct sink *sink;
        struct event *timer;
        void (*ready)(struct rendered_alert *alert, void *userdata);
        void *userdata;
};

/* Takes over items. */
static void begin_building(struct building *building, void **items, size_t n_items)
{
        *building = (struct building){ .alerts = (struct rendered_alert **)items, .n_alerts = n_items };
        if (n_items > 1 && digest_new(&building->digest) < 0)
                building->digest = NULL; /* out of memory */
}

/* Returns the digest, or NULL when memory has run out. */
static struct rendered_alert *render(const struct digest *digest)
{
        struct digest_text text;

        if (!digest || digest_write(digest, &text) < 0)
                return NULL;
        return rendered_alert_from_json(text.id, text.json, text.length,
                                        text.time_usec == ALERT_TIME_ABSENT ? OOM_UNKNOWN : text.time_usec);
}

/* Goes on with what is being made, and takes an alert each off *n_steps. Returns whether it is done, and was handed on. */
static bool build(struct digester *digester, size_t *n_steps)
{
        struct building *building = &digester->building, done;
        struct rendered_alert *digest;

        for (; building->digest && building->next < building->n_alerts; building->next++) {
                const struct rendered_alert *alert = building->alerts[building->next];

                if (*n_steps == 0)
                        return false;
                (*n_steps)--;
                if (digest_add(building->digest, alert->json, alert->json_length) < 0)
                        building->digest = digest_free(building->digest);
        }
        digest = render(building->digest);
        (void)digest_free(building->digest);
        done = *building;
        *building = (struct building){ 0 };
        if (digest) {
                digest->members = done.alerts;
                digest->n_members = done.n_alerts;
                digester->ready(digest, digester->userdata);
                return true;
        }
        for (size_t i = 0; i < done.n_alerts; i++)
                digester->ready(done.alerts[i], digester->userdata);
        free(done.alerts);
        return true;
}

/* Hands on what is due, digests of n_steps alerts at most. Returns false when there is more to do. */
static bool hand_on(struct digester *digester, size_t n_steps)
{
        for (;;) {
                void **items;
                size_t n_items;

                if (digester->building.alerts && !build(digester, &n_steps))
                        return false;
                n_items = coalesce_take(&digester->coalesce, clock_monotonic_usec(), &items);
                if (n_items == 0)
                        return true;
                begin_building(&digester->building, items, n_items);
        }
}

/* Hands on what is due, in this turn of the loop and the next ones, and sets the timer for what is due later. */
static void advance(struct digester *digester)
{
        bool is_done = hand_on(digester, STEP);
        int64_t due_usec = coalesce_due_usec(&digester->coalesce), now_usec = clock_monotonic_usec();

        if (!is_done) {
                event_active(digester->timer, EV_TIMEOUT, 0);
                return;
        }
        if (due_usec == INT64_MAX) {
                (void)event_del(digester->timer); /* no error when it is not pending */
                return;
        }
        if (event_add_after(digester->timer, due_usec > now_usec ? due_usec - now_usec : 0) == 0)
                return;
        coalesce_end(&digester->coalesce); /* no memory for a timer: no waiting */
        (void)hand_on(digester, SIZE_MAX);
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

void digester_flush(struct digester *digester)
{
        coalesce_end(&digester->coalesce);
        (void)hand_on(digester, SIZE_MAX);
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

static void settle_all(struct sink *sink, void **items, size_t n_items)
{
        for (size_t i = 0; i < n_items; i++)
                sink_settle(sink, items[i], sink_end_outcome(sink));
        free(items);
}

struct digester *digester_free(struct digester *digester)
{
        void **items;
        size_t n_items;

        if (!digester)
                return NULL;
        settle_all(digester->sink, (void **)digester->building.alerts, digester->building.n_alerts);
        (void)digest_free(digester->building.digest);
        coalesce_end(&digester->coalesce);
        while ((n_items = coalesce_take(&digester->coalesce, clock_monotonic_usec(), &items)) > 0)
                settle_all(digester->sink, items, n_items);
        coalesce_done(&digester->coalesce);
        event_done(digester->timer);
        free(digester);
        return NULL;
}
