/* daemon/common/config_section.h: one section of the configuration while it is read: its keys, and what they mean together.
 *
 * Knows the tables of sections and keys; nothing of files, lines and libconfuse, which are config.c's. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

/* What the section that is being read has said so far. {0} at its beginning. */
struct config_section {
        uint64_t seen; /* bit i: key i of the table */
        bool enabled;
        char *path; /* of spool, cursor */
        struct config_socket socket;
        struct config_webhook webhook;
};

struct config_section_kind {
        const char *name;
        bool is_sink; /* the section has a title, and there may be several */
};

/* The kinds of sections, index from 0 on; NULL past the last. */
#define CONFIG_KINDS 5
const struct config_section_kind *config_section_kind(size_t index);

#define CONFIG_KEYS_MAX 32 /* of all sections; there are fewer */
/* Whether key index (as for config_key()) takes a list. */
bool config_key_is_list(size_t index);

/* Sets a key of a section of that kind. is_first: value is the first (or only) one after its '='. Returns 0, -ENOMEM,
 * or -EINVAL with a message that names the key, but never the value, in wrong. */
int config_section_set(struct config_section *section, const char *kind, const char *key, const char *value,
                       bool is_first, char wrong[static CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* The section ends: keys not set get their defaults, the whole is checked and put into config in the place of one of
 * the same kind and title. title is NULL but for sinks. section is empty then. Returns as config_section_set(). */
int config_section_end(struct config_section *section, const struct config_section_kind *kind, const char *title,
                       struct config *config, char wrong[static CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* Frees what the section holds, and empties it. */
void config_section_done(struct config_section *section);

/* A configuration as if every section but the sinks stood there empty. Returns 0 or -ENOMEM. */
int config_new(struct config **ret_config) __attribute__((warn_unused_result));
