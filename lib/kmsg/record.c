#include "kmsg/record.h"

#include <errno.h>

/* Undoes the kernel's \xNN escapes. *ret_is_truncated is whether the text ended inside one; the broken tail is dropped. */
static struct text unescape(struct text escaped, char *buffer, bool *ret_is_truncated)
{
        const char *backslash = escaped.length ? memchr(escaped.data, '\\', escaped.length) : NULL;
        size_t in, out;

        *ret_is_truncated = false;
        if (!backslash)
                return escaped;
        in = out = (size_t)(backslash - escaped.data);
        memcpy(buffer, escaped.data, in);
        while (in < escaped.length) {
                size_t left = escaped.length - in;
                const char *at = escaped.data + in;

                if (at[0] == '\\' && left >= 4 && at[1] == 'x' && text_hex_digit(at[2]) < 16 &&
                    text_hex_digit(at[3]) < 16) {
                        buffer[out++] = (char)(text_hex_digit(at[2]) << 4 | text_hex_digit(at[3]));
                        in += 4;
                } else if (at[0] == '\\' && left < 4 && (left < 2 || at[1] == 'x') &&
                           (left < 3 || text_hex_digit(at[2]) < 16)) {
                        *ret_is_truncated = true;
                        break;
                } else {
                        /* The kernel never writes a bare backslash: this one is text. */
                        buffer[out++] = at[0];
                        in++;
                }
        }
        return (struct text){ buffer, out };
}

/* Takes the next field of a header off its front, up to the comma. */
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
        record.text = unescape(text_until_offset(rest, length), buffer, &record.is_truncated);
        *ret_record = record;
        return 0;
}
