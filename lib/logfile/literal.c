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

static void set_end(struct log_literal *literal, struct text end)
{
        literal->end_length = text_copy(end, literal->end, sizeof(literal->end));
}

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
                *ret_literal = (struct log_literal){ 0 };
                set_end(ret_literal, quotes[i].end);
                return true;
        }
        return false;
}

/* Blanks, and what a patch has in front of a line. Returns whether it was a patch's. */
static bool eat_margin(struct text *line)
{
        bool is_marked = text_eat(line, TEXT("+")) || text_eat(line, TEXT("-"));

        while (line->length && memchr(" \t", line->data[0], 2))
                *line = text_from_offset(*line, 1);
        return is_marked;
}

/* `"""Reads a log.`; in a patch `+    """` too */
static bool opens_docstring(struct text line, struct log_literal *ret_literal)
{
        static const struct text delimiters[] = { { "\"\"\"", 3 }, { "'''", 3 } };
        bool is_marked = eat_margin(&line);

        (void)text_eat(&line, TEXT("r"));
        for (size_t i = 0; i < COUNT(delimiters); i++) {
                struct text rest = line;

                if (!text_eat(&rest, delimiters[i]) || text_find(rest, delimiters[i], 0) >= 0 ||
                    (rest.length == 0 && !is_marked))
                        continue;
                *ret_literal = (struct log_literal){ .is_docstring = true };
                set_end(ret_literal, delimiters[i]);
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
        *ret_literal = (struct log_literal){ .is_line = true };
        set_end(ret_literal, text_until_offset(word, length));
        return true;
}

bool log_literal_opens(struct text line, struct log_literal *ret_literal)
{
        return opens_quotes(line, ret_literal) || opens_document(line, ret_literal) ||
               opens_docstring(line, ret_literal);
}

bool log_literal_ends(const struct log_literal *literal, struct text line, struct text *ret_after)
{
        struct text end = { literal->end, literal->end_length };
        ptrdiff_t at;

        *ret_after = (struct text){ 0 };
        if (literal->is_line) {
                (void)eat_margin(&line);
                (void)text_eat_end(&line, TEXT(";"));
                return text_equal(line, end);
        }
        at = text_find(line, end, 0);
        if (at >= 0)
                *ret_after = text_from_offset(line, (size_t)at + end.length);
        return at >= 0;
}

/* ---- what is behind ---------------------------------------------------------------------------------------------------- */

/* Words of small letters, up to a string or a comment. */
static size_t count_words(struct text text)
{
        size_t n_words = 0;

        while (text.length) {
                struct text word = text_eat_until(&text, ' ');
                size_t n_letters = 0;

                (void)text_eat(&text, TEXT(" "));
                if ((word.length && memchr("\"'`#", word.data[0], 4)) || text_starts(word, TEXT("//")))
                        break;
                while (n_letters < word.length && word.data[n_letters] >= 'a' && word.data[n_letters] <= 'z')
                        n_letters++;
                n_words += n_letters > 1 && n_letters == word.length;
        }
        return n_words;
}

/* "if is_x else y" has two. A log has more: "'''[123]: segfault at 0 ip 0 sp 0 error 4 in a.out". */
#define WORDS_AFTER_MAX 2

bool log_literal_may_end_with(struct text text)
{
        while (text.length && memchr(" \t", text.data[0], 2))
                text = text_from_offset(text, 1);
        if (text.length == 0)
                return true;
        if (!memchr("),;.]}%+:#/*\\|[&?=!<-", text.data[0], 20) && !text_starts(text, TEXT("if ")) &&
            !text_starts(text, TEXT("in ")) && !text_starts(text, TEXT("as ")))
                return false;
        return count_words(text) <= WORDS_AFTER_MAX;
}

bool log_literal_is_statement(struct text line)
{
        static const char *const keywords[] = {
                "#include", "assert",  "async",  "class",   "const",  "def",    "del",     "done",     "echo",
                "elif",     "else",    "else:",  "end",     "enum",   "esac",   "exec",    "exit",     "export",
                "fi",       "fn",      "for",    "from",    "func",   "global", "if",      "impl",     "import",
                "let",      "local",   "module", "package", "pass",   "print",  "private", "pub",      "public",
                "raise",    "require", "return", "set",     "static", "struct", "trap",    "try:",     "type",
                "unset",    "use",     "var",    "void",    "while",  "with",   "yield",   "function",
        };
        struct text word;
        ptrdiff_t at;

        (void)eat_margin(&line);
        word = text_until_offset(line, line.length);
        word = text_eat_until(&word, ' ');
        for (size_t i = 0; i < COUNT(keywords); i++)
                if (text_equal(word, text_from(keywords[i])))
                        return true;
        if (text_starts(line, TEXT("@")))
                return true;
        at = text_find(line, TEXT("="), 0);
        return at > 0 && text_count(text_until_offset(line, (size_t)at), ' ') <= 3 &&
               is_assigned(text_until_offset(line, (size_t)at + 1));
}

bool log_literal_is_code(struct text line)
{
        if (log_literal_is_statement(line))
                return true;
        (void)eat_margin(&line);
        while (line.length && memchr(" \t\r", line.data[line.length - 1], 3))
                line.length--;
        if (line.length == 0)
                return false;
        if (line.data[0] == '[') /* "[case]" */
                return line.data[line.length - 1] == ']';
        if (memchr("})]#@/*\"'`<$&|", line.data[0], 14) || memchr(";{}),([\\`\"'>", line.data[line.length - 1], 12))
                return true;
        for (size_t i = 1; i + 1 < line.length; i++)
                if (line.data[i] == '(' && is_word_byte(line.data[i - 1]))
                        return true;
        return false;
}
