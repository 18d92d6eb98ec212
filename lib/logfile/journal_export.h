/* lib/logfile/journal_export.h: parses what journalctl -o export writes (systemd.io/JOURNAL_EXPORT_FORMATS).
 *
 *         NAME=value\n                            a value that is UTF-8 without control characters
 *         NAME\n<8 bytes, little endian><value>\n     any other; the length is that of the value
 *         \n                                      ends an entry
 *
 * Values may hold newlines, and so may lengths. As it gets lines, it takes each end of a line for a byte of them.
 *
 * The reader pushes every line, and calls log_export_end() after the first that isn't a part of an export. */

#pragma once

#include "logfile/entry.h"

/* A longer value loses its entry: all is skipped until the next entry begins. journald allows longer ones (core dumps),
 * but not in entries of the kernel's. */
#define LOG_EXPORT_VALUE_MAX (1024 * 1024)
#define LOG_EXPORT_NAME_MAX  64

enum log_export_state {
        LOG_EXPORT_CLOSED,  /* no entry */
        LOG_EXPORT_FIELDS,  /* in an entry, before a field */
        LOG_EXPORT_LENGTH,  /* in the eight bytes */
        LOG_EXPORT_VALUE,   /* in a value of known length */
        LOG_EXPORT_NEWLINE, /* after the value */
        LOG_EXPORT_LOST,    /* until the next entry begins */
};

struct log_export {
        enum log_export_state state;
        uint64_t line_number; /* of the entry's first line */
        char name[LOG_EXPORT_NAME_MAX];
        size_t name_length;
        unsigned length_bytes; /* read so far */
        uint64_t left;         /* of the value */
        bool is_text;          /* the value is that of MESSAGE, and goes to entry */
        char value[LOG_HOST_MAX];
        size_t value_length;
        struct log_entry entry;
};

enum log_export_result {
        LOG_EXPORT_NOT,   /* the line is not a part of an export */
        LOG_EXPORT_MORE,  /* it is */
        LOG_EXPORT_ENTRY, /* it is, and the entry is complete now */
};

void log_export_clear(struct log_export *export);

/* Takes the next line, without its newline. After LOG_EXPORT_ENTRY, export->entry is valid until the next call. */
enum log_export_result log_export_push(struct log_export *export, struct text line, uint64_t line_number)
        __attribute__((warn_unused_result));

/* The export has ended, perhaps within an entry. Returns whether export->entry may be used all the same. */
bool log_export_end(struct log_export *export) __attribute__((warn_unused_result));
