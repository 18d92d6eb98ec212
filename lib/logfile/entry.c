#include "logfile/entry.h"

#include "logfile/speaker.h"

void log_entry_clear(struct log_entry *entry)
{
        entry->has_kernel_transport = entry->has_text = entry->is_truncated = false;
        entry->facility = entry->level = entry->source_mono_usec = entry->realtime_usec = LOG_UNKNOWN;
        entry->host_length = entry->boot_id_length = entry->text_length = 0;
        entry->identifier_length = entry->comm_length = entry->unit_length = 0;
        entry->pid = LOG_UNKNOWN;
}

/* A number that is the whole value, up to limit. */
static int64_t number_of(struct text value, int64_t limit)
{
        int64_t number;

        return text_eat_i64(&value, &number) && value.length == 0 && number >= 0 && number <= limit ? number
                                                                                                    : LOG_UNKNOWN;
}

/* A longer name is that of nobody who is asked for. */
static size_t copy_name(struct text name, char buffer[static LOG_SPEAKER_MAX])
{
        return name.length <= LOG_SPEAKER_MAX ? text_copy(name, buffer, LOG_SPEAKER_MAX) : 0;
}

void log_entry_append_text(struct log_entry *entry, struct text piece)
{
        size_t length = text_copy(piece, entry->text + entry->text_length, sizeof(entry->text) - entry->text_length);

        entry->text_length += length;
        entry->is_truncated = entry->is_truncated || length < piece.length;
        entry->has_text = true;
}

void log_entry_field(struct log_entry *entry, struct text name, struct text value)
{
        if (text_equal(name, TEXT("MESSAGE"))) {
                entry->text_length = 0;
                entry->is_truncated = false;
                log_entry_append_text(entry, value);
        } else if (text_equal(name, TEXT("_TRANSPORT"))) {
                entry->has_kernel_transport = text_equal(value, TEXT("kernel"));
        } else if (text_equal(name, TEXT("SYSLOG_FACILITY"))) {
                /* A malformed one is not the kernel's. */
                int64_t facility = number_of(value, INT64_MAX);

                entry->facility = facility == LOG_UNKNOWN ? INT64_MAX : facility;
        } else if (text_equal(name, TEXT("PRIORITY"))) {
                entry->level = number_of(value, 7);
        } else if (text_equal(name, TEXT("_SOURCE_MONOTONIC_TIMESTAMP"))) {
                entry->source_mono_usec = number_of(value, INT64_MAX);
        } else if (text_equal(name, TEXT("__REALTIME_TIMESTAMP"))) {
                entry->realtime_usec = number_of(value, INT64_MAX);
        } else if (text_equal(name, TEXT("SYSLOG_IDENTIFIER"))) {
                entry->identifier_length = copy_name(value, entry->identifier);
        } else if (text_equal(name, TEXT("_COMM"))) {
                entry->comm_length = copy_name(value, entry->comm);
        } else if (text_equal(name, TEXT("_SYSTEMD_UNIT"))) {
                entry->unit_length = copy_name(value, entry->unit);
        } else if (text_equal(name, TEXT("_PID"))) {
                entry->pid = number_of(value, INT64_MAX);
        } else if (text_equal(name, TEXT("_HOSTNAME"))) {
                entry->host_length = text_copy(value, entry->host, sizeof(entry->host));
        } else if (text_equal(name, TEXT("_BOOT_ID")) && value.length == LOG_BOOT_ID_LENGTH) {
                entry->boot_id_length = text_copy(value, entry->boot_id, sizeof(entry->boot_id));
        }
}

bool log_entry_is_kernel(const struct log_entry *entry)
{
        return entry->has_text && entry->has_kernel_transport &&
               (entry->facility == LOG_UNKNOWN || entry->facility == 0);
}

/* "earlyoom.service", "nohang-desktop.service" */
static bool is_unit_of(struct text unit, struct text name)
{
        return text_eat(&unit, name) && (text_starts(unit, TEXT(".")) || text_starts(unit, TEXT("-")));
}

struct text log_entry_speaker(const struct log_entry *entry)
{
        struct text name = { entry->identifier, entry->identifier_length };
        struct text comm = { entry->comm, entry->comm_length }, unit = { entry->unit, entry->unit_length };
        const struct text nobody = { 0 };

        if (!entry->has_text)
                return nobody;
        if (entry->has_kernel_transport)
                return TEXT(LOG_SPEAKER_KMSG);
        if (name.length == 0)
                return comm;
        if (text_equal(name, TEXT("systemd"))) /* process 1, or a user's manager */
                return entry->pid == LOG_UNKNOWN || entry->pid == 1 || text_starts(unit, TEXT("user@")) ? name : nobody;
        return (comm.length == 0 && unit.length == 0) || text_equal(comm, name) || is_unit_of(unit, name) ? name
                                                                                                          : nobody;
}

void log_entry_fill(const struct log_entry *entry, struct log_message *message)
{
        message->text = (struct text){ entry->text, entry->text_length };
        message->is_truncated = entry->is_truncated;
        message->host = (struct text){ entry->host, entry->host_length };
        message->boot_id = (struct text){ entry->boot_id, entry->boot_id_length };
        message->level = entry->level;
        message->mono_usec = entry->source_mono_usec;
        message->time = (struct log_time){
                .usec = entry->realtime_usec,
                .resolution_usec = entry->realtime_usec == LOG_UNKNOWN ? LOG_UNKNOWN : 1,
        };
}
