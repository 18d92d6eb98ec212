/* Android's logcat -v long: a header, the message's lines, an empty line. */

#include "logfile/envelope.h"
#include "logfile/reader_state.h"

/* An entry of logd has 4,068 bytes, so no more lines than that. */
#define LINES_MAX 4096

static enum log_long_speaker speaker_of(const struct log_reader *reader, const struct log_logcat_header *header)
{
        const struct log_reader_options *options = &reader->options;

        /* Some vendors' kernels name the process in the record, and logd takes that. */
        if (header->pid == 0 || text_equal(header->tag, TEXT("kernel")))
                return LOG_LONG_KERNEL;
        return options->is_speaker && header->tag.length <= LOG_SPEAKER_MAX &&
                               options->is_speaker(header->tag, options->userdata)
                       ? LOG_LONG_WANTED
                       : LOG_LONG_OTHER;
}

static void begin(struct log_reader *reader, const struct log_logcat_header *header)
{
        struct log_long *logcat = &reader->logcat;

        log_reader_flush(reader);
        logcat->speaker = speaker_of(reader, header);
        logcat->n_lines = 0;
        logcat->was_seen = true;
        logcat->stamp = header->stamp;
        logcat->tag_length = text_copy(header->tag, logcat->tag, sizeof(logcat->tag));
        reader->hint.last_form = LOG_FORM_ENVELOPE;
        reader->indent = 0;
        reader->has_gap = reader->has_prose = false;
        reader->is_of_other = logcat->speaker == LOG_LONG_OTHER;
}

static void read_kernels(struct log_reader *reader, struct text line, const struct log_origin *origin)
{
        struct log_long *logcat = &reader->logcat;
        struct log_opening opening = { .reader = reader, .origin = origin };
        struct text tag = { logcat->tag, logcat->tag_length };
        struct log_inner inner = { .speaker = LOG_SPEAKER_KERNEL, .stamp = logcat->stamp };

        inner.text =
                log_logcat_text(logcat->n_lines == 1 ? tag : TEXT(""), line, reader->json[0], sizeof(reader->json[0]));
        (void)log_reader_offer(&inner, &opening);
}

bool log_reader_read_logcat(struct log_reader *reader, struct text line, uint64_t line_number)
{
        struct log_long *logcat = &reader->logcat;
        struct log_origin origin = { .line_number = line_number, .path_line = LOG_UNKNOWN, .line_length = line.length };
        struct log_prefix prefix = log_prefix_empty(LOG_FORM_DATED);
        struct log_logcat_header header;
        struct text bare = line;

        (void)text_eat_blanks(&bare);
        if (text_starts(bare, TEXT("[ ")) && log_logcat_is_header(bare, &header)) {
                begin(reader, &header);
                return true;
        }
        if (logcat->speaker == LOG_LONG_NONE)
                return false;
        if (logcat->n_lines++ >= LINES_MAX || (bare.length == 0 && logcat->speaker == LOG_LONG_KERNEL)) {
                logcat->speaker = LOG_LONG_NONE;
                return false;
        }
        switch (logcat->speaker) {
        case LOG_LONG_KERNEL:
                read_kernels(reader, line, &origin);
                break;
        case LOG_LONG_WANTED:
                if (bare.length == 0)
                        break;
                prefix.stamp = logcat->stamp;
                prefix.speaker = (struct text){ logcat->tag, logcat->tag_length };
                prefix.text = line;
                log_reader_add_line(reader, &prefix, &origin);
                break;
        default:
                break;
        }
        return true;
}

void log_reader_skip_logcat(struct log_reader *reader)
{
        if (reader->logcat.was_seen)
                reader->logcat.speaker = LOG_LONG_OTHER;
        reader->logcat.n_lines = 0;
}
