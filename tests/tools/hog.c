/* tests/tools/hog.c: a process that is killed for lack of memory.
 *
 *         hog PROCS [COMM_HEX [MIB]]
 *
 * Joins the cgroup whose file PROCS is (cgroup.procs), takes the name whose bytes are COMM_HEX (at most 15, none of them
 * NUL), and touches memory until the kernel kills it. Refuses to run where the cgroup sets no limit of at most 1 GiB.
 *
 * With MIB it touches that much, writes a byte, and waits for one; for each that it reads it touches MORE and writes a byte
 * again. It ends where its standard input does. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BLOCK (1024 * 1024)
#define LIMIT (1024 * 1024 * 1024ULL)
#define MORE  16 /* blocks */

static int fail(const char *what)
{
        fprintf(stderr, "hog: %s: %s\n", what, strerror(errno));
        return EXIT_FAILURE;
}

/* The limit of the cgroup; ULLONG_MAX: none. */
static unsigned long long limit_of(const char *procs)
{
        static const char *const files[] = { "memory.max", "memory.limit_in_bytes" };
        size_t length = strlen(procs) - strlen("cgroup.procs");
        unsigned long long limit = ULLONG_MAX;

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char path[PATH_MAX];
                FILE *file;

                if (snprintf(path, sizeof(path), "%.*s%s", (int)length, procs, files[i]) >= (int)sizeof(path))
                        continue;
                file = fopen(path, "re");
                if (!file)
                        continue;
                if (fscanf(file, "%llu", &limit) != 1) /* "max" */
                        limit = ULLONG_MAX;
                (void)fclose(file); /* only read from */
        }
        return limit;
}

static void take_name(const char *hex)
{
        char name[16] = "";

        for (size_t i = 0; i < 15 && hex[2 * i] && hex[2 * i + 1]; i++) {
                char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

                name[i] = (char)strtoul(digits, NULL, 16);
        }
        (void)prctl(PR_SET_NAME, name); /* never fails */
}

static int touch(void)
{
        char *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (block == MAP_FAILED)
                return fail("mmap");
        memset(block, 1, BLOCK);
        return EXIT_SUCCESS;
}

static int hold(unsigned long blocks)
{
        char byte = '.';

        do {
                for (unsigned long i = 0; i < blocks; i++)
                        if (touch() != EXIT_SUCCESS)
                                return EXIT_FAILURE;
                if (write(STDOUT_FILENO, &byte, 1) != 1)
                        return fail("standard output");
                blocks = MORE;
        } while (read(STDIN_FILENO, &byte, 1) == 1);
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        int fd;

        if (argc < 2 || argc > 4) {
                fputs("usage: hog PROCS [COMM_HEX [MIB]]\n", stderr);
                return 2;
        }
        if (limit_of(argv[1]) > LIMIT) {
                fputs("hog: the cgroup has no limit\n", stderr);
                return 2;
        }
        fd = open(argv[1], O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) != 1 || close(fd) < 0)
                return fail(argv[1]);
        if (argc >= 3)
                take_name(argv[2]);
        if (argc == 4)
                return hold(strtoul(argv[3], NULL, 10));
        while (touch() == EXIT_SUCCESS)
                ;
        return EXIT_FAILURE;
}
