#include "logfile/literal.h"

#include "util/array.h"

static bool is_word_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void eat_end_blanks(struct text *text)
{
        while (text->length && memchr(" \t", text->data[text->length - 1], 2))
                text->length--;
}

static bool ends_with_word(struct text text)
{
        return text.length && is_word_byte(text.data[text.length - 1]);
}

/* A name, its members and elements: "log", "self.log", "b[0]", "const char *s", "var s string". */
static bool is_assigned(struct text text)
{
        if (!text_eat_end(&text, TEXT("=")))
                return false;
        (void)(text_eat_end(&text, TEXT(":")) || text_eat_end(&text, TEXT("+")));
        eat_end_blanks(&text);
        (void)text_eat_end(&text, TEXT("]"));
        return ends_with_word(text) || text_ends(text, TEXT("["));
}

/* What is in front of a string in a program: "x =", "f(", "return"; behind "(", other arguments. */
static bool is_source(struct text before)
{
        struct text words = before;

        eat_end_blanks(&before);
        if (is_assigned(before))
                return true;
        if (text_eat_end(&before, TEXT("(")))
                return ends_with_word(before);
        if (text_eat_end(&before, TEXT(","))) {
                ptrdiff_t at = text_find(before, TEXT("("), 0);

                return at > 0 && is_word_byte(before.data[at - 1]) &&
                       text_find(text_from_offset(before, (size_t)at), TEXT(")"), 0) < 0;
        }
        (void)text_eat_blanks(&words);
        eat_end_blanks(&words);
        return text_equal(words, TEXT("return"));
}

/* Where the last delimiter of line begins that has none to close it; -1: none does. */
static ptrdiff_t find_open(struct text line, struct text delimiter)
{
        ptrdiff_t last = -1;
        bool is_open = false;

        for (ptrdiff_t at = text_find(line, delimiter, 0); at >= 0;
             at = text_find(line, delimiter, (size_t)at + delimiter.length)) {
                is_open = !is_open;
                last = at;
        }
        return is_open ? last : -1;
}

/* Python's, Java's, Kotlin's, Swift's, TOML's; of Go and JavaScript; Rust's and C++'s, raw. */
static const struct {
        struct text opening, end;
        bool is_same;
} quotes[] = {
        { { "\"\"\"", 3 }, { "\"\"\"", 3 }, true }, { { "'''", 3 }, { "'''", 3 }, true },
        { { "`", 1 }, { "`", 1 }, true },           { { "r#\"", 3 }, { "\"#", 2 }, false },
        { { "R\"(", 3 }, { ")\"", 2 }, false },
};

static bool opens_quotes(struct text line, struct log_literal *ret_literal)
{
        for (size_t i = 0; i < COUNT(quotes); i++) {
                ptrdiff_t at = quotes[i].is_same ? find_open(line, quotes[i].opening)
                                                 : text_find_last(line, quotes[i].opening);
                struct text before;

                if (at < 0 || (!quotes[i].is_same && text_find(line, quotes[i].end, (size_t)at + 3) >= 0))
                        continue;
                before = text_until_offset(line, (size_t)at);
                /* Python's prefixes, "rb" the longest */
                for (unsigned n = 0; quotes[i].is_same && n < 2 && before.length &&
                                     memchr("rRbBfFuU", before.data[before.length - 1], 8);
                     n++)
                        before.length--;
                if (!is_source(before))
                        continue;
                *ret_literal = (struct log_literal){ .n_lines = 1 };
                ret_literal->end_length = text_copy(quotes[i].end, ret_literal->end, sizeof(ret_literal->end));
                return true;
        }
        return false;
}

/* "cat > f <<EOF", "<<-'EOF' | x", "<<~EOT" and "<<<EOT" of Ruby and PHP. A number is shifted. */
static bool opens_document(struct text line, struct log_literal *ret_literal)
{
        ptrdiff_t at = text_find(line, TEXT("<<"), 0);
        struct text word, after;
        size_t length = 0;
        bool is_quoted;

        if (at <= 0)
                return false;
        word = text_from_offset(line, (size_t)at + 2);
        (void)(text_eat(&word, TEXT("<")) || text_eat(&word, TEXT("-")) || text_eat(&word, TEXT("~")));
        (void)text_eat(&word, TEXT(" "));
        is_quoted = text_eat(&word, TEXT("'")) || text_eat(&word, TEXT("\"")) || text_eat(&word, TEXT("\\"));
        while (length < word.length && is_word_byte(word.data[length]))
                length++;
        /* Without quotes, by custom in capitals: "x << y" is C++. */
        for (size_t i = 0; i < length; i++)
                if (!is_quoted && !((word.data[i] >= 'A' && word.data[i] <= 'Z') || (i && word.data[i] == '_')))
                        return false;
        after = text_from_offset(word, length);
        (void)(is_quoted && (text_eat(&after, TEXT("'")) || text_eat(&after, TEXT("\""))));
        while (text_eat(&after, TEXT(" ")))
                ;
        if (length < 2 || length > LOG_LITERAL_END_MAX || (after.length && !memchr("|>;)&", after.data[0], 5)))
                return false;
        *ret_literal = (struct log_literal){ .n_lines = 1, .is_line = true };
        ret_literal->end_length =
                text_copy(text_until_offset(word, length), ret_literal->end, sizeof(ret_literal->end));
        return true;
}

bool log_literal_opens(struct text line, struct log_literal *ret_literal)
{
        return opens_quotes(line, ret_literal) || opens_document(line, ret_literal);
}

bool log_literal_holds(struct log_literal *literal, struct text line)
{
        struct text end = { literal->end, literal->end_length };

        if (literal->n_lines == 0)
                return false;
        if (literal->is_line) {
                while (line.length && memchr(" \t", line.data[0], 2))
                        line = text_from_offset(line, 1);
                (void)text_eat_end(&line, TEXT(";"));
        }
        if (literal->is_line ? text_equal(line, end) : text_find(line, end, 0) >= 0)
                literal->n_lines = 0;
        else if (literal->n_lines++ >= LOG_LITERAL_LINES_MAX)
                literal->n_lines = 0;
        return true;
}
