/* lib/util/prose.h: builds text for people in a buffer of fixed size.
 *
 * Names from the machine are added by prose_name(), which makes them safe to show; the other functions add bytes as they
 * are. What doesn't fit is left out, but never half a character. */

#pragma once

#include "util/text.h"

struct prose {
        char *data; /* the caller's; always terminated */
        size_t size;
        size_t length;
};

/* Starts with an empty text. size, in bytes, is buffer's, at least 1. */
struct prose prose_start(char *buffer, size_t size);

/* Appends UTF-8 that is known to be safe. */
void prose_add(struct prose *prose, struct text text);
void prose_format(struct prose *prose, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A size as people read it, "0", "64 KiB", "380.5 MiB", "12.0 GiB": for "%s" of a call, or appended. */
#define SHOWN_SIZE(bytes) (shown_size(bytes).text)
struct shown_size {
        char text[32];
};
struct shown_size shown_size(int64_t bytes);
void prose_size(struct prose *prose, int64_t bytes);

/* Appends any bytes: unsafe characters become '?', invalid UTF-8 becomes U+FFFD. A name of more than limit bytes loses its
 * middle ("/kubepods.slice...a1b2.scope"), since the end of a path says as much as its front. */
void prose_name(struct prose *prose, struct text name, size_t limit);
