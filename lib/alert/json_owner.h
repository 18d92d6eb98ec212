/* lib/alert/json_owner.h: whose a process or cgroup was. */

#pragma once

#include "alert/object.h"
#include "owner/owner.h"

/* Adds to `victim` its unit, slice, container, pod and job. */
void json_add_owner(struct object *victim, const struct owner *owner);
