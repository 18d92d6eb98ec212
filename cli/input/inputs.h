/* cli/input/inputs.h: a list of inputs. walk.c and pstore.c build it. */

#pragma once

#include <sys/stat.h>

#include "input/source.h"

/* All zero: empty. */
struct inputs {
        size_t n_inputs;
        struct input *inputs;
        size_t n_allocated;
        uint64_t size_bytes; /* of all, as far as it is known; set by inputs_unique() */
};

/* Appends an input; path is copied, and may be NULL. *ret_input is borrowed until the next call. Returns 0 or -ENOMEM. */
int inputs_add(struct inputs *inputs, enum input_kind kind, const char *path, struct input **ret_input)
        __attribute__((warn_unused_result));

/* Removes all inputs but the first of each file, and sums up the sizes. Returns 0 or -ENOMEM. */
int inputs_unique(struct inputs *inputs) __attribute__((warn_unused_result));

/* Frees what is in *inputs and makes it empty. */
void inputs_clear(struct inputs *inputs);

/* Sets what status says of the file: size, time, inode. */
void input_set_status(struct input *input, const struct stat *status);
/* Frees what is in *input and makes it empty. */
void input_clear(struct input *input);
