/* From a line with its prefix, or an entry of the journal, to the message that the handler gets. */

#include "logfile/reader_state.h"

/* In a form that indents further lines, a line with so many blanks in front is one, even if its message isn't known. */
#define INDENT_MIN 8

static int64_t add_fraction(int64_t usec, int64_t fraction_usec)
{
        int64_t sum;

        return usec == LOG_UNKNOWN || __builtin_add_overflow(usec, fraction_usec, &sum) ? LOG_UNKNOWN : sum;
}

static bool is_same_minute(const struct log_date *a, const struct log_date *b)
{
        return a->year == b->year && a->month == b->month && a->day == b->day && a->hour == b->hour &&
               a->minute == b->minute;
}

/* The owner's function is asked once for the lines of a minute: within one no clock is put forward or back. */
static int64_t local_usec(struct log_reader *reader, const struct log_date *date)
{
        struct log_date minute = *date;

        if (!reader->options.local_time)
                return log_date_usec(date);
        minute.second = 0;
        if (!is_same_minute(&minute, &reader->minute)) {
                reader->minute = minute;
                reader->minute_usec = reader->options.local_time(&minute, reader->options.local_time_userdata);
        }
        return add_fraction(reader->minute_usec, date->second * INT64_C(1000000));
}

/* By which stamps of one kind can be compared. */
static int64_t usec_in_zone(const struct log_stamp *stamp)
{
        int64_t usec = stamp->kind == LOG_STAMP_UTC     ? stamp->utc_usec
                       : stamp->kind == LOG_STAMP_LOCAL ? log_date_usec(&stamp->date)
                                                        : log_date_usec_in_2000(&stamp->date);

        return stamp->kind == LOG_STAMP_UTC ? usec : add_fraction(usec, stamp->fraction_usec);
}

/* Of so many dates that differed from the one before, nearly all went forward. */
#define STEPS_FORWARD 14

bool log_reader_goes_forward(const struct log_reader *reader)
{
        return __builtin_popcount(reader->steps) >= STEPS_FORWARD;
}

/* By the line's own stamp: an envelope's may be that of when all of them were sent. */
static void note_step(struct log_reader *reader, const struct log_stamp *stamp)
{
        const struct log_stamp *from = &reader->step_from;
        int64_t before, now;

        if (stamp->kind == LOG_STAMP_NONE || log_is_same_stamp(stamp, from))
                return;
        before = usec_in_zone(from);
        now = usec_in_zone(stamp);
        if (from->kind == stamp->kind && now != before)
                reader->steps = (uint16_t)(reader->steps << 1 | (now > before));
        reader->step_from = *stamp;
}

void log_reader_set_newest_first(struct log_reader *reader)
{
        reader->is_newest_first = true;
}

int64_t log_reader_resolve_time(struct log_reader *reader, const struct log_time *time)
{
        struct log_date date = time->date;

        if (!(time->doubts & LOG_DOUBT_YEAR))
                return time->usec;
        date.year = reader->is_newest_first ? log_years_latest(&reader->years, &date)
                                            : log_years_infer(&reader->years, time->year_index);
        return log_date_is_valid(&date) ? add_fraction(local_usec(reader, &date), time->fraction_usec) : LOG_UNKNOWN;
}

static void compute_time(struct log_reader *reader, const struct log_stamp *stamp, struct log_time *time)
{
        *time = (struct log_time){ .usec = LOG_UNKNOWN, .resolution_usec = LOG_UNKNOWN };
        if (stamp->kind == LOG_STAMP_NONE)
                return;
        time->resolution_usec = stamp->resolution_usec;
        if (stamp->kind == LOG_STAMP_UTC) {
                time->usec = stamp->utc_usec;
                return;
        }
        time->doubts = reader->options.local_time ? LOG_DOUBT_ZONE_ASSUMED : LOG_DOUBT_ZONE_UNKNOWN;
        time->date = stamp->date;
        time->fraction_usec = (int32_t)stamp->fraction_usec;
        if (stamp->kind == LOG_STAMP_YEARLESS) {
                time->doubts |= LOG_DOUBT_YEAR;
                time->year_index = log_years_push(&reader->years, &stamp->date);
                time->usec = log_reader_resolve_time(reader, time);
        } else {
                time->usec = add_fraction(local_usec(reader, &stamp->date), stamp->fraction_usec);
        }
        if (time->usec == LOG_UNKNOWN)
                time->resolution_usec = LOG_UNKNOWN;
}

