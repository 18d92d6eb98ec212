/* lib/logfile/reader.h: the same reports as the kernel's records, dmesg and journalctl show them give the same texts. */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "log_reading.h"
#include "util/utf8.h"

struct corpus_case {
        const char *name;
        int64_t made_sec; /* within half an hour */
        uint64_t n_forms;
        uint64_t first_seq, last_seq; /* of the records that the other forms show; 0: all */
};

#define IN_NOVEMBER 1795333500 /* 2026-11-22 07:45 */

/* clang-format off */
static const struct corpus_case corpus[] = {
        { "6.1/memcg-service", IN_NOVEMBER, 6, 0, 0 },
        { "6.1/group-kill", IN_NOVEMBER, 6, 0, 0 },
        { "6.1/hostile-names", IN_NOVEMBER, 6, 17648, 17791 },
        { "6.12/memcg-service", IN_NOVEMBER, 6, 0, 0 },
        { "6.12/global-adj", IN_NOVEMBER, 6, 0, 0 },
        { "5.10/global-adj", 1795821392, 5, 0, 0 },
        { "7.2/memcg-service", 1795820095, 5, 0, 0 },
        { "7.2/group-kill-global", 1795820500, 5, 0, 0 },
        { "armhf-6.12/memcg", 0, 2, 0, 0 }, /* nobody knew the time */
        { "s390x-6.12/storm", 0, 2, 0, 0 },
        { "i386-6.1/sysrq", 0, 2, 0, 0 },
};
/* clang-format on */

static struct text load(const char *directory, const char *name, const char *separator, const char *file)
{
        static char data[1 << 20];
        char path[512];
        FILE *stream;
        size_t length;

        ck_assert_int_lt(snprintf(path, sizeof(path), TESTS_DIR "/corpus/%s%s%s%s", directory, name, separator, file),
                         (int)sizeof(path));
        stream = fopen(path, "r");
        ck_assert_msg(stream, "%s", path);
        length = fread(data, 1, sizeof(data), stream);
        ck_assert_uint_lt(length, sizeof(data));
        ck_assert_int_eq(fclose(stream), 0);
        return (struct text){ data, length };
}

static struct reading *read_records(const struct corpus_case *which)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

        read_all(reading, load("cases/", which->name, ".", "kmsg"));
        ck_assert_uint_gt(reading->count, 20);
        return reading;
}

/* What a form makes of a text, to buffer; false: the text isn't in it. */
typedef bool (*shown_fn)(struct text text, char *buffer, struct text *ret_shown);

static bool shown_whole(struct text text, char *buffer, struct text *ret_shown)
{
        (void)buffer;
        *ret_shown = text;
        return true;
}

/* "\x1b[1m" at the front: its length, else 0 */
static size_t colour(struct text text)
{
        size_t length = 2;

        if (!text_starts(text, TEXT("\x1b[")))
                return 0;
        while (length < text.length && memchr("0123456789;", text.data[length], 11))
                length++;
        return length < text.length && text.data[length] == 'm' ? length + 1 : 0;
}

/* journalctl: colours are taken out, a tab is eight blanks; a text that isn't printable then is "[80B blob data]". */
static bool shown_by_journalctl(struct text text, char *buffer, struct text *ret_shown)
{
        size_t length = 0;

        if (!utf8_is_valid(text))
                return false;
        for (size_t i = 0; i < text.length; i++) {
                unsigned char c = (unsigned char)text.data[i];
                size_t skipped = colour(text_from_offset(text, i));

                if (skipped) {
                        i += skipped - 1;
                        continue;
                }
                if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
                        return false;
                if (c == '\t') {
                        memset(buffer + length, ' ', 8);
                        length += 8;
                } else {
                        buffer[length++] = text.data[i];
                }
        }
        *ret_shown = (struct text){ buffer, length };
        return true;
}

struct form_case {
        const char *file;
        enum log_form form;
        shown_fn shown;
        bool tells_speaker, has_host, has_level, has_stamp, has_time, has_boot_id;
        int64_t resolution_usec;
        unsigned doubts;
};

