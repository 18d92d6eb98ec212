#include "command_status.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ask/daemon.h"
#include "ask/status_text.h"
#include "common/config.h"
#include "common/spool.h"
#include "util/cleanup.h"

enum status_exit { STATUS_WELL = 0, STATUS_ATTENTION = 1, STATUS_TROUBLE = 2, STATUS_NOT_RUNNING = 3 };

/* Where too many ask at once: again, so many times. */
#define BUSY_RETRIES    10
#define BUSY_PAUSE_NSEC (200 * 1000 * 1000)

struct status_options {
        const char *config_path; /* NULL: the default */
        const char *socket_path; /* NULL: as the configuration says */
        bool is_json;
};

static void print_help(FILE *stream)
{
        (void)fputs(
                "Usage: oomwatch status [OPTION]...\n"
                "Asks the running oomwatchd what it does: what was read, lost and missed, and for each sink what was\n"
                "delivered and what waits, with what the spool on the disk has. Root, the user of oomwatchd and its\n"
                "group see all of it; others, whether the watch goes on without a gap.\n\n"
                "  -o, --output FORM  text (default) or json (an object, described by status.schema.json); also\n"
                "                     --format\n"
                "      --json         the same as --output json\n"
                "      --socket PATH  the control socket (default: as the configuration says)\n"
                "  -c, --config FILE  configuration (default: " CONFIG_DEFAULT_PATH ")\n"
                "  -V, --version      print the version and exit\n"
                "  -h, --help         print this and exit\n\n"
                "Exit status: 0 it runs and all is well, 1 it runs, and something needs attention (said at the end),\n"
                "2 it can't be asked, or wrong usage, 3 none runs, or it doesn't answer.\n",
                stream);
}

static int complain(const char *option, const char *argument, const char *what)
{
        (void)fprintf(stderr, "oomwatch status: %s'%s': %s\nTry 'oomwatch status --help'.\n", option, argument, what);
        return STATUS_TROUBLE;
}

