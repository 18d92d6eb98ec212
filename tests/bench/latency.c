/* tests/bench/latency.c: from the kill line to the alert's bytes at a receiver, beside a bare reader of the kernel log.
 *
 * usage: bench_latency OOMWATCHD|forwarder|asker DIRECTORY MEMCG KILLS
 *
 * Makes real kills in the memory cgroup MEMCG (a directory; its limit is set), at random intervals. Each is observed twice:
 * by a thread that does nothing but poll() and read() on /dev/kmsg, and by one that waits for alerts at the socket that
 * the oomwatchd started here connects to. Shown is by how much the alert comes later, per kill, and the median of these.
 * Configuration, spool and socket are made in DIRECTORY. The rivals that run instead of it: rival.h.
 *
 * Processors that halt when idle take long to wake, virtual ones longer than all that is measured here. So they are asked
 * not to, for as long as this runs (/dev/cpu_dma_latency).
 *
 * On two processors the two readers and the end of the victim get in each other's way. So oomwatchd has a processor to itself,
 * the bare reader and the receiver have another, and the victims die on either in turn.
 *
 * Both readers sleep on the same queue of the kernel, which wakes them at a tick of its own choice; so one kill's
 * times compare, and times of different kills do not. Of a burst of kills the kernel prints most without their report: these
 * are a row of their own. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "kmsg/record.h"
#include "rival.h"
#include "util/text.h"

#define BOUND_USEC   50.0
#define KILLS_MAX    10000
#define VICTIM_BYTES ((size_t)64 * 1024 * 1024)
#define LINE_MAX     65536
/* The kernel prints 10 reports in 5 s: with the long gap each kill has its report, with the short one few have. */
#define GAP_USEC_MIN       5000
#define GAP_USEC_MAX       50000
#define GAP_LONG_USEC      600000
#define REPORTS_PART       5 /* one kill in so many is made after the long gap */
#define SEEN_DEADLINE_SEC  5
#define START_DEADLINE_SEC 10

/* One kill, as far as it was observed. */
struct kill {
        pid_t pid;
        int64_t stamp_usec; /* of the kill line */
        int64_t bare_nsec, alert_nsec;
        bool has_report;
};

/* What the readers found, for main(). */
struct bench {
        pthread_mutex_t lock;
        pthread_cond_t seen;
        struct kill now; /* bare_nsec, alert_nsec 0: not seen yet */
        bool report_open;
        int receiver;
};

/* ---- the readers -------------------------------------------------------------------------------------------------- */

static void note_bare(struct bench *bench, const struct kmsg_record *record, int64_t now_nsec)
{
        static const char killed[] = "Killed process ";
        ptrdiff_t at = text_find(record->text, text_from(killed), 0);
        struct text rest;
        uint64_t pid;

        if (record->facility != KMSG_FACILITY_KERNEL)
                return;
        (void)pthread_mutex_lock(&bench->lock);
        if (text_find(record->text, TEXT(" invoked oom-killer: "), 0) >= 0)
                bench->report_open = true;
        if (at >= 0) {
                rest = text_from_offset(record->text, (size_t)at + sizeof(killed) - 1);
                if (text_eat_u64(&rest, &pid) && (pid_t)pid == bench->now.pid && bench->now.bare_nsec == 0) {
                        bench->now.bare_nsec = now_nsec;
                        bench->now.stamp_usec = (int64_t)record->mono_usec;
                        bench->now.has_report = bench->report_open;
                        (void)pthread_cond_signal(&bench->seen);
                }
                bench->report_open = false;
        }
        (void)pthread_mutex_unlock(&bench->lock);
}

