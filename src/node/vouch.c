/* SPDX-License-Identifier: MIT */
#include "node/vouch.h"

#include "answer/confidence.h"
#include "answer/header.h"
#include "answer/identity.h"
#include "answer/page.h"
#include "answer/proof.h"
#include "answer/rule.h"
#include "answer/validator.h"
#include "crypto/digest.h"
#include "store/fact.h"

#include <stddef.h>

#define EMPTY_LIST "[]"

/* ---- confidence ---- */

static void confidence_key(uint8_t ret_key[32], const struct ghm_flight *flight)
{
    ghm_confidence_key(ret_key, ghm_flight_name(flight),
                       ghm_identity_is_anonymous(&flight->identity));
}

static struct ghm_confidence recall(const struct ghm_node *node, const struct ghm_flight *flight)
{
    uint8_t key[32];
    uint8_t value[GHM_FACT_VALUE_MAX];
    size_t len;
    struct ghm_confidence confidence = ghm_confidence_start();
    confidence_key(key, flight);
    if (ghm_store_fact(node->config.local.store, value, &len, key) == GHM_OK)
        (void)!ghm_confidence_read(&confidence, ghm_bytes(value, len));
    return confidence;
}

/* What is not remembered is learned again. */
static void remember(struct ghm_node *node, const struct ghm_flight *flight,
                     const struct ghm_confidence *confidence)
{
    uint8_t key[32];
    uint8_t value[GHM_CONFIDENCE_BYTES];
    confidence_key(key, flight);
    ghm_confidence_write(value, confidence);
    (void)!ghm_store_fact_put(node->config.local.store, key, ghm_bytes(value, sizeof value));
}

/* Several tags were sent, one of them of this very body, and GitHub sent the body again. */
static bool is_list_lost(const struct ghm_flight *flight, const struct ghm_entry *entry)
{
    for (size_t i = 0; flight->offers_count > 1 && i < flight->offers_count; i++) {
        const uint8_t *offered = flight->offers[i].body_sha256;
        if (memcmp(offered, entry->body_sha256, sizeof entry->body_sha256) == 0) return true;
    }
    return false;
}

void ghm_vouch_learn(struct ghm_node *node, const struct ghm_flight *flight,
                     const struct ghm_entry *entry)
{
    struct ghm_confidence before = recall(node, flight);
    struct ghm_confidence after = before;
    ghm_confidence_learn(&after, entry->headers, ghm_flight_asked(flight), entry->body);
    if (after.state == GHM_CONFIDENCE_LEARNED && is_list_lost(flight, entry))
        after.is_single = true;
    if (ghm_confidence_equal(&before, &after)) return;
    remember(node, flight, &after);
    if (after.state == GHM_CONFIDENCE_REFUTED)
        ghm_log_add(node->config.log, GHM_LOG_INFO, GHM_INSIDE_ROOM,
                    "GitHub's tags are not as computed for this kind of request: answers of "
                    "others cannot be confirmed for free");
}

/* ---- choosing ---- */

struct choice {
    struct ghm_node *node;
    struct ghm_flight *flight;
    struct ghm_confidence confidence;
    bool is_believed; /* computed tags are of use */
    bool has_any;     /* an answer is here, offered or not */
    int64_t own_date_ms;
    size_t foreign;
};

static bool is_full(const struct choice *choice)
{
    return choice->flight->offers_count > 0 &&
           (choice->flight->is_single_only || choice->confidence.is_single);
}

/* What cannot be offered is not, and no more comes of it. */
static int offer(struct choice *choice, const struct ghm_flight_offer *one, struct ghm_bytes etag)
{
    int error = is_full(choice) ? GHM_ELIMIT : ghm_flight_offer(choice->flight, one, etag);
    return error == GHM_ELIMIT ? GHM_OK : error;
}

static int offer_computed(struct choice *choice, const struct ghm_flight_offer *one,
                          struct ghm_bytes body)
{
    char etag[GHM_ETAG_TEXT_MAX];
    ghm_etag_compute(etag, choice->confidence.vary, ghm_flight_asked(choice->flight), body);
    return offer(choice, one, ghm_bytes_text(etag));
}

static bool is_page_end(const struct ghm_entry *entry)
{
    return ghm_page_is_full_last(ghm_rule_target(entry->name), entry->headers, entry->body);
}

static struct ghm_flight_offer offer_of(const uint8_t slot[GHM_VARIANT_ID_LEN],
                                        const struct ghm_entry *entry)
{
    struct ghm_flight_offer one = {.is_empty_list = false};
    memcpy(one.slot, slot, sizeof one.slot);
    memcpy(one.body_sha256, entry->body_sha256, sizeof one.body_sha256);
    return one;
}

/* GitHub gave this tag to this identity with this body; of a member's word that is believed only
 * where nothing better can be had, for a 304 to it would confirm whatever came along with it. */
