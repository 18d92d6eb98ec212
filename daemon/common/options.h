/* daemon/common/options.h: the options of a program's command line, by a table.
 *
 * As getopt_long(3) reads them, but without abbreviated names and joined letters ("-ch"), which a service doesn't need. Calling
 * getopt_long() makes 40 KiB more of the C library resident, and locked, in the watcher: nothing else that it calls is near it. */

#pragma once

#include <stdbool.h>

#define EXIT_USAGE 2 /* exit status: wrong usage or configuration */

struct option_row {
        const char *name; /* "--name"; NULL ends the table */
        char letter;      /* "-l"; '\0': it has none */
        bool has_value;   /* "--name VALUE", "--name=VALUE", "-l VALUE", "-lVALUE" */
        int code;         /* 0 or more */
};

struct options {
        char **arguments;         /* the rest of main()'s argv; at first from the one after the program's name */
        const char *value;        /* of the option taken last; NULL: it has none */
        const char *wrong;        /* the argument that is wrong */
        const char *wrong_reason; /* for people */
};

#define OPTIONS_END   (-1)
#define OPTIONS_WRONG (-2)

/* Takes the next option off options->arguments. Returns its row's code, and its value in options->value; OPTIONS_END when no
 * argument is left; or OPTIONS_WRONG, with the argument and the reason in options. */
int options_next(struct options *options, const struct option_row *rows);

/* After OPTIONS_WRONG: prints what is wrong on standard error. Returns EXIT_USAGE. */
int options_complain(const struct options *options, const char *program);

/* Prints text on standard output, for --help and --version. Returns EXIT_SUCCESS, or EXIT_FAILURE when that fails. */
int options_print(const char *text);
