/* Parts of mails whose lines are in base64: after their header, up to the first line that isn't. */

#include <strings.h>

#include "logfile/reader_state.h"

static const struct text header = { "Content-Transfer-Encoding: base64", 33 };

static uint32_t digit_of(char c)
{
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *at = c ? strchr(digits, c) : NULL;

        return at ? (uint32_t)(at - digits) : UINT32_MAX;
}

/* RFC 2045: lines of whole groups of four, the last one filled up. */
static bool is_base64(struct text line)
{
        if (line.length == 0 || line.length % 4)
                return false;
        if (text_eat_end(&line, TEXT("=")))
                (void)text_eat_end(&line, TEXT("="));
        for (size_t i = 0; i < line.length; i++)
                if (digit_of(line.data[i]) == UINT32_MAX)
                        return false;
        return true;
}

static void end_line(struct log_reader *reader, log_read_line_fn *read_line)
{
        struct log_joined_line *joined = &reader->base64;
        struct text line = { joined->data, joined->length };

        joined->length = 0;
        log_strip_returns(&line);
        read_line(reader, line, joined->line_number);
}

static void decode(struct log_reader *reader, struct text line, log_read_line_fn *read_line)
{
        struct log_joined_line *joined = &reader->base64;
        uint32_t bits = 0, n_bits = 0;

        for (size_t i = 0; i < line.length && line.data[i] != '='; i++) {
                char byte;

                bits = bits << 6 | digit_of(line.data[i]);
                n_bits += 6;
                if (n_bits < 8)
                        continue;
                n_bits -= 8;
                byte = (char)(bits >> n_bits & 0xff);
                if (byte == '\n')
                        end_line(reader, read_line);
                else if (byte == '\0')
                        joined->is_open = false; /* it is no text */
                else
                        log_joined_append(joined, (struct text){ &byte, 1 });
                if (!joined->is_open)
                        return;
        }
}

bool log_reader_base64(struct log_reader *reader, struct text line, uint64_t line_number, log_read_line_fn *read_line)
{
        struct log_joined_line *joined = &reader->base64;

        if (line.length == header.length && strncasecmp(line.data, header.data, line.length) == 0) {
                reader->has_base64_header = true;
                return false;
        }
        if (reader->has_base64_header && line.length == 0) {
                reader->has_base64_header = false;
                log_joined_begin(joined, line_number);
                return false;
        }
        if (!joined->is_open)
                return false;
        if (is_base64(line)) {
                joined->line_number = line_number;
                decode(reader, line, read_line);
                return true;
        }
        if (line.length == 0 && joined->length == 0)
                return false;
        end_line(reader, read_line);
        joined->is_open = false;
        return false;
}
