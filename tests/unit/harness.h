/* tests/unit/harness.h: the main() of a unit test: a table of its cases. */

#pragma once

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE_TIMEOUT_SEC 900 /* for one that hangs: it is not to be met by a machine with much else to do */

/* Ends a case that can't run here; tests/runner.py counts it as skipped, by name. (check appends "_fn" to a case's name.) */
#define SKIP(reason)                                                                                                   \
        do {                                                                                                           \
                (void)fprintf(stderr, "skipped %.*s: %s\n", (int)(strlen(__func__) - strlen("_fn")), __func__,         \
                              reason);                                                                                 \
                return;                                                                                                \
        } while (0)

struct test_case {
        const char *name;
        const TTest *test;
};

#define CASE(function)                                                                                                 \
        {                                                                                                              \
#function, function                                                                                    \
        }

/* Runs the cases (each in a process of its own, but under CK_FORK=no); returns what main() returns. */
static inline int run_cases(const char *suite_name, const struct test_case *cases, size_t count)
{
        Suite *suite = suite_create(suite_name);
        SRunner *runner;
        int failed;

        for (size_t i = 0; i < count; i++) {
                TCase *tcase = tcase_create(cases[i].name);

                tcase_add_test(tcase, cases[i].test);
                tcase_set_timeout(tcase, CASE_TIMEOUT_SEC);
                suite_add_tcase(suite, tcase);
        }
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN(suite_name, ...)                                                                                     \
        int main(void)                                                                                                 \
        {                                                                                                              \
                const struct test_case cases[] = { __VA_ARGS__ };                                                      \
                return run_cases(suite_name, cases, sizeof(cases) / sizeof(cases[0]));                                 \
        }
