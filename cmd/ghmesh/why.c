/* SPDX-License-Identifier: MIT */
/* What would happen to a request, and why: the questions of the node, asked in its order, without
 * sending anything. */
#include "answer/budget.h"
#include "answer/errand.h"
#include "answer/route.h"
#include "answer/validator.h"
#include "api/open.h"
#include "asking.h"
#include "command.h"
#include "fields.h"
#include "node/ledger.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TARGET_MAX 4096
#define ARGUMENTS_MAX 256
#define HELD "GitHub's limits hold this identity back"

#define DECISION_MAP(X)                                                                            \
    X(DECISION_SERVE, "serve", "answered here; GitHub is not asked")                               \
    X(DECISION_STALE, "serve-stale", "answered here, marked stale, for GitHub must not be asked")  \
    X(DECISION_REVALIDATE, "revalidate", "GitHub is asked whether it changed: free if it did not") \
    X(DECISION_PAY, "revalidate-charged",                                                          \
      "GitHub is asked whether it changed: charged either way, without a token")                   \
    X(DECISION_FETCH, "fetch", "GitHub is asked: at most one call is charged")                     \
    X(DECISION_PASS, "pass", "sent to GitHub as it is: at most one call is charged")               \
    X(DECISION_WAIT, "refuse", "not answered: nothing usable is here, and GitHub must not be asked")

enum decision {
#define DECISION_ENUM(id, name, text) id,
    DECISION_MAP(DECISION_ENUM)
#undef DECISION_ENUM
};

static const char *const decision_names[] = {
#define DECISION_NAME(id, name, text) name,
    DECISION_MAP(DECISION_NAME)
#undef DECISION_NAME
};

static const char *const decision_texts[] = {
#define DECISION_TEXT(id, name, text) text,
    DECISION_MAP(DECISION_TEXT)
#undef DECISION_TEXT
};

struct why {
    struct asking asking;
    bool is_json;
    char target[TARGET_MAX];
    const char *token; /* that is sent */
    struct ghm_request request;
    struct ghm_variant variant;
    struct ghm_identity identity;
    char identity_text[GHM_IDENTITY_TEXT_MAX];
    struct ghm_route route;
    struct ghm_freshness_bound bound;
    struct ghm_local_found found;
    bool is_plain; /* no header that may change the answer */
    bool is_graphql;
    struct ghm_buf body; /* of GraphQL */
    enum ghm_errand errand;
    bool has_entry;
    bool is_own_tag; /* the entry is the asker's, and has something to ask with */
    int64_t hold_until_ms;
    int64_t now_ms;
    enum decision decision;
    const char *reason;
};

/* ---- what is asked ---- */

/* As ghm_fetch reads them. false: a header that may change the answer in ways nobody knows. */
static bool read_headers(struct why *why)
{
    bool is_known = true;
    why->request.accept = ghm_bytes_text(ASKING_ACCEPT);
    for (size_t i = 0; i < why->asking.headers_count; i++) {
        const char *line = why->asking.headers[i];
        size_t name_len = strcspn(line, ":");
        const char *value = line + name_len + 1;
        value += strspn(value, " \t");
        if (name_len == 6 && strncasecmp(line, "accept", 6) == 0)
            why->request.accept = ghm_bytes_text(value);
        else if (name_len == 20 && strncasecmp(line, "x-github-api-version", 20) == 0)
            why->request.api_version = ghm_bytes_text(value);
        else if (why->is_graphql && name_len == 16 &&
                 strncasecmp(line, "graphql-features", 16) == 0)
            why->request.features = ghm_bytes_text(value);
        else if (name_len != 10 || strncasecmp(line, "user-agent", 10) != 0)
            is_known = false;
    }
    return is_known;
}

static bool read_target(struct why *why, const struct ghm_config_origin *origin)
{
    const char *path = why->asking.path;
    const char *scheme = origin->is_tls ? "https://" : "http://";
    const char *prefix = origin->prefix;
    if (why->is_graphql && strcmp(prefix, "/api/v3") == 0) prefix = "/api";
    size_t host_len = strlen(origin->host);
    if (strncasecmp(path, scheme, strlen(scheme)) == 0) {
        path += strlen(scheme);
        if (strncasecmp(path, origin->host, host_len) != 0 || path[host_len] != '/') return false;
        path += host_len;
        prefix = "";
    } else if (strstr(path, "://") != NULL) {
        return false;
    }
    int len =
        snprintf(why->target, sizeof why->target, "%s%s%s", prefix, *path == '/' ? "" : "/", path);
    why->request.target = ghm_bytes_text(why->target);
    return len > 0 && (size_t)len < sizeof why->target;
}

