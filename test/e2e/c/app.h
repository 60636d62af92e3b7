/* SPDX-License-Identifier: MIT */
/* What the small applications of the library share: they say one JSON line for each thing that
 * happened, and wait for a line on standard input where the test is to be in step. */
#ifndef GHM_TEST_APP_H
#define GHM_TEST_APP_H

#include <ghmesh.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Wrong is at once the end, with the place. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static inline void app_say(const char *line)
{
    (void)printf("%s\n", line);
    (void)fflush(stdout);
}

/* The next line of standard input without its end; false when there is none. */
static inline bool app_hear(char *ret_line, size_t size)
{
    if (fgets(ret_line, (int)size, stdin) == NULL) return false;
    ret_line[strcspn(ret_line, "\n")] = '\0';
    return true;
}

#endif
