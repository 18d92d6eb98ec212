/* Lines as mails, pages and terminals have them, before they are read: soft line breaks joined, markup taken out (decode.h), one long
 * string of many lines taken apart. */

#include "logfile/decode.h"
#include "logfile/prefix_parts.h"
#include "logfile/reader_state.h"
#include "logfile/unwrap.h"

/* Lines of quoted-printable are this long where they go on: 76 with the "=", by RFC 2045; some writers stop earlier. */
#define SOFT_LENGTH_MIN  60
#define SOFT_LENGTH_FULL 73 /* the next thing may be a "=XX" */
#define SOFT_LENGTH_MAX  77

/* So many lines of a report in one string are no literal of a program, nor are so many with a form each. */
#define STRING_LINES_MIN 3
#define STRING_FORMS_MIN 2

#define SCORE_FORM 10

/* How well a line reads: a form is better than none, and the kernel's text in it, or alone, better still. */
static int score(struct log_reader *reader, struct text line)
{
        const struct log_reader_options *options = &reader->options;
        struct log_prefix prefix;
        struct text text;
        bool is_cut;
        int rating;

        log_eat_quotes(&line);
        while (line.length && (line.data[0] == ' ' || line.data[0] == '\t'))
                line = text_from_offset(line, 1);
        log_strip_tail(&line, (struct text){ reader->tail, reader->tail_length });
        if (log_reader_parse_prefix(reader, line, &prefix)) {
                text = (struct text){ reader->joined, log_unescape(prefix.text, prefix.escape, reader->joined,
                                                                   sizeof(reader->joined), &is_cut) };
                return SCORE_FORM + (prefix.is_kernel ? (int)options->rate_text(text, options->userdata) : 0);
        }
        rating = (int)options->rate_text(line, options->userdata);
        if (options->is_mention && options->is_mention(line, options->userdata))
                return 0; /* a list's item, words in bold */
        return log_text_may_be_raw(line) && rating >= LOG_RATING_CUT ? rating : 0;
}

/* Then its reader undoes what its writers are known to escape, and nothing else. */
static bool has_own_escape(struct log_reader *reader, struct text line)
{
        struct log_prefix prefix;

        return log_reader_parse_prefix(reader, line, &prefix) && prefix.escape != LOG_ESCAPE_NONE;
}

/* Of a mark in front of a line only what is before a line of some form shows that it is none of the text's: any text may be in a list. */
static bool is_better(const struct log_reader *reader, unsigned decoder, int score, int best)
{
        bool is_known = reader->decoders & 1u << decoder;

        if (decoder == LOG_DECODER_LIST && !is_known && score < SCORE_FORM)
                return false;
        return score > best || (score == best && is_known);
}

/* Does a mark in front of the line stand in the way of decoders alone? "<td>12</td><td>[   1.0] text": then both are undone. */
static bool strip_mark(struct log_reader *reader, struct text *line, int *best)
{
        for (unsigned i = LOG_DECODER_LIST; i <= LOG_DECODER_MARGIN; i++) {
                struct text bare;
                int bare_score;

                if (!log_decoders[i](*line, NULL, &bare))
                        continue;
                bare_score = score(reader, bare);
                if (bare_score > *best && is_better(reader, i, bare_score, *best)) {
                        reader->decoders |= 1u << i;
                        reader->line_margin += line->length - bare.length;
                        *best = bare_score;
                        *line = bare;
                        return true;
                }
        }
        return false;
}

static bool number_of(struct text line, uint64_t *ret_number)
{
        (void)text_eat_blanks(&line);
        return text_eat_u64(&line, ret_number);
}

/* A line of no form that begins with a number: is that the number after the last line's? The columns of a table are numbers too. */
static bool goes_on(const struct log_reader *reader, struct text line)
{
        uint64_t number;

        return !number_of(line, &number) || reader->line_count == 0 || number == reader->line_count + 1;
}

/* Lines of a form that read as well without: a form may have room for "12: ", or for a blank at its end, but not the next line that the
 * same was done to. "uid=20" is the kernel's. */
static bool shows_decoder(struct text line, unsigned decoder)
{
        uint64_t number;

        switch (decoder) {
        case LOG_DECODER_MARGIN:
                (void)text_eat_blanks(&line);
                return text_eat_u64(&line, &number) && text_starts(line, TEXT(": "));
        case LOG_DECODER_QUOTED:
                return text_eat_end(&line, TEXT("=20")) && line.length &&
                       !((line.data[line.length - 1] >= 'a' && line.data[line.length - 1] <= 'z') ||
                         line.data[line.length - 1] == '_');
        default:
                return false;
        }
}

