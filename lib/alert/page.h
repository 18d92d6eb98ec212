/* lib/alert/page.h: words in lines, no more and no longer than a terminal has. */

#pragma once

#include "util/prose.h"

#define PAGE_WIDTH     80
#define PAGE_LINES_MAX 25

/* What is written so far. */
struct page {
        struct prose out; /* of any size: UTF-8 that is safe to show */
        unsigned lines;
        unsigned level; /* the writer's: how short it must be */
};

/* Adds text from column on, broken at spaces, and in the midst of a word that is longer than a line, in at most max_lines
 * lines; those but the first begin with indent spaces. What still doesn't fit is cut. */
void page_add_wrapped(struct page *page, struct text text, size_t column, size_t indent, unsigned max_lines);

/* Adds the end of a line that begins at column: all of the text, or as much as fits and dots. */
void page_add_last(struct page *page, struct text text, size_t column);
