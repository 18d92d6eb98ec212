/* lib/util/prose.h: puts words together in a buffer of fixed size.
 *
 * What the project says itself goes in as it is; a name that came from the machine only through prose_name(), which
 * makes it safe to show. What no longer fits is left out, never half a character. */

#pragma once

#include "util/text.h"

struct prose {
        char *data; /* the caller's; always terminated */
        size_t size;
        size_t length;
};

/* size is that of buffer, at least 1. */
struct prose prose_start(char *buffer, size_t size);

/* Appends UTF-8 that is known to be safe. */
void prose_add(struct prose *prose, struct text text);
void prose_format(struct prose *prose, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a size as people read it: "0", "64 KiB", "380.5 MiB", "12.0 GiB". */
void prose_size(struct prose *prose, int64_t bytes);

/* Appends any bytes: unsafe characters become '?', what is no UTF-8 becomes U+FFFD. A name of more than limit bytes
 * loses its middle ("/kubepods.slice...a1b2.scope"): both ends of a path tell more than its front. */
void prose_name(struct prose *prose, struct text name, size_t limit);
