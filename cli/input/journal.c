#include "input/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "input/library.h"
#include "logfile/entry.h"
#include "util/array.h"
#include "util/cleanup.h"

#define LIBRARY "libsystemd.so.0"

/* The functions of the library that are used. */
#define FUNCTIONS(X)                                                                                                   \
        X(sd_journal_open)                                                                                             \
        X(sd_journal_open_directory)                                                                                   \
        X(sd_journal_open_files)                                                                                       \
        X(sd_journal_close)                                                                                            \
        X(sd_journal_add_match)                                                                                        \
        X(sd_journal_add_disjunction)                                                                                  \
        X(sd_journal_seek_head)                                                                                        \
        X(sd_journal_seek_realtime_usec)                                                                               \
        X(sd_journal_next)                                                                                             \
        X(sd_journal_get_realtime_usec)                                                                                \
        X(sd_journal_set_data_threshold)                                                                               \
        X(sd_journal_get_data)                                                                                         \
        X(sd_journal_restart_data)                                                                                     \
        X(sd_journal_enumerate_available_data)

struct library {
        FUNCTIONS(LIBRARY_POINTER)
};
static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

struct reading {
        struct library library;
        sd_journal *journal;
        struct log_entry entry;
};

static void reading_freep(struct reading **reading)
{
        if (*reading && (*reading)->journal)
                (*reading)->library.sd_journal_close((*reading)->journal);
        free(*reading);
}

static int open_journal(struct reading *reading, const struct input *input)
{
        const struct library *library = &reading->library;
        const char *files[] = { input->path, NULL };
        int result;

        if (!input->path)
                return library->sd_journal_open(&reading->journal, SD_JOURNAL_LOCAL_ONLY);
        result = library->sd_journal_open_directory(&reading->journal, input->path, 0);
        if (result == -ENOTDIR)
                result = library->sd_journal_open_files(&reading->journal, files, 0);
        return result;
}

/* The kernel's entries, and those of who tells of kills. Process 1 says much else: its two messages have ids, "systemd-oomd killed N
 * process(es) in this unit", and that the OOM killer did. */
static int add_matches(const struct reading *reading)
{
        static const char *const matches[] = {
                "_TRANSPORT=kernel",
                "SYSLOG_IDENTIFIER=systemd-oomd",
                "SYSLOG_IDENTIFIER=earlyoom",
                "SYSLOG_IDENTIFIER=nohang",
                "SYSLOG_IDENTIFIER=oomd",
                "SYSLOG_IDENTIFIER=kubelet",
                "MESSAGE_ID=d989611b15e44c9dbf31e3c81256e4ed",
                "MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef",
        };
        int result = 0;

        for (size_t i = 0; i < COUNT(matches) && result >= 0; i++) {
                result = reading->library.sd_journal_add_match(reading->journal, matches[i], 0);
                if (result >= 0)
                        result = reading->library.sd_journal_add_disjunction(reading->journal);
        }
        return result;
}

static int reading_new(const struct input *input, struct reading **ret_reading)
{
        _cleanup_(reading_freep) struct reading *reading = calloc(1, sizeof(*reading));
        int result;

        if (!reading)
                return -ENOMEM;
        result = library_load(LIBRARY, names, COUNT(names), &reading->library);
        if (result >= 0)
                result = open_journal(reading, input);
        if (result >= 0)
                result = add_matches(reading);
        if (result >= 0) /* libsystemd cuts longer values; the kernel prints none */
                result = reading->library.sd_journal_set_data_threshold(reading->journal,
                                                                        sizeof("MESSAGE=") + LOG_TEXT_MAX);
        if (result < 0)
                return result;
        *ret_reading = take_pointer(reading);
        return 0;
}

/* Reads the fields of the current entry. */
static void read_entry(struct reading *reading)
{
        const struct library *library = &reading->library;
        const void *data;
        uint64_t realtime_usec;
        size_t length;

        log_entry_clear(&reading->entry);
        library->sd_journal_restart_data(reading->journal);
        while (library->sd_journal_enumerate_available_data(reading->journal, &data, &length) > 0) {
                const char *sign = memchr(data, '=', length);

                if (sign) {
                        struct text field = { data, length };
                        size_t name_length = (size_t)(sign - field.data);

                        log_entry_field(&reading->entry, text_until_offset(field, name_length),
                                        text_from_offset(field, name_length + 1));
                }
        }
        if (library->sd_journal_get_realtime_usec(reading->journal, &realtime_usec) >= 0)
                reading->entry.realtime_usec = (int64_t)realtime_usec;
}

static int read_all(struct reading *reading, const struct journal_range *range, log_message_fn handler, void *userdata)
{
        const struct library *library = &reading->library;
        bool is_late = range->since_usec != LOG_UNKNOWN && range->since_usec > JOURNAL_MARGIN_USEC;
        uint64_t since_usec = is_late ? (uint64_t)(range->since_usec - JOURNAL_MARGIN_USEC) : 0;
        int result = is_late ? library->sd_journal_seek_realtime_usec(reading->journal, since_usec)
                             : library->sd_journal_seek_head(reading->journal);

        if (result < 0)
                return result;
        while ((result = library->sd_journal_next(reading->journal)) > 0) {
                struct log_message message = { .form = LOG_FORM_EXPORT, .seq = LOG_UNKNOWN, .path_line = LOG_UNKNOWN };

                read_entry(reading);
                if (range->until_usec != LOG_UNKNOWN && reading->entry.realtime_usec != LOG_UNKNOWN &&
                    reading->entry.realtime_usec - JOURNAL_MARGIN_USEC > range->until_usec)
                        break;
                if (!log_entry_is_kernel(&reading->entry)) {
                        message.speaker = log_entry_speaker(&reading->entry);
                        if (message.speaker.length == 0)
                                continue;
                }
                log_entry_fill(&reading->entry, &message);
                handler(&message, userdata);
        }
        return result < 0 ? result : 0;
}

static const char *reason_of(int error)
{
        switch (error) {
        case -ELIBACC:
        case -ELIBBAD:
                return LIBRARY " is not installed, or too old";
        case -EBADMSG:
        case -ENODATA:
                return "no journal, or a damaged one";
        case -EPROTONOSUPPORT:
                return "a newer kind of journal than " LIBRARY " reads";
        default:
                return strerror(-error);
        }
}

int journal_read(const struct input *input, const struct journal_range *range, log_message_fn handler, void *userdata,
                 char error[SOURCE_ERROR_MAX])
{
        _cleanup_(reading_freep) struct reading *reading = NULL;
        int result = reading_new(input, &reading);

        if (result >= 0)
                result = read_all(reading, range, handler, userdata);
        if (result < 0)
                (void)snprintf(error, SOURCE_ERROR_MAX, "%s", reason_of(result));
        return result < 0 ? result : 0;
}

bool journal_exists(void)
{
        const struct input input = { .kind = INPUT_JOURNAL };
        _cleanup_(reading_freep) struct reading *reading = NULL;

        return reading_new(&input, &reading) >= 0 && reading->library.sd_journal_seek_head(reading->journal) >= 0 &&
               reading->library.sd_journal_next(reading->journal) > 0;
}
