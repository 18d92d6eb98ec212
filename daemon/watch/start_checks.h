/* daemon/watch/start_checks.h: what would make a watcher run that sees or delivers nothing, found at its start. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

/* Whether path is the kernel's log. A container may have another thing under that name: LXC links /dev/kmsg to its console. Returns 0;
 * -ENODEV: it is something else, and message says what, and what to do; -errno. */
int check_kernel_log(const char *path, char message[static CONFIG_ERROR_MAX]) __attribute__((warn_unused_result));

/* How many file descriptors the configuration needs at most. */
uint64_t descriptors_needed(const struct config *config);

/* Raises the limit on file descriptors as far as that is needed and allowed. Returns 0, or -EMFILE with the limit, which is too low, in
 * *ret_limit. */
int raise_descriptor_limit(uint64_t n_needed, uint64_t *ret_limit) __attribute__((warn_unused_result));