/* clang-format off */
static const struct form_case forms[] = {
        { "dmesg.txt", LOG_FORM_DMESG, shown_whole, .has_stamp = true },
        { "console.txt", LOG_FORM_DMESG, shown_whole, .has_stamp = true },
        { "dmesg-T.txt", LOG_FORM_DMESG_T, shown_whole, .has_time = true, .resolution_usec = 1000000,
          .doubts = LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_CLOCK },
        { "journal-short.txt", LOG_FORM_SYSLOG, shown_by_journalctl, .tells_speaker = true, .has_host = true, .has_time = true,
          .resolution_usec = 1000000, .doubts = LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_YEAR },
        { "journal-short-iso.txt", LOG_FORM_ISO, shown_by_journalctl, .tells_speaker = true, .has_host = true, .has_time = true,
          .resolution_usec = 1000000 },
        { "journal.json", LOG_FORM_JSON, shown_whole, .tells_speaker = true, .has_host = true, .has_level = true, .has_stamp = true,
          .has_time = true, .has_boot_id = true, .resolution_usec = 1 },
        { "journal.export", LOG_FORM_EXPORT, shown_whole, .tells_speaker = true, .has_host = true, .has_level = true, .has_stamp = true,
          .has_time = true, .has_boot_id = true, .resolution_usec = 1 },
};
/* clang-format on */

static void check_message(const struct corpus_case *which, const struct log_message *message,
                          const struct log_message *record, const struct form_case *form)
{
        ck_assert_int_eq(message->form, form->form);
        ck_assert(!message->is_truncated);
        assert_same(message->host, form->has_host ? TEXT("vmtest") : (struct text){ 0 });
        ck_assert_uint_eq(message->boot_id.length, form->has_boot_id ? 32 : 0);
        ck_assert_int_eq(message->level, form->has_level ? record->level : LOG_UNKNOWN);
        ck_assert_int_eq(message->mono_usec, form->has_stamp ? record->mono_usec : LOG_UNKNOWN);
        ck_assert_int_eq(message->seq, LOG_UNKNOWN);
        if (!form->has_time) {
                ck_assert_int_eq(message->time.usec, LOG_UNKNOWN);
                return;
        }
        ck_assert_int_ge(message->time.usec, (which->made_sec - 2700) * 1000000);
        ck_assert_int_lt(message->time.usec, (which->made_sec + 2700) * 1000000);
        ck_assert_int_eq(message->time.resolution_usec, form->resolution_usec);
        ck_assert_uint_eq(message->time.doubts, form->doubts);
}

static void check_form(const struct corpus_case *which, const struct form_case *form)
{
        static char buffer[8 * LOG_TEXT_MAX];
        struct reading *records = read_records(which);
        struct reading *reading = reading_new((which->made_sec + 4 * 3600) * 1000000, NULL);
        uint64_t last_seq = which->last_seq ? which->last_seq : UINT64_MAX;
        size_t at = 0, found = 0, others = 0;

        read_all(reading, load("logs/", which->name, "/", form->file));
        for (size_t i = 0; i < records->count; i++) {
                const struct log_message *record = &records->messages[i];
                struct text shown;

                if ((uint64_t)record->seq < which->first_seq || (uint64_t)record->seq > last_seq ||
                    !form->shown(record->text, buffer, &shown))
                        continue;
                /* Before and after the records, and of user space, there are other lines; between the kernel's, none is lost. */
                while (at < reading->count && !text_equal(reading->messages[at].text, shown)) {
                        others += found > 0;
                        at++;
                }
                ck_assert_msg(at < reading->count, "%s %s: record %" PRIi64 " is not there: '%.*s'", which->name,
                              form->file, record->seq, (int)shown.length, shown.data);
                check_message(which, &reading->messages[at], record, form);
                at++;
                found++;
        }
        ck_assert_uint_gt(found, 20);
        /* dmesg doesn't print the facility: lines that user space wrote come with the kernel's. */
        ck_assert_uint_le(others, form->tells_speaker ? 0 : 2);
        reading_free(reading);
        reading_free(records);
}

START_TEST(test_every_form_gives_the_texts_of_the_records)
{
        for (size_t c = 0; c < COUNT(corpus); c++) {
                uint64_t n_forms = 0;

                for (size_t f = 0; f < COUNT(forms); f++) {
                        char path[512];

                        (void)snprintf(path, sizeof(path), TESTS_DIR "/corpus/logs/%s/%s", corpus[c].name,
                                       forms[f].file);
                        if (access(path, F_OK) != 0)
                                continue;
                        check_form(&corpus[c], &forms[f]);
                        n_forms++;
                }
                ck_assert_msg(n_forms == corpus[c].n_forms, "%s", corpus[c].name);
        }
}
END_TEST

TEST_MAIN("log_corpus", CASE(test_every_form_gives_the_texts_of_the_records))
