/* oomwatch: the operator's command. Each of its commands is in a file cli/command_*.c. */

#include <stdio.h>
#include <string.h>

#include "command_retry.h"
#include "command_scan.h"
#include "command_status.h"
#include "util/array.h"

#define EXIT_USAGE 2

static const struct command {
        const char *name, *what;
        int (*main)(int argc, char **argv); /* argv[0] is the name */
} commands[] = {
        { "scan", "find OOM kills in past logs", scan_main },
        { "status", "ask the running oomwatchd what it does", status_main },
        { "retry", "send what a webhook's receiver has rejected again", retry_main },
};

static void print_help(FILE *stream)
{
        (void)fputs("Usage: oomwatch COMMAND [OPTION]...\n"
                    "Shows the processes that Linux killed for lack of memory.\n\n",
                    stream);
        for (size_t i = 0; i < COUNT(commands); i++)
                (void)fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].what);
        (void)fputs("\n"
                    "      --version  print the version and exit\n"
                    "  -h, --help     print this and exit; oomwatch COMMAND --help shows one command's options\n",
                    stream);
}

int main(int argc, char **argv)
{
        const char *word = argc > 1 ? argv[1] : "";

        for (size_t i = 0; i < COUNT(commands); i++)
                if (strcmp(word, commands[i].name) == 0)
                        return commands[i].main(argc - 1, argv + 1);
        if (strcmp(word, "--version") == 0)
                return puts("oomwatch " OOMWATCH_VERSION) < 0 || fflush(stdout) ? EXIT_USAGE : 0;
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
                print_help(stdout);
                return fflush(stdout) ? EXIT_USAGE : 0;
        }
        if (*word)
                (void)fprintf(stderr, "oomwatch: '%s': unknown %s\n", word, *word == '-' ? "option" : "command");
        else
                (void)fputs("oomwatch: which command?\n", stderr);
        print_help(stderr);
        return EXIT_USAGE;
}
