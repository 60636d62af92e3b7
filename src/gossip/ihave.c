/* SPDX-License-Identifier: MIT */
#include "gossip/ihave.h"

#include "gossip/router.h"

#define IDS_BYTES_MAX (GHM_SENDQ_FRAGMENT_MAX - 512)

/* "first it selects all peers with a peer score above a gossip threshold. From these peers, it
 * randomly selects gossip factor peers with a minimum of D_lazy" (Adaptive Gossip Dissemination);
 * those who get the messages themselves need no gossip. */
static void choose_listeners(struct ghm_router *router, struct ghm_topic_choice *ret_choice,
                             const struct ghm_topic *topic)
{
    ret_choice->count = 0;
    for (struct ghm_subscription *s = NULL; (s = ghm_topic_next(topic, s)) != NULL;) {
        bool gets_all = s->in_mesh || s->in_fanout || s->neighbour->is_direct;
        if (gets_all || !ghm_neighbour_is_meshing(s->neighbour)) continue;
        if (ghm_neighbour_score(router, s->neighbour) < router->score_params.gossip_threshold)
            continue;
        ret_choice->items[ret_choice->count++] = s;
    }
    ghm_topic_shuffle(router, ret_choice);
    size_t wanted = (size_t)(router->params.gossip_factor * (double)ret_choice->count);
    if (wanted < router->params.d_lazy) wanted = router->params.d_lazy;
    if (ret_choice->count > wanted) ret_choice->count = wanted;
}

static void say_ihave(struct ghm_router *router, const struct ghm_topic_choice *listeners)
{
    ghm_buf_clear(&router->fragment);
    struct ghm_bytes body = ghm_buf_bytes(&router->body);
    int error = ghm_rpc_append_ids(&router->fragment, GHM_RPC_IHAVE, body);
    if (error != GHM_OK) return;
    for (size_t i = 0; i < listeners->count; i++)
        ghm_neighbour_say(router, listeners->items[i]->neighbour, GHM_SENDQ_GOSSIP,
                          ghm_buf_bytes(&router->fragment));
}

/* As many ids of the topic as one fragment takes; false when there is none left. */
static bool gather_ids(struct ghm_router *router, struct ghm_mcache_walk *walk,
                       const struct ghm_topic *topic)
{
    const struct ghm_parcel *parcel;
    size_t count = 0;
    ghm_buf_clear(&router->body);
    if (ghm_rpc_append_topic(&router->body, ghm_topic_name(topic)) != GHM_OK) return false;
    while (ghm_buf_len(&router->body) < IDS_BYTES_MAX &&
           (parcel = ghm_mcache_walk_next(walk, &router->mcache)) != NULL) {
        if (!ghm_bytes_equal(parcel->message.topic, ghm_topic_name(topic))) continue;
        struct ghm_bytes id = ghm_message_id_bytes(&parcel->id);
        if (ghm_rpc_append_id(&router->body, GHM_RPC_IHAVE, id) != GHM_OK) return false;
        count++;
    }
    return count > 0;
}

static void tell(struct ghm_router *router, const struct ghm_topic *topic,
                 const struct ghm_topic_choice *listeners)
{
    struct ghm_mcache_walk walk;
    ghm_mcache_walk_init(&walk, &router->mcache);
    for (size_t i = 0; i < GHM_IHAVE_FRAGMENTS_MAX && gather_ids(router, &walk, topic); i++)
        say_ihave(router, listeners);
}

void ghm_ihave_gossip(struct ghm_router *router, const struct ghm_topic *topic)
{
    struct ghm_topic_choice listeners;
    if (ghm_mcache_is_empty(&router->mcache)) return;
    choose_listeners(router, &listeners, topic);
    if (listeners.count > 0) tell(router, topic, &listeners);
}

void ghm_ihave_tell(struct ghm_router *router, struct ghm_subscription *newcomer)
{
    struct ghm_topic_choice listeners = {.count = 1, .items = {newcomer}};
    if (ghm_mcache_is_empty(&router->mcache)) return;
    double score = ghm_neighbour_score(router, newcomer->neighbour);
    if (score < router->score_params.gossip_threshold) return;
    tell(router, newcomer->topic, &listeners);
}