static int choose_own(struct choice *choice, const struct ghm_entry *entry)
{
    struct ghm_flight_offer one = offer_of(choice->flight->slot, entry);
    struct ghm_validator validator = ghm_validator_of(entry);
    int error = GHM_OK;
    if (entry->kind != GHM_ENTRY_ORIGIN) return GHM_OK;
    choice->has_any = true;
    choice->own_date_ms = entry->date_ms;
    if (is_page_end(entry)) return GHM_OK;
    bool is_hearsay = entry->from_peer && choice->is_believed;
    if (!is_hearsay) error = offer(choice, &one, validator.etag);
    if (error != GHM_OK || !choice->is_believed) return error;
    return offer_computed(choice, &one, entry->body);
}

static bool is_new_body(const struct ghm_flight *flight, const struct ghm_entry *entry)
{
    for (size_t i = 0; i < flight->offers_count; i++) {
        const uint8_t *offered = flight->offers[i].body_sha256;
        if (memcmp(offered, entry->body_sha256, sizeof entry->body_sha256) == 0) return false;
    }
    return true;
}

static bool is_provable(const struct choice *choice, const struct ghm_entry *entry)
{
    const struct ghm_flight *flight = choice->flight;
    if (!ghm_bytes_equal(entry->name, ghm_flight_name(flight))) return false;
    if (entry->kind != GHM_ENTRY_ORIGIN || entry->date_ms < choice->own_date_ms) return false;
    return ghm_proof_judge(entry, &flight->identity) != GHM_PROOF_NEVER;
}

static int choose_foreign(struct choice *choice, const uint8_t slot[GHM_VARIANT_ID_LEN],
                          const struct ghm_entry *entry)
{
    if (!is_provable(choice, entry)) return GHM_OK;
    choice->has_any = true;
    if (is_page_end(entry) || !is_new_body(choice->flight, entry)) return GHM_OK;
    struct ghm_flight_offer one = offer_of(slot, entry);
    choice->foreign++;
    return offer_computed(choice, &one, entry->body);
}

static int choose_among_others(struct choice *choice, int64_t now_s)
{
    uint8_t slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN];
    size_t count;
    struct ghm_store *store = choice->node->config.local.store;
    int error = GHM_OK;
    if (ghm_store_slots(store, slots, &count, choice->flight->variant.id) != GHM_OK) return GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < count; i++) {
        struct ghm_store_read read;
        struct ghm_entry entry;
        if (choice->foreign >= GHM_VOUCH_FOREIGN_MAX) break;
        if (memcmp(slots[i], choice->flight->slot, GHM_VARIANT_ID_LEN) == 0) continue;
        if (ghm_store_get(store, &read, &entry, slots[i], now_s) != GHM_OK) continue;
        error = choose_foreign(choice, slots[i], &entry);
        ghm_store_done(store, &read);
    }
    return error;
}

/* Lists that are empty are asked for over and over. The guess costs nothing when it is wrong. */
static int choose_empty_list(struct choice *choice)
{
    struct ghm_flight_offer one = {.is_empty_list = true};
    struct ghm_bytes body = ghm_bytes_text(EMPTY_LIST);
    if (choice->has_any || choice->confidence.state != GHM_CONFIDENCE_LEARNED) return GHM_OK;
    ghm_digest_sha256(one.body_sha256, body);
    return offer_computed(choice, &one, body);
}

static int choose(struct choice *choice, struct ghm_node_time time)
{
    struct ghm_local_found own;
    const struct ghm_local *local = &choice->node->config.local;
    struct ghm_flight *flight = choice->flight;
    struct ghm_freshness_bound bound = ghm_inside_bound();
    int64_t now_ms = ghm_node_github_ms(choice->node, time);
    int error = GHM_OK;
    if (ghm_local_find_own(local, &own, &flight->variant, &flight->identity, &bound, now_ms) ==
        GHM_OK) {
        error = choose_own(choice, &own.entry);
        ghm_local_done(local, &own);
    }
    if (error != GHM_OK || !choice->is_believed) return error;
    error = choose_among_others(choice, now_ms / 1000);
    return error == GHM_OK ? choose_empty_list(choice) : error;
}

/* An anonymous 304 is charged: nothing is gained by guessing. */
static bool is_of_use(const struct ghm_confidence *confidence, const struct ghm_flight *flight)
{
    return confidence->state != GHM_CONFIDENCE_REFUTED &&
           !ghm_identity_is_anonymous(&flight->identity);
}

bool ghm_vouch_is_believed(const struct ghm_node *node, const struct ghm_flight *flight)
{
    struct ghm_confidence confidence = recall(node, flight);
    return is_of_use(&confidence, flight);
}

int ghm_vouch_choose(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    struct choice choice = {.node = node, .flight = flight, .own_date_ms = INT64_MIN};
    ghm_flight_offer_none(flight);
    if (flight->is_bypass || flight->is_unconditional_only) return GHM_OK;
    choice.confidence = recall(node, flight);
    choice.is_believed = is_of_use(&choice.confidence, flight);
    return choose(&choice, time);
}

/* ---- a 304 ---- */

static const struct ghm_flight_offer *offered_as(const struct ghm_flight *flight,
                                                 struct ghm_bytes etag)
{
    for (size_t i = 0; i < flight->offers_count; i++) {
        const struct ghm_flight_offer *one = &flight->offers[i];
        if (ghm_validator_equal(ghm_flight_offer_etag(flight, one), etag)) return one;
    }
    return NULL;
}

