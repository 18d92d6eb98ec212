/* lib/logfile/search/coats.h: how "Killed process" begins where a colour, a tag or a blank of another kind divides it: what grep, a page, a
 * mail made of it. By the rules of killer/words.h; such a line has no other words to be found by. */

/* clang-format off */

/* grep, others: a part of the words is what was searched for */
ALONE("", "Kill\x1b[m\x1b")
ALONE("", "Kill\x1b[0m")
ALONE("", "Kill\x1b[01")
ALONE("", "Killed\x1b[")
ALONE("", "Killed^[")
ALONE("", "Killed \x1b")
ALONE("", "Killed ^")
ALONE("", "Kille\x1b[0")
ALONE("", "Killed p\x1b")
ALONE("", "Killed pro\x1b")
ALONE("", "Killed proc\x1b")
/* pages */
ALONE("", "Kill</b>")
ALONE("", "Kill</em")
ALONE("", "Kill</ma")
ALONE("", "Killed</")
ALONE("", "Killed <")
ALONE("", "Killed[/")
ALONE("", "Killed**")
ALONE("", "Killed [")
ALONE("", "Killed *")
/* blanks */
ALONE("", "Killed&n")
ALONE("", "Killed&#")

/* clang-format on */
