/* Escape sequences of terminals. */

#include "logfile/decode_parts.h"
#include "util/array.h"

/* The escape byte, or how it is shown. Not "\x1b" and "#033": so dmesg and syslog daemons show that of a process's name. */
static bool eat_escape(struct text *text)
{
        static const struct text shown[] = { { "^[", 2 }, { "\\e", 2 }, { "\\u001b", 6 }, { "\xe2\x90\x9b", 3 } };

        if (text_eat(text, TEXT("\x1b")))
                return true;
        for (size_t i = 0; i < COUNT(shown); i++) {
                struct text rest = *text;

                /* As text it needs more to be one: the "[" of a sequence that ends. */
                if (text_eat(&rest, shown[i]) && text_starts(rest, TEXT("["))) {
                        *text = rest;
                        return true;
                }
        }
        return false;
}

/* ECMA-48: "[", parameters, one last byte. */
static bool eat_control_sequence(struct text *text)
{
        struct text rest = *text;
        size_t at = 0;

        if (!text_eat(&rest, TEXT("[")))
                return false;
        while (at < rest.length && rest.data[at] >= ' ' && rest.data[at] <= '?')
                at++;
        if (at == rest.length || at > 32 || rest.data[at] < '@' || rest.data[at] > '~')
                return false;
        *text = text_from_offset(rest, at + 1);
        return true;
}

/* "]8;;https://...", a title: up to BEL or ESC "\" */
static bool eat_command(struct text *text)
{
        struct text rest = *text;
        size_t at = 0;

        if (!text_eat(&rest, TEXT("]")))
                return false;
        while (at < rest.length && rest.data[at] != '\a' && rest.data[at] != '\x1b')
                at++;
        if (at == rest.length)
                return false;
        rest = text_from_offset(rest, at + 1);
        (void)text_eat(&rest, TEXT("\\"));
        *text = rest;
        return true;
}

static bool eat_sequence(struct text *text)
{
        struct text rest = *text;

        if (!eat_escape(&rest))
                return false;
        if (!eat_control_sequence(&rest) && !eat_command(&rest)) {
                if (rest.length && memchr("()*+", rest.data[0], 4) && rest.length > 1)
                        rest = text_from_offset(rest, 2); /* a character set */
                else if (rest.length && memchr("=>78cDEHMNOZ", rest.data[0], 12))
                        rest = text_from_offset(rest, 1);
                else
                        return false;
        }
        *text = rest;
        return true;
}

static bool eat_coded(struct text *text, struct log_decoded *decoded)
{
        if (!text_eat(text, TEXT("\b")))
                return text_eat(text, TEXT("\x0e")) || text_eat(text, TEXT("\x0f")) || eat_sequence(text);
        decoded->length -= decoded->length > 0; /* a letter, and the same again: bold, as of man and less */
        return true;
}

bool log_decode_terminal(struct text line, char *buffer, struct text *ret_line)
{
        return log_decode_signs(line, "\x1b^\\\xe2\x0e\x0f\b", eat_coded, buffer, ret_line);
}
