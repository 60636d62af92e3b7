/* SPDX-License-Identifier: MIT */
#include "gossip/neighbour.h"

#include "gossip/direct.h"
#include "gossip/router.h"

static const char *const protocols[] = {
    [GHM_NEIGHBOUR_FLOODSUB] = "/floodsub/1.0.0",
    [GHM_NEIGHBOUR_MESHSUB_10] = "/meshsub/1.0.0",
    [GHM_NEIGHBOUR_MESHSUB_11] = "/meshsub/1.1.0",
    [GHM_NEIGHBOUR_MESHSUB_12] = "/meshsub/1.2.0",
};

static bool is_same(struct ghm_stream a, struct ghm_stream b)
{
    return a.connection == b.connection && a.id == b.id;
}

/* ---- who ---- */

struct ghm_neighbour *ghm_neighbour_find(const struct ghm_router *router,
                                         const struct ghm_peerid *id)
{
    struct ghm_map_node *node = ghm_map_find(&router->neighbours, ghm_peerid_bytes(id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_neighbour, by_id);
}

struct ghm_neighbour *ghm_neighbour_next(const struct ghm_router *router,
                                         const struct ghm_neighbour *neighbour)
{
    const struct ghm_map_node *at = neighbour == NULL ? NULL : &neighbour->by_id;
    struct ghm_map_node *node = ghm_map_next(&router->neighbours, at);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_neighbour, by_id);
}

double ghm_neighbour_score(const struct ghm_router *router, const struct ghm_neighbour *neighbour)
{
    return ghm_score_of(&router->scores, neighbour->score);
}

static int enter(struct ghm_router *router, struct ghm_neighbour *n)
{
    uint16_t slot = 0;
    while (slot < GHM_NEIGHBOUR_MAX && router->slots[slot] != NULL)
        slot++;
    if (slot == GHM_NEIGHBOUR_MAX) return GHM_ELIMIT;
    int error = ghm_score_enter(&router->scores, &n->score, &n->id);
    if (error != GHM_OK) return error;
    error = ghm_map_insert(&router->neighbours, &n->by_id, ghm_peerid_bytes(&n->id));
    if (error != GHM_OK) {
        ghm_score_leave(&router->scores, n->score, router->now_ns);
        return error;
    }
    n->slot = slot;
    router->slots[slot] = n;
    return GHM_OK;
}

static void note_place(struct ghm_router *router, struct ghm_neighbour *n)
{
    struct ghm_swarm_place place;
    if (ghm_swarm_peer_place(router->swarm, &place, &n->id) != GHM_OK) return;
    n->is_outbound = place.is_outbound;
    ghm_score_place(&router->scores, n->score, place.ip);
}

/* A peer for which there is no room is one that we do not gossip with. */
void ghm_neighbour_up(struct ghm_router *router, const struct ghm_peerid *id)
{
    if (ghm_neighbour_find(router, id) != NULL) return;
    struct ghm_neighbour *n = ghm_mem_alloc(&router->mem, sizeof *n);
    if (n == NULL) return;
    n->id = *id;
    n->reopen_ns = GHM_NEVER;
    ghm_list_init(&n->sending);
    ghm_list_init(&n->telling);
    ghm_mem_init(&n->mem, &router->mem, GHM_NEIGHBOUR_MEM_MAX);
    ghm_intake_init(&n->intake, &router->intake_mem);
    ghm_sendq_init(&n->sendq, &n->mem);
    ghm_dontwant_init(&n->dontwant, &n->mem, router->seed);
    ghm_map_init(&n->subscriptions, &n->mem, GHM_TOPIC_SUBSCRIPTIONS_MAX, router->seed);
    if (enter(router, n) != GHM_OK) {
        ghm_mem_free(&router->mem, n, sizeof *n);
        return;
    }
    note_place(router, n);
    ghm_direct_up(router, n);
    if (router->beat_ns == GHM_NEVER)
        router->beat_ns = router->now_ns + router->params.heartbeat_first_ns;
}

void ghm_neighbour_down(struct ghm_router *router, const struct ghm_peerid *id)
{
    struct ghm_neighbour *n = ghm_neighbour_find(router, id);
    if (n == NULL) return;
    ghm_direct_down(router, id);
    ghm_topic_peer_ends(router, n);
    ghm_pending_forget_peer(&router->pending, n->slot);
    ghm_promise_forget_peer(&router->promises, n->slot);
    ghm_mcache_forget_peer(&router->mcache, n->slot);
    ghm_score_leave(&router->scores, n->score, router->now_ns);
    router->counts.lost += n->sendq.lost;
    router->slots[n->slot] = NULL;
    ghm_list_remove(&n->sending);
    ghm_list_remove(&n->telling);
    ghm_map_remove(&router->neighbours, &n->by_id);
    ghm_intake_fini(&n->intake);
    ghm_sendq_fini(&n->sendq);
    ghm_dontwant_fini(&n->dontwant);
    ghm_mem_fini(&n->mem);
    ghm_mem_free(&router->mem, n, sizeof *n);
}

