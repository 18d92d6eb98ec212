/* Prefixes that syslog daemons and journalctl write: a date, a host, who speaks. */

#include "logfile/prefix_forms.h"
#include "logfile/prefix_parts.h"
#include "logfile/prefix_speaker.h"
#include "logfile/stamp.h"

static bool is_tag(struct text word)
{
        return text_ends(word, TEXT(":"));
}

/* "123: " of a sender that numbers its messages */
static void eat_line_number(struct text *text)
{
        struct text rest = *text;
        uint64_t number;

        if (text_eat_u64(&rest, &number) && text_eat(&rest, TEXT(": ")))
                *text = rest;
}

/* A date, perhaps after syslog's priority, which files seldom have, and a speaker. */
static bool parse_dated(struct text line, bool (*eat_stamp)(struct text *text, struct log_stamp *ret_stamp),
                        enum log_escape escape, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line;
        uint32_t facility = 0;

        if (escape == LOG_ESCAPE_BOTH) {
                (void)log_eat_priority(&rest, &facility, &prefix->level);
                eat_line_number(&rest);
        }
        if (!eat_stamp(&rest, &prefix->stamp) || !text_starts(rest, TEXT(" ")))
                return false;
        prefix->escape = escape;
        if (!log_read_speaker(line, rest, hint, prefix))
                return false;
        prefix->is_kernel = prefix->is_kernel && facility == 0;
        return true;
}

bool log_prefix_syslog(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, log_stamp_eat_syslog, LOG_ESCAPE_BOTH, hint, prefix);
}

static bool eat_iso_of_syslog(struct text *text, struct log_stamp *ret_stamp)
{
        return !(text->length > 19 && text->data[19] == ',') /* dmesg's */ && log_stamp_eat_iso(text, ret_stamp);
}

bool log_prefix_iso(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, eat_iso_of_syslog, LOG_ESCAPE_BOTH, hint, prefix);
}

bool log_prefix_full(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, log_stamp_eat_full, LOG_ESCAPE_NONE, hint, prefix);
}

bool log_prefix_unix(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, log_stamp_eat_unix, LOG_ESCAPE_NONE, hint, prefix);
}

bool log_prefix_tai64n(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, log_stamp_eat_tai64n, LOG_ESCAPE_NONE, hint, prefix);
}

bool log_prefix_svlogd(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, log_stamp_eat_svlogd, LOG_ESCAPE_NONE, hint, prefix);
}

bool log_prefix_openwrt(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        return parse_dated(line, log_stamp_eat_openwrt, LOG_ESCAPE_NONE, hint, prefix);
}

/* "sshd[1]:"; "systemd:" only if the line before had such a form, as in the kernel's text such a word is a device or a
 * subsystem. */
static bool is_speaker(struct text word, bool needs_pid)
{
        int64_t pid;

        if (!text_eat_end(&word, TEXT(":")) || word.length == 0)
                return false;
        if (!needs_pid)
                return true;
        return text_eat_end(&word, TEXT("]")) && text_eat_end_i64(&word, false, &pid) && text_eat_end(&word, TEXT("["));
}

bool log_prefix_monotonic(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line, after, host, tag;

        if (!log_eat_kernel_stamp(&rest, &prefix->mono_usec) || !text_eat(&rest, TEXT(" ")))
                return false;
        after = rest;
        host = text_eat_until(&after, ' ');
        if (host.length == 0 || is_tag(host) || !text_eat(&after, TEXT(" ")))
                return false;
        /* dmesg's line may begin with a comm that looks like a host and a tag. It is a host if the line before had it too. */
        if (hint->last_form == LOG_FORM_DMESG && !text_equal(host, hint->first_word))
                return false;
        rest = after;
        tag = text_eat_until(&after, ' ');
        if (log_eat_kernel_tag(&rest, true)) {
                prefix->host = host;
                prefix->is_kernel = true;
                prefix->text = rest;
                prefix->indent = line.length - rest.length;
                return true;
        }
        prefix->indent = line.length - rest.length; /* at least */
        return is_speaker(tag, hint->last_form != LOG_FORM_MONOTONIC);
}