/* The rival. What is done with a record is done after its time was taken, and for kill lines alone. */
static void *read_bare(void *userdata)
{
        static char raw[KMSG_RECORD_MAX], unescaped[KMSG_RECORD_MAX];
        struct bench *bench = userdata;
        int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        struct kmsg_record record;

        if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
                bench_die("/dev/kmsg");
        for (;;) {
                ssize_t length = read(fd, raw, sizeof(raw));
                int64_t now_nsec;

                if (length < 0) {
                        if (errno == EAGAIN)
                                (void)poll(&poll_fd, 1, -1);
                        continue;
                }
                now_nsec = bench_mono_nsec();
                if ((memmem(raw, (size_t)length, "Killed process ", 15) ||
                     memmem(raw, (size_t)length, "oom-killer", 10)) &&
                    kmsg_record_decode((struct text){ raw, (size_t)length }, unescaped, &record) == 0)
                        note_bare(bench, &record, now_nsec);
        }
}

static void note_alert(struct bench *bench, struct text line, int64_t now_nsec)
{
        ptrdiff_t at = text_find(line, TEXT("\"victim\":{\"pid\":"), 0);
        struct text rest;
        uint64_t pid;

        if (at < 0)
                return;
        rest = text_from_offset(line, (size_t)at + strlen("\"victim\":{\"pid\":"));
        if (!text_eat_u64(&rest, &pid))
                return;
        (void)pthread_mutex_lock(&bench->lock);
        if ((pid_t)pid == bench->now.pid && bench->now.alert_nsec == 0) {
                bench->now.alert_nsec = now_nsec;
                (void)pthread_cond_signal(&bench->seen);
        }
        (void)pthread_mutex_unlock(&bench->lock);
}

static void *receive(void *userdata)
{
        static char lines[LINE_MAX];
        struct bench *bench = userdata;
        size_t filled = 0;

        for (;;) {
                ssize_t length = recv(bench->receiver, lines + filled, sizeof(lines) - filled, 0);
                int64_t now_nsec = bench_mono_nsec();
                char *newline;

                if (length <= 0)
                        return NULL; /* the watcher has ended: main() will miss an alert, or has done */
                filled += (size_t)length;
                while ((newline = memchr(lines, '\n', filled))) {
                        size_t taken = (size_t)(newline - lines) + 1;

                        note_alert(bench, (struct text){ lines, taken }, now_nsec);
                        filled -= taken;
                        memmove(lines, newline + 1, filled);
                }
                if (filled == sizeof(lines)) {
                        errno = EMSGSIZE;
                        bench_die("an alert");
                }
        }
}

/* Where there is no such device the figures have the processors' wake-up in them. */
static void keep_processors_awake(void)
{
        const int32_t latency_usec = 0;
        int fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC); /* it lasts until the end of this process */

        if (fd < 0 || write(fd, &latency_usec, sizeof(latency_usec)) != sizeof(latency_usec))
                fprintf(stderr, "bench_latency: /dev/cpu_dma_latency: %s\n", strerror(errno));
}

/* first: the bare reader's processor; else the watcher's. The same where there is only one. */
static void stay_on(bool first)
{
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(first ? 0 : (size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
        if (sched_setaffinity(0, sizeof(set), &set) < 0)
                bench_die("sched_setaffinity");
}

static void start_thread(void *(*function)(void *), void *userdata)
{
        pthread_t thread;

        errno = pthread_create(&thread, NULL, function, userdata);
        if (errno != 0 || (errno = pthread_detach(thread)) != 0)
                bench_die("pthread_create");
}

/* ---- kills ---------------------------------------------------------------------------------------------------------- */

static void write_file(int directory, const char *name, const char *text)
{
        int fd = openat(directory, name, O_WRONLY | O_CLOEXEC | O_CREAT, 0600);

        if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) < 0)
                bench_die(name);
}

static void __attribute__((noreturn)) be_victim(int memcg, bool first)
{
        char *memory;
        int fd;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        stay_on(first);
        fd = openat(memcg, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) != 1)
                _exit(EXIT_FAILURE);
        memory = mmap(NULL, VICTIM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED)
                memset(memory, 1, VICTIM_BYTES);
        _exit(EXIT_FAILURE);
}

