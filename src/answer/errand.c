/* SPDX-License-Identifier: MIT */
#include "answer/errand.h"

#include "answer/route.h"

/* What is no GET and yet changes nothing that is ever read: it renders, or mints or ends a secret.
 * '*' is one segment. */
static const char *const harmless[] = {
    "/app/installations/*/access_tokens",
    "/applications/*/token",
    "/applications/*/token/scoped",
    "/enterprises/*/actions/runners/registration-token",
    "/enterprises/*/actions/runners/remove-token",
    "/installation/token",
    "/markdown",
    "/markdown/raw",
    "/orgs/*/actions/runners/registration-token",
    "/orgs/*/actions/runners/remove-token",
    "/orgs/*/attestations/bulk-list",
    "/repos/*/*/actions/runners/registration-token",
    "/repos/*/*/actions/runners/remove-token",
    "/repos/*/*/releases/generate-notes",
    "/users/*/attestations/bulk-list",
};

static bool matches(struct ghm_bytes path, const char *pattern)
{
    size_t at = 0;
    for (; *pattern != '\0'; pattern++) {
        size_t start = at;
        if (*pattern != '*') {
            if (at == path.len || path.ptr[at++] != (uint8_t)*pattern) return false;
            continue;
        }
        while (at < path.len && path.ptr[at] != '/')
            at++;
        if (at == start) return false;
    }
    return at == path.len;
}

static bool is_harmless(struct ghm_bytes target)
{
    const struct ghm_bytes enterprise = ghm_bytes_text("/api/v3/");
    const uint8_t *query = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    if (query != NULL) target = ghm_bytes_upto(target, (size_t)(query - target.ptr));
    if (ghm_bytes_starts(target, enterprise)) target = ghm_bytes_from(target, enterprise.len - 1);
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (matches(target, harmless[i])) return true;
    }
    return false;
}

static bool is_method(const struct ghm_request *request, const char *method)
{
    return ghm_bytes_equal(request->method, ghm_bytes_text(method));
}

static enum ghm_errand of_graphql(struct ghm_mem *mem, struct ghm_bytes body)
{
    switch (ghm_graphql_of(mem, body)) {
    case GHM_GRAPHQL_QUERY:
        return GHM_ERRAND_QUERY;
    case GHM_GRAPHQL_MOMENT:
        return GHM_ERRAND_PASS;
    case GHM_GRAPHQL_WRITE:
        return GHM_ERRAND_WRITE;
    }
    return GHM_ERRAND_WRITE;
}

enum ghm_errand ghm_errand_of(struct ghm_mem *mem, const struct ghm_request *request)
{
    bool is_never = ghm_route_of_target(request->target, 1).change == GHM_ROUTE_NEVER;
    if (is_method(request, "GET")) return is_never ? GHM_ERRAND_PASS : GHM_ERRAND_READ;
    if (is_method(request, "HEAD") || is_method(request, "OPTIONS")) return GHM_ERRAND_PASS;
    if (is_method(request, "POST") && ghm_graphql_is_target(request->target))
        return of_graphql(mem, request->body);
    return is_harmless(request->target) ? GHM_ERRAND_PASS : GHM_ERRAND_WRITE;
}

/* No spelling of a query has three NULs. */
static int append_features(struct ghm_buf *key, struct ghm_bytes features)
{
    if (features.ptr == NULL) return GHM_OK;
    int error = ghm_buf_append(key, ghm_bytes("", 1));
    return error == GHM_OK ? ghm_buf_append(key, features) : error;
}

static int name_query(struct ghm_variant *ret_variant, struct ghm_mem *mem,
                      const struct ghm_request *request)
{
    struct ghm_buf key;
    struct ghm_request spelled = *request;
    ghm_buf_init(&key, mem, GHM_GRAPHQL_KEY_MAX + 1 + GHM_REQUEST_FEATURES_MAX);
    int error = ghm_graphql_key(&key, mem, request->body);
    if (error == GHM_OK) error = append_features(&key, request->features);
    spelled.body = ghm_buf_bytes(&key);
    if (error == GHM_OK) error = ghm_variant_of_request(ret_variant, &spelled);
    ghm_buf_fini(&key);
    return error;
}

int ghm_errand_variant(struct ghm_variant *ret_variant, struct ghm_mem *mem,
                       const struct ghm_request *request)
{
    if (is_method(request, "GET") && request->body.ptr == NULL)
        return ghm_variant_of_request(ret_variant, request);
    if (ghm_errand_of(mem, request) != GHM_ERRAND_QUERY) return GHM_EINVAL;
    return name_query(ret_variant, mem, request);
}
