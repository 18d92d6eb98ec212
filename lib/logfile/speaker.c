#include "logfile/speaker.h"

#include "logfile/prefix_parts.h"
#include "util/array.h"

/* The most words of date, host, facility and level before a tag. */
#define WORDS_MAX 8

/* "612]" off the end */
static bool eat_end_pid(struct text *word)
{
        struct text rest = *word;
        int64_t pid;

        if (!text_eat_end(&rest, TEXT("]")) || !text_eat_end_i64(&rest, false, &pid) || !text_eat_end(&rest, TEXT("[")))
                return false;
        *word = rest;
        return true;
}

static void set_speaker(struct text line, struct text name, struct text text, struct log_prefix *prefix)
{
        /* What the journal has of records of /dev/kmsg that aren't the kernel's has no tag, and journalctl writes this one. */
        prefix->speaker = text_equal(name, TEXT("unknown")) ? TEXT(LOG_SPEAKER_KMSG) : name;
        prefix->text = text;
        prefix->indent = line.length - text.length;
}

/* "Mar 02 11:24:41 atlas systemd-oomd[612]: Killed ...": the first word that ends in ':'. A word of a date doesn't. */
static bool find_tag(struct text line, struct log_prefix *prefix)
{
        struct text rest = line;

        for (unsigned i = 0; i < WORDS_MAX && rest.length; i++) {
                struct text word, before;

                (void)text_eat_blanks(&rest);
                word = text_eat_until(&rest, ' ');
                if (!text_eat_end(&word, TEXT(":")))
                        continue;
                (void)eat_end_pid(&word);
                (void)text_eat(&rest, TEXT(" "));
                if (word.length == 0)
                        return false;
                /* "user: warning: [2026-03-02T11:20:07.250118003Z]: text" of Talos' dmesg: a program's record of /dev/kmsg */
                if (log_facility_of(word) > 0 && text_split(rest, TEXT("]: "), &before, &rest))
                        word = TEXT(LOG_SPEAKER_KMSG);
                set_speaker(line, word, rest, prefix);
                return true;
        }
        return false;
}

/* "<29>1 2026-03-02T11:24:41Z atlas earlyoom 881 - - text", or with elements "[a b=\"c\"]" in the place of the last "-" */
static bool find_name(struct text line, struct log_prefix *prefix)
{
        struct text rest = line, name;

        (void)log_eat_priority(&rest, &(uint32_t){ 0 }, &(int64_t){ 0 });
        for (unsigned i = 0; i < 3; i++) { /* version, time, host */
                (void)text_eat_until(&rest, ' ');
                if (!text_eat(&rest, TEXT(" ")))
                        return false;
        }
        name = text_eat_until(&rest, ' ');
        for (unsigned i = 0; i < 2; i++) { /* process id, message id */
                if (!text_eat(&rest, TEXT(" ")))
                        return false;
                (void)text_eat_until(&rest, ' ');
        }
        if (!text_eat(&rest, TEXT(" ")))
                return false;
        if (!text_eat(&rest, TEXT("-")))
                while (log_eat_element(&rest))
                        ;
        (void)text_eat(&rest, TEXT(" "));
        (void)text_eat(&rest, TEXT("\xef\xbb\xbf"));
        set_speaker(line, name, rest, prefix);
        return true;
}

/* `docker events` has a date, and then what happened. */
static bool find_docker(struct text line, struct log_prefix *prefix)
{
        struct text before, after;

        if (!text_split(line, TEXT(" container oom "), &before, &after) || memchr(before.data, ' ', before.length))
                return false;
        set_speaker(line, TEXT("docker"), text_from_offset(line, before.length + 1), prefix);
        prefix->host.length = 0; /* "container" is none */
        return true;
}

bool log_find_speaker(struct text line, struct log_prefix *prefix)
{
        switch (prefix->form) {
        case LOG_FORM_KMSG:
        case LOG_FORM_DMESG:
        case LOG_FORM_DMESG_T:
        case LOG_FORM_DMESG_ISO:
                prefix->speaker = TEXT(LOG_SPEAKER_KMSG);
                return true;
        case LOG_FORM_RFC5424:
                return find_name(line, prefix);
        case LOG_FORM_ISO:
                return find_docker(line, prefix) || find_tag(line, prefix);
        default:
                return find_tag(line, prefix);
        }
}

