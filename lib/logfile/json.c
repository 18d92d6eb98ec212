#include "logfile/json.h"

#define RECORD_SEPARATOR "\x1e" /* of JSON text sequences, RFC 7464 */

/* ---- strings ------------------------------------------------------------------------------------------------------------ */

static bool eat_hex4(struct text *text, uint32_t *ret_value)
{
        uint32_t value = 0;

        if (text->length < 4)
                return false;
        for (size_t i = 0; i < 4; i++) {
                uint8_t digit = text_hex_digit(text->data[i]);

                if (digit > 15)
                        return false;
                value = value << 4 | digit;
        }
        *text = text_from_offset(*text, 4);
        *ret_value = value;
        return true;
}

static const char escape_names[] = "\"\\/bfnrt", escape_bytes[] = "\"\\/\b\f\n\r\t";

/* A string off the front; *ret_inside is what is between its quotes. False if it isn't whole, or has an escape that is none. */
static bool eat_string(struct text *text, struct text *ret_inside)
{
        struct text rest = *text;
        const char *quote = NULL, *backslash;
        uint32_t character;

        if (!text_eat(&rest, TEXT("\"")))
                return false;
        for (;;) {
                char c;

                if (!quote || quote < rest.data)
                        quote = memchr(rest.data, '"', rest.length);
                if (!quote)
                        return false;
                backslash = memchr(rest.data, '\\', (size_t)(quote - rest.data));
                if (!backslash)
                        break;
                rest = text_from_offset(rest, (size_t)(backslash - rest.data) + 1);
                c = rest.data[0]; /* the quote at least */
                rest = text_from_offset(rest, 1);
                if (c == 'u' ? !eat_hex4(&rest, &character) : !memchr(escape_names, c, sizeof(escape_names) - 1))
                        return false;
        }
        *ret_inside = (struct text){ text->data + 1, (size_t)(quote - text->data) - 1 };
        *text = text_from_offset(*text, (size_t)(quote - text->data) + 1);
        return true;
}

static char *put_utf8(char *out, uint32_t character)
{
        static const uint8_t marks[] = { 0, 0xc0, 0xe0, 0xf0 };
        unsigned n_more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;

        *out++ = (char)(marks[n_more] | character >> 6 * n_more);
        while (n_more-- > 0)
                *out++ = (char)(0x80 | (character >> 6 * n_more & 0x3f));
        return out;
}

/* What follows "\u". Half of a surrogate pair alone is U+FFFD. */
static uint32_t eat_unicode(struct text *text)
{
        uint32_t character = 0, low;
        struct text after;

        (void)eat_hex4(text, &character);
        after = *text;
        if (character >= 0xd800 && character < 0xdc00 && text_eat(&after, TEXT("\\u")) && eat_hex4(&after, &low) &&
            low >= 0xdc00 && low < 0xe000) {
                character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
                *text = after;
        }
        return character >= 0xd800 && character < 0xe000 ? 0xfffd : character;
}

size_t log_json_decode(struct text string, char *buffer)
{
        char *out = buffer;

        while (string.length) {
                const char *backslash = memchr(string.data, '\\', string.length - 1), *name;
                struct text plain =
                        text_until_offset(string, backslash ? (size_t)(backslash - string.data) : string.length);
                char c;

                memmove(out, plain.data, plain.length);
                out += plain.length;
                if (!backslash)
                        break;
                string = text_from_offset(string, plain.length + 1);
                c = string.data[0];
                string = text_from_offset(string, 1);
                name = memchr(escape_names, c, sizeof(escape_names) - 1);
                if (c == 'u')
                        out = put_utf8(out, eat_unicode(&string));
                else
                        *out++ = name ? escape_bytes[name - escape_names] : c;
        }
        return (size_t)(out - buffer);
}

/* ---- syntax: from bytes to events --------------------------------------------------------------------------------------- */

enum event {
        EVENT_LINE_END,
        EVENT_BAD,
        EVENT_OPEN,     /* token: the bracket */
        EVENT_CLOSE,    /* of open[depth] */
        EVENT_BOUNDARY, /* in the middle: what was around the last values was an array's element, or a document */
        EVENT_NAME,
        EVENT_STRING,
        EVENT_WORD,
};

