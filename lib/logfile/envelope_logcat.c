/* Android's logcat, of whatever format: brief, time, threadtime; of long, the header. The kernel's messages have process 0; what logd took
 * for their tag is put in front of the text again. */

#include "logfile/envelope.h"
#include "logfile/prefix_parts.h"

/* "08-25 14:06:20.123": the date as it would be after the year 2000, which has every day */
static bool eat_day_and_clock(struct text *text, struct log_stamp *ret_stamp)
{
        static const char year[] = "2000-";
        char iso[sizeof("2000-08-25 14:06:20.123456789") - 1];
        struct text copy = { iso, 0 };

        memcpy(iso, year, sizeof(year) - 1);
        copy.length = sizeof(year) - 1 + text_copy(*text, iso + sizeof(year) - 1, sizeof(iso) - (sizeof(year) - 1));
        if (copy.length < sizeof("2000-08-25 14:06:20") - 1 || iso[10] != ' ' || !log_stamp_eat_iso(&copy, ret_stamp))
                return false;
        if (ret_stamp->kind == LOG_STAMP_LOCAL) {
                ret_stamp->kind = LOG_STAMP_YEARLESS;
                ret_stamp->date.year = 0;
        }
        *text = text_from_offset(*text, (size_t)(copy.data - iso) - (sizeof(year) - 1));
        return true;
}

/* The same with the year (-v year), or "1787666780.123" (-v epoch); " +0200" after either is taken off (-v zone). */
static bool eat_stamp(struct text *text, struct log_stamp *ret_stamp)
{
        struct text rest, zone;

        if (!log_stamp_eat_unix(text, ret_stamp) && !log_stamp_eat_iso(text, ret_stamp) &&
            !eat_day_and_clock(text, ret_stamp))
                return false;
        rest = *text;
        (void)text_eat(&rest, TEXT(" "));
        zone = text_eat_until(&rest, ' ');
        if (zone.length == sizeof("+0200") - 1 && (zone.data[0] == '+' || zone.data[0] == '-'))
                *text = rest;
        return true;
}

static bool eat_priority(struct text *text)
{
        struct text rest = *text;

        if (rest.length == 0 || !strchr("VDIWEFS", rest.data[0]) || rest.data[0] == '\0')
                return false;
        *text = text_from_offset(rest, 1);
        return true;
}

/* "    0     0 E tag     : ", where -v uid puts a user before the pid */
static bool eat_threadtime(struct text *text, uint64_t *ret_pid, struct text *ret_tag)
{
        struct text rest = *text, before, after;
        uint64_t tid;

        if (text_eat_blanks(&rest) == 0)
                return false;
        if (text_eat(&rest, TEXT("root")) && text_eat_blanks(&rest) == 0)
                return false;
        if (!text_eat_u64(&rest, ret_pid) || text_eat_blanks(&rest) == 0 || !text_eat_u64(&rest, &tid) ||
            !text_eat(&rest, TEXT(" ")) || !eat_priority(&rest) || !text_eat(&rest, TEXT(" ")) ||
            !text_split(rest, TEXT(": "), &before, &after))
                return false;
        *ret_tag = before;
        *text = after;
        return true;
}

/* "E/tag     (    0): " */
static bool eat_brief(struct text *text, uint64_t *ret_pid, struct text *ret_tag)
{
        struct text rest = *text, before, after;

        (void)text_eat(&rest, TEXT(" "));
        if (!eat_priority(&rest) || !text_eat(&rest, TEXT("/")) || !text_split(rest, TEXT("("), &before, &after))
                return false;
        (void)text_eat_blanks(&after);
        if (!text_eat_u64(&after, ret_pid) || !text_eat(&after, TEXT("): ")))
                return false;
        *ret_tag = before;
        *text = after;
        return true;
}

struct text log_logcat_text(struct text tag, struct text text, char *buffer, size_t size)
{
        size_t length = 0;

        if (tag.length && !text_equal(tag, TEXT("kernel"))) {
                length = text_copy(tag, buffer, size);
                length += text_copy(TEXT(": "), buffer + length, size - length);
        }
        length += text_copy(text, buffer + length, size - length);
        return (struct text){ buffer, length };
}

/* "1234: 1234 ", "root: 1234: 1234 ", "1234:0x4d2 " before 5.0; the process is the last but one */
static bool eat_ids(struct text *text, uint64_t *ret_pid)
{
        struct text rest = *text, before, id;
        uint64_t tid;

        if (!text_split(rest, TEXT(":"), &before, &rest))
                return false;
        id = before;
        if (text_split(rest, TEXT(":"), &before, &rest)) /* who it runs as came first */
                id = before;
        (void)text_eat_blanks(&id);
        (void)text_eat_blanks(&rest);
        if (!text_eat_u64(&id, ret_pid) || id.length || (!text_eat_hex(&rest, &tid) && !text_eat_u64(&rest, &tid)) ||
            text_eat_blanks(&rest) == 0)
                return false;
        *text = rest;
        return true;
}

bool log_logcat_is_header(struct text line, struct log_logcat_header *ret_header)
{
        struct log_logcat_header header;
        struct text rest = line, tag;

        if (!text_eat(&rest, TEXT("[ ")) || !text_eat_end(&rest, TEXT(" ]")))
                return false;
        (void)text_eat_blanks(&rest);
        /* a tag may hold anything, and comes last */
        if (!eat_stamp(&rest, &header.stamp) || !text_split(rest, TEXT("/"), &rest, &tag) || rest.length < 2)
                return false;
        if (!memchr("VDIWEFS", rest.data[rest.length - 1], 7) || !eat_ids(&rest, &header.pid) || rest.length != 1)
                return false;
        while (text_eat_end(&tag, TEXT(" ")))
                ;
        header.tag = tag;
        *ret_header = header;
        return true;
}

bool log_envelope_logcat(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
{
        struct log_inner inner = { .speaker = LOG_SPEAKER_KERNEL };
        struct text rest = line, tag = { 0 };
        bool has_stamp = eat_stamp(&rest, &inner.stamp);
        uint64_t pid = 1;

        if (!(has_stamp && eat_threadtime(&rest, &pid, &tag)) && !eat_brief(&rest, &pid, &tag))
                return false;
        if (pid != 0)
                return true; /* a program's */
        while (text_eat_end(&tag, TEXT(" ")))
                ;
        inner.text = log_logcat_text(tag, rest, buffer, line.length);
        (void)offer(&inner, userdata);
        return true;
}
