/* lib/alert/cmdline.h */

#include "alert/cmdline.h"
#include "harness.h"

/* A string literal with its inner NULs. */
#define ARGUMENTS(literal) TEXT(literal)

static void shows(struct text arguments, bool is_cut, const char *pattern, const char *expected, size_t program_length)
{
        struct cmdline_patterns patterns = { &pattern, pattern != NULL };
        char buffer[256];
        size_t length = 77;
        struct text shown = cmdline_show(arguments, is_cut, &patterns, buffer, sizeof(buffer), &length);

        ck_assert(!pattern || !cmdline_check_pattern(pattern));
        ck_assert_msg(text_equal(shown, text_from(expected)), "%s: '%.*s', not '%s'", pattern ? pattern : "",
                      (int)shown.length, shown.data, expected);
        ck_assert_msg(length == program_length, "%s: the program is %zu bytes", expected, length);
}

START_TEST(test_arguments_are_joined)
{
        shows(ARGUMENTS(""), false, NULL, "", 0);
        shows(ARGUMENTS("ls"), false, NULL, "ls", 2);
        shows(ARGUMENTS("/bin/a b\0-c\0\0d e"), false, NULL, "/bin/a b -c  d e", 8);
        shows(ARGUMENTS("\0x"), false, NULL, " x", 0);
        /* A title over the arguments. */
        shows(ARGUMENTS("nginx: worker process"), false, NULL, "nginx: worker process", 6);
        shows(ARGUMENTS("chrome --key=1  --x"), false, "--key=*", "chrome --key=***  --x", 6);
}
END_TEST

START_TEST(test_what_matches_is_hidden)
{
        static const struct {
                struct text arguments;
                const char *pattern, *expected;
        } cases[] = {
                { TEXT("p\0--password=s3cret\0x"), "--password=*", "p --password=*** x" },
                { TEXT("p\0--password=\0x"), "--password=*", "p --password=*** x" },
                { TEXT("p\0--passwords=a\0--Password=a"), "--password=*", "p --passwords=a --Password=a" },
                { TEXT("p\0x--password=a"), "--password=*", "p x--password=a" },
                { TEXT("p\0postgres://joe:pw@db/x"), "*://*:*@*", "p ***://***:***@***" },
                { TEXT("p\0postgres://db/x"), "*://*:*@*", "p postgres://db/x" },
                { TEXT("sh\0-c\0mysql --password=a b"), "*--password=*", "sh -c ***--password=***" },
                { TEXT("p\0-pabc\0-q"), "-p*", "p -p*** -q" },
                { TEXT("p\0-pab\0-pabc"), "-p??", "p -p*** -pabc" },
                { TEXT("p\0a*b\0axb"), "a\\*?", "p a**** axb" },
                { TEXT("p\0--password\0s3cret\0x"), "--password *", "p --password *** x" },
                { TEXT("p\0--password\0--password\0x"), "--password *", "p --password *** ***" },
                { TEXT("p\0s3cret\0--password"), "--password *", "p s3cret --password" },
                { TEXT("p\0a\0b"), "? b", "p *** b" },
                { TEXT("s3cret"), "s*", "s***" },
                { TEXT("p\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), "*a*a*a*a*a*a*c", "p aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                shows(cases[i].arguments, false, cases[i].pattern, cases[i].expected, strcspn(cases[i].expected, " "));
}
END_TEST

/* The end that is missing may be what the pattern waits for. */
START_TEST(test_what_is_cut_and_might_match_is_hidden)
{
        shows(ARGUMENTS("p\0postgres://joe:p"), true, "*://*:*@*", "p ***://***:***@***", 1);
        shows(ARGUMENTS("p\0--password=s"), true, "--password=*!", "p --password=***!", 1);
        shows(ARGUMENTS("p\0--passwo"), true, "--password=*", "p --passwo", 1);
        shows(ARGUMENTS("p\0--password\0s3c"), true, "--password *x", "p --password ***x", 1);
        shows(ARGUMENTS("p\0a=b\0c"), true, "a=*c", "p a=b c", 1); /* another argument is cut */
}
END_TEST

START_TEST(test_the_first_pattern_that_matches_counts)
{
        const char *const list[] = { "--a=*", "*=b", "-p *" };
        struct cmdline_patterns patterns = { list, COUNT(list) };
        char buffer[64];
        size_t length;
        struct text shown =
                cmdline_show(TEXT("x\0--a=b\0c=b\0-p\0q=r"), false, &patterns, buffer, sizeof(buffer), &length);

        ck_assert(text_equal(shown, TEXT("x --a=*** ***=b -p ***")));
}
END_TEST

START_TEST(test_what_does_not_fit_is_left_out)
{
        const char *pattern = "-*";
        struct cmdline_patterns patterns = { &pattern, 1 };
        char buffer[8] = "xxxxxxx";
        size_t length;

        ck_assert(text_equal(cmdline_show(TEXT("ab\0-\0cd"), false, &patterns, buffer, 5, &length), TEXT("ab -*")));
        ck_assert_uint_eq(length, 2);
        ck_assert_int_eq(buffer[5], 'x');
        ck_assert(text_equal(cmdline_show(TEXT("abcdef"), false, &patterns, buffer, 5, &length), TEXT("abcde")));
        ck_assert_uint_eq(length, 5);
}
END_TEST

START_TEST(test_patterns_that_make_no_sense)
{
        static const char *const bad[] = { "", "a", " *", "* ", "a *  b", "a b *", "a b", "\\*", "a\\?" };
        static const char *const good[] = { "*", "?", "a *", "* a", "\\**", "*\\" };

        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_msg(cmdline_check_pattern(bad[i]), "'%s'", bad[i]);
        for (size_t i = 0; i < COUNT(good); i++)
                ck_assert_msg(!cmdline_check_pattern(good[i]), "'%s'", good[i]);
}
END_TEST

TEST_MAIN("cmdline", CASE(test_arguments_are_joined), CASE(test_what_matches_is_hidden),
          CASE(test_what_is_cut_and_might_match_is_hidden), CASE(test_the_first_pattern_that_matches_counts),
          CASE(test_what_does_not_fit_is_left_out), CASE(test_patterns_that_make_no_sense))