static void eat_space(struct text *text)
{
        while (text->length &&
               (text->data[0] == ' ' || text->data[0] == '\t' || text->data[0] == '\r' || text->data[0] == '\n'))
                *text = text_from_offset(*text, 1);
}

static enum event open_bracket(struct log_json_syntax *syntax, struct text *rest)
{
        char c = rest->data[0];

        if (syntax->depth == LOG_JSON_DEPTH_MAX)
                return EVENT_BAD;
        syntax->open[syntax->depth++] = c;
        syntax->expect = c == '{' ? LOG_JSON_NAME_OR_END : LOG_JSON_VALUE_OR_END;
        *rest = text_from_offset(*rest, 1);
        return EVENT_OPEN;
}

static enum event close_bracket(struct log_json_syntax *syntax, struct text *rest)
{
        char c = rest->data[0], *open = &syntax->open[syntax->depth - 1];
        bool was_array = c == ']' && *open == '?';

        if (*open != '?' && *open != (c == '}' ? '{' : '['))
                return EVENT_BAD;
        *rest = text_from_offset(*rest, 1);
        syntax->expect = LOG_JSON_AFTER;
        if (syntax->depth == 1 && syntax->has_unknown_base) {
                *open = '?'; /* and it stands for what is around */
                return was_array ? EVENT_BOUNDARY : EVENT_LINE_END;
        }
        if (--syntax->depth == 0) {
                syntax->expect = LOG_JSON_START;
                syntax->is_after_document = true;
        }
        return EVENT_CLOSE;
}

static enum event next_value(struct log_json_syntax *syntax, struct text *rest, struct text *ret_token)
{
        size_t length = 0;

        if (rest->data[0] == '{' || rest->data[0] == '[')
                return open_bracket(syntax, rest);
        syntax->expect = LOG_JSON_AFTER;
        if (rest->data[0] == '"')
                return eat_string(rest, ret_token) ? EVENT_STRING : EVENT_BAD;
        while (length < rest->length && !memchr(",]} \t\r\n:\"[{", rest->data[length], 12))
                length++;
        *ret_token = text_until_offset(*rest, length);
        *rest = text_from_offset(*rest, length);
        return length ? EVENT_WORD : EVENT_BAD;
}

static enum event next_name(struct log_json_syntax *syntax, struct text *rest, struct text *ret_token)
{
        syntax->expect = LOG_JSON_COLON;
        return eat_string(rest, ret_token) ? EVENT_NAME : EVENT_BAD;
}

/* After a comma, in the unknown: a name is followed by a colon. */
static enum event next_item(struct log_json_syntax *syntax, struct text *rest, struct text *ret_token)
{
        struct text after = *rest, string;

        if (eat_string(&after, &string)) {
                eat_space(&after);
                if (text_starts(after, TEXT(":"))) {
                        syntax->open[0] = '{';
                        return next_name(syntax, rest, ret_token);
                }
        }
        syntax->open[0] = '[';
        syntax->expect = LOG_JSON_VALUE;
        return EVENT_BOUNDARY;
}

static enum event next_after(struct log_json_syntax *syntax, struct text *rest)
{
        char c = rest->data[0], open = syntax->open[syntax->depth - 1];

        if (c == '}' || c == ']')
                return close_bracket(syntax, rest);
        if (c == ',') {
                *rest = text_from_offset(*rest, 1);
                syntax->expect = open == '{' ? LOG_JSON_NAME : open == '[' ? LOG_JSON_VALUE : LOG_JSON_ITEM;
                return EVENT_LINE_END;
        }
        if (open == '?' && (c == '{' || c == '[')) { /* a document begins */
                syntax->depth = 0;
                syntax->has_unknown_base = false;
                syntax->expect = LOG_JSON_START;
                return EVENT_BOUNDARY;
        }
        return EVENT_BAD;
}

