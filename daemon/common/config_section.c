/* daemon/common/config_section.c: the tables of sections and keys. A new key is a row here, the member that
 * it fills, and lines in config/oomwatchd.conf; a test compares the file with the table. */

#include "common/config_section.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alert/cmdline.h"
#include "common/config_value.h"
#include "util/array.h"
#include "util/cleanup.h"

#define MINUTE_SEC 60
#define DAY_SEC    86400

enum key_type {
        KEY_BOOLEAN,
        KEY_DURATION,
        KEY_TEXT,
        KEY_TEXTS,
        KEY_SOCKET_TYPE,
        KEY_CMDLINE,
        KEY_ORDER,
        KEY_FORMAT,
        KEY_COUNT,
        KEY_SIZE
};

struct key {
        struct config_key public;
        enum key_type type;
        size_t offset; /* in struct config_section */
        const char *(*check)(const char *value);
        int64_t min_sec, max_sec;
        uint64_t min, max;              /* of KEY_COUNT, KEY_SIZE */
        size_t count_offset, count_max; /* of KEY_TEXTS */
};

/* At the end: .check, or .min_sec and .max_sec, or .min and .max; of KEY_TEXTS also .count_offset and .count_max. */
#define KEY(section, name, default_value, is_reloadable, key_type, field, ...)                                         \
        {                                                                                                              \
                .public = { section, name, default_value, is_reloadable, (key_type) == KEY_TEXTS }, .type = key_type,  \
                .offset = offsetof(struct config_section, field), __VA_ARGS__                                          \
        }

/* Defaults are read as if they were in the file; NULL: none. */
static const struct key keys[] = {
        KEY("journal", "enabled", "true", true, KEY_BOOLEAN, is_enabled),
        KEY("journal", "cmdline", "full", true, KEY_CMDLINE, cmdline),
        KEY("privacy", "redact", NULL, true, KEY_TEXTS, redact, .check = cmdline_check_pattern,
            .count_offset = offsetof(struct config_section, n_redact), .count_max = CONFIG_REDACT_MAX),
        KEY("spool", "path", OOMWATCH_STATEDIR "/spool", false, KEY_TEXT, path, .check = config_check_directory),
        KEY("spool", "max_files", "100000", false, KEY_COUNT, files_max, .min = 10, .max = 1000000),
        KEY("spool", "max_size", "1G", false, KEY_SIZE, bytes_max, .min = 1024 * 1024, .max = UINT64_C(1) << 40),
        KEY("cursor", "path", OOMWATCH_RUNDIR "/cursor", false, KEY_TEXT, path, .check = config_check_file),
        KEY("history", "path", OOMWATCH_STATEDIR "/history", false, KEY_TEXT, path, .check = config_check_file),
        KEY("control", "enabled", "true", false, KEY_BOOLEAN, is_enabled),
        KEY("control", "path", OOMWATCH_RUNDIR "/control.sock", false, KEY_TEXT, path,
            .check = config_check_socket_path),
        KEY("control", "group", "oomwatchd", false, KEY_TEXT, group, .check = config_check_group),
        KEY("socket", "enabled", "true", true, KEY_BOOLEAN, is_enabled),
        KEY("socket", "path", NULL, true, KEY_TEXT, socket.path, .check = config_check_socket_path),
        KEY("socket", "type", "stream", true, KEY_SOCKET_TYPE, socket.type),
        KEY("socket", "order", "fresh-first", true, KEY_ORDER, socket.order),
        KEY("socket", "max_age", "0", true, KEY_DURATION, socket.max_age_sec, .max_sec = 365 * DAY_SEC),
        KEY("socket", "coalesce", "0", true, KEY_DURATION, socket.coalesce_sec, .max_sec = 60 * MINUTE_SEC),
        KEY("socket", "cmdline", "full", true, KEY_CMDLINE, socket.cmdline),
        KEY("webhook", "enabled", "true", true, KEY_BOOLEAN, is_enabled),
        KEY("webhook", "url", NULL, true, KEY_TEXT, webhook.url, .check = config_check_url),
        KEY("webhook", "format", "native", true, KEY_FORMAT, webhook), /* there is one format: nothing is stored */
        KEY("webhook", "header", NULL, true, KEY_TEXTS, webhook.headers, .check = config_check_header,
            .count_offset = offsetof(struct config_section, webhook.n_headers), .count_max = CONFIG_HEADERS_MAX),
        KEY("webhook", "token_file", NULL, true, KEY_TEXT, webhook.token_file, .check = config_check_file),
        KEY("webhook", "ca_file", NULL, true, KEY_TEXT, webhook.ca_file, .check = config_check_file),
        KEY("webhook", "client_cert", NULL, true, KEY_TEXT, webhook.client_cert, .check = config_check_file),
        KEY("webhook", "client_key", NULL, true, KEY_TEXT, webhook.client_key, .check = config_check_file),
        KEY("webhook", "proxy", NULL, true, KEY_TEXT, webhook.proxy, .check = config_check_proxy),
        KEY("webhook", "timeout", "10s", true, KEY_DURATION, webhook.timeout_sec, .min_sec = 1,
            .max_sec = 5 * MINUTE_SEC),
        KEY("webhook", "retry_for", "24h", true, KEY_DURATION, webhook.retry_for_sec, .min_sec = 1,
            .max_sec = 30 * DAY_SEC),
        KEY("webhook", "max_age", "0", true, KEY_DURATION, webhook.max_age_sec, .max_sec = 365 * DAY_SEC),
        KEY("webhook", "coalesce", "0", true, KEY_DURATION, webhook.coalesce_sec, .max_sec = 60 * MINUTE_SEC),
        KEY("webhook", "cmdline", "program", true, KEY_CMDLINE, webhook.cmdline),
        KEY("webhook", "insecure", "false", true, KEY_BOOLEAN, webhook.is_insecure),
};