/* Each decoder that makes the line read better, or has made one before. */
static struct text decode(struct log_reader *reader, struct text line)
{
        unsigned n_copies = 0, may_find = log_decoders_of(line);
        int best = -1;

        for (unsigned i = 0; may_find >> i; i++) {
                char *buffer = reader->coded[n_copies % 2];
                struct text decoded;
                int decoded_score;

                if (i == LOG_DECODER_CONTROLS && has_own_escape(reader, line))
                        break;
                if (!(may_find & 1u << i) || !log_decoders[i](line, buffer, &decoded))
                        continue;
                n_copies += decoded.data == buffer;
                if (best < 0)
                        best = score(reader, line);
                decoded_score = score(reader, decoded);
                if (i == LOG_DECODER_MARGIN && decoded_score == 0 && !goes_on(reader, line))
                        continue;
                if (is_better(reader, i, decoded_score, best) ||
                    (shows_decoder(line, i) && decoded_score >= SCORE_FORM &&
                     (decoded_score == best || (i == LOG_DECODER_QUOTED && reader->decoders & 1u << i)))) {
                        if (shows_decoder(line, i))
                                reader->decoders |= 1u << i;
                        if (i == LOG_DECODER_MARGIN)
                                (void)number_of(line, &reader->line_count);
                        if (decoded_score > best)
                                reader->decoders |= 1u << i;
                        best = decoded_score;
                } else if (i < LOG_DECODER_LIST && strip_mark(reader, &decoded, &best)) {
                        reader->decoders |= 1u << i;
                } else {
                        n_copies -= decoded.data == buffer;
                        continue;
                }
                if (i == LOG_DECODER_LIST || i == LOG_DECODER_MARGIN)
                        reader->line_margin += line.length - decoded.length;
                line = decoded;
                may_find |= log_decoders_of(line); /* "=26lt;" */
        }
        return line;
}

/* ---- pages whose lines end with tags ---------------------------------------------------------------------------------- */

bool log_reader_split_page(struct log_reader *reader, struct text page, uint64_t line_number,
                           log_read_line_fn *read_line)
{
        struct text rest = page, line;
        int best;

        log_strip_padding(&rest);
        page = rest;
        if (!reader->options.rate_text || !page.length || !memchr(page.data, '<', page.length) ||
            !log_eat_page_line(&rest, &line) || rest.length == 0)
                return false;
        best = score(reader, page);
        for (rest = page; log_eat_page_line(&rest, &line);) {
                unsigned known = reader->decoders;
                bool is_line = score(reader, decode(reader, line)) > best;

                reader->decoders = known;
                reader->line_margin = 0;
                if (!is_line)
                        continue;
                reader->decoders |= 1u << LOG_DECODER_MARKUP;
                while (log_eat_page_line(&page, &line))
                        if (line.length)
                                read_line(reader, line, line_number);
                return true;
        }
        return false;
}

/* ---- one string of many lines ---------------------------------------------------------------------------------------- */

/* "\n", "\r\n", "\\n", "\u000a", "#012", or a newline: off the front of what they end. Returns the text before; *text is what follows. */
static struct text eat_line(struct text *text)
{
        static const struct text ends[] = { { "\\r\\n", 4 },  { "\\\\n", 3 }, { "\\n", 2 },  { "\\u000a", 6 },
                                            { "\\u000A", 6 }, { "\\x0a", 4 }, { "#012", 4 }, { "\n", 1 } };
        struct text line = *text;

        for (size_t at = 0; at < text->length; at++) {
                struct text rest = text_from_offset(*text, at);

                for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
                        if (text_eat(&rest, ends[i])) {
                                *text = rest;
                                return text_until_offset(line, at);
                        }
                }
        }
        *text = text_from_offset(*text, text->length);
        return line;
}

/* All of them with a form of their own, or none: else they are of one message. */
static bool is_string_of_lines(struct log_reader *reader, struct text line, bool has_form)
{
        unsigned n_lines = 0, least = has_form ? STRING_FORMS_MIN : STRING_LINES_MIN;

        while (line.length && n_lines < least) {
                int rating = score(reader, eat_line(&line));

                n_lines += (rating >= SCORE_FORM) == has_form && rating % SCORE_FORM >= LOG_RATING_CUT;
        }
        return n_lines >= least;
}

/* What a syslog daemon put in front of a message of several lines, each with the kernel's stamp: date, host and tag are those of all. */
static struct text head_of(struct log_reader *reader, struct text line)
{
        struct log_prefix whole, inner;

