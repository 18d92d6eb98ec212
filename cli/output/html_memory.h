/* cli/output/html_memory.h: drawings of the memory at the time of an incident. */

#pragma once

#include <stdio.h>

#include "output/alert_reader.h"

/* Who held the memory, compared with the cgroup's limit or the machine's memory; nothing where the report has no sizes. number: which
 * incident of the page it is, for ids. */
void html_memory_draw_holders(FILE *stream, const struct alert_value *alert, uint64_t number);
/* The zones' free memory, compared with their watermarks; nothing without zones. */
void html_memory_draw_zones(FILE *stream, const struct alert_value *alert);
