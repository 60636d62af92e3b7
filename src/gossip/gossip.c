/* SPDX-License-Identifier: MIT */
#include "gossip/gossip.h"

#include "gossip/heartbeat.h"
#include "gossip/router.h"

const char *const ghm_gossip_protocols[] = {"/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0",
                                            "/floodsub/1.0.0", NULL};

/* ---- life ---- */

static bool is_valid(const struct ghm_gossip_config *config)
{
    if (config->policy == GHM_MESSAGE_STRICT_NO_SIGN &&
        config->message_identity == GHM_MESSAGE_BY_ORIGIN)
        return false;
    if (config->data_bytes_max > GHM_GOSSIP_DATA_LIMIT) return false;
    if (config->score_params != NULL && !ghm_score_is_valid(&config->score_params->topic))
        return false;
    return config->params == NULL || ghm_params_are_valid(config->params);
}

static void configure(struct ghm_router *router, const struct ghm_gossip_config *config)
{
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    router->swarm = config->swarm;
    router->log = config->log;
    router->policy = config->policy;
    router->identity = config->message_identity;
    router->seqno = config->seqno_start;
    router->data_bytes_max =
        config->data_bytes_max == 0 ? GHM_GOSSIP_DATA_MAX : config->data_bytes_max;
    router->params = config->params == NULL ? ghm_params_defaults : *config->params;
    router->score_params =
        config->score_params == NULL ? ghm_score_defaults : *config->score_params;
    if (config->policy == GHM_MESSAGE_STRICT_SIGN) router->key = config->identity;
    ghm_key_encode(proto, config->identity);
    ghm_peerid_of_key(&router->self, ghm_bytes(proto, sizeof proto));
}

static void start_parts(struct ghm_router *router)
{
    struct ghm_mem *mem = &router->mem;
    const uint8_t *seed = router->seed;
    ghm_map_init(&router->neighbours, mem, GHM_NEIGHBOUR_MAX, seed);
    ghm_list_init(&router->sending);
    ghm_list_init(&router->blocked);
    ghm_list_init(&router->graylisted);
    ghm_seen_init(&router->seen, mem, seed, GHM_SEEN_MAX, router->params.seen_ns);
    ghm_author_init(&router->authors, mem, seed);
    ghm_mcache_init(&router->mcache, mem, seed);
    ghm_pending_init(&router->pending, mem, seed);
    ghm_score_init(&router->scores, mem, &router->score_params, seed);
    ghm_backoff_init(&router->backoff, mem, seed);
    ghm_promise_init(&router->promises, mem, seed);
    ghm_direct_init(&router->directs);
    ghm_weight_init(&router->weights, mem);
    ghm_buf_init(&router->out, mem, GHM_SENDQ_OUT_MAX);
    ghm_buf_init(&router->scratch, mem, GHM_SENDQ_OUT_MAX);
    ghm_buf_init(&router->body, mem, GHM_SENDQ_FRAGMENT_MAX);
    ghm_buf_init(&router->fragment, mem, GHM_SENDQ_FRAGMENT_MAX);
}

int ghm_gossip_new(struct ghm_gossip **ret_gossip, struct ghm_mem *mem,
                   const struct ghm_gossip_config *config, struct ghm_entropy *entropy)
{
    if (!is_valid(config)) return GHM_EINVAL;
    struct ghm_gossip *gossip = ghm_mem_alloc(mem, sizeof *gossip);
    if (gossip == NULL) return GHM_ENOMEM;
    struct ghm_router *router = &gossip->router;
    gossip->owner = mem;
    ghm_mem_init(&router->mem, mem, GHM_ROUTER_MEM_MAX);
    ghm_mem_init(&router->parcels_mem, &router->mem, GHM_ROUTER_PARCELS_MAX);
    ghm_mem_init(&router->intake_mem, &router->mem, GHM_ROUTER_INTAKE_MAX);
    router->beat_ns = GHM_NEVER;
    router->retry_ns = GHM_NEVER;
    ghm_entropy_fork(entropy, &router->entropy);
    ghm_entropy_fill(&router->entropy, router->seed, sizeof router->seed);
    configure(router, config);
    start_parts(router);
    *ret_gossip = gossip;
    return GHM_OK;
}

static void end_parts(struct ghm_router *router)
{
    ghm_map_fini(&router->neighbours);
    ghm_pending_fini(&router->pending);
    ghm_mcache_fini(&router->mcache);
    ghm_seen_fini(&router->seen);
    ghm_author_fini(&router->authors);
    ghm_score_fini(&router->scores);
    ghm_backoff_fini(&router->backoff);
    ghm_promise_fini(&router->promises);
    ghm_direct_fini(router);
    ghm_weight_fini(&router->weights);
    ghm_buf_fini(&router->out);
    ghm_buf_fini(&router->scratch);
    ghm_buf_fini(&router->body);
    ghm_buf_fini(&router->fragment);
}

