/* daemon/common/config_section.h: one section of the configuration while it is read: its keys, and checks over several keys. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

/* The section that is being read, as far as it has been. {0} at its beginning. */
struct config_section {
        uint64_t seen; /* bit i: key i of the table was set */
        bool is_enabled;
        char *path;                    /* of spool, cursor, history, control */
        char *group;                   /* of control */
        uint64_t files_max, bytes_max; /* of spool */
        enum config_cmdline cmdline;   /* of journal */
        char **redact;                 /* of privacy */
        size_t n_redact;
        struct config_socket socket;
        struct config_webhook webhook;
};

struct config_section_kind {
        const char *name;
        bool is_sink; /* the section has a title, and there may be several */
};

#define CONFIG_KINDS 8
extern const struct config_section_kind config_section_kinds[CONFIG_KINDS];

#define CONFIG_KEYS_MAX 40 /* of all sections together */

/* Sets a key of a section of that kind; value is copied. is_first: value is the first or only one after '=', not a later one
 * of a list. Returns 0, -ENOMEM, or -EINVAL with a message in wrong that names the key, but never the value. */
int config_section_set(struct config_section *section, const char *kind, const char *key, const char *value,
                       bool is_first, char wrong[static CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* Ends the section: keys that were not set get their defaults, the section is checked, and moved into config, where it
 * replaces one of the same kind and title. title is NULL for a kind that is not a sink. Empties *section on success. Returns
 * as config_section_set(). */
int config_section_end(struct config_section *section, const struct config_section_kind *kind, const char *title,
                       struct config *config, char wrong[static CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* Frees what *section owns, and empties it. */
void config_section_done(struct config_section *section);

/* Makes a configuration with all defaults and no sinks. Returns 0 or -ENOMEM. */
int config_new(struct config **ret_config) __attribute__((warn_unused_result));
