/* tests/unit/harness.h: the main() of a unit test: a table of its cases, each in an empty directory of its own.
 *
 * That directory is the current one, so that cases use relative paths. It is removed after the case, whatever became of it. */

#pragma once

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

/* Ends a case that can't run here; tests/runner.py counts it as skipped, by name. (check appends "_fn" to a case's name.) */
#define SKIP(reason)                                                                                                   \
        do {                                                                                                           \
                (void)fprintf(stderr, "skipped %.*s: %s\n", (int)(strlen(__func__) - strlen("_fn")), __func__,         \
                              reason);                                                                                 \
                return;                                                                                                \
        } while (0)

/* --- the directory of the case -------------------------------------------------------------------------------------- */

/* Its absolute path. */
extern char scratch[64];

/* Makes or replaces a file. */
void scratch_write(const char *path, const void *data, size_t length);
void scratch_text(const char *path, const char *text);

/* Runs a shell command, which must succeed. */
void scratch_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- cases ---------------------------------------------------------------------------------------------------------- */

struct test_case {
        const char *name;
        const TTest *test;
};

#define CASE(function)                                                                                                 \
        {                                                                                                              \
#function, function                                                                                    \
        }

/* What is done around each case, in its process. A case that fails is not torn down: its process ends. */
struct case_fixture {
        void (*set_up)(void);
        void (*tear_down)(void);
        bool in_memory; /* the case makes thousands of files: its directory is in memory, if that can be */
};

/* Runs the cases (each in a process of its own, but under CK_FORK=no); returns what main() returns. fixture: NULL for none. */
int run_cases(const char *suite_name, const struct case_fixture *fixture, const struct test_case *cases, size_t count);

#define TEST_MAIN_WITH(suite_name, fixture, ...)                                                                       \
        int main(void)                                                                                                 \
        {                                                                                                              \
                const struct test_case cases[] = { __VA_ARGS__ };                                                      \
                return run_cases(suite_name, fixture, cases, COUNT(cases));                                            \
        }

#define TEST_MAIN(suite_name, ...) TEST_MAIN_WITH(suite_name, NULL, __VA_ARGS__)
