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
                struct text word;

                (void)text_eat_blanks(&rest);
                word = text_eat_until(&rest, ' ');
                if (!text_eat_end(&word, TEXT(":")))
                        continue;
                (void)eat_end_pid(&word);
                (void)text_eat(&rest, TEXT(" "));
                if (word.length == 0)
                        return false;
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

/* "I0302 11:20:07.250118    2301 eviction_manager.go:405] " */
bool log_find_klog_speaker(struct text line, struct log_prefix *prefix)
{
        struct text rest = line, file;
        uint32_t number;
        int64_t source_line;

        if (line.length < 2 || !strchr("IWEF", line.data[0]) || line.data[0] == '\0')
                return false;
        rest = text_from_offset(rest, 1);
        if (!log_eat_digits(&rest, 4, &number) || !text_eat(&rest, TEXT(" ")) || !log_starts_with_clock(rest))
                return false;
        (void)text_eat_until(&rest, ' ');
        (void)text_eat_blanks(&rest);
        if (!text_eat_u64(&rest, &(uint64_t){ 0 }) || !text_eat(&rest, TEXT(" ")))
                return false;
        file = text_eat_until(&rest, ']');
        if (!text_eat_end_i64(&file, false, &source_line) || !text_equal(file, TEXT("eviction_manager.go:")))
                return false;
        set_speaker(line, TEXT("kubelet"), line, prefix);
        prefix->indent = 0;
        return true;
}
