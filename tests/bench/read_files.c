/* tests/bench/read_files.c: reads files from end to end, 1 MiB at a time, and does nothing with them: the least that any
 * program can need that looks at all of a log.
 *
 * usage: bench_read_files FILE-OR-DIRECTORY... */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define BLOCK ((size_t)1 << 20)
#define PAGE  ((size_t)4096)

static void read_file(int directory_fd, const char *name, char *buffer)
{
        int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
        ssize_t count;

        if (fd < 0)
                bench_die(name);
        do {
                count = read(fd, buffer, BLOCK);
        } while (count > 0);
        if (count < 0)
                bench_die(name);
        (void)close(fd); /* only read from */
}

int main(int argc, char **argv)
{
        /* The kernel copies a third faster to where a page begins. */
        char *buffer = aligned_alloc(PAGE, BLOCK);

        if (!buffer || argc < 2) {
                fprintf(stderr, "usage: bench_read_files FILE-OR-DIRECTORY...\n");
                return 2;
        }
        for (int i = 1; i < argc; i++) {
                DIR *directory = opendir(argv[i]);
                struct dirent *entry;

                if (!directory) {
                        read_file(AT_FDCWD, argv[i], buffer);
                        continue;
                }
                while ((entry = readdir(directory)))
                        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                                read_file(dirfd(directory), entry->d_name, buffer);
                (void)closedir(directory); /* only read from */
        }
        free(buffer);
        return EXIT_SUCCESS;
}