static bool wait_until_seen(struct bench *bench)
{
        struct timespec deadline;
        int r = 0;

        (void)clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += SEEN_DEADLINE_SEC;
        (void)pthread_mutex_lock(&bench->lock);
        while (r == 0 && (bench->now.bare_nsec == 0 || bench->now.alert_nsec == 0))
                r = pthread_cond_timedwait(&bench->seen, &bench->lock, &deadline);
        (void)pthread_mutex_unlock(&bench->lock);
        return r == 0;
}

static void make_kill(struct bench *bench, int memcg, bool first, struct kill *ret_kill)
{
        int status;
        pid_t pid;

        (void)pthread_mutex_lock(&bench->lock); /* the pid is known before anybody can see its kill line */
        pid = fork();
        if (pid == 0)
                be_victim(memcg, first);
        bench->now = (struct kill){ .pid = pid };
        (void)pthread_mutex_unlock(&bench->lock);
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
                bench_die("fork");
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
                errno = ECHILD;
                bench_die("the victim was not killed");
        }
        if (!wait_until_seen(bench)) {
                fprintf(stderr, "bench_latency: pid %d: %s\n", (int)pid,
                        bench->now.bare_nsec ? "no alert came" : "no kill line came");
                exit(EXIT_FAILURE);
        }
        *ret_kill = bench->now;
}

static void pause_usec(long usec)
{
        struct timespec pause = { usec / 1000000, usec % 1000000 * 1000 };

        (void)nanosleep(&pause, NULL);
}

/* ---- the watcher ------------------------------------------------------------------------------------------------------ */

static void configure(const char *directory)
{
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char config[8192];

        if (fd < 0)
                bench_die(directory);
        (void)snprintf(config, sizeof(config),
                       "journal { enabled = true }\nspool { path = \"%s/spool\" }\ncursor { path = \"%s/cursor\" }\n"
                       "socket \"bench\" { path = \"%s/socket\" }\n"
                       "webhook \"nobody\" { url = \"https://localhost/\" }\n",
                       directory, directory, directory);
        write_file(fd, "latency.conf", config);
        (void)close(fd);
}

static pid_t start_watcher(const char *oomwatchd, const char *directory)
{
        char config[4096]; /* or the socket */
        pid_t pid;

        (void)snprintf(config, sizeof(config), "%s/latency.conf", directory);
        pid = fork();
        if (pid < 0)
                bench_die("fork");
        if (pid > 0)
                return pid;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        stay_on(false);
        if (rival_label(oomwatchd)) {
                int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

                (void)snprintf(config, sizeof(config), "%s/socket", directory);
                if (log < 0 || lseek(log, 0, SEEK_END) < 0)
                        bench_die("/dev/kmsg");
                rival_run(oomwatchd, log, config);
        }
        (void)execl(oomwatchd, oomwatchd, "-c", config, "--from", "now", "--stdout", "none", (char *)NULL);
        bench_die(oomwatchd);
}

static int listen_at(const char *directory)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/socket", directory);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
                bench_die(address.sun_path);
        return fd;
}

static int accept_watcher(int fd)
{
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        int receiver;

        if (poll(&poll_fd, 1, START_DEADLINE_SEC * 1000) != 1)
                bench_die("oomwatchd does not connect");
        receiver = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (receiver < 0)
                bench_die("accept");
        return receiver;
}

/* ---- the rows ------------------------------------------------------------------------------------------------------ */

/* CLOCK_MONOTONIC minus the kernel log's stamp, measured by a record that we write. */
static int64_t clock_offset_usec(void)
{
        static const char text[] = "<14>bench_latency: what time is it\n";
        char raw[KMSG_RECORD_MAX], unescaped[KMSG_RECORD_MAX];
        int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        struct kmsg_record record;
        ssize_t length;
        int64_t now_usec;

        if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
                bench_die("/dev/kmsg");
        now_usec = bench_mono_nsec() / 1000;
        if (write(fd, text, sizeof(text) - 1) < 0)
                bench_die("/dev/kmsg");
        while ((length = read(fd, raw, sizeof(raw))) > 0 || poll(&poll_fd, 1, 1000) == 1) {
                if (length > 0 && memmem(raw, (size_t)length, text + 4, sizeof(text) - 6) &&
                    kmsg_record_decode((struct text){ raw, (size_t)length }, unescaped, &record) == 0) {
                        (void)close(fd);
                        return now_usec - (int64_t)record.mono_usec;
                }
        }
        bench_die("/dev/kmsg");
}

