#include "scan/options.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "killer/claim.h"
#include "logfile/message.h"
#include "scan/times.h"
#include "util/array.h"
#include "util/text.h"

/* Only j, v and h are also options by themselves. */
static const struct option long_options[] = {
        { "format", required_argument, NULL, 'f' },
        { "since", required_argument, NULL, 'S' },
        { "until", required_argument, NULL, 'U' },
        { "jobs", required_argument, NULL, 'j' },
        { "verbose", no_argument, NULL, 'v' },
        { "kmsg", no_argument, NULL, 'k' },
        { "journal", no_argument, NULL, 'J' },
        { "directory", required_argument, NULL, 'D' },
        { "file", required_argument, NULL, 'F' },
        { "killer", required_argument, NULL, 'K' },
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

static void print_help(FILE *stream)
{
        (void)fputs("Usage: oomwatch scan [OPTION]... [PATH]...\n"
                    "Finds the kernel's reports of OOM kills in logs, and what user-space killers say of theirs,\n"
                    "and shows each kill once, the oldest first.\n\n"
                    "PATH is a file, a directory (with all below it but the source of programs) or '-' for standard\n"
                    "input; compressed logs are unpacked. Without a PATH: a pipe or file on standard input\n"
                    "(dmesg | oomwatch scan); else the journal, /var/log, and what pstore kept of panics.\n\n"
                    "      --format FORMAT   text (a table; default), json (an alert on each line), html (a page)\n"
                    "      --since TIME      only kills at that time or later: '2026-08-25 14:06', 'yesterday', '-2h'\n"
                    "      --until TIME      only kills at that time or earlier\n"
                    "      --killer NAME     only kills by 'kernel', or by a user-space killer: 'earlyoom'\n"
                    "  -v, --verbose         text: each kill explained\n"
                    "  -j, --jobs N          threads; default: as many as there are processors\n"
                    "      --kmsg            this machine's ring buffer, as dmesg shows it\n"
                    "      --journal         the kernel's messages in the journal, of all boots\n"
                    "      --directory DIR   the journal in this directory\n"
                    "      --file FILE       the journal in this file; may be given several times\n"
                    "      --version         print the version and exit\n"
                    "  -h, --help            print this and exit\n\n"
                    "Exit status: 0 kills found, 1 none found, 2 something could not be read, or wrong usage.\n",
                    stream);
}

static int report_usage(const char *option, const char *value, const char *what)
{
        (void)fprintf(stderr, "oomwatch scan: %s '%s': %s\n", option, value, what);
        return SCAN_TROUBLE;
}

static int take_format(struct scan_options *options, const char *value)
{
        static const char *const names[] = {
                [SCAN_FORMAT_TEXT] = "text",
                [SCAN_FORMAT_JSON] = "json",
                [SCAN_FORMAT_HTML] = "html",
        };

        for (size_t i = 0; i < COUNT(names); i++)
                if (strcmp(value, names[i]) == 0) {
                        options->format = (enum scan_format)i;
                        return -1;
                }
        return report_usage("--format", value, "not one of text json html");
}

static int take_jobs(struct scan_options *options, const char *value)
{
        struct text text = text_from(value);
        uint64_t jobs;

        if (!text_eat_u64(&text, &jobs) || text.length > 0 || jobs < 1 || jobs > SCAN_JOBS_MAX)
                return report_usage("--jobs", value, "not a number of threads (1 to 256)");
        options->n_jobs = (unsigned)jobs;
        return -1;
}

static int take_killer(struct scan_options *options, const char *value)
{
        if (killer_of_name(text_from(value)) == KILLER_COUNT && strcmp(value, "kernel") != 0 &&
            strcmp(value, "unknown") != 0)
                return report_usage("--killer", value,
                                    "not one of kernel unknown systemd-oomd earlyoom nohang oomd talos lmkd "
                                    "lowmemorykiller kubelet");
        options->killer = value;
        return -1;
}

static int take_time(const char *option, const char *value, int64_t now_usec, int64_t *ret_usec)
{
        int r = times_parse(value, now_usec, ret_usec);

        if (r == -ERANGE)
                return report_usage(option, value, "a time out of range");
        return r < 0 ? report_usage(option, value, "not a time; see --help, or systemd.time(7)") : -1;
}

/* Returns -1, or the code to exit with, as the functions above. */
static int take_option(int option, int64_t now_usec, struct scan_options *options)
{
        switch (option) {
        case 'f':
                return take_format(options, optarg);
        case 'K':
                return take_killer(options, optarg);
        case 'S':
                return take_time("--since", optarg, now_usec, &options->since_usec);
        case 'U':
                return take_time("--until", optarg, now_usec, &options->until_usec);
        case 'j':
                return take_jobs(options, optarg);
        case 'v':
                options->is_verbose = true;
                return -1;
        case 'k':
                options->request.with_kmsg = true;
                return -1;
        case 'J':
                options->request.with_journal = true;
                return -1;
        case 'D':
                options->request.journal_directory = optarg;
                return -1;
        case 'F':
                options->journal_files[options->request.n_journal_files++] = optarg;
                return -1;
        case 'V':
                (void)puts("oomwatch " OOMWATCH_VERSION);
                return SCAN_FOUND;
        case 'h':
                print_help(stdout);
                return SCAN_FOUND;
        default: /* getopt_long() printed what is wrong */
                (void)fputs("oomwatch scan --help shows the options\n", stderr);
                return SCAN_TROUBLE;
        }
}

static unsigned count_processors(void)
{
        cpu_set_t set;
        int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

        return count > SCAN_JOBS_MAX ? SCAN_JOBS_MAX : (unsigned)count;
}

int scan_options_parse(int argc, char **argv, int64_t now_usec, struct scan_options *ret_options)
{
        struct scan_options options = {
                .now_usec = now_usec,
                .since_usec = LOG_UNKNOWN,
                .until_usec = LOG_UNKNOWN,
                .n_jobs = count_processors(),
                .request = { .root = "" },
                .journal_files = calloc((size_t)argc + 1, sizeof(char *)),
        };
        int option, r = -1;

        if (!options.journal_files) {
                (void)fputs("oomwatch scan: out of memory\n", stderr);
                return SCAN_TROUBLE;
        }
        argv[0] = (char *)"oomwatch scan"; /* for the messages of getopt_long(), which doesn't change it */
        while (r < 0 && (option = getopt_long(argc, argv, "j:vh", long_options, NULL)) != -1)
                r = take_option(option, now_usec, &options);
        if (r < 0 && options.since_usec != LOG_UNKNOWN && options.until_usec != LOG_UNKNOWN &&
            options.since_usec > options.until_usec) {
                (void)fputs("oomwatch scan: --since is after --until\n", stderr);
                r = SCAN_TROUBLE;
        }
        if (r >= 0) {
                scan_options_done(&options);
                return r;
        }
        options.request.journal_files = options.journal_files;
        options.request.paths = argv + optind;
        options.request.n_paths = (size_t)(argc - optind);
        *ret_options = options;
        return -1;
}

void scan_options_done(struct scan_options *options)
{
        free(options->journal_files);
        options->journal_files = NULL;
}
