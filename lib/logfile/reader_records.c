/* Records of structured documents (json.h): each is an entry of the journal, a line of docker's, or whatever its members say
 * (members.h). */

#include "logfile/reader_state.h"

#define SEPARATOR "\x1e" /* of JSON text sequences */

/* ---- texts of several lines --------------------------------------------------------------------------------------------- */

static bool decides(struct log_reader *reader, struct text line)
{
        struct log_prefix prefix;

        return log_prefix_parse(line, &reader->hint, reader->decoded, &prefix) ||
               (reader->options.is_kernel_text && reader->options.is_kernel_text(line, reader->options.userdata));
}

static struct text eat_line(struct text *text)
{
        struct text line = text_eat_until(text, '\n');

        (void)text_eat(text, TEXT("\n"));
        return line;
}

/* Whether a text holds several messages, each in a line. A message of the kernel's that has a newline is no such text: of the
 * pieces at most one shows that it is the kernel's. */
static bool has_several_messages(struct log_reader *reader, struct text text)
{
        if (!decides(reader, eat_line(&text)))
                return false;
        while (text.length)
                if (decides(reader, eat_line(&text)))
                        return true;
        return false;
}

/* Lines that begin with a blank, and have no form, belong to the one before. */
static bool offer_lines(const struct log_inner *inner, struct log_opening *opening)
{
        struct log_inner piece = *inner;
        struct text rest = inner->text;
        bool was_taken = false;

        while (rest.length) {
                piece.text = eat_line(&rest);
                while (text_starts(rest, TEXT(" ")) &&
                       !decides(opening->reader, text_until_offset(rest, rest.length))) {
                        struct text more = eat_line(&rest);

                        piece.text.length = (size_t)(more.data + more.length - piece.text.data);
                }
                if (piece.text.length)
                        was_taken |= log_reader_offer(&piece, opening);
        }
        return was_taken;
}

static bool offer_text(const struct log_inner *inner, void *userdata)
{
        struct log_opening *opening = userdata;

        if (memchr(inner->text.data, '\n', inner->text.length) && has_several_messages(opening->reader, inner->text))
                return offer_lines(inner, opening);
        return log_reader_offer(inner, opening);
}

/* ---- records ------------------------------------------------------------------------------------------------------------ */

/* Of no document and no journal; the export's is free where a line comes here. */
static struct log_entry *entry_of(struct log_records *records)
{
        return &records->reader->export.entry;
}

static void on_begin(bool is_object, void *userdata)
{
        struct log_records *records = userdata;

        records->outer[records->n_open] = records->members.roles;
        records->n_outer_texts[records->n_open] = records->members.n_texts;
        records->n_open++;
        records->origin.line_number = records->line_number;
        if (!is_object)
                return;
        log_entry_clear(entry_of(records));
        records->has_transport = records->is_dockers = false;
        records->docker_log = records->key = records->key_value = (struct text){ 0 };
}

bool log_records_offer(struct log_records *records, size_t first)
{
        struct log_opening opening = { .reader = records->reader, .origin = &records->origin };

        if (records->is_headless && !records->members.roles.is_kernel)
                return false;
        return log_members_offer(&records->members, first, offer_text, &opening);
}

static bool on_value(const struct log_json_value *value, void *userdata)
{
        struct log_records *records = userdata;
        struct log_members *members = &records->members;
        size_t n_texts = members->n_texts;
        ptrdiff_t dot = text_find_last(value->path, TEXT("."));
        struct text name = text_from_offset(value->path, (size_t)(dot + 1));

        if (value->is_element) { /* nothing that follows says more of it */
                records->origin.line_number = records->line_number;
                log_members_add_text(members, value->path, value->value);
                if (members->n_texts > n_texts)
                        (void)log_records_offer(records, n_texts);
                members->n_texts = n_texts;
                return false;
        }
        if (value->kind != LOG_JSON_WORD || text_starts(value->value, TEXT("-")) ||
            log_eat_digits(&(struct text){ value->value.data, value->value.length }, 1, &(uint32_t){ 0 }))
                log_entry_field(entry_of(records), name, value->value);
        records->has_transport = records->has_transport || text_equal(name, TEXT("_TRANSPORT"));
        if (text_equal(value->path, TEXT("log")))
                records->docker_log = value->value;
        records->is_dockers =
                records->is_dockers || text_equal(value->path, TEXT("time")) || text_equal(value->path, TEXT("stream"));
        if (text_equal(name, TEXT("key")) && value->kind == LOG_JSON_STRING) {
                records->key = value->value;
                return true;
        }
        if (records->key.data && (text_equal(name, TEXT("value")) || text_equal(name, TEXT("stringValue")))) {
                records->key_value = value->value;
                return true;
        }
        return log_members_add(members, value->path, value->value, value->kind != LOG_JSON_WORD);
}

