/* lib/oom/value.h: what every part of a report is made of: numbers and texts that may not have been printed.
 *
 * Sizes are bytes, or pages where the name says so. Numbers that were not printed are OOM_UNKNOWN, texts that were not
 * printed have length 0 and is_known == false: an empty comm is a legal name. */

#pragma once

#include "util/text.h"

#define OOM_UNKNOWN   INT64_MIN
#define OOM_UNLIMITED INT64_MAX /* no limit */

/* TASK_COMM_LEN is 16 with its terminator (include/linux/sched.h); names of workqueue threads are printed the same. */
#define OOM_COMM_MAX 15
#define OOM_PATH_MAX 4095
#define OOM_GFP_MAX  511

struct oom_name {
        bool is_known;
        uint8_t length;
        char data[OOM_COMM_MAX];
};

struct oom_path {
        bool is_known;
        bool is_cut; /* its end is missing: the kernel's record was full */
        uint16_t length;
        char data[OOM_PATH_MAX];
};

static inline struct text oom_name_text(const struct oom_name *name)
{
        return (struct text){ name->data, name->length };
}

static inline struct text oom_path_text(const struct oom_path *path)
{
        return (struct text){ path->data, path->length };
}

/* Copies text, cut at the limit of the type; without data it is unknown. */
void oom_name_set(struct oom_name *name, struct text text);
void oom_path_set(struct oom_path *path, struct text text);

/* Is the cgroup inner outer, or below it? */
bool oom_path_is_within(struct text outer, struct text inner);
/* May it be? Of a path that is cut nothing can be told that is past the cut. */
bool oom_path_may_hold(const struct oom_path *outer, struct text inner);

/* Arithmetic with numbers that may be unknown or, out of a hostile line, too large: then the result is unknown. */
static inline int64_t oom_pages_bytes(int64_t pages, int64_t page_size_bytes)
{
        int64_t bytes;

        if (pages == OOM_UNKNOWN || page_size_bytes == OOM_UNKNOWN ||
            __builtin_mul_overflow(pages, page_size_bytes, &bytes))
                return OOM_UNKNOWN;
        return bytes;
}

static inline int64_t oom_sum(int64_t a, int64_t b)
{
        int64_t sum;

        return a == OOM_UNKNOWN || b == OOM_UNKNOWN || __builtin_add_overflow(a, b, &sum) ? OOM_UNKNOWN : sum;
}

static inline int64_t oom_known_or_0(int64_t value)
{
        return value == OOM_UNKNOWN ? 0 : value;
}

static inline void oom_set_unknown(int64_t *values, size_t n_values)
{
        for (size_t i = 0; i < n_values; i++)
                values[i] = OOM_UNKNOWN;
}

/* The sum, but an unknown number counts as 0; both unknown: unknown. */
static inline int64_t oom_sum_known(int64_t a, int64_t b)
{
        return a == OOM_UNKNOWN ? b : b == OOM_UNKNOWN ? a : oom_sum(a, b);
}
