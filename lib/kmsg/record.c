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
        struct text field = text_eat_until(header, ',');

        *header = text_from_offset(*header, header->length > 0);
        return field;
}

static bool field_number(struct text field, uint64_t *ret_value)
{
        return text_eat_u64(&field, ret_value) && field.length == 0;
}

static bool decode_header(struct text header, struct kmsg_record *record)
{
        uint64_t prefix;
        struct text flags;

        if (!field_number(next_field(&header), &prefix) || prefix > UINT32_MAX ||
            !field_number(next_field(&header), &record->seq) || !field_number(next_field(&header), &record->mono_usec))
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
        struct text header = text_eat_until(&raw, ';');
        struct kmsg_record record = { 0 };

        if (!text_eat(&raw, TEXT(";")) || !decode_header(header, &record))
                return -EBADMSG;
        record.text = unescape(text_eat_until(&raw, '\n'), buffer, &record.is_truncated);
        *ret_record = record;
        return 0;
}
