/* lib/alert/plain.h: the alert for people: a few aligned lines in plain words, safe for a terminal. */

#pragma once

#include "alert/alert.h"

/* Returns a malloc'ed, terminated text of at most 25 lines of 80 columns, each with its newline; NULL when memory ran out.
 * Control characters and invalid UTF-8 in names are replaced. */
char *alert_to_text(const struct alert *alert);