/* The next event of the line. EVENT_LINE_END with *rest not empty: nothing to be told, go on. */
static enum event next_event(struct log_json_syntax *syntax, struct text *rest, struct text *ret_token)
{
        eat_space(rest);
        if (rest->length == 0)
                return EVENT_LINE_END;
        switch (syntax->expect) {
        case LOG_JSON_START:
                if (text_eat(rest, TEXT(RECORD_SEPARATOR)) || (syntax->is_after_document && text_eat(rest, TEXT(","))))
                        return EVENT_LINE_END;
                return rest->data[0] == '{' || rest->data[0] == '[' ? open_bracket(syntax, rest) : EVENT_BAD;
        case LOG_JSON_NAME_OR_END:
                if (rest->data[0] == '}')
                        return close_bracket(syntax, rest);
                return next_name(syntax, rest, ret_token);
        case LOG_JSON_NAME:
                return next_name(syntax, rest, ret_token);
        case LOG_JSON_COLON:
                syntax->expect = LOG_JSON_VALUE;
                return text_eat(rest, TEXT(":")) ? EVENT_LINE_END : EVENT_BAD;
        case LOG_JSON_VALUE_OR_END:
                if (rest->data[0] == ']')
                        return close_bracket(syntax, rest);
                return next_value(syntax, rest, ret_token);
        case LOG_JSON_VALUE:
                return next_value(syntax, rest, ret_token);
        case LOG_JSON_ITEM:
                return next_item(syntax, rest, ret_token);
        case LOG_JSON_AFTER:
                return next_after(syntax, rest);
        }
        return EVENT_BAD;
}

static bool is_json(struct log_json_syntax syntax, struct text line)
{
        enum event event = EVENT_LINE_END;
        struct text token = { 0 };

        while (line.length && event != EVENT_BAD)
                event = next_event(&syntax, &line, &token);
        return event != EVENT_BAD;
}

/* ---- from events to values ---------------------------------------------------------------------------------------------- */

static struct log_json_frame *top(struct log_json *json)
{
        return &json->frames[json->syntax.depth - 1];
}

static void begin_record(struct log_json *json, struct log_json_frame *frame)
{
        frame->is_record = true;
        json->handler->begin(!frame->is_array, json->userdata);
}

static void end_record(struct log_json *json, struct log_json_frame *frame, bool is_whole)
{
        json->handler->end(is_whole && !json->is_full, json->userdata);
        json->is_full = false;
        frame->is_record = false;
}

static void on_open(struct log_json *json)
{
        struct log_json_frame *frame = top(json), *outer = json->syntax.depth > 1 ? frame - 1 : NULL;

        if (!outer)
                json->path_length = 0;
        if (outer && outer->may_be_bytes) {
                outer->may_be_bytes = false;
                json->used = outer->used;
        }
        *frame = (struct log_json_frame){ .is_array = json->syntax.open[json->syntax.depth - 1] == '[',
                                          .path_length = json->path_length,
                                          .used = json->used };
        frame->may_be_bytes = frame->is_array && outer && !outer->is_array;
        if (!outer || outer->is_array)
                begin_record(json, frame);
}

/* Copies to the buffer. False if there is no room. */
static bool keep(struct log_json *json, struct text bytes, bool is_encoded, struct text *ret_kept)
{
        char *to = json->buffer + json->used;
        size_t length = bytes.length;

        if (length > json->size - json->used) {
                json->is_full = true;
                return false;
        }
        if (is_encoded)
                length = log_json_decode(bytes, to);
        else
                (void)text_copy(bytes, to, length);
        json->used += length;
        *ret_kept = (struct text){ to, length };
        return true;
}

static void give(struct log_json *json, struct log_json_value *value, size_t used_before)
{
        struct text path = { json->path, json->path_length };

        if (!keep(json, path, false, &value->path) || !json->handler->value(value, json->userdata))
                json->used = used_before;
}

static void on_scalar(struct log_json *json, struct text token, enum log_json_kind kind)
{
        struct log_json_frame *frame = top(json);
        struct log_json_value value = { .kind = kind, .is_element = frame->is_array && frame->is_record };
        struct text number = token;
        uint64_t byte;
        size_t used = json->used;

        if (frame->may_be_bytes) {
                char c;

                if (kind == LOG_JSON_WORD && text_eat_u64(&number, &byte) && number.length == 0 && byte <= UINT8_MAX) {
                        c = (char)byte;
                        (void)keep(json, (struct text){ &c, 1 }, false, &value.value);
                        return;
                }
                frame->may_be_bytes = false;
                used = json->used = frame->used;
        }
        if (keep(json, token, kind == LOG_JSON_STRING, &value.value))
                give(json, &value, used);
        if (!frame->is_array)
                json->path_length = frame->path_length;
}

