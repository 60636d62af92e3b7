/* SPDX-License-Identifier: MIT */
/* The command line of `ghmesh api`, and how its answers are shown: the part that the quick way
 * (quick.c) and the full one (api.c) have in common. */
#ifndef GHM_CMD_ASKING_H
#define GHM_CMD_ASKING_H

#include "base/bytes.h"

#include <ghmesh.h>

#include <stdbool.h>

#define ASKING_HEADERS_MAX 64
#define ASKING_ACCEPT "application/vnd.github+json" /* when the caller names none */

#define ASKING_FIELDS_MAX 256

struct asking_field {
    const char *text; /* "KEY=VALUE" */
    bool is_typed;    /* -F */
};

struct asking {
    const char *path;
    const char *headers[ASKING_HEADERS_MAX + 1]; /* "Name: value", NULL-terminated */
    size_t headers_count;
    int64_t max_age_s; /* -1: the route's */
    bool is_with_headers;
    bool is_paginated;
    bool is_slurped; /* pages as the elements of one array */
    bool is_silent;  /* no body */
    const char *jq;  /* or NULL, as all below */
    const char *template;
    const char *method;
    const char *input; /* a file for the body */
    const char *hostname;
    const char *previews; /* "a,b" */
    struct asking_field fields[ASKING_FIELDS_MAX];
    size_t fields_count;
};

/** Is it a GET of one page, and no more: what the store alone may answer? */
bool asking_is_plain(const struct asking *asking);

/** Read the command line. false: `ret_problem` says what is wrong with it. */
bool asking_parse(struct asking *ret_asking, const char **ret_problem, int argc, char **argv);

/** Read "90", "90s", "5m", "1h30m". false when it is no such duration. */
bool asking_duration(int64_t *ret_s, const char *text);

/** "Not Found" for 404; "" for a status that has no phrase. */
const char *asking_phrase(int status);

struct asking_head {
    int status;
    struct ghm_bytes headers;
    int64_t age_ms;           /* with cache_status */
    const char *cache_status; /* NULL: the cache had no part in it */
};

struct asking_head asking_head_of(const ghm_answer *answer);

/** The status line and headers as `-i` shows them. false: the output is closed. */
bool asking_show_head(const struct asking_head *head);

#endif
