/* tests/tools/faults.c: a library for LD_PRELOAD that lets fsync(2) fail. The file that $OOMWATCH_FAULT_FSYNC names says how, at each
 * call: the number of an errno; "hang": it never returns; without the file it works. "FILE.hit" is made when that was done. */

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fsync(int fd)
{
        int (*real)(int fd) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
        const char *path = getenv("OOMWATCH_FAULT_FSYNC");
        FILE *file = path ? fopen(path, "re") : NULL;
        char word[16] = "", hit[4096];

        if (!file)
                return real(fd);
        if (!fgets(word, sizeof(word), file))
                word[0] = '\0';
        (void)fclose(file);
        (void)snprintf(hit, sizeof(hit), "%s.hit", path);
        file = fopen(hit, "we");
        if (file)
                (void)fclose(file);
        if (strncmp(word, "hang", 4) == 0)
                for (;;)
                        (void)pause();
        errno = atoi(word);
        return -1;
}
