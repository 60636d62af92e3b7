/* SPDX-License-Identifier: MIT */
#include "gossip/router.h"

#include "base/assert.h"
#include "gossip/control.h"

/* ---- RPCs ---- */

static void hear_subscription(struct ghm_router *router, struct ghm_neighbour *n,
                              const struct ghm_rpc_item *item, bool *has_excess)
{
    if (item->type == GHM_RPC_UNSUBSCRIBE) {
        ghm_topic_peer_leaves(router, n, item->topic);
        return;
    }
    if (ghm_topic_peer_joins(router, n, item->topic) == GHM_OK) return;
    router->counts.refused_subscriptions++;
    *has_excess = true;
}

int ghm_router_hear(struct ghm_router *router, struct ghm_neighbour *neighbour,
                    struct ghm_bytes rpc, bool is_ignored)
{
    struct ghm_rpc_reader reader;
    struct ghm_rpc_item item;
    bool has_excess = false;
    if (ghm_rpc_check(rpc) != GHM_OK) return GHM_EPROTO;
    neighbour->has_counted_ihave = false;
    ghm_rpc_reader_init(&reader, rpc);
    while (ghm_rpc_next(&reader, &item)) {
        if (item.type <= GHM_RPC_UNSUBSCRIBE)
            hear_subscription(router, neighbour, &item, &has_excess);
        else if (is_ignored)
            continue;
        else if (item.type == GHM_RPC_MESSAGE)
            ghm_router_receive(router, neighbour, item.body);
        else
            ghm_control_hear(router, neighbour, &item);
    }
    /* Once for the RPC: an honest peer of many topics is not driven off by its first word. */
    if (has_excess) ghm_score_penalty(neighbour->score, 1);
    return GHM_OK;
}

/* ---- a message comes ---- */

void ghm_router_expire(struct ghm_router *router)
{
    struct ghm_message_id id;
    while (ghm_seen_take(&router->seen, &id, router->now_ns)) {
        if (router->identity == GHM_MESSAGE_BY_ORIGIN) ghm_author_raise(&router->authors, &id);
    }
}

static int remember(struct ghm_router *router, struct ghm_seen_entry **ret_entry,
                    const struct ghm_message_id *id)
{
    struct ghm_message_id oldest;
    ghm_router_expire(router);
    int error = ghm_seen_add(&router->seen, ret_entry, id, router->now_ns);
    if (error != GHM_ELIMIT || !ghm_seen_take(&router->seen, &oldest, GHM_NEVER)) return error;
    if (router->identity == GHM_MESSAGE_BY_ORIGIN) ghm_author_raise(&router->authors, &oldest);
    return ghm_seen_add(&router->seen, ret_entry, id, router->now_ns);
}

static void receive_copy(struct ghm_router *router, struct ghm_neighbour *n, size_t slot,
                         const struct ghm_seen_entry *seen)
{
    struct ghm_pending_entry *entry;
    router->counts.copies++;
    switch (seen->state) {
    case GHM_SEEN_PENDING:
        entry = ghm_pending_find(&router->pending, ghm_message_id_bytes(&seen->id));
        if (entry != NULL) ghm_pending_bring(entry, n->slot);
        return;
    case GHM_SEEN_ACCEPTED:
        ghm_score_copy(&router->scores, n->score, slot, router->now_ns - seen->judged_ns);
        return;
    case GHM_SEEN_IGNORED:
        return;
    case GHM_SEEN_REJECTED:
        ghm_score_invalid(n->score, slot);
        return;
    }
}

/* "When the peer receives the first message instance it immediately broadcasts IDONTWANT [...] to
 * all its mesh peers. This could be performed prior to the message validation" (gossipsub-v1.2.md);
 * here after its signature was checked. */
static void say_dontwant(struct ghm_router *router, const struct ghm_topic *topic,
                         const struct ghm_parcel *parcel, const struct ghm_neighbour *source)
{
    ghm_buf_clear(&router->body);
    ghm_buf_clear(&router->fragment);
    struct ghm_bytes id = ghm_message_id_bytes(&parcel->id);
    int error = ghm_rpc_append_id(&router->body, GHM_RPC_IDONTWANT, id);
    if (error == GHM_OK)
        error =
            ghm_rpc_append_ids(&router->fragment, GHM_RPC_IDONTWANT, ghm_buf_bytes(&router->body));
    if (error != GHM_OK) return;
    struct ghm_subscription *s = NULL;
    while ((s = ghm_topic_next(topic, s)) != NULL) {
        struct ghm_neighbour *n = s->neighbour;
        if (!s->in_mesh || n == source || n->speaks < GHM_NEIGHBOUR_MESHSUB_12) continue;
        ghm_neighbour_say(router, n, GHM_SENDQ_GOSSIP, ghm_buf_bytes(&router->fragment));
    }
}

