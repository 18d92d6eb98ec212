#include "kmsg/record.h"

#include <errno.h>

/* 16: it is none */
static unsigned hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return (unsigned)(c - '0');
        if (c >= 'a' && c <= 'f')
                return (unsigned)(c - 'a') + 10;
        if (c >= 'A' && c <= 'F')
                return (unsigned)(c - 'A') + 10;
        return 16;
}

struct text kmsg_unescape(struct text escaped, char *buffer, bool *ret_truncated)
{
        const char *backslash = escaped.length ? memchr(escaped.data, '\\', escaped.length) : NULL;
        size_t in, out;
        bool truncated = false;

        if (!backslash) {
                if (ret_truncated)
                        *ret_truncated = false;
                return escaped;
        }
        in = out = (size_t)(backslash - escaped.data);
        memcpy(buffer, escaped.data, in);
        while (in < escaped.length) {
                size_t left = escaped.length - in;
                const char *at = escaped.data + in;

                if (at[0] == '\\' && left >= 4 && at[1] == 'x' && hex_digit(at[2]) < 16 && hex_digit(at[3]) < 16) {
                        buffer[out++] = (char)(hex_digit(at[2]) << 4 | hex_digit(at[3]));
                        in += 4;
                } else if (at[0] == '\\' && left < 4 && (left < 2 || at[1] == 'x') &&
                           (left < 3 || hex_digit(at[2]) < 16)) {
                        truncated = true;
                        break;
                } else {
                        /* The kernel never leaves a bare backslash; whoever does means itself. */
                        buffer[out++] = at[0];
                        in++;
                }
        }
        if (ret_truncated)
                *ret_truncated = truncated;
        return (struct text){ buffer, out };
}

/* Takes the next piece of a header off its front, up to the comma. */
static struct text next_field(struct text *header)
{
        const char *comma = header->length ? memchr(header->data, ',', header->length) : NULL;
        size_t length = comma ? (size_t)(comma - header->data) : header->length;
        struct text field = text_until_offset(*header, length);

        *header = text_from_offset(*header, comma ? length + 1 : length);
        return field;
}

static bool field_number(struct text field, uint64_t *ret_value)
{
        uint64_t value;

        if (!text_eat_u64(&field, &value) || field.length != 0)
                return false;
        *ret_value = value;
        return true;
}

static bool decode_header(struct text header, struct kmsg_record *record)
{
        uint64_t prefix;
        struct text flags;

        if (!field_number(next_field(&header), &prefix) || prefix > UINT32_MAX)
                return false;
        if (!field_number(next_field(&header), &record->seq) || !field_number(next_field(&header), &record->mono_usec))
                return false;
        record->level = (uint8_t)(prefix & 7);
        record->facility = (uint32_t)(prefix >> 3);
        flags = next_field(&header);
        if (flags.length && memchr(flags.data, 'c', flags.length))
                record->flag = KMSG_FLAG_FRAGMENT;
        else if (flags.length && memchr(flags.data, '+', flags.length))
                record->flag = KMSG_FLAG_FOLLOWING;
        while (header.length) {
                struct text field = next_field(&header);

                if (text_eat(&field, TEXT("caller=")))
                        record->caller = field;
        }
        return true;
}

static void decode_dictionary(struct text lines, struct kmsg_record *record)
{
        while (lines.length) {
                const char *end = memchr(lines.data, '\n', lines.length);
                size_t length = end ? (size_t)(end - lines.data) : lines.length;
                struct text line = text_until_offset(lines, length);

                if (text_eat(&line, TEXT(" SUBSYSTEM=")))
                        record->subsystem = line;
                else if (text_eat(&line, TEXT(" DEVICE=")))
                        record->device = line;
                lines = text_from_offset(lines, end ? length + 1 : length);
        }
}

int kmsg_record_decode(struct text raw, char *buffer, struct kmsg_record *ret_record)
{
        const char *semicolon = raw.length ? memchr(raw.data, ';', raw.length) : NULL;
        struct kmsg_record record = { 0 };
        struct text rest;
        const char *newline;
        size_t header_length, length;

        if (!semicolon)
                return -EBADMSG;
        header_length = (size_t)(semicolon - raw.data);
        if (!decode_header(text_until_offset(raw, header_length), &record))
                return -EBADMSG;
        rest = text_from_offset(raw, header_length + 1);
        newline = rest.length ? memchr(rest.data, '\n', rest.length) : NULL;
        length = newline ? (size_t)(newline - rest.data) : rest.length;
        record.text = kmsg_unescape(text_until_offset(rest, length), buffer, &record.is_truncated);
        if (newline && length + 1 < rest.length)
                decode_dictionary(text_from_offset(rest, length + 1), &record);
        *ret_record = record;
        return 0;
}
