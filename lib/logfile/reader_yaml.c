/* Objects of Kubernetes in YAML, as kubectl get events -o yaml writes them: an object is a record (members.h), whose message may be folded
 * over lines.
 *
 *         - apiVersion: v1
 *           lastTimestamp: "2026-08-25T14:06:20Z"
 *           message: 'Memory cgroup out of memory: Killed process 1234 (x) total-vm:4kB, anon-rss:3kB,
 *             file-rss:2kB'
 *           source:
 *             component: kernel-monitor
 *
 * Of YAML no more is read than these have: keys, plain, quoted and block scalars. It begins at "apiVersion:", for almost any line may
 * be of YAML. */

#include "logfile/reader_state.h"

static size_t count_blanks(struct text line)
{
        return text_eat_blanks(&line);
}

static struct text trim(struct text text)
{
        (void)text_eat_blanks(&text);
        while (text_eat_end(&text, TEXT(" ")))
                ;
        return text;
}

static void append(struct log_yaml *yaml, char *buffer, struct text piece)
{
        if (piece.length > LOG_READER_LINE_MAX - yaml->used) {
                yaml->is_full = true;
                return;
        }
        yaml->used += text_copy(piece, buffer + yaml->used, LOG_READER_LINE_MAX - yaml->used);
}

/* Whether the quotes that the scalar began with are closed. */
static bool is_closed(struct text scalar, char quote)
{
        size_t at = 1;

        for (; at < scalar.length; at++) {
                if (quote == '"' && scalar.data[at] == '\\')
                        at++;
                else if (scalar.data[at] == quote &&
                         !(quote == '\'' && at + 1 < scalar.length && scalar.data[at + 1] == quote))
                        return true;
                else if (scalar.data[at] == quote)
                        at++; /* two of them are one of the text's */
        }
        return false;
}

/* In place. */
static struct text unquote(struct text scalar, char *to, char quote)
{
        size_t length = 0;

        if (quote != '"' && quote != '\'')
                return scalar;
        scalar = text_from_offset(scalar, 1);
        (void)text_eat_end(&scalar, (struct text){ &quote, 1 });
        if (quote == '"')
                return (struct text){ to, log_json_decode(scalar, to) };
        for (size_t at = 0; at < scalar.length; at++) {
                to[length++] = scalar.data[at];
                at += scalar.data[at] == '\'';
        }
        return (struct text){ to, length };
}

/* The scalar is complete: it is a member. */
static void end_scalar(struct log_reader *reader)
{
        struct log_yaml *yaml = &reader->yaml;
        char *start = reader->document_bytes + yaml->scalar, *value = start + yaml->path_length;
        struct text path = { start, yaml->path_length };
        struct text scalar = { value, yaml->used - yaml->scalar - yaml->path_length };

        if (!yaml->is_scalar)
                return;
        yaml->is_scalar = false;
        scalar = trim(scalar);
        if (yaml->is_full ||
            !log_members_add(&reader->document.members, path, unquote(scalar, value, yaml->quote), true))
                yaml->used = yaml->scalar;
}

static void begin_scalar(struct log_reader *reader, struct text value, size_t column)
{
        struct log_yaml *yaml = &reader->yaml;

        yaml->is_scalar = true;
        yaml->scalar = yaml->used;
        yaml->scalar_column = column;
        yaml->quote = '\0';
        append(yaml, reader->document_bytes, (struct text){ yaml->path, yaml->path_length });
        if (text_starts(value, TEXT("|")) || text_starts(value, TEXT(">")))
                yaml->quote = value.data[0];
        else
                append(yaml, reader->document_bytes, value);
        if (text_starts(value, TEXT("\"")) || text_starts(value, TEXT("'"))) {
                yaml->quote = value.data[0];
                if (is_closed(value, yaml->quote))
                        end_scalar(reader);
        }
}