/* New and authentic: it waits for its verdict. */
static int admit(struct ghm_router *router, struct ghm_neighbour *n, const struct ghm_topic *topic,
                 const struct ghm_message *message, const struct ghm_message_id *id)
{
    struct ghm_parcel *parcel;
    struct ghm_seen_entry *seen;
    int error = ghm_parcel_new(&parcel, &router->parcels_mem, message, id);
    if (error != GHM_OK) return error;
    error = ghm_pending_add(&router->pending, parcel, ghm_topic_slot(router, topic), n->slot);
    if (error == GHM_OK) error = remember(router, &seen, id);
    if (error == GHM_OK && message->raw.len >= router->params.dontwant_bytes)
        say_dontwant(router, topic, parcel, n);
    if (error != GHM_OK) {
        struct ghm_pending_entry *entry =
            ghm_pending_find(&router->pending, ghm_message_id_bytes(id));
        if (entry != NULL) ghm_pending_remove(&router->pending, entry);
    }
    ghm_parcel_drop(parcel);
    return error;
}

static bool is_own(const struct ghm_router *router, const struct ghm_message *message)
{
    return ghm_bytes_equal(message->from, ghm_peerid_bytes(&router->self));
}

/* GHM_OK; GHM_EPROTO or GHM_EAUTH: whoever brings it is at fault; others: it is lost. */
static int authenticate(struct ghm_router *router, const struct ghm_message *message)
{
    if (router->policy == GHM_MESSAGE_STRICT_NO_SIGN) return GHM_OK;
    return ghm_message_verify(message, &router->scratch);
}

static void refuse(struct ghm_router *router, struct ghm_neighbour *n, size_t slot)
{
    router->counts.forged++;
    ghm_score_invalid(n->score, slot);
}

/* The cheap questions first; the id is marked as seen only once the signature proves that it is the
 * author's, or else a forged message would keep the true one out. */
static void receive_in(struct ghm_router *router, struct ghm_neighbour *n,
                       const struct ghm_topic *topic, const struct ghm_message *message)
{
    struct ghm_message_id id;
    size_t slot = ghm_topic_slot(router, topic);
    if (ghm_message_check(message, router->policy) != GHM_OK) {
        refuse(router, n, slot);
        return;
    }
    ghm_message_identify(&id, message, router->identity);
    const struct ghm_seen_entry *seen = ghm_seen_find(&router->seen, ghm_message_id_bytes(&id));
    if (seen != NULL) {
        receive_copy(router, n, slot, seen);
        return;
    }
    if (is_own(router, message)) return; /* of an earlier run, or forged: nobody needs it */
    if (router->identity == GHM_MESSAGE_BY_ORIGIN && ghm_author_is_replay(&router->authors, &id)) {
        router->counts.replays++;
        return;
    }
    int error = GHM_ELIMIT;
    if (ghm_pending_has_room(&router->pending, message->raw.len))
        error = authenticate(router, message);
    if (error == GHM_EAUTH || error == GHM_EPROTO) {
        refuse(router, n, slot);
        return;
    }
    if (error == GHM_OK) error = admit(router, n, topic, message, &id);
    if (error == GHM_OK)
        ghm_promise_keep(&router->promises, ghm_message_id_bytes(&id));
    else
        router->counts.unheard++;
}

void ghm_router_receive(struct ghm_router *router, struct ghm_neighbour *neighbour,
                        struct ghm_bytes raw)
{
    struct ghm_message message;
    router->counts.received++;
    if (ghm_message_decode(&message, raw) != GHM_OK) {
        router->counts.forged++;
        ghm_score_penalty(neighbour->score, 1);
        return;
    }
    const struct ghm_topic *topic = ghm_topic_find(router, message.topic);
    if (topic == NULL || !topic->is_subscribed) return;
    receive_in(router, neighbour, topic, &message);
}

/* ---- a message goes on ---- */

