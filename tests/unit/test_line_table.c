/* lib/parse/line_table.h: what every row has to hold for those who read the table: line.c, logfile/search/. */

#include <stdio.h>

#include "harness.h"
#include "logfile/search/search.h"
#include "parse/line.h"

struct row {
        const char *words;
        size_t kind;
};

static const struct row rows[] = {
#define LINE(kind, anchor, words, parse, pieces, search) { words, OOM_LINE_##kind },
#define LINE_WORDS(kind, anchor, words, search)          { words, OOM_LINE_##kind },
#include "parse/line_table.h"
};

START_TEST(test_rows_are_sorted_by_their_first_byte)
{
        for (size_t i = 1; i < COUNT(rows); i++)
                ck_assert_msg(rows[i - 1].words[0] <= rows[i].words[0], "'%s' before '%s'", rows[i - 1].words,
                              rows[i].words);
}
END_TEST

START_TEST(test_every_kind_has_a_row)
{
        bool has_row[OOM_LINE_KIND_COUNT] = { [OOM_LINE_OTHER] = true };

        for (size_t i = 0; i < COUNT(rows); i++)
                has_row[rows[i].kind] = true;
#define LINE_AFTER(kind, words, mark, parse, pieces, search) has_row[OOM_LINE_##kind] = true;
#define LINE_ELSE(kind, anchor, parse, search)               has_row[OOM_LINE_##kind] = true;
#include "parse/line_table.h"
        for (size_t kind = 0; kind < OOM_LINE_KIND_COUNT; kind++)
                ck_assert_msg(has_row[kind], "kind %zu", kind);
}
END_TEST

/* Each backend has tables of its own for how words may begin: logfile/search/backends.h. */
static void check_is_found(struct text words)
{
        char log[512];
        int length = snprintf(log, sizeof(log), "%0200d%.*s%0200d", 0, (int)words.length, words.data, 0);
        struct text block = { log, (size_t)length };
        uint64_t newlines = 0;

        for (enum log_search_backend backend = 0; backend < LOG_SEARCH_BACKENDS; backend++)
                if (log_search_has(backend))
                        ck_assert_msg(log_search_by(backend, block, 0, LOG_SEARCH_TEXT, &newlines) == 200,
                                      "backend %d: %.*s", (int)backend, (int)words.length, words.data);
}

START_TEST(test_a_line_that_alone_means_an_incident_is_found_in_logs)
{
#define ALONE(before, words) check_is_found(TEXT(before words));
#include "killer/words.h"
#include "logfile/search/coats.h"
#include "parse/line_table.h"
}
END_TEST

TEST_MAIN("line_table", CASE(test_rows_are_sorted_by_their_first_byte), CASE(test_every_kind_has_a_row),
          CASE(test_a_line_that_alone_means_an_incident_is_found_in_logs))
