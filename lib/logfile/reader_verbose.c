/* journalctl -o verbose: a date and the entry's cursor, then its fields, each in a line, or several:
 *
 *         Fri 2026-11-20 04:01:13.693408 UTC [s=...;i=2bc;b=...;m=46478e0;t=...;x=...]
 *             _TRANSPORT=kernel
 *             MESSAGE=active_anon:86736 inactive_anon:13328 isolated_anon:0
 *                      active_file:0 inactive_file:37 isolated_file:0
 *
 * Reading may begin among the fields. */

#include "logfile/reader_state.h"

#define FIELD_INDENT 4

static size_t count_blanks(struct text line)
{
        return text_eat_blanks(&line);
}

static bool is_head(struct text line, struct log_stamp *ret_stamp)
{
        (void)text_eat_blanks(&line);
        return text_ends(line, TEXT("]")) && log_stamp_eat_full(&line, ret_stamp) && text_starts(line, TEXT(" [s="));
}

/* "_HOSTNAME=" */
static bool eat_field_name(struct text *line, struct text *ret_name)
{
        struct text rest = *line, name = text_eat_until(&rest, '=');

        if (name.length == 0 || !text_eat(&rest, TEXT("=")))
                return false;
        for (size_t i = 0; i < name.length; i++)
                if (!(name.data[i] >= 'A' && name.data[i] <= 'Z') && !(name.data[i] >= '0' && name.data[i] <= '9') &&
                    name.data[i] != '_')
                        return false;
        *line = rest;
        *ret_name = name;
        return true;
}

static void begin(struct log_reader *reader, const struct log_stamp *stamp, size_t margin, uint64_t line_number)
{
        log_reader_flush(reader);
        log_entry_clear(&reader->export.entry);
        reader->verbose =
                (struct log_verbose){ .is_open = true, .margin = margin, .stamp = *stamp, .line_number = line_number };
        reader->indent = 0;
}

void log_reader_end_verbose(struct log_reader *reader)
{
        const struct log_verbose *verbose = &reader->verbose;
        struct log_origin origin = { .line_number = verbose->line_number, .path_line = LOG_UNKNOWN, .n_wrappers = 1 };

        if (!verbose->is_open)
                return;
        reader->verbose.is_open = false;
        origin.stamp = verbose->stamp;
        log_reader_add_entry(reader, &reader->export.entry, LOG_FORM_EXPORT, &origin);
}

static bool read_field(struct log_reader *reader, struct text line)
{
        struct log_verbose *verbose = &reader->verbose;
        struct log_entry *entry = &reader->export.entry;
        size_t blanks = count_blanks(line), column = verbose->margin + FIELD_INDENT;
        struct text rest, name;

        if (verbose->value_column && blanks >= verbose->value_column) {
                if (verbose->is_message) {
                        log_entry_append_text(entry, TEXT("\n"));
                        log_entry_append_text(entry, text_from_offset(line, verbose->value_column));
                }
                return true;
        }
        if (blanks != column)
                return false;
        rest = text_from_offset(line, column);
        if (!eat_field_name(&rest, &name))
                return false;
        verbose->value_column = column + name.length + 1;
        verbose->is_message = text_equal(name, TEXT("MESSAGE"));
        log_entry_field(entry, name, rest);
        return true;
}

bool log_reader_read_verbose(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_stamp stamp = { .kind = LOG_STAMP_NONE };
        struct text rest = line, name;

        if (is_head(line, &stamp)) {
                log_reader_end_verbose(reader);
                begin(reader, &stamp, count_blanks(line), line_number);
                return true;
        }
        if (reader->verbose.is_open) {
                if (read_field(reader, line))
                        return true;
                log_reader_end_verbose(reader);
                return false;
        }
        if (!reader->may_be_inside || text_eat_blanks(&rest) < FIELD_INDENT || !eat_field_name(&rest, &name))
                return false;
        begin(reader, &stamp, count_blanks(line) - FIELD_INDENT, line_number);
        return read_field(reader, line);
}
