/* cli/scan/claims.h: what user-space killers say in one log (lib/killer), as sightings.
 *
 * Their lines are few. They are held until the log ends, since a log may be newest first, and what follows a kill tells how it went. */

#pragma once

#include "scan/finder.h"

/* What is held at most; then all of it is read, as if the log had ended. */
#define CLAIMS_HELD_MAX       8192
#define CLAIMS_HELD_BYTES_MAX ((size_t)2 * 1024 * 1024)

struct claims;

/* Borrows what options point to, store and batch until claims_free(). Returns 0 or -ENOMEM. */
int claims_new(const struct finder_options *options, struct store *store, struct sighting_batch *batch,
               struct claims **ret_claims) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct claims *claims_free(struct claims *claims);

/* A log_speaker_fn: whether it is one who tells of kills. */
bool claims_is_speaker(struct text name, void *userdata);

/* A message of another speaker than the kernel (message->speaker), or one that may be the kernel's: its log doesn't say. */
void claims_push(struct claims *claims, const struct log_message *message);

/* The log has ended. Returns 0, or the first error since claims_new(), a negative errno. */
int claims_end(struct claims *claims) __attribute__((warn_unused_result));