static bool takes_own(const struct ghm_router *router, const struct ghm_topic *topic,
                      const struct ghm_subscription *s)
{
    double score = ghm_neighbour_score(router, s->neighbour);
    if (s->neighbour->is_direct) return true;
    if (score < router->score_params.publish_threshold) return false;
    /* "a peer's own messages will always be published to all known peers in the topic"
     * (gossipsub-v1.1.md, Flood Publishing) */
    if (router->params.floods) return true;
    return topic->is_subscribed ? s->in_mesh : s->in_fanout;
}

static bool takes_others(const struct ghm_router *router, const struct ghm_subscription *s)
{
    if (s->in_mesh || s->neighbour->is_direct) return true;
    if (ghm_neighbour_is_meshing(s->neighbour)) return false;
    return ghm_neighbour_score(router, s->neighbour) >= router->score_params.publish_threshold;
}

static void forward(struct ghm_router *router, struct ghm_neighbour *n, struct ghm_parcel *parcel)
{
    if (!n->has_out) return;
    /* "When later relaying the messageId message to the mesh the peers found in
     * dont_send_message_ids MUST be skipped." (gossipsub-v1.2.md) */
    if (ghm_dontwant_has(&n->dontwant, ghm_message_id_bytes(&parcel->id), router->beat)) {
        router->counts.spared++;
        return;
    }
    ghm_neighbour_send(router, n, parcel);
    router->counts.forwarded++;
}

/* To the mesh and to those who know no mesh; never back to who brought it or wrote it. */
static void forward_others(struct ghm_router *router, const struct ghm_topic *topic,
                           const struct ghm_pending_entry *entry)
{
    struct ghm_subscription *s = NULL;
    while ((s = ghm_topic_next(topic, s)) != NULL) {
        struct ghm_neighbour *n = s->neighbour;
        if (!takes_others(router, s) || ghm_pending_is_bringer(entry, n->slot)) continue;
        if (ghm_bytes_equal(ghm_peerid_bytes(&n->id), entry->parcel->message.from)) continue;
        forward(router, n, entry->parcel);
    }
}

static void credit(struct ghm_router *router, const struct ghm_pending_entry *entry,
                   enum ghm_gossip_verdict verdict)
{
    for (size_t i = 0; i < GHM_NEIGHBOUR_MAX; i++) {
        struct ghm_neighbour *n = router->slots[i];
        if (n == NULL || !ghm_pending_is_bringer(entry, i)) continue;
        bool is_first = entry->has_source && entry->source == i;
        if (verdict == GHM_GOSSIP_REJECT)
            ghm_score_invalid(n->score, entry->topic);
        else if (is_first)
            ghm_score_first(&router->scores, n->score, entry->topic);
        else
            ghm_score_copy(&router->scores, n->score, entry->topic, 0);
    }
}

static enum ghm_seen_state state_of(enum ghm_gossip_verdict verdict)
{
    switch (verdict) {
    case GHM_GOSSIP_ACCEPT:
        return GHM_SEEN_ACCEPTED;
    case GHM_GOSSIP_IGNORE:
        return GHM_SEEN_IGNORED;
    case GHM_GOSSIP_REJECT:
        return GHM_SEEN_REJECTED;
    }
    GHM_UNREACHABLE();
}

int ghm_router_judge(struct ghm_router *router, uint64_t ticket, enum ghm_gossip_verdict verdict)
{
    struct ghm_pending_entry *entry = ghm_pending_by_ticket(&router->pending, ticket);
    int error = GHM_OK;
    if (entry == NULL) return GHM_ENOTFOUND;
    struct ghm_seen_entry *seen =
        ghm_seen_find(&router->seen, ghm_message_id_bytes(&entry->parcel->id));
    GHM_ASSERT(seen != NULL); /* it stays while its verdict is out */
    seen->state = state_of(verdict);
    seen->judged_ns = router->now_ns;
    /* While it waited its topic may have been left, and the slot given to another one. */
    const struct ghm_topic *topic = &router->topics[entry->topic];
    bool is_ours = topic->is_subscribed &&
                   ghm_bytes_equal(ghm_topic_name(topic), entry->parcel->message.topic);
    if (is_ours && verdict != GHM_GOSSIP_IGNORE) credit(router, entry, verdict);
    if (verdict == GHM_GOSSIP_ACCEPT) {
        error = ghm_mcache_put(&router->mcache, entry->parcel);
        if (is_ours) forward_others(router, topic, entry);
    }
    ghm_pending_remove(&router->pending, entry);
    return error;
}

