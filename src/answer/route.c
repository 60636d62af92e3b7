/* SPDX-License-Identifier: MIT */
#include "answer/route.h"

struct row {
    const char *name;
    struct ghm_route route; /* ttl_s 0: the caller's default */
};

#define NEVER                                                                                      \
    {                                                                                              \
        0, GHM_ROUTE_NEVER, GHM_ROUTE_NO_RULE                                                      \
    }
#define LIVE(ttl_s, rule)                                                                          \
    {                                                                                              \
        ttl_s, GHM_ROUTE_LIVE, rule                                                                \
    }
#define SLOW(ttl_s, rule)                                                                          \
    {                                                                                              \
        ttl_s, GHM_ROUTE_SLOW, rule                                                                \
    }
#define FIXED(ttl_s, rule)                                                                         \
    {                                                                                              \
        ttl_s, GHM_ROUTE_FIXED, rule                                                               \
    }
#define PLAIN GHM_ROUTE_NO_RULE

/* Sorted by segments, '{' last. {sha} is 40 hex digits, {path*} takes the rest of the path, any
 * other {word} one segment. What is fetched by conditional requests costs nothing when it did not
 * change: a TTL is how old an answer may get unasked. */
/* clang-format off */
static const struct row paths[] = {
    {"/app/installations",                                                SLOW(300, PLAIN)},
    {"/app/installations/{id}/access_tokens",                             NEVER},
    {"/applications/{client}/token",                                      NEVER},
    {"/applications/{client}/token/scoped",                               NEVER},
    {"/emojis",                                                           SLOW(3600, PLAIN)},
    {"/enterprises/{enterprise}/actions/runners",                         LIVE(30, GHM_ROUTE_RUNNER)},
    {"/enterprises/{enterprise}/actions/runners/generate-jitconfig",      NEVER},
    {"/enterprises/{enterprise}/actions/runners/registration-token",      NEVER},
    {"/enterprises/{enterprise}/actions/runners/remove-token",            NEVER},
    {"/enterprises/{enterprise}/actions/runners/{id}",                    LIVE(30, GHM_ROUTE_RUNNER)},
    {"/events",                                                           LIVE(60, PLAIN)},
    {"/gists/{id}",                                                       SLOW(60, PLAIN)},
    {"/gitignore/templates",                                              SLOW(3600, PLAIN)},
    {"/installation/repositories",                                        SLOW(300, PLAIN)},
    {"/installation/token",                                               NEVER},
    {"/licenses",                                                         SLOW(3600, PLAIN)},
    {"/meta",                                                             SLOW(3600, PLAIN)},
    {"/notifications",                                                    LIVE(60, PLAIN)},
    {"/octocat",                                                          NEVER},
    {"/orgs/{org}",                                                       SLOW(300, PLAIN)},
    {"/orgs/{org}/actions/runner-groups",                                 SLOW(300, PLAIN)},
    {"/orgs/{org}/actions/runners",                                       LIVE(30, GHM_ROUTE_RUNNER)},
    {"/orgs/{org}/actions/runners/downloads",                             SLOW(3600, PLAIN)},
    {"/orgs/{org}/actions/runners/generate-jitconfig",                    NEVER},
    {"/orgs/{org}/actions/runners/registration-token",                    NEVER},
    {"/orgs/{org}/actions/runners/remove-token",                          NEVER},
    {"/orgs/{org}/actions/runners/{id}",                                  LIVE(30, GHM_ROUTE_RUNNER)},
    {"/orgs/{org}/events",                                                LIVE(60, PLAIN)},
    {"/orgs/{org}/members",                                               SLOW(300, PLAIN)},
    {"/orgs/{org}/repos",                                                 SLOW(300, GHM_ROUTE_REPO)},
    {"/orgs/{org}/teams",                                                 SLOW(300, PLAIN)},
    {"/rate_limit",                                                       NEVER},
    {"/repos/{owner}/{repo}",                                             SLOW(300, GHM_ROUTE_REPO)},
    {"/repos/{owner}/{repo}/actions/artifacts",                           LIVE(60, PLAIN)},
    {"/repos/{owner}/{repo}/actions/artifacts/{id}",                      SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/actions/artifacts/{id}/{format}",             NEVER},
    {"/repos/{owner}/{repo}/actions/caches",                              LIVE(60, PLAIN)},
    {"/repos/{owner}/{repo}/actions/jobs/{id}",                           LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/actions/jobs/{id}/logs",                      NEVER},
    {"/repos/{owner}/{repo}/actions/runners",                             LIVE(30, GHM_ROUTE_RUNNER)},
    {"/repos/{owner}/{repo}/actions/runners/downloads",                   SLOW(3600, PLAIN)},
    {"/repos/{owner}/{repo}/actions/runners/generate-jitconfig",          NEVER},
    {"/repos/{owner}/{repo}/actions/runners/registration-token",          NEVER},
    {"/repos/{owner}/{repo}/actions/runners/remove-token",                NEVER},
    {"/repos/{owner}/{repo}/actions/runners/{id}",                        LIVE(30, GHM_ROUTE_RUNNER)},
    {"/repos/{owner}/{repo}/actions/runs",                                LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"/repos/{owner}/{repo}/actions/runs/{id}",                           LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"/repos/{owner}/{repo}/actions/runs/{id}/artifacts",                 LIVE(60, PLAIN)},
    {"/repos/{owner}/{repo}/actions/runs/{id}/attempts/{n}",              LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"/repos/{owner}/{repo}/actions/runs/{id}/attempts/{n}/jobs",         LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/actions/runs/{id}/attempts/{n}/logs",         NEVER},
    {"/repos/{owner}/{repo}/actions/runs/{id}/jobs",                      LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/actions/runs/{id}/logs",                      NEVER},
    {"/repos/{owner}/{repo}/actions/workflows",                           SLOW(300, GHM_ROUTE_WORKFLOW)},
    {"/repos/{owner}/{repo}/actions/workflows/{id}",                      SLOW(300, GHM_ROUTE_WORKFLOW)},
    {"/repos/{owner}/{repo}/actions/workflows/{id}/runs",                 LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"/repos/{owner}/{repo}/branches",                                    SLOW(60, GHM_ROUTE_BRANCH)},
    {"/repos/{owner}/{repo}/branches/{branch}",                           SLOW(60, GHM_ROUTE_BRANCH)},
    {"/repos/{owner}/{repo}/check-runs/{id}",                             LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/check-suites/{id}",                           LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/check-suites/{id}/check-runs",                LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/collaborators",                               SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/comments",                                    SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/comments/{id}",                               SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/commits",                                     SLOW(60, GHM_ROUTE_COMMIT)},
    {"/repos/{owner}/{repo}/commits/{ref}",                               SLOW(60, GHM_ROUTE_COMMIT)},
    {"/repos/{owner}/{repo}/commits/{ref}/check-runs",                    LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/commits/{ref}/check-suites",                  LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/commits/{ref}/comments",                      SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/commits/{ref}/status",                        LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/commits/{ref}/statuses",                      LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/compare/{path*}",                             SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/contents/{path*}",                            SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/contributors",                                SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/deployments",                                 LIVE(30, GHM_ROUTE_DEPLOYMENT)},
    {"/repos/{owner}/{repo}/deployments/{id}",                            LIVE(30, GHM_ROUTE_DEPLOYMENT)},
    {"/repos/{owner}/{repo}/deployments/{id}/statuses",                   LIVE(30, GHM_ROUTE_DEPLOYMENT)},
    {"/repos/{owner}/{repo}/events",                                      LIVE(60, PLAIN)},
    {"/repos/{owner}/{repo}/git/blobs/{sha}",                             FIXED(3600, PLAIN)},
    {"/repos/{owner}/{repo}/git/commits/{sha}",                           FIXED(3600, GHM_ROUTE_COMMIT)},
    {"/repos/{owner}/{repo}/git/matching-refs/{path*}",                   SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/git/ref/{path*}",                             SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/git/tags/{sha}",                              FIXED(3600, PLAIN)},
    {"/repos/{owner}/{repo}/git/trees/{sha}",                             FIXED(3600, PLAIN)},
    {"/repos/{owner}/{repo}/issues",                                      SLOW(60, GHM_ROUTE_ISSUE)},
    {"/repos/{owner}/{repo}/issues/comments",                             SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/issues/comments/{id}",                        SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/issues/{number}",                             SLOW(60, GHM_ROUTE_ISSUE)},
    {"/repos/{owner}/{repo}/issues/{number}/comments",                    SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/issues/{number}/events",                      SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/issues/{number}/labels",                      SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/labels",                                      SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/languages",                                   SLOW(3600, PLAIN)},
    {"/repos/{owner}/{repo}/license",                                     SLOW(3600, PLAIN)},
    {"/repos/{owner}/{repo}/milestones",                                  SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/pulls",                                       SLOW(60, GHM_ROUTE_PULL)},
    {"/repos/{owner}/{repo}/pulls/comments",                              SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/pulls/comments/{id}",                         SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/pulls/{number}",                              SLOW(30, GHM_ROUTE_PULL)},
    {"/repos/{owner}/{repo}/pulls/{number}/comments",                     SLOW(60, GHM_ROUTE_COMMENT)},
    {"/repos/{owner}/{repo}/pulls/{number}/commits",                      SLOW(60, GHM_ROUTE_COMMIT)},
    {"/repos/{owner}/{repo}/pulls/{number}/files",                        SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/pulls/{number}/reviews",                      SLOW(60, PLAIN)},
    {"/repos/{owner}/{repo}/readme",                                      SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/releases",                                    SLOW(300, GHM_ROUTE_RELEASE)},
    {"/repos/{owner}/{repo}/releases/assets/{id}",                        NEVER},
    {"/repos/{owner}/{repo}/releases/latest",                             SLOW(300, GHM_ROUTE_RELEASE)},
    {"/repos/{owner}/{repo}/releases/tags/{path*}",                       SLOW(300, GHM_ROUTE_RELEASE)},
    {"/repos/{owner}/{repo}/releases/{id}",                               SLOW(300, GHM_ROUTE_RELEASE)},
    {"/repos/{owner}/{repo}/statuses/{path*}",                            LIVE(30, GHM_ROUTE_CHECK)},
    {"/repos/{owner}/{repo}/tags",                                        SLOW(300, GHM_ROUTE_TAG)},
    {"/repos/{owner}/{repo}/tarball",                                     NEVER},
    {"/repos/{owner}/{repo}/tarball/{path*}",                             NEVER},
    {"/repos/{owner}/{repo}/topics",                                      SLOW(300, PLAIN)},
    {"/repos/{owner}/{repo}/zipball",                                     NEVER},
    {"/repos/{owner}/{repo}/zipball/{path*}",                             NEVER},
    {"/search/{kind}",                                                    LIVE(60, PLAIN)},
    {"/user",                                                             SLOW(300, PLAIN)},
    {"/user/installations",                                               SLOW(300, PLAIN)},
    {"/user/orgs",                                                        SLOW(300, PLAIN)},
    {"/user/repos",                                                       SLOW(300, GHM_ROUTE_REPO)},
    {"/users/{user}",                                                     SLOW(300, PLAIN)},
    {"/users/{user}/events",                                              LIVE(60, PLAIN)},
    {"/users/{user}/repos",                                               SLOW(300, GHM_ROUTE_REPO)},
    {"/versions",                                                         SLOW(3600, PLAIN)},
    {"/zen",                                                              NEVER},
};

/* Sorted by name. The TTLs are those that the programs have always used. */
static const struct row ops[] = {
    {"active_runners",        LIVE(15, GHM_ROUTE_RUNNER)},
    {"all_issues",            SLOW(300, GHM_ROUTE_ISSUE)},
    {"all_pulls",             SLOW(300, GHM_ROUTE_PULL)},
    {"codeql",                SLOW(86400, PLAIN)},
    {"copilot_explain",       SLOW(300, PLAIN)},
    {"copilot_git",           SLOW(300, PLAIN)},
    {"copilot_sdk_message",   SLOW(300, PLAIN)},
    {"copilot_suggest",       SLOW(300, PLAIN)},
    {"get_branch",            SLOW(0, GHM_ROUTE_BRANCH)},
    {"get_check_run",         LIVE(0, GHM_ROUTE_CHECK)},
    {"get_comment",           SLOW(0, GHM_ROUTE_COMMENT)},
    {"get_commit",            SLOW(0, GHM_ROUTE_COMMIT)},
    {"get_deployment",        LIVE(0, GHM_ROUTE_DEPLOYMENT)},
    {"get_issue",             SLOW(0, GHM_ROUTE_ISSUE)},
    {"get_pull",              SLOW(0, GHM_ROUTE_PULL)},
    {"get_pull_request",      SLOW(0, GHM_ROUTE_PULL)},
    {"get_release",           SLOW(0, GHM_ROUTE_RELEASE)},
    {"get_repo_info",         SLOW(300, GHM_ROUTE_REPO)},
    {"get_runner_status",     LIVE(30, GHM_ROUTE_RUNNER)},
    {"get_workflow_run",      LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"get_workflow_runs",     LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"gh_api",                SLOW(300, PLAIN)},
    {"gh_auth_status",        LIVE(30, PLAIN)},
    {"graphql_runners",       LIVE(30, GHM_ROUTE_RUNNER)},
    {"graphql_workflow_runs", LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"list_branches",         SLOW(0, GHM_ROUTE_BRANCH)},
    {"list_check_runs",       LIVE(0, GHM_ROUTE_CHECK)},
    {"list_comments",         SLOW(0, GHM_ROUTE_COMMENT)},
    {"list_commits",          SLOW(0, GHM_ROUTE_COMMIT)},
    {"list_deployments",      LIVE(0, GHM_ROUTE_DEPLOYMENT)},
    {"list_issues",           SLOW(0, GHM_ROUTE_ISSUE)},
    {"list_prs",              SLOW(0, GHM_ROUTE_PULL)},
    {"list_pull_requests",    SLOW(0, GHM_ROUTE_PULL)},
    {"list_pulls",            SLOW(0, GHM_ROUTE_PULL)},
    {"list_releases",         SLOW(0, GHM_ROUTE_RELEASE)},
    {"list_repos",            SLOW(300, GHM_ROUTE_REPO)},
    {"list_runners",          LIVE(30, GHM_ROUTE_RUNNER)},
    {"list_tags",             SLOW(0, GHM_ROUTE_TAG)},
    {"list_workflow_runs",    LIVE(60, GHM_ROUTE_WORKFLOW)},
    {"list_workflows",        SLOW(300, GHM_ROUTE_WORKFLOW)},
    {"runners",               LIVE(30, GHM_ROUTE_RUNNER)},
    {"workflow_queues",       LIVE(60, GHM_ROUTE_WORKFLOW)},
};
/* clang-format on */

#define PATHS_COUNT (sizeof paths / sizeof paths[0])
#define OPS_COUNT (sizeof ops / sizeof ops[0])

/* The rows that agree with the path so far; all have the same text before `offset`. */
struct range {
    size_t first;
    size_t end;
    size_t offset;
};

/* The segment of a template that starts after the '/' at `offset`; absent past the last. */
static struct ghm_bytes segment_at(size_t row, size_t offset)
{
    const char *text = paths[row].name + offset;
    if (*text == '\0') return GHM_BYTES_NONE;
    return ghm_bytes(text + 1, strcspn(text + 1, "/"));
}

/* The first row of a range whose next segment is not below `segment`, or not above it. */
static size_t bound(const struct range *range, struct ghm_bytes segment, bool is_above)
{
    size_t low = range->first;
    size_t high = range->end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ghm_bytes_compare(segment_at(middle, range->offset), segment);
        if (order < 0 || (is_above && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool narrow(struct range *range, struct ghm_bytes segment)
{
    struct range next = {bound(range, segment, false), bound(range, segment, true),
                         range->offset + 1 + segment.len};
    if (next.first == next.end) return false;
    *range = next;
    return true;
}

static bool is_hash(struct ghm_bytes segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        uint8_t byte = segment.ptr[i];
        if (!(byte >= '0' && byte <= '9') && !(byte >= 'a' && byte <= 'f')) return false;
    }
    return segment.len == 40;
}

/* A literal segment, or the placeholder that sorts last. */
static bool step(struct range *range, struct ghm_bytes segment, bool *ret_takes_rest)
{
    *ret_takes_rest = false;
    if (segment.len == 0) return false;
    if (segment.ptr[0] != '{' && narrow(range, segment)) return true;
    struct ghm_bytes holder = segment_at(range->end - 1, range->offset);
    if (holder.len == 0 || holder.ptr[0] != '{') return false;
    if (ghm_bytes_equal(holder, ghm_bytes_text("{sha}")) && !is_hash(segment)) return false;
    *ret_takes_rest = ghm_bytes_equal(holder, ghm_bytes_text("{path*}"));
    return narrow(range, holder);
}

static struct ghm_bytes take_segment(struct ghm_bytes *path)
{
    struct ghm_bytes rest = ghm_bytes_from(*path, 1);
    const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    struct ghm_bytes segment =
        ghm_bytes_upto(rest, end == NULL ? rest.len : (size_t)(end - rest.ptr));
    *path = ghm_bytes_from(rest, segment.len);
    return segment;
}

static const struct row *find(struct range range, struct ghm_bytes path)
{
    bool takes_rest = false;
    while (path.len > 0 && !takes_rest) {
        if (!step(&range, take_segment(&path), &takes_rest)) return NULL;
    }
    const struct row *row = &paths[range.first];
    return row->name[range.offset] == '\0' ? row : NULL;
}

static const struct range everything = {0, PATHS_COUNT, 0};

/* Links name repositories and organizations by number: go on as if by name. */
static const struct row *find_aliased(struct ghm_bytes path)
{
    struct range range = everything;
    struct ghm_bytes rest = path;
    struct ghm_bytes kind = take_segment(&rest);
    bool is_repo = ghm_bytes_equal(kind, ghm_bytes_text("repositories"));
    bool is_org = ghm_bytes_equal(kind, ghm_bytes_text("organizations"));
    if (!is_repo && !is_org) return find(range, path);
    if (take_segment(&rest).len == 0) return NULL;
    bool is_found =
        is_repo ? narrow(&range, ghm_bytes_text("repos")) &&
                      narrow(&range, ghm_bytes_text("{owner}")) &&
                      narrow(&range, ghm_bytes_text("{repo}"))
                : narrow(&range, ghm_bytes_text("orgs")) && narrow(&range, ghm_bytes_text("{org}"));
    return is_found ? find(range, rest) : NULL;
}

static struct ghm_route route_of(const struct row *row, uint32_t default_ttl_s)
{
    struct ghm_route route = {default_ttl_s, GHM_ROUTE_SLOW, GHM_ROUTE_NO_RULE};
    if (row == NULL) return route;
    route = row->route;
    if (route.ttl_s == 0 && route.change != GHM_ROUTE_NEVER) route.ttl_s = default_ttl_s;
    return route;
}

static const struct row *row_of_target(struct ghm_bytes target)
{
    const struct ghm_bytes enterprise = ghm_bytes_text("/api/v3/");
    const uint8_t *query = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    struct ghm_bytes path =
        ghm_bytes_upto(target, query == NULL ? target.len : (size_t)(query - target.ptr));
    if (ghm_bytes_starts(path, enterprise)) path = ghm_bytes_from(path, enterprise.len - 1);
    return path.len == 0 || path.ptr[0] != '/' ? NULL : find_aliased(path);
}

struct ghm_route ghm_route_of_target(struct ghm_bytes target, uint32_t default_ttl_s)
{
    return route_of(row_of_target(target), default_ttl_s);
}

const char *ghm_route_template_of(struct ghm_bytes target)
{
    const struct row *row = row_of_target(target);
    return row == NULL ? NULL : row->name;
}

struct ghm_route ghm_route_of_op(struct ghm_bytes op, uint32_t default_ttl_s)
{
    size_t low = 0;
    size_t high = OPS_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ghm_bytes_compare(ghm_bytes_text(ops[middle].name), op);
        if (order == 0) return route_of(&ops[middle], default_ttl_s);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return route_of(NULL, default_ttl_s);
}

const char *ghm_route_template(struct ghm_route *ret_route, size_t index)
{
    if (index >= PATHS_COUNT) return NULL;
    *ret_route = paths[index].route;
    return paths[index].name;
}

const char *ghm_route_op_name(struct ghm_route *ret_route, size_t index)
{
    if (index >= OPS_COUNT) return NULL;
    *ret_route = ops[index].route;
    return ops[index].name;
}
