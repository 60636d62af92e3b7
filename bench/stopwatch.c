/* SPDX-License-Identifier: MIT */
#include "stopwatch.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t stopwatch_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

bool stopwatch_round(void)
{
    char line[64];
    return fgets(line, sizeof line, stdin) != NULL;
}

void stopwatch_report(const char *const *names, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)printf("%s\"%s\": %.1f", i == 0 ? "{" : ", ", names[i], values[i]);
    (void)printf("}\n");
    (void)fflush(stdout);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

double stopwatch_quantile(uint64_t *samples, size_t count, double part)
{
    qsort(samples, count, sizeof *samples, compare);
    size_t at = (size_t)(part * (double)count);
    return (double)samples[at < count ? at : count - 1];
}

void stopwatch_pin(unsigned processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void stopwatch_fail(const char *what, int code)
{
    (void)fprintf(stderr, "bench: %s failed: %d\n", what, code);
    exit(1);
}
