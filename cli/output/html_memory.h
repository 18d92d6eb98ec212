/* cli/output/html_memory.h: drawings of an incident. */

#pragma once

#include <stdio.h>

#include "output/alert_reader.h"

/* Who held the memory, against the limit or the machine's; nothing where the report doesn't tell. number is that of the
 * incident on the page, for ids. */
void html_memory_draw_holders(FILE *stream, const struct alert_value *alert, uint64_t number);
/* The zones' free memory against their watermarks; nothing without zones. */
void html_memory_draw_zones(FILE *stream, const struct alert_value *alert);