bool log_prefix_dated(struct text line, struct log_prefix *ret_prefix)
{
        struct log_prefix prefix = log_prefix_empty(LOG_FORM_DATED);
        ptrdiff_t tag = text_find(line, TEXT(" kernel: "), 0);
        struct text before, host, rest;

        if (tag < 0 || text_starts(line, TEXT(" ")) || text_starts(line, TEXT("\t")) || log_text_may_be_raw(line))
                return false;
        before = text_until_offset(line, (size_t)tag);
        if (text_find(before, TEXT(": "), 0) >= 0 || text_ends(before, TEXT(":")))
                return false; /* not the kernel speaks */
        rest = line;
        (void)text_eat(&rest, TEXT("\""));
        if (!log_stamp_eat_iso(&rest, &prefix.stamp))
                prefix.stamp.kind = LOG_STAMP_NONE;
        if (text_split_last(before, TEXT(" "), &before, &host) && host.length && !memchr(host.data, ':', host.length))
                prefix.host = host;
        rest = text_from_offset(line, (size_t)tag + 1);
        if (!log_eat_kernel_tag(&rest, true))
                return false;
        prefix.is_kernel = true;
        prefix.escape = LOG_ESCAPE_BOTH;
        log_set_kernel_text(rest, &(struct log_prefix_hint){ .may_have_callers = true }, &prefix);
        *ret_prefix = prefix;
        return true;
}

/* A field of the header, and the blank after it; empty for "-". */
static bool eat_field(struct text *text, struct text *ret_field)
{
        struct text field = text_eat_until(text, ' ');

        if (field.length == 0 || !text_eat(text, TEXT(" ")))
                return false;
        *ret_field = text_equal(field, TEXT("-")) ? text_until_offset(field, 0) : field;
        return true;
}

/* `[id name="value" ...]`, where '\' escapes the byte after it. */
bool log_eat_element(struct text *text)
{
        bool quoted = false;

        if (text->length < 2 || text->data[0] != '[' || text->data[1] == ' ')
                return false;
        for (size_t at = 1; at < text->length; at++) {
                char c = text->data[at];

                if (quoted && c == '\\') {
                        at++;
                } else if (c == '"') {
                        quoted = !quoted;
                } else if (c == ']' && !quoted) {
                        *text = text_from_offset(*text, at + 1);
                        return true;
                }
        }
        return false;
}

bool log_prefix_rfc5424(struct text line, const struct log_prefix_hint *hint, struct log_prefix *prefix)
{
        struct text rest = line, stamp, name, field, after;
        uint32_t facility = 0;

        (void)log_eat_priority(&rest, &facility, &prefix->level);
        if (!text_eat(&rest, TEXT("1 ")) || !eat_field(&rest, &stamp))
                return false;
        /* "-": the sender didn't know the time */
        if (stamp.length && (!log_stamp_eat_iso(&stamp, &prefix->stamp) || stamp.length))
                return false;
        if (!eat_field(&rest, &prefix->host) || !eat_field(&rest, &name) || !eat_field(&rest, &field) ||
            !eat_field(&rest, &field))
                return false;
        prefix->escape = LOG_ESCAPE_BOTH;
        if (!text_equal(name, TEXT("kernel")) || facility != 0)
                return true;
        /* Some senders leave the "-" out where there are no elements; a stamp's '[' is followed by digits or blanks. */
        after = rest;
        if (!log_eat_kernel_stamp(&after, &(int64_t){ 0 })) {
                if (!text_eat(&rest, TEXT("-")))
                        while (log_eat_element(&rest))
                                ;
                (void)text_eat(&rest, TEXT(" "));
                (void)text_eat(&rest, TEXT("\xef\xbb\xbf")); /* the text is UTF-8 */
        }
        prefix->is_kernel = true;
        log_set_kernel_text(log_without_margin(rest, hint, prefix), hint, prefix);
        return true;
}
