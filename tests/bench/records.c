/* tests/bench/records.c: what an irrelevant record of the kernel log costs, in processor time.
 *
 * usage: bench_records PAIRS [PID]
 *
 * The ring is filled with records of the kernel (a network namespace of our own, where "lo" goes in and out of
 * promiscuous mode: nothing else prints so much and does so little), then with records of user space, which are refused.
 * Each time it is read over and over: by read() alone, and by what oomwatchd reads it with (kmsg_source, record, parser
 * on an event loop). With PID, a running oomwatchd is measured too while the kernel prints, beside a reader that does
 * nothing but poll() and read(). */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "parse/parser.h"
#include "watch/kmsg_source.h"

#define BOUND 1.3
/* More than a ring of 128 KiB holds, the smallest that distributions configure. */
#define FILL_RECORDS 4096
/* The kernel lets a descriptor write 10 records in 5 s (kernel.printk_devkmsg=ratelimit). */
#define USER_RECORDS_PER_OPEN 10

#define LIVE_ROUNDS            15
#define LIVE_BURSTS            60
#define LIVE_RECORDS_PER_BURST 10
#define LIVE_PAUSE_NSEC        (5 * 1000 * 1000)

/* ---- records ------------------------------------------------------------------------------------------------------- */

/* Alone in a network namespace, with its "lo". */
static int open_network(void)
{
        int fd;

        if (unshare(CLONE_NEWNET) < 0)
                bench_die("a network namespace can't be made");
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                bench_die("socket");
        return fd;
}

/* One record each: "lo: entered promiscuous mode", "lo: left promiscuous mode". */
static void print_kernel(int network_fd, unsigned count)
{
        struct ifreq request = { .ifr_name = "lo" };

        while (count--) {
                if (ioctl(network_fd, SIOCGIFFLAGS, &request) < 0)
                        bench_die("SIOCGIFFLAGS");
                request.ifr_flags = (short)(request.ifr_flags ^ IFF_PROMISC);
                if (ioctl(network_fd, SIOCSIFFLAGS, &request) < 0)
                        bench_die("SIOCSIFFLAGS");
        }
}

static void print_user(unsigned count)
{
        static const char text[] = "<14>bench_records: a record of user space\n";
        int fd = -1;

        for (unsigned i = 0; i < count; i++) {
                if (i % USER_RECORDS_PER_OPEN == 0) {
                        if (fd >= 0)
                                (void)close(fd);
                        fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
                        if (fd < 0)
                                bench_die("/dev/kmsg");
                }
                if (write(fd, text, sizeof(text) - 1) < 0)
                        bench_die("/dev/kmsg");
        }
        if (fd >= 0)
                (void)close(fd);
}

/* ---- the ring, over and over ------------------------------------------------------------------------------------------ */

static int open_ring(void)
{
        int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

        if (fd < 0)
                bench_die("/dev/kmsg");
        return fd;
}

/* Reads to the end; processor time per record. *ret_last_seq: of the last one. */
static double read_bare(uint64_t *ret_last_seq)
{
        static char buffer[KMSG_RECORD_MAX];
        int64_t start = bench_cpu_nsec(), end;
        uint64_t count = 0;
        int fd = open_ring();
        char *comma;

        for (;;) {
                ssize_t length = read(fd, buffer, sizeof(buffer));

                if (length > 0)
                        count++;
                else if (errno == EAGAIN)
                        break;
                else if (errno != EPIPE)
                        bench_die("/dev/kmsg");
        }
        (void)close(fd);
        end = bench_cpu_nsec();
        comma = strchr(buffer, ',');
        if (!comma || count == 0) {
                errno = ENODATA;
                bench_die("/dev/kmsg");
        }
        *ret_last_seq = strtoull(comma + 1, NULL, 10);
        return (double)(end - start) / (double)count;
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        (void)incident;
        (void)userdata;
}

static void on_record(const struct kmsg_record *record, bool is_live, void *userdata)
{
        (void)is_live;
        oom_parser_push(userdata, record);
}

static void on_lost(uint64_t seq, uint64_t count, uint64_t mono_usec, void *userdata)
{
        (void)seq;
        (void)count;
        (void)mono_usec;
        oom_parser_gap(userdata);
}

static void on_ended(int error, void *userdata)
{
        (void)userdata;
        errno = -error;
        bench_die("/dev/kmsg");
}

