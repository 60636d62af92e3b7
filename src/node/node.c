/* SPDX-License-Identifier: MIT */
#include "node/node.h"

#include "answer/budget.h"
#include "answer/header.h"
#include "answer/identity.h"
#include "answer/rule.h"
#include "answer/validator.h"
#include "base/assert.h"
#include "crypto/hash.h"
#include "node/flight.h"

#define ROOM "node"
#define TTL_S_MAX (30 * 24 * 3600) /* of what a member announces */
#define SKEW_NOISE_MS 1500         /* Date has whole seconds: smaller differences are no skew */

struct ghm_node {
    struct ghm_mem *mem;
    struct ghm_node_config config;
    struct ghm_entropy entropy;
    struct ghm_map by_slot;
    struct ghm_map by_id;
    struct ghm_list ready;    /* flights to send */
    struct ghm_list answered; /* waiters whose answers are to be given */
    size_t waiters;
    uint64_t last_id;
    int64_t skew_ms; /* GitHub's clock minus ours, when nobody shares one */
    struct ghm_budget budget;
    struct ghm_buf kept; /* headers of the answer being stored */
    bool has_news;       /* a NEWS event is to be given */
};

/* ---- time ---- */

int64_t ghm_node_github_ms(const struct ghm_node *node, struct ghm_node_time time)
{
    const struct ghm_shared *shared = node->config.local.shared;
    if (shared == NULL) return time.wall_ms + node->skew_ms;
    return time.wall_ms + atomic_load_explicit(&shared->github_skew_ms, memory_order_relaxed);
}

static void set_skew(struct ghm_node *node, int64_t skew_ms)
{
    node->skew_ms = skew_ms;
    struct ghm_shared *shared = node->config.local.shared;
    if (shared != NULL) atomic_store(&shared->github_skew_ms, skew_ms);
}

/* The answer's own date; GitHub's time by our reckoning when it has none. */
static int64_t learn_time(struct ghm_node *node, struct ghm_bytes headers,
                          struct ghm_node_time time)
{
    int64_t date_ms;
    int64_t now_ms = ghm_node_github_ms(node, time);
    struct ghm_bytes date = ghm_header_find(headers, "date");
    if (date.ptr == NULL || ghm_header_date_ms(&date_ms, date) != GHM_OK) return now_ms;
    if (date_ms - now_ms > SKEW_NOISE_MS || now_ms - date_ms > SKEW_NOISE_MS)
        set_skew(node, date_ms - time.wall_ms);
    return date_ms;
}

/* ---- answers ---- */

static void give(struct ghm_node *node, struct ghm_flight_waiter *waiter, int error,
                 struct ghm_answer *take_answer)
{
    waiter->error = error;
    waiter->answer = take_answer;
    ghm_list_append(&node->answered, &waiter->node);
}

static void give_copy(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                      const struct ghm_answer *answer)
{
    struct ghm_answer *copy = NULL;
    int error = ghm_reply_copy(&copy, answer);
    give(node, waiter, error, copy);
}

static void end_flight(struct ghm_node *node, struct ghm_flight *flight)
{
    if (!flight->is_bypass) ghm_map_remove(&node->by_slot, &flight->by_slot);
    ghm_map_remove(&node->by_id, &flight->by_id);
    ghm_flight_free(flight);
}

/* Answer everyone with the same thing: `answer`, or `error` when it is NULL. */
static void land(struct ghm_node *node, struct ghm_flight *flight, int error,
                 const struct ghm_answer *answer)
{
    size_t served = 0;
    for (struct ghm_flight_waiter *waiter; (waiter = ghm_flight_leave(flight)) != NULL; served++) {
        if (answer == NULL)
            give(node, waiter, error, NULL);
        else
            give_copy(node, waiter, answer);
    }
    /* One asked for all: without us each would have. */
    if (answer != NULL && served > 1)
        GHM_COUNT(node->config.local.shared, api_calls_saved, served - 1);
    end_flight(node, flight);
}

static struct ghm_freshness_bound no_bound(void)
{
    return (struct ghm_freshness_bound){.stale_s = GHM_FRESHNESS_STALE_S};
}

/* It may even be fresh by now: a member's answer came in while GitHub was asked. */
static enum ghm_source source_of(const struct ghm_local_found *found)
{
    if (found->freshness.state != GHM_FRESHNESS_FRESH) return GHM_SOURCE_STALE;
    return found->entry.from_peer ? GHM_SOURCE_PEER : GHM_SOURCE_LOCAL;
}

