/* lib/alert/digest.h: one alert, of type "digest", in place of several that differ in little: in a storm of kills a receiver gets the
 * first, and what followed as one (common/coalesce.h).
 *
 * It is made of alerts in their JSON form, and names the ids of all of them: who gets one of them by itself as well knows that it
 * is a repeat. Its own id is a function of these. It shows no command line. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "alert/envelope.h"

#define DIGEST_ALERTS_MAX  1000 /* in one digest: its ids have 35 kB then */
#define DIGEST_VICTIMS_MAX 20   /* who are described in it */

/* What alerts must have in common to be in one digest: type, killer, scope, and the cgroup whose limit was hit; without a limit
 * the victim's unit, or without that its cgroup. *ret_key is NULL for an alert that always stands by itself: all types but
 * oom_kill, oom_no_victim and user_kill. The caller frees it. Returns 0; -EBADMSG: json is no alert; -ENOMEM. */
int digest_key(const char *json, size_t length, char **ret_key) __attribute__((warn_unused_result));

struct digest;

/* Returns 0 or -ENOMEM. */
int digest_new(struct digest **ret_digest) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct digest *digest_free(struct digest *digest);

/* Adds an alert of the same key as those before, in order of time. Returns 0; -EBADMSG: json is no alert; -ENOSPC: there are
 * DIGEST_ALERTS_MAX; -ENOMEM. On an error nothing was added. */
int digest_add(struct digest *digest, const char *json, size_t length) __attribute__((warn_unused_result));

struct digest_text {
        char id[33];
        int64_t time_usec; /* of its last alert, since 1970; ALERT_TIME_ABSENT: unknown */
        char *json;        /* on one line, terminated; the caller frees it */
        size_t length;     /* at most ALERT_JSON_MAX */
};

/* Writes the digest of what was added, at least one alert. Returns 0 or -ENOMEM. */
int digest_write(const struct digest *digest, struct digest_text *ret_text) __attribute__((warn_unused_result));
