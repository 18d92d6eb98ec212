/* lib/logfile/literal.h: string literals of many lines, in the sources of programs: what is in them is no log.
 *
 * A literal is recognised by the source around its opening, in the same line: "LOG = \"\"\"", "parse(`", "cat > f <<'EOF'". A delimiter alone
 * opens none, since people put them around what they paste. Literals of JSON and YAML are none of these: nothing there tells a test's
 * from a shipper's. */

#pragma once

#include "util/text.h"

/* A literal with more lines is taken for none: what opened it was no source. */
#define LOG_LITERAL_LINES_MAX 2000

/* The longest delimiter: the word of a shell's here-document. */
#define LOG_LITERAL_END_MAX 31

struct log_literal {
        size_t n_lines; /* 0: none is open */
        bool is_line;   /* its end is a line of its own */
        size_t end_length;
        char end[LOG_LITERAL_END_MAX];
};

/* Does line open a literal that goes on in the next line? Fills *ret_literal if so. */
bool log_literal_opens(struct text line, struct log_literal *ret_literal);

/* A line after the one that opened it. Returns true if it is the literal's, its last one too. */
bool log_literal_holds(struct log_literal *literal, struct text line);