#define KEYS (COUNT(keys))

_Static_assert(KEYS <= CONFIG_KEYS_MAX, "the room in config_parse.c, and a bit for each in config_section.seen");

const struct config_section_kind config_section_kinds[CONFIG_KINDS] = {
        { "journal", false }, { "privacy", false }, { "spool", false }, { "cursor", false },
        { "history", false }, { "control", false }, { "socket", true }, { "webhook", true },
};

bool config_key(size_t index, struct config_key *ret_key)
{
        if (index >= KEYS)
                return false;
        *ret_key = keys[index].public;
        return true;
}

/* --- release ------------------------------------------------------------------------------------------------------ */

static void free_texts(char **texts, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(texts[i]);
        free(texts);
}

static void socket_done(void *sink)
{
        struct config_socket *socket = sink;

        free(socket->name);
        free(socket->path);
        *socket = (struct config_socket){ 0 };
}

static void webhook_done(void *sink)
{
        struct config_webhook *webhook = sink;

        free(webhook->name);
        free(webhook->url);
        free_texts(webhook->headers, webhook->n_headers);
        free(webhook->token_file);
        free(webhook->ca_file);
        free(webhook->client_cert);
        free(webhook->client_key);
        free(webhook->proxy);
        *webhook = (struct config_webhook){ 0 };
}

void config_section_done(struct config_section *section)
{
        free(section->path);
        free(section->group);
        free_texts(section->redact, section->n_redact);
        socket_done(&section->socket);
        webhook_done(&section->webhook);
        *section = (struct config_section){ 0 };
}

/* --- a key -------------------------------------------------------------------------------------------------------- */

static const char *read_socket_type(const char *value, enum config_socket_type *ret_type)
{
        static const char *const names[] = {
                [CONFIG_SOCKET_STREAM] = "stream",
                [CONFIG_SOCKET_DATAGRAM] = "datagram",
                [CONFIG_SOCKET_SEQPACKET] = "seqpacket",
        };

        for (size_t i = 0; i < COUNT(names); i++)
                if (strcmp(value, names[i]) == 0) {
                        *ret_type = (enum config_socket_type)i;
                        return NULL;
                }
        return "must be stream, datagram or seqpacket";
}

