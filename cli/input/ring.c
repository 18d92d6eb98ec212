#include "input/ring.h"

#include "host/clock.h"
#include "host/machine.h"

/* NOLINTNEXTLINE(misc-redundant-expression): two names of one number */
_Static_assert(MACHINE_UNKNOWN == OOM_UNKNOWN, "what the machine doesn't say is unknown to the report");

void ring_init(struct ring *ret_ring)
{
        *ret_ring = (struct ring){
                .real_usec = clock_realtime_usec(),
                .mono_usec = clock_monotonic_usec(),
                .boot_usec = clock_boottime_usec(),
        };
        machine_identity(&ret_ring->host);
        machine_memory(&ret_ring->machine.page_size_bytes, &ret_ring->machine.swap_total_bytes);
}

void ring_complete(const struct ring *ring, struct log_message *message)
{
        int64_t suspended_usec = ring->boot_usec > ring->mono_usec ? ring->boot_usec - ring->mono_usec : 0;
        int64_t usec;

        message->boot_id = text_from(ring->host.boot_id);
        if (message->mono_usec == LOG_UNKNOWN ||
            __builtin_add_overflow(ring->real_usec - ring->mono_usec, message->mono_usec, &usec))
                return;
        message->time = (struct log_time){
                /* The stamps' clock may count what CLOCK_MONOTONIC doesn't; but nothing was printed later than now. */
                .usec = usec < ring->real_usec ? usec : ring->real_usec,
                .resolution_usec = 1 + suspended_usec,
                .doubts = LOG_DOUBT_STAMP,
        };
}