static int read_request(struct why *why, ghm *cache)
{
    const struct ghm_home *home = &cache->home;
    bool has_max_age = why->asking.max_age_s >= 0;
    why->request.method = ghm_bytes_text("GET");
    if (why->is_graphql) {
        why->request.method = ghm_bytes_text("POST");
        why->request.body = ghm_buf_bytes(&why->body);
    }
    why->request.host = ghm_bytes_text(home->origin.host);
    if (!read_target(why, &home->origin)) return GHM_EINVAL;
    why->token = ghm_home_token(home);
    ghm_identity_text(why->identity_text, ghm_bytes_text(why->token));
    why->identity = cache->identity;
    why->now_ms = ghm_home_github_ms(home);
    why->bound =
        (struct ghm_freshness_bound){.has_max_age = has_max_age, .stale_s = GHM_FRESHNESS_STALE_S};
    if (has_max_age)
        why->bound.max_age_s =
            why->asking.max_age_s > UINT32_MAX ? UINT32_MAX : (uint32_t)why->asking.max_age_s;
    why->route = ghm_route_of_target(why->request.target,
                                     (uint32_t)ghm_config_number(home->config, GHM_SETTING_TTL_S));
    why->errand = ghm_errand_of(NULL, &why->request);
    if (why->errand == GHM_ERRAND_QUERY)
        return ghm_errand_variant(&why->variant, NULL, &why->request);
    return ghm_variant_of_request(&why->variant, &why->request);
}

/* ---- what is known ---- */

static int64_t hold_until(const struct why *why, const struct ghm_home *home)
{
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    return ghm_ledger_held(&home->local, &budget, &why->identity,
                           ghm_budget_resource(why->request.target), why->now_ms);
}

static void find(struct why *why, const struct ghm_home *home)
{
    why->has_entry = ghm_local_find(&home->local, &why->found, &why->variant, &why->identity,
                                    &why->bound, why->now_ms) == GHM_OK;
    if (!why->has_entry || why->found.is_foreign) return;
    struct ghm_validator validator = ghm_validator_of(&why->found.entry);
    why->is_own_tag = validator.etag.ptr != NULL || validator.last_modified.ptr != NULL;
}

/* ---- the decision ---- */

/* It would be fresh by its age alone. */
static bool is_written_to(const struct why *why)
{
    const struct ghm_entry *entry = &why->found.entry;
    return why->found.freshness.age_ms < 1000 * (int64_t)ghm_freshness_ttl_s(entry, &why->bound);
}

static const char *why_not_fresh(const struct why *why)
{
    if (is_written_to(why)) return "something that it depends on was written since";
    return why->bound.has_max_age ? "what is here is older than you accept"
                                  : "what is here is past its time";
}

static void decide_without_answer(struct why *why)
{
    bool is_anonymous = ghm_identity_is_anonymous(&why->identity);
    if (why->has_entry && why->is_own_tag) {
        why->decision = is_anonymous ? DECISION_PAY : DECISION_REVALIDATE;
        why->reason = why_not_fresh(why);
        return;
    }
    why->decision = DECISION_FETCH;
    why->reason = !why->has_entry ? "nothing of this variant is here that this identity may see"
                  : why->found.is_foreign
                      ? "what is here is past its time, and another identity's tag proves nothing"
                      : "what is here is past its time and has no tag to ask with";
}

static void decide(struct why *why)
{
    bool is_held = why->hold_until_ms > why->now_ms;
    enum ghm_freshness_state state =
        why->has_entry ? why->found.freshness.state : GHM_FRESHNESS_EXPIRED;
    if (why->has_entry && state == GHM_FRESHNESS_FRESH) {
        why->decision = DECISION_SERVE;
        why->reason = why->found.is_foreign
                          ? "it is fresh, and was got without a token: everybody may see it"
                          : "it is fresh, and this identity got it itself";
        return;
    }
    if (is_held) {
        why->decision = state == GHM_FRESHNESS_STALE ? DECISION_STALE : DECISION_WAIT;
        why->reason = HELD;
        return;
    }
    decide_without_answer(why);
    if (why->route.change == GHM_ROUTE_NEVER)
        why->reason =
            "answers of this path are never kept: they mint a secret, tell of the moment, "
            "or lead elsewhere";
}

static void judge(struct why *why, const struct ghm_home *home)
{
    const char *method = why->asking.method;
    bool is_get = method == NULL ? why->asking.fields_count == 0 && why->asking.input == NULL
                                 : strcasecmp(method, "GET") == 0 && why->asking.input == NULL;
    why->hold_until_ms = hold_until(why, home);
    bool is_kept = is_get || why->errand == GHM_ERRAND_QUERY;
    if (is_kept && why->is_plain) {
        find(why, home);
        decide(why);
        return;
    }
    if (why->hold_until_ms > why->now_ms) {
        why->decision = DECISION_WAIT;
        why->reason = HELD;
        return;
    }
    why->decision = DECISION_PASS;
    why->reason = is_kept
                      ? "a header that may change the answer is sent: it is neither read nor kept"
                  : why->is_graphql ? "it is no query of GraphQL that may be kept"
                                    : "it is no GET";
}

/* ---- showing ---- */

static json_t *entry_json(const struct why *why)
{
    static const char *const states[] = {"fresh", "stale", "expired"};
    const struct ghm_entry *entry = &why->found.entry;
    if (!why->has_entry) return json_null();
    return json_pack("{s:I, s:I, s:s, s:i, s:I, s:s, s:s, s:b}", "age_ms",
                     (json_int_t)why->found.freshness.age_ms, "ttl_s",
                     (json_int_t)ghm_freshness_ttl_s(entry, &why->bound), "state",
                     states[why->found.freshness.state], "status", (int)entry->status, "bytes",
                     (json_int_t)entry->body.len, "of",
                     why->found.is_foreign ? "everybody" : "this identity", "from",
                     entry->from_peer ? "peer" : "origin", "has_tag", (int)why->is_own_tag);
}