static const char *read_cmdline(const char *value, enum config_cmdline *ret_cmdline)
{
        static const char *const names[CONFIG_CMDLINES] = {
                [CONFIG_CMDLINE_FULL] = "full",
                [CONFIG_CMDLINE_PROGRAM] = "program",
                [CONFIG_CMDLINE_NONE] = "none",
        };

        for (size_t i = 0; i < COUNT(names); i++)
                if (strcmp(value, names[i]) == 0) {
                        *ret_cmdline = (enum config_cmdline)i;
                        return NULL;
                }
        return "must be full, program or none";
}

static const char *read_order(const char *value, enum config_order *ret_order)
{
        bool is_strict = strcmp(value, "strict") == 0;

        if (!is_strict && strcmp(value, "fresh-first") != 0)
                return "must be strict or fresh-first";
        *ret_order = is_strict ? CONFIG_ORDER_STRICT : CONFIG_ORDER_FRESH_FIRST;
        return NULL;
}

/* Adds value to a list of count texts. */
static int add_text(char ***list, size_t *count, const char *value)
{
        char **texts = reallocarray(*list, *count + 1, sizeof(*texts));

        if (!texts)
                return -ENOMEM;
        *list = texts;
        texts[*count] = strdup(value);
        if (!texts[*count])
                return -ENOMEM;
        (*count)++;
        return 0;
}

/* Checks value and stores it in the key's member of section. Returns 0, -ENOMEM, or -EINVAL with *ret_wrong. */
static int key_read(const struct key *key, const char *value, struct config_section *section, const char **ret_wrong)
{
        void *field = (char *)section + key->offset;
        size_t *count = (size_t *)(void *)((char *)section + key->count_offset); /* of KEY_TEXTS */
        const char *wrong = NULL;

        if (strlen(value) > CONFIG_VALUE_MAX)
                wrong = "is too long";
        else if (key->check)
                wrong = key->check(value);
        else if (key->type == KEY_BOOLEAN)
                wrong = config_read_boolean(value, field);
        else if (key->type == KEY_DURATION)
                wrong = config_read_duration(value, key->min_sec, key->max_sec, field);
        else if (key->type == KEY_SOCKET_TYPE)
                wrong = read_socket_type(value, field);
        else if (key->type == KEY_CMDLINE)
                wrong = read_cmdline(value, field);
        else if (key->type == KEY_ORDER)
                wrong = read_order(value, field);
        else if (key->type == KEY_COUNT || key->type == KEY_SIZE)
                wrong = config_read_number(value, key->type == KEY_SIZE, key->min, key->max, field);
        else if (key->type == KEY_FORMAT && strcmp(value, "native") != 0)
                wrong = "must be native";
        if (!wrong && key->type == KEY_TEXTS && *count == key->count_max)
                wrong = "has too many values";
        if (wrong) {
                *ret_wrong = wrong;
                return -EINVAL;
        }
        if (key->type == KEY_TEXTS)
                return add_text(field, count, value);
        if (key->type == KEY_TEXT) {
                char **text = field;

                free(*text);
                *text = strdup(value);
                return *text ? 0 : -ENOMEM;
        }
        return 0;
}

int config_section_set(struct config_section *section, const char *kind, const char *name, const char *value,
                       bool is_first, char wrong[static CONFIG_ERROR_MAX])
{
        for (size_t i = 0; i < KEYS; i++) {
                const char *why = "";
                int r;

                if (strcmp(keys[i].public.section, kind) != 0 || strcmp(keys[i].public.name, name) != 0)
                        continue;
                if ((section->seen & UINT64_C(1) << i) && is_first) {
                        (void)snprintf(wrong, CONFIG_ERROR_MAX, "duplicate key '%s'", name);
                        return -EINVAL;
                }
                section->seen |= UINT64_C(1) << i;
                r = key_read(&keys[i], value, section, &why);
                if (r == -EINVAL)
                        (void)snprintf(wrong, CONFIG_ERROR_MAX, "%s %s", name, why);
                return r;
        }
        (void)snprintf(wrong, CONFIG_ERROR_MAX, "no such option '%s'", name);
        return -EINVAL;
}

/* --- the whole section -------------------------------------------------------------------------------------------- */

