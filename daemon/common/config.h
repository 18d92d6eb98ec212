/* daemon/common/config.h: the configuration of both programs, read by libconfuse.
 *
 * One file and the drop-ins beside it; a section in a later file replaces the whole section of that name. Every key,
 * its unit and its default: the table in config_section.c, and config/oomwatchd.conf, which shows all of them.
 *
 * The language is libconfuse's without what it misreads (config_prepare.h): sections, `key = value`, strings in quotes
 * where they hold more than letters, digits and "_-.:/", `{"a", "b"}` for a list, comments from '#' on. Nothing is taken
 * from the environment, and no other file is included. libconfuse itself runs in a process of its own (config_child.h). */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_DEFAULT_PATH OOMWATCH_SYSCONFDIR "/oomwatchd/oomwatchd.conf"

#define CONFIG_FILE_MAX    (1024 * 1024) /* bytes of one file */
#define CONFIG_DROPINS_MAX 256
#define CONFIG_SINKS_MAX   64 /* sockets and webhooks together */
/* Bytes of a sink's name: letters, digits, '-', '_', '.', no '.' first, because it names a directory. */
#define CONFIG_NAME_MAX    64
#define CONFIG_HEADERS_MAX 32
#define CONFIG_REDACT_MAX  32
#define CONFIG_ERROR_MAX   512

/* How much of the victim's command line a sink gets. */
enum config_cmdline { CONFIG_CMDLINE_FULL, CONFIG_CMDLINE_PROGRAM, CONFIG_CMDLINE_NONE };
#define CONFIG_CMDLINES 3

enum config_socket_type { CONFIG_SOCKET_STREAM, CONFIG_SOCKET_DATAGRAM, CONFIG_SOCKET_SEQPACKET };

/* Which alerts a receiver gets first: new ones, or those that wait for it on disk. */
enum config_order { CONFIG_ORDER_FRESH_FIRST, CONFIG_ORDER_STRICT };

struct config_socket {
        char *name;
        char *path; /* absolute; shorter than sun_path */
        enum config_socket_type type;
        enum config_order order;
        int64_t max_age_sec;  /* older alerts are not sent; 0: no limit */
        int64_t coalesce_sec; /* the window of a digest: common/coalesce.h; 0: none */
        enum config_cmdline cmdline;
};

struct config_webhook {
        char *name;
        char *url;      /* http:// or https:// */
        char **headers; /* "Name: value" */
        size_t n_headers;
        char *token_file;               /* NULL: none */
        char *ca_file;                  /* NULL: the system's */
        char *client_cert, *client_key; /* PEM files; NULL: none */
        char *proxy;                    /* NULL: as the environment says */
        int64_t timeout_sec;            /* of one request */
        int64_t retry_for_sec;          /* since the alert was spooled; then it is rejected */
        int64_t max_age_sec;            /* older alerts are not sent; 0: no limit */
        int64_t coalesce_sec;           /* the window of a digest: common/coalesce.h; 0: none */
        enum config_cmdline cmdline;
        bool is_insecure; /* the token may go over http:// */
};

/* Whether one of its headers has that name, in any case. */
bool config_webhook_has_header(const struct config_webhook *webhook, const char *name);

struct config {
        bool is_journal_enabled;
        bool is_journal_configured; /* there is a section of it */
        enum config_cmdline journal_cmdline;
        char **redact; /* patterns of arguments that no sink gets: alert/cmdline.h */
        size_t n_redact;
        char *spool_path;         /* directory: one directory per sink below it */
        uint64_t spool_files_max; /* in each of these */
        uint64_t spool_bytes_max;
        char *cursor_path;  /* file */
        char *history_path; /* file */
        bool is_control_enabled;
        bool is_control_configured; /* there is a section of it */
        char *control_path;         /* absolute; shorter than sun_path */
        char *control_group;        /* a name, or a number; "": none */
        struct config_socket *sockets;
        size_t n_sockets;
        struct config_webhook *webhooks;
        size_t n_webhooks;
};

/* Waits for what it reads: the loop uses config_reload.h. Reads the file path, then "*.conf" in the directory beside it that
 * is named "<path without .conf>.conf.d", in the order of the names' bytes; names that begin with '.' are skipped. path NULL: CONFIG_DEFAULT_PATH, which need not exist. A sink's
 * section with `enabled = false` removes the sink of that name.
 *
 * Returns 0 and a config for config_free(). Otherwise *ret_config is untouched, and error has a message: -EINVAL, with
 * "file:line: message", or "file: message" where it isn't about a line; -errno where a file can't be read; -ENOMEM, also where memory
 * was short for the process that reads it. Messages name keys, never values: one may be a secret. */
int config_load(const char *path, struct config **ret_config, char error[static CONFIG_ERROR_MAX])
        __attribute__((warn_unused_result));

/* The exit status of a program that can't start for what config_load() returned: the files are wrong, or the machine is short of
 * something. */
int config_exit_status(int error);

/* Accepts NULL and half-made objects. Returns NULL. */
struct config *config_free(struct config *config);

/* A row of the table of keys, for checks of the documentation. */
struct config_key {
        const char *section, *name;
        const char *default_value; /* as in the file; NULL: none */
        bool is_reloadable;        /* SIGHUP applies a change; else a restart does */
        bool is_list;
};

/* Writes the key of number index, from 0 on. Returns false past the last, and leaves *ret_key alone. */
bool config_key(size_t index, struct config_key *ret_key);
