/* daemon/common/config_value.h */

#include "common/config_value.h"

#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "harness.h"

START_TEST(test_durations)
{
        static const struct {
                const char *text;
                int64_t sec; /* -1: an error */
        } cases[] = {
                { "0", 0 },
                { "1", 1 },
                { "10s", 10 },
                { "5min", 300 },
                { "24h", 86400 },
                { "7d", 604800 },
                { "007s", 7 },
                { "", -1 },
                { "s", -1 },
                { "-1", -1 },
                { "+1", -1 },
                { "1.5h", -1 },
                { "1 s", -1 },
                { " 1s", -1 },
                { "1s ", -1 },
                { "1m", -1 },
                { "1S", -1 },
                { "1ms", -1 },
                { "1w", -1 },
                { "1h30min", -1 },
                { "0x10", -1 },
                { "infinity", -1 },
                { "3650000000d", 315360000000000 },
                { "106751991167300d", 9223372036854720000 },
                { "9223372036854775807", INT64_MAX },
                { "18446744073709551616", -1 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                int64_t sec = -1;
                const char *wrong = config_read_duration(cases[i].text, 0, INT64_MAX, &sec);

                ck_assert_int_eq(sec, cases[i].sec);
                ck_assert_msg(!wrong == (sec >= 0), "%s", cases[i].text);
        }
        for (int64_t sec = 9; sec <= 21; sec++) {
                int64_t got = -1;
                char text[16];

                (void)snprintf(text, sizeof(text), "%ds", (int)sec);
                ck_assert(!config_read_duration(text, 10, 20, &got) == (sec >= 10 && sec <= 20));
                ck_assert_int_eq(got, sec >= 10 && sec <= 20 ? sec : -1);
        }
        /* What doesn't fit a count of seconds is too long, not something short. */
        for (size_t i = 0; i < 2; i++) {
                int64_t got = -1;

                ck_assert_ptr_nonnull(
                        config_read_duration(i ? "9223372036854775808" : "213503982334602d", 0, 3600, &got));
                ck_assert_int_eq(got, -1);
        }
}
END_TEST

START_TEST(test_numbers_and_sizes)
{
        static const struct {
                const char *value;
                bool is_size;
                const char *wrong;
                uint64_t number;
        } cases[] = {
                { "10", false, NULL, 10 },
                { "99", false, NULL, 99 },
                { "9", false, "is too small", 0 },
                { "100", false, "is too large", 0 },
                { "", false, "must be a number", 0 },
                { "10K", false, "must be a number", 0 },
                { "-10", false, "must be a number", 0 },
                { "99999999999999999999", false, "must be a number", 0 },
                { "2K", true, NULL, 2048 },
                { "3M", true, NULL, 3 << 20 },
                { "4G", true, NULL, UINT64_C(4) << 30 },
                { "2048", true, NULL, 2048 },
                { "1023", true, "is too small", 0 },
                { "17179869183G", true, "is too large", 0 },
                { "99999999999G", true, "is too large", 0 },
                { "1T", true, "must be a size: a number and K, M or G", 0 },
                { "1MB", true, "must be a size: a number and K, M or G", 0 },
                { "M", true, "must be a size: a number and K, M or G", 0 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                uint64_t min = cases[i].is_size ? 1024 : 10, max = cases[i].is_size ? UINT64_C(4) << 30 : 99,
                         number = 0;
                const char *wrong = config_read_number(cases[i].value, cases[i].is_size, min, max, &number);

                ck_assert_msg(cases[i].wrong ? wrong && strcmp(wrong, cases[i].wrong) == 0 : !wrong, "'%s': %s",
                              cases[i].value, wrong ? wrong : "right");
                ck_assert_msg(number == cases[i].number, "'%s'", cases[i].value);
        }
}
END_TEST

START_TEST(test_urls)
{
        static const char *const good[] = {
                "http://h",
                "https://h/",
                "HTTPS://H.example:443/a?b=c#d",
                "http://127.0.0.1:1/",
                "http://[::1]",
                "http://[fe80::1%25eth0]:65535/x",
                "https://h?x=@y",
                "https://h/@",
                "http://h/\303\251",
        };
        static const char *const bad[] = {
                "",
                "h",
                "//h",
                "http:/h",
                "http://",
                "https:///path",
                "https://:80/",
                "https://?x",
                "https://h:/",
                "https://h:0/",
                "https://h:65536/",
                "https://h:8a/",
                "https://u@h/",
                "https://u:p@h/",
                "https://[::1/",
                "https://[]/",
                "https://[::1]x/",
                "https://h h/",
                "https://h/\n",
                "https://h/\177",
                "https://h\\x",
                "file:///etc",
                " http://h",
                "https://h, g/",
                "https://\303\251/",
                "ftp://h/",
                "httpx://h",
        };

        for (size_t i = 0; i < COUNT(good); i++)
                ck_assert_msg(!config_check_url(good[i]), "%s: %s", good[i], config_check_url(good[i]));
        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_msg(config_check_url(bad[i]), "%s", bad[i]);
        ck_assert_ptr_nonnull(config_check_url("socks5://h:1"));
        ck_assert_ptr_null(config_check_proxy("socks5://h:1"));
        ck_assert_ptr_null(config_check_proxy("http://h:3128"));
        ck_assert_ptr_nonnull(config_check_proxy("h:3128"));
        ck_assert_ptr_nonnull(config_check_proxy(""));
}
END_TEST

START_TEST(test_headers)
{
        static const char *const good[] = {
                "X: y", "X-Team: storage and more", "!#$%&'*+-.^_`|~9: a:b", "X: caf\303\251", "X: a\tb", "X:  y",
        };
        static const char *const bad[] = {
                "",
                "X",
                "X:",
                "X: ",
                "X:  \t",
                "X:y",
                ": y",
                "X : y",
                "X;",
                "X Y: z",
                "X: y\r",
                "X: y\nZ: z",
                "X: \177",
                "X\303\251: y",
                "(X): y",
                " X: y",
                "Content-Length: 0",
                "transfer-encoding: chunked",
                "Connection: close",
                "X: \001",
        };

        for (size_t i = 0; i < COUNT(good); i++)
                ck_assert_msg(!config_check_header(good[i]), "%s", good[i]);
        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_msg(config_check_header(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(test_names)
{
        static const char *const bad[] = { "", ".", "..", ".x", "a/b", "a b", "caf\303\251", "a\n", "rejected", "a*" };
        char name[CONFIG_NAME_MAX + 2];

        for (size_t i = 0; i < COUNT(bad); i++)
                ck_assert_msg(config_check_name(bad[i]), "%s", bad[i]);
        memset(name, 'a', sizeof(name));
        name[CONFIG_NAME_MAX] = '\0';
        ck_assert_ptr_null(config_check_name(name));
        name[CONFIG_NAME_MAX] = 'a';
        name[CONFIG_NAME_MAX + 1] = '\0';
        ck_assert_ptr_nonnull(config_check_name(name));
        ck_assert_ptr_null(config_check_name("A-z_0.9"));
        ck_assert_ptr_null(config_check_name("rejected2"));
}
END_TEST

TEST_MAIN("config_value", CASE(test_durations), CASE(test_numbers_and_sizes), CASE(test_urls), CASE(test_headers),
          CASE(test_names))
