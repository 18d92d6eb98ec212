/* lib/logfile/envelope.h */

#include <stdio.h>

#include "harness.h"
#include "log_reading.h"
#include "logfile/envelope.h"

#define S "[    1.000000] "

static bool add_offered(const struct log_inner *inner, void *userdata)
{
        char *got = userdata;

        (void)sprintf(got + strlen(got), "[%.*s]", (int)inner->text.length, inner->text.data);
        return false;
}

START_TEST(test_fields_of_a_table)
{
        static const struct {
                const char *line, *fields; /* each in brackets */
        } cases[] = {
                { "a,b", "" }, /* no table of texts has no quotes */
                { "\"a\",\"b\"", "[a][b]" },
                { "\"a\",\"b\",c", "[a][b]" }, /* "c" may be a piece */
                { "\"a\", \"b\"", "" },        /* strings of a program's source */
                { "\"a\",", "" },
                { "a;b\t\"c\"", "[a][b][c]" },
                { "\"a, b\";c;", "[a, b][c]" },
                { "\"a \"\"b\"\"\";c;", "[a \"b\"][c]" },
                { "b;\"a", "[b][a]" },
                { "\"a\"b;c;", "[a][c]" },
                { "b;\"a\",", "[b][a]" },
                { "\"\"", "" },
                { "", "" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                char got[64] = "", buffer[64];

                ck_assert(!log_envelope_csv(text_from(cases[i].line), buffer, add_offered, got));
                ck_assert_str_eq(got, cases[i].fields);
        }
}
END_TEST

/* What is the kernel's text alone is taken where the text shows that, and with it later texts of the same label. */
START_TEST(test_text_alone_must_be_the_kernels)
{
        static const char log[] = S
                "a\n7,\"my program: Out of memory\"\n"
                "8,\"Out of memory: Killed process 1234 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB\"\n"
                "9,\"another line\"\n";
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

        read_all(reading, text_from(log));
        ck_assert_uint_eq(reading->count, 3);
        ck_assert_int_eq(reading->messages[1].form, LOG_FORM_ENVELOPE);
        ck_assert(text_starts(reading->messages[1].text, TEXT("Out of memory: Killed process 1234 (x) total-vm:4kB")));
        reading_free(reading);
}
END_TEST

TEST_MAIN("log_envelope", CASE(test_fields_of_a_table), CASE(test_text_alone_must_be_the_kernels))