/* ---- our stream ---- */

static void wake(struct ghm_router *router, struct ghm_neighbour *n)
{
    if (ghm_list_is_empty(&n->sending)) ghm_list_append(&router->sending, &n->sending);
}

/* All that the peer must know of us, also when an earlier stream took some of it with it. */
static void say_all(struct ghm_router *router, struct ghm_neighbour *n)
{
    for (size_t i = 0; i < GHM_TOPIC_MAX; i++) {
        const struct ghm_topic *topic = &router->topics[i];
        if (!topic->is_used || !topic->is_subscribed) continue;
        ghm_neighbour_say_subscription(router, n, ghm_topic_name(topic), true);
        const struct ghm_subscription *s = ghm_topic_of_peer(n, ghm_topic_name(topic));
        if (s != NULL && s->in_mesh) ghm_neighbour_say_graft(router, n, ghm_topic_name(topic));
    }
}

static void open_out(struct ghm_router *router, struct ghm_neighbour *n)
{
    n->reopen_ns = GHM_NEVER;
    int error =
        ghm_swarm_open(router->swarm, &n->out, &n->id, protocols[n->speaks], router->now_ns);
    if (error != GHM_OK) {
        n->reopen_ns = router->now_ns + GHM_NEIGHBOUR_REOPEN_NS;
        return;
    }
    n->has_out = true;
    say_all(router, n);
}

static void learn(struct ghm_router *router, struct ghm_neighbour *n,
                  enum ghm_neighbour_speaks speaks)
{
    n->speaks = speaks;
    if (speaks != GHM_NEIGHBOUR_MUTE && !n->has_out && n->reopen_ns == GHM_NEVER)
        open_out(router, n);
}

void ghm_neighbour_identified(struct ghm_router *router, struct ghm_neighbour *neighbour)
{
    enum ghm_neighbour_speaks speaks = GHM_NEIGHBOUR_MESHSUB_12;
    while (speaks > GHM_NEIGHBOUR_MUTE &&
           !ghm_swarm_peer_speaks(router->swarm, &neighbour->id, protocols[speaks]))
        speaks--;
    if (speaks > GHM_NEIGHBOUR_MUTE) learn(router, neighbour, speaks);
}

static void reopen_later(struct ghm_router *router, struct ghm_neighbour *n)
{
    if (router->now_ns - n->lost_ns >= GHM_NEIGHBOUR_FORGIVE_NS) n->reopens = 0;
    n->lost_ns = router->now_ns;
    if (n->reopens == GHM_NEIGHBOUR_REOPENS_MAX) return;
    n->reopen_ns = router->now_ns + (GHM_NEIGHBOUR_REOPEN_NS << n->reopens);
    n->reopens++;
}

void ghm_neighbour_tick(struct ghm_router *router, struct ghm_neighbour *neighbour)
{
    if (neighbour->reopen_ns <= router->now_ns) open_out(router, neighbour);
}

/* ---- its stream ---- */

static bool find_speaks(const char *protocol, enum ghm_neighbour_speaks *ret_speaks)
{
    for (size_t i = GHM_NEIGHBOUR_FLOODSUB; i <= GHM_NEIGHBOUR_MESHSUB_12; i++) {
        if (strcmp(protocol, protocols[i]) != 0) continue;
        *ret_speaks = (enum ghm_neighbour_speaks)i;
        return true;
    }
    return false;
}

/* One at a time: a new one takes the place of the last. */
void ghm_neighbour_opened(struct ghm_router *router, struct ghm_neighbour *neighbour,
                          const struct ghm_swarm_event *event)
{
    enum ghm_neighbour_speaks speaks;
    if (!find_speaks(event->protocol, &speaks)) return;
    if (neighbour->has_in) ghm_swarm_reset(router->swarm, neighbour->in);
    ghm_intake_fini(&neighbour->intake);
    neighbour->in = event->stream;
    neighbour->has_in = true;
    if (neighbour->speaks == GHM_NEIGHBOUR_MUTE) learn(router, neighbour, speaks);
}

static void refuse_in(struct ghm_router *router, struct ghm_neighbour *n)
{
    ghm_swarm_reset(router->swarm, n->in);
    ghm_intake_fini(&n->intake);
    n->has_in = false;
}

