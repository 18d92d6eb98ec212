/* daemon/common/config_child.h: a process that reads the configuration's files, and its parent's side.
 *
 * What libconfuse does when memory is short (config_parse.h) ends that process and no other. It is a fork, so that the command line
 * tool and the tests read as the daemons do; of the parent it has nothing open but the pipe, and no signal reaches it. It may allocate
 * although other threads were running: glibc and musl have their allocators in order after a fork. A lock of theirs that isn't
 * (strerror() of an unknown number has one) would only let it hang, which the parent must expect anyhow: of a network's file system.
 *
 * Through the pipe come the keys and the ends of sections, and the parent makes the configuration of them by itself, with
 * config_section_set() and config_section_end(). */

#pragma once

#include <stdbool.h>

#include "common/config.h"

struct config_child;

/* Starts it. path as of config_load(); it must stay until the child is freed. is_waited_for: whether config_child_read() blocks. Returns
 * 0, or -errno with a message. */
int config_child_start(const char *path, bool is_waited_for, struct config_child **ret_child,
                       char error[static CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* To be polled for input. Owned by the child. */
int config_child_fd(const struct config_child *child);

/* Takes what has come. Returns whether that was all: the process is at its end. */
bool config_child_read(struct config_child *child) __attribute__((warn_unused_result));

/* Whether the process is gone. Doesn't block, unless the child was started to be waited for. */
bool config_child_is_gone(struct config_child *child);

/* After both of these: returns as config_load(), once. */
int config_child_take(struct config_child *child, struct config **ret_config, char error[static CONFIG_ERROR_MAX])
        __attribute__((warn_unused_result));

/* Kills the process. It is gone as soon as the kernel can end it. */
void config_child_kill(struct config_child *child);

/* Kills the process, if there still is one, and doesn't wait for it. Accepts NULL. Returns NULL. */
struct config_child *config_child_free(struct config_child *child);
