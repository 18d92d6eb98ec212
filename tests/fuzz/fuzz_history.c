/* Any bytes as the file of the history: what is read of it as a span proves something, and is written as it was read. */

#include <stdlib.h>

#include "common/spans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct span *span, void *userdata)
{
        char line[SPANS_LINE];
        struct span again;

        ++*(size_t *)userdata;
        if (span->to.boot_usec < span->from.boot_usec || span->to.seq < span->from.seq ||
            span->to.n_kills - span->from.n_kills != span->n_alerted || strlen(span->boot_id) != 32)
                abort();
        span_format(span, line);
        if (!span_parse((struct text){ line, sizeof(line) }, &again) || !span_is_same(span, &again) ||
            memcmp(&span->to, &again.to, sizeof(again.to)) != 0)
                abort();
        if (spans_cover(span, 1, span->from.real_usec, span->to.real_usec) !=
            (span->from.real_usec <= span->to.real_usec ? span : NULL))
                abort();
}

/* What the checksum would keep away from the parser: the bytes with the right one. */
static void check_line(const uint8_t *data, size_t size, size_t *n)
{
        struct span span = { 0 };
        char line[SPANS_LINE];

        span_format(&span, line);
        if (size > sizeof(line))
                size = sizeof(line);
        span_seal(memcpy(line, data, size));
        spans_parse((struct text){ line, sizeof(line) }, check, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t n = 0;

        spans_parse((struct text){ (const char *)data, size }, check, &n);
        if (n > size / (SPANS_LINE - 1))
                abort();
        if (size > 0)
                check_line(data, size, &n);
        return 0;
}
