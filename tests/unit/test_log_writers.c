/* lib/logfile/prefix_speaker.h, prefix_vendor.h, envelope_relay.c, envelope_logcat.c, reader_logcat.c, envelope_frames.c: the lines of syslog daemons,
 * relays, consoles, routers and vendors. */

#include <inttypes.h>

#include "harness.h"
#include "log_reading.h"

#define U    LOG_UNKNOWN
#define KILL "Killed process 1149 (pengine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB"
#define S    "[   66.286136] "
#define MONO 66286136

/* 2026-08-25 14:06:20 UTC; TEST_MODIFIED_USEC is the November after */
#define AUGUST_USEC 1787666780000000

struct writer_case {
        const char *line, *host;
        int64_t level, mono_usec, time_usec;
};

/* clang-format off */
static const struct writer_case lines[] = {
        /* the tag in other spellings */
        { "Aug 25 14:06:20 web1 kernel " KILL, "web1", U, U, AUGUST_USEC },
        { "2026-08-25T14:06:20.5+00:00 web1 kernel " S KILL, "web1", U, MONO, AUGUST_USEC + 500000 },
        { "Aug 25 14:06:20 kernel " S KILL, "", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 vmunix: " S KILL, "web1", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 vmunix: " KILL, "", U, U, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 /kernel: " KILL, "web1", U, U, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kernel[0]: " KILL, "web1", U, U, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kernel[-]: " S KILL, "web1", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 [kernel] " KILL, "", U, U, AUGUST_USEC },
        { "2026-08-25T14:06:20Z web1 [kernel] " S KILL, "web1", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kernel:  " S KILL, "web1", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kernel: <3>" S KILL, "web1", 3, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kernel: <3>" KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kernel:<3>" S KILL, "web1", 3, MONO, AUGUST_USEC },
        { "2026-08-25T14:06:20.250Z web1 kernel - - - " S KILL, "web1", U, MONO, AUGUST_USEC + 250000 },
        { "2026-08-25T14:06:20Z web1 kernel - - " KILL, "web1", U, U, AUGUST_USEC },
        { "<3>1 2026-08-25T14:06:20Z web1 kernel - - -  " KILL, "web1", 3, U, AUGUST_USEC },
        { "<3>1 2026-08-25T14:06:20Z web1 kernel - - -  " S KILL, "web1", 3, MONO, AUGUST_USEC },
        { "kernel: " S KILL, "", U, MONO, U },
        { "kernel: " KILL, "", U, U, U },
        { "vmunix: " S KILL, "", U, MONO, U },
        /* facility, level and host in other orders */
        { "Aug 25 14:06:20 kern.err web1 kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 <kern.err> web1 kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 [kern.err] web1 kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 err kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 slot1/web1 warning kernel: " S KILL, "slot1/web1", 4, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 kern error kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 web1 4711: kernel: " KILL, "web1", U, U, AUGUST_USEC },
        { "<3>4711: Aug 25 14:06:20 web1 kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "Aug 25 14:06:20 2026 gw1 kernel: " KILL, "gw1", U, U, AUGUST_USEC },
        { "2026 Aug 25 14:06:20 n9k %KERN-3-SYSTEM_MSG: " S KILL " - kernel", "n9k", 3, MONO, AUGUST_USEC },
        { "Tue Aug 25 14:06:20 2026 kern.err kernel: " S KILL, "", 3, MONO, AUGUST_USEC },
        { "Tue Aug 25 14:06:20 2026 [1787666780.123] kern.err kernel: " S KILL, "", 3, MONO, AUGUST_USEC + 123000 },
        { "Tue Aug  4 14:06:20 2026 router kern.err kernel: " S KILL, "router", 3, MONO, AUGUST_USEC - 21 * 86400000000 },
        /* socklog, svlogd, multilog, s6 */
        { "kern.err: " S KILL, "", 3, MONO, U },
        { "kern.err: " KILL, "", 3, U, U },
        { "2026-08-25_14:06:20.12345 kern.err: " S KILL, "", 3, MONO, AUGUST_USEC + 123450 },
        { "2026-08-25T14:06:20.12345 kern.err: " S KILL, "", 3, MONO, AUGUST_USEC + 123450 },
        { "2026-08-25 14:06:20.123456789  kern.err: " S KILL, "", 3, MONO, AUGUST_USEC + 123456 },
        { "@400000006a8da166075bcd15 kern.err: " S KILL, "", 3, MONO, AUGUST_USEC + 123456 },
        { "@400000006a8da166075bcd15 kernel: " KILL, "", U, U, AUGUST_USEC + 123456 },
        { "2026-08-25_14:06:20.12345 kern.err: Aug 25 16:06:20 kernel: " S KILL, "", 3, MONO, AUGUST_USEC + 123450 },
        /* Talos, VMware */
        { " kern:     err: [2026-08-25T14:06:20.653515542Z]: " KILL, "", 3, U, AUGUST_USEC + 653515 },
        { "kern: warning: [2026-08-25T14:06:20.5Z]: " KILL, "", 4, U, AUGUST_USEC + 500000 },
        { "10.0.0.7: kern:     err: [2026-08-25T14:06:20Z]: " KILL, "10.0.0.7", 3, U, AUGUST_USEC },
        { "2026-08-25T14:06:20.103Z In(05) vcpu-5 - Guest: <3>" S KILL, "", 3, MONO, AUGUST_USEC + 103000 },
        { "2026-08-25T14:06:20.103Z| vcpu-0| I125: Guest: <3>" S KILL, "", 3, MONO, AUGUST_USEC + 103000 },
        { "2026-08-25T16:06:20.103+02:00| vcpu-0| I005: Guest: " S KILL, "", U, MONO, AUGUST_USEC + 103000 },
        /* relays: the speaker's own host, and the better time */
        { "Aug 25 14:06:21 10.0.0.5 Aug 25 14:06:20 web1 kernel: " S KILL, "web1", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:21 10.0.0.5 <3>Aug 25 14:06:20 web1 kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        { "2026-08-25T14:06:20Z relay 2026-08-25T14:06:20.5Z web1 kernel: " KILL, "web1", U, U, AUGUST_USEC + 500000 },
        { "2026-08-25T14:06:20Z relay Aug 25 16:06:20 web1 kernel: " KILL, "web1", U, U, AUGUST_USEC },
        { "Aug 25 14:06:21 10.0.0.5 1 2026-08-25T14:06:20Z web1 kernel - - - " KILL, "web1", U, U, AUGUST_USEC },
        { "Aug 25 14:06:21 10.0.0.5 <3>1 2026-08-25T14:06:20Z web1 kernel - - - " S KILL, "web1", 3, MONO, AUGUST_USEC },
        { "Aug 25 14:06:22 a Aug 25 14:06:21 b Aug 25 14:06:20 web1 kernel: " KILL, "web1", U, U, AUGUST_USEC },
        { "130 <3>1 2026-08-25T14:06:20Z web1 kernel - - - " KILL, "web1", 3, U, AUGUST_USEC },
        { "118 <3>Aug 25 14:06:20 web1 kernel: " KILL, "web1", 3, U, AUGUST_USEC },
        /* netconsole, and what takes its packets */
        { "6.12.94,3,700,66286136,-;" KILL, "", 3, MONO, U },
        { "6.1.0-40-amd64,3,700,66286136,-,caller=T12;" KILL, "", 3, MONO, U },
        { "Aug 25 14:06:20 10.0.0.7  " S KILL, "10.0.0.7", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 10.0.0.7 " S KILL, "10.0.0.7", U, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 10.0.0.7 3,700,66286136,-;" KILL, "10.0.0.7", 3, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 10.0.0.7 6.12.94,3,700,66286136,-;" KILL, "10.0.0.7", 3, MONO, AUGUST_USEC },
        { "Aug 25 14:06:20 10.0.0.7 <3>" S KILL, "10.0.0.7", 3, MONO, AUGUST_USEC },
        /* loggers of a serial line; shells on many hosts; containers */
        { "Aug 25 14:06:20 " S KILL, "", U, MONO, AUGUST_USEC },
        { "2026-08-25 14:06:20.123 " S KILL, "", U, MONO, AUGUST_USEC + 123000 },
        { "1787666780.500000 <3>" S KILL, "", 3, MONO, AUGUST_USEC + 500000 },
        { "[2026-08-25 14:06:20] " S KILL, "", U, MONO, AUGUST_USEC },
        { "[2026-08-25T14:06:20.123Z] " S KILL, "", U, MONO, AUGUST_USEC + 123000 },
        { "[Tue Aug 25 14:06:20 2026]" S KILL, "", U, MONO, AUGUST_USEC },
        { "[Tue Aug 25 14:06:20 2026] " S KILL, "", U, MONO, AUGUST_USEC },
        { "[14:06:20.123] " S KILL, "", U, MONO, U },
        { "14:06:20 " S KILL, "", U, MONO, U },
        { "00:00:07.102934 " S KILL, "", U, MONO, U },
        { "[1.204311 0.000127] " S KILL, "", U, MONO, U },
        { "web1: " S KILL, "web1", U, MONO, U },
        { "web1: Aug 25 14:06:20 db7 kernel: " KILL, "db7", U, U, AUGUST_USEC },
        { "web1: [Tue Aug 25 14:06:20 2026] " KILL, "web1", U, U, AUGUST_USEC },
        { "web1\t" S KILL, "web1", U, MONO, U },
        { "app-1  | " S KILL, "", U, MONO, U },
        { "app-1  | Aug 25 14:06:20 db7 kernel: " KILL, "db7", U, U, AUGUST_USEC },
        { "[pod/app-7d/main] " S KILL, "", U, MONO, U },
        /* stamps and callers of vendors */
        { "[   66.286136@0] " KILL, "", U, MONO, U },
        { "[66.2@3] " KILL, "", U, 66200000, U },
        { "[2-66.2861] " KILL, "", U, 66286100, U },
        { "[   66.286136s]" KILL, "", U, MONO, U },
        { "[   66.286136789] " KILL, "", U, MONO, U },
        { "<3>[   66.286136@1] " KILL, "", 3, MONO, U },
        { S "(1)[442:kswapd0]" KILL, "", U, MONO, U },
        { "<3>[   66.286136]  .(1)[442:kswapd0][name:oom_kill&]" KILL, "", 3, MONO, U },
        { S "[1:        kswapd0:  442] " KILL, "", U, MONO, U },
        { "[   66.286136s][pid:442,cpu1,kswapd0]" KILL, "", U, MONO, U },
        { "[   66.286136s][2026:08:25 14:06:20][pid:442,cpu1,kswapd0]" KILL, "", U, MONO, U },
        { S "(CPU:1-pid:442:kswapd0) " KILL, "", U, MONO, U },
        { "Aug 25 14:06:20 phone kernel: [   66.286136] (1)[442:kswapd0]" KILL, "phone", U, MONO, AUGUST_USEC },
        /* logcat: threadtime, with user, year, zone; time; brief */
        { "08-25 14:06:20.123     0     0 E         : " KILL, "", U, U, AUGUST_USEC + 123000 },
        { "08-25 14:06:20.123     0     0 E kernel  : " KILL, "", U, U, AUGUST_USEC + 123000 },
        { "08-25 14:06:20.123  root     0     0 E kernel  : " KILL, "", U, U, AUGUST_USEC + 123000 },
        { "2026-08-25 14:06:20.123     0     0 E         : " KILL, "", U, U, AUGUST_USEC + 123000 },
        { "08-25 14:06:20.123 +0000     0     0 E         : " KILL, "", U, U, AUGUST_USEC + 123000 },
        { "08-25 14:06:20.123 E/kernel  (    0): " KILL, "", U, U, AUGUST_USEC + 123000 },
        { "E/        (    0): " KILL, "", U, U, U },
        { "1787666780.123     0     0 E         : " KILL, "", U, U, AUGUST_USEC + 123000 },
};
/* clang-format on */

START_TEST(test_each_writer)
{
        for (size_t i = 0; i < COUNT(lines); i++) {
                const struct writer_case *which = &lines[i];
                struct reading *reading = read_text(text_from(which->line));
                const struct log_message *message = &reading->messages[0];

                ck_assert_msg(reading->count == 1, "'%s': %zu messages", which->line, reading->count);
                assert_same(message->text, TEXT(KILL));
                ck_assert_msg(text_equal(message->host, text_from(which->host)), "'%s': host '%s'", which->line,
                              message->host.data);
                ck_assert_msg(message->level == which->level, "'%s': level %" PRIi64, which->line, message->level);
                ck_assert_msg(message->mono_usec == which->mono_usec, "'%s': %" PRIi64, which->line,
                              message->mono_usec);
                ck_assert_msg(message->time.usec == which->time_usec, "'%s': %" PRIi64, which->line,
                              message->time.usec);
                reading_free(reading);
        }
}
END_TEST

/* Between date and text stands another speaker, or the words are a program's. */
static const char *const not_kernel[] = {
        "[1.5 22", /* cut */
        "Aug 25 14:06:20 web1 app kernel: " KILL,
        "Aug 25 14:06:20 web1 app " S KILL,
        "Aug 25 14:06:20 web1 app: " S KILL,
        "Aug 25 14:06:20 web1 app Aug 25 14:06:20 web1 kernel: " KILL,
        "Aug 25 14:06:21 relay Aug 25 14:06:20 web1 app: kernel: " KILL,
        "Aug 25 14:06:21 relay Aug 25 14:06:20 web1 app[3]: " S KILL,
        "Aug 25 14:06:21 relay Aug 25 14:06:20 web1 app Aug 25 14:06:20 web1 kernel: " KILL,
        "Aug 25 14:06:21 10.0.0.5 <11>Aug 25 14:06:20 web1 kernel: " KILL,
        "<13>Aug 25 14:06:21 10.0.0.5 Aug 25 14:06:20 web1 kernel: " KILL,
        "Aug 25 14:06:20 web1 kernel[1234]: " KILL,
        "Aug 25 14:06:20 web1 kernels: " KILL,
        "Aug 25 14:06:20 kernel " KILL,
        "Aug 25 14:06:20 [app] kernel: " KILL,
        "Aug 25 14:06:20 user.err web1 kernel: " KILL,
        "Aug 25 14:06:20 web1 daemon err kernel: " KILL,
        "Aug 25 14:06:20 web1 %DAEMON-3-SYSTEM_MSG: " KILL " - app",
        "user.err: " S KILL,
        "2026-08-25_14:06:20.12345 user.err: " KILL,
        "2026-08-25_14:06:20.12345 kern.err: Aug 25 14:06:20 app: kernel: " KILL,
        "@400000006a8da166075bcd15 app: " KILL,
        " user:     err: [2026-08-25T14:06:20.653515542Z]: " KILL,
        "2026-08-25T14:06:20.103Z In(05) vcpu-5 - VMXVmdb: " S KILL,
        "2026-08-25T14:06:20.103Z In(05) vcpu-5 - Guest: app: " KILL,
        "app: kernel: " KILL,
        "app: kern.err: " KILL,
        "app: " KILL,
        "error: " S KILL,
        "Warning: kernel: " KILL,
        "app-1  | " KILL,
        "app-1  | app: " KILL,
        "[main] " S KILL,
        "08-25 14:06:20.123  1234  1240 E kernel  : " KILL,
        "08-25 14:06:20.123 E/kernel  ( 1234): " KILL,
        "E/kernel  ( 1234): " KILL,
        "131 <11>1 2026-08-25T14:06:20Z web1 kernel - - - " KILL,
        "127 <3>1 2026-08-25T14:06:20Z web1 app - - - " KILL,
        /* a frame's text may look like another frame */
        "176 <14>1 2026-08-25T14:06:20Z web1 app - - - 130 <3>1 2026-08-25T14:06:20Z web1 kernel - - - " KILL,
        "4,703,73705673,-,ncfrag=40/331;" KILL,
        "14,703,66286136,-,ncfrag=0/87;" KILL,
};

START_TEST(test_what_another_wrote)
{
        for (size_t i = 0; i < COUNT(not_kernel); i++) {
                struct reading *reading = read_text(text_from(not_kernel[i]));

                for (size_t m = 0; m < reading->count; m++) /* a line of no form may be the kernel's as a whole */
                        ck_assert_msg(text_equal(reading->messages[m].text, text_from(not_kernel[i])), "'%s'",
                                      not_kernel[i]);
                reading_free(reading);
        }
}
END_TEST

#define LINES(name, ...) name, TEXT(__VA_ARGS__)

/* clang-format off */
static const struct {
        const char *name;
        struct text log;
        size_t count;
        const char *texts[4];
} several[] = {
        { LINES("a tag without a date is a program's in a log of syslog", "Aug 25 14:06:20 h app: x\nkernel: " S "a\nkern.err: b\n"), 0, { 0 } },
        { LINES("the text alone may follow a tag alone", "kernel: a\nb\n"), 2, { "a", "b" } },
        { LINES("all lines of a host have a blank in front",
                "<4>1 2026-08-25T14:06:20Z h kernel - - -  a\n<4>1 2026-08-25T14:06:20Z h kernel - - -   b\n<4>1 2026-08-25T14:06:20Z i kernel - - - c\n"
                "<4>1 2026-08-25T14:06:20Z i kernel - - -  d\n"), 4, { "a", " b", "c", " d" } },
        { LINES("a name that looks like a vendor's caller", S "a\n" S "(1)[4:x]b invoked\n"), 2, { "a", "(1)[4:x]b invoked" } },
        { LINES("pieces of netconsole", "4,7,66286136,-,ncfrag=0/11;ab\\x\n4,7,66286136,-,ncfrag=4/11;0a cd\n4,7,66286136,-,ncfrag=9/11; e\n4,8,66286136,-;f"),
          2, { "ab\n cd e", "f" } },
        { LINES("pieces in syslog", "Aug 25 14:06:20 h 4,7,66286136,-,ncfrag=0/4;ab\nAug 25 14:06:20 h 4,7,66286136,-,ncfrag=2/4;cd\n"), 1, { "abcd" } },
        { LINES("a lost piece", "4,7,66286136,-,ncfrag=0/6;ab\n4,7,66286136,-,ncfrag=4/6;ef\n4,8,66286136,-;g"), 2, { "ab", "g" } },
        { LINES("pieces of two records", "4,7,66286136,-,ncfrag=0/4;ab\n4,8,66286136,-,ncfrag=2/4;cd\n4,9,66286136,-;g"), 2, { "ab", "g" } },
        { LINES("the last piece is lost", "4,7,66286136,-,ncfrag=0/4;ab\n"), 1, { "ab" } },
        { LINES("frames without a byte between", "42 <4>1 2026-08-25T14:06:20Z h kernel - - - a42 <4>1 2026-08-25T14:06:20Z h kernel - - - b"), 2, { "a", "b" } },
        { LINES("newlines of a record as they are", S "active_anon:1 x:2\n active_file:3\n a_b:4\n" S "b"), 2, { "active_anon:1 x:2\n active_file:3\n a_b:4", "b" } },
        { LINES("a cgroup's statistics", S "anon 1\nfile 2\nsock 3\n" S "b"), 2, { "anon 1\nfile 2\nsock 3", "b" } },
        { LINES("a newline in a name", S "Killed process 1149 (pen\n" S "gine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB\n" S "b"),
          2, { "Killed process 1149 (pen\ngine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB", "b" } },
        { LINES("one that is left as it is", S "Killed process 1149 (pen\ngine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB\n" S "b"),
          2, { "Killed process 1149 (pen\ngine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB", "b" } },
        { LINES("of another moment", S "Killed process 1149 (pen\n[   66.286137] gine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB\n"),
          2, { "Killed process 1149 (pen", "gine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB" } },
        { LINES("of another host", "Aug 25 14:06:20 h kernel: Killed process 1149 (pen\nAug 25 14:06:20 i kernel: gine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB\n"),
          2, { "Killed process 1149 (pen", "gine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB" } },
        { LINES("a newline in a trigger's name", S "a\n[   67.000000] pen\n[   67.000000] gine invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"),
          2, { "a", "pen\ngine invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0" } },
        { LINES("two records of one moment", S "Mem-Info:\n" S "pen invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"),
          2, { "Mem-Info:", "pen invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0" } },
        { LINES("logcat's tag is of the text", "08-25 14:06:20.123     0     0 E Out of memory: " KILL "\n08-25 14:06:20.123 E/CPU     (    0): 1 PID\n"), 2, { "Out of memory: " KILL, "CPU: 1 PID" } },
        { LINES("logcat -v long", "[ 08-25 14:06:20.123     0:    0 W/kernel   ]\na\n\n[ 08-25 14:06:20.124     0:    0 E/CPU      ]\n1 PID\n\n"
                "[ 2026-08-25 14:06:20.124 +0200  root:     0:    0 E/ ]\nb\n\n[ 08-25 14:06:20.124     0:0x0 E/kernel ]\nc"), 4, { "a", "CPU: 1 PID", "b", "c" } },
        { LINES("a program's message in it, with empty lines and lines of any form",
                "[ 08-25 14:06:20.123   655:  656 W/app      ]\n" S "a\n\n" S "b\nOut of memory: " KILL "\n\nkern: x\n\n[ 08-25 14:06:20.124     0:    0 E/kernel   ]\nc\n"), 1, { "c" } },
        { LINES("a program whose name is like a header's end", "[ 08-25 14:06:20.123   655:  656 W/x W/kernel ]\nOut of memory: " KILL "\n"), 0, { 0 } },
        { LINES("what follows a message of the kernel's, apart", "[ 08-25 14:06:20.123     0:    0 W/kernel   ]\na\n\nThe other machine:\n\n" S "b"), 2, { "a", "b" } },
        { LINES("no header", "[ 08-25 14:06:20.123 ]\n" S "a\n[ x ]\n" S "b"), 2, { "a", "b" } },
};
/* clang-format on */

START_TEST(test_several_lines)
{
        for (size_t i = 0; i < COUNT(several); i++) {
                struct reading *reading = read_text(several[i].log);

                ck_assert_msg(reading->count == several[i].count, "%s: %zu messages", several[i].name, reading->count);
                for (size_t m = 0; m < reading->count && m < COUNT(several[i].texts); m++)
                        ck_assert_msg(text_equal(reading->messages[m].text, text_from(several[i].texts[m])), "%s: '%s'",
                                      several[i].name, reading->messages[m].text.data);
                reading_free(reading);
        }
}
END_TEST

TEST_MAIN("log_writers", CASE(test_each_writer), CASE(test_what_another_wrote), CASE(test_several_lines))
