/* SPDX-License-Identifier: MIT */
#include "answer/family.h"

#include "answer/place.h"
#include "base/assert.h"

/* What can change by itself in an owner or a repository. ORG is what an owner decides for all of
 * its repositories. */
enum {
    META_AT = 0,
    RUNNERS_AT = 5,
    ORG_AT = 8,
    AREAS = 9,
    META = 1 << META_AT,
    THREADS = 1 << 1, /* issues and pull requests */
    CODE = 1 << 2,
    CHECKS = 1 << 3,
    ACTIONS = 1 << 4,
    RUNNERS =
        1 << RUNNERS_AT, /* apart from the rest: registering one is an autoscaler's daily bread */
    RELEASES = 1 << 6,
    DEPLOYS = 1 << 7,
    ORG = 1 << ORG_AT,
    NOT_RUNNERS = META | THREADS | CODE | CHECKS | ACTIONS | RELEASES | DEPLOYS,
    ALL = NOT_RUNNERS | RUNNERS,
};

/* The keys that are not of one owner or repository. */
enum {
    EVERYTHING = 0,
    FAR_RUNNERS = 1, /* those of an enterprise */
    ANYWHERE = 2,    /* by area: touched somewhere */
    BY_KIND = ANYWHERE + AREAS,
    WIDE_END = BY_KIND + GHM_PLACE_ENTERPRISE * AREAS,
};
_Static_assert(WIDE_END <= GHM_FAMILY_WIDE_MAX, "they fit");

struct area {
    const char *name; /* of the segment after the repository's name */
    unsigned reads;
    unsigned writes;
};

/* What a push changes: nearly everything, for it closes issues, moves pull requests, starts runs.
 */
#define PUSH NOT_RUNNERS

/* clang-format off */
static const struct area areas[] = {
    {"",              META,                       ALL},
    {"actions",       ACTIONS,                    ACTIONS | CHECKS | DEPLOYS},
    {"assignees",     THREADS,                    THREADS | META},
    {"branches",      CODE | META,                PUSH},
    {"check-runs",    CHECKS,                     CHECKS | THREADS | ACTIONS},
    {"check-suites",  CHECKS,                     CHECKS | THREADS | ACTIONS},
    {"comments",      THREADS,                    THREADS | CODE},
    {"commits",       CODE | CHECKS | THREADS,    CODE | THREADS},
    {"compare",       CODE,                       PUSH},
    {"contents",      CODE,                       PUSH},
    {"deployments",   DEPLOYS,                    DEPLOYS | CHECKS | ACTIONS | THREADS},
    {"dispatches",    ACTIONS,                    ACTIONS | CHECKS | DEPLOYS},
    {"environments",  DEPLOYS,                    DEPLOYS | CHECKS | ACTIONS | THREADS},
    {"git",           CODE,                       PUSH},
    {"issues",        THREADS,                    THREADS | META},
    {"labels",        THREADS,                    THREADS | META},
    {"languages",     CODE,                       PUSH},
    {"milestones",    THREADS,                    THREADS | META},
    {"pulls",         THREADS | CODE | CHECKS,    PUSH},
    {"readme",        CODE,                       PUSH},
    {"releases",      RELEASES | CODE,            RELEASES | CODE | META | ACTIONS},
    {"statuses",      CHECKS,                     CHECKS | THREADS},
    {"tags",          CODE,                       PUSH},
};
/* clang-format on */

/* ---- keys ---- */

static void add(struct ghm_family *family, uint64_t key)
{
    GHM_ASSERT(family->count < GHM_FAMILY_KEYS_MAX);
    family->keys[family->count++] = key;
}

static uint64_t wide(unsigned kind, unsigned area)
{
    return BY_KIND + (uint64_t)kind * AREAS + area;
}

static uint64_t scoped(uint64_t scope_hash, unsigned area)
{
    uint64_t key = scope_hash + area * UINT64_C(0x9e3779b97f4a7c15);
    return key < GHM_FAMILY_WIDE_MAX ? key + GHM_FAMILY_WIDE_MAX : key;
}

static void depend(struct ghm_family *family, const struct ghm_place *place, unsigned mask)
{
    unsigned other_form = (unsigned)place->kind ^ 1U;
    for (unsigned area = 0; area < AREAS; area++) {
        if ((mask >> area & 1) == 0) continue;
        add(family, scoped(place->hash, area));
        add(family, wide(other_form, area));
    }
}

static void touch(struct ghm_family *family, const struct ghm_place *place, unsigned mask)
{
    for (unsigned area = 0; area < AREAS; area++) {
        if ((mask >> area & 1) == 0) continue;
        add(family, scoped(place->hash, area));
        add(family, wide(place->kind, area));
        add(family, ANYWHERE + area);
    }
}