        if (!log_reader_parse_prefix(reader, line, &whole) || log_form_is_dmesg(whole.form))
                return (struct text){ 0 };
        for (ptrdiff_t at = text_find(line, TEXT(" ["), 0); at >= 0; at = text_find(line, TEXT(" ["), (size_t)at + 1))
                if (log_reader_parse_prefix(reader, text_from_offset(line, (size_t)at + 1), &inner) &&
                    inner.form == LOG_FORM_DMESG)
                        return text_until_offset(line, (size_t)at + 1);
        return (struct text){ 0 };
}

static struct text with_head(struct log_reader *reader, struct text head, struct text line)
{
        struct log_prefix prefix;
        size_t length;

        if (head.length == 0 || head.length + line.length > sizeof(reader->headed) ||
            !log_reader_parse_prefix(reader, line, &prefix) || prefix.form != LOG_FORM_DMESG)
                return line;
        length = text_copy(head, reader->headed, sizeof(reader->headed));
        length += text_copy(line, reader->headed + length, sizeof(reader->headed) - length);
        return (struct text){ reader->headed, length };
}

bool log_reader_split(struct log_reader *reader, struct text line, uint64_t line_number, log_read_line_fn *read_line)
{
        struct text rest = line, first, head;
        int rating;

        /* Strings of JSON are other readers'. */
        if (!reader->options.rate_text || line.length < 64 ||
            !(memchr(line.data, '\\', line.length) || memchr(line.data, '\n', line.length) ||
              (memchr(line.data, '#', line.length) && text_find(line, TEXT("#012"), 0) >= 0)) ||
            text_starts(line, TEXT("{")) || text_starts(line, TEXT("[{")) || text_find(line, TEXT("\":"), 0) >= 0)
                return false;
        if (text_starts(rest, TEXT("\"")) && text_ends(rest, TEXT("\"")) && rest.length > 2)
                rest = (struct text){ rest.data + 1, rest.length - 2 };
        line = rest;
        first = eat_line(&rest);
        if (first.length == line.length)
                return false;
        rating = score(reader, first);
        if (rating % SCORE_FORM < LOG_RATING_CUT || !is_string_of_lines(reader, line, rating >= SCORE_FORM))
                return false;
        head = head_of(reader, first);
        while (line.length)
                read_line(reader, with_head(reader, head, eat_line(&line)), line_number);
        return true;
}

/* ---- soft breaks ----------------------------------------------------------------------------------------------------- */

/* A "=" that quoted-printable would have written as "=3D". */
static bool has_plain_equals(struct text line)
{
        for (size_t i = 0; i + 2 < line.length; i++)
                if (line.data[i] == '=' &&
                    (text_hex_digit(line.data[i + 1]) > 15 || text_hex_digit(line.data[i + 2]) > 15))
                        return true;
        return false;
}

/* "gfp_mask", "Free swap " */
static bool ends_name(struct text text)
{
        char last = text.length ? text.data[text.length - 1] : '\0';

        return (last >= 'a' && last <= 'z') || last == '_' || last == ' ';
}

/* A terminal breaks lines after "gfp_mask=" too. */
static bool is_soft(const struct log_reader *reader, struct text line)
{
        struct text before = line;
        bool is_known = reader->has_soft_breaks || reader->decoders & 1u << LOG_DECODER_QUOTED;

        if (!text_eat_end(&before, TEXT("=")) || line.length > SOFT_LENGTH_MAX || has_plain_equals(line))
                return false;
        return is_known || line.length >= SOFT_LENGTH_FULL ||
               (line.length >= SOFT_LENGTH_MIN && (memchr(before.data, '=', before.length) || !ends_name(before)));
}

bool log_reader_join_soft(struct log_reader *reader, struct text *line, uint64_t *line_number)
{
        struct log_joined_line *soft = &reader->soft;
        bool goes_on = is_soft(reader, *line);

        if (!reader->options.rate_text)
                return true;
        if (goes_on && !soft->is_open) {
                log_joined_begin(soft, *line_number);
                reader->has_soft_breaks = true;
                reader->decoders |= 1u << LOG_DECODER_QUOTED;
        }
        if (soft->is_open) {
                if (goes_on)
                        line->length--;
                log_joined_append(soft, *line);
                if (goes_on)
                        return !soft->is_open;
                soft->is_open = false;
                *line = (struct text){ soft->data, soft->length };
                *line_number = soft->line_number;
        }
        return true;
}

struct text log_reader_decode(struct log_reader *reader, struct text line)
{
        struct text bare = line, decoded;

        reader->line_margin = 0;
        log_eat_quotes(&bare);
        /* Objects of JSON are other readers'. */
        if (!reader->options.rate_text || (text_starts(bare, TEXT("{")) && !log_may_be_markup(bare)))
                return line;
        decoded = decode(reader, bare);
        return decoded.data == bare.data && decoded.length == bare.length ? line : decoded;
}
