/* SPDX-License-Identifier: MIT */
#include "gossip/topic.h"

#include "gossip/ihave.h"
#include "gossip/offer.h"
#include "gossip/router.h"

size_t ghm_topic_slot(const struct ghm_router *router, const struct ghm_topic *topic)
{
    return (size_t)(topic - router->topics);
}

static struct ghm_subscription *of_topic(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_subscription, of_topic);
}

struct ghm_subscription *ghm_topic_next(const struct ghm_topic *topic,
                                        const struct ghm_subscription *subscription)
{
    const struct ghm_list *node =
        subscription == NULL ? &topic->subscribers : &subscription->of_topic;
    return node->next == &topic->subscribers ? NULL : of_topic(node->next);
}

/* ---- ours ---- */

struct ghm_topic *ghm_topic_find(struct ghm_router *router, struct ghm_bytes name)
{
    for (size_t i = 0; i < GHM_TOPIC_MAX; i++) {
        struct ghm_topic *topic = &router->topics[i];
        if (topic->is_used && ghm_bytes_equal(ghm_topic_name(topic), name)) return topic;
    }
    return NULL;
}

static void attach(struct ghm_topic *topic, struct ghm_subscription *subscription)
{
    subscription->topic = topic;
    ghm_list_append(&topic->subscribers, &subscription->of_topic);
}

static void attach_all(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_neighbour *n = NULL;
    while ((n = ghm_neighbour_next(router, n)) != NULL) {
        struct ghm_subscription *subscription = ghm_topic_of_peer(n, ghm_topic_name(topic));
        if (subscription != NULL) attach(topic, subscription);
    }
}

static struct ghm_topic *find_free(struct ghm_router *router)
{
    for (size_t i = 0; i < GHM_TOPIC_MAX; i++) {
        if (!router->topics[i].is_used) return &router->topics[i];
    }
    return NULL;
}

int ghm_topic_enter(struct ghm_router *router, struct ghm_topic **ret_topic, struct ghm_bytes name)
{
    if (name.len == 0 || name.len > GHM_MESSAGE_TOPIC_MAX) return GHM_EINVAL;
    struct ghm_topic *topic = ghm_topic_find(router, name);
    if (topic == NULL) {
        topic = find_free(router);
        if (topic == NULL) return GHM_ELIMIT;
        *topic = (struct ghm_topic){.is_used = true, .name_len = name.len};
        memcpy(topic->name, name.ptr, name.len);
        ghm_list_init(&topic->subscribers);
        const struct ghm_score_topic_params *own = ghm_weight_of(&router->weights, name);
        ghm_score_clear_topic(&router->scores, ghm_topic_slot(router, topic));
        if (own != NULL) ghm_score_set_topic(&router->scores, ghm_topic_slot(router, topic), own);
        attach_all(router, topic);
    }
    *ret_topic = topic;
    return GHM_OK;
}

/* Those of its subscriptions that peers keep are no longer ours to list. */
void ghm_topic_release(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_list *node;
    if (topic->is_subscribed || topic->fanout_until_ns > 0) return;
    while ((node = ghm_list_pop(&topic->subscribers)) != NULL) {
        struct ghm_subscription *subscription = of_topic(node);
        ghm_topic_prune(router, subscription);
        subscription->in_fanout = false;
        subscription->topic = NULL;
    }
    topic->is_used = false;
}

/* ---- what peers subscribe to ---- */

static struct ghm_subscription *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_subscription, by_name);
}

struct ghm_subscription *ghm_topic_of_peer(const struct ghm_neighbour *neighbour,
                                           struct ghm_bytes name)
{
    return of_node(ghm_map_find(&neighbour->subscriptions, name));
}

int ghm_topic_peer_joins(struct ghm_router *router, struct ghm_neighbour *neighbour,
                         struct ghm_bytes name)
{
    struct ghm_subscription *s;
    if (name.len == 0 || name.len > GHM_MESSAGE_TOPIC_MAX) return GHM_ELIMIT;
    if (ghm_topic_of_peer(neighbour, name) != NULL) return GHM_OK;
    if (neighbour->subscriptions.count == GHM_TOPIC_SUBSCRIPTIONS_MAX) return GHM_ELIMIT;
    s = ghm_mem_alloc(&neighbour->mem, sizeof *s + name.len);
    if (s == NULL) return GHM_ENOMEM;
    s->neighbour = neighbour;
    s->name_len = name.len;
    memcpy(s->name, name.ptr, name.len);
    ghm_list_init(&s->of_topic);
    int error =
        ghm_map_insert(&neighbour->subscriptions, &s->by_name, ghm_bytes(s->name, name.len));
    if (error != GHM_OK) {
        ghm_mem_free(&neighbour->mem, s, sizeof *s + name.len);
        return error;
    }
    struct ghm_topic *topic = ghm_topic_find(router, name);
    if (topic != NULL) attach(topic, s);
    return GHM_OK;
}

