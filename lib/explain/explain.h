/* lib/explain/explain.h: the reason in words, and hints, from the values. Every hint is a row of one table (hints.h).
 *
 * Sentences are plain text for people, without control characters whatever the names in them hold. They say what the report
 * shows, never that the kernel erred. */

#pragma once

#include "verdict/verdict.h"

#define OOM_REASON_MAX   511
#define OOM_SENTENCE_MAX 255
#define OOM_HINTS_MAX    8 /* the first so many whose condition holds, in the order of the table: the weightiest first */

struct oom_hint {
        const char *code;                /* "swap_full": stable, for programs */
        char text[OOM_SENTENCE_MAX + 1]; /* a sentence for people */
};

struct oom_explanation {
        char reason[OOM_REASON_MAX + 1]; /* one or two sentences; "" when there is nothing to say */
        uint8_t n_hints;
        struct oom_hint hints[OOM_HINTS_MAX];
};

/* Writes the reason and the hints of an incident. verdict is this incident's (verdict/verdict.h). Never fails: what doesn't fit is left
 * out. A victim that could not be reaped has no reason: what there was to say was said at its kill. */
void oom_explain(const struct oom_incident *incident, const struct oom_verdict *verdict,
                 struct oom_explanation *ret_explanation);
