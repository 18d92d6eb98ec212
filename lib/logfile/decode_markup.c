/* Markup: HTML, BBCode, wikis, Markdown. */

#include <strings.h>

#include "logfile/decode_parts.h"
#include "util/array.h"

static bool eat_named_entity(struct text *text, struct text *ret_text)
{
        static const struct {
                struct text name, text;
        } entities[] = {
                { { "gt;", 3 }, { ">", 1 } },     { { "lt;", 3 }, { "<", 1 } },    { { "amp;", 4 }, { "&", 1 } },
                { { "quot;", 5 }, { "\"", 1 } },  { { "apos;", 5 }, { "'", 1 } },  { { "nbsp;", 5 }, { " ", 1 } },
                { { "lbrack;", 7 }, { "[", 1 } }, { { "lsqb;", 5 }, { "[", 1 } },  { { "rbrack;", 7 }, { "]", 1 } },
                { { "rsqb;", 5 }, { "]", 1 } },   { { "colon;", 6 }, { ":", 1 } }, { { "equals;", 7 }, { "=", 1 } },
                { { "lpar;", 5 }, { "(", 1 } },   { { "rpar;", 5 }, { ")", 1 } },  { { "sol;", 4 }, { "/", 1 } },
                { { "lowbar;", 7 }, { "_", 1 } }, { { "comma;", 6 }, { ",", 1 } }, { { "NewLine;", 8 }, { "\n", 1 } },
        };

        for (size_t i = 0; i < COUNT(entities); i++) {
                if (text_eat(text, entities[i].name)) {
                        *ret_text = entities[i].text;
                        return true;
                }
        }
        return false;
}

static bool is_digit_of(char c, bool is_hex)
{
        return is_hex ? text_hex_digit(c) < 16 : c >= '0' && c <= '9';
}

/* "&#39;", "&#x27;": a byte of ASCII, or a blank that doesn't break */
static bool eat_numbered_entity(struct text *text, char *ret_byte)
{
        struct text rest = *text;
        uint32_t value = 0;
        size_t at = 0;
        bool is_hex;

        if (!text_eat(&rest, TEXT("#")))
                return false;
        is_hex = text_eat(&rest, TEXT("x")) || text_eat(&rest, TEXT("X"));
        for (; at < rest.length && at < 6 && is_digit_of(rest.data[at], is_hex); at++)
                value = value * (is_hex ? 16 : 10) + text_hex_digit(rest.data[at]);
        rest = text_from_offset(rest, at);
        if (at == 0 || !text_eat(&rest, TEXT(";")) || (value >= 0x80 && value != 0xa0) || value == 0)
                return false;
        *ret_byte = value == 0xa0 ? ' ' : (char)value;
        *text = rest;
        return true;
}

