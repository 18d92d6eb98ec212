/* lib/alert/json_claim.h: what an alert of a user-space killer's kill has. */

#pragma once

#include "alert/alert.h"
#include "alert/object.h"

/* Adds `killer`, `victim` and `claim`. */
void json_add_claim(struct object *alert_object, const struct alert *alert);
