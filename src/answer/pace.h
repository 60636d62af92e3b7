/* SPDX-License-Identifier: MIT */
/* GitHub's points: what each identity has spent in the last minute, so that this secondary limit is
 * waited for and not run into. Times are GitHub's, in milliseconds. */
#ifndef GHM_ANSWER_PACE_H
#define GHM_ANSWER_PACE_H

#include "answer/errand.h"
#include "answer/identity.h"

#define GHM_PACE_LINES_MAX 64 /* past it the one that was idle longest is forgotten */
#define GHM_PACE_WINDOW_S 61  /* a minute, and the second that it began in */
#define GHM_PACE_REST_MAX 900U
#define GHM_PACE_GRAPHQL_MAX 2000U
#define GHM_PACE_READ_POINTS 1U
#define GHM_PACE_WRITE_POINTS 5U

enum ghm_pace_api {
    GHM_PACE_REST,
    GHM_PACE_GRAPHQL,
};

struct ghm_pace_line {
    struct ghm_identity identity;
    enum ghm_pace_api api;
    int64_t last_s;                    /* the second that was spent in last */
    uint16_t spent[GHM_PACE_WINDOW_S]; /* by second, round and round */
};

struct ghm_pace {
    size_t count;
    struct ghm_pace_line lines[GHM_PACE_LINES_MAX];
};

void ghm_pace_init(struct ghm_pace *pace);

/** Which account a path is of. */
enum ghm_pace_api ghm_pace_api_of(struct ghm_bytes target);

/** What a request costs: GHM_PACE_WRITE_POINTS when its method, or for GraphQL its errand, writes.
 */
unsigned ghm_pace_points(const struct ghm_request *request, enum ghm_errand errand);

/**
 * When one more read may go out.
 *
 * @return 0 for now, else GitHub's time from which on its point is free, at most a minute ahead
 *
 * Spec: docs.github.com, "Rate limits for the REST API": 900 points a minute of REST, 2000 of
 * GraphQL, for one endpoint. Which paths are one endpoint is not said: they are counted together.
 */
int64_t ghm_pace_wait(const struct ghm_pace *pace, const struct ghm_identity *identity,
                      enum ghm_pace_api api, int64_t now_ms);

/** Points are spent, also more than there are: what must not wait makes others wait. */
void ghm_pace_spend(struct ghm_pace *pace, const struct ghm_identity *identity,
                    enum ghm_pace_api api, unsigned points, int64_t now_ms);

#endif