static bool eat_entity(struct text *text, struct log_decoded *decoded)
{
        struct text rest = *text, sign;
        char byte;

        if (!text_eat(&rest, TEXT("&")))
                return false;
        if (eat_numbered_entity(&rest, &byte))
                sign = (struct text){ &byte, 1 };
        else if (!eat_named_entity(&rest, &sign))
                return false;
        log_decoded_put(decoded, sign);
        *text = rest;
        return true;
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct tag {
        char opener;
        bool is_end; /* "</td>", "<td/>" is none */
        struct text name, attributes;
};

static bool is_named(const struct tag *tag, const char *name)
{
        return tag->name.length == strlen(name) && strncasecmp(tag->name.data, name, tag->name.length) == 0;
}

/* Only names that are known to be tags: "<TASK>", "[name]" and "{}" are printed by the kernel. */
static bool is_known(const struct tag *tag)
{
        static const char names[][11] = { "br",    "td",     "tr",      "th",    "p",          "pre",  "code",  "li",
                                          "ul",    "ol",     "div",     "span",  "font",       "b",    "i",     "u",
                                          "em",    "strong", "table",   "tbody", "thead",      "tt",   "kbd",   "samp",
                                          "mark",  "a",      "html",    "body",  "blockquote", "nobr", "small", "color",
                                          "quote", "size",   "details", "wbr",   "noformat",   "s",    "ins",   "del" };

        if (tag->opener == '[' && tag->name.length > 1 && tag->name.length < 4)
                return false;
        for (size_t i = 0; i < COUNT(names); i++)
                if (is_named(tag, names[i]))
                        return true;
        return false;
}

/* "<br />", "</td>", "<span class="x">"; "[code]", "[/color]" of BBCode; "{code}", "{code:title=x}" of Jira. */
static bool eat_tag(struct text *text, struct tag *ret_tag)
{
        static const struct {
                char opener, closer, after[5]; /* what may follow the name */
        } kinds[] = { { '<', '>', " />\t" }, { '[', ']', "=]" }, { '{', '}', ":}" } };
        struct tag tag = { 0 };
        struct text rest = text_from_offset(*text, 1);
        size_t kind = 0, length = 0, end;

        while (kind < COUNT(kinds) && kinds[kind].opener != text->data[0])
                kind++;
        if (kind == COUNT(kinds))
                return false;
        tag.opener = kinds[kind].opener;
        tag.is_end = text_eat(&rest, TEXT("/"));
        while (length < rest.length && is_letter(rest.data[length]))
                length++;
        tag.name = text_until_offset(rest, length);
        rest = text_from_offset(rest, length);
        if (length == 0 || !is_known(&tag) || rest.length == 0 || rest.data[0] == '\0' ||
            !strchr(kinds[kind].after, rest.data[0]))
                return false;
        for (end = 0; end < rest.length && rest.data[end] != kinds[kind].closer; end++)
                if (rest.data[end] == kinds[kind].opener)
                        return false;
        if (end == rest.length)
                return false;
        tag.attributes = text_until_offset(rest, end);
        *ret_tag = tag;
        *text = text_from_offset(rest, end + 1);
        return true;
}

/* Does a line of a page end here? */
static bool is_break(const struct tag *tag)
{
        return tag->opener == '<' && (is_named(tag, "br") || is_named(tag, "p") || is_named(tag, "li") ||
                                      is_named(tag, "tr") || (tag->is_end && is_named(tag, "div")));
}

/* Of a row's cells the second and later ones. */
static bool is_next_cell(const struct tag *tag)
{
        return tag->opener == '<' && !tag->is_end && (is_named(tag, "td") || is_named(tag, "th"));
}

/* `class="ln"`, "lineno", "line-number", "blob-num" */
static bool is_of_number(struct text attributes)
{
        return text_find(attributes, TEXT("\"ln"), 0) >= 0 || text_find(attributes, TEXT("lineno"), 0) >= 0 ||
               text_find(attributes, TEXT("num"), 0) >= 0;
}

static bool is_number(struct text text)
{
        (void)text_eat_blanks(&text);
        for (size_t i = 0; i < text.length; i++)
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
        return text.length > 0;
}

/* Marks of Markdown: "\_", "\[" is what it makes of "_" and "["; "**" is bold, "{{" Jira's monospace. */
static bool eat_mark(struct text *text, struct log_decoded *decoded)
{
        if (text_eat(text, TEXT("**")) || text_eat(text, TEXT("{{")) || text_eat(text, TEXT("}}")))
                return true;
        if (text->length < 2 || text->data[0] != '\\' || text->data[1] == '\0' ||
            !strchr("_*[]()|<>#.+-~`", text->data[1]))
                return false;
        log_decoded_put(decoded, (struct text){ text->data + 1, 1 });
        *text = text_from_offset(*text, 2);
        return true;
}

static bool eat_coded(struct text *text, struct log_decoded *decoded)
{
        struct text before = { decoded->data, decoded->length };
        struct tag tag;

        if (eat_tag(text, &tag)) {
                /* A number in front of the line stays apart from it. */
                if ((is_next_cell(&tag) || (decoded->is_in_number && tag.is_end)) && is_number(before))
                        log_decoded_put(decoded, TEXT("\t"));
                decoded->is_in_number = !tag.is_end && is_of_number(tag.attributes);
                return true;
        }
        if (text_eat(text, TEXT("\xc2\xa0"))) { /* the blank that doesn't break, itself */
                log_decoded_put(decoded, TEXT(" "));
                return true;
        }
        return eat_entity(text, decoded) || eat_mark(text, decoded);
}

bool log_decode_markup(struct text line, char *buffer, struct text *ret_line)
{
        return log_decode_signs(line, "<[{}*\\&\xc2", eat_coded, buffer, ret_line);
}

bool log_eat_page_line(struct text *page, struct text *ret_line)
{
        struct text line = *page;
        struct tag tag;

        if (page->length == 0)
                return false;
        for (size_t at = 0; at < line.length; at++) {
                const char *next = memchr(line.data + at, '<', line.length - at);
                struct text rest;

                if (!next)
                        break;
                at = (size_t)(next - line.data);
                rest = text_from_offset(line, at);
                if (eat_tag(&rest, &tag) && is_break(&tag)) {
                        *ret_line = text_until_offset(line, at);
                        *page = rest;
                        return true;
                }
        }
        *ret_line = line;
        *page = text_from_offset(line, line.length);
        return true;
}

bool log_may_be_markup(struct text rest)
{
        struct tag tag;

        return eat_tag(&rest, &tag) || text_starts(rest, TEXT("**")) || text_starts(rest, TEXT("{{")) ||
               text_starts(rest, TEXT("\xc2\xa0"));
}
