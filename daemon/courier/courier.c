#include "courier/courier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/spool.h"
#include "util/cleanup.h"

struct courier {
        struct delivery_context context; /* the deliveries point to it */
        struct delivery_counts counts;
        const struct config *config;
        int lock_fd;
        struct delivery **deliveries;
        size_t n_deliveries;
};

static struct delivery *find_delivery(const struct courier *courier, const char *name)
{
        for (size_t i = 0; i < courier->n_deliveries; i++)
                if (strcmp(delivery_name(courier->deliveries[i]), name) == 0)
                        return courier->deliveries[i];
        return NULL;
}

static bool is_among(const struct delivery *delivery, struct delivery *const *deliveries, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (deliveries[i] == delivery)
                        return true;
        return false;
}

/* Frees those that are not among kept, and the array. */
static void free_deliveries(struct delivery **deliveries, size_t count, struct delivery *const *kept, size_t n_kept)
{
        for (size_t i = 0; i < count; i++)
                if (!is_among(deliveries[i], kept, n_kept))
                        delivery_free(deliveries[i]);
        free(deliveries);
}

/* Makes the deliveries of config; those of the same name, in the same spool, are taken from what there is. */
static int set_deliveries(struct courier *courier, const struct config *config, bool same_spool)
{
        struct delivery **deliveries = calloc(config->n_webhooks + 1, sizeof(*deliveries)); /* + 1: none is no error */

        if (!deliveries)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_webhooks; i++) {
                const struct config_webhook *webhook = &config->webhooks[i];
                int r = 0;

                deliveries[i] = same_spool ? find_delivery(courier, webhook->name) : NULL;
                if (!deliveries[i])
                        r = delivery_new(&courier->context, config->spool_path, webhook, &deliveries[i]);
                if (r < 0) {
                        free_deliveries(deliveries, i, courier->deliveries, courier->n_deliveries);
                        return r;
                }
        }
        free_deliveries(courier->deliveries, courier->n_deliveries, deliveries, config->n_webhooks);
        courier->deliveries = deliveries;
        courier->n_deliveries = config->n_webhooks;
        for (size_t i = 0; i < config->n_webhooks; i++)
                delivery_set_webhook(deliveries[i], &config->webhooks[i]);
        return 0;
}

int courier_reload(struct courier *courier, const struct config *config)
{
        bool same_spool = courier->config && strcmp(courier->config->spool_path, config->spool_path) == 0;
        _cleanup_(closep) int lock_fd = -1;
        int r;

        if (!same_spool) {
                lock_fd = spool_lock(config->spool_path);
                if (lock_fd < 0)
                        return lock_fd;
        }
        r = set_deliveries(courier, config, same_spool);
        if (r < 0)
                return r;
        courier->config = config;
        if (!same_spool) {
                int old_fd = courier->lock_fd;

                courier->lock_fd = lock_fd;
                lock_fd = old_fd;
        }
        return 0;
}

int courier_new(struct event_base *base, const struct config *config, bool once, void (*changed)(void *userdata),
                void *userdata, struct courier **ret_courier)
{
        struct courier *courier = calloc(1, sizeof(*courier));
        int r;

        if (!courier)
                return -ENOMEM;
        courier->lock_fd = -1;
        courier->context = (struct delivery_context){
                .base = base,
                .counts = &courier->counts,
                .once = once,
                .changed = changed,
                .userdata = userdata,
        };
        r = http_new(base, &courier->context.http);
        if (r == 0)
                r = courier_reload(courier, config);
        if (r < 0) {
                courier_free(courier);
                return r;
        }
        *ret_courier = courier;
        return 0;
}

struct courier *courier_free(struct courier *courier)
{
        if (!courier)
                return NULL;
        free_deliveries(courier->deliveries, courier->n_deliveries, NULL, 0);
        http_free(courier->context.http);
        if (courier->lock_fd >= 0)
                (void)close(courier->lock_fd); /* nothing was written */
        free(courier);
        return NULL;
}

void courier_stop(struct courier *courier)
{
        for (size_t i = 0; i < courier->n_deliveries; i++)
                delivery_stop(courier->deliveries[i]);
}

struct courier_status courier_status(const struct courier *courier)
{
        struct courier_status status = { .counts = courier->counts, .webhooks = courier->n_deliveries, .idle = true };

        for (size_t i = 0; i < courier->n_deliveries; i++) {
                status.failing += delivery_is_failing(courier->deliveries[i]);
                status.waiting += delivery_waiting(courier->deliveries[i]);
                status.idle = status.idle && delivery_is_idle(courier->deliveries[i]);
        }
        return status;
}
