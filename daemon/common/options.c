#include "common/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wrong(struct options *options, const char *reason, const char *argument)
{
        options->wrong = argument;
        options->wrong_reason = reason;
        return OPTIONS_WRONG;
}

/* False when the argument is not this option. *ret_value: what is written after the option in the same argument; NULL: nothing. */
static bool is_option(const struct option_row *row, const char *argument, const char **ret_value)
{
        size_t length = strlen(row->name);

        if (row->letter && argument[0] == '-' && argument[1] == row->letter) {
                *ret_value = argument[2] ? argument + 2 : NULL;
                return row->has_value || !argument[2];
        }
        if (strncmp(argument, "--", 2) != 0 || strncmp(argument + 2, row->name, length) != 0)
                return false;
        argument += 2 + length;
        *ret_value = *argument ? argument + 1 : NULL;
        return *argument == '\0' || *argument == '=';
}

int options_next(struct options *options, const struct option_row *rows)
{
        const char *argument = *options->arguments;

        if (argument && strcmp(argument, "--") == 0)
                argument = *++options->arguments;
        else if (argument && argument[0] == '-' && argument[1])
                for (; rows->name; rows++) {
                        const char *value;

                        if (!is_option(rows, argument, &value))
                                continue;
                        options->arguments++;
                        if (value && !rows->has_value)
                                return wrong(options, "takes no argument", argument);
                        if (!value && rows->has_value) {
                                value = *options->arguments;
                                if (!value)
                                        return wrong(options, "requires an argument", argument);
                                options->arguments++;
                        }
                        options->value = value;
                        return rows->code;
                }
        if (!argument)
                return OPTIONS_END;
        return wrong(options, rows->name ? "unexpected argument" : "unknown option", argument);
}

int options_complain(const struct options *options, const char *program)
{
        (void)fprintf(stderr, "%s: '%s': %s\nTry '%s --help'.\n", program, options->wrong, options->wrong_reason,
                      program);
        return EXIT_USAGE;
}

int options_print(const char *text)
{
        return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
