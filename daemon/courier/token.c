#include "courier/token.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "host/file.h"
#include "util/cleanup.h"

static int check(char *token, size_t length)
{
        if (length > 0 && token[length - 1] == '\n')
                length--;
        if (length > 0 && token[length - 1] == '\r')
                length--;
        token[length] = '\0';
        if (length == 0)
                return -ENODATA;
        for (size_t i = 0; i < length; i++)
                if ((unsigned char)token[i] < 0x20 || token[i] == 0x7f)
                        return -EBADMSG;
        return 0;
}

int token_read(const char *path, char **ret_token)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_(freep) char *token = NULL;
        struct stat st;
        ssize_t length;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL; /* a pipe could be read only once */
        token = malloc(TOKEN_MAX + 2);
        if (!token)
                return -ENOMEM;
        length = file_read_all(fd, token, TOKEN_MAX + 1);
        if (length < 0)
                return (int)length;
        if (length > TOKEN_MAX)
                return -EFBIG;
        r = check(token, (size_t)length);
        if (r == 0)
                *ret_token = take_pointer(token);
        return r;
}

const char *token_error(int error)
{
        switch (error) {
        case -EINVAL:
                return "is not a regular file";
        case -EFBIG:
                return "is too long";
        case -ENODATA:
                return "is empty";
        case -EBADMSG:
                return "contains control characters";
        default:
                return strerror(-error);
        }
}
