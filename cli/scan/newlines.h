/* cli/scan/newlines.h: counts lines, as fast as they can be read. */

#pragma once

#include "util/text.h"

/* How many newlines bytes has. */
uint64_t scan_count_newlines(struct text bytes);
