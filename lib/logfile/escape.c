#include "logfile/escape.h"

#include "util/utf8.h"

/* The most bytes of a run of escapes that are looked at as UTF-8 together. */
#define RUN_MAX 64

static bool is_control(uint32_t byte)
{
        return byte < 0x20 || byte == 0x7f;
}

/* "#012": three octal digits. Returns its length; 0: it is no such escape. */
static size_t read_octal(struct text text, uint32_t *ret_byte)
{
        uint32_t byte = 0;

        if (text.length < 4 || text.data[0] != '#')
                return 0;
        for (size_t i = 1; i < 4; i++) {
                if (text.data[i] < '0' || text.data[i] > '7')
                        return 0;
                byte = byte << 3 | (uint32_t)(text.data[i] - '0');
        }
        if (!is_control(byte))
                return 0;
        *ret_byte = byte;
        return 4;
}

/* "\x1b": two lower-case digits. The same. */
static size_t read_hex(struct text text, uint32_t *ret_byte)
{
        uint32_t byte = 0;

        if (text.length < 4 || text.data[0] != '\\' || text.data[1] != 'x')
                return 0;
        for (size_t i = 2; i < 4; i++) {
                uint8_t digit = text_hex_digit(text.data[i]);

                if (digit > 15 || (text.data[i] >= 'A' && text.data[i] <= 'F'))
                        return 0;
                byte = byte << 4 | digit;
        }
        *ret_byte = byte;
        return 4;
}

/* Decodes a run of escaped bytes from 0x80 on to buffer; *ret_length is 0 if it is UTF-8. Returns the length of the run. */
static size_t read_high_run(struct text text, char *buffer, size_t *ret_length)
{
        size_t length = 0, read = 0;
        uint32_t byte;

        while (length < RUN_MAX && read_hex(text_from_offset(text, read), &byte) && byte >= 0x80) {
                buffer[length++] = (char)byte;
                read += 4;
        }
        *ret_length = utf8_is_valid((struct text){ buffer, length }) ? 0 : length;
        return read;
}

struct output {
        char *data;
        size_t length, size;
        bool is_cut;
};

static void put(struct output *output, const char *data, size_t length)
{
        size_t copied =
                text_copy((struct text){ data, length }, output->data + output->length, output->size - output->length);

        output->length += copied;
        output->is_cut |= copied < length;
}

static bool has_octal(enum log_escape escape)
{
        return escape == LOG_ESCAPE_OCTAL || escape == LOG_ESCAPE_BOTH;
}

/* Puts what text begins with, an escape or a byte. Returns its length in text. */
static size_t put_next(struct output *output, struct text text, enum log_escape escape)
{
        char run[RUN_MAX];
        uint32_t byte = 0;
        size_t read = 0, length;

        if (text.data[0] == '#' && has_octal(escape)) {
                read = read_octal(text, &byte);
        } else if (escape == LOG_ESCAPE_BOTH && text_starts(text, TEXT("\\x5cx"))) {
                put(output, "\\", 1);
                return 4;
        } else if (escape != LOG_ESCAPE_OCTAL) {
                read = read_hex(text, &byte);
                if (escape != LOG_ESCAPE_KMSG && read && byte >= 0x80) {
                        read = read_high_run(text, run, &length);
                        put(output, length ? run : text.data, length ? length : read);
                        return read;
                }
                if (escape != LOG_ESCAPE_KMSG && !is_control(byte))
                        read = 0;
        }
        if (read) {
                char c = (char)byte;

                put(output, &c, 1);
                return read;
        }
        put(output, text.data, 1);
        return 1;
}

/* Up to where an escape may begin. */
static size_t plain_length(struct text text, enum log_escape escape)
{
        const char *octal = has_octal(escape) ? memchr(text.data, '#', text.length) : NULL;
        size_t length = octal ? (size_t)(octal - text.data) : text.length;
        const char *hex = escape == LOG_ESCAPE_OCTAL || length == 0 ? NULL : memchr(text.data, '\\', length);

        return hex ? (size_t)(hex - text.data) : length;
}

size_t log_unescape(struct text text, enum log_escape escape, char *buffer, size_t size, bool *ret_is_cut)
{
        struct output output = { .data = buffer, .size = size };

        if (escape == LOG_ESCAPE_NONE)
                put(&output, text.data, text.length);
        else
                while (text.length && !output.is_cut) {
                        size_t plain = plain_length(text, escape);

                        put(&output, text.data, plain);
                        text = text_from_offset(text, plain);
                        if (text.length)
                                text = text_from_offset(text, put_next(&output, text, escape));
                }
        *ret_is_cut = output.is_cut;
        return output.length;
}
