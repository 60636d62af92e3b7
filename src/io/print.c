/* SPDX-License-Identifier: MIT */
#include "io/print.h"

#include "io/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void print_record(const struct ghm_log_record *record)
{
    char date[32];
    struct tm tm;
    int64_t now_ms = ghm_clock_wall_ms();
    time_t now_s = (time_t)(now_ms / 1000);
    (void)gmtime_r(&now_s, &tm);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)fprintf(stderr, "%s.%03dZ %s %s: %s\n", date, (int)(now_ms % 1000),
                  ghm_log_level_text(record->level), record->room, record->text);
}

void ghm_print_log(struct ghm_log *log)
{
    struct ghm_log_record record;
    while (ghm_log_take(log, &record))
        print_record(&record);
    if (log->forgotten > 0)
        (void)fprintf(stderr, "(%llu log records were forgotten)\n",
                      (unsigned long long)log->forgotten);
    log->forgotten = 0;
}

enum ghm_log_level ghm_print_level(const char *name)
{
    for (enum ghm_log_level level = GHM_LOG_ERROR; level <= GHM_LOG_DEBUG; level++) {
        if (strcmp(ghm_log_level_text(level), name) == 0) return level;
    }
    return GHM_LOG_WARN;
}
