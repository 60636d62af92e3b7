/* SPDX-License-Identifier: MIT */
#include "gossip/control.h"

#include "gossip/offer.h"
#include "gossip/router.h"

#define IDS_BYTES_MAX (GHM_SENDQ_FRAGMENT_MAX - 512) /* in one fragment, room for one more left */

static bool is_below_gossip(const struct ghm_router *router, const struct ghm_neighbour *n)
{
    if (n->is_direct) return false;
    return ghm_neighbour_score(router, n) < router->score_params.gossip_threshold;
}

/* ---- IHAVE ---- */

/* One IWANT under way: its ids, and one of them drawn by lot. */
struct request {
    uint32_t count;
    struct ghm_message_id promised;
};

static void send_request(struct ghm_router *router, struct ghm_neighbour *n)
{
    if (ghm_buf_len(&router->body) == 0) return;
    ghm_buf_clear(&router->fragment);
    struct ghm_bytes body = ghm_buf_bytes(&router->body);
    int error = ghm_rpc_append_ids(&router->fragment, GHM_RPC_IWANT, body);
    ghm_buf_clear(&router->body);
    if (error != GHM_OK) return;
    ghm_neighbour_say(router, n, GHM_SENDQ_GOSSIP, ghm_buf_bytes(&router->fragment));
}

static bool add_wish(struct ghm_router *router, struct ghm_neighbour *n, struct request *request,
                     struct ghm_bytes id)
{
    if (n->ids_asked == router->params.ids_max) return false;
    if (ghm_rpc_append_id(&router->body, GHM_RPC_IWANT, id) != GHM_OK) return false;
    n->ids_asked++;
    router->counts.asked++;
    request->count++;
    /* each of the first k with the same chance, k = 1, 2, ... */
    if (ghm_entropy_below(&router->entropy, request->count) == 0) {
        request->promised.len = (uint8_t)id.len;
        memcpy(request->promised.bytes, id.ptr, id.len);
    }
    if (ghm_buf_len(&router->body) > IDS_BYTES_MAX) send_request(router, n);
    return true;
}

static void hear_ihave(struct ghm_router *router, struct ghm_neighbour *n,
                       const struct ghm_rpc_item *item)
{
    struct request request = {.count = 0};
    struct ghm_rpc_ids ids;
    struct ghm_bytes id;
    /* Counted by RPC, as go does: one RPC has an IHAVE for each topic. */
    if (!n->has_counted_ihave) n->ihaves++;
    n->has_counted_ihave = true;
    if (is_below_gossip(router, n) || n->ihaves > router->params.ihaves_max) return;
    const struct ghm_topic *topic = ghm_topic_find(router, item->topic);
    if (topic == NULL || !topic->is_subscribed || !n->has_out) return;
    ghm_buf_clear(&router->body);
    ghm_rpc_ids_init(&ids, item);
    while (ghm_rpc_ids_next(&ids, &id)) {
        /* None of ours is empty or that long. */
        if (id.len == 0 || id.len > GHM_MESSAGE_ID_MAX) continue;
        if (ghm_seen_find(&router->seen, id) != NULL) continue;
        if (!add_wish(router, n, &request, id)) break;
    }
    send_request(router, n);
    if (request.count == 0) return;
    ghm_promise_add(&router->promises, ghm_message_id_bytes(&request.promised), n->slot,
                    router->now_ns + router->params.follow_up_ns);
}

/* ---- IWANT ---- */

/* False when the peer has used up its share. */
static bool answer(struct ghm_router *router, struct ghm_neighbour *n, struct ghm_bytes id)
{
    struct ghm_parcel *parcel;
    if (n->ids_wanted == router->params.ids_max) return false;
    n->ids_wanted++;
    int error = ghm_mcache_give(&router->mcache, &parcel, id, n->slot);
    if (error == GHM_ERATE) n->asks_too_often = true;
    if (error != GHM_OK) return true;
    if (ghm_dontwant_has(&n->dontwant, id, router->beat)) return true;
    ghm_neighbour_send(router, n, parcel);
    router->counts.answered++;
    return true;
}

static void hear_iwant(struct ghm_router *router, struct ghm_neighbour *n,
                       const struct ghm_rpc_item *item)
{
    struct ghm_rpc_ids ids;
    struct ghm_bytes id;
    if (is_below_gossip(router, n)) return;
    ghm_rpc_ids_init(&ids, item);
    while (ghm_rpc_ids_next(&ids, &id)) {
        if (answer(router, n, id)) continue;
        n->asks_too_often = true;
        return;
    }
}

/* ---- GRAFT ---- */

