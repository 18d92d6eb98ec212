/* lib/logfile/entry.h: what is kept of an entry of the journal, while its fields come in, in any order.
 *
 * A field beginning with '_' was set by journald itself, others by whoever logged. An entry is the kernel's if its
 * transport is, and its facility is not another: records that user space wrote to /dev/kmsg come the same way. */

#pragma once

#include "logfile/message.h"

struct log_entry {
        bool has_kernel_transport, has_text, is_truncated;
        int64_t facility, level;
        int64_t source_mono_usec; /* the kernel's stamp */
        int64_t realtime_usec;    /* when journald read it */
        size_t host_length, boot_id_length, text_length;
        char host[LOG_HOST_MAX], boot_id[LOG_BOOT_ID_LENGTH];
        char text[LOG_TEXT_MAX];
};

void log_entry_clear(struct log_entry *entry);

/* Names that are not asked for are ignored. */
void log_entry_field(struct log_entry *entry, struct text name, struct text value);

/* More of the field MESSAGE, for who gets it in pieces. */
void log_entry_append_text(struct log_entry *entry, struct text piece);

bool log_entry_is_kernel(const struct log_entry *entry);

/* Fills what an entry tells of *message; its texts are borrowed from entry. The rest is as it was. */
void log_entry_tell(const struct log_entry *entry, struct log_message *message);
