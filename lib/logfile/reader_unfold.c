/* Messages that lie in several lines without a form saying so (unfold.h): the open message and the lines after it. */

#include "logfile/reader_state.h"
#include "util/array.h"

static struct log_unfold_head head_of(const struct log_reader *reader)
{
        const struct log_message *message = &reader->message;

        return (struct log_unfold_head){ .text = message->text,
                                         .line_length = message->line_length,
                                         .n_blanks = reader->n_blanks,
                                         .is_raw = message->form == LOG_FORM_RAW };
}

/* Only what the kernel printed is put together: records have their lines, and an object of JSON is one. */
static bool can_be_joined(const struct log_reader *reader)
{
        enum log_form form = reader->message.form;

        return reader->is_open && reader->options.rate_text && form != LOG_FORM_KMSG && form != LOG_FORM_ENVELOPE;
}

static size_t n_blanks_at_end(struct text text)
{
        size_t length = text.length;

        while (text_eat_end(&text, TEXT(" ")))
                ;
        return length - text.length;
}

/* The line as a piece of the open message, in buffer, of LOG_UNFOLD_BYTES: with its blanks, but without anything else behind it. False:
 * it is too long for one. */
static bool read_piece(const struct log_reader *reader, struct text line, char *buffer, struct text *ret_piece)
{
        struct text bare = line;
        bool is_cut;

        log_strip_tail(&bare, (struct text){ reader->tail, reader->tail_length });
        if (bare.length + n_blanks_at_end(line) < line.length)
                line = bare;
        *ret_piece = (struct text){ buffer, log_unescape(line, reader->escape, buffer, LOG_UNFOLD_BYTES, &is_cut) };
        return !is_cut;
}

/* Puts text in the place of the open message's. */
static void set_text(struct log_reader *reader, struct text text, size_t line_length)
{
        struct text bare = text;

        log_strip_tail(&bare, (struct text){ reader->tail, reader->tail_length });
        if (line_length == reader->unfold.width) /* or padded up to it */
                while (text_eat_end(&bare, TEXT(" ")))
                        ;
        reader->n_blanks = n_blanks_at_end(text) - n_blanks_at_end(bare);
        reader->message.text.length = text_copy(bare, reader->text, sizeof(reader->text));
        reader->message.line_length = line_length;
}

bool log_reader_eat_path_again(const struct log_reader *reader, struct text *line)
{
        struct text path = reader->message.path;

        if (path.length == 0 && reader->message.path_line == LOG_UNKNOWN)
                return true;
        if (!log_eat_same_path(line, path, reader->message.path_line != LOG_UNKNOWN))
                return false;
        for (size_t i = 0; i < reader->margin && text_eat(line, TEXT(" ")); i++)
                ;
        return true;
}

static bool is_enough(const struct log_window *window)
{
        if (window->is_end || window->count - window->first >= LOG_WINDOW_LOOK)
                return true;
        for (size_t i = window->first; i < window->count; i++)
                if (window->lines[i].measured.is_empty)
                        return true;
        return false;
}

/* The line that is read may go on the open message: makes the guess of how it does. False: the line has to wait; it is read again. */
static bool look_ahead(struct log_reader *reader, const struct log_unfold_head *head)
{
        struct log_window *window = &reader->window;
        struct log_fold_line lines[LOG_WINDOW_LOOK + 1];
        size_t count = 1;

        if (!is_enough(window)) {
                window->waits = true;
                return false;
        }
        lines[0] = (struct log_fold_line){ .length = head->line_length,
                                           .last_word = log_fold_last_word(head->text),
                                           .begins = true,
                                           .has_blank = true,
                                           .n_end_blanks = head->n_blanks + text_ends(head->text, TEXT(" ")),
                                           .ends_hyphen = text_ends(head->text, TEXT("-")) };
        for (size_t i = window->first; i < window->count && count < COUNT(lines); i++)
                lines[count++] = window->lines[i].measured;
        if (count > 1)
                lines[1].begins = false; /* it was asked about */
        log_unfold_set_guess(&reader->unfold, log_fold_guess(lines, count, reader->unfold.longest));
        return true;
}

enum log_unfold_result log_reader_join(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_unfold_head head = head_of(reader);
        size_t line_length = origin->line_length, length = line.length;
        enum log_unfold_result result;
        bool has_path;
        char piece[LOG_UNFOLD_BYTES];
        struct text text;

        if (origin->n_wrappers || !can_be_joined(reader))
                return LOG_UNFOLD_NOT;
        has_path = log_reader_eat_path_again(reader, &line);
        if (!read_piece(reader, line, piece, &text))
                return LOG_UNFOLD_NOT;
        head.is_unsure = !has_path || (reader->head_margin && !origin->margin && line.length == length);
        line_length -= length - line.length;
        if (!head.is_unsure && !reader->unfold.is_guessed && text.length && head.line_length &&
            !look_ahead(reader, &head))
                return LOG_UNFOLD_WAIT;
        result = log_unfold(&reader->unfold, &head, text, line_length, &reader->options, reader->joined, &text);
        if (result == LOG_UNFOLD_JOINED) {
                reader->has_gap = reader->has_prose = false;
                set_text(reader, text, line_length);
                reader->head_margin = head.is_unsure ? reader->head_margin : origin->margin;
        } else if (result == LOG_UNFOLD_KEEP && head.is_raw && log_reader_joins_raw(reader, line)) {
                return LOG_UNFOLD_NOT; /* which is seen when it is read */
        }
        return result;
}

void log_reader_keep(struct log_reader *reader, struct text line, size_t line_length)
{
        size_t length = line.length;
        char piece[LOG_UNFOLD_BYTES];
        struct text text;

        if (log_reader_eat_path_again(reader, &line) && read_piece(reader, line, piece, &text))
                log_unfold_keep(&reader->unfold, text, line_length - (length - line.length));
        reader->has_gap = reader->has_prose = true; /* as long as no other piece shows what it is */
}

/* The open message with text after a newline, in a buffer. Length 0: it would be too long. */
static struct text after_newline(struct log_reader *reader, struct text text)
{
        struct text head = reader->message.text;
        char *buffer = reader->joined;

        if (head.length + 1 + text.length > LOG_TEXT_MAX)
                return (struct text){ 0 };
        (void)text_copy(head, buffer, head.length);
        buffer[head.length] = '\n';
        (void)text_copy(text, buffer + head.length + 1, text.length);
        return (struct text){ buffer, head.length + 1 + text.length };
}

void log_reader_confirm(struct log_reader *reader, const struct log_prefix *prefix)
{
        struct text piece;

        if (reader->is_open && reader->message.form == prefix->form && log_unfold_confirmed(&reader->unfold, &piece) &&
            (piece = after_newline(reader, piece)).length)
                set_text(reader, piece, reader->message.line_length);
}

void log_reader_begin_unfold(struct log_reader *reader, const struct log_prefix *prefix,
                             const struct log_origin *origin)
{
        const struct log_reader_options *options = &reader->options;
        struct text text = reader->message.text;
        bool is_line = origin->n_wrappers == 0 && options->rate_text;

        reader->escape = prefix->escape;
        reader->head_margin = origin->margin;
        reader->n_blanks = n_blanks_at_end(prefix->text);
        reader->n_blanks -= text.length && text.data[text.length - 1] == ' ' ? reader->n_blanks : 0;
        if (is_line && prefix->form == LOG_FORM_RAW)
                is_line = text.length && memchr(text.data, ' ', text.length) &&
                          options->rate_text(text, options->userdata) >= LOG_RATING_CUT;
        log_unfold_begin(&reader->unfold, is_line ? origin->line_length : 0);
}