static int stale_answer(struct ghm_node *node, const struct ghm_flight *flight,
                        const struct ghm_freshness_bound *bound, struct ghm_node_time time,
                        struct ghm_answer **ret_answer)
{
    struct ghm_local_found found;
    const struct ghm_local *local = &node->config.local;
    if (flight->is_bypass) return GHM_ENOTFOUND;
    int error = ghm_local_find(local, &found, &flight->variant, &flight->identity, bound,
                               ghm_node_github_ms(node, time));
    if (error != GHM_OK) return error;
    if (found.freshness.state == GHM_FRESHNESS_EXPIRED)
        error = GHM_ENOTFOUND;
    else
        error = ghm_local_reply(ret_answer, &found, source_of(&found), bound);
    ghm_local_done(local, &found);
    return error;
}

/* A waiter gets what is stored if its own bound allows, else GitHub's refusal itself (`refusal`),
 * else the error. */
static void give_without(struct ghm_node *node, const struct ghm_flight *flight,
                         struct ghm_flight_waiter *waiter, int error,
                         const struct ghm_answer *refusal, struct ghm_node_time time)
{
    struct ghm_answer *stale = NULL;
    if (stale_answer(node, flight, &waiter->bound, time, &stale) == GHM_OK) {
        if (stale->source == GHM_SOURCE_STALE) GHM_COUNT(node->config.local.shared, stale_hits, 1);
        give(node, waiter, GHM_OK, stale);
    } else if (refusal != NULL) {
        give_copy(node, waiter, refusal);
    } else {
        give(node, waiter, error, NULL);
    }
}

/* GitHub could not be asked, or would not answer. */
static void land_without(struct ghm_node *node, struct ghm_flight *flight, int error,
                         const struct ghm_answer *refusal, struct ghm_node_time time)
{
    for (struct ghm_flight_waiter *waiter; (waiter = ghm_flight_leave(flight)) != NULL;)
        give_without(node, flight, waiter, error, refusal, time);
    end_flight(node, flight);
}

/* ---- sending ---- */

static struct ghm_bytes name_of(const struct ghm_flight *flight)
{
    return ghm_bytes(flight->variant.name, flight->variant.name_len);
}

static const char *resource_of(const struct ghm_flight *flight)
{
    return ghm_budget_resource(ghm_rule_target(name_of(flight)));
}

static int admit(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    int64_t now_ms = ghm_node_github_ms(node, time);
    int64_t until_ms =
        ghm_budget_admit(&node->budget, &flight->identity, resource_of(flight), 0, now_ms);
    if (until_ms == 0) return GHM_OK;
    ghm_log_add(node->config.log, GHM_LOG_INFO, ROOM,
                "GitHub's limits hold requests for %lld s more",
                (long long)((until_ms - now_ms + 999) / 1000));
    return GHM_ERATE;
}

static int compose(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    struct ghm_local_found found;
    const struct ghm_local *local = &node->config.local;
    struct ghm_freshness_bound bound = no_bound();
    bool may = !flight->is_bypass && !flight->is_unconditional_only;
    /* GitHub's tags depend on the token: only the identity that got it can be told "not modified".
     */
    if (!may || ghm_local_find_own(local, &found, &flight->variant, &flight->identity, &bound,
                                   ghm_node_github_ms(node, time)) != GHM_OK)
        return ghm_flight_compose(flight, NULL);
    bool is_answer = found.entry.kind == GHM_ENTRY_ORIGIN;
    int error = ghm_flight_compose(flight, is_answer ? &found.entry : NULL);
    ghm_local_done(local, &found);
    return error;
}

static void ready(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    int error = flight->deadline_ns > time.now_ns ? admit(node, flight, time) : GHM_ETIMEOUT;
    if (error == GHM_OK) error = compose(node, flight, time);
    if (error != GHM_OK) {
        land_without(node, flight, error, NULL, time);
        return;
    }
    flight->state = GHM_FLIGHT_READY;
    flight->timeout_ms = (flight->deadline_ns - time.now_ns) / GHM_NS_PER_MS + 1;
    ghm_list_append(&node->ready, &flight->ready);
}

