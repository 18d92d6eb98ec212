#include "logfile/decode_parts.h"
#include "logfile/escape.h"
#include "util/array.h"

log_decode_fn *const log_decoders[LOG_DECODERS] = {
        [LOG_DECODER_TERMINAL] = log_decode_terminal, [LOG_DECODER_MARKUP] = log_decode_markup,
        [LOG_DECODER_QUOTED] = log_decode_quoted,     [LOG_DECODER_CONTROLS] = log_decode_controls,
        [LOG_DECODER_MARGIN] = log_decode_margin,     [LOG_DECODER_LIST] = log_decode_list,
};

/* ---- mail ------------------------------------------------------------------------------------------------------------ */

bool log_decode_quoted(struct text line, char *buffer, struct text *ret_line)
{
        struct log_decoded output = { .data = buffer };
        bool is_found = false;

        while (line.length) {
                log_decoded_put_until(&output, &line, "=");
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

/* "12. ", "12 | ", "12: ", "12) ", "12\t", "12["; "`", also after "- " and "* ". */
bool log_decode_margin(struct text line, char *buffer, struct text *ret_line)
{
        static const struct text after[] = { { ". ", 2 }, { " | ", 3 }, { "| ", 2 }, { ": ", 2 },
                                             { ") ", 2 }, { "\t", 1 },  { "  ", 2 }, { " ", 1 } };
        bool is_found = false;
        struct text rest = line;
        uint64_t number;

        (void)buffer;
        (void)text_eat_blanks(&rest);
        if (text_eat_u64(&rest, &number)) {
                if (text_starts(rest, TEXT(" <"))) /* an octet count of syslog's, before a priority */
                        return false;
                for (size_t i = 0; i < COUNT(after) && !is_found; i++)
                        is_found = text_eat(&rest, after[i]);
                is_found = is_found || text_starts(rest, TEXT("["));
        } else if (!text_eat(&rest, TEXT("- `"))) {
                (void)text_eat(&rest, TEXT("* `"));
        }
        is_found |= rest.length && rest.data > line.data && rest.data[-1] == '`';
        while (text_eat(&rest, TEXT("`")))
                is_found = true;
        *ret_line = rest;
        return is_found;
}

/* The blanks in front of a "*" are even: a comment of source code has an odd number of them, or tabs. */
static bool eat_bullet(struct text *rest)
{
        static const struct text bullets[] = { { "- ", 2 },
                                               { "+ ", 2 },
                                               { "\xe2\x80\xa2 ", 4 },
                                               { "\xe2\x80\xa3 ", 4 },
                                               { "\xe2\x97\xa6 ", 4 },
                                               { "\xe2\x80\x93 ", 4 },
                                               { "\xc2\xb7 ", 3 } };
        size_t n_blanks = text_eat_blanks(rest);

        if (text_eat(rest, TEXT("* ")))
                return n_blanks % 2 == 0;
        for (size_t i = 0; i < COUNT(bullets); i++)
                if (text_eat(rest, bullets[i]))
                        return true;
        return false;
}

static bool eat_bar(struct text *text, struct text bar)
{
        (void)text_eat_blanks(text);
        return text_eat(text, bar);
}

/* "|12|text|", "|12 |text", "| text": a row of a table that ends with a text; the bar may be one of a box too. */
static bool eat_cells(struct text *rest)
{
        static const struct text bars[] = {
                { "|", 1 }, { "\xe2\x94\x82", 3 }, { "\xe2\x94\x83", 3 }, { "\xe2\x95\x91", 3 }
        };
        uint64_t number;

        for (size_t i = 0; i < COUNT(bars); i++) {
                struct text inner;

                if (!text_eat(rest, bars[i]))
                        continue;
                (void)text_eat_blanks(rest);
                inner = *rest;
                if (text_eat_u64(&inner, &number) && eat_bar(&inner, bars[i])) {
                        (void)text_eat_blanks(&inner);
                        *rest = inner;
                }
                if (text_eat_end(rest, bars[i]))
                        while (text_eat_end(rest, TEXT(" ")))
                                ;
                return true;
        }
        return false;
}

bool log_decode_list(struct text line, char *buffer, struct text *ret_line)
{
        struct text rest = line;
        bool is_found = eat_bullet(&rest);

        (void)buffer;
        if (!is_found) {
                rest = line;
                (void)text_eat_blanks(&rest);
                is_found = eat_cells(&rest);
        }
        *ret_line = rest;
        return is_found;
}

/* ---- which of them ------------------------------------------------------------------------------------------------------- */

#define BIT(decoder) (1u << LOG_DECODER_##decoder)

/* rest begins with a sign that has to have something behind it. */
static unsigned decoders_at(struct text rest)
{
        char next = rest.length > 1 ? rest.data[1] : '\0';

        switch (rest.data[0]) {
        case '<':
        case '[':
        case '{':
        case '*':
        case '\xc2':
                return log_may_be_markup(rest) ? BIT(MARKUP) : 0;
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
                (block_t)(block == '[') | (block_t)(block == '{') | (block_t)(block == '*') | (block_t)(block == '^') |
                (block_t)(block == '#') | (block_t)(block == '=') | (block_t)(block >= 0xc2);
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
                ['\\'] = BIT(TERMINAL) | BIT(MARKUP) | BIT(CONTROLS),
                ['&'] = BIT(MARKUP),
                ['<'] = MORE,
                ['['] = MORE,
                ['{'] = MORE,
                ['*'] = MORE,
                [0xc2] = MORE,
                [0xe2] = MORE,
                ['^'] = MORE,
                ['#'] = MORE,
                ['='] = MORE,
        };
        unsigned found = 0;
        struct text rest = line;

        (void)text_eat_blanks(&rest);
        if (rest.length && memchr("-*`0123456789", rest.data[0], 13))
                found |= BIT(MARGIN);
        if (rest.length && memchr("-*+|\xe2\xc2", rest.data[0], 6))
                found |= BIT(LIST);
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
