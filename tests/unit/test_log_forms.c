/* lib/logfile/prefix.h: each form of a log line, by the documents of those who write it. */

#include <inttypes.h>

#include "harness.h"
#include "log_reading.h"

#define U             LOG_UNKNOWN
#define KILL          "Killed process 1149 (pengine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB"
#define LEVEL_OF_INFO 6

/* 2026-08-25 14:06:20 UTC; TEST_MODIFIED_USEC is the November after */
#define AUGUST_USEC 1787666780000000
#define HOUR_USEC   3600000000LL
#define YEARLESS    (LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_YEAR)

struct form_case {
        const char *line;
        enum log_form form;
        const char *host;
        int64_t level, mono_usec, time_usec, resolution_usec;
        unsigned doubts;
        const char *caller;
};

/* clang-format off */
static const struct form_case lines[] = {
        /* RFC 3164 */
        { "Aug 25 14:06:20 tms-91 kernel: " KILL, LOG_FORM_SYSLOG, "tms-91", U, U, AUGUST_USEC, 1000000, YEARLESS, "" },
        { "Aug 25 14:06:20 tms-91 kernel: [123456.789012] " KILL, LOG_FORM_SYSLOG, "tms-91", U, 123456789012, AUGUST_USEC, 1000000, YEARLESS, "" },
        { "Aug 25 14:06:20 tms-91 kernel: [    1.000001][    T7] " KILL, LOG_FORM_SYSLOG, "tms-91", U, 1000001, AUGUST_USEC, 1000000, YEARLESS, "T7" },
        { "Aug  5 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, AUGUST_USEC - 20 * 24 * HOUR_USEC, 1000000, YEARLESS, "" },
        { "Aug 5 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, AUGUST_USEC - 20 * 24 * HOUR_USEC, 1000000, YEARLESS, "" },
        { "<3>Aug 25 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", 3, U, AUGUST_USEC, 1000000, YEARLESS, "" },
        { "2026 Aug 25 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN, "" },
        { "Aug 25 2026 14:06:20.123 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, AUGUST_USEC + 123000, 1000, LOG_DOUBT_ZONE_UNKNOWN, "" },
        { "Aug 25 14:06:20 s_sys@h/10.0.0.1 kernel: " KILL, LOG_FORM_SYSLOG, "s_sys@h/10.0.0.1", U, U, AUGUST_USEC, 1000000, YEARLESS, "" },
        { "Aug 25 14:06:20 h kernel:[    1.000001] " KILL, LOG_FORM_SYSLOG, "h", U, 1000001, AUGUST_USEC, 1000000, YEARLESS, "" },
        /* another language's month */
        { "ao\xc3\xbbt 25 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, AUGUST_USEC, 1000000, YEARLESS, "" },
        /* no language's: the line is the kernel's all the same */
        { "ao\xc3\xbbx 25 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, U, U, 0, "" },
        /* a day that doesn't exist */
        { "Aug 32 14:06:20 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, U, U, 0, "" },
        /* BusyBox, with its facility, without a host */
        { "Aug 25 14:06:20 router kern.warn kernel: [   12.000000] " KILL, LOG_FORM_SYSLOG, "router", 4, 12000000, AUGUST_USEC, 1000000, YEARLESS, "" },
        { "Aug 25 14:06:20 kern.err kernel: " KILL, LOG_FORM_SYSLOG, "", 3, U, AUGUST_USEC, 1000000, YEARLESS, "" },
        { "Aug 25 14:06:20 kernel: " KILL, LOG_FORM_SYSLOG, "", U, U, AUGUST_USEC, 1000000, YEARLESS, "" },
        /* RFC 5424 */
        { "<3>1 2026-08-25T14:06:20.003Z h kernel - - - [  123.456789] " KILL, LOG_FORM_RFC5424, "h", 3, 123456789, AUGUST_USEC + 3000, 1000, 0, "" },
        { "<3>1 2026-08-25T16:06:20+02:00 h kernel - - [a@1 x=\"]\\\"]\" y=\"\\\\\"][b] " KILL, LOG_FORM_RFC5424, "h", 3, U, AUGUST_USEC, 1000000, 0, "" },
        { "<3>1 2026-08-25T14:06:20Z h kernel - - - \xef\xbb\xbf" KILL, LOG_FORM_RFC5424, "h", 3, U, AUGUST_USEC, 1000000, 0, "" },
        { "<3>1 - - kernel - - [  123.456789] " KILL, LOG_FORM_RFC5424, "", 3, 123456789, U, U, 0, "" },
        { "1 2026-08-25T14:06:20Z h kernel - - - " KILL, LOG_FORM_RFC5424, "h", U, U, AUGUST_USEC, 1000000, 0, "" },
        /* rsyslog, syslog-ng */
        { "2026-08-25T14:06:20.123456+02:00 h kernel: [  123.456789] " KILL, LOG_FORM_ISO, "h", U, 123456789, AUGUST_USEC - 2 * HOUR_USEC + 123456, 1, 0, "" },
        { "2026-08-25T10:36:20-03:30 h kernel: " KILL, LOG_FORM_ISO, "h", U, U, AUGUST_USEC, 1000000, 0, "" },
        { "2026-08-25 14:06:20 h kernel: " KILL, LOG_FORM_ISO, "h", U, U, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN, "" },
        /* journalctl -o short-precise, short-iso, short-iso-precise, short-full, with-unit, short-unix, short-monotonic */
        { "Aug 25 14:06:20.000007 h kernel: " KILL, LOG_FORM_SYSLOG, "h", U, U, AUGUST_USEC + 7, 1, YEARLESS, "" },
        { "2026-08-25T14:06:20+0000 h kernel: " KILL, LOG_FORM_ISO, "h", U, U, AUGUST_USEC, 1000000, 0, "" },
        { "2026-08-25T16:06:20.000007+0200 h kernel: " KILL, LOG_FORM_ISO, "h", U, U, AUGUST_USEC + 7, 1, 0, "" },
        { "Tue 2026-08-25 14:06:20 CEST h kernel: " KILL, LOG_FORM_FULL, "h", U, U, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN, "" },
        { "Tue 2026-08-25 14:06:20.5 UTC h kernel: " KILL, LOG_FORM_FULL, "h", U, U, AUGUST_USEC + 500000, 100000, 0, "" },
        { "Di 2026-08-25 11:06:20 -03 h kernel: " KILL, LOG_FORM_FULL, "h", U, U, AUGUST_USEC, 1000000, 0, "" },
        { "1787666780.638210 h kernel: " KILL, LOG_FORM_UNIX, "h", U, U, AUGUST_USEC + 638210, 1, 0, "" },
        { "[   66.286136] h kernel: " KILL, LOG_FORM_MONOTONIC, "h", U, 66286136, U, U, 0, "" },
        /* dmesg, also with -d, -x, -r, -T, --time-format iso; serial consoles */
        { "[   66.286136] " KILL, LOG_FORM_DMESG, "", U, 66286136, U, U, 0, "" },
        { "[   66.286136 <    0.000126>] " KILL, LOG_FORM_DMESG, "", U, 66286136, U, U, 0, "" },
        { "[4294967.286136] " KILL "\r", LOG_FORM_DMESG, "", U, 4294967286136, U, U, 0, "" },
        { "[   66.286136][    C0] " KILL, LOG_FORM_DMESG, "", U, 66286136, U, U, 0, "C0" },
        { "[   66.286136] [ T1234] " KILL, LOG_FORM_DMESG, "", U, 66286136, U, U, 0, "T1234" },
        { "kern  :err   : [   66.286136] " KILL, LOG_FORM_DMESG, "", 3, 66286136, U, U, 0, "" },
        { "kern  :warn  : [Tue Aug 25 14:06:20 2026] " KILL, LOG_FORM_DMESG_T, "", 4, U, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_CLOCK, "" },
        { "kern  :info  : " KILL, LOG_FORM_DMESG, "", LEVEL_OF_INFO, U, U, U, 0, "" },
        { "<3>[   66.286136] " KILL, LOG_FORM_DMESG, "", 3, 66286136, U, U, 0, "" },
        { "<3>" KILL, LOG_FORM_DMESG, "", 3, U, U, U, 0, "" },
        { "[Tue Aug  5 14:06:20 2026] " KILL, LOG_FORM_DMESG_T, "", U, U, AUGUST_USEC - 20 * 24 * HOUR_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_CLOCK, "" },
        { "[mar. ao\xc3\xbbt 25 14:06:20 2026] " KILL, LOG_FORM_DMESG_T, "", U, U, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_CLOCK, "" },
        { "[mar. aoxt 25 14:06:20 2026] " KILL, LOG_FORM_DMESG_T, "", U, U, U, U, LOG_DOUBT_CLOCK, "" },
        { "2026-08-25T14:06:20,123456+02:00 " KILL, LOG_FORM_DMESG_ISO, "", U, U, AUGUST_USEC - 2 * HOUR_USEC + 123456, 1, LOG_DOUBT_CLOCK, "" },
        /* dmesg -H, -d, several formats at once (2.41) */
        { "[Aug25 14:06] " KILL, LOG_FORM_DMESG_H, "", U, U, AUGUST_USEC - 20000000, 60000000, YEARLESS | LOG_DOUBT_CLOCK | LOG_DOUBT_SECOND, "" },
        { "[Aug 5 14:06] " KILL, LOG_FORM_DMESG_H, "", U, U, AUGUST_USEC - 20 * 24 * HOUR_USEC - 20000000, 60000000, YEARLESS | LOG_DOUBT_CLOCK | LOG_DOUBT_SECOND, "" },
        { "kern  :err   : [Aug25 14:06] [    T7] " KILL, LOG_FORM_DMESG_H, "", 3, U, AUGUST_USEC - 20000000, 60000000, YEARLESS | LOG_DOUBT_CLOCK | LOG_DOUBT_SECOND, "T7" },
        { "[  +0.000012] " KILL, LOG_FORM_DMESG_H, "", U, U, U, U, LOG_DOUBT_CLOCK | LOG_DOUBT_SECOND, "" },
        { "<3>[ +12.000012] " KILL, LOG_FORM_DMESG_H, "", 3, U, U, U, LOG_DOUBT_CLOCK | LOG_DOUBT_SECOND, "" },
        { "[<    0.000012>] " KILL, LOG_FORM_DMESG_H, "", U, U, U, U, 0, "" },
        { "[<   -0.000012>] " KILL, LOG_FORM_DMESG_H, "", U, U, U, U, 0, "" },
        { "[Tue Aug 25 14:06:20 2026 <    0.000126>] " KILL, LOG_FORM_DMESG_T, "", U, U, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_CLOCK, "" },
        { "2026-08-25T14:06:20,123456+02:00 [   66.286136] " KILL, LOG_FORM_DMESG, "", U, 66286136, AUGUST_USEC - 2 * HOUR_USEC + 123456, 1, LOG_DOUBT_CLOCK, "" },
        { "[   66.286136] [Tue Aug 25 14:06:20 2026] " KILL, LOG_FORM_DMESG_T, "", U, 66286136, AUGUST_USEC, 1000000, LOG_DOUBT_ZONE_UNKNOWN | LOG_DOUBT_CLOCK, "" },
        { "[  +0.000012] [   66.286136] [<    0.000012>] 2026-08-25T14:06:20,123456+02:00 [   C1] " KILL, LOG_FORM_DMESG_ISO, "", U, 66286136, AUGUST_USEC - 2 * HOUR_USEC + 123456, 1, LOG_DOUBT_CLOCK, "C1" },
        /* journalctl -o short-delta: with another boot's line before, or as the first one */
        { "[   66.286136 <    0.000126 >] h kernel: " KILL, LOG_FORM_MONOTONIC, "h", U, 66286136, U, U, 0, "" },
        { "[   66.286136 <    0.000126*>] h kernel: " KILL, LOG_FORM_MONOTONIC, "h", U, 66286136, U, U, 0, "" },
        { "[   66.286136                ] h kernel: " KILL, LOG_FORM_MONOTONIC, "h", U, 66286136, U, U, 0, "" },
        /* the rest */
        { "3,17430,66286136,-,caller=T418;" KILL, LOG_FORM_KMSG, "", 3, 66286136, U, U, 0, "T418" },
        { KILL, LOG_FORM_RAW, "", U, U, U, U, 0, "" },
        { "25/08/2026 14:06:20 h kernel: [   66.286136] " KILL, LOG_FORM_DATED, "h", U, 66286136, U, U, 0, "" },
};
/* clang-format on */

START_TEST(test_each_form)
{
        for (size_t i = 0; i < COUNT(lines); i++) {
                const struct form_case *which = &lines[i];
                struct reading *reading = read_text(text_from(which->line));
                const struct log_message *message = &reading->messages[0];

                ck_assert_msg(reading->count == 1, "'%s': %zu messages", which->line, reading->count);
                assert_same(message->text, TEXT(KILL));
                ck_assert_msg(message->form == which->form, "'%s': form %d", which->line, message->form);
                assert_same(message->host, text_from(which->host));
                assert_same(message->caller, text_from(which->caller));
                ck_assert_msg(message->level == which->level, "'%s'", which->line);
                ck_assert_msg(message->mono_usec == which->mono_usec, "'%s'", which->line);
                ck_assert_msg(message->time.usec == which->time_usec, "'%s': %" PRIi64, which->line,
                              message->time.usec);
                ck_assert_msg(message->time.resolution_usec == which->resolution_usec, "'%s'", which->line);
                ck_assert_msg(message->time.doubts == which->doubts, "'%s': %x", which->line, message->time.doubts);
                ck_assert_uint_eq(message->line_number, 1);
                ck_assert(!message->is_truncated);
                reading_free(reading);
        }
}
END_TEST

/* Lines of another speaker, or of an unknown one. */
static const char *const not_kernel[] = {
        "Aug 25 14:06:20 h sshd[1]: " KILL,
        "Aug 25 14:06:20 h sshd[1]: kernel: " KILL,
        "Aug 25 14:06:20 h app: Aug 25 14:06:20 h kernel: " KILL,
        "Aug 25 14:06:20 h " KILL,
        "Aug 25 14:06:20 h kernel-parser: " KILL,
        "Aug 25 14:06:20 h kernel:x " KILL,
        "Aug 25 14:06:20 h user.warn kernel: " KILL,
        "<11>Aug 25 14:06:20 h kernel: " KILL,
        "<11>1 2026-08-25T14:06:20.003Z h kernel - - - " KILL,
        "<3>1 2026-08-25T14:06:20.003Z h app - - - kernel: " KILL,
        "<3>1 2026-08-25T14:06:20.003Z kernel app kernel kernel - " KILL,
        "2026-08-25T14:06:20.123456+02:00 h systemd[1]: kernel: " KILL,
        "2026-08-25T14:06:20,123 ERROR " KILL,
        "Tue 2026-08-25 14:06:20 CEST h app[12]: " KILL,
        "1787666780.638210 h app[12]: " KILL,
        "[   66.286136] h app[12]: " KILL,
        "user  :err   : [   66.286136] " KILL,
        "<11>[   66.286136] " KILL,
        "<11>" KILL,
        "11,17430,66286136,-;" KILL,
        "2048,17430,66286136,-;" KILL,
        "25/08/2026 14:06:20 h app: kernel: " KILL,
        "2026/08/25 14:06:20 app.go:12 " KILL,
        "I0825 14:06:20.123456    1234 oom.go:12] " KILL,
        "2026-08-25 " KILL,
        "{\"program\":\"pengine\",\"MESSAGE\":\"" KILL "\"}",
        "{\"MESSAGE\":\"" KILL
        "\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"SYSLOG_FACILITY\":\"0\",\"_TRANSPORT\":\"syslog\"}",
        "{\"MESSAGE\":\"" KILL "\",\"SYSLOG_FACILITY\":\"1\",\"_TRANSPORT\":\"kernel\"}",
        "_TRANSPORT=kernel\nSYSLOG_FACILITY=1\nMESSAGE=" KILL "\n",
        "_TRANSPORT=syslog\nSYSLOG_FACILITY=0\nMESSAGE=" KILL "\n",
        "PRIORITY=3\nMESSAGE=" KILL "\n",
        /* containers: the program may say anything */
        "{\"log\":\"" KILL "\\n\",\"stream\":\"stdout\",\"time\":\"2026-08-25T14:06:20.5Z\"}",
        "2026-08-25T14:06:20.123456789Z stdout F " KILL,
        "",
        "--",
        "-- Boot c56c0bf4273b4284a175f502b3855546 --",
        "-- " KILL,
        "\r",
        "   ",
        "Aug 25 14:06:20 h kernel: [80B blob data]",
};

START_TEST(test_what_is_not_the_kernels)
{
        for (size_t i = 0; i < COUNT(not_kernel); i++) {
                struct reading *reading = read_text(text_from(not_kernel[i]));

                ck_assert_msg(reading->count == 0, "'%s'", not_kernel[i]);
                reading_free(reading);
        }
}
END_TEST

START_TEST(test_raw_text_only_where_nothing_else_was)
{
        struct reading *reading = read_text(TEXT("x invoked oom-killer: order=0\n" KILL "\n"
                                                 "Aug 25 14:06:20 h app: two\n" KILL "\n"));

        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[0].text, TEXT("x invoked oom-killer: order=0"));
        assert_same(reading->messages[1].text, TEXT(KILL));
        ck_assert_uint_eq(reading->messages[1].line_number, 2);
        reading_free(reading);
}
END_TEST

START_TEST(test_raw_records)
{
        struct reading *reading = read_text(TEXT("4,18446744073709551615,1,c;a\\x0ab \\x5cx2d\n SUBSYSTEM=x\n"
                                                 "12,2,2,-;user\n6,3,3,-;cut \\x7\n"));

        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[0].text, TEXT("a\nb \\x2d"));
        ck_assert_int_eq(reading->messages[0].flag, KMSG_FLAG_FRAGMENT);
        ck_assert_int_eq(reading->messages[0].seq, LOG_UNKNOWN); /* more than an int64_t holds */
        ck_assert_int_eq(reading->messages[1].seq, 3);
        ck_assert(reading->messages[1].is_truncated);
        reading_free(reading);
}
END_TEST

/* dmesg's own lines have no callers: a comm that looks like one is a comm. */
START_TEST(test_comm_that_looks_like_a_caller)
{
        struct reading *reading = read_text(TEXT("[    1.000000] one\n[    2.000000] [   T1] two\n"));

        ck_assert_uint_eq(reading->count, 2);
        ck_assert_uint_eq(reading->messages[1].caller.length, 0);
        assert_same(reading->messages[1].text, TEXT("[   T1] two"));
        reading_free(reading);
}
END_TEST

START_TEST(test_comm_that_looks_like_host_and_tag)
{
        struct reading *reading = read_text(TEXT("[    1.000000] one\n[    2.000000] h kernel: two\n"));

        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[1].text, TEXT("h kernel: two"));
        reading_free(reading);
        reading = read_text(
                TEXT("[    1.000000] h kernel: one\n[    2.000000] h systemd: two\n[    3.000000] i kernel: a\n"));
        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[1].text, TEXT("a"));
        assert_same(reading->messages[1].host, TEXT("i"));
        reading_free(reading);
        /* A first line that could be either doesn't decide for all that follow. */
        reading = read_text(
                TEXT("[    1.000000] h audit: one\n[    2.000000] h kernel: two\n[    3.000000] h sudo: x\n"));
        ck_assert_uint_eq(reading->count, 2);
        ck_assert_int_eq(reading->messages[1].form, LOG_FORM_MONOTONIC);
        assert_same(reading->messages[1].text, TEXT("two"));
        reading_free(reading);
}
END_TEST

START_TEST(test_two_hosts_interleaved)
{
        struct reading *reading = read_text(TEXT("Aug 25 14:06:20 a kernel: one\n2026-08-25T14:06:20Z b kernel: two\n"
                                                 "Aug 25 14:06:20 a kernel: three\n"));

        ck_assert_uint_eq(reading->count, 3);
        assert_same(reading->messages[0].host, TEXT("a"));
        assert_same(reading->messages[1].host, TEXT("b"));
        assert_same(reading->messages[2].host, TEXT("a"));
        reading_free(reading);
}
END_TEST

TEST_MAIN("log_forms", CASE(test_each_form), CASE(test_what_is_not_the_kernels),
          CASE(test_raw_text_only_where_nothing_else_was), CASE(test_raw_records),
          CASE(test_comm_that_looks_like_a_caller), CASE(test_comm_that_looks_like_host_and_tag),
          CASE(test_two_hosts_interleaved))
