#include "scan/temporary.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int scan_temporary(FILE **ret_file)
{
        FILE *file = tmpfile();
        int fd;

        if (!file) {
                fd = memfd_create("oomwatch", MFD_CLOEXEC);
                if (fd < 0)
                        return -errno;
                file = fdopen(fd, "w+");
                if (!file) {
                        int r = -errno;

                        (void)close(fd); /* empty */
                        return r;
                }
        }
        *ret_file = file;
        return 0;
}
