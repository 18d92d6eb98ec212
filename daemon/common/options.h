/* daemon/common/options.h: the options of a command line, by a table.
 *
 * As getopt_long(3) reads them, but for names cut short and letters put together, which nobody needs of a service. That
 * one stands alone in the C library: calling it makes 40 KiB more of it resident, and locked, in the watcher. */

#pragma once

#include <stdbool.h>

struct option_row {
        const char *name; /* "--name"; NULL ends the table */
        char letter;      /* "-l"; '\0': it has none */
        bool has_value;   /* "--name VALUE", "--name=VALUE", "-l VALUE", "-lVALUE" */
        int code;         /* 0 or more */
};

struct options {
        char **arguments; /* what is left of main()'s argv, from the one after the program's name */
        const char *value;
        const char *wrong;      /* the argument that is wrong */
        const char *wrong_what; /* what is wrong with it, in words */
};

#define OPTIONS_END   (-1)
#define OPTIONS_WRONG (-2)

/* Takes the next option off options->arguments. Returns its row's code, options->value being what it has, or NULL;
 * OPTIONS_END when there is none left, nor anything else; or OPTIONS_WRONG, then options->wrong says why. */
int options_next(struct options *options, const struct option_row *rows);
