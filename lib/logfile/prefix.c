#include "logfile/prefix.h"

#include "logfile/prefix_forms.h"
#include "logfile/prefix_parts.h"
#include "util/array.h"

/* A line that fits two forms has the first one, unless the hint is against it. DMESG is also DMESG_T and DMESG_ISO. */
static const struct {
        enum log_form form;
        log_prefix_fn *parse;
} forms[] = {
        { LOG_FORM_MONOTONIC, log_prefix_monotonic },
        { LOG_FORM_RFC5424, log_prefix_rfc5424 },
        { LOG_FORM_SYSLOG, log_prefix_syslog },
        { LOG_FORM_DATED, log_prefix_vmware },
        { LOG_FORM_ISO, log_prefix_iso },
        { LOG_FORM_FULL, log_prefix_full },
        { LOG_FORM_UNIX, log_prefix_unix },
        { LOG_FORM_DATED, log_prefix_tai64n },
        { LOG_FORM_DATED, log_prefix_svlogd },
        { LOG_FORM_DATED, log_prefix_openwrt },
        { LOG_FORM_DATED, log_prefix_talos },
        { LOG_FORM_DMESG, log_prefix_dmesg },
        { LOG_FORM_RAW, log_prefix_tagged },
};

static bool parse_kmsg(struct text line, char *buffer, struct log_prefix *prefix)
{
        struct kmsg_record record;

        (void)log_eat_release(&line);
        if (line.length == 0 || line.data[0] < '0' || line.data[0] > '9' || line.length > KMSG_RECORD_MAX ||
            kmsg_record_decode(line, buffer, &record) < 0)
                return false;
        prefix->is_kernel = record.facility == KMSG_FACILITY_KERNEL;
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
        struct log_prefix prefix = log_prefix_empty(LOG_FORM_KMSG);

        if (parse_kmsg(line, buffer, &prefix)) {
                *ret_prefix = prefix;
                return true;
        }
        for (size_t i = 0; i < COUNT(forms); i++) {
                prefix = log_prefix_empty(forms[i].form);
                if (forms[i].parse(line, hint, &prefix)) {
                        *ret_prefix = prefix;
                        return true;
                }
        }
        return false;
}
