/* tests/unit/location.h: a directory with logs in it, for the tests of what reads them. */

#pragma once

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
        char directory[64];
};

static inline void place_make(struct place *place)
{
        (void)snprintf(place->directory, sizeof(place->directory), "/tmp/oomwatch-test-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(place->directory));
        ck_assert_int_eq(chmod(place->directory, 0755), 0);
        ck_assert_int_eq(chdir(place->directory), 0);
}

static inline int place_forget(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        return remove(path);
}

static inline void place_remove(const struct place *place)
{
        ck_assert_int_eq(chdir("/"), 0);
        ck_assert_int_eq(nftw(place->directory, place_forget, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Names are relative to the directory, which is the current one. */
static inline void place_write(const char *name, const void *data, size_t length)
{
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
        ck_assert_int_eq(write(fd, data, length), (ssize_t)length);
        ck_assert_int_eq(close(fd), 0);
}

static inline void place_text(const char *name, const char *text)
{
        place_write(name, text, strlen(text));
}

__attribute__((format(printf, 1, 2))) static inline void place_run(const char *format, ...)
{
        char command[512];
        va_list arguments;

        va_start(arguments, format);
        ck_assert_int_lt(vsnprintf(command, sizeof(command), format, arguments), (int)sizeof(command));
        va_end(arguments);
        ck_assert_msg(system(command) == 0, "%s", command);
}
