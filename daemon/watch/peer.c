#include "watch/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "host/file.h"
#include "util/cleanup.h"

#ifndef SO_PEERGROUPS /* 4.13 */
#define SO_PEERGROUPS 59
#endif

/* More than a process can be in (NGROUPS_MAX). */
#define GROUPS_MAX 65536

static bool read_number(struct text text, gid_t *ret_group)
{
        uint64_t number;

        if (!text_eat_u64(&text, &number) || text.length > 0 || number >= (gid_t)-1)
                return false;
        *ret_group = (gid_t)number;
        return true;
}

/* "name:password:number:members" */
bool peer_group_find(struct text file, struct text name, gid_t *ret_group)
{
        if (name.length == 0)
                return false;
        if (read_number(name, ret_group))
                return true;
        while (file.length > 0) {
                struct text line = text_eat_until(&file, '\n'), number;

                (void)text_eat(&file, TEXT("\n"));
                if (!text_eat(&line, name) || !text_eat(&line, TEXT(":")))
                        continue;
                (void)text_eat_until(&line, ':');
                (void)text_eat(&line, TEXT(":"));
                number = text_eat_until(&line, ':');
                if (read_number(number, ret_group))
                        return true;
        }
        return false;
}

bool peer_group_load(const char *path, const char *name, gid_t *ret_group)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        _cleanup_(freep) char *data = NULL;
        struct stat status;
        ssize_t length = 0;

        if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
                size_t size =
                        (uint64_t)status.st_size < PEER_GROUP_FILE_MAX ? (size_t)status.st_size : PEER_GROUP_FILE_MAX;

                data = malloc(size + 1);
                length = data ? file_read_all(fd, data, size) : 0;
        }
        return peer_group_find((struct text){ data, length > 0 ? (size_t)length : 0 }, text_from(name), ret_group);
}

/* Whether the peer has the group among its supplementary ones. */
static bool is_member(int fd, gid_t group)
{
        gid_t some[64];
        _cleanup_(freep) gid_t *many = NULL;
        gid_t *groups = some;
        socklen_t size = sizeof(some);
        int r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, some, &size);

        if (r < 0 && errno == ERANGE && size <= GROUPS_MAX * sizeof(gid_t)) { /* size is what it takes */
                groups = many = malloc(size);
                r = many ? getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &size) : -1;
        }
        for (size_t i = 0; r == 0 && i < size / sizeof(gid_t); i++)
                if (groups[i] == group)
                        return true;
        return false; /* also where the kernel can't say: only the first group counts then */
}

int peer_read(int fd, const struct peer_policy *policy, struct peer *ret_peer)
{
        struct ucred ucred;
        socklen_t size = sizeof(ucred);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &size) < 0)
                return -errno;
        ret_peer->pid = ucred.pid;
        ret_peer->uid = ucred.uid;
        ret_peer->sees_all = ucred.uid == 0 || ucred.uid == policy->own_uid ||
                             (policy->has_group && (ucred.gid == policy->group || is_member(fd, policy->group)));
        return 0;
}
