/* cli/ask/status_text.h: what `oomwatch status` prints for people. */

#pragma once

#include <stdio.h>

struct json_object;

/* Prints the answer, an object in the form of config/status.schema.json, with what the caller has added to it. */
void status_text_print(struct json_object *status, FILE *stream);
