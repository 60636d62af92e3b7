/* SPDX-License-Identifier: MIT */
/* `bench-memory fill DIR SECRET`: put all samples. `bench-memory read DIR SECRET`: be a node, read
 * each of them once, and say what of this process is in memory, in KiB. */
#include "sample.h"
#include "stopwatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_all(ghm *cache)
{
    char key[SAMPLE_KEY_SIZE];
    for (unsigned i = 0; i < SAMPLE_COUNT; i++) {
        ghm_answer *answer;
        sample_key(key, i);
        int error = ghm_get(cache, &answer, key);
        if (error != GHM_OK) stopwatch_fail("ghm_get", error);
        ghm_answer_free(answer);
    }
}

enum part { ALL, ANONYMOUS, PART_COUNT };

static void report(void)
{
    static const char *const names[PART_COUNT] = {"rss", "anonymous"};
    static const char *const marks[PART_COUNT] = {"VmRSS:", "RssAnon:"};
    double values[PART_COUNT] = {0};
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL) stopwatch_fail("reading /proc/self/status", 0);
    while (fgets(line, sizeof line, file) != NULL) {
        for (int i = 0; i < PART_COUNT; i++) {
            size_t len = strlen(marks[i]);
            if (strncmp(line, marks[i], len) == 0) values[i] = strtod(line + len, NULL);
        }
    }
    (void)fclose(file);
    stopwatch_report(names, values, PART_COUNT);
}

int main(int argc, char **argv)
{
    bool is_fill = argc == 4 && strcmp(argv[1], "fill") == 0;
    bool is_read = argc == 4 && strcmp(argv[1], "read") == 0;
    if (!is_fill && !is_read) stopwatch_fail("usage: bench-memory fill|read DIR SECRET", argc);
    ghm *cache = sample_open(is_fill ? SAMPLE_ALONE : SAMPLE_MEMBER, argv[2], argv[3], "");
    if (is_fill) {
        sample_fill(cache);
    } else {
        read_all(cache);
        if (stopwatch_round()) report();
    }
    ghm_close(cache);
    return 0;
}
