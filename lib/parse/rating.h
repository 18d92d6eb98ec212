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
