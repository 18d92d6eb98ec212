/* tests/bench/pipe.c: from the write of a kill line to the alert's bytes at a receiver, beside a bare reader.
 *
 * usage: bench_pipe OOMWATCHD|forwarder DIRECTORY KILLS
 *
 * As latency.c, but the kill lines are written here, into pipes: one that oomwatchd reads (--kmsg), one that a thread reads
 * which does nothing but poll() and read(). No kernel decides when its log's readers are woken, no victim dies meanwhile,
 * and /proc isn't read: what is left is the way through the program, and the wake-ups on it. In pairs, at random
 * intervals, so that nothing is warm that would not be.
 *
 * Two rows. With both readers asleep in poll(), an alert has one wake-up more on its way than a line has to the bare reader,
 * and "forwarder" instead of oomwatchd shows what the least program needs: it reads the line, and sends about as many bytes
 * as an alert has. With the receiver awake (it asks again and again) what is left is the program's own part. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "rival.h"

#define BOUND_USEC   50.0
#define KILLS_MAX    100000
#define GAP_USEC_MIN 5000
#define GAP_USEC_MAX 50000
#define PATH_SIZE    256
#define DEADLINE_SEC 10

static int open_input(const char *directory, const char *name, int flags)
{
        char path[PATH_SIZE];
        int fd;

        (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (mkfifo(path, 0600) < 0 && errno != EEXIST)
                bench_die(path);
        fd = open(path, flags);
        if (fd < 0)
                bench_die(path);
        return fd;
}

static int listen_at(const char *directory)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/receiver", directory);
        (void)unlink(address.sun_path);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
                bench_die(address.sun_path);
        return fd;
}

static pid_t start_watcher(const char *oomwatchd, const char *directory)
{
        char config[PATH_SIZE], input[PATH_SIZE]; /* config: or the receiver's socket */
        FILE *file;
        pid_t pid;

        (void)snprintf(config, sizeof(config), "%s/pipe.conf", directory);
        (void)snprintf(input, sizeof(input), "%s/kmsg", directory);
        file = fopen(config, "we");
        if (!file ||
            fprintf(file,
                    "journal { enabled = false }\nspool { path = \"%s/spool\" }\nsocket \"b\" { path = \"%s/receiver\" "
                    "}\n",
                    directory, directory) < 0 ||
            fclose(file) != 0)
                bench_die(config);
        pid = fork();
        if (pid < 0)
                bench_die("fork");
        if (pid > 0)
                return pid;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (rival_label(oomwatchd)) {
                (void)snprintf(config, sizeof(config), "%s/receiver", directory);
                rival_run(oomwatchd, open_input(directory, "kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), config);
        }
        (void)execl(oomwatchd, oomwatchd, "-c", config, "--kmsg", input, "--stdout", "none", (char *)NULL);
        bench_die(oomwatchd);
}

/* A reader thread: when it had the first bytes of what was sent last. */
struct reader {
        int fd;
        bool is_awake; /* it doesn't sleep in poll() */
        int64_t seen_nsec;
        pthread_mutex_t lock;
        pthread_cond_t seen;
};

static void *read_loop(void *userdata)
{
        static _Thread_local char buffer[8192];
        struct reader *reader = userdata;
        struct pollfd poll_fd = { .fd = reader->fd, .events = POLLIN };

        for (;;) {
                ssize_t length;
                int64_t now_nsec;

                if (!__atomic_load_n(&reader->is_awake, __ATOMIC_RELAXED))
                        (void)poll(&poll_fd, 1, -1);
                length = read(reader->fd, buffer, sizeof(buffer));
                now_nsec = bench_mono_nsec();
                if (length < 0 && errno == EAGAIN)
                        continue;
                if (length <= 0)
                        return NULL; /* the watcher has ended */
                (void)pthread_mutex_lock(&reader->lock);
                reader->seen_nsec = now_nsec;
                (void)pthread_cond_signal(&reader->seen);
                (void)pthread_mutex_unlock(&reader->lock);
        }
}

static void start_reader(struct reader *reader, int fd)
{
        pthread_t thread;

        reader->fd = fd;
        errno = pthread_create(&thread, NULL, read_loop, reader);
        if (errno != 0 || (errno = pthread_detach(thread)) != 0)
                bench_die("pthread_create");
}

/* Microseconds from the write of the line into pipe to its arrival at reader. */
static double measure(int pipe, struct reader *reader, unsigned number)
{
        struct timespec pause = { .tv_nsec = (GAP_USEC_MIN + random() % (GAP_USEC_MAX - GAP_USEC_MIN)) * 1000 },
                        deadline;
        int64_t start_nsec;
        char line[256];
        int length = snprintf(
                line, sizeof(line),
                "3,%u,%u,-;Memory cgroup out of memory: Killed process %u (bench) total-vm:52364kB, anon-rss:50840kB, "
                "file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:140kB oom_score_adj:0\n",
                number, number * 1000, number);

        (void)nanosleep(&pause, NULL);
        reader->seen_nsec = 0;
        start_nsec = bench_mono_nsec();
        if (write(pipe, line, (size_t)length) != length)
                bench_die("write");
        (void)clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += DEADLINE_SEC;
        (void)pthread_mutex_lock(&reader->lock);
        while (reader->seen_nsec == 0)
                if (pthread_cond_timedwait(&reader->seen, &reader->lock, &deadline) != 0)
                        bench_die("nothing came");
        (void)pthread_mutex_unlock(&reader->lock);
        return (double)(reader->seen_nsec - start_nsec) / 1000;
}

static void show(const char *how, const char *sender, int bare_pipe, struct reader *bare, int kmsg_pipe,
                 struct reader *alerts, long count)
{
        double *ours = calloc((size_t)count, sizeof(double)), *rival = calloc((size_t)count, sizeof(double)),
               *later = calloc((size_t)count, sizeof(double)), median;
        bool is_forwarder = rival_label(sender);
        char name[128], compared[64];

        if (!ours || !rival || !later)
                bench_die("malloc");
        for (long i = 0; i < count; i++) {
                rival[i] = measure(bare_pipe, bare, (unsigned)i + 1);
                ours[i] = measure(kmsg_pipe, alerts, (unsigned)(count + i) + 2);
                later[i] = ours[i] - rival[i];
        }
        median = bench_quantile(later, (size_t)count, 0.5);
        (void)snprintf(name, sizeof(name), "write of a kill line to receiver, %s%s", how,
                       is_forwarder ? ", FORWARDER" : "");
        (void)snprintf(compared, sizeof(compared), "%+.1f", median);
        bench_row(name, "µs", bench_quantile(ours, (size_t)count, 0.5), bench_quantile(rival, (size_t)count, 0.5),
                  compared, is_forwarder ? "-" : "<= +50", is_forwarder ? -1 : median <= BOUND_USEC);
        free(ours);
        free(rival);
        free(later);
}

int main(int argc, char **argv)
{
        static struct reader bare = { .lock = PTHREAD_MUTEX_INITIALIZER, .seen = PTHREAD_COND_INITIALIZER },
                             alerts = { .lock = PTHREAD_MUTEX_INITIALIZER, .seen = PTHREAD_COND_INITIALIZER };
        long count = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
        int bare_pipe, kmsg_pipe, listener;
        pid_t watcher;

        if (count < 1 || count > KILLS_MAX) {
                fprintf(stderr, "usage: bench_pipe OOMWATCHD|forwarder DIRECTORY KILLS\n");
                return 2;
        }
        bare_pipe = open_input(argv[2], "bare", O_RDWR | O_CLOEXEC);
        kmsg_pipe = open_input(argv[2], "kmsg", O_RDWR | O_CLOEXEC);
        listener = listen_at(argv[2]);
        watcher = start_watcher(argv[1], argv[2]);
        start_reader(&alerts, accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
        start_reader(&bare, bare_pipe);
        show("both asleep", argv[1], bare_pipe, &bare, kmsg_pipe, &alerts, count);
        __atomic_store_n(&alerts.is_awake, true, __ATOMIC_RELAXED);
        (void)measure(kmsg_pipe, &alerts, (unsigned)count + 1); /* out of poll() */
        show("receiver awake", argv[1], bare_pipe, &bare, kmsg_pipe, &alerts, count);
        (void)kill(watcher, SIGTERM);
        (void)waitpid(watcher, NULL, 0);
        return EXIT_SUCCESS;
}
