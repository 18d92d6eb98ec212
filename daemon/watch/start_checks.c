#include "watch/start_checks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/cleanup.h"

/* drivers/char/mem.c */
#define KMSG_MAJOR 1
#define KMSG_MINOR 11

/* What doesn't depend on the sinks, and what is open for a moment only: standard streams, log, loop, signals, lock, threads, journal,
 * files of /proc, configuration and spool. 25 were seen at once. */
#define DESCRIPTORS_BASE   48
#define DESCRIPTORS_SOCKET 2 /* the connection, and the directory of what waits */
#define DESCRIPTORS_SPOOL  1

int check_kernel_log(const char *path, char message[static CONFIG_ERROR_MAX])
{
        _cleanup_(freep) char *target = realpath(path, NULL);
        char kind[64] = "no device";
        struct stat status;

        if (!target || stat(target, &status) < 0)
                return -errno;
        if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(KMSG_MAJOR, KMSG_MINOR))
                return 0;
        if (S_ISCHR(status.st_mode))
                (void)snprintf(kind, sizeof(kind), "character device %u:%u", major(status.st_rdev),
                               minor(status.st_rdev));
        (void)snprintf(message, CONFIG_ERROR_MAX,
                       "%s is not the kernel's log (character device 1:11): %.128s is %s. In a container, run "
                       "oomwatchd on the "
                       "host, or pass the host's /dev/kmsg in (LXC: lxc.mount.entry = /dev/kmsg dev/kmsg none "
                       "bind,create=file)",
                       path, target, kind);
        return -ENODEV;
}

uint64_t descriptors_needed(const struct config *config)
{
        return DESCRIPTORS_BASE + config->n_sockets * DESCRIPTORS_SOCKET + config->n_webhooks * DESCRIPTORS_SPOOL;
}

int raise_descriptor_limit(uint64_t n_needed, uint64_t *ret_limit)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= n_needed)
                return 0;
        if (limit.rlim_max >= n_needed) {
                limit.rlim_cur = (rlim_t)n_needed;
                if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
                        return 0;
        }
        *ret_limit = limit.rlim_cur;
        return -EMFILE;
}
