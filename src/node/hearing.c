/* SPDX-License-Identifier: MIT */
#include "node/hearing.h"

#include "answer/graphql.h"
#include "answer/header.h"
#include "answer/identity.h"
#include "answer/lifetime.h"
#include "answer/rule.h"
#include "crypto/digest.h"
#include "node/landing.h"
#include "node/ledger.h"
#include "node/revoked.h"
#include "node/takeoff.h"
#include "node/vouch.h"
#include "node/wrote.h"

#define SKEW_NOISE_MS 1500 /* Date has whole seconds: smaller differences are no skew */

/* ---- time ---- */

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

/* What was asked before a write and answered after it may be from before. */
static bool is_passed_by(const struct ghm_node *node, const struct ghm_flight *flight)
{
    struct ghm_epoch epoch = ghm_wrote_epoch(&node->config.local, ghm_flight_name(flight));
    return flight->is_passed_by || epoch.generation != flight->generation;
}

static void store_entry(struct ghm_node *node, const struct ghm_flight *flight,
                        const struct ghm_entry *entry, struct ghm_node_time time)
{
    if (is_passed_by(node, flight)) return;
    unsigned flags = GHM_STORE_HEARD | (node->config.has_mesh ? GHM_STORE_ANNOUNCE : 0U);
    int error =
        ghm_store_put(node->config.local.store, flight->slot, entry, flags, time.wall_ms / 1000);
    if (error == GHM_OK && node->config.has_mesh) node->has_news = true;
    if (error != GHM_OK && error != GHM_EOLD)
        ghm_log_add(node->config.log, GHM_LOG_WARN, GHM_INSIDE_ROOM,
                    "an answer could not be kept: %s", ghm_error_text(error));
}

