/* Prefixes that the kernel and dmesg write. */

#include "logfile/prefix_forms.h"
#include "logfile/prefix_parts.h"
#include "logfile/prefix_vendor.h"
#include "logfile/stamp.h"

/* The longest name, and what it is padded to. */
#define NAME_WIDTH 8

/* One of each format: ctime, iso, raw, reltime, delta. */
#define DMESG_STAMPS_MAX 5

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

        if (!text_eat(&rest, TEXT("[")) || !log_stamp_eat_ctime(&rest, stamp))
                return false;
        (void)log_eat_delta(&rest); /* dmesg -T -d */
        if (!text_eat(&rest, TEXT("]")))
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

/* "[  +0.000012]", "[ +12.000012]": the time since the line before, in six digits at least */
static bool eat_since(struct text *text, int64_t *ret_usec)
{
        struct text rest = *text;
        uint64_t seconds;
        uint32_t usec;
        bool is_back;

        if (!text_eat(&rest, TEXT("[")) || text_eat_blanks(&rest) == 0)
                return false;
        is_back = text_eat(&rest, TEXT("-"));
        if ((!is_back && !text_eat(&rest, TEXT("+"))) || !text_eat_u64(&rest, &seconds) || seconds > UINT32_MAX ||
            !text_eat(&rest, TEXT(".")) || !log_eat_digits(&rest, 6, &usec) || !text_eat(&rest, TEXT("]")))
                return false;
        *ret_usec = (is_back ? -1 : 1) * ((int64_t)seconds * 1000000 + usec);
        *text = rest;
        return true;
}

/* "[<    0.000012>]": what lies between is known, but not from when on */
static bool eat_lone_delta(struct text *text)
{
        struct text rest = *text;

        if (!text_eat(&rest, TEXT("[")) || !text_starts(rest, TEXT("<")) || !log_eat_delta(&rest) ||
            !text_eat(&rest, TEXT("]")))
                return false;
        *text = rest;
        return true;
}

static bool eat_minute(struct text *text, struct log_stamp *stamp)
{
        struct text rest = *text;

        if (!text_eat(&rest, TEXT("[")) || !log_stamp_eat_minute(&rest, stamp) || !text_eat(&rest, TEXT("]")))
                return false;
        *text = rest;
        return true;
}

/* One stamp of dmesg's, of whatever format. The form is that of the last one; what an earlier one told is kept. */
static bool eat_stamp(struct text *text, struct log_prefix *prefix)
{
        struct log_stamp stamp = { 0 };

        if (prefix->mono_usec == LOG_UNKNOWN && log_eat_kernel_stamp(text, &prefix->mono_usec)) {
                prefix->form = LOG_FORM_DMESG;
                return true;
        }
        if (eat_lone_delta(text) || (prefix->since_usec == LOG_UNKNOWN && eat_since(text, &prefix->since_usec))) {
                prefix->form = LOG_FORM_DMESG_H;
                return true;
        }
        if (prefix->has_computed_stamp && !prefix->is_minute)
                return false;
        if (eat_bracketed_date(text, &stamp))
                prefix->form = LOG_FORM_DMESG_T;
        else if (eat_iso_of_dmesg(text, &stamp))
                prefix->form = LOG_FORM_DMESG_ISO;
        else if (!prefix->is_minute && eat_minute(text, &stamp))
                prefix->form = LOG_FORM_DMESG_H;
        else
                return false;
        prefix->is_minute = prefix->form == LOG_FORM_DMESG_H;
        prefix->has_computed_stamp = true;
        prefix->stamp = stamp;
        return true;
}

/* The first one, and those that dmesg was asked for besides. A comm may look like a stamp: it is none if other lines have one
 * alone. */
static bool eat_stamps(struct text *text, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        bool may_be_more;

        if (!eat_stamp(text, prefix))
                return false;
        may_be_more = hint->n_stamps > 1 || !log_form_is_dmesg(hint->last_form) || hint->last_form != prefix->form;
        for (prefix->n_stamps = 1; may_be_more && prefix->n_stamps < DMESG_STAMPS_MAX; prefix->n_stamps++) {
                struct text rest = *text;
                struct log_prefix more = *prefix;

                (void)text_eat(&rest, TEXT(" ")); /* a logger of a serial line may have none */
                if (!eat_stamp(&rest, &more))
                        break;
                more.n_stamps = prefix->n_stamps;
                *prefix = more;
                *text = rest;
        }
        return true;
}

bool log_prefix_dmesg(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line;
        uint32_t facility = 0;
        bool has_stamp;

        if (!log_eat_priority(&rest, &facility, &prefix->level))
                (void)eat_decoded_priority(&rest, &facility, &prefix->level); /* most lines have neither */
        has_stamp = eat_stamps(&rest, hint, prefix);
        /* printk.time=0, dmesg -t. But "<30>Aug 25 ..." is syslog's. */
        if (!has_stamp && (prefix->level == LOG_UNKNOWN || !log_text_may_be_raw(rest)))
                return false;
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
