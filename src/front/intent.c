/* SPDX-License-Identifier: MIT */
#include "front/intent.h"

#include "answer/graphql.h"
#include "answer/route.h"
#include "front/passing.h"

/* Identity is what the store has, and it is acceptable unless it is excluded. Spec: RFC 9110
 * section 12.5.3 */
static bool excludes_identity(const struct ghm_asked *asked)
{
    return ghm_asked_lists(asked, "accept-encoding", "identity;q=0") ||
           ghm_asked_lists(asked, "accept-encoding", "identity; q=0") ||
           (ghm_asked_lists(asked, "accept-encoding", "*;q=0") &&
            !ghm_asked_lists(asked, "accept-encoding", "identity"));
}

/* Each header at most once where a second would change the meaning, and none that might change the
 * answer. */
static bool is_plain(const struct ghm_asked *asked)
{
    size_t accepts = 0;
    size_t versions = 0;
    size_t features = 0;
    for (size_t i = 0; i < asked->headers_count; i++) {
        struct ghm_bytes name = asked->headers[i].name;
        if (!ghm_passing_is_harmless(name)) return false;
        if (ghm_asked_is(name, "accept")) accepts++;
        if (ghm_asked_is(name, "x-github-api-version")) versions++;
        if (ghm_asked_is(name, "graphql-features")) features++;
    }
    return accepts <= 1 && versions <= 1 && features <= 1;
}

static bool is_reading(const struct ghm_asked *asked)
{
    return ghm_bytes_equal(asked->method, ghm_bytes_text("GET")) ||
           ghm_bytes_equal(asked->method, ghm_bytes_text("HEAD"));
}

static bool is_graphql(const struct ghm_intent *intent, const struct ghm_asked *asked)
{
    return intent->site.kind == GHM_SITE_API && ghm_graphql_is_target(intent->site.target) &&
           ghm_bytes_equal(asked->method, ghm_bytes_text("POST"));
}

static void fill_request(struct ghm_intent *intent, const struct ghm_asked *asked)
{
    intent->wish = ghm_wish_of(asked);
    intent->authorization = ghm_asked_find(asked, "authorization");
    intent->if_none_match = ghm_asked_find(asked, "if-none-match");
    intent->request = (struct ghm_request){
        .method = ghm_bytes_text("GET"),
        .host = intent->site.host,
        .target = intent->site.target,
        .accept = ghm_asked_find(asked, "accept"),
        .api_version = ghm_asked_find(asked, "x-github-api-version"),
    };
    if (!is_graphql(intent, asked)) return;
    intent->if_none_match = GHM_BYTES_NONE; /* not of a POST */
    intent->request.method = asked->method;
    intent->request.features = ghm_asked_find(asked, "graphql-features");
}

static bool is_keepable(const struct ghm_intent *intent, const struct ghm_asked *asked)
{
    if (!is_plain(asked) || excludes_identity(asked) || intent->wish.is_no_store) return false;
    /* Secrets, the moment's state, redirects to files: streamed, and kept nowhere. */
    if (ghm_route_of_target(intent->site.target, 1).change == GHM_ROUTE_NEVER) return false;
    return ghm_request_check(&intent->request) == GHM_OK; /* too long for a name: still passed */
}

static enum ghm_intent_kind kind_of(const struct ghm_intent *intent, const struct ghm_asked *asked)
{
    if (is_graphql(intent, asked)) return GHM_INTENT_WEIGH;
    bool is_read = intent->is_keepable && is_reading(asked) && !ghm_asked_has_body(asked);
    return is_read ? GHM_INTENT_READ : GHM_INTENT_PASS;
}

static bool is_health(const struct ghm_site *site, const struct ghm_asked *asked)
{
    return site->kind == GHM_SITE_API && site->is_local && is_reading(asked) &&
           ghm_bytes_equal(asked->target, ghm_bytes_text("/healthz"));
}

/* Spec: RFC 9110 section 7.6.3 */
static bool is_ours(const struct ghm_asked *asked, const char *name)
{
    return name != NULL && ghm_asked_lists(asked, "via", name);
}

void ghm_intent_of(struct ghm_intent *ret_intent, const struct ghm_site_config *config,
                   const struct ghm_asked *asked)
{
    ret_intent->kind = GHM_INTENT_REFUSE;
    ret_intent->is_write = false;
    ret_intent->is_keepable = false;
    ret_intent->is_head = ghm_bytes_equal(asked->method, ghm_bytes_text("HEAD"));
    ret_intent->refusal = ghm_asked_check(asked);
    if (ret_intent->refusal == GHM_REFUSAL_NONE)
        ret_intent->refusal = ghm_site_of(&ret_intent->site, config, asked);
    if (ret_intent->refusal == GHM_REFUSAL_NONE && is_ours(asked, config->name))
        ret_intent->refusal = GHM_REFUSAL_LOOP;
    if (ret_intent->refusal != GHM_REFUSAL_NONE) return;
    if (is_health(&ret_intent->site, asked)) {
        ret_intent->kind = GHM_INTENT_HEALTH;
        return;
    }
    ret_intent->is_write = !is_reading(asked);
    if (ret_intent->site.kind == GHM_SITE_API) {
        fill_request(ret_intent, asked);
        ret_intent->is_keepable = is_keepable(ret_intent, asked);
    }
    ret_intent->kind = kind_of(ret_intent, asked);
}