void ghm_gossip_free(struct ghm_gossip *gossip)
{
    if (gossip == NULL) return;
    struct ghm_router *router = &gossip->router;
    for (struct ghm_neighbour *n; (n = ghm_neighbour_next(router, NULL)) != NULL;)
        ghm_neighbour_down(router, &n->id);
    end_parts(router);
    ghm_mem_fini(&router->intake_mem);
    ghm_mem_fini(&router->parcels_mem);
    ghm_mem_fini(&router->mem);
    ghm_mem_free(gossip->owner, gossip, sizeof *gossip);
}

/* ---- the swarm ---- */

static void on_neighbour(struct ghm_router *router, struct ghm_neighbour *n,
                         const struct ghm_swarm_event *event)
{
    switch (event->type) {
    case GHM_SWARM_PEER_DOWN:
        ghm_neighbour_down(router, &event->peer);
        return;
    case GHM_SWARM_IDENTIFIED:
        ghm_neighbour_identified(router, n);
        return;
    case GHM_SWARM_STREAM_OPENED:
        ghm_neighbour_opened(router, n, event);
        return;
    case GHM_SWARM_STREAM_DATA:
        ghm_neighbour_read(router, n, event->stream);
        return;
    case GHM_SWARM_STREAM_FINISHED:
        ghm_neighbour_finished(router, n, event->stream);
        return;
    case GHM_SWARM_STREAM_CLOSED:
        ghm_neighbour_closed(router, n, event);
        return;
    case GHM_SWARM_PEER_UP:
    case GHM_SWARM_DIAL:
    case GHM_SWARM_CLOSE:
    case GHM_SWARM_STREAM_READY:
    case GHM_SWARM_PINGED:
    case GHM_SWARM_UNREACHED:
        return;
    }
}

void ghm_gossip_on(struct ghm_gossip *gossip, const struct ghm_swarm_event *event, uint64_t now_ns)
{
    struct ghm_router *router = &gossip->router;
    router->now_ns = now_ns;
    if (event->type == GHM_SWARM_PEER_UP || event->type == GHM_SWARM_UNREACHED)
        ghm_offer_ended(router, &event->peer);
    if (event->type == GHM_SWARM_PEER_UP) {
        ghm_neighbour_up(router, &event->peer);
        return;
    }
    struct ghm_neighbour *n = ghm_neighbour_find(router, &event->peer);
    if (n != NULL) on_neighbour(router, n, event);
}

static bool next_graylisted(struct ghm_router *router, struct ghm_gossip_event *ret_event)
{
    struct ghm_list *node = ghm_list_pop(&router->graylisted);
    if (node == NULL) return false;
    const struct ghm_neighbour *n = GHM_LIST_OF(node, struct ghm_neighbour, telling);
    *ret_event = (struct ghm_gossip_event){.type = GHM_GOSSIP_GRAYLISTED, .peer = n->id};
    return true;
}

bool ghm_gossip_next(struct ghm_gossip *gossip, struct ghm_gossip_event *ret_event, uint64_t now_ns)
{
    struct ghm_router *router = &gossip->router;
    router->now_ns = now_ns;
    ghm_neighbour_flush_all(router);
    if (next_graylisted(router, ret_event)) return true;
    const struct ghm_pending_entry *entry = ghm_pending_tell(&router->pending);
    while (entry == NULL && ghm_neighbour_resume(router))
        entry = ghm_pending_tell(&router->pending);
    if (entry == NULL) return false;
    const struct ghm_message *message = &entry->parcel->message;
    *ret_event = (struct ghm_gossip_event){
        .type = GHM_GOSSIP_MESSAGE,
        .ticket = entry->ticket,
        .author = message->from,
        .topic = message->topic,
        .data = message->data,
    };
    if (entry->has_source) ret_event->peer = router->slots[entry->source]->id;
    return true;
}

/* ---- the owner ---- */

int ghm_gossip_validate(struct ghm_gossip *gossip, uint64_t ticket, enum ghm_gossip_verdict verdict,
                        uint64_t now_ns)
{
    gossip->router.now_ns = now_ns;
    return ghm_router_judge(&gossip->router, ticket, verdict);
}

int ghm_gossip_publish(struct ghm_gossip *gossip, struct ghm_bytes topic, struct ghm_bytes data,
                       uint64_t now_ns)
{
    struct ghm_router *router = &gossip->router;
    router->now_ns = now_ns;
    if (router->beat_ns == GHM_NEVER) router->beat_ns = now_ns + router->params.heartbeat_ns;
    return ghm_router_publish(router, topic, data);
}

static void tell_all(struct ghm_router *router, struct ghm_bytes topic, bool is_subscribed)
{
    for (struct ghm_neighbour *n = NULL; (n = ghm_neighbour_next(router, n)) != NULL;) {
        if (n->has_out) ghm_neighbour_say_subscription(router, n, topic, is_subscribed);
    }
}

int ghm_gossip_subscribe(struct ghm_gossip *gossip, struct ghm_bytes topic, uint64_t now_ns)
{
    struct ghm_router *router = &gossip->router;
    struct ghm_topic *entered;
    router->now_ns = now_ns;
    int error = ghm_topic_enter(router, &entered, topic);
    if (error != GHM_OK || entered->is_subscribed) return error;
    entered->is_subscribed = true;
    tell_all(router, topic, true);
    ghm_heartbeat_join(router, entered);
    return GHM_OK;
}

