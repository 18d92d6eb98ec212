/* tests/unit/config_place.h: a directory of the test's own, with a configuration file and drop-ins. */

#pragma once

#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/config.h"
#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct place {
        char directory[64];
        char file[128];
};

static inline struct place place_make(void)
{
        struct place place;

        (void)snprintf(place.directory, sizeof(place.directory), "/tmp/test_config.XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(place.directory));
        (void)snprintf(place.file, sizeof(place.file), "%s/a.conf", place.directory);
        return place;
}

static inline int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
        (void)status;
        (void)type;
        (void)ftw;
        return remove(path);
}

static inline void place_remove(const struct place *place)
{
        ck_assert_int_eq(nftw(place->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void write_bytes(const char *path, const char *bytes, size_t length)
{
        FILE *file = fopen(path, "we");

        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
        ck_assert_int_eq(fclose(file), 0);
}

static inline void write_text(const char *path, const char *text)
{
        write_bytes(path, text, strlen(text));
}

static inline void write_dropin(const struct place *place, const char *name, const char *text)
{
        char path[256];

        (void)snprintf(path, sizeof(path), "%s.d", place->file);
        ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
        (void)snprintf(path, sizeof(path), "%s.d/%s", place->file, name);
        write_text(path, text);
}

static inline struct config *load(const struct place *place)
{
        char error[CONFIG_ERROR_MAX] = "";
        struct config *config = NULL;
        int r = config_load(place->file, &config, error);

        ck_assert_msg(r == 0, "%s", error);
        ck_assert_str_eq(error, "");
        ck_assert_ptr_nonnull(config);
        return config;
}

static inline struct config *load_text(const struct place *place, const char *text)
{
        write_text(place->file, text);
        return load(place);
}

/* Loading fails with `<file><suffix>`; the result is untouched. */
static inline void fails(const struct place *place, const char *suffix, int expected)
{
        struct config *config = (struct config *)(uintptr_t)16;
        char error[CONFIG_ERROR_MAX] = "", message[CONFIG_ERROR_MAX + 64];
        int r = config_load(place->file, &config, error);

        (void)snprintf(message, sizeof(message), "%s%s", place->file, suffix);
        ck_assert_str_eq(error, message);
        ck_assert_int_eq(r, expected);
        ck_assert(config == (struct config *)(uintptr_t)16);
}

static inline void text_fails(const struct place *place, const char *text, const char *suffix)
{
        write_text(place->file, text);
        fails(place, suffix, -EINVAL);
}

/* What holds when no file says anything. */
static inline void has_defaults(const struct config *config)
{
        ck_assert(config->journal_enabled);
        ck_assert_str_eq(config->spool_path, OOMWATCH_STATEDIR "/spool");
        ck_assert_str_eq(config->cursor_path, OOMWATCH_RUNDIR "/cursor");
        ck_assert_uint_eq(config->n_sockets, 0);
        ck_assert_uint_eq(config->n_webhooks, 0);
}