static void depend_anywhere(struct ghm_family *family, unsigned mask)
{
    for (unsigned area = 0; area < AREAS; area++) {
        if ((mask >> area & 1) != 0) add(family, ANYWHERE + area);
    }
}

/* ---- areas ---- */

static bool is_area(const struct ghm_place *place, const char *name)
{
    return ghm_bytes_equal(ghm_bytes(place->area, place->area_len), ghm_bytes_text(name));
}

static struct area area_of(const struct ghm_place *place)
{
    if (place->is_runners) return (struct area){NULL, RUNNERS, RUNNERS};
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) {
        if (is_area(place, areas[i].name)) return areas[i];
    }
    return (struct area){NULL, NOT_RUNNERS, ALL};
}

/* ---- reading ---- */

/* What the owner decided for all holds for this one. */
static void read_repo(struct ghm_family *family, const struct ghm_place *place)
{
    struct ghm_place owner = {.kind = GHM_PLACE_OWNER, .hash = place->owner};
    depend(family, place, area_of(place).reads);
    if (place->kind == GHM_PLACE_REPO)
        depend(family, &owner, ORG);
    else
        depend_anywhere(family, ORG);
}

static void read_owner(struct ghm_family *family, const struct ghm_place *place)
{
    bool is_repos = place->area_len == 0 || is_area(place, "repos");
    if (place->is_runners)
        depend(family, place, RUNNERS);
    else if (is_repos && place->kind == GHM_PLACE_OWNER)
        depend(family, place, META | ORG);
    else
        depend_anywhere(family, NOT_RUNNERS | ORG);
}

/* Lists over repositories, searches, queries: a write anywhere may show in them. Runners do in
 * their own lists alone. */
static unsigned elsewhere(const struct ghm_place *place)
{
    if (place->is_runners) return RUNNERS;
    return place->is_odd ? ALL | ORG : NOT_RUNNERS | ORG;
}

void ghm_family_read(struct ghm_family *ret_family, struct ghm_bytes target)
{
    struct ghm_place place;
    ghm_place_of(&place, target);
    ret_family->count = 0;
    add(ret_family, EVERYTHING);
    if (place.is_runners) add(ret_family, FAR_RUNNERS);
    switch (place.kind) {
    case GHM_PLACE_REPO:
    case GHM_PLACE_REPO_NUMBERED:
        read_repo(ret_family, &place);
        return;
    case GHM_PLACE_OWNER:
    case GHM_PLACE_OWNER_NUMBERED:
        read_owner(ret_family, &place);
        return;
    case GHM_PLACE_ENTERPRISE:
    case GHM_PLACE_ELSEWHERE:
        depend_anywhere(ret_family, elsewhere(&place));
        return;
    }
}

/* ---- writing ---- */

/* A change of the repository itself shows in its owner's lists. */
static void write_repo(struct ghm_family *family, const struct ghm_place *place)
{
    static const char *const far[] = {"forks", "generate", "transfer"};
    unsigned mask = area_of(place).writes;
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        if (is_area(place, far[i])) add(family, EVERYTHING); /* another owner's, too */
    }
    touch(family, place, mask);
    if ((mask & META) == 0) return;
    if (place->kind == GHM_PLACE_REPO)
        add(family, scoped(place->owner, META_AT));
    else
        add(family, wide(GHM_PLACE_OWNER_NUMBERED, META_AT));
}

void ghm_family_write(struct ghm_family *ret_family, struct ghm_bytes target)
{
    struct ghm_place place;
    ghm_place_of(&place, target);
    ret_family->count = 0;
    switch (place.kind) {
    case GHM_PLACE_REPO:
    case GHM_PLACE_REPO_NUMBERED:
        write_repo(ret_family, &place);
        return;
    case GHM_PLACE_OWNER:
    case GHM_PLACE_OWNER_NUMBERED:
        touch(ret_family, &place, place.is_runners ? RUNNERS : NOT_RUNNERS | ORG);
        return;
    case GHM_PLACE_ENTERPRISE:
        add(ret_family, place.is_runners ? FAR_RUNNERS : EVERYTHING);
        if (place.is_runners) add(ret_family, ANYWHERE + RUNNERS_AT);
        return;
    case GHM_PLACE_ELSEWHERE:
        add(ret_family, EVERYTHING);
        return;
    }
}

bool ghm_family_meets(const struct ghm_family *a, const struct ghm_family *b)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            if (a->keys[i] == b->keys[j]) return true;
        }
    }
    return false;
}
