/* lib/alert/json_report.h: the figures of the report, and what follows from them, as parts of the JSON form (json.c). */

#pragma once

#include "alert/alert.h"
#include "alert/object.h"

/* `limit`: the cgroup whose limit was hit, and what it used. alert->report must not be NULL for these two. */
void json_add_limit(struct object *alert_object, const struct alert *alert);
/* `memory`: the machine's. is_whole: with its nodes and zones. */
void json_add_memory(struct object *alert_object, const struct alert *alert, bool is_whole);
/* `candidates`, `candidates_total`, `verdict`. */
void json_add_verdict(struct object *alert_object, const struct alert *alert);
