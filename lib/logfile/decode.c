#include "logfile/decode.h"

#include <strings.h>

#include "logfile/escape.h"
#include "util/array.h"

log_decode_fn *const log_decoders[LOG_DECODERS] = {
        [LOG_DECODER_TERMINAL] = log_decode_terminal, [LOG_DECODER_MARKUP] = log_decode_markup,
        [LOG_DECODER_QUOTED] = log_decode_quoted,     [LOG_DECODER_CONTROLS] = log_decode_controls,
        [LOG_DECODER_MARGIN] = log_decode_margin,
};

struct output {
        char *data;
        size_t length;
};

static void put(struct output *output, struct text text)
{
        output->length += text_copy(text, output->data + output->length, text.length);
}

/* Takes what is plain up to the next of these bytes. */
static void put_until(struct output *output, struct text *text, const char *signs)
{
        size_t length = text->length;

        for (; *signs && length; signs++) {
                const char *hit = memchr(text->data, *signs, length);

                length = hit ? (size_t)(hit - text->data) : length;
        }
        put(output, text_until_offset(*text, length));
        *text = text_from_offset(*text, length);
}

/* ---- terminals ------------------------------------------------------------------------------------------------------- */

/* The escape byte, or how it is shown. Not "\x1b" and "#033": so dmesg and syslog daemons show that of a process's name. */
static bool eat_escape(struct text *text)
{
        static const struct text shown[] = { { "^[", 2 }, { "\\e", 2 }, { "\\u001b", 6 }, { "\xe2\x90\x9b", 3 } };

        if (text_eat(text, TEXT("\x1b")))
                return true;
        for (size_t i = 0; i < COUNT(shown); i++) {
                struct text rest = *text;

                /* As text it needs more to be one: the "[" of a sequence that ends. */
                if (text_eat(&rest, shown[i]) && text_starts(rest, TEXT("["))) {
                        *text = rest;
                        return true;
                }
        }
        return false;
}

/* ECMA-48: "[", parameters, one last byte. */
static bool eat_control_sequence(struct text *text)
{
        struct text rest = *text;
        size_t at = 0;

        if (!text_eat(&rest, TEXT("[")))
                return false;
        while (at < rest.length && rest.data[at] >= ' ' && rest.data[at] <= '?')
                at++;
        if (at == rest.length || at > 32 || rest.data[at] < '@' || rest.data[at] > '~')
                return false;
        *text = text_from_offset(rest, at + 1);
        return true;
}

/* "]8;;https://...", a title: up to BEL or ESC "\" */
static bool eat_command(struct text *text)
{
        struct text rest = *text;
        size_t at = 0;

        if (!text_eat(&rest, TEXT("]")))
                return false;
        while (at < rest.length && rest.data[at] != '\a' && rest.data[at] != '\x1b')
                at++;
        if (at == rest.length)
                return false;
        rest = text_from_offset(rest, at + 1);
        (void)text_eat(&rest, TEXT("\\"));
        *text = rest;
        return true;
}

static bool eat_sequence(struct text *text)
{
        struct text rest = *text;

        if (!eat_escape(&rest))
                return false;
        if (!eat_control_sequence(&rest) && !eat_command(&rest)) {
                if (rest.length && memchr("()*+", rest.data[0], 4) && rest.length > 1)
                        rest = text_from_offset(rest, 2); /* a character set */
                else if (rest.length && memchr("=>78cDEHMNOZ", rest.data[0], 12))
                        rest = text_from_offset(rest, 1);
                else
                        return false;
        }
        *text = rest;
        return true;
}

bool log_decode_terminal(struct text line, char *buffer, struct text *ret_line)
{
        struct output output = { .data = buffer };
        bool is_found = false;

        while (line.length) {
                put_until(&output, &line, "\x1b^\\\xe2\x0e\x0f\b");
                if (line.length == 0)
                        break;
                if (text_eat(&line, TEXT("\x0e")) || text_eat(&line, TEXT("\x0f")) || eat_sequence(&line)) {
                        is_found = true;
                } else if (text_eat(&line, TEXT("\b"))) {
                        is_found = true; /* a letter, and the same again: bold, as of man and less */
                        output.length -= output.length > 0;
                } else {
                        put(&output, text_until_offset(line, 1));
                        line = text_from_offset(line, 1);
                }
        }
        *ret_line = (struct text){ buffer, output.length };
        return is_found;
}

