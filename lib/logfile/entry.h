/* lib/logfile/entry.h: one entry of the journal, collected from its fields, which come in any order.
 *
 * journald sets the fields that begin with '_', who logs sets the others. An entry is the kernel's if it came by the kernel's
 * transport and has no other facility: what user space writes to /dev/kmsg comes by the same transport. */

#pragma once

#include "logfile/message.h"

struct log_entry {
        bool has_kernel_transport, has_text, is_truncated;
        int64_t facility, level;
        int64_t source_mono_usec; /* the kernel's stamp */
        int64_t realtime_usec;    /* when journald read it */
        size_t host_length, boot_id_length, text_length;
        size_t identifier_length, comm_length, unit_length;
        int64_t pid;
        char identifier[LOG_SPEAKER_MAX], comm[LOG_SPEAKER_MAX], unit[LOG_SPEAKER_MAX];
        char host[LOG_HOST_MAX], boot_id[LOG_BOOT_ID_LENGTH];
        char text[LOG_TEXT_MAX];
};

void log_entry_clear(struct log_entry *entry);

/* Adds a field; fields that aren't needed are ignored. */
void log_entry_field(struct log_entry *entry, struct text name, struct text value);

/* Adds the next piece of the field MESSAGE, for a reader that gets it in pieces. */
void log_entry_append_text(struct log_entry *entry, struct text piece);

bool log_entry_is_kernel(const struct log_entry *entry);

/* Who speaks in an entry that isn't the kernel's, by a name as in speaker.h; length 0: nobody that is known by name. Any program may give
 * itself any name, so what journald itself knows of it must fit. Borrowed from entry. */
struct text log_entry_speaker(const struct log_entry *entry);

/* Sets those members of *message that are in an entry; its texts are borrowed from entry. */
void log_entry_fill(const struct log_entry *entry, struct log_message *message);
