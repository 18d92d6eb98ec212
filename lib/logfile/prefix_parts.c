#include "logfile/prefix_parts.h"

#include "logfile/stamp.h"
#include "util/array.h"
#include "util/usec.h"

/* The longest release of a kernel, as uname() has it */
#define RELEASE_MAX 64

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

/* "    0.000126", with at most ten digits before the point, and nine after it. May take a part of it. */
static bool eat_seconds(struct text *text, unsigned *ret_digits, int64_t *ret_usec)
{
        uint64_t seconds;
        int64_t unit = USEC_PER_SEC;
        uint32_t digit;

        (void)text_eat_blanks(text);
        if (!text_eat_u64(text, &seconds) || seconds > UINT32_MAX * 2ULL || !text_eat(text, TEXT(".")))
                return false;
        *ret_usec = (int64_t)seconds * USEC_PER_SEC;
        for (*ret_digits = 0; *ret_digits < 9 && log_eat_digits(text, 1, &digit); (*ret_digits)++) {
                unit /= 10;
                *ret_usec += unit * digit;
        }
        return *ret_digits > 0;
}

/* What shows that a stamp with another fraction is one: "2-" before it, "@0" or "s" after it. */
static bool eat_cpu_before(struct text *text)
{
        struct text rest = *text;
        uint64_t cpu;

        if (!text_eat_u64(&rest, &cpu) || !text_eat(&rest, TEXT("-")))
                return false;
        *text = rest;
        return true;
}

static bool eat_mark_after(struct text *text)
{
        struct text rest = *text;
        uint64_t cpu;

        if (!text_eat(&rest, TEXT("s")) && (!text_eat(&rest, TEXT("@")) || !text_eat_u64(&rest, &cpu)))
                return false;
        *text = rest;
        return true;
}

bool log_eat_delta(struct text *text)
{
        struct text rest = *text;
        int64_t usec;
        unsigned n_digits;

        if (text_eat(&rest, TEXT("                "))) { /* journalctl's, in the first line: there is none */
                *text = rest;
                return true;
        }
        (void)text_eat(&rest, TEXT(" "));
        if (!text_eat(&rest, TEXT("<")))
                return false;
        (void)text_eat_blanks(&rest);
        (void)text_eat(&rest, TEXT("-")); /* records of several processors may be out of order */
        if (!eat_seconds(&rest, &n_digits, &usec))
                return false;
        if (!text_eat(&rest, TEXT(" "))) /* journalctl has a flag there */
                (void)text_eat(&rest, TEXT("*"));
        if (!text_eat(&rest, TEXT(">")))
                return false;
        *text = rest;
        return true;
}

bool log_eat_kernel_stamp(struct text *text, int64_t *ret_mono_usec)
{
        struct text rest = *text;
        int64_t mono_usec;
        unsigned n_digits;
        bool has_mark;

        if (!text_eat(&rest, TEXT("[")))
                return false;
        has_mark = eat_cpu_before(&rest);
        if (!eat_seconds(&rest, &n_digits, &mono_usec))
                return false;
        has_mark |= eat_mark_after(&rest);
        if (!has_mark && n_digits != 6 && n_digits != 9 && n_digits != 3)
                return false;
        (void)log_eat_delta(&rest); /* most have none */
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
        (void)text_eat_blanks(&rest);
        caller = rest;
        if ((!text_eat(&rest, TEXT("T")) && !text_eat(&rest, TEXT("C"))) || !text_eat_u64(&rest, &number))
                return false;
        caller.length -= rest.length;
        if (caller.length > LOG_CALLER_MAX || !text_eat(&rest, TEXT("]")))
                return false;
        *ret_caller = caller;
        *text = rest;
        return true;
}

bool log_eat_release(struct text *text)
{
        struct text rest = *text, release = text_eat_until(&rest, ',');
        uint64_t number;

        if (release.length > RELEASE_MAX || !text_eat(&rest, TEXT(",")) || !text_eat_u64(&release, &number) ||
            !text_eat(&release, TEXT(".")) || !text_eat_u64(&release, &number) ||
            (release.length && memchr(release.data, ' ', release.length)))
                return false;
        *text = rest;
        return true;
}

#define CLOCK_WITHIN 48

/* `push("x`, `{ "x`, `= b"x`: a string of a program's source, and not a name that has a quote in it */
static bool begins_string(struct text line, size_t at)
{
        if (line.data[at] != '"')
                return false;
        if (at > 0 && (line.data[at - 1] == 'b' || line.data[at - 1] == 'f'))
                at--;
        return at == 0 || memchr("([{=, \t", line.data[at - 1], 7);
}

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
        for (size_t at = 0; at < line.length && at < CLOCK_WITHIN; at++)
                if (begins_string(line, at))
                        return false;
        return true;
}