static void on_close(struct log_json *json)
{
        struct log_json_frame *frame = &json->frames[json->syntax.depth];

        if (frame->may_be_bytes && json->used > frame->used) {
                struct log_json_value value = { .kind = LOG_JSON_BYTES };

                value.value = (struct text){ json->buffer + frame->used, json->used - frame->used };
                json->path_length = frame->path_length;
                give(json, &value, frame->used);
        }
        if (frame->is_record) {
                end_record(json, frame, true);
                json->used = frame->used;
        }
        if (json->syntax.depth)
                json->path_length = top(json)->path_length;
}

/* In the middle of the unknown: what was said so far is of one record; another begins, or an array of them, or a document. */
static void on_boundary(struct log_json *json)
{
        struct log_json_frame *base = &json->frames[0];

        if (base->is_record)
                end_record(json, base, true);
        json->used = json->path_length = 0;
        *base = (struct log_json_frame){ .is_array = json->syntax.open[0] == '[' };
        if (json->syntax.depth && !base->is_array)
                begin_record(json, base);
}

static void on_name(struct log_json *json, struct text name)
{
        struct log_json_frame *frame = top(json);
        char decoded[LOG_JSON_PATH_MAX];
        struct text part = { decoded, 0 };

        if (!frame->is_record && json->syntax.depth == 1) { /* the unknown is an object after all */
                frame->is_array = false;
                begin_record(json, frame);
        }
        part.length = log_json_decode(
                text_until_offset(name, name.length < sizeof(decoded) ? name.length : sizeof(decoded)), decoded);
        json->path_length = frame->path_length;
        if (json->path_length && json->path_length < sizeof(json->path))
                json->path[json->path_length++] = '.';
        json->path_length += text_copy(part, json->path + json->path_length, sizeof(json->path) - json->path_length);
}

void log_json_init(struct log_json *json, const struct log_json_handler *handler, void *userdata, char *buffer,
                   size_t size)
{
        json->handler = handler;
        json->userdata = userdata;
        json->buffer = buffer;
        json->size = size;
        json->used = json->path_length = 0;
        json->is_full = false;
        json->syntax.expect = LOG_JSON_START;
        json->syntax.is_after_document = json->syntax.has_unknown_base = false;
        json->syntax.depth = 0;
}

void log_json_begin_middle(struct log_json *json)
{
        json->syntax.depth = 1;
        json->syntax.has_unknown_base = true;
        json->syntax.open[0] = '{';
        json->syntax.expect = LOG_JSON_NAME_OR_END;
        json->used = json->path_length = 0;
        json->frames[0] = (struct log_json_frame){ 0 };
        begin_record(json, &json->frames[0]);
}

enum log_json_result log_json_push(struct log_json *json, struct text line)
{
        struct text token = { 0 };

        if (!is_json(json->syntax, line))
                return LOG_JSON_NOT;
        while (line.length) {
                switch (next_event(&json->syntax, &line, &token)) {
                case EVENT_OPEN:
                        on_open(json);
                        break;
                case EVENT_CLOSE:
                        on_close(json);
                        break;
                case EVENT_BOUNDARY:
                        on_boundary(json);
                        break;
                case EVENT_NAME:
                        on_name(json, token);
                        break;
                case EVENT_STRING:
                        on_scalar(json, token, LOG_JSON_STRING);
                        break;
                case EVENT_WORD:
                        on_scalar(json, token, LOG_JSON_WORD);
                        break;
                case EVENT_LINE_END:
                case EVENT_BAD:
                        break;
                }
        }
        return json->syntax.depth ? LOG_JSON_MORE : LOG_JSON_DONE;
}

void log_json_abort(struct log_json *json, bool is_whole)
{
        for (; json->syntax.depth; json->syntax.depth--)
                if (top(json)->is_record)
                        end_record(json, top(json), is_whole);
        log_json_init(json, json->handler, json->userdata, json->buffer, json->size);
}
