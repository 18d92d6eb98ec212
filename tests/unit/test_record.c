/* lib/kmsg/record.h */

#include <errno.h>

#include "harness.h"
#include "kmsg/record.h"

static char buffer[KMSG_RECORD_MAX];

static struct kmsg_record decode(struct text raw)
{
        struct kmsg_record record;

        ck_assert_int_eq(kmsg_record_decode(raw, buffer, &record), 0);
        return record;
}

static void assert_text(struct text got, struct text expected)
{
        ck_assert_msg(text_equal(got, expected), "'%.*s' is not '%.*s'", (int)got.length, got.data,
                      (int)expected.length, expected.data);
}

START_TEST(test_fields_of_a_record)
{
        struct kmsg_record record = decode(TEXT("3,671,75685429,-;Killed process 1\n"));

        ck_assert_uint_eq(record.level, 3);
        ck_assert_uint_eq(record.facility, 0);
        ck_assert_uint_eq(record.seq, 671);
        ck_assert_uint_eq(record.mono_usec, 75685429);
        ck_assert_int_eq(record.flag, KMSG_FLAG_NONE);
        ck_assert_uint_eq(record.caller.length, 0);
        assert_text(record.text, TEXT("Killed process 1"));
        record = decode(TEXT("2046,18446744073709551615,0,-;x\n"));
        ck_assert_uint_eq(record.facility, 255);
        ck_assert_uint_eq(record.level, 6);
        ck_assert_uint_eq(record.seq, UINT64_MAX);
}
END_TEST

START_TEST(test_flags_caller_and_unknown_fields)
{
        struct kmsg_record record = decode(TEXT("6,1,2,c,caller=T1234;a;b\n"));

        ck_assert_int_eq(record.flag, KMSG_FLAG_FRAGMENT);
        assert_text(record.caller, TEXT("T1234"));
        assert_text(record.text, TEXT("a;b"));
        ck_assert_int_eq(decode(TEXT("6,1,2,+;a\n")).flag, KMSG_FLAG_FOLLOWING);
        record = decode(TEXT("6,1,2,-,node=3,caller=C1,future;a\n"));
        assert_text(record.caller, TEXT("C1"));
        ck_assert_int_eq(decode(TEXT("6,1,2;a\n")).flag, KMSG_FLAG_NONE);
}
END_TEST

START_TEST(test_record_without_text_or_newline)
{
        ck_assert_uint_eq(decode(TEXT("6,1,2,-;\n")).text.length, 0);
        ck_assert_uint_eq(decode(TEXT("6,1,2,-;")).text.length, 0);
        assert_text(decode(TEXT("6,1,2,-; a")).text, TEXT(" a"));
}
END_TEST

START_TEST(test_dictionary_lines_are_not_text)
{
        struct kmsg_record record = decode(TEXT("6,1,2,-;pci\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.1\n OTHER=x\n"));

        assert_text(record.text, TEXT("pci"));
}
END_TEST

START_TEST(test_escapes)
{
        static const struct {
                struct text escaped, plain;
                bool is_truncated;
        } cases[] = {
                { { "plain", 5 }, { "plain", 5 }, false },
                { { "a\\x0ab", 6 }, { "a\nb", 3 }, false },
                { { "\\x5cx0a", 7 }, { "\\x0a", 4 }, false },
                { { "un\\x5cx2dit", 11 }, { "un\\x2dit", 8 }, false },
                { { "\\xc3\\xa9", 8 }, { "\xc3\xa9", 2 }, false },
                { { "\\x00z", 5 }, { "\0z", 2 }, false },
                { { "\\xC3", 4 }, { "\xc3", 1 }, false },
                { { "ab\\", 3 }, { "ab", 2 }, true },
                { { "ab\\x", 4 }, { "ab", 2 }, true },
                { { "ab\\x7", 5 }, { "ab", 2 }, true },
                { { "a\\qb", 4 }, { "a\\qb", 4 }, false },
                { { "a\\x1g", 5 }, { "a\\x1g", 5 }, false },
                { { "a\\xzz", 5 }, { "a\\xzz", 5 }, false },
                { { "a\\y", 3 }, { "a\\y", 3 }, false },
                { { "", 0 }, { "", 0 }, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char raw[64];
                int length =
                        snprintf(raw, sizeof(raw), "6,1,2,-;%.*s", (int)cases[i].escaped.length, cases[i].escaped.data);
                struct kmsg_record record = decode((struct text){ raw, (size_t)length });

                assert_text(record.text, cases[i].plain);
                ck_assert_msg(record.is_truncated == cases[i].is_truncated, "case %zu", i);
        }
}
END_TEST

START_TEST(test_what_is_not_a_record)
{
        static const char *const cases[] = {
                "",
                "\n",
                "no header",
                "6,1,2,-",
                ";",
                "6;x",
                "6,1;x",
                "a,1,2,-;x",
                "6,a,2,-;x",
                "6,1,b,-;x",
                "-6,1,2,-;x",
                "6,1,18446744073709551616,-;x",
                "4294967296,1,2,-;x",
                "6, 1,2,-;x",
                " SUBSYSTEM=pci;",
        };
        struct kmsg_record untouched = { .seq = 77 };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(kmsg_record_decode(text_from(cases[i]), buffer, &untouched) == -EBADMSG, "'%s'",
                              cases[i]);
                ck_assert_uint_eq(untouched.seq, 77);
        }
}
END_TEST

START_TEST(test_record_of_the_largest_size)
{
        static char raw[KMSG_RECORD_MAX];
        size_t header = strlen("6,1,2,-;");

        memcpy(raw, "6,1,2,-;", header);
        memset(raw + header, 'x', sizeof(raw) - header);
        ck_assert_uint_eq(decode((struct text){ raw, sizeof(raw) }).text.length, sizeof(raw) - header);
        for (size_t i = header; i + 4 <= sizeof(raw); i += 4)
                memcpy(raw + i, "\\x7f", 4);
        ck_assert_uint_eq(decode((struct text){ raw, sizeof(raw) }).text.length, (sizeof(raw) - header) / 4);
}
END_TEST

TEST_MAIN("record", CASE(test_fields_of_a_record), CASE(test_flags_caller_and_unknown_fields),
          CASE(test_record_without_text_or_newline), CASE(test_dictionary_lines_are_not_text), CASE(test_escapes),
          CASE(test_what_is_not_a_record), CASE(test_record_of_the_largest_size))