/* Most lines of a report have the stamp of the line before. */
static void fill_time(struct log_reader *reader, const struct log_stamp *stamp, struct log_time *time)
{
        struct log_last_time *last = &reader->last_time;

        if (!last->is_known || !log_is_same_stamp(stamp, &last->stamp) ||
            stamp->resolution_usec != last->stamp.resolution_usec) {
                compute_time(reader, stamp, &last->time);
                last->stamp = *stamp;
                last->is_known = true;
        }
        *time = last->time;
}

void log_reader_flush(struct log_reader *reader)
{
        if (!reader->is_open)
                return;
        reader->is_open = false;
        reader->message.is_truncated = reader->message.is_truncated || reader->unfold.may_go_on;
        reader->unfold.n_pieces = 0;
        reader->handler(&reader->message, reader->userdata);
}

static struct log_message blank_message(enum log_form form, const struct log_origin *origin)
{
        return (struct log_message){
                .form = form,
                .level = LOG_UNKNOWN,
                .seq = LOG_UNKNOWN,
                .mono_usec = LOG_UNKNOWN,
                .time = { .usec = LOG_UNKNOWN, .resolution_usec = LOG_UNKNOWN },
                .line_number = origin->line_number,
                .line_length = origin->n_wrappers ? 0 : origin->line_length,
                .path = origin->path,
                .path_line = origin->path_line,
        };
}

static void append(struct log_reader *reader, struct text piece, enum log_escape escape)
{
        struct log_message *message = &reader->message;
        bool cut;

        if (escape == LOG_ESCAPE_HEX || escape == LOG_ESCAPE_BOTH) {
                reader->has_kmsg_escapes = reader->has_kmsg_escapes || log_shown_escape(piece) == LOG_ESCAPE_KMSG;
                if (reader->has_kmsg_escapes)
                        escape = LOG_ESCAPE_KMSG;
        } else if (escape == LOG_ESCAPE_NONE && message->form == LOG_FORM_RAW) {
                if (reader->raw_escape == LOG_ESCAPE_NONE)
                        reader->raw_escape = log_shown_escape(piece);
                escape = reader->raw_escape;
        }
        message->text.length += log_unescape(piece, escape, reader->text + message->text.length,
                                             sizeof(reader->text) - message->text.length, &cut);
        message->is_truncated = message->is_truncated || cut;
}

/* Many blanks at either end are of a width, and vary from line to line. */
static void trim_padding(struct text *tail)
{
        struct text core = *tail;

        while (text_eat(&core, TEXT(" ")))
                ;
        if (core.length && tail->length - core.length > 1)
                *tail = core;
        core = *tail;
        while (text_eat_end(&core, TEXT(" ")))
                ;
        if (core.length && tail->length - core.length > 1)
                *tail = core;
}

/* Takes off what is behind the kernel's text, but of its own records nothing. */
static struct text without_tail(struct log_reader *reader, const struct log_prefix *prefix)
{
        struct text text = prefix->text, tail;

        if (prefix->form == LOG_FORM_KMSG)
                return text;
        log_strip_tail(&text, (struct text){ reader->tail, reader->tail_length });
        tail = text_from_offset(prefix->text, text.length);
        if (tail.length == 0 && text.length && memchr(" ,;", text.data[text.length - 1], 3))
                tail = text_from_offset(text, text.length - 1);
        trim_padding(&tail);
        if (!text_starts(text, TEXT("[")))
                reader->tail_length =
                        tail.length <= LOG_TAIL_MAX ? text_copy(tail, reader->tail, sizeof(reader->tail)) : 0;
        return text;
}

/* At another path of grep's begins another file: its dates have nothing to do with those before. */
static void enter_path(struct log_reader *reader, const struct log_origin *origin)
{
        struct text last = { reader->path, reader->path_length };

        reader->has_path_line = origin->path_line != LOG_UNKNOWN;
        if (text_equal(last, origin->path))
                return;
        if (reader->path_length) {
                log_years_next_file(&reader->years);
                reader->last_time.is_known = false;
                reader->languages = (struct log_languages){ 0 };
                reader->has_kmsg_escapes = false;
                reader->raw_escape = LOG_ESCAPE_NONE;
                reader->hint.may_have_callers = true;
        }
        reader->path_length = text_copy(origin->path, reader->path, sizeof(reader->path));
}

