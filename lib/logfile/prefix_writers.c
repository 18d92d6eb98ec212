/* Prefixes of single programs. */

#include "logfile/prefix_forms.h"
#include "logfile/prefix_parts.h"
#include "logfile/prefix_speaker.h"

/* "kernel: text", whose date and host were cut off; "kern.warn: text" of socklog. Only where nothing else was: in a log of another form
 * it is a piece of what a program wrote. */
bool log_prefix_tagged(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line, word;
        int facility;

        if (hint->last_form != LOG_FORM_NONE && hint->last_form != LOG_FORM_RAW && hint->last_form != LOG_FORM_DMESG)
                return false;
        word = text_eat_until(&rest, ' ');
        rest = line;
        if (text_eat_end(&word, TEXT(":")) && log_is_facility_and_level(word, &facility, &prefix->level)) {
                (void)log_read_speaker(line, line, hint, prefix); /* false: that is a message from the network */
        } else {
                if (!log_eat_kernel_tag(&rest, false))
                        return false;
                prefix->is_kernel = true;
                log_set_kernel_text(rest, hint, prefix);
        }
        if (prefix->mono_usec != LOG_UNKNOWN)
                prefix->form = LOG_FORM_DMESG;
        prefix->indent = 0;
        return true;
}

/* " kern: warning: [2026-08-25T14:06:20.653515542Z]: text": Talos's dmesg, names and levels padded at their left */
bool log_prefix_talos(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line, facility_name, level_name;
        int facility, level;

        (void)hint;
        facility_name = text_eat_until(&rest, ':');
        if (!text_eat(&rest, TEXT(": ")))
                return false;
        (void)text_eat_blanks(&rest);
        level_name = text_eat_until(&rest, ':');
        facility = log_facility_of(facility_name);
        level = log_level_of(level_name);
        if (facility < 0 || level < 0 || !text_eat(&rest, TEXT(": [")) || !log_stamp_eat_iso(&rest, &prefix->stamp) ||
            !text_eat(&rest, TEXT("]: ")))
                return false;
        prefix->is_kernel = facility == 0;
        prefix->level = level;
        prefix->text = rest;
        return true;
}

/* " In(05) vcpu-5 - Guest: ", before version 8 "| vcpu-5| I125: Guest: " */
static bool eat_vmware(struct text *text)
{
        struct text rest = *text, before, after;
        uint64_t number;

        if (text_eat(&rest, TEXT("| "))) {
                (void)text_eat_until(&rest, '|');
                if (!text_eat(&rest, TEXT("| ")) || rest.length == 0)
                        return false;
                rest = text_from_offset(rest, 1); /* I, W, E */
                if (!text_eat_u64(&rest, &number) || !text_eat(&rest, TEXT(": ")))
                        return false;
        } else {
                if (!text_eat(&rest, TEXT(" ")) || !text_split(rest, TEXT(" - "), &before, &after) ||
                    text_count(before, ' ') != 1 || text_find(before, TEXT(") "), 0) < 0)
                        return false;
                rest = after;
        }
        if (!text_eat(&rest, TEXT("Guest: ")))
                return false;
        *text = rest;
        return true;
}

/* "2026-08-25T14:06:20.103Z In(05) vcpu-5 - Guest: <3>[  66.286136] text": a virtual machine's log, of what its guest printed */
bool log_prefix_vmware(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line;
        struct log_stamp stamp;
        struct log_prefix guest = log_prefix_empty(LOG_FORM_DATED);

        if (!log_stamp_eat_iso(&rest, &stamp) || !eat_vmware(&rest))
                return false;
        *prefix = guest;
        prefix->stamp = stamp;
        if (!log_prefix_dmesg(rest, hint, &guest))
                return true; /* of the hypervisor, or of a program in the guest */
        guest.form = LOG_FORM_DATED;
        guest.stamp = stamp;
        guest.indent = 0;
        *prefix = guest;
        return true;
}
