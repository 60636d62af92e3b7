/* SPDX-License-Identifier: MIT */
#include "node/node.h"

#include "answer/errand.h"
#include "answer/header.h"
#include "answer/lifetime.h"
#include "answer/rule.h"
#include "base/assert.h"
#include "node/hearing.h"
#include "node/landing.h"
#include "node/lead.h"
#include "node/ledger.h"
#include "node/revoked.h"
#include "node/takeoff.h"
#include "node/wrote.h"

#define TTL_S_MAX (30 * 24 * 3600) /* of what a member announces */

/* ---- asking ---- */

static struct ghm_flight *find_flight(struct ghm_node *node, const struct ghm_node_ask *ask,
                                      const struct ghm_variant *variant)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    if (ask->is_bypass) return NULL;
    ghm_local_slot(slot, variant, &ask->identity);
    struct ghm_map_node *found = ghm_map_find(&node->by_slot, ghm_bytes(slot, sizeof slot));
    if (found == NULL) return NULL;
    struct ghm_flight *flight = GHM_LIST_OF(found, struct ghm_flight, by_slot);
    struct ghm_epoch epoch = ghm_wrote_epoch(&node->config.local, ghm_flight_name(flight));
    if (epoch.generation == flight->generation) return flight;
    /* Who asks after a write wants what was read after it: not this one's answer. */
    flight->is_passed_by = true;
    ghm_map_remove(&node->by_slot, found);
    return NULL;
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
    if (is_new && !ghm_lead_follow(node, flight)) ghm_takeoff_ready(node, flight, time);
    return GHM_OK;
}

/* What the caller accepts, and what the budget asks of those who do not say. */
static struct ghm_freshness_bound
stretched(const struct ghm_node *node, const struct ghm_node_ask *ask, struct ghm_node_time time)
{
    struct ghm_freshness_bound bound = ask->bound;
    bound.stretch =
        ghm_budget_stretch(&node->budget, &ask->identity, ghm_budget_resource(ask->request.target),
                           ghm_node_github_ms(node, time));
    return bound;
}

/* What GitHub just said is not there. */
static int answer_absent(struct ghm_node *node, struct ghm_answer **ret_answer,
                         const struct ghm_node_ask *ask, const struct ghm_variant *variant,
                         struct ghm_node_time time)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    const struct ghm_local *local = &node->config.local;
    struct ghm_bytes name = ghm_bytes(variant->name, variant->name_len);
    ghm_local_slot(slot, variant, &ask->identity);
    int error =
        ghm_absent_answer(&node->absent, ret_answer, slot, ghm_wrote_epoch(local, name).generation,
                          &ask->bound, time.now_ns);
    if (error != GHM_OK) return error;
    GHM_COUNT(local->shared, requests, 1);
    GHM_COUNT(local->shared, local_hits, 1);
    GHM_COUNT(local->shared, api_calls_saved, 1);
    return GHM_OK;
}

static int answer_or_board(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                           const struct ghm_node_ask *ask, const struct ghm_variant *variant,
                           struct ghm_node_time time)
{
    struct ghm_answer *answer = NULL;
    const struct ghm_local *local = &node->config.local;
    struct ghm_freshness_bound bound = stretched(node, ask, time);
    int error = GHM_ENOTFOUND;
    if (!ask->is_bypass)
        error = ghm_local_answer(local, &answer, variant, &ask->identity, &bound,
                                 ghm_node_github_ms(node, time));
    bool is_known = error == GHM_OK ||
                    (!ask->is_bypass && answer_absent(node, &answer, ask, variant, time) == GHM_OK);
    if (is_known) {
        ghm_landing_give(node, waiter, GHM_OK, answer);
        return GHM_OK;
    }
    ghm_local_missed(local, error);
    bool is_old = error == GHM_EOLD && ghm_away_is(&node->away, time.now_ns);
    if (is_old && ghm_landing_stale(node, waiter, variant, &ask->identity, time)) return GHM_OK;
    return board(node, waiter, ask, variant, time);
}

