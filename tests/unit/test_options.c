/* daemon/common/options.h */

#include "common/options.h"
#include "harness.h"

#define ARGUMENTS_MAX 6

static const struct option_row rows[] = {
        { "config", 'c', true, 'c' }, { "check", '\0', false, 1 }, { "check-config", '\0', false, 2 },
        { "help", 'h', false, 'h' },  { NULL, '\0', false, 0 },
};

/* The first option of a command line, and the code of what comes after it. */
struct command_line {
        const char *arguments[ARGUMENTS_MAX];
        int code;
        const char *value; /* where code is OPTIONS_WRONG: the argument */
        int next;
};

static void expect(const struct command_line *line, size_t number)
{
        char *arguments[ARGUMENTS_MAX];
        struct options options = { .arguments = arguments };
        const char *value;
        int code;

        memcpy(arguments, line->arguments, sizeof(arguments));
        code = options_next(&options, rows);
        ck_assert_msg(code == line->code, "line %zu: code %d", number, code);
        if (code == OPTIONS_END)
                return;
        value = code == OPTIONS_WRONG ? options.wrong : options.value;
        if (line->value)
                ck_assert_str_eq(value, line->value);
        else
                ck_assert_ptr_null(value);
        if (code == OPTIONS_WRONG)
                return;
        code = options_next(&options, rows);
        ck_assert_msg(code == line->next, "line %zu: then %d", number, code);
}

START_TEST(test_command_lines)
{
        static const struct command_line lines[] = {
                { { NULL }, OPTIONS_END, NULL, 0 },
                { { "--" }, OPTIONS_END, NULL, 0 },
                { { "-c", "file" }, 'c', "file", OPTIONS_END },
                { { "-cfile", "--help" }, 'c', "file", 'h' },
                { { "-c", "--help" }, 'c', "--help", OPTIONS_END },
                { { "-c", "", "--" }, 'c', "", OPTIONS_END },
                { { "--config", "file", "-h" }, 'c', "file", 'h' },
                { { "--config=file", "-h" }, 'c', "file", 'h' },
                { { "--config=a=b" }, 'c', "a=b", OPTIONS_END },
                { { "--config=" }, 'c', "", OPTIONS_END },
                { { "--check", "--check-config" }, 1, NULL, 2 },
                { { "--check-config", "--check" }, 2, NULL, 1 },
                { { "-h", "file" }, 'h', NULL, OPTIONS_WRONG },
                { { "-h", "--", "-h" }, 'h', NULL, OPTIONS_WRONG },
                { { "-c" }, OPTIONS_WRONG, "-c", 0 },
                { { "--config" }, OPTIONS_WRONG, "--config", 0 },
                { { "--check=now" }, OPTIONS_WRONG, "--check=now", 0 },
                { { "--check-" }, OPTIONS_WRONG, "--check-", 0 },
                { { "--chec" }, OPTIONS_WRONG, "--chec", 0 },
                { { "--nonsense" }, OPTIONS_WRONG, "--nonsense", 0 },
                { { "-hx" }, OPTIONS_WRONG, "-hx", 0 },
                { { "-x" }, OPTIONS_WRONG, "-x", 0 },
                { { "-" }, OPTIONS_WRONG, "-", 0 },
                { { "" }, OPTIONS_WRONG, "", 0 },
                { { "file", "-h" }, OPTIONS_WRONG, "file", 0 },
        };

        for (size_t i = 0; i < COUNT(lines); i++)
                expect(&lines[i], i);
}
END_TEST

START_TEST(test_says_what_is_wrong)
{
        static const struct {
                const char *argument, *what;
        } cases[] = {
                { "--nonsense", "unknown option" },
                { "file", "unexpected argument" },
                { "-c", "requires an argument" },
                { "--check=no", "takes no argument" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char *arguments[2] = { (char *)(uintptr_t)cases[i].argument, NULL };
                struct options options = { .arguments = arguments };

                ck_assert_int_eq(options_next(&options, rows), OPTIONS_WRONG);
                ck_assert_str_eq(options.wrong_reason, cases[i].what);
        }
}
END_TEST

TEST_MAIN("options", CASE(test_command_lines), CASE(test_says_what_is_wrong))