static void land_reply(struct ghm_node *node, struct ghm_flight *flight,
                       const struct ghm_reply *reply)
{
    struct ghm_answer *answer = NULL;
    int error = ghm_reply_new(&answer, reply);
    ghm_landing_with(node, flight, error, answer);
    ghm_reply_free(answer);
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

/* What GitHub no longer shows to this identity is not kept for a day when GitHub is away. */
static bool is_gone(const struct ghm_node_response *response)
{
    return response->status == 401 || response->status == 403 || response->status == 404 ||
           response->status == 410 || response->status == 451;
}

/* Not there, or a store that cannot forget: nothing more can be done about it here. */
static void revoke(struct ghm_node *node, const struct ghm_flight *flight, int64_t date_ms)
{
    (void)!ghm_store_drop(node->config.local.store, flight->slot);
    if (node->config.has_mesh) ghm_revoked_note(&node->config.local, flight->slot, date_ms);
}

/* An answer of now to the flight's own identity, with the headers that are kept. */
static struct ghm_entry entry_of(const struct ghm_node *node, const struct ghm_flight *flight,
                                 int64_t date_ms, struct ghm_bytes body)
{
    return (struct ghm_entry){
        .kind = GHM_ENTRY_ORIGIN,
        .status = 200,
        .date_ms = date_ms,
        .ttl_s = ghm_lifetime_s(ghm_flight_name(flight), ghm_buf_bytes(&node->kept), body,
                                node->config.ttl_s),
        .identity = flight->identity,
        .name = ghm_flight_name(flight),
        .headers = ghm_buf_bytes(&node->kept),
        .body = body,
    };
}

static void note_absent(struct ghm_node *node, const struct ghm_flight *flight,
                        const struct ghm_node_response *response, struct ghm_node_time time)
{
    struct ghm_reply reply = reply_of(response);
    ghm_absent_forget(&node->absent, flight->slot);
    bool is_noted = !flight->is_bypass && ghm_absent_is(response->status) &&
                    !is_passed_by(node, flight) && keep_headers(node, response) == GHM_OK;
    if (!is_noted) return;
    reply.headers = ghm_buf_bytes(&node->kept);
    ghm_absent_note(&node->absent, flight->slot, flight->generation, &reply, time.now_ns);
}

static void on_new(struct ghm_node *node, struct ghm_flight *flight,
                   const struct ghm_node_response *response, int64_t date_ms,
                   struct ghm_node_time time)
{
    struct ghm_reply reply = reply_of(response);
    bool is_kept = !flight->is_bypass &&
                   ghm_inside_is_whole(ghm_flight_name(flight), response->status, response->body) &&
                   response->body.len <= GHM_ENTRY_BODY_MAX &&
                   keep_headers(node, response) == GHM_OK;
    if (is_kept) {
        struct ghm_entry entry = entry_of(node, flight, date_ms, response->body);
        ghm_digest_sha256(entry.body_sha256, entry.body);
        store_entry(node, flight, &entry, time);
        ghm_vouch_learn(node, flight, &entry);
        reply.ttl_s = entry.ttl_s;
    }
    note_absent(node, flight, response, time);
    if (!flight->is_bypass && is_gone(response)) revoke(node, flight, date_ms);
    land_reply(node, flight, &reply);
}

/* What GitHub confirmed is kept in the asker's own slot: that is its proof. */
static int revalidate(struct ghm_node *node, struct ghm_flight *flight,
                      const struct ghm_node_response *response, int64_t date_ms,
                      struct ghm_node_time time, struct ghm_answer **ret_answer)
{
    struct ghm_vouch vouch;
    int error = ghm_vouch_open(node, &vouch, flight, response, time);
    if (error != GHM_OK) return error;
    struct ghm_entry entry = entry_of(node, flight, date_ms, vouch.body);
    memcpy(entry.body_sha256, vouch.offer->body_sha256, sizeof entry.body_sha256);
    store_entry(node, flight, &entry, time);
    struct ghm_reply reply = {
        .status = entry.status,
        .source = GHM_SOURCE_REVALIDATED,
        .ttl_s = entry.ttl_s,
        .headers = entry.headers,
        .body = entry.body,
    };
    error = ghm_reply_new(ret_answer, &reply);
    ghm_vouch_close(node, &vouch);
    return error;
}

/* Nothing to show for it: ask again, with one tag if it did not say which of several, or plainly.
 */
static void ask_again(struct ghm_node *node, struct ghm_flight *flight, int error,
                      struct ghm_node_time time)
{
    if (error == GHM_EAGAIN)
        flight->is_single_only = true;
    else
        flight->is_unconditional_only = true;
    ghm_takeoff_ready(node, flight, time);
}

static void on_not_modified(struct ghm_node *node, struct ghm_flight *flight,
                            const struct ghm_node_response *response, int64_t date_ms,
                            struct ghm_node_time time)
{
    struct ghm_answer *answer;
    bool is_free = !ghm_identity_is_anonymous(&flight->identity);
    if (is_free) GHM_COUNT(node->config.local.shared, api_calls_free, 1);
    int error = revalidate(node, flight, response, date_ms, time, &answer);
    if (error != GHM_OK) {
        ask_again(node, flight, error, time);
        return;
    }
    if (is_free) GHM_COUNT(node->config.local.shared, api_calls_saved, 1);
    ghm_landing_with(node, flight, GHM_OK, answer);
    ghm_reply_free(answer);
}

static void on_refused(struct ghm_node *node, struct ghm_flight *flight,
                       const struct ghm_node_response *response, struct ghm_node_time time)
{
    struct ghm_answer *refusal = NULL;
    struct ghm_reply reply = reply_of(response);
    int error = ghm_reply_new(&refusal, &reply);
    ghm_landing_without(node, flight, error, refusal, time);
    ghm_reply_free(refusal);
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
    if (!ghm_takeoff_pause(node, flight, time)) on_refused(node, flight, response, time);
}

static void on_failed(struct ghm_node *node, struct ghm_flight *flight,
                      const struct ghm_node_response *response, struct ghm_node_time time)
{
    GHM_COUNT(node->config.local.shared, origin_errors, 1);
    bool is_tried_again = is_worth_retrying(response) && ghm_takeoff_pause(node, flight, time);
    ghm_log_add(node->config.log, is_tried_again ? GHM_LOG_INFO : GHM_LOG_WARN, GHM_INSIDE_ROOM,
                "GitHub: %s", response->reason);
    if (is_tried_again) return;
    ghm_landing_without(node, flight, response->error, NULL, time);
}

static void on_answered(struct ghm_node *node, struct ghm_flight *flight,
                        const struct ghm_node_response *response, struct ghm_node_time time)
{
    int64_t date_ms = learn_time(node, response->headers, time);
    int64_t now_ms = ghm_node_github_ms(node, time);
    ghm_away_end(&node->away);
    struct ghm_budget_answer heard = {
        .status = (unsigned)response->status,
        .headers = response->headers,
        .body = response->body,
        .is_limit = ghm_graphql_is_limit(ghm_rule_target(ghm_flight_name(flight)), response->status,
                                         response->body),
        .resource = ghm_flight_resource(flight)};
    int64_t held_ms =
        ghm_ledger_learn(&node->config.local, &node->budget, &flight->identity, &heard, now_ms);
    bool is_limited =
        (response->status == 403 || response->status == 429 || heard.is_limit) && held_ms > 0;
    bool is_free = response->status == 304 && !ghm_identity_is_anonymous(&flight->identity);
    if (!is_free) GHM_COUNT(node->config.local.shared, api_calls_made, 1);
    if (is_limited) {
        GHM_COUNT(node->config.local.shared, origin_errors, 1);
        on_refused(node, flight, response, time);
    } else if (response->status == 304 && flight->is_conditional) {
        on_not_modified(node, flight, response, date_ms, time);
    } else if (is_worth_retrying(response)) {
        on_broken(node, flight, response, time);
    } else {
        on_new(node, flight, response, date_ms, time);
    }
    ghm_takeoff_admit_again(node, time);
}

void ghm_hearing_response(struct ghm_node *node, struct ghm_flight *flight,
                          const struct ghm_node_response *response, struct ghm_node_time time)
{
    if (response->error != GHM_OK)
        on_failed(node, flight, response, time);
    else
        on_answered(node, flight, response, time);
}
