/* tests/tools/flood.c: writes records of user space to /dev/kmsg at a steady rate, until it is killed or its standard input ends.
 *
 * usage: flood RECORDS_PER_SEC */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE "<14>flood: a line of a driver that prints as much as it can, and of usual length, some hundred bytes\n"

static double now_sec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
        struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
        double rate = argc == 2 ? strtod(argv[1], NULL) : 0, start = now_sec();
        unsigned long n_written = 0;
        int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

        if (rate <= 0 || fd < 0) {
                (void)fprintf(stderr, "usage: flood RECORDS_PER_SEC, by who may write to /dev/kmsg\n");
                return 2;
        }
        while (poll(&input, 1, 1) == 0) {
                double due = (now_sec() - start) * rate;

                /* What a busy machine kept it from writing is not made up for at once. */
                if (due > (double)n_written + rate / 20) {
                        start += (due - (double)n_written - rate / 20) / rate;
                        due = (double)n_written + rate / 20;
                }
                for (; (double)n_written < due; n_written++)
                        if (write(fd, LINE, strlen(LINE)) < 0)
                                return 1;
        }
        return 0;
}
