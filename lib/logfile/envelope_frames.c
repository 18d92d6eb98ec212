/* Messages of syslog with their lengths in front, as they go over TCP and TLS (RFC 6587, RFC 5425): "83 <4>1 2026-08-25T...", one on a line
 * or many without a byte between them. */

#include "logfile/envelope.h"

static bool eat_length(struct text *text, uint64_t *ret_length)
{
        struct text rest = *text;

        if (!text_eat_u64(&rest, ret_length) || !text_eat(&rest, TEXT(" ")) || !text_starts(rest, TEXT("<")))
                return false;
        *text = rest;
        return true;
}

bool log_envelope_frames(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        struct log_inner inner = { .needs_form = true };
        bool is_taken = false;
        uint64_t length;

        (void)buffer;
        while (eat_length(&line, &length)) {
                inner.text = text_until_offset(line, length < line.length ? (size_t)length : line.length);
                is_taken |= offer(&inner, userdata);
                line = text_from_offset(line, inner.text.length);
        }
        return is_taken;
}