/* "when a peer's score drops below this threshold, the peer is graylisted and its RPCs are ignored"
 * (gossipsub-v1.1.md, Score Thresholds). */
static bool check_graylist(struct ghm_router *router, struct ghm_neighbour *n)
{
    bool is_bad =
        !n->is_direct && ghm_neighbour_score(router, n) < router->score_params.graylist_threshold;
    bool is_news = is_bad && !n->is_graylisted && ghm_list_is_empty(&n->telling);
    if (is_news) ghm_list_append(&router->graylisted, &n->telling);
    n->is_graylisted = is_bad;
    return is_bad;
}

static bool read_one(struct ghm_router *router, struct ghm_neighbour *n)
{
    struct ghm_bytes rpc;
    size_t used;
    bool is_ignored = check_graylist(router, n);
    struct ghm_bytes in = ghm_swarm_data(router->swarm, n->in);
    /* Without bytes too: a large RPC that was just heard is given back by it. */
    int more = ghm_intake_next(&n->intake, &rpc, &used, in, is_ignored);
    if (more > 0 && ghm_router_hear(router, n, rpc, is_ignored) != GHM_OK) more = GHM_EPROTO;
    if (more == GHM_EPROTO) {
        /* Where the next RPC begins is lost, or the peer does not know how to write one. */
        router->counts.malformed++;
        ghm_score_penalty(n->score, 1);
    }
    check_graylist(router, n);
    if (more < 0) {
        refuse_in(router, n);
        return false;
    }
    ghm_swarm_data_drop(router->swarm, n->in, used);
    return used > 0;
}

/* Half of the room for messages that wait for their verdict is for one RPC's. */
static bool is_crowded(const struct ghm_router *router)
{
    return router->pending.map.count >= GHM_PENDING_MAX / 2 ||
           router->pending.bytes >= GHM_PENDING_BYTES_MAX / 2;
}

/* What finds no room to be judged stays in the stream, where it holds its sender up. */
static void read_on(struct ghm_router *router, struct ghm_neighbour *n)
{
    n->is_held_up = false;
    while (!is_crowded(router)) {
        if (!read_one(router, n)) return;
    }
    n->is_held_up = true;
    router->has_held_up = true;
}

bool ghm_neighbour_resume(struct ghm_router *router)
{
    if (!router->has_held_up || is_crowded(router)) return false;
    router->has_held_up = false;
    for (struct ghm_neighbour *n = NULL; (n = ghm_neighbour_next(router, n)) != NULL;) {
        if (n->is_held_up && n->has_in) read_on(router, n);
    }
    return true;
}

void ghm_neighbour_read(struct ghm_router *router, struct ghm_neighbour *neighbour,
                        struct ghm_stream stream)
{
    if (neighbour->has_in && is_same(stream, neighbour->in)) {
        read_on(router, neighbour);
    } else if (neighbour->has_out && is_same(stream, neighbour->out)) {
        /* Nothing is said on the stream that we write on. */
        ghm_swarm_data_drop(router->swarm, stream, ghm_swarm_data(router->swarm, stream).len);
    }
}

void ghm_neighbour_finished(struct ghm_router *router, struct ghm_neighbour *neighbour,
                            struct ghm_stream stream)
{
    if (neighbour->has_in && is_same(stream, neighbour->in)) {
        ghm_swarm_finish(router->swarm, stream);
    } else if (neighbour->has_out && is_same(stream, neighbour->out)) {
        /* Nobody reads it any more; go and rust tell it in this way. */
        neighbour->is_stuck = true;
        wake(router, neighbour);
    }
}

void ghm_neighbour_closed(struct ghm_router *router, struct ghm_neighbour *neighbour,
                          const struct ghm_swarm_event *event)
{
    if (neighbour->has_in && is_same(event->stream, neighbour->in)) {
        neighbour->has_in = false;
        ghm_intake_fini(&neighbour->intake);
    } else if (neighbour->has_out && is_same(event->stream, neighbour->out)) {
        neighbour->has_out = false;
        neighbour->is_stuck = false;
        if (event->error == GHM_ENOTSUP)
            neighbour->speaks = GHM_NEIGHBOUR_MUTE;
        else
            reopen_later(router, neighbour);
    }
}

/* ---- what we say ---- */

void ghm_neighbour_say(struct ghm_router *router, struct ghm_neighbour *neighbour,
                       enum ghm_sendq_class class, struct ghm_bytes fragment)
{
    if (!neighbour->has_out) return;
    int error = ghm_sendq_push(&neighbour->sendq, class, fragment);
    if (error != GHM_OK && class != GHM_SENDQ_GOSSIP) neighbour->is_stuck = true;
    wake(router, neighbour);
}