/* "[80B blob data]": what journalctl writes for a message that isn't printable */
static bool is_blob(struct text text)
{
        return text.length < 32 && text_starts(text, TEXT("[")) && text_ends(text, TEXT(" blob data]"));
}

/* How much of a time is printed; what is printed without a zone or a year has to be assumed. */
static int rank_of(const struct log_stamp *stamp)
{
        switch (stamp->kind) {
        case LOG_STAMP_NONE:
                return 0;
        case LOG_STAMP_YEARLESS:
                return 1;
        case LOG_STAMP_LOCAL:
                return 2;
        case LOG_STAMP_UTC:
                return 3;
        }
        return 0;
}

/* A wrapper's stamp where the line has none; an envelope's where it says more. To be called once for each line: times of dmesg -H add
 * up. */
static struct log_stamp stamp_of(struct log_reader *reader, const struct log_prefix *prefix,
                                 const struct log_origin *origin, bool *ret_is_of_envelope)
{
        struct log_stamp stamp = prefix->stamp;

        log_stamp_decide(&stamp, &reader->languages);
        log_relative_stamp(&reader->relative, prefix, &stamp);
        note_step(reader, &stamp);
        *ret_is_of_envelope = origin->is_of_envelope && rank_of(&origin->stamp) > rank_of(&stamp);
        return stamp.kind == LOG_STAMP_NONE || *ret_is_of_envelope ? origin->stamp : stamp;
}

/* What a shipper has in JSON may have come from a syslog daemon. */
static enum log_escape escape_of(const struct log_prefix *prefix, const struct log_origin *origin)
{
        return prefix->escape == LOG_ESCAPE_HEX && origin->n_wrappers ? LOG_ESCAPE_BOTH : prefix->escape;
}

static void begin_message(struct log_reader *reader, const struct log_prefix *prefix, const struct log_origin *origin,
                          const struct log_time *time)
{
        struct log_message *message = &reader->message;

        *message = blank_message(prefix->form, origin);
        message->is_truncated = prefix->is_truncated;
        message->flag = prefix->flag;
        message->level = prefix->level;
        message->seq = prefix->seq;
        message->mono_usec = prefix->mono_usec;
        message->time = *time;
        message->host = (struct text){ reader->host, text_copy(prefix->host.length ? prefix->host : origin->host,
                                                               reader->host, sizeof(reader->host)) };
        message->caller =
                (struct text){ reader->caller, text_copy(prefix->caller, reader->caller, sizeof(reader->caller)) };
        message->boot_id = (struct text){ reader->boot_id, reader->boot_id_length };
        message->path = (struct text){ reader->path, reader->path_length };
        message->speaker =
                (struct text){ reader->speaker, text_copy(prefix->speaker, reader->speaker, sizeof(reader->speaker)) };
        message->text = (struct text){ reader->text, 0 };
        append(reader, prefix->speaker.length ? prefix->text : without_tail(reader, prefix), escape_of(prefix, origin));
}

