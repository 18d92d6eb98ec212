/* The lines after one that may go on the open message: how long they are shows how the log is folded (fold.h), so they wait, and are
 * read after that. No line waits in a log whose lines each have a form. */

#include "logfile/prefix_parts.h"
#include "logfile/reader_state.h"

/* By its form, or by its indent where further lines have one. */
static bool begins_message(struct log_reader *reader, struct text line)
{
        const struct log_reader_options *options = &reader->options;
        struct text quoted;
        struct log_prefix prefix;

        log_eat_quotes(&line);
        quoted = line;
        while (line.length && (line.data[0] == ' ' || line.data[0] == '\t'))
                line = text_from_offset(line, 1);
        return (reader->indent && quoted.length - line.length >= reader->indent) ||
               log_reader_parse_prefix(reader, line, &prefix) ||
               (reader->message.form == LOG_FORM_RAW &&
                options->rate_text(line, options->userdata) != LOG_RATING_OTHER);
}

static struct text line_at(const struct log_window *window, size_t i)
{
        return (struct text){ window->bytes + window->lines[i].offset, window->lines[i].length };
}

/* False: there is no room. */
static bool append(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_window *window = &reader->window;
        struct log_window_line *last = &window->lines[window->count];
        struct text bare = line;
        size_t length, numbered;

        if (window->count == LOG_WINDOW_LINES || line.length > sizeof(window->bytes) - window->n_bytes)
                return false;
        last->line_number = line_number;
        last->margin = reader->line_margin;
        last->offset = window->n_bytes;
        window->n_bytes += text_copy(line, window->bytes + window->n_bytes, line.length);
        log_strip_tags(&bare);
        length = bare.length;
        log_eat_quotes(&bare);
        numbered = bare.length;
        length -= log_reader_eat_path_again(reader, &bare) ? numbered - bare.length : 0;
        last->length = line.length;
        last->measured = log_fold_measure(bare, window->count > window->first && begins_message(reader, bare));
        last->measured.length = length;
        window->count++;
        return true;
}

/* Reads the lines that wait, up to one whose next ones have yet to come. */
static void read_waiting(struct log_reader *reader, bool is_end, log_read_line_fn *read_line)
{
        struct log_window *window = &reader->window;

        window->is_end = is_end;
        window->is_reading = true;
        while (window->first < window->count) {
                window->waits = false;
                reader->line_margin = window->lines[window->first].margin;
                read_line(reader, line_at(window, window->first), window->lines[window->first].line_number);
                if (window->waits)
                        break;
                window->first++;
        }
        window->is_end = window->is_reading = false;
        if (window->first == window->count)
                window->first = window->count = window->n_bytes = 0;
}

/* The lines that were read make room. */
static void compact(struct log_window *window)
{
        size_t offset = window->lines[window->first].offset;

        for (size_t i = window->first; i < window->count; i++) {
                window->lines[i - window->first] = window->lines[i];
                window->lines[i - window->first].offset -= offset;
        }
        memmove(window->bytes, window->bytes + offset, window->n_bytes - offset);
        window->n_bytes -= offset;
        window->count -= window->first;
        window->first = 0;
}

void log_reader_read_window(struct log_reader *reader, struct text line, uint64_t line_number,
                            log_read_line_fn *read_line)
{
        struct log_window *window = &reader->window;
        size_t margin = reader->line_margin;

        if (window->count) {
                if (append(reader, line, line_number)) {
                        read_waiting(reader, false, read_line);
                        return;
                }
                compact(window);
                if (append(reader, line, line_number)) {
                        read_waiting(reader, false, read_line);
                        return;
                }
                read_waiting(reader, true, read_line);
                reader->line_margin = margin;
        }
        window->waits = false;
        read_line(reader, line, line_number);
        if (!window->waits)
                return;
        window->first = window->count = window->n_bytes = 0;
        if (append(reader, line, line_number))
                return;
        window->is_end = true; /* it is longer than any that was folded */
        read_line(reader, line, line_number);
        window->is_end = false;
}

void log_reader_end_window(struct log_reader *reader, log_read_line_fn *read_line)
{
        /* What ends it may be one of the lines: those after that are read after it. */
        if (reader->window.count && !reader->window.is_reading)
                read_waiting(reader, true, read_line);
}
