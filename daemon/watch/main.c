/* daemon/watch/main.c: the command line of oomwatchd. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/log.h"
#include "common/options.h"
#include "watch/app.h"

static const char help[] =
        "Usage: oomwatchd [OPTION]...\n"
        "Watches the kernel log and reports every OOM kill: who, when and why.\n"
        "\n"
        "  -c, --config FILE    configuration (default: " CONFIG_DEFAULT_PATH ")\n"
        "      --kmsg PATH      read kernel records from PATH instead of /dev/kmsg, or from standard\n"
        "                       input (-); a file holds one per line, as /dev/kmsg gives them; at its\n"
        "                       end oomwatchd exits.\n"
        "                       The alerts go to the configured sinks all the same, to the journal only\n"
        "                       if the configuration has a section of it\n"
        "      --from WHERE     where to begin in the kernel log: cursor (where the last run of this\n"
        "                       boot stopped, else oldest; the default), oldest, or now\n"
        "      --stdout FORM    alerts on standard output: text, json (one per line) or none\n"
        "                       (default: text on a terminal, else none)\n"
        "      --check-config   check the configuration and exit\n"
        "      --version        print the version and exit\n"
        "  -h, --help           print this and exit\n"
        "\n"
        "Exit status: 0 done, 1 failure at run time, 2 wrong usage or configuration.\n"
        "SIGHUP reloads the configuration, SIGTERM delivers what is queued and stops.\n";

enum { OPTION_CONFIG, OPTION_KMSG, OPTION_FROM, OPTION_STDOUT, OPTION_CHECK, OPTION_VERSION, OPTION_HELP };

static const struct option_row option_rows[] = {
        { "config", 'c', true, OPTION_CONFIG },        { "kmsg", '\0', true, OPTION_KMSG },
        { "from", '\0', true, OPTION_FROM },           { "stdout", '\0', true, OPTION_STDOUT },
        { "check-config", '\0', false, OPTION_CHECK }, { "version", '\0', false, OPTION_VERSION },
        { "help", 'h', false, OPTION_HELP },           { NULL, '\0', false, 0 },
};

struct choice {
        const char *name;
        int value;
};

static const struct choice from_choices[] = {
        { "cursor", KMSG_FROM_CURSOR },
        { "oldest", KMSG_FROM_OLDEST },
        { "now", KMSG_FROM_NOW },
        { NULL, 0 },
};

static const struct choice stdout_choices[] = {
        { "text", NOTIFIER_STDOUT_TEXT },
        { "json", NOTIFIER_STDOUT_JSON },
        { "none", NOTIFIER_STDOUT_NONE },
        { NULL, 0 },
};

/* The value of the choice that argument names; if there is none, prints what there is and exits. */
static int choose(const char *option, const char *argument, const struct choice *choices)
{
        const struct choice *choice;

        for (choice = choices; choice->name; choice++)
                if (strcmp(argument, choice->name) == 0)
                        return choice->value;
        fprintf(stderr, "oomwatchd: --%s: '%s' is not one of:", option, argument);
        for (choice = choices; choice->name; choice++)
                fprintf(stderr, " %s", choice->name);
        fputc('\n', stderr);
        exit(EXIT_USAGE);
}

static int check_config(const char *path)
{
        struct config *config = NULL;
        char error[CONFIG_ERROR_MAX], message[CONFIG_ERROR_MAX];
        int r;

        r = config_load(path, &config, error);
        if (r < 0) {
                fprintf(stderr, "%s\n", error);
                return config_exit_status(r);
        }
        config_free(config);
        (void)snprintf(message, sizeof(message), "%s: %s\n", path ? path : CONFIG_DEFAULT_PATH,
                       path || access(CONFIG_DEFAULT_PATH, F_OK) == 0 ? "ok" : "not there, built-in defaults: ok");
        return options_print(message);
}

int main(int argc, char **argv)
{
        struct app_options options = { .from = KMSG_FROM_CURSOR };
        struct options line = { .arguments = argv + (argc > 0) };
        bool is_check = false;
        int option;

        options.out = isatty(STDOUT_FILENO) ? NOTIFIER_STDOUT_TEXT : NOTIFIER_STDOUT_NONE;
        while ((option = options_next(&line, option_rows)) != OPTIONS_END) {
                switch (option) {
                case OPTION_CONFIG:
                        options.config_path = line.value;
                        break;
                case OPTION_KMSG:
                        options.kmsg_path = line.value;
                        break;
                case OPTION_FROM:
                        options.from = (enum kmsg_from)choose("from", line.value, from_choices);
                        break;
                case OPTION_STDOUT:
                        options.out = (enum notifier_stdout)choose("stdout", line.value, stdout_choices);
                        break;
                case OPTION_CHECK:
                        is_check = true;
                        break;
                case OPTION_VERSION:
                        return options_print("oomwatchd " OOMWATCH_VERSION "\n");
                case OPTION_HELP:
                        return options_print(help);
                default:
                        return options_complain(&line, "oomwatchd");
                }
        }
        if (is_check)
                return check_config(options.config_path);
        log_init("oomwatchd", LOG_INFO);
        log_bridge_libevent();
        (void)signal(SIGPIPE, SIG_IGN); /* whoever reads the messages may go; the alerts go on */
        return app_run(&options);
}