int ghm_node_ask(struct ghm_node *node, const struct ghm_node_ask *ask, struct ghm_node_time time)
{
    struct ghm_variant variant;
    struct ghm_flight_waiter *waiter;
    struct ghm_node_ask mine = *ask;
    if (node->waiters >= GHM_NODE_WAITERS_MAX) return GHM_ELIMIT;
    int error = ghm_errand_variant(&variant, node->mem, &ask->request);
    if (error != GHM_OK) return error;
    if (ghm_inside_is_never_kept(ghm_bytes(variant.name, variant.name_len))) mine.is_bypass = true;
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

void ghm_node_response(struct ghm_node *node, const struct ghm_node_response *response,
                       struct ghm_node_time time)
{
    uint8_t key[8];
    ghm_store_be64(key, response->flight);
    struct ghm_map_node *found = ghm_map_find(&node->by_id, ghm_bytes(key, sizeof key));
    if (found == NULL) return;
    struct ghm_flight *flight = GHM_LIST_OF(found, struct ghm_flight, by_id);
    if (flight->state == GHM_FLIGHT_SENT) ghm_hearing_response(node, flight, response, time);
}

/* ---- what goes past the node ---- */

int64_t ghm_node_wait_ms(struct ghm_node *node, const struct ghm_identity *identity,
                         struct ghm_bytes target, bool is_passed, struct ghm_node_time time)
{
    const struct ghm_local *local = &node->config.local;
    const char *resource = ghm_budget_resource(target);
    int64_t now_ms = ghm_node_github_ms(node, time);
    int64_t until_ms = is_passed
                           ? ghm_ledger_held(local, &node->budget, identity, resource, now_ms)
                           : ghm_ledger_admit(local, &node->budget, identity, resource, now_ms);
    return until_ms > now_ms ? until_ms - now_ms : 0;
}

void ghm_node_passed(struct ghm_node *node, const struct ghm_identity *identity,
                     const struct ghm_request *request, enum ghm_errand errand,
                     struct ghm_node_time time)
{
    node->passing++;
    ghm_pace_spend(&node->pace, identity, ghm_pace_api_of(request->target),
                   ghm_pace_points(request, errand), ghm_node_github_ms(node, time));
}

void ghm_node_passed_end(struct ghm_node *node)
{
    GHM_ASSERT(node->passing > 0);
    node->passing--;
}

void ghm_node_heard(struct ghm_node *node, const struct ghm_identity *identity,
                    const struct ghm_budget_answer *heard, struct ghm_node_time time)
{
    (void)ghm_ledger_learn(&node->config.local, &node->budget, identity, heard,
                           ghm_node_github_ms(node, time));
    ghm_takeoff_admit_again(node, time);
}

/* ---- what members say ---- */

/* A member brings no header that we would not have kept ourselves. */
static bool is_kept_block(struct ghm_bytes block)
{
    struct ghm_header header;
    while (ghm_header_next(&block, &header)) {
        if (!ghm_header_is_kept(header.name, 200)) return false;
    }
    return true;
}

int ghm_node_learn(struct ghm_node *node, const struct ghm_entry *entry, struct ghm_node_time time)
{
    struct ghm_variant variant;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_entry mine = *entry;
    if (ghm_inside_is_never_kept(entry->name)) return GHM_EINVAL;
    if (!ghm_inside_is_whole(entry->name, entry->status, entry->body)) return GHM_EINVAL;
    if (ghm_variant_of_name(&variant, entry->name) != GHM_OK) return GHM_EINVAL;
    if (!is_kept_block(entry->headers)) return GHM_EINVAL;
    /* A value put under the name of a request would live by its sender's TTL. */
    bool is_request = ghm_rule_target(entry->name).ptr != NULL;
    if (is_request && entry->kind != GHM_ENTRY_ORIGIN) return GHM_EINVAL;
    /* Our own rule says how long a kind of answer is fresh; a member cannot make it longer. */
    if (entry->kind == GHM_ENTRY_ORIGIN)
        mine.ttl_s = ghm_lifetime_s(entry->name, entry->headers, entry->body, node->config.ttl_s);
    if (mine.ttl_s > TTL_S_MAX) mine.ttl_s = TTL_S_MAX;
    mine.from_peer = true;
    /* What a member read before a write of ours does not come back. */
    if (mine.date_ms <= ghm_wrote_epoch(&node->config.local, entry->name).wrote_ms) return GHM_EOLD;
    ghm_local_slot(slot, &variant, &mine.identity);
    if (ghm_revoked_is(&node->config.local, slot, mine.date_ms)) return GHM_EOLD;
    int error = ghm_store_put(node->config.local.store, slot, &mine, 0, time.wall_ms / 1000);
    if (error == GHM_OK) GHM_COUNT(node->config.local.shared, announces_stored, 1);
    return error;
}

/* ---- events and time ---- */

int64_t ghm_node_github_ms(const struct ghm_node *node, struct ghm_node_time time)
{
    const struct ghm_shared *shared = node->config.local.shared;
    if (shared == NULL) return time.wall_ms + node->skew_ms;
    return time.wall_ms + atomic_load_explicit(&shared->github_skew_ms, memory_order_relaxed);
}

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

static size_t sent_count(const struct ghm_node *node)
{
    size_t count = 0;
    for (struct ghm_map_node *at = NULL; (at = ghm_map_next(&node->by_id, at)) != NULL;)
        count += GHM_LIST_OF(at, struct ghm_flight, by_id)->state == GHM_FLIGHT_SENT ? 1 : 0;
    return count;
}

/* What is passed on does not wait: the others leave it its place. */
static size_t sent_most(const struct ghm_node *node)
{
    const size_t give_way_max = GHM_NODE_SENT_MAX - GHM_NODE_SENT_MIN;
    return GHM_NODE_SENT_MAX - (node->passing < give_way_max ? node->passing : give_way_max);
}

static bool next_send(struct ghm_node *node, struct ghm_node_event *ret_event)
{
    if (sent_count(node) >= sent_most(node)) return false;
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
        .body = ghm_buf_bytes(&flight->body),
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
        ghm_landing_without(node, flight, GHM_ETIMEOUT, NULL, time);
        return;
    }
    while ((waiter = ghm_flight_leave_late(flight, time.now_ns)) != NULL)
        ghm_landing_one_without(node, flight, waiter, GHM_ETIMEOUT, NULL, time);
    bool is_paused = flight->state == GHM_FLIGHT_PAUSED;
    if (is_paused && flight->resume_ns <= time.now_ns) ghm_takeoff_ready(node, flight, time);
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
    ghm_map_init(&node->by_variant, mem, GHM_NODE_FLIGHTS_MAX, seed);
    ghm_list_init(&node->ready);
    ghm_list_init(&node->answered);
    ghm_budget_init(&node->budget);
    ghm_pace_init(&node->pace);
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
        ghm_landing_with(node, flight, GHM_ECLOSED, NULL);
}

void ghm_node_free(struct ghm_node *node)
{
    struct ghm_node_event event;
    if (node == NULL) return;
    ghm_node_stop(node);
    while (next_answer(node, &event))
        ghm_reply_free(event.answer);
    ghm_map_fini(&node->by_slot);
    ghm_map_fini(&node->by_id);
    ghm_map_fini(&node->by_variant);
    ghm_buf_fini(&node->kept);
    ghm_absent_fini(&node->absent);
    ghm_mem_free(node->mem, node, sizeof *node);
}
