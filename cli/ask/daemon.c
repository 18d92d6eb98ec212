#include "ask/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "util/cleanup.h"

static int connect_to(const char *path)
{
        const struct timeval timeout = { .tv_sec = DAEMON_TIMEOUT_SEC };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_(closep) int fd = -1;
        int r;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
                return -errno;
        do
                r = connect(fd, (const struct sockaddr *)&address, sizeof(address));
        while (r < 0 && errno == EINTR);
        return r < 0 ? -errno : take_fd(&fd);
}

static int send_all(int fd, const char *data, size_t length)
{
        while (length > 0) {
                ssize_t n = send(fd, data, length, MSG_NOSIGNAL);

                if (n < 0 && errno != EINTR)
                        return -errno;
                data += n > 0 ? n : 0;
                length -= n > 0 ? (size_t)n : 0;
        }
        return 0;
}

/* Up to the newline, which becomes the terminator. */
static int receive_line(int fd, char **ret_line)
{
        _cleanup_(freep) char *line = NULL;
        size_t length = 0, size = 0;

        for (;;) {
                char *newline;
                ssize_t n;

                if (length == size) {
                        char *larger;

                        size = size ? 2 * size : 16384;
                        larger = size <= DAEMON_ANSWER_MAX ? realloc(line, size) : NULL;
                        if (!larger)
                                return size <= DAEMON_ANSWER_MAX ? -ENOMEM : -EPROTO;
                        line = larger;
                }
                n = recv(fd, line + length, size - length, 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n == 0 || errno == ECONNRESET ? -EPROTO : -errno;
                newline = memchr(line + length, '\n', (size_t)n);
                length += (size_t)n;
                if (!newline)
                        continue;
                *newline = '\0';
                *ret_line = take_pointer(line);
                return 0;
        }
}

int daemon_ask(const char *path, const char *request, char **ret_answer)
{
        _cleanup_(closep) int fd = connect_to(path);
        int r = fd < 0 ? fd : send_all(fd, request, strlen(request));

        if (r == 0)
                r = send_all(fd, "\n", 1);
        /* One that refuses to serve has answered, and closed its end already. */
        return r == 0 || r == -EPIPE || r == -ECONNRESET ? receive_line(fd, ret_answer) : r;
}
