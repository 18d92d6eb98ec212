/* lib/util/rfc3339.h */

#include "harness.h"
#include "util/rfc3339.h"

START_TEST(test_times_are_written_in_utc)
{
        /* clang-format off */
        static const struct {
                int64_t usec;
                const char *text; /* NULL: can't be written */
        } rows[] = {
                { 0, "1970-01-01T00:00:00.000000Z" },
                { 951782399999999, "2000-02-28T23:59:59.999999Z" },
                { 951782400000000, "2000-02-29T00:00:00.000000Z" },
                { 951868800000000, "2000-03-01T00:00:00.000000Z" },
                { 4107542400000000, "2100-03-01T00:00:00.000000Z" },
                { 1735689599000001, "2024-12-31T23:59:59.000001Z" },
                { 253402300799999999, "9999-12-31T23:59:59.999999Z" },
                { 253402300800000000, NULL },
                { INT64_MAX, NULL },
                { -1, NULL },
                { INT64_MIN, NULL },
        };
        /* clang-format on */
        char time[RFC3339_SIZE];

        for (size_t i = 0; i < COUNT(rows); i++) {
                ck_assert_msg(rfc3339_format(rows[i].usec, time) == !!rows[i].text, "row %zu", i);
                if (rows[i].text)
                        ck_assert_str_eq(time, rows[i].text);
        }
}
END_TEST

TEST_MAIN("rfc3339", CASE(test_times_are_written_in_utc))
