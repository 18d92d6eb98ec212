/* Prefixes that the kernel and dmesg write. */

#include "logfile/prefix_forms.h"
#include "logfile/prefix_parts.h"
#include "logfile/prefix_vendor.h"
#include "logfile/stamp.h"

/* The longest name, and what it is padded to. */
#define NAME_WIDTH 8

/* "kern  :" off the front: the name before the colon */
static bool eat_padded(struct text *text, struct text colon, struct text *ret_name)
{
        struct text front = text_until_offset(*text, text->length < NAME_WIDTH + 2 ? text->length : NAME_WIDTH + 2);
        struct text name, after;

        if (!text_split(front, colon, &name, &after))
                return false;
        *text = text_from_offset(*text, name.length + colon.length);
        while (text_eat_end(&name, TEXT(" ")))
                ;
        *ret_name = name;
        return true;
}

/* "kern  :err   : ", padded to six: dmesg -x */
static bool eat_decoded_priority(struct text *text, uint32_t *ret_facility, int64_t *ret_level)
{
        struct text rest = *text, facility_name, level_name;
        int facility, level;

        if (!eat_padded(&rest, TEXT(":"), &facility_name) || !eat_padded(&rest, TEXT(": "), &level_name))
                return false;
        facility = log_facility_of(facility_name);
        level = log_level_of(level_name);
        if (facility < 0 || level < 0)
                return false;
        *ret_facility = (uint32_t)facility;
        *ret_level = level;
        *text = rest;
        return true;
}

/* "[Tue Aug 25 14:06:20 2026]", or the like in another language */
static bool eat_bracketed_date(struct text *text, struct log_stamp *stamp)
{
        struct text rest = *text;

        if (!text_eat(&rest, TEXT("[")) || !log_stamp_eat_ctime(&rest, stamp) || !text_eat(&rest, TEXT("]")))
                return false;
        *text = rest;
        return true;
}

/* "2026-08-25T14:06:20,123456+02:00": no other form has the comma and six digits. */
static bool eat_iso_of_dmesg(struct text *text, struct log_stamp *stamp)
{
        struct text rest = *text;

        if (rest.length < 20 || rest.data[10] != 'T' || rest.data[19] != ',' || !log_stamp_eat_iso(&rest, stamp) ||
            stamp->kind == LOG_STAMP_LOCAL || stamp->resolution_usec != 1)
                return false;
        *text = rest;
        return true;
}

/* printk puts the caller next to the stamp. dmesg (util-linux 2.39) puts a blank between, where the kernel's text may
 * begin with what looks like a caller: it isn't one if other lines have none. */
static void eat_caller_after_stamp(struct text *text, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text after = *text;

        if (log_eat_caller(text, &prefix->caller) || log_eat_vendor_caller(text, hint, &prefix->caller) ||
            !hint->may_have_callers)
                return;
        if (text_eat(&after, TEXT(" ")) && log_eat_caller(&after, &prefix->caller))
                *text = after;
}

bool log_prefix_dmesg(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line, after;
        uint32_t facility = 0;
        bool has_stamp = true;

        if (!log_eat_priority(&rest, &facility, &prefix->level))
                (void)eat_decoded_priority(&rest, &facility, &prefix->level); /* most lines have neither */
        if (log_eat_kernel_stamp(&rest, &prefix->mono_usec)) {
                prefix->form = LOG_FORM_DMESG;
        } else if (eat_bracketed_date(&rest, &prefix->stamp)) {
                prefix->form = LOG_FORM_DMESG_T;
                prefix->has_computed_stamp = true;
        } else if (eat_iso_of_dmesg(&rest, &prefix->stamp)) {
                prefix->form = LOG_FORM_DMESG_ISO;
                prefix->has_computed_stamp = true;
        } else {
                has_stamp = false; /* printk.time=0, dmesg -t. But "<30>Aug 25 ..." is syslog's. */
                if (prefix->level == LOG_UNKNOWN || !log_text_may_be_raw(rest))
                        return false;
        }
        after = rest; /* dmesg prints several times if asked to; the date may also be that of a logger of a serial line */
        (void)text_eat(&after, TEXT(" "));
        if (prefix->has_computed_stamp && log_eat_kernel_stamp(&after, &prefix->mono_usec)) {
                prefix->form = LOG_FORM_DMESG;
                rest = after;
        }
        if (has_stamp) {
                eat_caller_after_stamp(&rest, hint, prefix);
                (void)text_eat(&rest, TEXT(" "));
        }
        prefix->is_kernel = facility == 0;
        prefix->indent = line.length - rest.length;
        prefix->escape = LOG_ESCAPE_HEX;
        prefix->text = rest;
        return true;
}