void ghm_neighbour_send(struct ghm_router *router, struct ghm_neighbour *neighbour,
                        struct ghm_parcel *parcel)
{
    if (!neighbour->has_out) return;
    ghm_sendq_push_message(&neighbour->sendq, parcel);
    wake(router, neighbour);
}

/* Without memory for a small fragment the peer's stream starts anew, and with it what it knows. */
static void say_or_stick(struct ghm_router *router, struct ghm_neighbour *n,
                         enum ghm_sendq_class class, int error)
{
    if (error == GHM_OK) {
        ghm_neighbour_say(router, n, class, ghm_buf_bytes(&router->fragment));
        return;
    }
    n->is_stuck = n->has_out;
    wake(router, n);
}

void ghm_neighbour_say_graft(struct ghm_router *router, struct ghm_neighbour *neighbour,
                             struct ghm_bytes topic)
{
    ghm_buf_clear(&router->fragment);
    int error = ghm_rpc_append_graft(&router->fragment, topic);
    say_or_stick(router, neighbour, GHM_SENDQ_CONTROL, error);
}

void ghm_neighbour_say_prune(struct ghm_router *router, struct ghm_neighbour *neighbour,
                             struct ghm_bytes topic, uint64_t wait_s, struct ghm_bytes offers)
{
    if (!ghm_neighbour_is_meshing(neighbour)) return;
    if (neighbour->speaks < GHM_NEIGHBOUR_MESHSUB_11) wait_s = 0;
    ghm_buf_clear(&router->fragment);
    int error = ghm_rpc_append_prune_offering(&router->fragment, topic, wait_s, offers);
    say_or_stick(router, neighbour, GHM_SENDQ_CONTROL, error);
}

void ghm_neighbour_say_subscription(struct ghm_router *router, struct ghm_neighbour *neighbour,
                                    struct ghm_bytes topic, bool is_subscribed)
{
    ghm_buf_clear(&router->fragment);
    int error = ghm_rpc_append_subscription(&router->fragment, topic, is_subscribed);
    say_or_stick(router, neighbour, GHM_SENDQ_SUBSCRIPTION, error);
}

/* ---- flush ---- */

/* Its control did not fit, or the peer ended it: the stream goes, and with it all that waits; the
 * next one begins with what the peer must know. */
static void give_up(struct ghm_router *router, struct ghm_neighbour *n)
{
    router->counts.lost += n->sendq.count + n->sendq.lost;
    n->sendq.lost = 0;
    ghm_sendq_fini(&n->sendq);
    n->is_stuck = false;
    n->has_out = false;
    ghm_swarm_reset(router->swarm, n->out);
    reopen_later(router, n);
}

/* True when all is in the stream. */
static bool flush_one(struct ghm_router *router, struct ghm_neighbour *n)
{
    struct ghm_sendq_batch batch;
    if (n->is_stuck) give_up(router, n);
    while (n->has_out) {
        if (ghm_swarm_queued(router->swarm, n->out) > GHM_NEIGHBOUR_QUEUED_MAX) return false;
        int more = ghm_sendq_pack(&n->sendq, &router->out, &router->scratch, &batch);
        if (more == 0) return true;
        if (more < 0) return false;
        int error = ghm_swarm_write(router->swarm, n->out, ghm_buf_bytes(&router->out));
        if (error == GHM_ECLOSED) return true; /* its CLOSED event is on the way */
        if (error != GHM_OK) return false;
        ghm_sendq_packed(&n->sendq, &batch);
    }
    return true;
}

static void flush_list(struct ghm_router *router, struct ghm_list *list, struct ghm_list *kept)
{
    for (struct ghm_list *node; (node = ghm_list_pop(list)) != NULL;) {
        struct ghm_neighbour *n = GHM_LIST_OF(node, struct ghm_neighbour, sending);
        if (!flush_one(router, n)) ghm_list_append(kept, &n->sending);
    }
}

void ghm_neighbour_flush_all(struct ghm_router *router)
{
    struct ghm_list kept;
    ghm_list_init(&kept);
    flush_list(router, &router->blocked, &kept);
    flush_list(router, &router->sending, &kept);
    for (struct ghm_list *node; (node = ghm_list_pop(&kept)) != NULL;)
        ghm_list_append(&router->blocked, node);
    bool is_blocked = !ghm_list_is_empty(&router->blocked);
    router->retry_ns = is_blocked ? router->now_ns + GHM_ROUTER_RETRY_NS : GHM_NEVER;
}
