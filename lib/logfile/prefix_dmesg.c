#include "logfile/prefix.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The numbers are those of <sys/syslog.h>, the names dmesg's and BusyBox's. */
static const char *const facilities[] = { "kern", "user", "mail", "daemon", "auth",     "syslog",
                                          "lpr",  "news", "uucp", "cron",   "authpriv", "ftp" };
static const char *const levels[] = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };
static const char *const long_levels[] = { "panic", "alert", "crit", "error", "warning", "notice", "info", "debug" };

static int index_of(const char *const *names, size_t count, struct text name)
{
        for (size_t i = 0; i < count; i++)
                if (text_equal(name, text_from(names[i])))
                        return (int)i;
        return -1;
}

int log_facility_of(struct text name)
{
        if (text_starts(name, TEXT("local")) && name.length == 6 && name.data[5] >= '0' && name.data[5] <= '7')
                return 16 + (name.data[5] - '0');
        return index_of(facilities, COUNT(facilities), name);
}

int log_level_of(struct text name)
{
        int level = index_of(levels, COUNT(levels), name);

        return level >= 0 ? level : index_of(long_levels, COUNT(long_levels), name);
}

bool log_eat_priority(struct text *text, uint32_t *ret_facility, int64_t *ret_level)
{
        struct text rest = *text;
        uint64_t priority;

        /* dmesg -r prints as many facilities as a record's prefix holds; RFC 5424 stops at 191. */
        if (!text_eat(&rest, TEXT("<")) || !text_eat_u64(&rest, &priority) || priority > UINT16_MAX ||
            !text_eat(&rest, TEXT(">")))
                return false;
        *ret_facility = (uint32_t)(priority >> 3);
        *ret_level = (int64_t)(priority & 7);
        *text = rest;
        return true;
}

static void eat_blanks(struct text *text)
{
        while (text_eat(text, TEXT(" ")))
                ;
}

/* "    0.000126", with at most ten digits before the point */
static bool eat_seconds(struct text *text, int64_t *ret_usec)
{
        struct text rest = *text;
        uint64_t seconds;
        uint32_t usec;

        eat_blanks(&rest);
        if (!text_eat_u64(&rest, &seconds) || seconds > UINT32_MAX * 2ULL || !text_eat(&rest, TEXT(".")) ||
            !log_eat_digits(&rest, 6, &usec))
                return false;
        *ret_usec = (int64_t)seconds * 1000000 + usec;
        *text = rest;
        return true;
}

bool log_eat_kernel_stamp(struct text *text, int64_t *ret_mono_usec)
{
        struct text rest = *text;
        int64_t mono_usec, delta_usec;

        if (!text_eat(&rest, TEXT("[")) || !eat_seconds(&rest, &mono_usec))
                return false;
        if (text_eat(&rest, TEXT(" <")) && (!eat_seconds(&rest, &delta_usec) || !text_eat(&rest, TEXT(">"))))
                return false;
        if (!text_eat(&rest, TEXT("]")))
                return false;
        *ret_mono_usec = mono_usec;
        *text = rest;
        return true;
}

bool log_eat_caller(struct text *text, struct text *ret_caller)
{
        struct text rest = *text, caller;
        uint64_t number;

        if (!text_eat(&rest, TEXT("[")))
                return false;
        eat_blanks(&rest);
        caller = rest;
        if (!text_eat(&rest, TEXT("T")) && !text_eat(&rest, TEXT("C")))
                return false;
        if (!text_eat_u64(&rest, &number))
                return false;
        caller.length -= rest.length;
        if (caller.length > LOG_CALLER_MAX || !text_eat(&rest, TEXT("]")))
                return false;
        *ret_caller = caller;
        *text = rest;
        return true;
}

/* The longest name, and what it is padded to. */
#define NAME_WIDTH 8

/* "kern  :" off the front: the name before the colon */
static bool eat_padded(struct text *text, struct text colon, struct text *ret_name)
{
        struct text front = text_until_offset(*text, text->length < NAME_WIDTH + 2 ? text->length : NAME_WIDTH + 2);
        ptrdiff_t at = text_find(front, colon, 0);

        if (at < 0)
                return false;
        front = text_until_offset(front, (size_t)at);
        while (text_eat_end(&front, TEXT(" ")))
                ;
        *text = text_from_offset(*text, (size_t)at + colon.length);
        *ret_name = front;
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

/* "2026-08-25T14:06:20,123456+02:00": the comma and six digits tell it from all others. */
static bool eat_iso_of_dmesg(struct text *text, struct log_stamp *stamp)
{
        struct text rest = *text;

        if (rest.length < 20 || rest.data[10] != 'T' || rest.data[19] != ',' || !log_stamp_eat_iso(&rest, stamp) ||
            stamp->kind == LOG_STAMP_LOCAL || stamp->resolution_usec != 1)
                return false;
        *text = rest;
        return true;
}

/* printk puts the caller next to the stamp. dmesg (util-linux 2.39) puts a blank between, and there a comm may look like
 * one: it isn't, where other lines have none. */
static void eat_caller_behind_stamp(struct text *text, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text behind = *text;

        if (log_eat_caller(text, &prefix->caller) || hint->no_callers)
                return;
        if (text_eat(&behind, TEXT(" ")) && log_eat_caller(&behind, &prefix->caller))
                *text = behind;
}

bool log_prefix_dmesg(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line;
        uint32_t facility = 0;
        bool stamped = true;

        if (!log_eat_priority(&rest, &facility, &prefix->level))
                (void)eat_decoded_priority(&rest, &facility, &prefix->level); /* most lines have neither */
        if (log_eat_kernel_stamp(&rest, &prefix->mono_usec)) {
                prefix->form = LOG_FORM_DMESG;
        } else if (eat_bracketed_date(&rest, &prefix->stamp)) {
                prefix->form = LOG_FORM_DMESG_T;
                prefix->stamp_computed = true;
        } else if (eat_iso_of_dmesg(&rest, &prefix->stamp)) {
                prefix->form = LOG_FORM_DMESG_ISO;
                prefix->stamp_computed = true;
        } else {
                stamped = false; /* printk.time=0, dmesg -t. But "<30>Aug 25 ..." is syslog's. */
                if (prefix->level == LOG_UNKNOWN || !log_text_may_be_raw(rest))
                        return false;
        }
        if (stamped) {
                eat_caller_behind_stamp(&rest, hint, prefix);
                (void)text_eat(&rest, TEXT(" "));
        }
        prefix->kernel = facility == 0;
        prefix->indent = line.length - rest.length;
        prefix->escape = LOG_ESCAPE_HEX;
        prefix->text = rest;
        return true;
}