static void end_subscription(struct ghm_router *router, struct ghm_subscription *s)
{
    struct ghm_neighbour *neighbour = s->neighbour;
    ghm_topic_prune(router, s);
    ghm_map_remove(&neighbour->subscriptions, &s->by_name);
    ghm_list_remove(&s->of_topic);
    ghm_mem_free(&neighbour->mem, s, sizeof *s + s->name_len);
}

void ghm_topic_peer_leaves(struct ghm_router *router, struct ghm_neighbour *neighbour,
                           struct ghm_bytes name)
{
    struct ghm_subscription *s = ghm_topic_of_peer(neighbour, name);
    if (s != NULL) end_subscription(router, s);
}

void ghm_topic_peer_ends(struct ghm_router *router, struct ghm_neighbour *neighbour)
{
    struct ghm_map_node *node;
    while ((node = ghm_map_next(&neighbour->subscriptions, NULL)) != NULL)
        end_subscription(router, of_node(node));
    ghm_map_fini(&neighbour->subscriptions);
}

/* ---- the mesh ---- */

void ghm_topic_graft(struct ghm_router *router, struct ghm_subscription *subscription)
{
    struct ghm_topic *topic = subscription->topic;
    if (subscription->in_mesh || topic == NULL) return;
    subscription->in_mesh = true;
    topic->mesh_count++;
    ghm_score_graft(subscription->neighbour->score, ghm_topic_slot(router, topic), router->now_ns);
    ghm_ihave_tell(router, subscription);
}

void ghm_topic_prune(struct ghm_router *router, struct ghm_subscription *subscription)
{
    struct ghm_topic *topic = subscription->topic;
    if (!subscription->in_mesh || topic == NULL) return;
    subscription->in_mesh = false;
    topic->mesh_count--;
    ghm_score_prune(&router->scores, subscription->neighbour->score, ghm_topic_slot(router, topic));
}

static struct ghm_bytes name_of(const struct ghm_subscription *subscription)
{
    return ghm_bytes(subscription->name, subscription->name_len);
}

/* "The peer has to wait the full backoff period before attempting to graft again, plus some slack"
 * (gossipsub-v1.1.md, PRUNE Backoff and Peer Exchange). */
bool ghm_topic_may_graft(const struct ghm_router *router,
                         const struct ghm_subscription *subscription)
{
    const struct ghm_neighbour *n = subscription->neighbour;
    if (subscription->in_mesh || n->is_direct || !ghm_neighbour_is_meshing(n)) return false;
    if (ghm_neighbour_score(router, n) < 0) return false;
    uint64_t until_ns = ghm_backoff_until(&router->backoff, name_of(subscription), &n->id);
    return until_ns == 0 || until_ns + router->params.wait_slack_ns <= router->now_ns;
}

void ghm_topic_invite(struct ghm_router *router, struct ghm_subscription *subscription)
{
    ghm_topic_graft(router, subscription);
    ghm_neighbour_say_graft(router, subscription->neighbour, name_of(subscription));
}

void ghm_topic_say_prune(struct ghm_router *router, struct ghm_neighbour *neighbour,
                         struct ghm_bytes name, uint64_t wait_s, enum ghm_topic_offers offers)
{
    ghm_buf_clear(&router->body);
    if (offers == GHM_TOPIC_OFFERS_OTHERS) ghm_offer_gather(router, neighbour, name);
    ghm_neighbour_say_prune(router, neighbour, name, wait_s, ghm_buf_bytes(&router->body));
}

void ghm_topic_dismiss(struct ghm_router *router, struct ghm_subscription *subscription,
                       uint64_t wait_s, enum ghm_topic_offers offers)
{
    struct ghm_neighbour *n = subscription->neighbour;
    ghm_topic_prune(router, subscription);
    /* Without memory for the back-off the peer may be grafted early; it keeps its own. */
    int error =
        ghm_backoff_set(&router->backoff, name_of(subscription), &n->id, wait_s, router->now_ns);
    (void)error;
    ghm_topic_say_prune(router, n, name_of(subscription), wait_s, offers);
}

void ghm_topic_shuffle(struct ghm_router *router, struct ghm_topic_choice *choice)
{
    for (size_t i = choice->count; i > 1; i--) {
        size_t j = (size_t)ghm_entropy_below(&router->entropy, i);
        struct ghm_subscription *swapped = choice->items[i - 1];
        choice->items[i - 1] = choice->items[j];
        choice->items[j] = swapped;
    }
}

void ghm_topic_candidates(struct ghm_router *router, struct ghm_topic_choice *ret_choice,
                          const struct ghm_topic *topic)
{
    struct ghm_subscription *s = NULL;
    ret_choice->count = 0;
    while ((s = ghm_topic_next(topic, s)) != NULL) {
        if (ghm_topic_may_graft(router, s)) ret_choice->items[ret_choice->count++] = s;
    }
    ghm_topic_shuffle(router, ret_choice);
}
