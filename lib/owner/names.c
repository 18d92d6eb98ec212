/* lib/owner/names.c: forms of names that several files of lib/owner read. */

#include "owner/walk.h"

struct text unescape_unit_name(struct text escaped, char *buffer)
{
        size_t length = 0;

        for (size_t i = 0; i < escaped.length; i++) {
                const char *at = escaped.data + i;

                if (escaped.length - i >= 4 && at[0] == '\\' && at[1] == 'x' && is_hex(at[2]) && is_hex(at[3])) {
                        buffer[length++] = (char)(text_hex_digit(at[2]) << 4 | text_hex_digit(at[3]));
                        i += 3;
                } else {
                        buffer[length++] = at[0];
                }
        }
        return (struct text){ buffer, length };
}

bool eat_digits(struct text *text, size_t n_min, size_t n_max)
{
        size_t n = 0;

        while (n < text->length && is_digit(text->data[n]))
                n++;
        *text = text_from_offset(*text, n);
        return n >= n_min && n <= n_max;
}

/* ContainerId.toString() of hadoop: the attempt has two digits or more, the container six, the application four. */
bool read_yarn_container(struct text name, struct text *ret_application)
{
        struct text rest = name, application;

        if (!text_eat(&rest, TEXT("container_")) ||
            (text_eat(&rest, TEXT("e")) && (!eat_digits(&rest, 2, 19) || !text_eat(&rest, TEXT("_")))))
                return false;
        application = rest;
        if (!eat_digits(&rest, 10, 19) || !text_eat(&rest, TEXT("_")) || !eat_digits(&rest, 4, 10))
                return false;
        application.length -= rest.length;
        *ret_application = application;
        return text_eat(&rest, TEXT("_")) && eat_digits(&rest, 2, 10) && text_eat(&rest, TEXT("_")) &&
               eat_digits(&rest, 6, 19) && rest.length == 0;
}
