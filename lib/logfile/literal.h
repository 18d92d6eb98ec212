/* lib/logfile/literal.h: string literals of many lines, in the sources of programs: what is in them is no log.
 *
 * A literal is recognised by the source around its opening, in the same line: "LOG = \"\"\"", "parse(`", "cat > f <<'EOF'". A delimiter alone
 * opens none, since people put them around what they paste. Literals of JSON and YAML are none of these: nothing there tells a test's
 * from a shipper's.
 *
 * Anybody who can write one line to a log can write such an opening. So what is said here of a line is a guess, and reader_literal.c
 * decides by all of them: where the literal ends, and what is in it and behind it. */

#pragma once

#include "util/text.h"

/* The longest delimiter: the word of a shell's here-document. */
#define LOG_LITERAL_END_MAX 31

struct log_literal {
        bool is_line;      /* its end is a line of its own */
        bool is_docstring; /* a delimiter in front of a text, and no more: people write that before what they paste, too */
        size_t end_length;
        char end[LOG_LITERAL_END_MAX];
};

/* Does line open a literal that goes on in the next line? Fills *ret_literal if so. */
bool log_literal_opens(struct text line, struct log_literal *ret_literal);

/* Does line, one after that which opened it, end it? *ret_after: what follows the delimiter, borrowed from line. */
bool log_literal_ends(const struct log_literal *literal, struct text line, struct text *ret_after);

/* Is text, which follows a literal's end in its line, such as programs have there: nothing, ")", ".strip(), 1)"? */
bool log_literal_may_end_with(struct text text);

/* Is line such as programs have, and not logs or letters? */
bool log_literal_is_code(struct text line);
/* The same, more certain: it begins with a keyword, or sets a variable. */
bool log_literal_is_statement(struct text line);