/* Gives the keys that were not set their defaults. */
static int fill_defaults(struct config_section *section, const char *name)
{
        for (size_t i = 0; i < KEYS; i++) {
                const char *wrong;
                int r;

                if ((section->seen & UINT64_C(1) << i) || !keys[i].public.default_value ||
                    strcmp(keys[i].public.section, name) != 0)
                        continue;
                r = key_read(&keys[i], keys[i].public.default_value, section, &wrong);
                if (r < 0)
                        return r;
        }
        return 0;
}

bool config_webhook_has_header(const struct config_webhook *webhook, const char *name)
{
        for (size_t i = 0; i < webhook->n_headers; i++)
                if (strncasecmp(webhook->headers[i], name, strlen(name)) == 0 &&
                    webhook->headers[i][strlen(name)] == ':')
                        return true;
        return false;
}

/* The sockets or the webhooks, so that functions do for both: both structures begin with the name. */
struct sinks {
        char *items; /* CONFIG_SINKS_MAX of them are allocated */
        size_t *n_items;
        size_t size;
        void *item; /* the section's own */
        void (*done)(void *sink);
};

_Static_assert(offsetof(struct config_socket, name) == 0 && offsetof(struct config_webhook, name) == 0,
               "sink_name() relies on it");

static struct sinks sinks_of(struct config *config, struct config_section *section, bool is_socket)
{
        if (is_socket)
                return (struct sinks){ (char *)config->sockets, &config->n_sockets, sizeof(struct config_socket),
                                       &section->socket, socket_done };
        return (struct sinks){ (char *)config->webhooks, &config->n_webhooks, sizeof(struct config_webhook),
                               &section->webhook, webhook_done };
}

static void *sink_at(const struct sinks *sinks, size_t at)
{
        return sinks->items + at * sinks->size;
}

/* Index of the sink of that name, or n_items. */
static size_t sink_find(const struct sinks *sinks, const char *name)
{
        size_t at = 0;

        while (at < *sinks->n_items && strcmp(*(char **)sink_at(sinks, at), name) != 0)
                at++;
        return at;
}

static void sink_remove(const struct sinks *sinks, size_t at)
{
        sinks->done(sink_at(sinks, at));
        (*sinks->n_items)--;
        memmove(sink_at(sinks, at), sink_at(sinks, at + 1), (*sinks->n_items - at) * sinks->size);
}

/* Moves the section's sink to index at, in the place of one there. */
static void sink_put(const struct sinks *sinks, size_t at)
{
        if (at == *sinks->n_items)
                (*sinks->n_items)++;
        else
                sinks->done(sink_at(sinks, at));
        memcpy(sink_at(sinks, at), sinks->item, sinks->size);
        memset(sinks->item, 0, sinks->size);
}

/* Whether somebody who listens on the way would have what the receiver knows the sender by. */
static bool has_bare_token(const struct config_webhook *webhook)
{
        return strncasecmp(webhook->url, "http://", strlen("http://")) == 0 &&
               (webhook->token_file || config_webhook_has_header(webhook, "Authorization"));
}

/* What is wrong with the sink's section as a whole, or NULL. */
static const char *sink_check(const struct config_section *section, bool is_socket)
{
        const struct config_webhook *webhook = &section->webhook;

        if (is_socket)
                return section->socket.path ? NULL : "path is missing";
        if (!webhook->url)
                return "url is missing";
        if (webhook->client_key && !webhook->client_cert)
                return "client_key without client_cert";
        if (webhook->token_file && config_webhook_has_header(webhook, "Authorization"))
                return "token_file and a header \"Authorization\"";
        if (has_bare_token(webhook) && !webhook->is_insecure)
                return "the token would go over http:// for anybody to read: use https://, or set insecure = true";
        return NULL;
}

static int end_sink(struct config_section *section, const struct config_section_kind *kind, const char *name,
                    struct config *config, char wrong[static CONFIG_ERROR_MAX])
{
        bool is_socket = strcmp(kind->name, "socket") == 0;
        struct sinks sinks = sinks_of(config, section, is_socket), others = sinks_of(config, section, !is_socket);
        size_t at = sink_find(&sinks, name);
        const char *why = config_check_name(name);

