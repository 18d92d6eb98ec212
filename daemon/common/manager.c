#include "common/manager.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/text.h"

/* An abstract name has no terminator: its length is that of the address. */
static int set_address(const char *name, struct sockaddr_un *ret_address, socklen_t *ret_size)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(name);

        if ((name[0] != '/' && name[0] != '@') || length < 2)
                return -EAFNOSUPPORT;
        if (length >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, name, length);
        if (name[0] == '@')
                address.sun_path[0] = '\0';
        *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
        *ret_address = address;
        return 0;
}

int manager_notify(const char *state)
{
        const char *name = getenv("NOTIFY_SOCKET");
        _cleanup_(closep) int fd = -1;
        struct sockaddr_un address;
        socklen_t size;
        ssize_t sent;
        int r;

        if (!name)
                return 0;
        r = set_address(name, &address, &size);
        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        do
                sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&address,
                              size);
        while (sent < 0 && errno == EINTR);
        return sent < 0 ? -errno : 1;
}

/* The variables are inherited, but only the service itself is watched, not its children. */
static bool is_watched(void)
{
        struct text pid = text_from(getenv("WATCHDOG_PID"));
        uint64_t number;

        if (!pid.data)
                return true;
        return text_eat_u64(&pid, &number) && pid.length == 0 && number == (uint64_t)getpid();
}

uint64_t manager_watchdog_usec(void)
{
        struct text text = text_from(getenv("WATCHDOG_USEC"));
        uint64_t usec;

        /* the largest number means "never" */
        if (!text_eat_u64(&text, &usec) || text.length > 0 || usec == UINT64_MAX || !is_watched())
                return 0;
        return usec;
}
