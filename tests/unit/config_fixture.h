/* tests/unit/config_fixture.h: a configuration file with drop-ins, loaded or refused. */

#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/config.h"
#include "harness.h"

#define FILE_NAME "a.conf"

static inline void write_dropin(const char *name, const char *text)
{
        char path[256];

        ck_assert(mkdir(FILE_NAME ".d", 0755) == 0 || errno == EEXIST);
        (void)snprintf(path, sizeof(path), FILE_NAME ".d/%s", name);
        scratch_text(path, text);
}

static inline struct config *load(void)
{
        char error[CONFIG_ERROR_MAX] = "";
        struct config *config = NULL;
        int r = config_load(FILE_NAME, &config, error);

        ck_assert_msg(r == 0, "%s", error);
        ck_assert_str_eq(error, "");
        ck_assert_ptr_nonnull(config);
        return config;
}

static inline struct config *load_text(const char *text)
{
        scratch_text(FILE_NAME, text);
        return load();
}

/* Loading fails with `<file><suffix>`; the result is untouched. */
static inline void fails(const char *suffix, int expected)
{
        struct config *config = (struct config *)(uintptr_t)16;
        char error[CONFIG_ERROR_MAX] = "", message[CONFIG_ERROR_MAX + 64];
        int r = config_load(FILE_NAME, &config, error);

        (void)snprintf(message, sizeof(message), FILE_NAME "%s", suffix);
        ck_assert_str_eq(error, message);
        ck_assert_int_eq(r, expected);
        ck_assert(config == (struct config *)(uintptr_t)16);
}

static inline void text_fails(const char *text, const char *suffix)
{
        scratch_text(FILE_NAME, text);
        fails(suffix, -EINVAL);
}

/* What holds when no file says anything. */
static inline void has_defaults(const struct config *config)
{
        ck_assert(config->is_journal_enabled);
        ck_assert_str_eq(config->spool_path, OOMWATCH_STATEDIR "/spool");
        ck_assert_uint_eq(config->spool_files_max, 100000);
        ck_assert_uint_eq(config->spool_bytes_max, 1 << 30);
        ck_assert_str_eq(config->cursor_path, OOMWATCH_RUNDIR "/cursor");
        ck_assert_str_eq(config->history_path, OOMWATCH_STATEDIR "/history");
        ck_assert(config->is_control_enabled);
        ck_assert_str_eq(config->control_path, OOMWATCH_RUNDIR "/control.sock");
        ck_assert_str_eq(config->control_group, "oomwatchd");
        ck_assert_uint_eq(config->n_sockets, 0);
        ck_assert_uint_eq(config->n_webhooks, 0);
}