/* A line that is deeper than the scalar's key goes on with it. */
static void continue_scalar(struct log_reader *reader, struct text line)
{
        struct log_yaml *yaml = &reader->yaml;
        struct text scalar = { reader->document_bytes + yaml->scalar + yaml->path_length,
                               yaml->used - yaml->scalar - yaml->path_length };

        if (yaml->is_full)
                return;
        if (yaml->quote == '"' && text_ends(scalar, TEXT("\\")))
                yaml->used--; /* no blank between */
        else if (scalar.length)
                append(yaml, reader->document_bytes, yaml->quote == '|' ? TEXT("\n") : TEXT(" "));
        append(yaml, reader->document_bytes, trim(line));
        scalar.length = yaml->used - yaml->scalar - yaml->path_length;
        if ((yaml->quote == '"' || yaml->quote == '\'') && is_closed(scalar, yaml->quote))
                end_scalar(reader);
}

/* "key: value", "key:" */
static bool eat_key(struct text *content, struct text *ret_key)
{
        ptrdiff_t colon = text_find(*content, TEXT(":"), 0);
        struct text key;

        if (colon <= 0)
                return false;
        key = text_until_offset(*content, (size_t)colon);
        for (size_t i = 0; i < key.length; i++)
                if (memchr(" \"'[]{}", key.data[i], 7))
                        return false;
        *content = text_from_offset(*content, (size_t)colon + 1);
        *ret_key = key;
        return content->length == 0 || text_starts(*content, TEXT(" "));
}

/* Sets the path to that of a key in this column. */
static void set_path(struct log_yaml *yaml, struct text key, size_t column)
{
        while (yaml->depth && yaml->columns[yaml->depth - 1] >= column)
                yaml->depth--;
        yaml->path_length = yaml->depth ? yaml->path_lengths[yaml->depth - 1] : 0;
        if (yaml->path_length && yaml->path_length < sizeof(yaml->path))
                yaml->path[yaml->path_length++] = '.';
        yaml->path_length += text_copy(key, yaml->path + yaml->path_length, sizeof(yaml->path) - yaml->path_length);
        if (yaml->depth < LOG_YAML_DEPTH_MAX) {
                yaml->columns[yaml->depth] = column;
                yaml->path_lengths[yaml->depth++] = yaml->path_length;
        }
}

void log_reader_end_yaml(struct log_reader *reader, bool is_whole)
{
        struct log_yaml *yaml = &reader->yaml;

        if (!yaml->is_open)
                return;
        end_scalar(reader);
        yaml->is_open = false;
        if (is_whole && !yaml->is_full)
                (void)log_records_offer(&reader->document, 0);
        log_reader_flush(reader);
}

static bool begins(struct text content)
{
        return text_starts(content, TEXT("apiVersion: "));
}

bool log_reader_read_yaml(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_origin origin = { .line_number = line_number, .path_line = LOG_UNKNOWN };
        struct log_yaml *yaml = &reader->yaml;
        size_t blanks = count_blanks(line), column = blanks;
        struct text content = text_from_offset(line, blanks), key = { 0 };
        bool has_key;

        if (yaml->is_open && yaml->is_scalar) {
                if (content.length == 0 || blanks > yaml->scalar_column) {
                        continue_scalar(reader, line);
                        return true;
                }
                end_scalar(reader);
        }
        if (text_eat(&content, TEXT("- ")))
                column += 2;
        if (begins(content)) {
                log_reader_end_yaml(reader, true);
                log_reader_end_document(reader, false);
                log_records_begin(&reader->document, reader, &origin, reader->document_bytes);
                *yaml = (struct log_yaml){ .is_open = true, .column = column };
                reader->indent = 0;
        }
        if (!yaml->is_open)
                return false;
        if (content.length == 0)
                return true;
        has_key = eat_key(&content, &key);
        if (column < yaml->column || (column == blanks && !has_key)) {
                log_reader_end_yaml(reader, true);
                return false;
        }
        if (has_key) { /* else it is an item of a list */
                set_path(yaml, key, column);
                if (trim(content).length)
                        begin_scalar(reader, trim(content), column);
        }
        return true;
}
