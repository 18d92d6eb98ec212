#include "logfile/prefix.h"

struct prefix_shape {
        enum log_form form;
        log_prefix_fn parse;
};

/* Where two forms may be one line, the first is it, unless the hint is against it. DMESG is also DMESG_T and DMESG_ISO. */
static const struct prefix_shape shapes[] = {
        { LOG_FORM_MONOTONIC, log_prefix_monotonic }, { LOG_FORM_RFC5424, log_prefix_rfc5424 },
        { LOG_FORM_SYSLOG, log_prefix_syslog },       { LOG_FORM_ISO, log_prefix_iso },
        { LOG_FORM_FULL, log_prefix_full },           { LOG_FORM_UNIX, log_prefix_unix },
        { LOG_FORM_DMESG, log_prefix_dmesg },
};

static bool parse_kmsg(struct text line, char *buffer, struct log_prefix *prefix)
{
        struct kmsg_record record;

        if (line.length == 0 || line.data[0] < '0' || line.data[0] > '9' || line.length > KMSG_RECORD_MAX ||
            kmsg_record_decode(line, buffer, &record) < 0)
                return false;
        prefix->form = LOG_FORM_KMSG;
        prefix->kernel = record.facility == KMSG_FACILITY_KERNEL;
        prefix->level = record.level;
        prefix->seq = record.seq <= INT64_MAX ? (int64_t)record.seq : LOG_UNKNOWN;
        prefix->mono_usec = record.mono_usec <= INT64_MAX ? (int64_t)record.mono_usec : LOG_UNKNOWN;
        prefix->flag = record.flag;
        prefix->is_truncated = record.is_truncated;
        prefix->caller = record.caller;
        prefix->text = record.text;
        return true;
}

bool log_prefix_parse(struct text line, const struct log_prefix_hint *hint, char *buffer, struct log_prefix *ret_prefix)
{
        static const struct log_prefix nothing = {
                .level = LOG_UNKNOWN,
                .mono_usec = LOG_UNKNOWN,
                .seq = LOG_UNKNOWN,
        };
        struct log_prefix prefix = nothing;

        if (parse_kmsg(line, buffer, &prefix)) {
                *ret_prefix = prefix;
                return true;
        }
        for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
                prefix = nothing;
                prefix.form = shapes[i].form;
                if (shapes[i].parse(line, hint, &prefix)) {
                        *ret_prefix = prefix;
                        return true;
                }
        }
        return false;
}

#define CLOCK_WITHIN 48

bool log_text_may_be_raw(struct text line)
{
        struct text rest = line;
        uint32_t number;

        if (log_eat_digits(&rest, 4, &number) && (text_eat(&rest, TEXT("-")) || text_eat(&rest, TEXT("/"))) &&
            log_eat_digits(&rest, 2, &number) && (text_starts(rest, TEXT("-")) || text_starts(rest, TEXT("/"))))
                return false;
        for (size_t at = 0; at < line.length && at < CLOCK_WITHIN && line.data[at] != '('; at++)
                if ((at == 0 || line.data[at - 1] < '0' || line.data[at - 1] > '9') &&
                    log_starts_with_clock(text_from_offset(line, at)))
                        return false;
        return true;
}