/* The value is copied: it goes with its record. */
static void add_attribute(struct log_records *records, struct text key, struct text value)
{
        struct log_roles *roles = &records->members.roles;
        char copy[LOG_HOST_MAX];

        value = (struct text){ copy, text_copy(value, copy, sizeof(copy)) };
        (void)log_members_add(&records->members, key, value, false);
        if (roles->host.data == copy)
                roles->host = (struct text){ records->attribute, text_copy(value, records->attribute, sizeof(copy)) };
        if (roles->node.data == copy)
                roles->node = (struct text){ 0 };
        if (roles->boot_id.data == copy)
                roles->boot_id = (struct text){ 0 };
}

static void add_entry(struct log_records *records)
{
        struct log_entry *entry = entry_of(records);
        const struct log_roles *roles = &records->members.roles;

        /* Shippers have names of their own for these. */
        records->origin.stamp = roles->stamp;
        if (entry->host_length == 0)
                entry->host_length = text_copy(roles->host, entry->host, sizeof(entry->host));
        log_reader_add_entry(records->reader, entry, LOG_FORM_JSON, &records->origin);
}

static void on_end(bool is_whole, void *userdata)
{
        struct log_records *records = userdata;
        struct log_members *members = &records->members;
        size_t first = records->n_outer_texts[--records->n_open];

        if (records->docker_log.data && records->is_dockers)
                members->roles.is_container = true;
        if (!is_whole && !(records->is_interrupted && members->roles.is_kernel)) {
                log_reader_flush(records->reader);
        } else if (records->has_transport && entry_of(records)->has_text) {
                add_entry(records);
        } else if (members->n_texts > first && !log_records_offer(records, first)) {
                log_reader_flush(records->reader);
                records->reader->indent = 0;
        }
        records->has_transport = records->is_dockers = false;
        members->roles = records->outer[records->n_open];
        members->n_texts = first;
        if (records->n_open == 0)
                records->is_headless = false;
        else if (records->key.data && records->key_value.data)
                add_attribute(records, records->key, records->key_value);
        records->key = records->key_value = (struct text){ 0 };
}

void log_records_begin(struct log_records *records, struct log_reader *reader, const struct log_origin *origin,
                       char *buffer)
{
        static const struct log_json_handler handler = { on_begin, on_value, on_end };

        records->reader = reader;
        records->origin = *origin;
        records->line_number = origin->line_number;
        records->is_headless = records->is_interrupted = records->has_transport = records->is_dockers = false;
        records->docker_log = records->key = records->key_value = (struct text){ 0 };
        records->n_open = 0;
        records->members.roles = (struct log_roles){ 0 };
        records->members.n_texts = 0;
        log_json_init(&records->json, &handler, records, buffer, LOG_READER_LINE_MAX);
}

/* "{", "[", and what may follow them: "[  123.456789]" is the kernel's stamp. */
static bool begins_json(struct text line)
{
        while (line.length && memchr(" \t" SEPARATOR, line.data[0], 3))
                line = text_from_offset(line, 1);
        if (text_starts(line, TEXT("{")))
                return true;
        if (!text_eat(&line, TEXT("[")))
                return false;
        while (line.length && memchr(" \t", line.data[0], 2))
                line = text_from_offset(line, 1);
        return line.length == 0 || memchr("{[\"", line.data[0], 3);
}

