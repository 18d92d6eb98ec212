/* lib/logfile/decode_parts.h: what the decoders of decode.h share; for them alone. */

#pragma once

#include "logfile/decode.h"

struct log_decoded {
        char *data;
        size_t length;
        bool is_in_number; /* markup: the last tag says that a line's number follows */
};

static inline void log_decoded_put(struct log_decoded *decoded, struct text text)
{
        decoded->length += text_copy(text, decoded->data + decoded->length, text.length);
}

/* Takes what is plain up to the next of these bytes. */
static inline void log_decoded_put_until(struct log_decoded *decoded, struct text *text, const char *signs)
{
        size_t length = text->length;

        for (; *signs && length; signs++) {
                const char *hit = memchr(text->data, *signs, length);

                length = hit ? (size_t)(hit - text->data) : length;
        }
        log_decoded_put(decoded, text_until_offset(*text, length));
        *text = text_from_offset(*text, length);
}

/* Takes one thing off the front of text, which begins with a sign, and puts what it stands for. False: the sign is one of the text. */
typedef bool log_eat_coded_fn(struct text *text, struct log_decoded *decoded);

/* All of line, with eat for each of these signs. Returns whether it found anything. */
static inline bool log_decode_signs(struct text line, const char *signs, log_eat_coded_fn *eat, char *buffer,
                                    struct text *ret_line)
{
        struct log_decoded decoded = { .data = buffer };
        bool is_found = false;

        for (;;) {
                log_decoded_put_until(&decoded, &line, signs);
                if (line.length == 0)
                        break;
                if (eat(&line, &decoded)) {
                        is_found = true;
                } else {
                        log_decoded_put(&decoded, text_until_offset(line, 1));
                        line = text_from_offset(line, 1);
                }
        }
        *ret_line = (struct text){ buffer, decoded.length };
        return is_found;
}
