#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define CASE_TIMEOUT_SEC 900 /* for one that hangs: it is not to be met by a machine with much else to do */

char scratch[64];
static const char *scratch_parent;
static int former_directory;

static void scratch_make(void)
{
        (void)snprintf(scratch, sizeof(scratch), "%s/oomwatch-test-XXXXXX", scratch_parent);
        ck_assert_ptr_nonnull(mkdtemp(scratch));
        ck_assert_int_eq(chmod(scratch, 0755), 0); /* some cases become another user */
        former_directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(former_directory, 0);
        ck_assert_int_eq(chdir(scratch), 0);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        return remove(path);
}

static void scratch_remove(void)
{
        ck_assert_int_eq(fchdir(former_directory), 0);
        (void)close(former_directory);
        if (nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
                (void)fprintf(stderr, "%s is left: %s\n", scratch, strerror(errno));
}

void scratch_write(const char *path, const void *data, size_t length)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
        ck_assert_int_eq(write(fd, data, length), (ssize_t)length);
        ck_assert_int_eq(close(fd), 0);
}

void scratch_text(const char *path, const char *text)
{
        scratch_write(path, text, strlen(text));
}

void scratch_run(const char *format, ...)
{
        char command[512];
        va_list arguments;
        int length;

        va_start(arguments, format);
        /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is; clang-tidy 14 sees that of the first in a file only */
        length = vsnprintf(command, sizeof(command), format, arguments);
        va_end(arguments);
        ck_assert_int_lt(length, (int)sizeof(command));
        ck_assert_msg(system(command) == 0, "%s", command); /* NOLINT(cert-env33-c): a line of a test, no one else's */
}

int run_cases(const char *suite_name, const struct case_fixture *fixture, const struct test_case *cases, size_t count)
{
        Suite *suite = suite_create(suite_name);
        SRunner *runner;
        int failed;

        scratch_parent = fixture && fixture->in_memory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        for (size_t i = 0; i < count; i++) {
                TCase *tcase = tcase_create(cases[i].name);

                /* Unchecked: in this process, which outlives a case that crashes. */
                tcase_add_unchecked_fixture(tcase, scratch_make, scratch_remove);
                if (fixture)
                        tcase_add_checked_fixture(tcase, fixture->set_up, fixture->tear_down);
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