/* What fluentd puts in front: a date, a tab, a tag, a tab; or "2026-08-25 14:06:20.123456789 +0000 tag: ". */
static void eat_tag(struct text *line, struct log_stamp *ret_stamp)
{
        struct text rest = *line, tag;
        struct log_stamp stamp;

        if (!log_stamp_eat_iso(&rest, &stamp))
                return;
        if (text_eat(&rest, TEXT("\t"))) {
                tag = text_eat_until(&rest, '\t');
                if (tag.length == 0 || !text_eat(&rest, TEXT("\t")))
                        return;
        } else {
                if (!text_eat(&rest, TEXT(" ")) || !log_stamp_eat_zone(&rest, &stamp) || !text_eat(&rest, TEXT(" ")))
                        return;
                tag = text_eat_until(&rest, ' ');
                if (!text_ends(tag, TEXT(":")) || !text_eat(&rest, TEXT(" ")))
                        return;
        }
        if (!text_starts(rest, TEXT("{")))
                return;
        *line = rest;
        *ret_stamp = stamp;
}

bool log_reader_read_json(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_stamp stamp = { .kind = LOG_STAMP_NONE };
        struct log_records *records;
        char *buffer;

        eat_tag(&line, &stamp);
        log_strip_padding(&line);
        if (origin->n_wrappers >= LOG_WRAP_DEPTH || !begins_json(line))
                return false;
        records = &reader->inner[origin->n_wrappers];
        buffer = reader->json[origin->n_wrappers];
        log_records_begin(records, reader, origin, buffer);
        records->members.roles.stamp = stamp; /* where the record has none */
        if (log_json_push(&records->json, line) == LOG_JSON_DONE)
                return true;
        log_json_abort(&records->json, false);
        return false;
}

/* ---- documents ---------------------------------------------------------------------------------------------------------- */

/* `"name": value,` */
static bool is_member(struct text line)
{
        ptrdiff_t colon;

        (void)text_eat_blanks(&line);
        while (text_eat(&line, TEXT("\t")))
                ;
        return text_starts(line, TEXT("\"")) && (colon = text_find(line, TEXT("\":"), 1)) >= 0
                       ? true
                       : text_starts(line, TEXT("\"")) && text_find(line, TEXT("\" :"), 1) >= 0;
}

/* Brackets, numbers of an array: a document's, but nothing to begin with. */
static bool is_of_document(struct text line)
{
        for (size_t i = 0; i < line.length; i++)
                if (!memchr(" \t0123456789,[]{}", line.data[i], 17))
                        return false;
        return true;
}

static bool begin_document(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_records *document = &reader->document;
        struct log_origin origin = { .line_number = line_number, .path_line = LOG_UNKNOWN };
        bool is_inside = reader->may_be_inside && is_member(line);

        reader->may_be_inside = reader->may_be_inside && (is_inside || is_of_document(line));
        if (!begins_json(line) && !is_inside)
                return false;
        log_records_begin(document, reader, &origin, reader->document_bytes);
        if (is_inside) {
                document->is_headless = reader->has_skipped;
                log_json_begin_middle(&document->json);
        }
        return true;
}

bool log_reader_read_document(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_records *document = &reader->document;
        bool was_open = document->json.handler && log_json_is_open(&document->json);

        if (!was_open || document->json.syntax.has_unknown_base) {
                struct text event = line;

                /* server-sent events */
                if (text_eat(&event, TEXT("data:")) && begins_json(event))
                        line = event;
        }
        if (!was_open && !begin_document(reader, line, line_number))
                return false;
        document->line_number = line_number;
        if (log_json_push(&document->json, line) != LOG_JSON_NOT) {
                reader->indent = 0;
                reader->may_be_inside = false;
                return true;
        }
        log_reader_end_document(reader, false);
        return was_open && log_reader_read_document(reader, line, line_number);
}

void log_reader_end_document(struct log_reader *reader, bool is_log_end)
{
        struct log_records *document = &reader->document;

        if (!document->json.handler || !log_json_is_open(&document->json))
                return;
        document->is_interrupted = true;
        log_json_abort(&document->json, is_log_end);
}

bool log_reader_is_inside(const struct log_reader *reader)
{
        const struct log_json *json = &reader->document.json;
        const struct log_suspect *suspect = &reader->suspect;

        return reader->window.count || (suspect->count && (suspect->n_kernels || suspect->n_forms)) ||
               reader->has_base64_header || reader->base64.is_open ||
               (reader->verbose.is_open && reader->export.entry.has_text) ||
               (reader->yaml.is_open && !reader->yaml.is_full &&
                (reader->yaml.is_scalar || reader->document.members.n_texts > 0)) ||
               (json->handler && log_json_is_open(json) && !json->is_full &&
                (reader->document.members.n_texts > 0 || json->frames[json->syntax.depth - 1].may_be_bytes));
}
