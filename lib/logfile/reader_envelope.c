/* Lines in an envelope (envelope.h): what is offered from the inside becomes a message, if it is the kernel's. */

#include "logfile/envelope.h"
#include "logfile/reader_state.h"

/* The kernel's text alone: it shows that by itself, or others with its label did. */
static bool take_text(struct log_opening *opening, const struct log_inner *inner, const struct log_origin *origin)
{
        struct log_reader *reader = opening->reader;
        struct log_prefix prefix = log_prefix_empty(LOG_FORM_ENVELOPE);
        bool is_known = reader->label_length && inner->label.length &&
                        text_equal(inner->label, (struct text){ reader->label, reader->label_length });
        struct text text = inner->text, shown;

        if (origin->is_of_program)
                return false;
        log_eat_quotes(&text);
        shown = text;
        log_strip_tail(&shown, TEXT(""));
        if (!is_known && inner->speaker != LOG_SPEAKER_KERNEL &&
            !(reader->options.is_kernel_text && reader->options.is_kernel_text(shown, reader->options.userdata)))
                return false;
        reader->label_length = text_copy(inner->label, reader->label, sizeof(reader->label));
        prefix.is_kernel = true;
        prefix.host = origin->host;
        prefix.text = text;
        prefix.escape = inner->escape;
        if (inner->has_mono)
                prefix.mono_usec = inner->mono_usec;
        if (inner->boot_id.length == LOG_BOOT_ID_LENGTH)
                reader->boot_id_length = text_copy(inner->boot_id, reader->boot_id, sizeof(reader->boot_id));
        log_reader_add_line(reader, &prefix, origin);
        return true;
}

bool log_reader_offer(const struct log_inner *inner, void *userdata)
{
        struct log_opening *opening = userdata;
        struct log_reader *reader = opening->reader;
        struct log_origin origin = *opening->origin;
        struct text text = inner->text;

        origin.n_wrappers++;
        origin.is_of_envelope = inner->speaker != LOG_SPEAKER_PROGRAM; /* whose time is when it was printed again */
        origin.is_of_program |= inner->needs_form || inner->speaker == LOG_SPEAKER_PROGRAM;
        if (inner->stamp.kind != LOG_STAMP_NONE)
                origin.stamp = inner->stamp;
        if (inner->host.length)
                origin.host = inner->host;
        (void)text_eat_end(&text, TEXT("\n"));
        log_strip_returns(&text);
        return reader->read_inner(reader, text, &origin) || take_text(opening, inner, &origin);
}

bool log_reader_open_envelope(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_opening opening = { .reader = reader, .origin = origin };

        return origin->n_wrappers < LOG_WRAP_DEPTH &&
               log_envelope_open(line, reader->json[origin->n_wrappers], log_reader_offer, &opening);
}
