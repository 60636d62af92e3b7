/* SPDX-License-Identifier: MIT */
#include "gossip/direct.h"

#include "gossip/router.h"

struct direct {
    struct ghm_list all;
    struct ghm_peerid id;
    uint64_t next_ns; /* when to reach for it; GHM_NEVER: it is connected */
    size_t count;
    struct ghm_multiaddr addrs[];
};

static struct direct *of_node(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct direct, all);
}

static struct direct *find(const struct ghm_router *router, const struct ghm_peerid *peer)
{
    const struct ghm_list *head = &router->directs.all;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_peerid_equal(&of_node(node)->id, peer)) return of_node(node);
    }
    return NULL;
}

static void forget(struct ghm_router *router, struct direct *direct)
{
    ghm_list_remove(&direct->all);
    ghm_mem_free(&router->mem, direct, sizeof *direct + direct->count * sizeof direct->addrs[0]);
    router->directs.count--;
}

void ghm_direct_init(struct ghm_direct_book *book)
{
    *book = (struct ghm_direct_book){.count = 0};
    ghm_list_init(&book->all);
}

void ghm_direct_fini(struct ghm_router *router)
{
    while (!ghm_list_is_empty(&router->directs.all))
        forget(router, of_node(router->directs.all.next));
}

static void leave_meshes(struct ghm_router *router, const struct ghm_neighbour *n)
{
    for (size_t i = 0; i < GHM_TOPIC_MAX; i++) {
        const struct ghm_topic *topic = &router->topics[i];
        if (!topic->is_used) continue;
        struct ghm_subscription *s = ghm_topic_of_peer(n, ghm_topic_name(topic));
        if (s == NULL) continue;
        s->in_fanout = false;
        if (s->in_mesh)
            ghm_topic_dismiss(router, s, router->params.prune_wait_s, GHM_TOPIC_OFFERS_NOBODY);
    }
}

void ghm_direct_up(struct ghm_router *router, struct ghm_neighbour *neighbour)
{
    struct direct *direct = find(router, &neighbour->id);
    if (direct == NULL) return;
    direct->next_ns = GHM_NEVER;
    neighbour->is_direct = true;
    leave_meshes(router, neighbour);
    int error = ghm_swarm_protect(router->swarm, &neighbour->id, true);
    (void)error; /* it is gone already: its DOWN is on the way */
}

void ghm_direct_down(struct ghm_router *router, const struct ghm_peerid *peer)
{
    struct direct *direct = find(router, peer);
    if (direct != NULL) direct->next_ns = router->now_ns + GHM_DIRECT_LOST_NS;
}

int ghm_direct_add(struct ghm_router *router, const struct ghm_peerid *peer,
                   const struct ghm_multiaddr *addrs, size_t count)
{
    struct direct *known = find(router, peer), *direct;
    struct ghm_neighbour *n = ghm_neighbour_find(router, peer);
    if (peer->len == 0 || ghm_peerid_equal(peer, &router->self)) return GHM_EINVAL;
    if (count > GHM_DIRECT_ADDRS_MAX) return GHM_ELIMIT;
    if (known == NULL && router->directs.count == GHM_DIRECT_MAX) return GHM_ELIMIT;
    direct = ghm_mem_alloc(&router->mem, sizeof *direct + count * sizeof direct->addrs[0]);
    if (direct == NULL) return GHM_ENOMEM;
    if (known != NULL) forget(router, known);
    direct->id = *peer;
    direct->next_ns = router->now_ns;
    direct->count = count;
    if (count > 0) memcpy(direct->addrs, addrs, count * sizeof direct->addrs[0]);
    ghm_list_init(&direct->all);
    ghm_list_append(&router->directs.all, &direct->all);
    router->directs.count++;
    if (n != NULL) ghm_direct_up(router, n);
    return GHM_OK;
}

uint64_t ghm_direct_deadline(const struct ghm_router *router)
{
    uint64_t first = GHM_NEVER;
    const struct ghm_list *head = &router->directs.all;
    for (struct ghm_list *node = head->next; node != head; node = node->next)
        first = ghm_deadline_first(first, of_node(node)->next_ns);
    return first;
}

void ghm_direct_tick(struct ghm_router *router)
{
    const struct ghm_list *head = &router->directs.all;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        struct direct *direct = of_node(node);
        if (direct->next_ns > router->now_ns) continue;
        direct->next_ns = router->now_ns + GHM_DIRECT_AGAIN_NS;
        int error = ghm_swarm_reach(router->swarm, &direct->id, direct->addrs, direct->count,
                                    router->now_ns);
        (void)error; /* under way, or left alone after failures: then the next time */
    }
}