        if (why) {
                (void)snprintf(wrong, CONFIG_ERROR_MAX, "%s: %s", kind->name, why);
                return -EINVAL;
        }
        if (!section->is_enabled) {
                if (at < *sinks.n_items)
                        sink_remove(&sinks, at);
                return 0;
        }
        why = sink_check(section, is_socket);
        if (!why && sink_find(&others, name) < *others.n_items)
                why = is_socket ? "duplicate name: a webhook has it" : "duplicate name: a socket has it";
        if (!why && at == *sinks.n_items && *sinks.n_items + *others.n_items == CONFIG_SINKS_MAX)
                why = "too many sockets and webhooks";
        if (why) {
                (void)snprintf(wrong, CONFIG_ERROR_MAX, "%s \"%s\": %s", kind->name, name, why);
                return -EINVAL;
        }
        *(char **)sinks.item = strdup(name);
        if (!*(char **)sinks.item)
                return -ENOMEM;
        sink_put(&sinks, at);
        return 0;
}

/* A section that has a path. */
static void end_path(struct config_section *section, const char *kind, struct config *config)
{
        char **path = &config->cursor_path;

        if (strcmp(kind, "spool") == 0) {
                path = &config->spool_path;
                config->spool_files_max = section->files_max;
                config->spool_bytes_max = section->bytes_max;
        } else if (strcmp(kind, "history") == 0) {
                path = &config->history_path;
        } else if (strcmp(kind, "control") == 0) {
                path = &config->control_path;
                config->is_control_enabled = section->is_enabled;
                config->is_control_configured = true;
                free(config->control_group);
                config->control_group = take_pointer(section->group);
        }
        free(*path);
        *path = take_pointer(section->path);
}

int config_section_end(struct config_section *section, const struct config_section_kind *kind, const char *title,
                       struct config *config, char wrong[static CONFIG_ERROR_MAX])
{
        int r = fill_defaults(section, kind->name);

        if (r < 0)
                return r;
        if (title) {
                r = end_sink(section, kind, title, config, wrong);
        } else if (strcmp(kind->name, "journal") == 0) {
                config->is_journal_enabled = section->is_enabled;
                config->is_journal_configured = true;
                config->journal_cmdline = section->cmdline;
        } else if (strcmp(kind->name, "privacy") == 0) {
                free_texts(config->redact, config->n_redact);
                config->redact = take_pointer(section->redact);
                config->n_redact = section->n_redact;
                section->n_redact = 0;
        } else {
                end_path(section, kind->name, config);
        }
        config_section_done(section);
        return r;
}

/* --- the configuration -------------------------------------------------------------------------------------------- */

int config_new(struct config **ret_config)
{
        struct config *config = calloc(1, sizeof(*config));
        char wrong[CONFIG_ERROR_MAX];
        int r = -ENOMEM;

        if (config) {
                config->sockets = calloc(CONFIG_SINKS_MAX, sizeof(*config->sockets));
                config->webhooks = calloc(CONFIG_SINKS_MAX, sizeof(*config->webhooks));
                if (config->sockets && config->webhooks)
                        r = 0;
        }
        for (size_t i = 0; i < CONFIG_KINDS && r == 0; i++) {
                struct config_section section = { 0 };

                if (!config_section_kinds[i].is_sink)
                        r = config_section_end(&section, &config_section_kinds[i], NULL, config, wrong);
        }
        if (r < 0) {
                (void)config_free(config);
                return r;
        }
        config->is_journal_configured = config->is_control_configured = false; /* these were the defaults */
        *ret_config = config;
        return 0;
}

struct config *config_free(struct config *config)
{
        if (!config)
                return NULL;
        for (size_t i = 0; i < config->n_webhooks; i++)
                webhook_done(&config->webhooks[i]);
        free(config->webhooks);
        for (size_t i = 0; i < config->n_sockets; i++)
                socket_done(&config->sockets[i]);
        free(config->sockets);
        free_texts(config->redact, config->n_redact);
        free(config->control_group);
        free(config->control_path);
        free(config->history_path);
        free(config->cursor_path);
        free(config->spool_path);
        free(config);
        return NULL;
}