/* Returns -1, or the code to exit with. */
static int parse_options(int argc, char **argv, struct status_options *ret_options)
{
        static const struct option long_options[] = {
                { "config", required_argument, NULL, 'c' }, { "socket", required_argument, NULL, 's' },
                { "output", required_argument, NULL, 'o' }, { "format", required_argument, NULL, 'o' },
                { "json", no_argument, NULL, 'j' },         { "version", no_argument, NULL, 'V' },
                { "help", no_argument, NULL, 'h' },         { 0 },
        };
        int option;

        argv[0] = (char *)"oomwatch status"; /* for the messages of getopt_long(), which doesn't change it */
        while ((option = getopt_long(argc, argv, "c:o:Vh", long_options, NULL)) != -1) {
                switch (option) {
                case 'c':
                        ret_options->config_path = optarg;
                        break;
                case 's':
                        ret_options->socket_path = optarg;
                        break;
                case 'j':
                        ret_options->is_json = true;
                        break;
                case 'o':
                        ret_options->is_json = strcmp(optarg, "json") == 0;
                        if (!ret_options->is_json && strcmp(optarg, "text") != 0)
                                return complain("--output: ", optarg, "must be text or json");
                        break;
                case 'V':
                        return puts("oomwatch " OOMWATCH_VERSION) < 0 || fflush(stdout) ? STATUS_TROUBLE : STATUS_WELL;
                case 'h':
                        print_help(stdout);
                        return fflush(stdout) ? STATUS_TROUBLE : STATUS_WELL;
                default: /* getopt_long() printed what is wrong */
                        (void)fputs("Try 'oomwatch status --help'.\n", stderr);
                        return STATUS_TROUBLE;
                }
        }
        return optind < argc ? complain("", argv[optind], "no argument is expected") : -1;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static struct json_object *member(struct json_object *object, const char *key)
{
        struct json_object *value = NULL;

        return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static const char *word(struct json_object *object, const char *key)
{
        struct json_object *value = member(object, key);

        return value ? json_object_get_string(value) : "";
}

/* Returns 0 or what daemon_ask() does; -EBADMSG: the answer is no JSON object. */
static int ask(const char *path, struct json_object **ret_answer)
{
        const struct timespec pause = { .tv_nsec = BUSY_PAUSE_NSEC };
        struct json_object *answer = NULL;

        for (int i = 0; i <= BUSY_RETRIES; i++) {
                _cleanup_(freep) char *line = NULL;
                int r = daemon_ask(path, "{\"request\":\"status\"}", &line);

                if (r < 0)
                        return r;
                json_object_put(answer);
                answer = json_tokener_parse(line);
                if (!json_object_is_type(answer, json_type_object)) {
                        json_object_put(answer);
                        return -EBADMSG;
                }
                if (strcmp(word(answer, "error"), "busy") != 0)
                        break;
                (void)nanosleep(&pause, NULL);
        }
        *ret_answer = answer;
        return 0;
}

static int report_failure(const char *path, int error)
{
        if (error == -ENOENT || error == -ECONNREFUSED) {
                (void)fprintf(
                        stderr,
                        "oomwatch status: no oomwatchd runs: %s: %s\n"
                        "Start it with 'systemctl start oomwatchd'; 'journalctl -u oomwatchd' says why it has ended.\n",
                        path, strerror(-error));
                return STATUS_NOT_RUNNING;
        }
        if (error == -EAGAIN || error == -EPROTO) {
                (void)fprintf(stderr, "oomwatch status: oomwatchd doesn't answer: %s: %s\n", path,
                              error == -EAGAIN ? "it hangs, or is very busy" : "it has closed the connection");
                return STATUS_NOT_RUNNING;
        }
        (void)fprintf(stderr, "oomwatch status: %s: %s\n", path,
                      error == -EBADMSG ? "the answer is not one of oomwatchd's" : strerror(-error));
        return STATUS_TROUBLE;
}

/* --- what the disk has, and what that means ----------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) add_attention(struct json_object *list, const char *format, ...)
{
        char text[512];
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        (void)json_object_array_add(list, json_object_new_string(text));
}

/* What waits on the disk for a receiver is the courier's, or the next connection's. */
static void add_disk(const char *spool_path, struct json_object *sink, struct json_object *attention)
{
        const char *kind = word(sink, "kind"), *name = word(sink, "name");
        size_t n_queued, n_rejected;

        if (*name && spool_count(spool_path, name, &n_queued, &n_rejected) == 0) {
                (void)json_object_object_add(sink, "on_disk", json_object_new_int64((int64_t)n_queued));
                (void)json_object_object_add(sink, "rejected", json_object_new_int64((int64_t)n_rejected));
                if (n_rejected > 0)
                        add_attention(attention,
                                      "%s %s: %zu alerts were rejected: 'oomwatch retry %s' sends them again", kind,
                                      name, n_rejected, name);
        }
        if (strcmp(word(sink, "state"), "up") != 0)
                add_attention(attention, "%s%s%s is %s", kind, *name ? " " : "", name, word(sink, "state"));
}

/* Adds what the daemon doesn't know, and the list of what needs attention. Returns whether there is any. */
static bool complete(struct json_object *status)
{
        struct json_object *sinks = member(status, "sinks"), *attention = json_object_new_array();
        size_t n_sinks = json_object_is_type(sinks, json_type_array) ? json_object_array_length(sinks) : 0;
        const char *spool_path = word(member(status, "spool"), "path");
        bool has_webhook = false;

        (void)json_object_object_add(status, "attention", attention);
        if (!json_object_get_boolean(member(status, "healthy")))
                add_attention(attention, "the %s is stuck",
                              *word(status, "trouble") ? word(status, "trouble") : "watcher");
        for (size_t i = 0; i < n_sinks; i++) {
                struct json_object *sink = json_object_array_get_idx(sinks, i);

                add_disk(spool_path, sink, attention);
                has_webhook |= strcmp(word(sink, "kind"), "webhook") == 0;
        }
        if (has_webhook) {
                struct json_object *courier = json_object_new_object();
                bool is_running = spool_is_locked(spool_path);

                (void)json_object_object_add(courier, "running", json_object_new_boolean(is_running));
                (void)json_object_object_add(status, "courier", courier);
                if (!is_running)
                        add_attention(attention, "no oomwatch-courier runs: alerts for webhooks wait in %s",
                                      spool_path);
        }
        return json_object_array_length(attention) > 0;
}

static int print_status(struct json_object *status, bool is_json)
{
        bool needs_attention = complete(status);

        if (is_json)
                (void)puts(json_object_to_json_string_ext(status,
                                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        else
                status_text_print(status, stdout);
        if (ferror(stdout) || fflush(stdout))
                return STATUS_TROUBLE;
        return needs_attention ? STATUS_ATTENTION : STATUS_WELL;
}

int status_main(int argc, char **argv)
{
        struct status_options options = { 0 };
        struct json_object *status = NULL;
        struct config *config = NULL;
        char error[CONFIG_ERROR_MAX];
        const char *path;
        int r;

        r = parse_options(argc, argv, &options);
        if (r >= 0)
                return r;
        if (!options.socket_path) {
                r = config_load(options.config_path, &config, error);
                /* The default one may be readable for the daemon alone; then its socket is most likely the default one, too. */
                if (r < 0 && (options.config_path || r != -EACCES)) {
                        (void)fprintf(stderr, "oomwatch status: %s\n", error);
                        return STATUS_TROUBLE;
                }
        }
        path = options.socket_path ? options.socket_path
               : config            ? config->control_path
                                   : OOMWATCH_RUNDIR "/control.sock";
        r = ask(path, &status);
        if (r < 0) {
                r = report_failure(path, r);
        } else if (*word(status, "error")) {
                (void)fprintf(stderr, "oomwatch status: oomwatchd refuses: %s\n", word(status, "text"));
                r = STATUS_TROUBLE;
        } else {
                r = print_status(status, options.is_json);
        }
        json_object_put(status);
        config_free(config);
        return r;
}
