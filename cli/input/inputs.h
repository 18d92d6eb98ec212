/* cli/input/inputs.h: the list of what is to be read, while it is put together: for walk.c and pstore.c. */

#pragma once

#include <sys/stat.h>

#include "input/walk.h"

/* Appends an input; path is copied, and may be NULL. *ret_input is valid until the next one. Returns 0 or -ENOMEM. */
int inputs_add(struct inputs *inputs, enum input_kind kind, const char *path, struct input **ret_input)
        __attribute__((warn_unused_result));

/* What status tells of the file. */
void input_set_status(struct input *input, const struct stat *status);

void input_clear(struct input *input);

/* Leaves of each file only the first input, and sums up the sizes. Returns 0 or -ENOMEM. */
int inputs_unique(struct inputs *inputs) __attribute__((warn_unused_result));
