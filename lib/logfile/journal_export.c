#include "logfile/journal_export.h"

void log_export_clear(struct log_export *export)
{
        export->state = LOG_EXPORT_CLOSED;
        log_entry_clear(&export->entry);
}

/* The length of the field name at the front of line: capitals, digits, '_', not beginning with a digit. */
static size_t name_length(struct text line)
{
        size_t length = 0;

        while (length < line.length && length < LOG_EXPORT_NAME_MAX &&
               ((line.data[length] >= 'A' && line.data[length] <= 'Z') || line.data[length] == '_' ||
                (length && line.data[length] >= '0' && line.data[length] <= '9')))
                length++;
        return length;
}

/* "NAME=": its length; 0: the line is no such field */
static size_t field_name(struct text line)
{
        size_t length = name_length(line);

        return length && length < line.length && line.data[length] == '=' ? length : 0;
}

/* Reading may begin in the middle of an entry: at a field that only the journal has. */
static bool begins_entry(struct text line)
{
        return field_name(line) &&
               (line.data[0] == '_' || text_starts(line, TEXT("SYSLOG_FACILITY=")) ||
                text_starts(line, TEXT("SYSLOG_IDENTIFIER=")) || text_starts(line, TEXT("PRIORITY=")));
}

static enum log_export_result open_entry(struct log_export *export, struct text line, uint64_t line_number)
{
        size_t name = field_name(line);

        log_entry_clear(&export->entry);
        export->state = LOG_EXPORT_FIELDS;
        export->line_number = line_number;
        log_entry_field(&export->entry, text_until_offset(line, name), text_from_offset(line, name + 1));
        return LOG_EXPORT_MORE;
}

static enum log_export_result push_field(struct log_export *export, struct text line, uint64_t line_number)
{
        size_t name = name_length(line);

        if (text_starts(line, TEXT("__CURSOR="))) /* the entry before has lost its end */
                return open_entry(export, line, line_number);
        if (name && name == line.length && name < LOG_EXPORT_NAME_MAX) {
                memcpy(export->name, line.data, name);
                export->name_length = name;
                export->is_text = text_equal(line, TEXT("MESSAGE"));
                export->state = LOG_EXPORT_LENGTH;
                export->length_bytes = 0;
                export->left = 0;
                export->value_length = 0;
                if (export->is_text) {
                        export->entry.text_length = 0;
                        export->entry.is_truncated = false;
                }
                return LOG_EXPORT_MORE;
        }
        if (field_name(line)) {
                log_entry_field(&export->entry, text_until_offset(line, name), text_from_offset(line, name + 1));
                return LOG_EXPORT_MORE;
        }
        if (line.length)
                return LOG_EXPORT_NOT;
        export->state = LOG_EXPORT_CLOSED;
        return LOG_EXPORT_ENTRY;
}

static void take_length(struct log_export *export, struct text *bytes)
{
        while (export->length_bytes < 8 && bytes->length) {
                export->left |= (uint64_t)(uint8_t)bytes->data[0] << (8 * export->length_bytes);
                export->length_bytes++;
                *bytes = text_from_offset(*bytes, 1);
        }
        if (export->length_bytes == 8)
                export->state = export->left <= LOG_EXPORT_VALUE_MAX ? LOG_EXPORT_VALUE : LOG_EXPORT_LOST;
}

static void take_value(struct log_export *export, struct text *bytes)
{
        struct text piece =
                text_until_offset(*bytes, bytes->length < export->left ? bytes->length : (size_t) export->left);

        if (export->is_text)
                log_entry_append_text(&export->entry, piece);
        else
                export->value_length += text_copy(piece, export->value + export->value_length,
                                                  sizeof(export->value) - export->value_length);
        *bytes = text_from_offset(*bytes, piece.length);
        export->left -= piece.length;
        if (export->left > 0)
                return;
        if (!export->is_text)
                log_entry_field(&export->entry, (struct text){ export->name, export->name_length },
                                (struct text){ export->value, export->value_length });
        export->state = LOG_EXPORT_NEWLINE;
}

/* Bytes of a length or a value; the newline after a line is one of them. */
static void push_bytes(struct log_export *export, struct text bytes)
{
        while (bytes.length) {
                switch (export->state) {
                case LOG_EXPORT_LENGTH:
                        take_length(export, &bytes);
                        break;
                case LOG_EXPORT_VALUE:
                        take_value(export, &bytes);
                        break;
                case LOG_EXPORT_NEWLINE:
                        /* Any other byte: the length was wrong, so all that was read may be. */
                        export->state =
                                bytes.data[0] == '\n' && bytes.length == 1 ? LOG_EXPORT_FIELDS : LOG_EXPORT_LOST;
                        return;
                case LOG_EXPORT_CLOSED:
                case LOG_EXPORT_FIELDS:
                case LOG_EXPORT_LOST:
                        return;
                }
        }
}

enum log_export_result log_export_push(struct log_export *export, struct text line, uint64_t line_number)
{
        switch (export->state) {
        case LOG_EXPORT_CLOSED:
                return begins_entry(line) ? open_entry(export, line, line_number) : LOG_EXPORT_NOT;
        case LOG_EXPORT_FIELDS:
                return push_field(export, line, line_number);
        case LOG_EXPORT_LOST:
                return text_starts(line, TEXT("__CURSOR=")) ? open_entry(export, line, line_number) : LOG_EXPORT_MORE;
        case LOG_EXPORT_LENGTH:
        case LOG_EXPORT_VALUE:
        case LOG_EXPORT_NEWLINE:
                push_bytes(export, line);
                push_bytes(export, TEXT("\n"));
                break;
        }
        return LOG_EXPORT_MORE;
}

bool log_export_end(struct log_export *export)
{
        /* Between two fields those before are complete: MESSAGE may be among them. */
        bool is_usable = export->state == LOG_EXPORT_FIELDS;

        export->state = LOG_EXPORT_CLOSED;
        return is_usable;
}