static bool print_json(const struct why *why)
{
    static const char *const changes[] = {"never", "live", "slow", "fixed"};
    int64_t wait_ms = why->hold_until_ms > why->now_ms ? why->hold_until_ms - why->now_ms : 0;
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s%, s:s, s:{s:I, s:s}, s:o, s:n, s:{s:s, s:I}}", "decision",
        decision_names[why->decision], "meaning", decision_texts[why->decision], "reason",
        why->reason, "variant", why->variant.name, why->variant.name_len, "identity",
        why->identity_text, "route", "ttl_s", (json_int_t)why->route.ttl_s, "change",
        changes[why->route.change], "entry", entry_json(why), "proof", "budget", "resource",
        ghm_budget_resource(why->request.target), "hold_ms", (json_int_t)wait_ms);
    int failed = object == NULL ? -1 : json_dumpf(object, stdout, JSON_INDENT(2));
    json_decref(object);
    return failed == 0 && puts("") >= 0;
}

static bool print_text(const struct why *why)
{
    const struct ghm_entry *entry = &why->found.entry;
    (void)printf("%s: %s\n", decision_names[why->decision], decision_texts[why->decision]);
    (void)printf("  %-9s %s\n", "because", why->reason);
    (void)printf("  %-9s %.*s\n", "variant", (int)why->variant.name_len, why->variant.name);
    (void)printf("  %-9s %s\n", "identity",
                 *why->token == '\0' ? "anonymous: no token" : why->identity_text);
    if (why->route.change == GHM_ROUTE_NEVER)
        (void)printf("  %-9s never kept\n", "route");
    else
        (void)printf("  %-9s fresh for %" PRIu32 " s\n", "route", why->route.ttl_s);
    if (why->has_entry)
        (void)printf("  %-9s %" PRId64 " s old, fresh for %" PRIu32 " s, %zu bytes, status %u, "
                     "got by %s%s\n",
                     "entry", why->found.freshness.age_ms / 1000,
                     ghm_freshness_ttl_s(entry, &why->bound), entry->body.len,
                     (unsigned)entry->status,
                     why->found.is_foreign ? "somebody without a token" : "this identity",
                     entry->from_peer ? ", from a member of the mesh" : "");
    else
        (void)printf("  %-9s none\n", "entry");
    (void)printf("  %-9s none\n", "proof");
    (void)printf("  %-9s %s: ", "budget", ghm_budget_resource(why->request.target));
    if (why->hold_until_ms > why->now_ms)
        (void)printf("held for %" PRId64 " s\n", (why->hold_until_ms - why->now_ms + 999) / 1000);
    else
        (void)printf("no hold\n");
    return true;
}

/* As ghmesh api makes it. false: told. */
static bool fill_body(struct why *why)
{
    const struct asking *asking = &why->asking;
    bool has_body = asking->fields_count > 0 || asking->input != NULL;
    bool is_post = asking->method == NULL || strcasecmp(asking->method, "POST") == 0;
    why->is_graphql = has_body && is_post && strcmp(asking->path, "graphql") == 0;
    if (!why->is_graphql) return true;
    if (asking->input != NULL) return fields_read_file(&why->body, asking->input);
    json_t *fields = fields_read(asking);
    bool is_there = fields != NULL && fields_as_body(&why->body, fields, true);
    json_decref(fields);
    return is_there;
}

static int explain(struct why *why, ghm *cache)
{
    why->is_plain = read_headers(why);
    int error = read_request(why, cache);
    if (error != GHM_OK)
        return command_usage("why", "\"%.200s\" is no path or URL of the configured host",
                             why->asking.path);
    judge(why, &cache->home);
    bool is_shown = why->is_json ? print_json(why) : print_text(why);
    if (why->has_entry) ghm_local_done(&cache->home.local, &why->found);
    return is_shown ? EXIT_DONE : EXIT_LOCAL;
}

int command_why(int argc, char **argv)
{
    struct why why = {.is_json = false};
    char *others[ARGUMENTS_MAX];
    int count = 0;
    const char *problem;
    int code = EXIT_LOCAL;
    if (argc >= ARGUMENTS_MAX) return command_usage("why", "too many arguments");
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            why.is_json = true;
        else
            others[count++] = argv[i];
    }
    others[count] = NULL;
    if (!asking_parse(&why.asking, &problem, count, others))
        return command_usage("why", "%s", problem);
    ghm_buf_init(&why.body, NULL, FIELDS_FILE_MAX);
    if (!fill_body(&why)) {
        ghm_buf_fini(&why.body);
        return EXIT_USAGE;
    }
    ghm *cache = command_open_of(&code, why.asking.hostname);
    if (cache != NULL) code = explain(&why, cache);
    ghm_close(cache);
    ghm_buf_fini(&why.body);
    return code;
}
