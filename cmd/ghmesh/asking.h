/* SPDX-License-Identifier: MIT */
/* The command line of `ghmesh api`, and how its answers are shown: the part that the quick way
 * (quick.c) and the full one (api.c) have in common. */
#ifndef GHM_CMD_ASKING_H
#define GHM_CMD_ASKING_H

#include <ghmesh.h>

#include <stdbool.h>

#define ASKING_HEADERS_MAX 64
#define ASKING_ACCEPT "application/vnd.github+json" /* when the caller names none */

struct asking {
    const char *path;
    const char *headers[ASKING_HEADERS_MAX + 1]; /* "Name: value", NULL-terminated */
    size_t headers_count;
    int64_t max_age_s; /* -1: the route's */
    bool is_with_headers;
    bool is_paginated;
    const char *jq; /* or NULL */
};

/** Read the command line. false: `ret_problem` says what is wrong with it. */
bool asking_parse(struct asking *ret_asking, const char **ret_problem, int argc, char **argv);

/** Read "90", "90s", "5m", "1h30m". false when it is no such duration. */
bool asking_duration(int64_t *ret_s, const char *text);

/** "Not Found" for 404; "" for a status that has no phrase. */
const char *asking_phrase(int status);

/** The status line and headers of an answer, as `-i` shows them. false: the output is closed. */
bool asking_show_headers(const ghm_answer *answer);

#endif
