#include "logfile/transcode.h"

/* Of UTF-16 without a mark: so many bytes are looked at, and nearly every other one has to be 0. */
#define SAMPLE_BYTES 512
#define SAMPLE_MIN   8

/* A longer message of syslog is none. */
#define FRAME_MAX  (1024 * 1024)
#define LENGTH_MAX 7 /* digits */

static uint32_t unit_at(const char *bytes, bool is_big)
{
        uint32_t first = (uint8_t)bytes[0], second = (uint8_t)bytes[1];

        return is_big ? first << 8 | second : second << 8 | first;
}

/* Mostly ASCII, and of the ends of lines there is one: text, and no program's data. */
static bool is_utf16(struct text head, bool is_big)
{
        size_t length = head.length < SAMPLE_BYTES ? head.length & ~(size_t)1 : SAMPLE_BYTES, n_ascii = 0;

        for (size_t at = 0; at < length; at += 2) {
                uint32_t unit = unit_at(head.data + at, is_big);

                if (unit == 0)
                        return false;
                n_ascii += unit == '\t' || unit == '\n' || unit == '\r' || (unit >= ' ' && unit < 0x7f);
        }
        return length >= SAMPLE_MIN && n_ascii * 2 >= length / 4 * 3;
}

/* "83 <4>" off the front. Returns false if text begins otherwise. *ret_is_short: it may begin so. */
static bool eat_head(struct text *text, size_t *ret_length, bool *ret_is_short)
{
        size_t at = 0, length = 0;

        for (; at < text->length && at < LENGTH_MAX && text->data[at] >= '0' && text->data[at] <= '9'; at++)
                length = length * 10 + (size_t)(text->data[at] - '0');
        *ret_is_short = at == text->length || (at + 1 == text->length && at > 0 && text->data[at] == ' ');
        if (at == 0 || length == 0 || length > FRAME_MAX || text->data[0] == '0' || *ret_is_short ||
            text->data[at] != ' ' || text->data[at + 1] != '<')
                return false;
        *text = text_from_offset(*text, at + 1);
        *ret_length = length;
        return true;
}

/* The first frame is followed by the next one at once. */
static bool is_of_frames(struct text head)
{
        size_t length;
        bool is_short;

        if (!eat_head(&head, &length, &is_short) || length >= head.length)
                return false;
        head = text_from_offset(head, length);
        return eat_head(&head, &length, &is_short);
}

enum log_coding log_coding_of(struct text head)
{
        if (text_starts(head, TEXT("\xff\xfe")) && !text_starts(head, TEXT("\xff\xfe\0\0")))
                return LOG_CODING_UTF16_LITTLE;
        if (text_starts(head, TEXT("\xfe\xff")))
                return LOG_CODING_UTF16_BIG;
        if (is_of_frames(head))
                return LOG_CODING_FRAMES;
        if (head.length < 2 || (head.data[0] && head.data[1]))
                return LOG_CODING_LINES;
        return is_utf16(head, false)  ? LOG_CODING_UTF16_LITTLE
               : is_utf16(head, true) ? LOG_CODING_UTF16_BIG
                                      : LOG_CODING_LINES;
}

void log_transcoder_init(struct log_transcoder *transcoder, enum log_coding coding)
{
        *transcoder = (struct log_transcoder){ .coding = coding };
}

/* ---- UTF-16 ----------------------------------------------------------------------------------------------------------- */

static size_t put_utf8(uint32_t code, char *to)
{
        if (code < 0x80) {
                to[0] = (char)code;
                return 1;
        }
        if (code < 0x800) {
                to[0] = (char)(0xc0 | code >> 6);
                to[1] = (char)(0x80 | (code & 0x3f));
                return 2;
        }
        if (code < 0x10000) {
                to[0] = (char)(0xe0 | code >> 12);
                to[1] = (char)(0x80 | (code >> 6 & 0x3f));
                to[2] = (char)(0x80 | (code & 0x3f));
                return 3;
        }
        to[0] = (char)(0xf0 | code >> 18);
        to[1] = (char)(0x80 | (code >> 12 & 0x3f));
        to[2] = (char)(0x80 | (code >> 6 & 0x3f));
        to[3] = (char)(0x80 | (code & 0x3f));
        return 4;
}

