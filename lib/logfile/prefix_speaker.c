#include "logfile/prefix_speaker.h"

#include "logfile/prefix_parts.h"
#include "logfile/prefix_vendor.h"
#include "util/array.h"

/* The most words before the tag: host, facility, level, a number, the year. */
#define WORDS_MAX 5

/* "- - - ": process id, message id and elements of RFC 5424, where the header was printed and its version was not */
static void eat_absent_fields(struct text *text)
{
        if (!text_eat(text, TEXT("- - - ")))
                (void)text_eat(text, TEXT("- - "));
}

bool log_eat_kernel_tag(struct text *text, bool has_host)
{
        static const char *const names[] = { "kernel", "vmunix", "/kernel" };
        struct text rest = *text, after;
        bool found = false;

        if (text_eat(&rest, TEXT("[kernel]"))) { /* metalog */
                (void)text_eat(&rest, TEXT(":"));
                if (!text_eat(&rest, TEXT(" ")))
                        return false;
                *text = rest;
                return true;
        }
        for (size_t i = 0; i < COUNT(names) && !found; i++)
                found = text_eat(&rest, text_from(names[i]));
        if (!found)
                return false;
        if (!text_eat(&rest, TEXT("[0]"))) /* there is no such process: no program has this tag */
                (void)text_eat(&rest, TEXT("[-]"));
        if (text_eat(&rest, TEXT(":"))) {
                /* "kernel:[  123.456789] " is what broadcasts to terminals look like. */
                if (rest.length && !text_eat(&rest, TEXT(" ")) && !text_starts(rest, TEXT("[")) &&
                    !text_starts(rest, TEXT("<")))
                        return false;
        } else {
                if (!text_eat(&rest, TEXT(" ")))
                        return false;
                eat_absent_fields(&rest);
                after = rest;
                (void)text_eat_blanks(&after);
                if (!has_host && !log_eat_kernel_stamp(&after, &(int64_t){ 0 }))
                        return false;
        }
        *text = rest;
        return true;
}

void log_set_kernel_text(struct text text, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = text;
        uint32_t facility;
        int64_t level;

        (void)text_eat_blanks(&rest);
        if (log_eat_priority(&rest, &facility, &level)) { /* of a reader of /proc/kmsg that leaves it where it is */
                if (facility == 0) {
                        prefix->level = level;
                        text = rest;
                }
                (void)text_eat_blanks(&rest);
        }
        if (log_eat_kernel_stamp(&rest, &prefix->mono_usec)) {
                if (!log_eat_caller(&rest, &prefix->caller))
                        (void)log_eat_vendor_caller(&rest, hint, &prefix->caller);
                (void)text_eat(&rest, TEXT(" "));
                text = rest;
        }
        prefix->text = text;
}

struct text log_without_margin(struct text text, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        bool is_same_host = hint->last_form == prefix->form && text_equal(hint->last_host, prefix->host);

        if (text_starts(text, TEXT(" ")) && (!is_same_host || hint->has_margin)) {
                prefix->has_margin = true;
                return text_from_offset(text, 1);
        }
        return text;
}

bool log_is_facility_and_level(struct text word, int *ret_facility, int64_t *ret_level)
{
        struct text facility_name, level_name;
        int facility, level;

        if ((text_eat(&word, TEXT("<")) && !text_eat_end(&word, TEXT(">"))) ||
            (text_eat(&word, TEXT("[")) && !text_eat_end(&word, TEXT("]"))) ||
            !text_split(word, TEXT("."), &facility_name, &level_name))
                return false;
        facility = log_facility_of(facility_name);
        level = log_level_of(level_name);
        if (facility < 0 || level < 0)
                return false;
        *ret_facility = facility;
        *ret_level = level;
        return true;
}

static bool is_record(struct text text)
{
        uint64_t number;

        (void)log_eat_release(&text);
        return text_eat_u64(&text, &number) && text_eat(&text, TEXT(",")) && text_eat_u64(&text, &number) &&
               text_eat(&text, TEXT(",")) && text_eat_u64(&text, &number) && text_eat(&text, TEXT(","));
}

bool log_begins_form(struct text text)
{
        struct log_stamp stamp;
        struct text rest;

        (void)text_eat_blanks(&text);
        if (text.length == 0)
                return false;
        rest = text;
        if (log_eat_priority(&rest, &(uint32_t){ 0 }, &(int64_t){ 0 }) || log_eat_kernel_stamp(&rest, &(int64_t){ 0 }))
                return true;
        if (text_eat(&rest, TEXT("1 ")) && log_stamp_eat_iso(&rest, &stamp))
                return true;
        rest = text;
        return is_record(text) || (log_stamp_eat_any(&rest, &stamp) && text_starts(rest, TEXT(" ")));
}

