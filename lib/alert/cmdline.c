#include "alert/cmdline.h"

#define HIDDEN TEXT("***")

/* Appends what fits. */
static void add(struct text text, char *buffer, size_t size, size_t *length)
{
        *length += text_copy(text, buffer + *length, size - *length);
}

static bool is_wildcard(char c)
{
        return c == '*' || c == '?';
}

/* Takes one element off a pattern: a byte, escaped or not. *ret_byte is what it stands for. Returns whether it is a wildcard. */
static bool eat_element(struct text *pattern, char *ret_byte)
{
        bool is_escaped = pattern->data[0] == '\\' && pattern->length > 1;

        *ret_byte = pattern->data[is_escaped];
        *pattern = text_from_offset(*pattern, is_escaped ? 2 : 1);
        return !is_escaped && is_wildcard(*ret_byte);
}

/* Whether the pattern, of one word, matches all of text. When a part doesn't fit, only the last '*' is tried with more. */
static bool matches(struct text pattern, struct text text, bool is_cut)
{
        struct text after_star = { NULL, 0 }, star_text = { NULL, 0 };

        while (pattern.length > 0 || text.length > 0) {
                struct text before = pattern;
                char byte = '\0';
                bool is_wild = pattern.length > 0 && eat_element(&pattern, &byte);

                if (is_wild && byte == '*') {
                        if (is_cut)
                                return true; /* what is missing may be the rest of the pattern */
                        after_star = pattern;
                        star_text = text;
                } else if (before.length > 0 && text.length > 0 && (is_wild || byte == text.data[0])) {
                        text = text_from_offset(text, 1);
                } else if (star_text.length > 0) {
                        star_text = text_from_offset(star_text, 1);
                        text = star_text;
                        pattern = after_star;
                } else {
                        return false;
                }
        }
        return true;
}

/* Splits a pattern at its blank. *ret_second is empty where it is about one argument. */
static struct text split_words(const char *pattern, struct text *ret_second)
{
        struct text second = text_from(pattern), first = text_eat_until(&second, ' ');

        *ret_second = second.length > 0 ? text_from_offset(second, 1) : second;
        return first;
}

static bool has_wildcard(struct text word)
{
        char byte;

        while (word.length > 0)
                if (eat_element(&word, &byte))
                        return true;
        return false;
}

const char *cmdline_check_pattern(const char *pattern)
{
        struct text second, first = split_words(pattern, &second);

        if (first.length == 0 || (pattern[first.length] && second.length == 0) || text_count(second, ' ') > 0)
                return "must be a pattern for one argument, or two with a blank between them";
        if (!has_wildcard(first) && !has_wildcard(second))
                return "must have a \"*\" or \"?\" for what is to be hidden";
        return NULL;
}

/* An argument and those beside it; data NULL: there is none. */
struct place {
        struct text previous, argument, next;
        bool is_cut, is_next_cut;
};

/* The word of a pattern that hides the argument; length 0: none. */
static struct text find_word(const struct place *place, const struct cmdline_patterns *patterns)
{
        for (size_t i = 0; i < patterns->count; i++) {
                struct text second, first = split_words(patterns->patterns[i], &second);
                bool is_first = matches(first, place->argument, place->is_cut);

                if (second.length == 0 && is_first)
                        return first;
                if (second.length == 0)
                        continue;
                if (is_first && has_wildcard(first) && place->next.data &&
                    matches(second, place->next, place->is_next_cut))
                        return first;
                if (place->previous.data && has_wildcard(second) && matches(first, place->previous, false) &&
                    matches(second, place->argument, place->is_cut))
                        return second;
        }
        return (struct text){ NULL, 0 };
}

/* Appends the word with *** for its wildcards; several in a row are one. */
static void add_word(struct text word, char *buffer, size_t size, size_t *length)
{
        bool was_wild = false;

        while (word.length > 0) {
                char byte;
                bool is_wild = eat_element(&word, &byte);

                if (!is_wild)
                        add((struct text){ &byte, 1 }, buffer, size, length);
                else if (!was_wild)
                        add(HIDDEN, buffer, size, length);
                was_wild = is_wild;
        }
}

/* Takes the next argument off; data NULL: there is none. */
static struct text eat_argument(struct text *rest, char separator, bool *is_over)
{
        struct text argument;

        if (*is_over)
                return (struct text){ NULL, 0 };
        argument = text_eat_until(rest, separator);
        *is_over = rest->length == 0;
        if (!*is_over)
                *rest = text_from_offset(*rest, 1);
        return argument;
}

struct text cmdline_show(struct text arguments, bool is_cut, const struct cmdline_patterns *patterns, char *buffer,
                         size_t size, size_t *ret_program_length)
{
        char separator = text_count(arguments, '\0') > 0 ? '\0' : ' ';
        bool is_over = arguments.length == 0;
        struct place place = { .argument = eat_argument(&arguments, separator, &is_over) };
        size_t length = 0, program_length = 0;

        for (bool is_program = true; place.argument.data; is_program = false) {
                struct text word;

                place.is_cut = is_cut && is_over;
                place.next = eat_argument(&arguments, separator, &is_over);
                place.is_next_cut = is_cut && is_over;
                word = find_word(&place, patterns);
                if (!is_program)
                        add(TEXT(" "), buffer, size, &length);
                if (word.length > 0)
                        add_word(word, buffer, size, &length);
                else
                        add(place.argument, buffer, size, &length);
                if (is_program)
                        program_length = length;
                place.previous = place.argument;
                place.argument = place.next;
        }
        *ret_program_length = program_length;
        return (struct text){ buffer, length };
}