void log_reader_add_line(struct log_reader *reader, const struct log_prefix *prefix, const struct log_origin *origin)
{
        struct log_time time;
        bool is_of_envelope;
        struct log_stamp stamp = stamp_of(reader, prefix, origin, &is_of_envelope);

        log_reader_confirm(reader, prefix);
        if (log_reader_joins(reader, prefix, &stamp, origin)) {
                append(reader, TEXT("\n"), LOG_ESCAPE_NONE);
                append(reader, without_tail(reader, prefix), escape_of(prefix, origin));
                reader->message.line_length = origin->n_wrappers ? 0 : origin->line_length;
                reader->head_margin = origin->margin;
                return;
        }
        log_reader_flush(reader);
        enter_path(reader, origin);
        reader->hint.last_form = prefix->form;
        if (log_form_is_dmesg(prefix->form)) {
                struct text rest = prefix->text, word = text_eat_until(&rest, ' ');

                reader->hint.may_have_callers = prefix->caller.length > 0;
                reader->hint.n_stamps = prefix->n_stamps;
                reader->hint.first_word.data = reader->first_word;
                reader->hint.first_word.length = text_copy(word, reader->first_word, sizeof(reader->first_word));
        } else if (prefix->is_kernel && prefix->mono_usec != LOG_UNKNOWN) {
                reader->hint.may_have_callers = prefix->caller.length > 0;
        }
        reader->indent = prefix->indent;
        /* Other speakers' dates count for the years too: they are in order with the kernel's. */
        fill_time(reader, &stamp, &time);
        if (!is_of_envelope && (prefix->has_computed_stamp || prefix->since_usec != LOG_UNKNOWN))
                time.doubts |= LOG_DOUBT_CLOCK;
        if (!is_of_envelope &&
            (prefix->is_minute || (prefix->since_usec != LOG_UNKNOWN && !prefix->has_computed_stamp)))
                time.doubts |= LOG_DOUBT_SECOND;
        reader->has_gap = reader->has_prose = false;
        reader->is_of_other = !prefix->is_kernel && prefix->speaker.length == 0;
        if (reader->is_of_other || (prefix->indent && is_blob(prefix->text)))
                return;
        begin_message(reader, prefix, origin, &time);
        reader->stamp = stamp;
        reader->is_open = true;
        reader->hint.has_margin = prefix->has_margin;
        reader->hint.last_host.data = reader->hint_host;
        reader->hint.last_host.length = text_copy(prefix->host, reader->hint_host, sizeof(reader->hint_host));
        log_reader_begin_unfold(reader, prefix, origin);
}

void log_reader_add_entry(struct log_reader *reader, const struct log_entry *entry, enum log_form form,
                          const struct log_origin *origin)
{
        struct log_message message = blank_message(form, origin);

        log_reader_flush(reader);
        reader->hint.last_form = form;
        reader->indent = 0;
        reader->has_gap = reader->has_prose = reader->is_of_other = false;
        if (!log_entry_is_kernel(entry)) {
                message.speaker = log_entry_speaker(entry);
                reader->is_of_other = message.speaker.length == 0 || !reader->options.is_speaker ||
                                      !reader->options.is_speaker(message.speaker, reader->options.userdata);
                if (reader->is_of_other)
                        return;
        }
        log_entry_fill(entry, &message);
        if (message.time.usec == LOG_UNKNOWN)
                fill_time(reader, &origin->stamp, &message.time);
        reader->handler(&message, reader->userdata);
}

bool log_reader_continue(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct text path = { reader->path, reader->path_length }, rest;
        size_t blanks;

        if (reader->indent == 0)
                return false;
        if (origin->path.length == 0 && origin->path_line == LOG_UNKNOWN && (path.length || reader->has_path_line)) {
                if (!log_eat_same_path(&line, path, reader->has_path_line))
                        return false;
                for (size_t i = 0; i < reader->margin && text_eat(&line, TEXT(" ")); i++)
                        ;
        }
        rest = line;
        blanks = text_eat_blanks(&rest);
        if (reader->is_open && blanks >= reader->indent) {
                rest = text_from_offset(line, reader->indent);
                log_strip_tail(&rest, (struct text){ reader->tail, reader->tail_length });
                append(reader, TEXT("\n"), LOG_ESCAPE_NONE);
                append(reader, rest, log_form_is_dmesg(reader->message.form) ? LOG_ESCAPE_HEX : LOG_ESCAPE_NONE);
                reader->message.line_length = origin->n_wrappers ? 0 : origin->line_length;
                reader->head_margin = origin->margin;
                return true;
        }
        /* It continues another speaker's message, or one that began in lines that were skipped. */
        return !reader->is_open && blanks >= (reader->indent < INDENT_MIN ? reader->indent : INDENT_MIN);
}

bool log_reader_join_bare(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        if (origin->n_wrappers || !log_reader_joins_bare(reader, line))
                return false;
        append(reader, TEXT("\n"), LOG_ESCAPE_NONE);
        append(reader, line, LOG_ESCAPE_NONE);
        reader->message.line_length = origin->line_length;
        reader->unfold.proven = LOG_FOLD_NEWLINE;
        reader->unfold.width = 0;
        return true;
}
