/* tests/bench/bench.h: what the measuring programs share: clocks, medians, and the row in which a figure is shown.
 *
 * A row is tab separated (name, ours, rival, unit, how they compare, bound, verdict); run.sh sets the table. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define BENCH_USEC_PER_SEC INT64_C(1000000)
#define BENCH_NSEC_PER_SEC INT64_C(1000000000)

int64_t bench_mono_nsec(void); /* CLOCK_MONOTONIC */
int64_t bench_cpu_nsec(void);  /* of this process, all its threads */

/* Sorts values. Returns the value below which the part (0 to 1) of them is. count is at least 1. */
double bench_quantile(double *values, size_t count, double part);

/* Prints the row of count pairs: the medians of both, and the median of the pairs' ratios, which is to be at most
 * bound (0: shown only). Sorts both arrays. */
void bench_row_ratio(const char *name, const char *unit, double *ours, double *rival, size_t count, double bound);

/* Prints any row. compared and bound are shown as they are. met: 1 or 0; -1: there is no bound. */
void bench_row(const char *name, const char *unit, double ours, double rival, const char *compared, const char *bound,
               int met);

/* Prints "program: what: strerror(errno)" to standard error, and exits with EXIT_FAILURE. */
void bench_die(const char *what) __attribute__((noreturn));
