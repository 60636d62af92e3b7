/* SPDX-License-Identifier: MIT */
/* Log records as values: rooms add them, src/io takes and prints them. A full log forgets the new
 * record and counts it, so that nobody ever waits for a log. */
#ifndef GHM_BASE_LOG_H
#define GHM_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GHM_LOG_RECORDS_MAX 64
#define GHM_LOG_TEXT_MAX 240

#define GHM_LOG_LEVEL_MAP(X)                                                                       \
    X(GHM_LOG_ERROR, "error")                                                                      \
    X(GHM_LOG_WARN, "warn")                                                                        \
    X(GHM_LOG_INFO, "info")                                                                        \
    X(GHM_LOG_DEBUG, "debug")

enum ghm_log_level {
#define GHM_LOG_LEVEL_ENUM(name, text) name,
    GHM_LOG_LEVEL_MAP(GHM_LOG_LEVEL_ENUM)
#undef GHM_LOG_LEVEL_ENUM
};

struct ghm_log_record {
    enum ghm_log_level level;
    const char *room;            /* a constant: "swarm", "mesh", ... */
    char text[GHM_LOG_TEXT_MAX]; /* one line; never a token, a secret or a body */
};

struct ghm_log {
    enum ghm_log_level level; /* the most talkative that is kept */
    size_t first;
    size_t count;
    uint64_t forgotten; /* records that found the log full */
    struct ghm_log_record records[GHM_LOG_RECORDS_MAX];
};

void ghm_log_init(struct ghm_log *log, enum ghm_log_level level);

/** Add a record, printf-like; a too long text is cut. NULL `log` is accepted. */
__attribute__((format(printf, 4, 5))) void ghm_log_add(struct ghm_log *log,
                                                       enum ghm_log_level level, const char *room,
                                                       const char *format, ...);

/** Take the oldest record; false when there is none. */
bool ghm_log_take(struct ghm_log *log, struct ghm_log_record *ret_record);

/** "error", "warn", "info" or "debug". */
const char *ghm_log_level_text(enum ghm_log_level level);

#endif
