/* daemon/notify/alert_reserve.h: alerts in their minimal form (alert/minimal.h), for which memory was set aside and touched at the start:
 * they go out where an allocation fails.
 *
 * One is in use from notifier_send() until every sink has settled it: a socket at once, a writer's sink when it has written it. The
 * kernel needs some milliseconds for a kill, and a sink that is away keeps what it has: ALERT_RESERVE_MAX is for a burst, such as a
 * cgroup that is killed whole, or for as many kills while a disk or journald is stuck and memory is used up. What comes after that is left
 * (SINK_LEFT). 7.5 KiB each. */

#pragma once

#include "notify/rendered_alert.h"

#define ALERT_RESERVE_MAX 16

struct alert_reserve;

/* Returns 0 or -ENOMEM. */
int alert_reserve_new(struct alert_reserve **ret_reserve) __attribute__((warn_unused_result));
/* Those in use stay as long as they are referenced. Accepts NULL. Returns NULL. */
struct alert_reserve *alert_reserve_free(struct alert_reserve *reserve);

/* Renders alert in all three forms. Returns one reference, or NULL when all are in use. */
struct rendered_alert *alert_reserve_render(struct alert_reserve *reserve, const struct alert *alert);

/* Whether half of them are free. */
bool alert_reserve_has_capacity(const struct alert_reserve *reserve);
