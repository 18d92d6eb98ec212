/* lib/logfile/decode.h: what markup and terminals put into a line, taken out again.
 *
 * Each decoder writes the line without its part to buffer, of line.length bytes, or sets *ret_line to what is left of line, and returns
 * true; or false, where the line has nothing of the kind. None knows what is a log: the caller takes a decoded line where it reads better than the line as it is, and then this
 * decoder for the lines after it too. So a process's name may hold any of these signs, in a log that isn't written with them. */

#pragma once

#include "util/text.h"

typedef bool log_decode_fn(struct text line, char *buffer, struct text *ret_line);

/* Escape sequences of terminals: colours, links, titles, movements of the cursor; also as text, "^[[1m" and "\e[1m". */
log_decode_fn log_decode_terminal;
/* Tags of HTML, BBCode and Jira, HTML's entities, Markdown's "**" and backslashes. */
log_decode_fn log_decode_markup;
/* Of quoted-printable "=3D", "=20"; not the "=" at a line's end. Only a line in which every "=" is so. */
log_decode_fn log_decode_quoted;
/* "#012" and "\x0a" of control characters, as log_unescape() undoes them in forms that are known to have them. */
log_decode_fn log_decode_controls;
/* Numbers in front of a line: "12. ", "12 | "; "`". */
log_decode_fn log_decode_margin;
/* The marks of lists, "* ", "- ", and the bars of tables, "|12|text|". Only before a line of a log's form: text behind them is anybody's. */
log_decode_fn log_decode_list;

enum log_decoder {
        LOG_DECODER_TERMINAL,
        LOG_DECODER_MARKUP,
        LOG_DECODER_QUOTED,
        LOG_DECODER_LIST,
        LOG_DECODER_MARGIN,
        LOG_DECODER_CONTROLS, /* the last: a form without what is around it may say how it escapes */
        LOG_DECODERS,
};
extern log_decode_fn *const log_decoders[LOG_DECODERS];

/* Those that may find something in line, as bits by enum log_decoder; most lines have no sign of any. */
unsigned log_decoders_of(struct text line);
/* Is there something of markup where rest begins? */
bool log_may_be_markup(struct text rest);

/* The next line of a page whose breaks are tags alone: up to "<br>", "</p>", "</div>" and their like, or the end. Takes it off *page, with
 * the tag. False: *page is empty. */
bool log_eat_page_line(struct text *page, struct text *ret_line);
