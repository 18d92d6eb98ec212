/* daemon/watch/peer.h: who is at the other end of a Unix socket, as the kernel says: the process that connected, whatever it claims. */

#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "util/text.h"

/* Bytes; the rest of a larger file of groups is not read. */
#define PEER_GROUP_FILE_MAX (1024 * 1024)

/* Who sees all: root, the user who runs this program, and the members of a group. */
struct peer_policy {
        uid_t own_uid;
        bool has_group;
        gid_t group;
};

struct peer {
        pid_t pid;
        uid_t uid;
        bool sees_all;
};

/* The number of a group, which may be given as such, in the text of a file in the form of group(5). Returns false where it isn't there. Other
 * sources (LDAP) are not asked: they may wait for a network. */
bool peer_group_find(struct text file, struct text name, gid_t *ret_group);
/* The same; path: "/etc/group". */
bool peer_group_load(const char *path, const char *name, gid_t *ret_group);

/* Reads the credentials of the process that connected to fd, as they were then. Returns 0 or -errno. */
int peer_read(int fd, const struct peer_policy *policy, struct peer *ret_peer) __attribute__((warn_unused_result));
