/* daemon/common/config_parse.h: reads the configuration's files, and says what they hold, piece by piece.
 *
 * libconfuse 3.3 crashes when an allocation fails in its lexer or its tree, and its lexer ends the program when one of its
 * own does. So only a process that may end so calls this: see config_child.h. */

#pragma once

#include <stdbool.h>

#include "common/config.h"

/* Called for what was read and found right, in the order of the files. Each returns 0, or -errno, which ends the reading. */
struct config_listener {
        /* Arguments as of config_section_set(). */
        int (*key)(const char *kind, const char *key, const char *value, bool is_first, void *userdata);
        /* The keys since the last one were this section's. title: NULL for a kind that is not a sink. */
        int (*section_end)(const char *kind, const char *title, void *userdata);
        void *userdata;
};

/* Arguments and result as of config_load(), but what was read goes to the listener. */
int config_parse(const char *path, const struct config_listener *listener, char error[static CONFIG_ERROR_MAX])
        __attribute__((warn_unused_result));