/* sent_by: a rival, which has no bound; NULL: the watcher */
static void show(const char *name, const char *sent_by, const struct kill *kills, size_t count, bool has_report,
                 int64_t offset_usec)
{
        double *ours = malloc(count * sizeof(*ours)), *rival = malloc(count * sizeof(*rival)),
               *later = malloc(count * sizeof(*later));
        char label[128], compared[64];
        double median;
        size_t n = 0;

        if (!ours || !rival || !later)
                bench_die("malloc");
        for (size_t i = 0; i < count; i++) {
                int64_t stamp_nsec = (kills[i].stamp_usec + offset_usec) * 1000;

                if (kills[i].has_report != has_report)
                        continue;
                ours[n] = (double)(kills[i].alert_nsec - stamp_nsec) / 1000;
                rival[n] = (double)(kills[i].bare_nsec - stamp_nsec) / 1000;
                later[n++] = (double)(kills[i].alert_nsec - kills[i].bare_nsec) / 1000;
        }
        if (n > 0) {
                median = bench_quantile(later, n, 0.5);
                (void)snprintf(label, sizeof(label), "kill line to receiver, %s%s%s (%zu kills, p10 %+.0f, p90 %+.0f)",
                               name, sent_by ? ", " : "", sent_by ? sent_by : "", n, later[(size_t)((double)n * 0.1)],
                               bench_quantile(later, n, 0.9));
                (void)snprintf(compared, sizeof(compared), "%+.1f", median);
                bench_row(label, "µs", bench_quantile(ours, n, 0.5), bench_quantile(rival, n, 0.5), compared,
                          sent_by ? "-" : "<= +50", sent_by ? -1 : median <= BOUND_USEC);
        }
        free(ours);
        free(rival);
        free(later);
}

int main(int argc, char **argv)
{
        struct bench bench = { .lock = PTHREAD_MUTEX_INITIALIZER, .seen = PTHREAD_COND_INITIALIZER };
        long count = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
        int64_t offset_usec;
        struct kill *kills;
        int memcg, listener;
        pid_t watcher;

        if (count < 1 || count > KILLS_MAX) {
                fprintf(stderr, "usage: bench_latency OOMWATCHD|forwarder|asker DIRECTORY MEMCG KILLS\n");
                return 2;
        }
        memcg = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        kills = calloc((size_t)count, sizeof(*kills));
        if (memcg < 0 || !kills)
                bench_die(argv[3]);
        keep_processors_awake();
        stay_on(true);
        configure(argv[2]);
        listener = listen_at(argv[2]);
        watcher = start_watcher(argv[1], argv[2]);
        bench.receiver = accept_watcher(listener);
        offset_usec = clock_offset_usec();
        start_thread(read_bare, &bench);
        start_thread(receive, &bench);
        for (long i = 0; i < count; i++) {
                pause_usec(i % REPORTS_PART == 0 ? GAP_LONG_USEC
                                                 : GAP_USEC_MIN + random() % (GAP_USEC_MAX - GAP_USEC_MIN));
                make_kill(&bench, memcg, i % 2 == 0, &kills[i]);
        }
        (void)kill(watcher, SIGTERM);
        (void)waitpid(watcher, NULL, 0);
        show("bare kill lines", rival_label(argv[1]), kills, (size_t)count, false, offset_usec);
        show("with their reports", rival_label(argv[1]), kills, (size_t)count, true, offset_usec);
        return EXIT_SUCCESS;
}
