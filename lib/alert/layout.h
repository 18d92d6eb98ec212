/* lib/alert/layout.h: text broken into lines for a terminal. */

#pragma once

#include "util/prose.h"

#define LAYOUT_WIDTH     80
#define LAYOUT_LINES_MAX 25

/* The lines written so far. Nothing stops a writer at LAYOUT_LINES_MAX: it looks at n_lines. */
struct layout {
        struct prose out; /* UTF-8 that is safe to show; what its buffer has no room for is left out */
        unsigned n_lines;
        unsigned level; /* the writer's own: how short it must be */
};

/* Adds text from column on, in at most max_lines lines, each but the first indented by indent columns. Lines are broken at
 * spaces, and within a word only where it is longer than a line. What doesn't fit is replaced by dots. */
void layout_add_wrapped(struct layout *layout, struct text text, size_t column, size_t indent, unsigned max_lines);

/* Adds text from column on and ends the line. What doesn't fit is replaced by dots. */
void layout_add_last(struct layout *layout, struct text text, size_t column);