/* ---- our own ---- */

/* "If the peer is not subscribed to the topic, it will [...] select D peers from the topic"
 * (gossipsub-v1.0.md, Message Processing). The heartbeat refills it. */
static void prepare_fanout(struct ghm_router *router, struct ghm_topic *topic)
{
    size_t count = 0;
    struct ghm_topic_choice choice = {.count = 0};
    topic->fanout_until_ns = router->now_ns + router->params.fanout_ns;
    for (struct ghm_subscription *s = NULL; (s = ghm_topic_next(topic, s)) != NULL;) {
        bool is_good = !s->neighbour->is_direct && ghm_neighbour_score(router, s->neighbour) >=
                                                       router->score_params.publish_threshold;
        count += s->in_fanout;
        if (is_good && !s->in_fanout) choice.items[choice.count++] = s;
    }
    ghm_topic_shuffle(router, &choice);
    for (size_t i = 0; i < choice.count && count < router->params.d; i++, count++)
        choice.items[i]->in_fanout = true;
}

static int make(struct ghm_router *router, struct ghm_parcel **ret_parcel,
                const struct ghm_message_draft *draft)
{
    struct ghm_message message;
    struct ghm_message_id id;
    ghm_buf_clear(&router->out);
    int error = ghm_message_append(&router->out, &router->scratch, draft);
    if (error == GHM_OK) error = ghm_message_decode(&message, ghm_buf_bytes(&router->out));
    if (error != GHM_OK) return error;
    ghm_message_identify(&id, &message, router->identity);
    return ghm_parcel_new(ret_parcel, &router->parcels_mem, &message, &id);
}

static bool is_told(const struct ghm_router *router, const struct ghm_topic *topic,
                    const struct ghm_subscription *s)
{
    bool floodsub = !ghm_neighbour_is_meshing(s->neighbour);
    return takes_own(router, topic, s) || (floodsub && takes_others(router, s));
}

static void flood(struct ghm_router *router, const struct ghm_topic *topic,
                  struct ghm_parcel *parcel)
{
    for (struct ghm_subscription *s = NULL; (s = ghm_topic_next(topic, s)) != NULL;) {
        if (is_told(router, topic, s)) forward(router, s->neighbour, parcel);
    }
}

bool ghm_router_reaches(struct ghm_router *router, struct ghm_bytes topic,
                        const struct ghm_peerid *peer)
{
    const struct ghm_topic *found = ghm_topic_find(router, topic);
    struct ghm_neighbour *n = ghm_neighbour_find(router, peer);
    const struct ghm_subscription *s = n == NULL ? NULL : ghm_topic_of_peer(n, topic);
    return found != NULL && s != NULL && n->has_out && is_told(router, found, s);
}

static int send_own(struct ghm_router *router, const struct ghm_topic *topic,
                    struct ghm_parcel *parcel)
{
    struct ghm_seen_entry *seen;
    if (ghm_seen_find(&router->seen, ghm_message_id_bytes(&parcel->id)) != NULL) return GHM_OK;
    int error = remember(router, &seen, &parcel->id);
    if (error != GHM_OK) return error;
    seen->state = GHM_SEEN_ACCEPTED;
    seen->judged_ns = router->now_ns;
    error = ghm_mcache_put(&router->mcache, parcel);
    flood(router, topic, parcel);
    router->counts.published++;
    return error;
}

int ghm_router_publish(struct ghm_router *router, struct ghm_bytes topic_name,
                       struct ghm_bytes data)
{
    struct ghm_topic *topic;
    struct ghm_parcel *parcel;
    if (data.len > router->data_bytes_max) return GHM_ELIMIT;
    int error = ghm_topic_enter(router, &topic, topic_name);
    if (error != GHM_OK) return error;
    if (!topic->is_subscribed) prepare_fanout(router, topic);
    /* Used up even when it fails: a number that might have been seen is never used again. */
    router->seqno++;
    struct ghm_message_draft draft = {
        .key = router->key, .seqno = router->seqno, .topic = topic_name, .data = data};
    error = make(router, &parcel, &draft);
    if (error != GHM_OK) return error;
    error = send_own(router, topic, parcel);
    ghm_parcel_drop(parcel);
    return error;
}