static void refuse_graft(struct ghm_router *router, struct ghm_neighbour *n,
                         const struct ghm_rpc_item *item, enum ghm_topic_offers offers)
{
    uint64_t wait_s = router->params.prune_wait_s;
    int error = ghm_backoff_set(&router->backoff, item->topic, &n->id, wait_s, router->now_ns);
    (void)error; /* as in ghm_topic_dismiss */
    ghm_topic_say_prune(router, n, item->topic, wait_s, offers);
}

/* "Both the pruning and the pruned peer will immediately prune a GRAFT within the backoff period
 * and extend it" (gossipsub-v1.1.md, PRUNE Backoff and Peer Exchange). */
static bool is_early(struct ghm_router *router, struct ghm_neighbour *n,
                     const struct ghm_rpc_item *item)
{
    uint64_t until_ns = ghm_backoff_until(&router->backoff, item->topic, &n->id);
    if (until_ns <= router->now_ns) return false;
    router->counts.early_grafts++;
    ghm_score_penalty(n->score, 1);
    /* Right after the prune it is no clock that is off, it is a flood. */
    uint64_t wait_ns = router->params.prune_wait_s * GHM_NS_PER_S;
    if (router->now_ns + wait_ns < until_ns + router->params.flood_graft_ns)
        ghm_score_penalty(n->score, 1);
    return true;
}

static void hear_graft(struct ghm_router *router, struct ghm_neighbour *n,
                       const struct ghm_rpc_item *item)
{
    struct ghm_topic *topic = ghm_topic_find(router, item->topic);
    /* "GRAFT messages for unknown topics are ignored" (Spam Protection Measures) */
    if (topic == NULL || !topic->is_subscribed || !ghm_neighbour_is_meshing(n)) return;
    struct ghm_subscription *s = ghm_topic_of_peer(n, item->topic);
    if (s != NULL && s->in_mesh) return;
    /* "It is an error to GRAFT on an explicit peer" (Explicit Peering Agreements) */
    if (s == NULL || n->is_direct || is_early(router, n, item) ||
        ghm_neighbour_score(router, n) < 0) {
        refuse_graft(router, n, item, GHM_TOPIC_OFFERS_NOBODY);
        return;
    }
    if (topic->mesh_count >= router->params.d_high && !n->is_outbound) {
        refuse_graft(router, n, item, GHM_TOPIC_OFFERS_OTHERS);
        return;
    }
    ghm_topic_graft(router, s);
}

/* ---- PRUNE and IDONTWANT ---- */

static void hear_prune(struct ghm_router *router, struct ghm_neighbour *n,
                       const struct ghm_rpc_item *item)
{
    struct ghm_subscription *s = ghm_topic_of_peer(n, item->topic);
    const struct ghm_topic *topic = ghm_topic_find(router, item->topic);
    if (topic == NULL || !topic->is_subscribed) return;
    if (s != NULL) ghm_topic_prune(router, s);
    uint64_t wait_s = item->backoff_s > 0 ? item->backoff_s : router->params.prune_wait_s;
    int error = ghm_backoff_set(&router->backoff, item->topic, &n->id, wait_s, router->now_ns);
    (void)error; /* then the peer refuses our graft */
    ghm_offer_hear(router, n, topic, item);
}

static void hear_idontwant(struct ghm_router *router, struct ghm_neighbour *n,
                           const struct ghm_rpc_item *item)
{
    struct ghm_rpc_ids ids;
    struct ghm_bytes id;
    ghm_rpc_ids_init(&ids, item);
    while (n->dontwants < router->params.dontwants_max && ghm_rpc_ids_next(&ids, &id)) {
        n->dontwants++;
        ghm_dontwant_add(&n->dontwant, id, router->beat);
        ghm_sendq_cancel(&n->sendq, id);
    }
}

void ghm_control_hear(struct ghm_router *router, struct ghm_neighbour *neighbour,
                      const struct ghm_rpc_item *item)
{
    switch (item->type) {
    case GHM_RPC_IHAVE:
        hear_ihave(router, neighbour, item);
        return;
    case GHM_RPC_IWANT:
        hear_iwant(router, neighbour, item);
        return;
    case GHM_RPC_GRAFT:
        hear_graft(router, neighbour, item);
        return;
    case GHM_RPC_PRUNE:
        hear_prune(router, neighbour, item);
        return;
    case GHM_RPC_IDONTWANT:
        hear_idontwant(router, neighbour, item);
        return;
    case GHM_RPC_SUBSCRIBE:
    case GHM_RPC_UNSUBSCRIBE:
    case GHM_RPC_MESSAGE:
        return;
    }
}
