#include "courier/courier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/spool.h"
#include "host/machine.h"

struct courier {
        struct delivery_context context; /* the deliveries point to it */
        struct delivery_counts counts;
        char *spool_path; /* of the start: a change needs a restart */
        int lock_fd;
        struct delivery **deliveries;
        size_t n_deliveries;
};

static struct delivery *find_delivery(struct delivery *const *deliveries, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(delivery_name(deliveries[i]), name) == 0)
                        return deliveries[i];
        return NULL;
}

/* Frees those that are not among kept, and the array. */
static void free_deliveries(struct delivery **deliveries, size_t count, struct delivery *const *kept, size_t n_kept)
{
        for (size_t i = 0; i < count; i++)
                if (!find_delivery(kept, n_kept, delivery_name(deliveries[i])))
                        delivery_free(deliveries[i]);
        free(deliveries);
}

int courier_reload(struct courier *courier, const struct config *config)
{
        struct delivery **deliveries =
                calloc(config->n_webhooks + 1, sizeof(struct delivery *)); /* + 1: calloc(0) may be NULL */

        if (!deliveries)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_webhooks; i++) {
                const struct config_webhook *webhook = &config->webhooks[i];
                int r = 0;

                deliveries[i] = find_delivery(courier->deliveries, courier->n_deliveries, webhook->name);
                if (!deliveries[i])
                        r = delivery_new(&courier->context, courier->spool_path, webhook, &deliveries[i]);
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
        if (strcmp(config->spool_path, courier->spool_path) != 0)
                log_warning("spool path %s takes effect at the next start; %s stays in use", config->spool_path,
                            courier->spool_path);
        return 0;
}

/* On an error courier_free() frees what was made. */
static int start(struct courier *courier, const struct config *config)
{
        int r;

        courier->spool_path = strdup(config->spool_path);
        if (!courier->spool_path)
                return -ENOMEM;
        courier->lock_fd = spool_lock(courier->spool_path);
        if (courier->lock_fd < 0)
                return courier->lock_fd;
        r = http_new(courier->context.base, &courier->context.http);
        return r < 0 ? r : courier_reload(courier, config);
}

int courier_new(struct event_base *base, const struct config *config, bool once, void (*changed)(void *userdata),
                void *userdata, struct courier **ret_courier)
{
        struct courier *courier = calloc(1, sizeof(*courier));
        struct machine_identity machine;
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
        machine_identity(&machine);
        memcpy(courier->context.boot_id, machine.boot_id, sizeof(courier->context.boot_id));
        r = start(courier, config);
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
        free(courier->spool_path);
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
        struct courier_status status = { .counts = courier->counts,
                                         .n_webhooks = courier->n_deliveries,
                                         .is_idle = true };

        for (size_t i = 0; i < courier->n_deliveries; i++) {
                status.n_failing += delivery_is_failing(courier->deliveries[i]);
                if (!status.wrong_name && delivery_wrong_status(courier->deliveries[i])) {
                        status.wrong_name = delivery_name(courier->deliveries[i]);
                        status.wrong_status = delivery_wrong_status(courier->deliveries[i]);
                }
                status.n_waiting += delivery_n_waiting(courier->deliveries[i]);
                status.is_idle = status.is_idle && delivery_is_idle(courier->deliveries[i]);
        }
        return status;
}
