/* SPDX-License-Identifier: MIT */
/* Whose a target is: a repository's or an owner's, and which part of it. Names of owners and
 * repositories have no case and may be escaped; GitHub Enterprise's prefixes are understood. */
#ifndef GHM_ANSWER_PLACE_H
#define GHM_ANSWER_PLACE_H

#include "base/bytes.h"

#define GHM_PLACE_SEGMENT_MAX 256 /* longer ones are no names */

/* Named and numbered lie side by side: the other form is one bit away. */
enum ghm_place_kind {
    GHM_PLACE_REPO,           /* "/repos/{owner}/{repo}..." */
    GHM_PLACE_REPO_NUMBERED,  /* "/repositories/{id}..." */
    GHM_PLACE_OWNER,          /* "/orgs/{org}...", "/users/{user}..." */
    GHM_PLACE_OWNER_NUMBERED, /* "/organizations/{id}..." */
    GHM_PLACE_ENTERPRISE,     /* "/enterprises/{enterprise}..." */
    GHM_PLACE_ELSEWHERE,      /* everything else, and what is oddly written */
};

struct ghm_place {
    enum ghm_place_kind kind;
    uint64_t hash;   /* of who or what it is; 0 elsewhere */
    uint64_t owner;  /* likewise, of a named repository's owner; else 0 */
    size_t area_len; /* of the first segment below it, unescaped and in lower case; 0: none */
    char area[GHM_PLACE_SEGMENT_MAX];
    bool is_odd;     /* GitHub may read it as it likes: "//", a '/' at the end */
    bool is_runners; /* "actions/runners..." or "actions/runner-groups..." below it */
};

/** Read a path and query. */
void ghm_place_of(struct ghm_place *ret_place, struct ghm_bytes target);

#endif
