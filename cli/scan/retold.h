/* cli/scan/retold.h: which findings tell again of a kill that another finding is.
 *
 * Process 1, the kubelet and docker tell of kills that the kernel or systemd-oomd told of: in the same log or another one, earlier or
 * later, by the unit, the container or the pid. */

#pragma once

#include "scan/store_state.h"

/* Such a word comes within so long after the kill, and by the clocks of the writers it may be before it. */
#define RETOLD_AFTER_USEC  INT64_C(600000000)
#define RETOLD_BEFORE_USEC INT64_C(5000000)
/* The same where whose kill it was isn't known. */
#define RETOLD_UNNAMED_USEC INT64_C(10000000)

/* Marks those findings (is_told). order: all findings, by time. */
void retold_mark(struct store *store, const uint32_t *order);