/* A hold that was just learned is for what is ready to be sent, too. */
static void admit_again(struct ghm_node *node, struct ghm_node_time time)
{
    struct ghm_list all;
    ghm_list_init(&all);
    for (struct ghm_list *at; (at = ghm_list_pop(&node->ready)) != NULL;)
        ghm_list_append(&all, at);
    for (struct ghm_list *at; (at = ghm_list_pop(&all)) != NULL;) {
        struct ghm_flight *flight = GHM_LIST_OF(at, struct ghm_flight, ready);
        int error = admit(node, flight, time);
        if (error == GHM_OK)
            ghm_list_append(&node->ready, at);
        else
            land_without(node, flight, error, NULL, time);
    }
}

static uint64_t retry_wait_ns(struct ghm_node *node, unsigned tries)
{
    uint64_t wait_ms = (uint64_t)GHM_NODE_RETRY_FIRST_MS << (tries - 1);
    return (wait_ms + ghm_entropy_below(&node->entropy, wait_ms)) * GHM_NS_PER_MS;
}

/* Try again a little later, if there are tries and time left. */
static bool pause_flight(struct ghm_node *node, struct ghm_flight *flight,
                         struct ghm_node_time time)
{
    uint64_t wait_ns = retry_wait_ns(node, flight->tries);
    if (flight->tries >= GHM_NODE_TRIES_MAX || time.now_ns + wait_ns >= flight->deadline_ns)
        return false;
    flight->state = GHM_FLIGHT_PAUSED;
    flight->resume_ns = time.now_ns + wait_ns;
    GHM_COUNT(node->config.local.shared, retries, 1);
    return true;
}

/* ---- asking ---- */

static struct ghm_flight *find_flight(struct ghm_node *node, const struct ghm_node_ask *ask,
                                      const struct ghm_variant *variant)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    if (ask->is_bypass) return NULL;
    ghm_local_slot(slot, variant, &ask->identity);
    struct ghm_map_node *found = ghm_map_find(&node->by_slot, ghm_bytes(slot, sizeof slot));
    return found == NULL ? NULL : GHM_LIST_OF(found, struct ghm_flight, by_slot);
}

static int register_flight(struct ghm_node *node, struct ghm_flight *flight)
{
    flight->id = ++node->last_id;
    ghm_store_be64(flight->id_key, flight->id);
    int error = ghm_map_insert(&node->by_id, &flight->by_id, ghm_bytes(flight->id_key, 8));
    if (error != GHM_OK || flight->is_bypass) return error;
    error = ghm_map_insert(&node->by_slot, &flight->by_slot,
                           ghm_bytes(flight->slot, sizeof flight->slot));
    if (error != GHM_OK) ghm_map_remove(&node->by_id, &flight->by_id);
    return error;
}

static int start_flight(struct ghm_node *node, struct ghm_flight **ret_flight,
                        const struct ghm_node_ask *ask, const struct ghm_variant *variant)
{
    struct ghm_flight *flight;
    int error = ghm_flight_new(&flight, node->mem, &node->config, ask, variant);
    if (error != GHM_OK) return error;
    error = register_flight(node, flight);
    if (error != GHM_OK) {
        ghm_flight_free(flight);
        return error;
    }
    *ret_flight = flight;
    return GHM_OK;
}

/* Join the flight that fetches this, or start it. */
static int board(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                 const struct ghm_node_ask *ask, const struct ghm_variant *variant,
                 struct ghm_node_time time)
{
    struct ghm_flight *flight = find_flight(node, ask, variant);
    bool is_new = flight == NULL;
    int error = is_new ? start_flight(node, &flight, ask, variant) : GHM_OK;
    if (error != GHM_OK) return error;
    ghm_flight_join(flight, waiter);
    if (is_new) ready(node, flight, time);
    return GHM_OK;
}

static int answer_or_board(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                           const struct ghm_node_ask *ask, const struct ghm_variant *variant,
                           struct ghm_node_time time)
{
    struct ghm_answer *answer = NULL;
    const struct ghm_local *local = &node->config.local;
    int error = GHM_ENOTFOUND;
    if (!ask->is_bypass)
        error = ghm_local_answer(local, &answer, variant, &ask->identity, &ask->bound,
                                 ghm_node_github_ms(node, time));
    if (error == GHM_OK) {
        give(node, waiter, GHM_OK, answer);
        return GHM_OK;
    }
    ghm_local_missed(local, error);
    return board(node, waiter, ask, variant, time);
}

