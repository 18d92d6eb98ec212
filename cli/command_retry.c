#include "command_retry.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/spool.h"
#include "util/cleanup.h"

enum retry_exit { RETRY_MOVED = 0, RETRY_NOTHING = 1, RETRY_TROUBLE = 2 };

struct retry {
        struct config *config;
        const char *webhook;
        char **ids; /* borrowed from argv */
        size_t n_ids;
        struct spool_entry *entries;
        size_t n_entries;
};

static void print_help(FILE *stream)
{
        (void)fputs(
                "Usage: oomwatch retry [OPTION]... WEBHOOK [ID]...\n"
                "Moves alerts that the webhook's receiver has rejected, or didn't accept within retry_for, from the\n"
                "spool's rejected/ to the end of the queue; oomwatch-courier sends them again. Without an ID: all.\n"
                "Those that are older than the webhook's max_age are dropped then.\n\n"
                "  -c, --config FILE  configuration (default: " CONFIG_DEFAULT_PATH ")\n"
                "      --version      print the version and exit\n"
                "  -h, --help         print this and exit\n\n"
                "Exit status: 0 alerts moved, 1 none there, 2 something failed, or wrong usage.\n",
                stream);
}

/* Returns -1, or the code to exit with. */
static int parse_options(int argc, char **argv, struct retry *retry, const char **ret_config_path)
{
        static const struct option long_options[] = {
                { "config", required_argument, NULL, 'c' },
                { "version", no_argument, NULL, 'V' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        int option;

        argv[0] = (char *)"oomwatch retry"; /* for the messages of getopt_long(), which doesn't change it */
        while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
                switch (option) {
                case 'c':
                        *ret_config_path = optarg;
                        break;
                case 'V':
                        return puts("oomwatch " OOMWATCH_VERSION) < 0 || fflush(stdout) ? RETRY_TROUBLE : RETRY_MOVED;
                case 'h':
                        print_help(stdout);
                        return fflush(stdout) ? RETRY_TROUBLE : RETRY_MOVED;
                default: /* getopt_long() printed what is wrong */
                        (void)fputs("oomwatch retry --help shows the options\n", stderr);
                        return RETRY_TROUBLE;
                }
        }
        if (optind == argc) {
                (void)fputs("oomwatch retry: which webhook?\noomwatch retry --help shows the options\n", stderr);
                return RETRY_TROUBLE;
        }
        retry->webhook = argv[optind++];
        retry->ids = argv + optind;
        retry->n_ids = (size_t)(argc - optind);
        return -1;
}

static bool is_webhook(const struct config *config, const char *name)
{
        for (size_t i = 0; i < config->n_webhooks; i++)
                if (strcmp(config->webhooks[i].name, name) == 0)
                        return true;
        return false;
}

static struct spool_entry *find_entry(const struct retry *retry, const char *id)
{
        for (size_t i = 0; i < retry->n_entries; i++)
                if (strcmp(retry->entries[i].id, id) == 0)
                        return &retry->entries[i];
        return NULL;
}

/* Moves those that were asked for. Returns the code to exit with. */
static int move_alerts(const struct retry *retry)
{
        const char *spool_path = retry->config->spool_path;
        size_t n_moved = 0, n_missing = 0, n;
        int r = 0;

        if (retry->n_ids == 0 && retry->n_entries > 0)
                r = spool_retry(spool_path, retry->webhook, retry->entries, retry->n_entries, &n_moved);
        for (size_t i = 0; i < retry->n_ids && r == 0; i++) {
                const struct spool_entry *entry = find_entry(retry, retry->ids[i]);

                if (!entry) {
                        (void)fprintf(stderr, "oomwatch retry: %s has no rejected alert '%s'\n", retry->webhook,
                                      retry->ids[i]);
                        n_missing++;
                        continue;
                }
                r = spool_retry(spool_path, retry->webhook, entry, 1, &n);
                n_moved += n;
        }
        (void)printf("%s: %zu alert%s in the queue again\n", retry->webhook, n_moved, n_moved == 1 ? " is" : "s are");
        if (n_moved > 0 && !spool_is_locked(spool_path))
                (void)fputs("oomwatch retry: no oomwatch-courier runs: they wait for one\n", stderr);
        if (r < 0) {
                (void)fprintf(stderr, "oomwatch retry: %s: %s\n", spool_path, strerror(-r));
                return RETRY_TROUBLE;
        }
        if (fflush(stdout))
                return RETRY_TROUBLE;
        return n_missing > 0 || n_moved == 0 ? RETRY_NOTHING : RETRY_MOVED;
}

static void retry_done(struct retry *retry)
{
        config_free(retry->config);
        free(retry->entries);
}

int retry_main(int argc, char **argv)
{
        _cleanup_(retry_done) struct retry retry = { 0 };
        const char *config_path = NULL;
        char error[CONFIG_ERROR_MAX];
        int r;

        r = parse_options(argc, argv, &retry, &config_path);
        if (r >= 0)
                return r;
        if (config_load(config_path, &retry.config, error) < 0) {
                (void)fprintf(stderr, "oomwatch retry: %s\n", error);
                return RETRY_TROUBLE;
        }
        if (!is_webhook(retry.config, retry.webhook)) {
                (void)fprintf(stderr, "oomwatch retry: '%s': the configuration has no such webhook\n", retry.webhook);
                return RETRY_TROUBLE;
        }
        r = spool_list_rejected(retry.config->spool_path, retry.webhook, &retry.entries, &retry.n_entries);
        if (r < 0) {
                (void)fprintf(stderr, "oomwatch retry: %s: %s\n", retry.config->spool_path, strerror(-r));
                return RETRY_TROUBLE;
        }
        return move_alerts(&retry);
}