/* ---- markup ---------------------------------------------------------------------------------------------------------- */

static bool eat_named_entity(struct text *text, struct text *ret_text)
{
        static const struct {
                struct text name, text;
        } entities[] = {
                { { "gt;", 3 }, { ">", 1 } },     { { "lt;", 3 }, { "<", 1 } },    { { "amp;", 4 }, { "&", 1 } },
                { { "quot;", 5 }, { "\"", 1 } },  { { "apos;", 5 }, { "'", 1 } },  { { "nbsp;", 5 }, { " ", 1 } },
                { { "lbrack;", 7 }, { "[", 1 } }, { { "lsqb;", 5 }, { "[", 1 } },  { { "rbrack;", 7 }, { "]", 1 } },
                { { "rsqb;", 5 }, { "]", 1 } },   { { "colon;", 6 }, { ":", 1 } }, { { "equals;", 7 }, { "=", 1 } },
                { { "lpar;", 5 }, { "(", 1 } },   { { "rpar;", 5 }, { ")", 1 } },  { { "sol;", 4 }, { "/", 1 } },
                { { "lowbar;", 7 }, { "_", 1 } }, { { "comma;", 6 }, { ",", 1 } }, { { "NewLine;", 8 }, { "\n", 1 } },
        };

        for (size_t i = 0; i < COUNT(entities); i++) {
                if (text_eat(text, entities[i].name)) {
                        *ret_text = entities[i].text;
                        return true;
                }
        }
        return false;
}

static bool is_digit_of(char c, bool is_hex)
{
        return is_hex ? text_hex_digit(c) < 16 : c >= '0' && c <= '9';
}

/* "&#39;", "&#x27;": a byte of ASCII, or a blank that doesn't break */
static bool eat_numbered_entity(struct text *text, char *ret_byte)
{
        struct text rest = *text;
        uint32_t value = 0;
        size_t at = 0;
        bool is_hex;

        if (!text_eat(&rest, TEXT("#")))
                return false;
        is_hex = text_eat(&rest, TEXT("x")) || text_eat(&rest, TEXT("X"));
        for (; at < rest.length && at < 6 && is_digit_of(rest.data[at], is_hex); at++)
                value = value * (is_hex ? 16 : 10) + text_hex_digit(rest.data[at]);
        rest = text_from_offset(rest, at);
        if (at == 0 || !text_eat(&rest, TEXT(";")) || (value >= 0x80 && value != 0xa0) || value == 0)
                return false;
        *ret_byte = value == 0xa0 ? ' ' : (char)value;
        *text = rest;
        return true;
}