/* "When unsubscribing from a topic, [...] a shorter backoff period can be used" (gossipsub-v1.1.md,
 * PRUNE Backoff and Peer Exchange). */
void ghm_gossip_unsubscribe(struct ghm_gossip *gossip, struct ghm_bytes topic, uint64_t now_ns)
{
    struct ghm_router *router = &gossip->router;
    router->now_ns = now_ns;
    struct ghm_topic *left = ghm_topic_find(router, topic);
    if (left == NULL || !left->is_subscribed) return;
    struct ghm_subscription *s = ghm_topic_next(left, NULL);
    for (; s != NULL; s = ghm_topic_next(left, s)) {
        if (s->in_mesh)
            ghm_topic_dismiss(router, s, router->params.leave_wait_s, GHM_TOPIC_OFFERS_OTHERS);
    }
    left->is_subscribed = false;
    tell_all(router, topic, false);
    ghm_topic_release(router, left);
}

int ghm_gossip_topic_params(struct ghm_gossip *gossip, struct ghm_bytes topic,
                            const struct ghm_score_topic_params *params)
{
    struct ghm_router *router = &gossip->router;
    if (!ghm_score_is_valid(params)) return GHM_EINVAL;
    int error = ghm_weight_set(&router->weights, topic, params);
    if (error != GHM_OK) return error;
    const struct ghm_topic *used = ghm_topic_find(router, topic);
    if (used != NULL)
        ghm_score_set_topic(&router->scores, ghm_topic_slot(router, used),
                            ghm_weight_of(&router->weights, topic));
    return GHM_OK;
}

int ghm_gossip_direct(struct ghm_gossip *gossip, const struct ghm_peerid *peer,
                      const struct ghm_multiaddr *addrs, size_t count, uint64_t now_ns)
{
    gossip->router.now_ns = now_ns;
    return ghm_direct_add(&gossip->router, peer, addrs, count);
}

void ghm_gossip_rate(struct ghm_gossip *gossip, const struct ghm_peerid *peer, double score)
{
    struct ghm_neighbour *n = ghm_neighbour_find(&gossip->router, peer);
    if (n != NULL) n->score->app = score;
}

/* ---- time ---- */

uint64_t ghm_gossip_deadline(const struct ghm_gossip *gossip)
{
    const struct ghm_router *router = &gossip->router;
    uint64_t first = ghm_deadline_first(router->beat_ns, router->retry_ns);
    first = ghm_deadline_first(first, ghm_direct_deadline(router));
    for (struct ghm_neighbour *n = NULL; (n = ghm_neighbour_next(router, n)) != NULL;)
        first = ghm_deadline_first(first, n->reopen_ns);
    return first;
}

void ghm_gossip_tick(struct ghm_gossip *gossip, uint64_t now_ns)
{
    struct ghm_router *router = &gossip->router;
    router->now_ns = now_ns;
    for (struct ghm_neighbour *n = NULL; (n = ghm_neighbour_next(router, n)) != NULL;)
        ghm_neighbour_tick(router, n);
    ghm_direct_tick(router);
    if (router->beat_ns <= now_ns) ghm_heartbeat_run(router);
    ghm_neighbour_flush_all(router);
}

/* ---- questions ---- */

uint64_t ghm_gossip_seqno(const struct ghm_gossip *gossip)
{
    return gossip->router.seqno;
}

double ghm_gossip_score(const struct ghm_gossip *gossip, const struct ghm_peerid *peer)
{
    const struct ghm_neighbour *n = ghm_neighbour_find(&gossip->router, peer);
    return n == NULL ? 0 : ghm_neighbour_score(&gossip->router, n);
}

size_t ghm_gossip_subscribers(struct ghm_gossip *gossip, struct ghm_bytes topic)
{
    const struct ghm_topic *found = ghm_topic_find(&gossip->router, topic);
    size_t count = 0;
    if (found == NULL) return 0;
    for (struct ghm_subscription *s = NULL; (s = ghm_topic_next(found, s)) != NULL;)
        count++;
    return count;
}

size_t ghm_gossip_mesh_size(struct ghm_gossip *gossip, struct ghm_bytes topic)
{
    const struct ghm_topic *found = ghm_topic_find(&gossip->router, topic);
    return found == NULL ? 0 : found->mesh_count;
}

bool ghm_gossip_in_mesh(struct ghm_gossip *gossip, struct ghm_bytes topic,
                        const struct ghm_peerid *peer)
{
    const struct ghm_neighbour *n = ghm_neighbour_find(&gossip->router, peer);
    const struct ghm_subscription *s = n == NULL ? NULL : ghm_topic_of_peer(n, topic);
    return s != NULL && s->in_mesh;
}

bool ghm_gossip_reaches(struct ghm_gossip *gossip, struct ghm_bytes topic,
                        const struct ghm_peerid *peer)
{
    return ghm_router_reaches(&gossip->router, topic, peer);
}

const struct ghm_gossip_counts *ghm_gossip_counts(const struct ghm_gossip *gossip)
{
    return &gossip->router.counts;
}
