/* SPDX-License-Identifier: MIT */
/* How a program of this directory talks to run.py: one line in, one round, one line of JSON out. */
#ifndef BENCH_STOPWATCH_H
#define BENCH_STOPWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t stopwatch_now_ns(void);

/** Wait for the next line on standard input. False when there is none: the program ends. */
bool stopwatch_round(void);

/** Print {"names[0]": values[0], ...} as one line. */
void stopwatch_report(const char *const *names, const double *values, size_t count);

/** The value at `part` (0.5, 0.99) of samples[count], which get sorted. */
double stopwatch_quantile(uint64_t *samples, size_t count, double part);

/** Keep this thread on one processor, if the machine has it. */
void stopwatch_pin(unsigned processor);

/** End the program with a line that says what failed; `code` is an error of the house or of errno.
 */
_Noreturn void stopwatch_fail(const char *what, int code);

#endif
