/* cli/output/width.h: how wide words are on a terminal, and cells of a table. */

#pragma once

#include "util/prose.h"

/* What valid UTF-8 takes, in columns. */
size_t width_of(struct text text);

/* Appends text, or as much as fits into columns: its end lost, or its middle where is_end_kept, with three dots for it. */
void width_add_cut(struct prose *prose, struct text text, size_t columns, bool is_end_kept);