static bool are_of_one_body(const struct ghm_flight *flight)
{
    const struct ghm_flight_offer *first = &flight->offers[0];
    for (size_t i = 1; i < flight->offers_count; i++) {
        if (memcmp(first, &flight->offers[i], offsetof(struct ghm_flight_offer, etag_at)) != 0)
            return false;
    }
    return true;
}

/* A 304 vouches for what was sent, all of it when it was one; it may leave the tag out. */
static const struct ghm_flight_offer *vouched_for(const struct ghm_flight *flight,
                                                  struct ghm_bytes etag)
{
    if (flight->offers_count > 0 && are_of_one_body(flight)) {
        const struct ghm_flight_offer *named = offered_as(flight, etag);
        return named == NULL ? &flight->offers[0] : named;
    }
    return offered_as(flight, etag);
}

/* What was offered may have been replaced meanwhile, by a member's newer answer say: then the 304
 * says nothing about it. */
static bool is_still_right(const struct ghm_flight *flight, const struct ghm_flight_offer *one,
                           const struct ghm_entry *entry)
{
    bool is_body = memcmp(one->body_sha256, entry->body_sha256, sizeof one->body_sha256) == 0;
    return is_body && entry->kind == GHM_ENTRY_ORIGIN &&
           ghm_bytes_equal(entry->name, ghm_flight_name(flight)) &&
           ghm_proof_judge(entry, &flight->identity) != GHM_PROOF_NEVER;
}

/* The tag is the asker's own: the one that GitHub says now, else the one that it was asked about.
 */
static int keep_etag(struct ghm_node *node, const struct ghm_flight *flight,
                     const struct ghm_flight_offer *one, struct ghm_bytes told)
{
    struct ghm_header header = {.name = ghm_bytes_text("etag"), .value = told};
    if (told.len == 0) header.value = ghm_flight_offer_etag(flight, one);
    return ghm_header_keep(&node->kept, &header, 200);
}

/* Spec: RFC 9111 section 3.2: what the 304 says takes the place of what was kept. */
static int merge_headers(struct ghm_node *node, struct ghm_bytes stored, struct ghm_bytes told)
{
    struct ghm_header header;
    int error = GHM_OK;
    for (struct ghm_bytes walk = stored; error == GHM_OK && ghm_header_next(&walk, &header);) {
        if (ghm_header_has(told, header.name) || ghm_header_is_named(header.name, "etag")) continue;
        error = ghm_header_keep(&node->kept, &header, 200);
    }
    for (struct ghm_bytes walk = told; error == GHM_OK && ghm_header_next(&walk, &header);) {
        if (ghm_header_is_named(header.name, "etag")) continue;
        error = ghm_header_keep(&node->kept, &header, 200);
    }
    return error;
}

static int write_headers(struct ghm_node *node, const struct ghm_flight *flight,
                         const struct ghm_flight_offer *one, struct ghm_bytes stored,
                         struct ghm_bytes told)
{
    ghm_buf_clear(&node->kept);
    int error = keep_etag(node, flight, one, ghm_header_find(told, "etag"));
    return error == GHM_OK ? merge_headers(node, stored, told) : error;
}

static int open_entry(struct ghm_node *node, struct ghm_vouch *vouch,
                      const struct ghm_flight *flight, struct ghm_bytes told, int64_t now_s)
{
    struct ghm_entry entry;
    struct ghm_store *store = node->config.local.store;
    const struct ghm_flight_offer *one = vouch->offer;
    if (ghm_store_get(store, &vouch->read, &entry, one->slot, now_s) != GHM_OK) return GHM_EOLD;
    int error = is_still_right(flight, one, &entry) ? GHM_OK : GHM_EOLD;
    if (error == GHM_OK) error = write_headers(node, flight, one, entry.headers, told);
    vouch->body = entry.body;
    if (error != GHM_OK) ghm_store_done(store, &vouch->read);
    return error;
}

int ghm_vouch_open(struct ghm_node *node, struct ghm_vouch *ret_vouch, struct ghm_flight *flight,
                   const struct ghm_node_response *response, struct ghm_node_time time)
{
    struct ghm_bytes told = response->headers;
    const struct ghm_flight_offer *one = vouched_for(flight, ghm_header_find(told, "etag"));
    if (one == NULL) return GHM_EAGAIN;
    *ret_vouch = (struct ghm_vouch){.offer = one, .body = ghm_bytes_text(EMPTY_LIST)};
    if (!one->is_empty_list)
        return open_entry(node, ret_vouch, flight, told, ghm_node_github_ms(node, time) / 1000);
    return write_headers(node, flight, one,
                         ghm_bytes_text("content-type: application/json; charset=utf-8\n"), told);
}

void ghm_vouch_close(struct ghm_node *node, struct ghm_vouch *vouch)
{
    if (!vouch->offer->is_empty_list) ghm_store_done(node->config.local.store, &vouch->read);
}
