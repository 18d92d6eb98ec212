#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_nsec(clockid_t clock)
{
        struct timespec now;

        (void)clock_gettime(clock, &now); /* these clocks always exist */
        return (int64_t)now.tv_sec * BENCH_NSEC_PER_SEC + now.tv_nsec;
}

int64_t bench_mono_nsec(void)
{
        return clock_nsec(CLOCK_MONOTONIC);
}

int64_t bench_cpu_nsec(void)
{
        return clock_nsec(CLOCK_PROCESS_CPUTIME_ID);
}

static int compare(const void *left, const void *right)
{
        double a = *(const double *)left, b = *(const double *)right;

        return (a > b) - (a < b);
}

double bench_quantile(double *values, size_t count, double part)
{
        size_t at = (size_t)((double)count * part);

        qsort(values, count, sizeof(values[0]), compare);
        return values[at < count ? at : count - 1];
}

void bench_row(const char *name, const char *unit, double ours, double rival, const char *compared, const char *bound,
               int met)
{
        printf("%s\t%.4g\t%.4g\t%s\t%s\t%s\t%s\n", name, ours, rival, unit, compared, bound,
               met < 0 ? ""
               : met   ? "met"
                       : "MISSED");
        (void)fflush(stdout); /* run.sh would see nothing, and say so */
}

void bench_row_ratio(const char *name, const char *unit, double *ours, double *rival, size_t count, double bound)
{
        double *ratios = malloc(count * sizeof(ratios[0]));
        char compared[32], limit[32];
        double ratio;

        if (!ratios)
                bench_die("malloc");
        for (size_t i = 0; i < count; i++)
                ratios[i] = ours[i] / rival[i];
        ratio = bench_quantile(ratios, count, 0.5);
        free(ratios);
        (void)snprintf(compared, sizeof(compared), "%.2f", ratio);
        (void)snprintf(limit, sizeof(limit), "<= %.2f", bound);
        bench_row(name, unit, bench_quantile(ours, count, 0.5), bench_quantile(rival, count, 0.5), compared, limit,
                  ratio <= bound);
}

void bench_die(const char *what)
{
        fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
        exit(EXIT_FAILURE);
}
