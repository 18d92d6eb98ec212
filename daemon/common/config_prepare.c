/* daemon/common/config_prepare.c: one pass over the text; knows comments, strings, words and braces, and no keys. */

#include "common/config_prepare.h"

#include <stdbool.h>
#include <string.h>

#include "common/config_value.h"

struct pass {
        char *at, *end; /* *end is the terminator */
        unsigned line;
        unsigned depth;
        unsigned opened_line[CONFIG_DEPTH_MAX];
};

static bool is_control(char c)
{
        return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Goes from the opening quote to after the closing one. */
static const char *pass_string(struct pass *pass)
{
        char quote = *pass->at++;
        const char *begin = pass->at;

        for (; pass->at < pass->end && *pass->at != '\n'; pass->at++) {
                char c = pass->at[0], next = pass->at[1];

                /* libconfuse's buffer grows by 32 bytes at a time: a string of 1 MiB is 16 GB of copying. */
                if (pass->at - begin > CONFIG_VALUE_MAX)
                        return "string that is too long";
                if (is_control(c))
                        return "control character in a string";
                if (c == quote) {
                        pass->at++;
                        return NULL;
                }
                if (quote == '"' && c == '$' && next == '{')
                        return "\"${\" in double quotes (single quotes keep it as it is)";
                if (c == '\\' && (next == quote || next == '\\'))
                        pass->at++;
                else if (c == '\\' && quote == '"')
                        return "unknown escape in double quotes (there are \\\" and \\\\)";
        }
        return "string without its closing quote on the same line";
}

static const char *pass_brace(struct pass *pass)
{
        if (*pass->at == '{') {
                if (pass->depth == CONFIG_DEPTH_MAX)
                        return "'{' within a list";
                pass->opened_line[pass->depth++] = pass->line;
        } else {
                if (pass->depth == 0)
                        return "'}' without its '{'";
                pass->depth--;
        }
        pass->at++;
        return NULL;
}

static const char *pass_word(struct pass *pass)
{
        size_t length = strspn(pass->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/");

        if (length == 0)
                return "character that needs quotes around its value, or doesn't belong here";
        if (pass->at[0] == '/' && pass->at[1] == '/')
                return "\"//\" (a comment begins with '#')";
        pass->at += length;
        return NULL;
}

static const char *pass_next(struct pass *pass)
{
        switch (*pass->at) {
        case '#':
                while (pass->at < pass->end && *pass->at != '\n')
                        *pass->at++ = ' ';
                return NULL;
        case '"':
        case '\'':
                return pass_string(pass);
        case '{':
        case '}':
                return pass_brace(pass);
        case '\r':
                if (pass->at[1] != '\n')
                        return pass_word(pass); /* which it is not */
                break;
        case '\n':
                pass->line++;
                break;
        case ' ':
        case '\t':
        case '=':
        case ',':
                break;
        default:
                return pass_word(pass);
        }
        pass->at++;
        return NULL;
}

const char *config_prepare(char *text, size_t length, unsigned *ret_line)
{
        struct pass pass = { .at = text, .end = text + length, .line = 1 };

        while (pass.at < pass.end) {
                const char *wrong = pass_next(&pass);

                if (wrong) {
                        *ret_line = pass.line;
                        return wrong;
                }
        }
        if (pass.depth > 0) {
                *ret_line = pass.opened_line[pass.depth - 1];
                return "'{' without its '}'";
        }
        return NULL;
}