static bool is_never_kept(struct ghm_bytes name)
{
    return ghm_rule_of_name(name, 0).change == GHM_ROUTE_NEVER;
}

int ghm_node_ask(struct ghm_node *node, const struct ghm_node_ask *ask, struct ghm_node_time time)
{
    struct ghm_variant variant;
    struct ghm_flight_waiter *waiter;
    struct ghm_node_ask mine = *ask;
    if (node->waiters >= GHM_NODE_WAITERS_MAX) return GHM_ELIMIT;
    int error = ghm_variant_of_request(&variant, &ask->request);
    if (error != GHM_OK) return error;
    if (is_never_kept(ghm_bytes(variant.name, variant.name_len))) mine.is_bypass = true;
    error = ghm_flight_waiter_new(&waiter, node->mem, ask, time.now_ns);
    if (error != GHM_OK) return error;
    error = answer_or_board(node, waiter, &mine, &variant, time);
    if (error != GHM_OK)
        ghm_flight_waiter_free(waiter);
    else
        node->waiters++;
    return error;
}

static struct ghm_flight_waiter *find_waiter(struct ghm_list *list, uint64_t id)
{
    for (struct ghm_list *at = list->next; at != list; at = at->next) {
        struct ghm_flight_waiter *waiter = GHM_LIST_OF(at, struct ghm_flight_waiter, node);
        if (waiter->id == id) return waiter;
    }
    return NULL;
}

void ghm_node_forget(struct ghm_node *node, uint64_t id)
{
    struct ghm_flight_waiter *waiter = find_waiter(&node->answered, id);
    struct ghm_map_node *at = NULL;
    while (waiter == NULL && (at = ghm_map_next(&node->by_id, at)) != NULL)
        waiter = find_waiter(&GHM_LIST_OF(at, struct ghm_flight, by_id)->waiters, id);
    if (waiter == NULL) return;
    ghm_flight_waiter_free(waiter);
    node->waiters--;
}

/* ---- what GitHub said ---- */

