/* daemon/common/config_scan.c: one pass over the file's bytes; knows quotes, comments and braces, and nothing of keys. */

#include "common/config_scan.h"

#include <stdbool.h>
#include <string.h>

#include "common/config_value.h"

struct scan {
        char *at, *end;
        unsigned line;
        unsigned depth;
        unsigned opened_line[CONFIG_DEPTH_MAX];
        bool after_string; /* the last thing that was no space: libconfuse would take it for a key before '=' */
        bool in_word;
};

static bool is_control(char c)
{
        return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool is_word(char c)
{
        return c != '\0' && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/", c);
}

/* at is on the opening quote; leaves it behind the closing one. */
static const char *scan_string(struct scan *scan)
{
        char quote = *scan->at++;
        const char *begin = scan->at;

        for (; scan->at < scan->end && *scan->at != '\n'; scan->at++) {
                char next = scan->at + 1 < scan->end ? scan->at[1] : '\n';

                /* libconfuse's buffer grows by 32 bytes at a time: a string of 1 MiB is 16 GB of copying. */
                if (scan->at - begin > CONFIG_VALUE_MAX)
                        return "string that is too long";
                if (is_control(*scan->at))
                        return "control character in a string";
                if (*scan->at == quote) {
                        scan->at++;
                        scan->after_string = true;
                        return NULL;
                }
                if (quote == '"' && *scan->at == '$' && next == '{')
                        return "\"${\" in double quotes (single quotes keep it as it is)";
                if (*scan->at != '\\')
                        continue;
                if (quote == '"' && next != '"' && next != '\\')
                        return "unknown escape in double quotes (there are \\\" and \\\\)";
                if (next != '\n')
                        scan->at++; /* whatever follows does not end the string */
        }
        return "string without its closing quote on the same line";
}

static void scan_comment(struct scan *scan)
{
        while (scan->at < scan->end && *scan->at != '\n')
                *scan->at++ = ' ';
}

static const char *scan_brace(struct scan *scan)
{
        if (*scan->at == '}') {
                if (scan->depth == 0)
                        return "'}' without its '{'";
                scan->depth--;
        } else {
                if (scan->depth == CONFIG_DEPTH_MAX)
                        return "'{' within a list";
                scan->opened_line[scan->depth++] = scan->line;
        }
        scan->at++;
        return NULL;
}

/* One byte, comment, brace or string. */
static const char *scan_next(struct scan *scan)
{
        char c = *scan->at;
        char next = scan->at + 1 < scan->end ? scan->at[1] : '\n';
        bool in_word = scan->in_word;

        scan->in_word = false;
        if (c == '#') {
                scan_comment(scan);
                return NULL;
        }
        if (c == '\n' || c == ' ' || c == '\t' || (c == '\r' && next == '\n')) {
                scan->line += c == '\n';
                scan->at++;
                return NULL;
        }
        if (c == '"' || c == '\'')
                return scan_string(scan);
        if (c == '=' && scan->after_string)
                return "key in quotes, or a string too many before it";
        scan->after_string = false;
        if (c == '{' || c == '}')
                return scan_brace(scan);
        if (!in_word && c == '/' && next == '/')
                return "\"//\" (a comment begins with '#')";
        if (!is_word(c) && c != '=' && c != ',')
                return "character that needs quotes around its value, or doesn't belong here";
        scan->in_word = is_word(c);
        scan->at++;
        return NULL;
}

const char *config_scan(char *text, size_t length, unsigned *ret_line)
{
        struct scan scan = { .at = text, .end = text + length, .line = 1 };

        while (scan.at < scan.end) {
                const char *wrong = scan_next(&scan);

                if (wrong) {
                        *ret_line = scan.line;
                        return wrong;
                }
        }
        if (scan.depth > 0) {
                *ret_line = scan.opened_line[scan.depth - 1];
                return "'{' without its '}'";
        }
        return NULL;
}
