/* cli/output/width.h: how many columns of a terminal a text takes. */

#pragma once

#include "util/prose.h"

/* text: valid UTF-8 without control characters. */
size_t width_of(struct text text);

/* Appends text to prose, shortened to that many columns where it is wider: three dots replace its middle where is_end_kept, else its
 * end. */
void width_add_cut(struct prose *prose, struct text text, size_t columns, bool is_end_kept);