static bool is_tag(struct text word)
{
        return text_ends(word, TEXT(":"));
}

/* "2026" after the time of day: Check Point's */
static bool read_year(struct text word, struct log_stamp *stamp)
{
        uint32_t year;

        if (stamp->kind != LOG_STAMP_YEARLESS || word.length != 4 || !log_eat_digits(&word, 4, &year) || year < 1990 ||
            year > 2100)
                return false;
        stamp->date.year = (int32_t)year;
        stamp->kind = log_date_is_valid(&stamp->date) ? LOG_STAMP_LOCAL : LOG_STAMP_NONE;
        return true;
}

/* "1234:": a number of the line */
static bool is_line_number(struct text word)
{
        uint64_t number;

        return text_eat_u64(&word, &number) && text_equal(word, TEXT(":"));
}

/* "%KERN-3-SYSTEM_MSG: text - kernel": NX-OS */
static bool eat_nxos(struct text *text, int64_t *ret_level)
{
        struct text rest = *text;
        uint32_t level;

        if (!text_eat(&rest, TEXT("%KERN-")) || !log_eat_digits(&rest, 1, &level) || level > 7 ||
            !text_eat(&rest, TEXT("-SYSTEM_MSG: ")))
                return false;
        (void)text_eat_end(&rest, TEXT(" - kernel"));
        *ret_level = level;
        *text = rest;
        return true;
}

/* A word that isn't the tag. Returns whether words may follow. */
static bool read_word(struct text word, bool is_first, bool *has_host, int *facility, struct log_prefix *prefix)
{
        int level;

        if (log_is_facility_and_level(word, facility, &prefix->level) || is_line_number(word) ||
            (is_first && read_year(word, &prefix->stamp)))
                return true;
        if (word.length == 0 || is_tag(word) || (text_starts(word, TEXT("[")) && !memchr(word.data, ':', word.length)))
                return false; /* "[app]" is metalog's tag; "[2001:db8::7]" is a host */
        if (!*has_host) {
                *has_host = true;
                prefix->host = word;
                return true;
        }
        level = log_level_of(word); /* "host warning kernel: ", "host kern warning kernel: " */
        if (level >= 0) {
                prefix->level = level;
                return true;
        }
        if (log_facility_of(word) < 0)
                return false;
        *facility = log_facility_of(word);
        return true;
}

/* "kern.warn: " of socklog: what follows is the message as it came from the network, with date and tag, or the kernel's. */
static bool eat_facility_tag(struct text *text, int *facility, int64_t *ret_level)
{
        struct text rest = *text, word = text_eat_until(&rest, ' ');
        struct log_stamp stamp;

        if (!text_eat_end(&word, TEXT(":")) || !log_is_facility_and_level(word, facility, ret_level))
                return false;
        (void)text_eat(&rest, TEXT(" "));
        *text = rest;
        if (log_stamp_eat_syslog(&rest, &stamp) && text_eat(&rest, TEXT(" "))) {
                if (!log_eat_kernel_tag(&rest, false))
                        *facility = -1; /* another speaker's */
                *text = rest;
        }
        return true;
}

bool log_read_speaker(struct text line, struct text rest, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        bool has_host = false, is_kernel = false;
        int facility = 0;

        for (unsigned i = 0; i < WORDS_MAX && !is_kernel; i++) {
                struct text after;

                if (log_begins_form(rest))
                        return false;
                (void)text_eat(&rest, TEXT(" "));
                if (i == 0)
                        (void)text_eat(&rest, TEXT(" ")); /* s6-log's */
                if (text_starts(rest, TEXT(" ")))
                        return i > 0; /* nobody has columns here but logcat */
                if (i < 2)
                        prefix->indent = line.length - rest.length; /* at least; the speaker's name comes on top */
                after = rest;
                is_kernel = log_eat_kernel_tag(&rest, has_host);
                prefix->head_length = is_kernel ? line.length - rest.length : 0;
                is_kernel = is_kernel || eat_nxos(&rest, &prefix->level) ||
                            eat_facility_tag(&rest, &facility, &prefix->level);
                if (!is_kernel && !read_word(text_eat_until(&after, ' '), i == 0, &has_host, &facility, prefix))
                        return true;
                if (!is_kernel)
                        rest = after;
        }
        if (!is_kernel)
                return true;
        prefix->is_kernel = facility == 0;
        prefix->indent = line.length - rest.length;
        log_set_kernel_text(rest, hint, prefix);
        if (prefix->mono_usec != LOG_UNKNOWN)
                prefix->indent = 0; /* journald takes the stamp off: this is no output of journalctl */
        return true;
}