static int keep_headers(struct ghm_node *node, const struct ghm_node_response *response)
{
    struct ghm_header header;
    struct ghm_bytes walk = response->headers;
    ghm_buf_clear(&node->kept);
    while (ghm_header_next(&walk, &header)) {
        int error = ghm_header_keep(&node->kept, &header, (unsigned)response->status);
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

static uint32_t ttl_of(const struct ghm_node *node, struct ghm_bytes name)
{
    return ghm_rule_of_name(name, node->config.ttl_s).ttl_s;
}

static void store_entry(struct ghm_node *node, const struct ghm_flight *flight,
                        const struct ghm_entry *entry, struct ghm_node_time time)
{
    unsigned flags = node->config.has_mesh ? GHM_STORE_ANNOUNCE : 0;
    int error =
        ghm_store_put(node->config.local.store, flight->slot, entry, flags, time.wall_ms / 1000);
    if (error == GHM_OK && node->config.has_mesh) node->has_news = true;
    if (error != GHM_OK && error != GHM_EOLD)
        ghm_log_add(node->config.log, GHM_LOG_WARN, ROOM, "an answer could not be kept: %s",
                    ghm_error_text(error));
}

static void land_reply(struct ghm_node *node, struct ghm_flight *flight,
                       const struct ghm_reply *reply)
{
    struct ghm_answer *answer = NULL;
    int error = ghm_reply_new(&answer, reply);
    land(node, flight, error, answer);
    ghm_answer_free(answer);
}

/* Whatever GitHub said, handed on as it is. */
static struct ghm_reply reply_of(const struct ghm_node_response *response)
{
    return (struct ghm_reply){
        .status = response->status,
        .source = GHM_SOURCE_ORIGIN,
        .headers = response->headers,
        .body = response->body,
    };
}

static void on_new(struct ghm_node *node, struct ghm_flight *flight,
                   const struct ghm_node_response *response, int64_t date_ms,
                   struct ghm_node_time time)
{
    struct ghm_reply reply = reply_of(response);
    bool is_kept = !flight->is_bypass && response->status == 200 &&
                   response->body.len <= GHM_ENTRY_BODY_MAX &&
                   keep_headers(node, response) == GHM_OK;
    if (is_kept) {
        struct ghm_entry entry = {
            .kind = GHM_ENTRY_ORIGIN,
            .status = (uint16_t)response->status,
            .date_ms = date_ms,
            .ttl_s = ttl_of(node, name_of(flight)),
            .identity = flight->identity,
            .name = name_of(flight),
            .headers = ghm_buf_bytes(&node->kept),
            .body = response->body,
        };
        ghm_hash_sha256(entry.body_sha256, entry.body);
        store_entry(node, flight, &entry, time);
        reply.ttl_s = entry.ttl_s;
    }
    land_reply(node, flight, &reply);
}

/* A 304 vouches for the tag that was sent. What is stored may have been replaced meanwhile, by a
 * member's newer answer say: then the 304 says nothing about it. */
static bool is_vouched(const struct ghm_flight *flight, const struct ghm_entry *entry)
{
    struct ghm_bytes etag = ghm_header_find(entry->headers, "etag");
    struct ghm_bytes sent = ghm_buf_bytes(&flight->etag);
    return flight->is_conditional && etag.ptr != NULL && sent.len > 0 &&
           ghm_validator_equal(etag, sent);
}

static int revalidate(struct ghm_node *node, struct ghm_flight *flight, int64_t date_ms,
                      struct ghm_node_time time, struct ghm_answer **ret_answer)
{
    struct ghm_local_found found;
    struct ghm_freshness_bound bound = no_bound();
    const struct ghm_local *local = &node->config.local;
    int error = ghm_local_find_own(local, &found, &flight->variant, &flight->identity, &bound,
                                   ghm_node_github_ms(node, time));
    if (error != GHM_OK) return error;
    if (is_vouched(flight, &found.entry)) {
        found.entry.date_ms = date_ms;
        found.entry.from_peer = false;
        store_entry(node, flight, &found.entry, time);
        found.freshness.age_ms = 0;
        error = ghm_local_reply(ret_answer, &found, GHM_SOURCE_REVALIDATED, &bound);
    } else {
        error = GHM_EOLD;
    }
    ghm_local_done(local, &found);
    return error;
}

static void on_not_modified(struct ghm_node *node, struct ghm_flight *flight, int64_t date_ms,
                            struct ghm_node_time time)
{
    struct ghm_answer *answer;
    bool is_free = !ghm_identity_is_anonymous(&flight->identity);
    if (is_free) GHM_COUNT(node->config.local.shared, api_calls_free, 1);
    if (revalidate(node, flight, date_ms, time, &answer) == GHM_OK) {
        if (is_free) GHM_COUNT(node->config.local.shared, api_calls_saved, 1);
        land(node, flight, GHM_OK, answer);
        ghm_answer_free(answer);
        return;
    }
    /* Nothing to show for it: ask again, plainly. */
    flight->is_unconditional_only = true;
    ready(node, flight, time);
}

static void on_refused(struct ghm_node *node, struct ghm_flight *flight,
                       const struct ghm_node_response *response, struct ghm_node_time time)
{
    struct ghm_answer *refusal = NULL;
    struct ghm_reply reply = reply_of(response);
    int error = ghm_reply_new(&refusal, &reply);
    land_without(node, flight, error, refusal, time);
    ghm_answer_free(refusal);
}

static bool is_worth_retrying(const struct ghm_node_response *response)
{
    if (response->error != GHM_OK)
        return response->error == GHM_EORIGIN || response->error == GHM_ETIMEOUT;
    return response->status == 500 || response->status == 502 || response->status == 503 ||
           response->status == 504;
}

static void on_broken(struct ghm_node *node, struct ghm_flight *flight,
                      const struct ghm_node_response *response, struct ghm_node_time time)
{
    GHM_COUNT(node->config.local.shared, origin_errors, 1);
    if (!pause_flight(node, flight, time)) on_refused(node, flight, response, time);
}

static void on_failed(struct ghm_node *node, struct ghm_flight *flight,
                      const struct ghm_node_response *response, struct ghm_node_time time)
{
    GHM_COUNT(node->config.local.shared, origin_errors, 1);
    ghm_log_add(node->config.log, GHM_LOG_INFO, ROOM, "GitHub: %s", response->reason);
    if (is_worth_retrying(response) && pause_flight(node, flight, time)) return;
    land_without(node, flight, response->error, NULL, time);
}

static void on_answered(struct ghm_node *node, struct ghm_flight *flight,
                        const struct ghm_node_response *response, struct ghm_node_time time)
{
    int64_t date_ms = learn_time(node, response->headers, time);
    int64_t now_ms = ghm_node_github_ms(node, time);
    struct ghm_budget_answer heard = {.status = (unsigned)response->status,
                                      .headers = response->headers,
                                      .body = response->body,
                                      .resource = resource_of(flight)};
    const struct ghm_budget_line *line =
        ghm_budget_learn(&node->budget, &flight->identity, &heard, now_ms);
    bool is_limited =
        (response->status == 403 || response->status == 429) && line->hold_until_ms > now_ms;
    bool is_free = response->status == 304 && !ghm_identity_is_anonymous(&flight->identity);
    if (!is_free) GHM_COUNT(node->config.local.shared, api_calls_made, 1);
    if (is_limited) {
        GHM_COUNT(node->config.local.shared, origin_errors, 1);
        on_refused(node, flight, response, time);
    } else if (response->status == 304 && flight->is_conditional) {
        on_not_modified(node, flight, date_ms, time);
    } else if (is_worth_retrying(response)) {
        on_broken(node, flight, response, time);
    } else {
        on_new(node, flight, response, date_ms, time);
    }
    admit_again(node, time);
}

void ghm_node_response(struct ghm_node *node, const struct ghm_node_response *response,
                       struct ghm_node_time time)
{
    uint8_t key[8];
    ghm_store_be64(key, response->flight);
    struct ghm_map_node *found = ghm_map_find(&node->by_id, ghm_bytes(key, sizeof key));
    if (found == NULL) return;
    struct ghm_flight *flight = GHM_LIST_OF(found, struct ghm_flight, by_id);
    if (flight->state != GHM_FLIGHT_SENT) return;
    if (response->error != GHM_OK)
        on_failed(node, flight, response, time);
    else
        on_answered(node, flight, response, time);
}

/* ---- what members say ---- */

int ghm_node_learn(struct ghm_node *node, const struct ghm_entry *entry, struct ghm_node_time time)
{
    struct ghm_variant variant;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_entry mine = *entry;
    if (is_never_kept(entry->name) || entry->status != 200) return GHM_EINVAL;
    if (ghm_variant_of_name(&variant, entry->name) != GHM_OK) return GHM_EINVAL;
    /* A value put under the name of a request would live by its sender's TTL. */
    bool is_request = ghm_rule_target(entry->name).ptr != NULL;
    if (is_request && entry->kind != GHM_ENTRY_ORIGIN) return GHM_EINVAL;
    /* Our own rule says how long a kind of answer is fresh; a member cannot make it longer. */
    if (entry->kind == GHM_ENTRY_ORIGIN) mine.ttl_s = ttl_of(node, entry->name);
    if (mine.ttl_s > TTL_S_MAX) mine.ttl_s = TTL_S_MAX;
    mine.from_peer = true;
    ghm_local_slot(slot, &variant, &mine.identity);
    int error = ghm_store_put(node->config.local.store, slot, &mine, 0, time.wall_ms / 1000);
    if (error == GHM_OK) GHM_COUNT(node->config.local.shared, announces_stored, 1);
    return error;
}

/* ---- events and time ---- */

static bool next_answer(struct ghm_node *node, struct ghm_node_event *ret_event)
{
    if (ghm_list_is_empty(&node->answered)) return false;
    struct ghm_flight_waiter *waiter =
        GHM_LIST_OF(node->answered.next, struct ghm_flight_waiter, node);
    *ret_event = (struct ghm_node_event){.type = GHM_NODE_ANSWER,
                                         .id = waiter->id,
                                         .error = waiter->error,
                                         .answer = waiter->answer};
    waiter->answer = NULL; /* the taker's now */
    ghm_flight_waiter_free(waiter);
    node->waiters--;
    return true;
}

static bool next_send(struct ghm_node *node, struct ghm_node_event *ret_event)
{
    struct ghm_list *at = ghm_list_pop(&node->ready);
    if (at == NULL) return false;
    struct ghm_flight *flight = GHM_LIST_OF(at, struct ghm_flight, ready);
    flight->state = GHM_FLIGHT_SENT;
    flight->tries++;
    *ret_event = (struct ghm_node_event){
        .type = GHM_NODE_SEND,
        .id = flight->id,
        .url = (const char *)ghm_buf_bytes(&flight->url).ptr,
        .headers = ghm_buf_bytes(&flight->sending),
        .timeout_ms = flight->timeout_ms,
    };
    return true;
}

bool ghm_node_next(struct ghm_node *node, struct ghm_node_event *ret_event)
{
    if (node->has_news) {
        node->has_news = false;
        *ret_event = (struct ghm_node_event){.type = GHM_NODE_NEWS};
        return true;
    }
    return next_answer(node, ret_event) || next_send(node, ret_event);
}

static uint64_t deadline_of(const struct ghm_flight *flight)
{
    uint64_t first = ghm_deadline_first(flight->due_ns, flight->deadline_ns);
    return flight->state == GHM_FLIGHT_PAUSED ? ghm_deadline_first(first, flight->resume_ns)
                                              : first;
}

uint64_t ghm_node_deadline(const struct ghm_node *node)
{
    uint64_t first = GHM_NEVER;
    for (struct ghm_map_node *at = NULL; (at = ghm_map_next(&node->by_id, at)) != NULL;)
        first = ghm_deadline_first(first, deadline_of(GHM_LIST_OF(at, struct ghm_flight, by_id)));
    return first;
}

/* One flight whose time has come; NULL when there is none. */
static struct ghm_flight *find_due(struct ghm_node *node, uint64_t now_ns)
{
    for (struct ghm_map_node *at = NULL; (at = ghm_map_next(&node->by_id, at)) != NULL;) {
        struct ghm_flight *flight = GHM_LIST_OF(at, struct ghm_flight, by_id);
        if (deadline_of(flight) <= now_ns) return flight;
    }
    return NULL;
}

static void tick_flight(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    struct ghm_flight_waiter *waiter;
    if (flight->deadline_ns <= time.now_ns) {
        land_without(node, flight, GHM_ETIMEOUT, NULL, time);
        return;
    }
    while ((waiter = ghm_flight_leave_late(flight, time.now_ns)) != NULL)
        give_without(node, flight, waiter, GHM_ETIMEOUT, NULL, time);
    bool is_paused = flight->state == GHM_FLIGHT_PAUSED;
    if (is_paused && flight->resume_ns <= time.now_ns) ready(node, flight, time);
}

void ghm_node_tick(struct ghm_node *node, struct ghm_node_time time)
{
    for (struct ghm_flight *flight; (flight = find_due(node, time.now_ns)) != NULL;)
        tick_flight(node, flight, time);
}

/* ---- life ---- */

int ghm_node_new(struct ghm_node **ret_node, struct ghm_mem *mem,
                 const struct ghm_node_config *config, struct ghm_entropy *entropy)
{
    uint8_t seed[16];
    struct ghm_node *node = ghm_mem_alloc(mem, sizeof *node);
    if (node == NULL) return GHM_ENOMEM;
    node->mem = mem;
    node->config = *config;
    ghm_entropy_fork(entropy, &node->entropy);
    ghm_entropy_fill(&node->entropy, seed, sizeof seed);
    ghm_map_init(&node->by_slot, mem, GHM_NODE_FLIGHTS_MAX, seed);
    ghm_map_init(&node->by_id, mem, GHM_NODE_FLIGHTS_MAX, seed);
    ghm_list_init(&node->ready);
    ghm_list_init(&node->answered);
    ghm_budget_init(&node->budget);
    ghm_buf_init(&node->kept, mem, GHM_ENTRY_HEADERS_MAX);
    *ret_node = node;
    return GHM_OK;
}

static struct ghm_flight *any_flight(struct ghm_node *node)
{
    struct ghm_map_node *at = ghm_map_next(&node->by_id, NULL);
    return at == NULL ? NULL : GHM_LIST_OF(at, struct ghm_flight, by_id);
}

void ghm_node_stop(struct ghm_node *node)
{
    for (struct ghm_flight *flight; (flight = any_flight(node)) != NULL;)
        land(node, flight, GHM_ECLOSED, NULL);
}

void ghm_node_free(struct ghm_node *node)
{
    struct ghm_node_event event;
    if (node == NULL) return;
    ghm_node_stop(node);
    while (next_answer(node, &event))
        ghm_answer_free(event.answer);
    ghm_map_fini(&node->by_slot);
    ghm_map_fini(&node->by_id);
    ghm_buf_fini(&node->kept);
    ghm_mem_free(node->mem, node, sizeof *node);
}