static bool eat_entity(struct text *text, struct output *output)
{
        struct text rest = *text, decoded;
        char byte;

        if (!text_eat(&rest, TEXT("&")))
                return false;
        if (eat_numbered_entity(&rest, &byte))
                decoded = (struct text){ &byte, 1 };
        else if (!eat_named_entity(&rest, &decoded))
                return false;
        put(output, decoded);
        *text = rest;
        return true;
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "<br />", "</td>", "<span class="x">", "[code]", "[/color]". Not "<TASK>" and "[name]", which the kernel prints: only names that are
 * known to be tags. */
static bool eat_tag(struct text *text)
{
        static const char names[][11] = { "br",    "td",     "tr",      "th",    "p",          "pre",  "code",  "li",
                                          "ul",    "ol",     "div",     "span",  "font",       "b",    "i",     "u",
                                          "em",    "strong", "table",   "tbody", "thead",      "tt",   "kbd",   "samp",
                                          "mark",  "a",      "html",    "body",  "blockquote", "nobr", "small", "color",
                                          "quote", "size",   "details", "wbr" };
        struct text rest = *text, name;
        char closer = '>';
        size_t length = 0, end;

        if (!text_eat(&rest, TEXT("<"))) {
                if (!text_eat(&rest, TEXT("[")))
                        return false;
                closer = ']';
        }
        (void)text_eat(&rest, TEXT("/"));
        while (length < rest.length && is_letter(rest.data[length]))
                length++;
        name = text_until_offset(rest, length);
        for (size_t i = 0;; i++) {
                if (i == COUNT(names))
                        return false;
                if (name.length == strlen(names[i]) && strncasecmp(name.data, names[i], name.length) == 0)
                        break;
        }
        if (closer == ']' && length < 4)
                return false; /* "[b]": the kernel's brackets hold short names too */
        rest = text_from_offset(rest, length);
        if (rest.length == 0 || !memchr(closer == '>' ? " />\t" : "=]", rest.data[0], closer == '>' ? 4 : 2))
                return false;
        for (end = 0; end < rest.length && rest.data[end] != closer; end++)
                if (rest.data[end] == '<')
                        return false;
        if (end == rest.length)
                return false;
        *text = text_from_offset(rest, end + 1);
        return true;
}

bool log_decode_markup(struct text line, char *buffer, struct text *ret_line)
{
        struct output output = { .data = buffer };
        bool is_found = false;

        while (line.length) {
                put_until(&output, &line, "<[&\xc2");
                if (line.length == 0)
                        break;
                if (eat_tag(&line) || eat_entity(&line, &output)) {
                        is_found = true;
                } else if (text_eat(&line, TEXT("\xc2\xa0"))) {
                        put(&output, TEXT(" ")); /* the blank that doesn't break, itself */
                        is_found = true;
                } else {
                        put(&output, text_until_offset(line, 1));
                        line = text_from_offset(line, 1);
                }
        }
        *ret_line = (struct text){ buffer, output.length };
        return is_found;
}

/* ---- mail ------------------------------------------------------------------------------------------------------------ */

bool log_decode_quoted(struct text line, char *buffer, struct text *ret_line)
{
        struct output output = { .data = buffer };
        bool is_found = false;

        while (line.length) {
                put_until(&output, &line, "=");
                if (line.length == 0)
                        break;
                if (line.length < 3 || text_hex_digit(line.data[1]) > 15 || text_hex_digit(line.data[2]) > 15)
                        return false;
                buffer[output.length++] = (char)(text_hex_digit(line.data[1]) << 4 | text_hex_digit(line.data[2]));
                line = text_from_offset(line, 3);
                is_found = true;
        }
        *ret_line = (struct text){ buffer, output.length };
        return is_found;
}

/* ---- others ---------------------------------------------------------------------------------------------------------- */

bool log_decode_controls(struct text line, char *buffer, struct text *ret_line)
{
        size_t length;
        bool is_cut;

        if (line.length == 0)
                return false;
        length = log_unescape(line, LOG_ESCAPE_BOTH, buffer, line.length, &is_cut);
        *ret_line = (struct text){ buffer, length };
        return length < line.length;
}

/* "12. ", "12 | ", "12: ", "12) ", "12\t"; "`", also after "- " and "* ". Without the "`" these are of comments and changes of source
 * code as well. */
bool log_decode_margin(struct text line, char *buffer, struct text *ret_line)
{
        static const struct text after[] = { { ". ", 2 }, { " | ", 3 }, { "| ", 2 }, { ": ", 2 },
                                             { ") ", 2 }, { "\t", 1 },  { "  ", 2 }, { " ", 1 } };
        bool is_found = false;
        struct text rest = line;
        uint64_t number;

        (void)text_eat_blanks(&rest);
        if (text_eat_u64(&rest, &number)) {
                if (text_starts(rest, TEXT(" <"))) /* an octet count of syslog's, before a priority */
                        return false;
                for (size_t i = 0; i < COUNT(after) && !is_found; i++)
                        is_found = text_eat(&rest, after[i]);
        } else if (!text_eat(&rest, TEXT("- `"))) {
                (void)text_eat(&rest, TEXT("* `"));
        }
        is_found |= rest.length && rest.data > line.data && rest.data[-1] == '`';
        while (text_eat(&rest, TEXT("`")))
                is_found = true;
        if (!is_found)
                return false;
        *ret_line = (struct text){ buffer, text_copy(rest, buffer, rest.length) };
        return true;
}

/* ---- which of them ------------------------------------------------------------------------------------------------------- */

#define BIT(decoder) (1u << LOG_DECODER_##decoder)

/* "<span ", "</td>", "[code]", "[size=2]": the kernel's brackets, and those of other programs, seldom go on so. */
static bool may_be_tag(struct text rest)
{
        const char *after = rest.data[0] == '<' ? " />\t" : "=]";
        size_t length = 1;

        length += length < rest.length && rest.data[length] == '/';
        while (length < rest.length && is_letter(rest.data[length]))
                length++;
        return length > 1 && length < rest.length && rest.data[length] && strchr(after, rest.data[length]);
}

/* rest begins with a sign that has to have something behind it. */
static unsigned decoders_at(struct text rest)
{
        char next = rest.length > 1 ? rest.data[1] : '\0';

        switch (rest.data[0]) {
        case '<':
        case '[':
                return may_be_tag(rest) ? BIT(MARKUP) : 0;
        case '\xc2':
                return next == '\xa0' ? BIT(MARKUP) : 0;
        case '\xe2':
                return next == '\x90' ? BIT(TERMINAL) : 0;
        case '^':
                return next == '[' ? BIT(TERMINAL) : 0;
        case '#':
                return next >= '0' && next <= '3' ? BIT(CONTROLS) : 0;
        default: /* '=' */
                return rest.length > 2 && text_hex_digit(next) < 16 && text_hex_digit(rest.data[2]) < 16 ? BIT(QUOTED)
                                                                                                         : 0;
        }
}

#define BLOCK_BYTES 16

/* Whether a sign may be among so many bytes: all of them are looked at in a few instructions. */
static bool has_sign(const char *bytes)
{
        typedef uint8_t block_t __attribute__((vector_size(BLOCK_BYTES)));
        block_t block, signs;
        uint64_t halves[2];

        memcpy(&block, bytes, sizeof(block));
        signs = (block_t)(block < 0x20) | (block_t)(block == '\\') | (block_t)(block == '&') | (block_t)(block == '<') |
                (block_t)(block == '[') | (block_t)(block == '^') | (block_t)(block == '#') | (block_t)(block == '=') |
                (block_t)(block >= 0xc2);
        memcpy(halves, &signs, sizeof(halves));
        return halves[0] || halves[1];
}

unsigned log_decoders_of(struct text line)
{
        /* MORE: what follows decides */
        enum { MORE = 1 << 15 };
        static const uint16_t signs[256] = {
                [0x1b] = BIT(TERMINAL),
                [0x0e] = BIT(TERMINAL),
                [0x0f] = BIT(TERMINAL),
                ['\b'] = BIT(TERMINAL),
                ['\\'] = BIT(TERMINAL) | BIT(CONTROLS),
                ['&'] = BIT(MARKUP),
                ['<'] = MORE,
                ['['] = MORE,
                [0xc2] = MORE,
                [0xe2] = MORE,
                ['^'] = MORE,
                ['#'] = MORE,
                ['='] = MORE,
        };
        unsigned found = 0;
        struct text rest = line;

        (void)text_eat_blanks(&rest);
        if (rest.length && memchr("-*+`0123456789", rest.data[0], 14))
                found = BIT(MARGIN);
        for (size_t at = 0, end; at < line.length; at = end) {
                end = line.length - at < BLOCK_BYTES ? line.length : at + BLOCK_BYTES;
                if (end - at == BLOCK_BYTES && !has_sign(line.data + at))
                        continue;
                for (; at < end; at++) {
                        unsigned sign = signs[(uint8_t)line.data[at]];

                        if (sign)
                                found |= sign == MORE ? decoders_at(text_from_offset(line, at)) : sign;
                }
        }
        return found;
}
