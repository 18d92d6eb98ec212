#include "notify/sink.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "common/log.h"
#include "host/clock.h"

static const char *const kind_names[] = {
        [SINK_SOCKET] = "socket",
        [SINK_STDOUT] = "standard output",
        [SINK_JOURNAL] = "journal",
        [SINK_SPOOL] = "webhook",
};

void sink_init(struct sink *sink, enum sink_kind kind, const char *name, const struct sink_ops *ops,
               struct sink_ledger *ledger)
{
        *sink = (struct sink){ .ops = ops, .ledger = ledger, .kind = kind };
        (void)snprintf(sink->name, sizeof(sink->name), "%s", name); /* CONFIG_NAME_MAX: it fits */
        if (*name)
                (void)snprintf(sink->label, sizeof(sink->label), "%s \"%s\"", kind_names[kind], sink->name);
        else
                (void)snprintf(sink->label, sizeof(sink->label), "%s", kind_names[kind]);
}

/* Into the list by seq. Alerts nearly always come in that order, so the place is found from the end. */
static void ledger_insert(struct sink_ledger *ledger, struct rendered *alert)
{
        struct rendered *before = TAILQ_LAST(&ledger->under_way, rendered_list);

        while (before && before->seq > alert->seq)
                before = TAILQ_PREV(before, rendered_list, link);
        if (before)
                TAILQ_INSERT_AFTER(&ledger->under_way, before, alert, link);
        else
                TAILQ_INSERT_HEAD(&ledger->under_way, alert, link);
        ledger->waiting++;
}

int sink_take(struct sink *sink, struct rendered *alert)
{
        size_t bytes = alert->json ? alert->json_length : 0;

        if (sink->count >= SINK_ALERTS_MAX || bytes > SINK_BYTES_MAX || sink->bytes > SINK_BYTES_MAX - bytes)
                return -ENOBUFS;
        sink->count++;
        sink->bytes += bytes;
        if (alert->under_way++ == 0)
                ledger_insert(sink->ledger, alert);
        (void)rendered_ref(alert);
        return 0;
}

void sink_count(struct sink *sink, enum sink_outcome outcome)
{
        switch (outcome) {
        case SINK_DELIVERED:
                sink->ledger->delivered++;
                break;
        case SINK_FAILED:
                sink->ledger->failed++;
                sink->given_up++;
                break;
        case SINK_TOO_OLD:
                sink->ledger->too_old++;
                break;
        case SINK_SPOOLED: /* counted when it gets further */
                break;
        }
}

void sink_settle(struct sink *sink, struct rendered *alert, enum sink_outcome outcome)
{
        assert(sink->count > 0 && alert->under_way > 0);
        sink->count--;
        sink->bytes -= alert->json ? alert->json_length : 0;
        sink_count(sink, outcome);
        if (--alert->under_way == 0) {
                TAILQ_REMOVE(&sink->ledger->under_way, alert, link);
                sink->ledger->waiting--;
                sink_rested(sink);
        }
        (void)rendered_unref(alert);
        if (sink->full && sink_is_roomy(sink)) {
                sink->full = false;
                sink_tell(sink, LOG_NOTICE, "there is room again; %llu alerts were given up",
                          (unsigned long long)sink->given_up);
                sink->given_up = 0;
        }
}

void sink_tell_full(struct sink *sink)
{
        if (sink->full)
                return;
        sink->full = true;
        sink_tell(sink, LOG_ERR, "its queue is full (%u alerts, %zu bytes): alerts are given up", sink->count,
                  sink->bytes);
}

void sink_rested(struct sink *sink)
{
        if (sink->ledger->awaited)
                event_active(sink->ledger->rest, EV_TIMEOUT, 0);
}

bool sink_is_roomy(const struct sink *sink)
{
        return sink->count < SINK_ALERTS_MAX / 2 && sink->bytes < SINK_BYTES_MAX / 2;
}

static void __attribute__((format(printf, 3, 0)))
vtell(struct sink *sink, int priority, const char *format, va_list arguments)
{
        char message[512];
        int64_t now_usec = clock_monotonic_usec();

        if (sink->told == 0 || now_usec - sink->tell_since_usec >= SINK_TELL_SEC * USEC_PER_SEC) {
                sink->tell_since_usec = now_usec;
                sink->told = 0;
        }
        if (sink->told >= SINK_TELL_MAX) {
                sink->untold++;
                return;
        }
        sink->told++;
        if (vsnprintf(message, sizeof(message), format, arguments) < 0)
                message[0] = '\0'; /* only for a broken format */
        if (sink->untold > 0)
                log_at(priority, "%s: %s (%u messages before this one were left out)", sink->label, message,
                       sink->untold);
        else
                log_at(priority, "%s: %s", sink->label, message);
        sink->untold = 0;
}

void sink_tell(struct sink *sink, int priority, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vtell(sink, priority, format, arguments);
        va_end(arguments);
}

void sink_set_down(struct sink *sink, const char *format, ...)
{
        va_list arguments;

        if (sink->down)
                return;
        sink->down = true;
        va_start(arguments, format);
        vtell(sink, LOG_WARNING, format, arguments);
        va_end(arguments);
}

void sink_set_up(struct sink *sink, const char *message)
{
        if (sink->down)
                sink_tell(sink, LOG_NOTICE, "%s; %llu alerts were given up meanwhile", message,
                          (unsigned long long)sink->given_up);
        sink->down = false;
        sink->given_up = 0;
}