static size_t put_unit(struct log_transcoder *transcoder, uint32_t unit, char *to)
{
        uint32_t first = transcoder->surrogate;
        size_t length = 0;

        transcoder->surrogate = 0;
        if (first && unit >= 0xdc00 && unit < 0xe000)
                return put_utf8(0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00), to);
        if (first)
                length = put_utf8(0xfffd, to);
        if (unit >= 0xd800 && unit < 0xdc00) {
                transcoder->surrogate = unit;
                return length;
        }
        if (unit == 0xfeff) /* the mark of the order */
                return length;
        return length + put_utf8(unit >= 0xdc00 && unit < 0xe000 ? 0xfffd : unit, to + length);
}

static size_t decode_utf16(struct log_transcoder *transcoder, struct text bytes, char *to)
{
        bool is_big = transcoder->coding == LOG_CODING_UTF16_BIG;
        size_t length = 0;

        if (transcoder->n_pending && bytes.length) {
                const char pair[] = { transcoder->pending[0], bytes.data[0] };

                length += put_unit(transcoder, unit_at(pair, is_big), to);
                bytes = text_from_offset(bytes, 1);
                transcoder->n_pending = 0;
        }
        for (; bytes.length > 1; bytes = text_from_offset(bytes, 2))
                length += put_unit(transcoder, unit_at(bytes.data, is_big), to + length);
        if (bytes.length)
                transcoder->pending[transcoder->n_pending++] = bytes.data[0];
        return length;
}

/* ---- frames ----------------------------------------------------------------------------------------------------------- */

/* A byte of a head that is not whole yet. Returns whether more is needed; if not, *ret_length is the frame's length, and the head is
 * what is pending. */
static bool needs_more(struct log_transcoder *transcoder, struct text *bytes, size_t *ret_length)
{
        bool is_short = true;

        while (is_short && bytes->length && transcoder->n_pending < sizeof(transcoder->pending)) {
                struct text head;

                transcoder->pending[transcoder->n_pending++] = bytes->data[0];
                *bytes = text_from_offset(*bytes, 1);
                head = (struct text){ transcoder->pending, transcoder->n_pending };
                if (eat_head(&head, ret_length, &is_short))
                        return false;
        }
        return is_short && transcoder->n_pending < sizeof(transcoder->pending);
}

static size_t take(struct text *bytes, size_t length, char *to)
{
        length = text_copy(*bytes, to, length);
        *bytes = text_from_offset(*bytes, length);
        return length;
}

/* Each frame becomes a line, with its length in front as it is: that is an envelope which the reader knows. */
static size_t decode_frames(struct log_transcoder *transcoder, struct text bytes, char *to)
{
        size_t length = 0;

        while (bytes.length && transcoder->coding == LOG_CODING_FRAMES) {
                size_t frame = 0, taken = take(&bytes, transcoder->n_left, to + length);

                length += taken;
                transcoder->n_left -= taken;
                if (taken)
                        transcoder->is_in_line = to[length - 1] != '\n';
                if (transcoder->n_left || bytes.length == 0)
                        break;
                while (transcoder->n_pending == 0 && bytes.length && (bytes.data[0] == '\n' || bytes.data[0] == '\r'))
                        bytes = text_from_offset(bytes, 1);
                if (needs_more(transcoder, &bytes, &frame))
                        break;
                if (transcoder->is_in_line)
                        to[length++] = '\n';
                transcoder->is_in_line = true;
                memcpy(to + length, transcoder->pending, transcoder->n_pending);
                length += transcoder->n_pending;
                transcoder->n_pending = 0;
                if (frame == 0)
                        transcoder->coding = LOG_CODING_LINES; /* out of step: what follows is taken as it is */
                else
                        transcoder->n_left = frame - 1; /* its "<" is in the head */
        }
        return length + (transcoder->coding == LOG_CODING_LINES ? take(&bytes, bytes.length, to + length) : 0);
}

size_t log_transcode(struct log_transcoder *transcoder, struct text bytes, char *to)
{
        switch (transcoder->coding) {
        case LOG_CODING_UTF16_LITTLE:
        case LOG_CODING_UTF16_BIG:
                return decode_utf16(transcoder, bytes, to);
        case LOG_CODING_FRAMES:
                return decode_frames(transcoder, bytes, to);
        case LOG_CODING_LINES:
                break;
        }
        return text_copy(bytes, to, bytes.length);
}
