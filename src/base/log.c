/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>

void ghm_log_init(struct ghm_log *log, enum ghm_log_level level)
{
    log->level = level;
    log->first = 0;
    log->count = 0;
    log->forgotten = 0;
}

void ghm_log_add(struct ghm_log *log, enum ghm_log_level level, const char *room,
                 const char *format, ...)
{
    if (log == NULL || level > log->level) return;
    if (log->count == GHM_LOG_RECORDS_MAX) {
        log->forgotten++;
        return;
    }
    struct ghm_log_record *record = &log->records[(log->first + log->count) % GHM_LOG_RECORDS_MAX];
    record->level = level;
    record->room = room;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(record->text, sizeof record->text, format, args);
    va_end(args);
    log->count++;
}

bool ghm_log_take(struct ghm_log *log, struct ghm_log_record *ret_record)
{
    if (log->count == 0) return false;
    *ret_record = log->records[log->first];
    log->first = (log->first + 1) % GHM_LOG_RECORDS_MAX;
    log->count--;
    return true;
}

const char *ghm_log_level_text(enum ghm_log_level level)
{
    switch (level) {
#define GHM_LOG_LEVEL_CASE(name, text)                                                             \
    case name:                                                                                     \
        return text;
        GHM_LOG_LEVEL_MAP(GHM_LOG_LEVEL_CASE)
#undef GHM_LOG_LEVEL_CASE
    }
    GHM_UNREACHABLE();
}
