/* SPDX-License-Identifier: MIT */
#include "gossip/offer.h"

#include "crypto/peerrecord.h"
#include "gossip/router.h"
#include "swarm/scope.h"

/* ---- ours ---- */

static bool is_offered(const struct ghm_router *router, const struct ghm_neighbour *to,
                       const struct ghm_subscription *s, struct ghm_bytes *ret_record)
{
    if (s->neighbour == to || ghm_neighbour_score(router, s->neighbour) < 0) return false;
    *ret_record = ghm_swarm_record(router->swarm, &s->neighbour->id);
    return ret_record->len > 0 && ret_record->len <= GHM_OFFER_RECORD_MAX;
}

/* A PRUNE must arrive, and what is offered with it must not be why it does not. */
static bool may_offer(const struct ghm_router *router, const struct ghm_neighbour *to)
{
    if (to->speaks < GHM_NEIGHBOUR_MESHSUB_11 || ghm_neighbour_score(router, to) < 0) return false;
    return ghm_buf_len(&to->sendq.control) <= GHM_SENDQ_CONTROL_MAX / 4;
}

void ghm_offer_gather(struct ghm_router *router, const struct ghm_neighbour *neighbour,
                      struct ghm_bytes topic_name)
{
    struct ghm_topic_choice choice = {.count = 0};
    const struct ghm_topic *topic = ghm_topic_find(router, topic_name);
    struct ghm_bytes record = GHM_BYTES_NONE;
    size_t count = 0;
    ghm_buf_clear(&router->body);
    if (topic == NULL || !may_offer(router, neighbour)) return;
    for (struct ghm_subscription *s = NULL; (s = ghm_topic_next(topic, s)) != NULL;) {
        if (is_offered(router, neighbour, s, &record)) choice.items[choice.count++] = s;
    }
    ghm_topic_shuffle(router, &choice);
    for (size_t i = 0; i < choice.count && count < router->params.offered_max; i++) {
        const struct ghm_peerid *id = &choice.items[i]->neighbour->id;
        const struct ghm_rpc_offer offer = {ghm_peerid_bytes(id),
                                            ghm_swarm_record(router->swarm, id)};
        size_t before = ghm_buf_len(&router->body);
        if (before + offer.record.len + GHM_PEERID_LEN_MAX + 16 > GHM_OFFER_BYTES_MAX) break;
        if (ghm_rpc_append_offer(&router->body, &offer) != GHM_OK) break;
        count++;
    }
    router->counts.offered += count;
}

/* ---- theirs ---- */

static bool is_dialing(const struct ghm_router *router, const struct ghm_peerid *peer)
{
    for (size_t i = 0; i < router->offers.count; i++) {
        if (ghm_peerid_equal(&router->offers.dials[i], peer)) return true;
    }
    return false;
}

/* Where whoever offers might only make us knock at our own doors. */
static void drop_near(struct ghm_peerrecord *record, const struct ghm_neighbour *from)
{
    bool is_local = ghm_scope_of_host(from->score->ip) == GHM_SCOPE_LOOPBACK;
    size_t kept = 0;
    for (size_t i = 0; i < record->addrs_count; i++) {
        struct ghm_multiaddr_tcp tcp;
        if (ghm_multiaddr_as_tcp(&tcp, &record->addrs[i]) != GHM_OK) continue;
        enum ghm_scope scope = ghm_scope_of_host(tcp.host);
        if (scope == GHM_SCOPE_UNSPECIFIED) continue;
        if (scope == GHM_SCOPE_LOOPBACK && !is_local) continue;
        record->addrs[kept++] = record->addrs[i];
    }
    record->addrs_count = kept;
}

/* GHM_EPROTO, GHM_EAUTH: forged; other errors: it is nobody's fault. */
static int reach(struct ghm_router *router, const struct ghm_neighbour *from,
                 const struct ghm_peerid *peer, struct ghm_bytes envelope)
{
    struct ghm_peerrecord *record = ghm_mem_alloc(&router->mem, sizeof *record);
    if (record == NULL) return GHM_ENOMEM;
    int error = ghm_peerrecord_open(record, &router->mem, envelope);
    if (error == GHM_OK && !ghm_peerid_equal(&record->peer, peer)) error = GHM_EAUTH;
    if (error == GHM_OK) {
        drop_near(record, from);
        error = ghm_swarm_reach(router->swarm, peer, record->addrs, record->addrs_count,
                                router->now_ns);
    }
    ghm_mem_free(&router->mem, record, sizeof *record);
    return error;
}

/* The cheap questions first: a signature is checked only of an offer that would be taken. */
static int take(struct ghm_router *router, struct ghm_neighbour *n,
                const struct ghm_rpc_offer *offer)
{
    struct ghm_peerid peer;
    if (n->offers == router->params.offered_max) return GHM_ERATE;
    n->offers++;
    if (offer->record.len == 0) return GHM_ENOTFOUND; /* "may be omitted": then nothing is proven */
    if (ghm_peerid_decode(&peer, offer->peer) != GHM_OK) return GHM_EPROTO;
    if (ghm_peerid_equal(&peer, &router->self) || is_dialing(router, &peer)) return GHM_EBUSY;
    if (ghm_neighbour_find(router, &peer) != NULL) return GHM_EBUSY;
    if (router->offers.count == GHM_OFFER_DIALS_MAX) return GHM_ELIMIT;
    int error = reach(router, n, &peer, offer->record);
    if (error == GHM_OK) router->offers.dials[router->offers.count++] = peer;
    return error;
}

static void hear_one(struct ghm_router *router, struct ghm_neighbour *n,
                     const struct ghm_rpc_offer *offer)
{
    int error = take(router, n, offer);
    if (error == GHM_OK) {
        router->counts.offers_taken++;
        return;
    }
    if (error == GHM_EBUSY) return; /* known: right, and nothing to do */
    router->counts.offers_refused++;
    bool is_forged = error == GHM_EPROTO || error == GHM_EAUTH;
    if (is_forged) ghm_score_penalty(n->score, 1);
}

void ghm_offer_hear(struct ghm_router *router, struct ghm_neighbour *neighbour,
                    const struct ghm_topic *topic, const struct ghm_rpc_item *item)
{
    struct ghm_rpc_offers offers;
    struct ghm_rpc_offer offer;
    double score = ghm_neighbour_score(router, neighbour);
    bool is_trusted = score >= router->score_params.offer_threshold;
    if (topic->mesh_count >= router->params.d && is_trusted) return; /* nobody is wanted */
    ghm_rpc_offers_init(&offers, item);
    while (ghm_rpc_offers_next(&offers, &offer)) {
        if (is_trusted)
            hear_one(router, neighbour, &offer);
        else
            router->counts.offers_refused++;
    }
}

void ghm_offer_ended(struct ghm_router *router, const struct ghm_peerid *peer)
{
    struct ghm_offer_book *book = &router->offers;
    for (size_t i = 0; i < book->count; i++) {
        if (!ghm_peerid_equal(&book->dials[i], peer)) continue;
        book->dials[i] = book->dials[--book->count];
        return;
    }
}
