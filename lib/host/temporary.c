#include "host/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int temporary_open(void)
{
        const char *directory = getenv("TMPDIR"); /* nobody sets it while threads run */
        int fd = open(directory && *directory ? directory : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

        if (fd < 0)
                fd = memfd_create("oomwatch", MFD_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int temporary_stream(FILE **ret_stream)
{
        int fd = temporary_open(), r;
        FILE *stream;

        if (fd < 0)
                return fd;
        stream = fdopen(fd, "w+");
        if (!stream) {
                r = -errno;
                (void)close(fd); /* empty */
                return r;
        }
        *ret_stream = stream;
        return 0;
}
