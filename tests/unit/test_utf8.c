/* lib/util/utf8.h, lib/util/prose.h */

#include "harness.h"
#include "util/prose.h"
#include "util/utf8.h"

START_TEST(test_pieces_of_bad_bytes)
{
        /* How many characters or U+FFFD: as Python's bytes.decode("utf-8", "replace"). */
        /* clang-format off */
        static const struct {
                const char *bytes;
                size_t pieces;
                bool valid;
        } rows[] = {
                { "", 0, true },
                { "a\x7f", 2, true },
                { "\xc3\xbc\xe2\x86\x92\xf0\x9f\x90\xa7", 3, true },
                { "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\xef\xbf\xbf", 4, true }, /* the ends of the gaps */
                { "\xff\xfe\x80", 3, false },
                { "\xc0\xaf", 2, false },                 /* overlong '/' */
                { "\xc1\xbf", 2, false },
                { "\xe0\x80\xaf", 3, false },
                { "\xe0\x9f\xbf", 3, false },
                { "\xf0\x80\x80\xaf", 4, false },
                { "\xed\xa0\x80", 3, false },             /* surrogates */
                { "\xed\xbf\xbf", 3, false },
                { "\xed\xa0\xbd\xed\xb0\x80", 6, false },
                { "\xf4\x90\x80\x80", 4, false },         /* past U+10FFFF */
                { "\xf5\x80\x80\x80", 4, false },
                { "\xe2\x86", 1, false },                 /* broken off */
                { "\xe2\x86z", 2, false },
                { "\xf0\x9f\x90", 1, false },
                { "\xf0\x9f\x90\xe2\x86\x92", 2, false },
                { "\x80\x80", 2, false },
        };
        /* clang-format on */

        for (size_t i = 0; i < COUNT(rows); i++) {
                size_t length = strlen(rows[i].bytes), pieces = 0;
                char *exact = malloc(length + 1);
                struct text text = { exact, length };
                uint32_t character;

                ck_assert_ptr_nonnull(exact);
                memcpy(exact, rows[i].bytes, length);
                ck_assert_msg(utf8_is_valid(text) == rows[i].valid, "row %zu", i);
                for (; text.length > 0; pieces++)
                        text = text_from_offset(text, utf8_next(text, &character));
                ck_assert_msg(pieces == rows[i].pieces, "row %zu: %zu pieces", i, pieces);
                free(exact);
        }
}
END_TEST

START_TEST(test_characters_have_their_number)
{
        uint32_t character;

        ck_assert_uint_eq(utf8_next(TEXT("\xf4\x8f\xbf\xbf"), &character), 4);
        ck_assert_uint_eq(character, 0x10ffff);
        ck_assert_uint_eq(utf8_next(TEXT("\xe2\x80\xae"), &character), 3);
        ck_assert_uint_eq(character, 0x202e);
        ck_assert(utf8_is_unsafe(character));
        ck_assert(utf8_is_unsafe(0x1b) && utf8_is_unsafe(0x7f) && utf8_is_unsafe(0x9b) && utf8_is_unsafe(0));
        ck_assert(!utf8_is_unsafe(' ') && !utf8_is_unsafe('~') && !utf8_is_unsafe(0xa0) && !utf8_is_unsafe(0x4e2d));
}
END_TEST

START_TEST(test_names_are_made_safe)
{
        char buffer[64];
        struct prose prose = prose_start(buffer, sizeof(buffer));

        prose_name(&prose, TEXT("a\n\033[1m\x7f\xc2\x9b\xe2\x80\xae\xff\xc3\xbc"), 100);
        ck_assert_str_eq(buffer, "a??[1m???\xef\xbf\xbd\xc3\xbc");
        prose = prose_start(buffer, sizeof(buffer));
        prose_name(&prose, (struct text){ "a\0b", 3 }, 100);
        ck_assert_str_eq(buffer, "a?b");
}
END_TEST

START_TEST(test_long_names_lose_their_middle)
{
        char buffer[64];
        struct prose prose = prose_start(buffer, sizeof(buffer));

        prose_name(&prose, TEXT("123456789"), 9);
        ck_assert_str_eq(buffer, "123456789");
        prose = prose_start(buffer, sizeof(buffer));
        prose_name(&prose, TEXT("1234567890"), 9);
        ck_assert_str_eq(buffer, "123...567890");
        /* never within a character */
        prose = prose_start(buffer, sizeof(buffer));
        prose_name(&prose, TEXT("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"), 9);
        ck_assert_str_eq(buffer, "\xc3\xbc\xc3\xbc...\xc3\xbc\xc3\xbc\xc3\xbc");
        prose = prose_start(buffer, sizeof(buffer));
        prose_name(&prose, TEXT("\x80\x80\x80\x80\x80\x80\x80\x80"), 3);
        ck_assert_uint_lt(prose.length, sizeof(buffer));
}
END_TEST

START_TEST(test_a_full_buffer_ends_with_a_whole_character)
{
        char buffer[6];
        struct prose prose = prose_start(buffer, sizeof(buffer));

        prose_name(&prose, TEXT("abcd\xc3\xbc"), 100);
        ck_assert_str_eq(buffer, "abcd");
        prose_add(&prose, TEXT("efgh"));
        ck_assert_str_eq(buffer, "abcde");
        prose_format(&prose, "%d", 7);
        ck_assert_str_eq(buffer, "abcde");
}
END_TEST

TEST_MAIN("utf8", CASE(test_pieces_of_bad_bytes), CASE(test_characters_have_their_number),
          CASE(test_names_are_made_safe), CASE(test_long_names_lose_their_middle),
          CASE(test_a_full_buffer_ends_with_a_whole_character))