/* "03-02 11:20:07.250118": the date as it would be in 2000, which has every day */
static bool eat_day_and_clock(struct text month, struct text day, struct text *clock, struct log_stamp *ret_stamp)
{
        char iso[sizeof("2000-03-02 11:20:07.250118999") - 1];
        struct text copy = { iso, 0 };

        copy.length = text_copy(TEXT("2000-"), iso, sizeof(iso));
        copy.length += text_copy(month, iso + copy.length, sizeof(iso) - copy.length);
        copy.length += text_copy(TEXT("-"), iso + copy.length, sizeof(iso) - copy.length);
        copy.length += text_copy(day, iso + copy.length, sizeof(iso) - copy.length);
        copy.length += text_copy(TEXT(" "), iso + copy.length, sizeof(iso) - copy.length);
        copy.length += text_copy(text_eat_until(clock, ' '), iso + copy.length, sizeof(iso) - copy.length);
        if (!log_stamp_eat_iso(&copy, ret_stamp) || copy.length || ret_stamp->kind != LOG_STAMP_LOCAL)
                return false;
        ret_stamp->kind = LOG_STAMP_YEARLESS;
        ret_stamp->date.year = 0;
        (void)text_eat_blanks(clock);
        return true;
}

/* klog: "I0302 11:20:07.250118    2301 eviction_manager.go:405] text" */
static bool find_klog(struct text line, struct log_prefix *prefix)
{
        struct text rest = line, day, file;
        uint64_t pid;
        int64_t number;

        if (line.length < 6 || !memchr("IWEF", line.data[0], 4) || line.data[5] != ' ')
                return false;
        day = text_until_offset(text_from_offset(line, 1), 4);
        rest = text_from_offset(line, 6);
        if (!eat_day_and_clock(text_until_offset(day, 2), text_from_offset(day, 2), &rest, &prefix->stamp) ||
            !text_eat_u64(&rest, &pid) || !text_eat(&rest, TEXT(" ")))
                return false;
        file = text_eat_until(&rest, ']');
        if (!text_eat(&rest, TEXT("] ")) || !text_eat_end_i64(&file, false, &number) ||
            !text_equal(file, TEXT("eviction_manager.go:")))
                return false;
        set_speaker(line, TEXT("kubelet"), rest, prefix);
        return true;
}

/* logcat: "03-02 11:20:07.250   655   655 I lowmemorykiller: text", without a date "I/lowmemorykiller(  655): text" */
static bool find_logcat(struct text line, struct log_prefix *prefix)
{
        struct text rest = line, tag, before;
        uint64_t id;

        if (line.length > 6 && line.data[2] == '-' && line.data[5] == ' ') {
                rest = text_from_offset(line, 6);
                if (!eat_day_and_clock(text_until_offset(line, 2), text_until_offset(text_from_offset(line, 3), 2),
                                       &rest, &prefix->stamp))
                        return false;
                if (text_eat_u64(&rest, &id) &&
                    (text_eat_blanks(&rest) == 0 || !text_eat_u64(&rest, &id) || text_eat_blanks(&rest) == 0))
                        return false;
        }
        if (rest.length < 2 || !memchr("VDIWEF", rest.data[0], 6))
                return false;
        rest = text_from_offset(rest, 1);
        if (text_eat(&rest, TEXT(" "))) { /* threadtime */
                if (!text_split(rest, TEXT(": "), &tag, &rest))
                        return false;
        } else { /* brief, time */
                if (!text_eat(&rest, TEXT("/")) || !text_split(rest, TEXT("): "), &before, &rest) ||
                    !text_split(before, TEXT("("), &tag, &before))
                        return false;
        }
        while (text_eat_end(&tag, TEXT(" ")))
                ;
        if (tag.length == 0 || memchr(tag.data, ' ', tag.length))
                return false;
        set_speaker(line, tag, rest, prefix);
        return true;
}

bool log_find_program(struct text line, struct log_prefix *prefix)
{
        struct log_prefix found = log_prefix_empty(LOG_FORM_DATED);

        found.escape = LOG_ESCAPE_NONE;
        if (!find_klog(line, &found) && !find_logcat(line, &found))
                return false;
        found.indent = 0;
        *prefix = found;
        return true;
}
