/* lib/logfile/transcode.h */

#include "logfile/transcode.h"

#include "harness.h"
#include "log_reading.h"

/* In pieces of step bytes. */
static struct text transcoded(struct text bytes, size_t step, char *buffer)
{
        struct log_transcoder transcoder;
        size_t length = 0;

        log_transcoder_init(&transcoder, log_coding_of(bytes));
        while (bytes.length) {
                struct text piece = text_until_offset(bytes, step < bytes.length ? step : bytes.length);

                length += log_transcode(&transcoder, piece, buffer + length);
                bytes = text_from_offset(bytes, piece.length);
        }
        return (struct text){ buffer, length };
}

static void check(struct text bytes, enum log_coding coding, struct text expected)
{
        char buffer[1024];

        ck_assert_int_eq(log_coding_of(bytes), coding);
        for (size_t step = 1; step <= bytes.length; step++)
                assert_same(transcoded(bytes, step, buffer), expected);
}

START_TEST(test_utf16)
{
        check(TEXT("\xff\xfe"
                   "a\0\n\0"),
              LOG_CODING_UTF16_LITTLE, TEXT("a\n"));
        check(TEXT("\xfe\xff\0a\0\xe9\x20\xac\xd8\x3d\xde\x00\0b"), LOG_CODING_UTF16_BIG,
              TEXT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
                   "b"));
        check(TEXT("[\0 \0001\0.\0000\0]\0 \0a\0\n\0"), LOG_CODING_UTF16_LITTLE, TEXT("[ 1.0] a\n"));
        check(TEXT("\0[\0 \0001\0.\0000\0]\0 \0a\0\n"), LOG_CODING_UTF16_BIG, TEXT("[ 1.0] a\n"));
        /* pairs that are none */
        check(TEXT("\xfe\xff\xd8\x3d\0a\xde\x00\0b"), LOG_CODING_UTF16_BIG,
              TEXT("\xef\xbf\xbd"
                   "a\xef\xbf\xbd"
                   "b"));
}
END_TEST

START_TEST(test_frames)
{
        check(TEXT("5 <4>ab12 <4>1 - a\nb c3 <4>"), LOG_CODING_FRAMES, TEXT("5 <4>ab\n12 <4>1 - a\nb c\n3 <4>"));
        check(TEXT("6 <4>ab\n5 <4>cd"), LOG_CODING_FRAMES, TEXT("6 <4>ab\n5 <4>cd"));
        /* out of step: what follows isn't taken apart */
        check(TEXT("5 <4>ab5 <4>cdx5 <4>ef5 <4>gh"), LOG_CODING_FRAMES, TEXT("5 <4>ab\n5 <4>cd\nx5 <4>ef5 <4>gh"));
}
END_TEST

START_TEST(test_lines)
{
        static const struct text logs[] = {
                { "", 0 },
                { "a", 1 },
                { "[ 1.0] a\n", 9 },
                { "5 <4>ab\n5 <4>cd\n", 16 }, /* each on a line */
                { "5 apples, 6 <b>", 15 },
                { "\x7f"
                  "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
                  16 },
                { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16 },
        };

        for (size_t i = 0; i < COUNT(logs); i++)
                check(logs[i], LOG_CODING_LINES, logs[i]);
}
END_TEST

TEST_MAIN("log_transcode", CASE(test_utf16), CASE(test_frames), CASE(test_lines))
