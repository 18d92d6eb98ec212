/* lib/parse/rating.h: how much of a line of a report a text of a log is; for what puts the pieces of lines together, and needs to know
 * whether the whole reads better than its part. */

#pragma once

#include "parse/line.h"

enum oom_rating {
        OOM_RATING_OTHER, /* no line of a report */
        OOM_RATING_SHAPE, /* one, if it stands in the block of such lines: any text may have its shape */
        OOM_RATING_CUT,   /* it lacks its end */
        OOM_RATING_WHOLE,
};

/* Never fails. */
enum oom_rating oom_rate_text(struct text text);

/* Of a line without a prefix, which doesn't show who wrote it: may people have written it, and the kernel not? */
enum oom_mention {
        OOM_MENTION_NONE, /* no line of a kill, or one as the kernel ends it: with sizes, or a full stop */
        OOM_MENTION_BRIEF, /* no more than who was killed, as 2.6.20 to 2.6.32 printed; or behind words that no kernel prints */
        OOM_MENTION_PROSE, /* a sentence goes on after it; or a program's comment or string holds it */
};

enum oom_mention oom_mention_of(struct text text);

/* The same as a callback: is it a mention of either kind? */
bool oom_is_mention(struct text text, void *userdata);

/* Is text a sentence, or more? The kernel's lines hardly are. */
bool oom_is_prose(struct text text);

/* Is text, a line of a log that may be cut, one that by itself begins a report, makes an incident or ends one? userdata is not used: the
 * reader of logs asks so what it finds in envelopes (log_kernel_text_fn). */
bool oom_line_is_alone(struct text text, void *userdata);