/* The same as the watcher does it, until last_seq is read. */
static double read_ours(struct event_base *base, struct oom_parser *parser, uint64_t last_seq, double *ret_refused)
{
        static const struct kmsg_source_handler handler = { .record = on_record, .lost = on_lost, .ended = on_ended };
        struct kmsg_source *source;
        struct kmsg_source_counts counts;
        int64_t start = bench_cpu_nsec(), end;

        if (kmsg_source_open("/dev/kmsg", &handler, parser, &source) < 0 ||
            kmsg_source_start(source, base, KMSG_FROM_OLDEST, 0) < 0)
                bench_die("kmsg_source");
        do {
                if (event_base_loop(base, EVLOOP_ONCE) < 0)
                        bench_die("event_base_loop");
                counts = kmsg_source_counts(source);
        } while (counts.last_seq == UINT64_MAX || counts.last_seq < last_seq);
        kmsg_source_free(source);
        end = bench_cpu_nsec();
        *ret_refused = (double)counts.n_refused / (double)(counts.n_records + counts.n_refused);
        return (double)(end - start) / (double)(counts.n_records + counts.n_refused);
}

static void measure_ring(const char *name, size_t pairs)
{
        double *ours = calloc(pairs, sizeof(*ours)), *rival = calloc(pairs, sizeof(*rival)), refused = 0;
        struct event_base *base = event_base_new();
        struct oom_parser *parser;
        uint64_t last_seq;
        char label[128];

        if (!ours || !rival || !base || oom_parser_new(on_incident, NULL, &parser) < 0)
                bench_die("memory");
        (void)read_bare(&last_seq);
        for (size_t i = 0; i < pairs; i++) {
                if (i % 2)
                        rival[i] = read_bare(&last_seq);
                ours[i] = read_ours(base, parser, last_seq, &refused);
                if (i % 2 == 0)
                        rival[i] = read_bare(&last_seq);
        }
        oom_parser_free(parser);
        event_base_free(base);
        (void)snprintf(label, sizeof(label), "CPU per record, %s (%.0f %% refused)", name, 100 * refused);
        bench_row_ratio(label, "ns", ours, rival, pairs, BOUND);
        free(ours);
        free(rival);
}

/* ---- a running watcher ---------------------------------------------------------------------------------------------- */

/* Time on a processor, of all threads: the first number of their schedstat. */
static double cpu_nsec_of(pid_t pid)
{
        char path[64];
        uint64_t nsec;
        FILE *file;

        (void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
        file = fopen(path, "re");
        if (!file || fscanf(file, "%" SCNu64, &nsec) != 1)
                bench_die(path);
        (void)fclose(file);
        return (double)nsec;
}

static void __attribute__((noreturn)) run_reader(void)
{
        static char buffer[KMSG_RECORD_MAX];
        int fd = open_ring();
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)lseek(fd, 0, SEEK_END);
        for (;;) {
                while (read(fd, buffer, sizeof(buffer)) > 0 || errno == EPIPE)
                        ;
                (void)poll(&poll_fd, 1, -1);
        }
}

static void pause_nsec(long nsec)
{
        struct timespec pause = { .tv_nsec = nsec };

        (void)nanosleep(&pause, NULL);
}

static void measure_live(int network_fd, pid_t watcher)
{
        const double records = LIVE_BURSTS * LIVE_RECORDS_PER_BURST;
        double ours[LIVE_ROUNDS], rival[LIVE_ROUNDS];
        pid_t reader = fork();

        if (reader < 0)
                bench_die("fork");
        if (reader == 0)
                run_reader();
        pause_nsec(100 * 1000 * 1000); /* the reader's start is not to count, nor what the watcher has still to read */
        for (int i = 0; i < LIVE_ROUNDS; i++) {
                double before_ours = cpu_nsec_of(watcher), before_rival = cpu_nsec_of(reader);

                for (int burst = 0; burst < LIVE_BURSTS; burst++) {
                        print_kernel(network_fd, LIVE_RECORDS_PER_BURST);
                        pause_nsec(LIVE_PAUSE_NSEC);
                }
                pause_nsec(4 * LIVE_PAUSE_NSEC); /* the last tick */
                ours[i] = (cpu_nsec_of(watcher) - before_ours) / records;
                rival[i] = (cpu_nsec_of(reader) - before_rival) / records;
        }
        (void)kill(reader, SIGKILL);
        (void)waitpid(reader, NULL, 0);
        bench_row_ratio("CPU per record, live, wake-ups included", "ns", ours, rival, LIVE_ROUNDS, 0);
}

int main(int argc, char **argv)
{
        long pairs = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
        long watcher = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
        int network_fd;

        if (pairs < 1 || pairs > 100000 || argc > 3 || (argc == 3 && watcher < 1)) {
                fprintf(stderr, "usage: bench_records PAIRS [PID]\n");
                return 2;
        }
        network_fd = open_network();
        print_kernel(network_fd, FILL_RECORDS);
        measure_ring("the kernel's", (size_t)pairs);
        if (watcher)
                measure_live(network_fd, (pid_t)watcher);
        print_user(FILL_RECORDS);
        measure_ring("user space's", (size_t)pairs);
        return EXIT_SUCCESS;
}
