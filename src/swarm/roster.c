/* SPDX-License-Identifier: MIT */
#include "swarm/roster.h"

static struct ghm_connection *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_connection, by_number);
}

void ghm_roster_init(struct ghm_roster *roster, struct ghm_mem *mem, size_t count_max,
                     const uint8_t seed[16])
{
    *roster = (struct ghm_roster){.mem = mem};
    ghm_map_init(&roster->connections, mem, count_max, seed);
    ghm_list_init(&roster->ready);
    ghm_list_init(&roster->writing);
}

void ghm_roster_fini(struct ghm_roster *roster)
{
    ghm_map_fini(&roster->connections);
}

int ghm_roster_enter(struct ghm_roster *roster, struct ghm_connection **ret_connection,
                     const struct ghm_multiaddr *remote)
{
    struct ghm_connection *c;
    if (roster->last_number == UINT32_MAX) return GHM_ELIMIT;
    int error = ghm_connection_new(&c, roster->mem, remote);
    if (error != GHM_OK) return error;
    c->number = roster->last_number + 1;
    error = ghm_map_insert(&roster->connections, &c->by_number,
                           ghm_bytes(&c->number, sizeof c->number));
    if (error != GHM_OK) {
        ghm_connection_free(c, roster->mem);
        return error;
    }
    roster->last_number++;
    *ret_connection = c;
    return GHM_OK;
}

void ghm_roster_drop(struct ghm_roster *roster, struct ghm_connection *c)
{
    ghm_map_remove(&roster->connections, &c->by_number);
    ghm_connection_free(c, roster->mem);
}

struct ghm_connection *ghm_roster_find(const struct ghm_roster *roster, uint32_t number)
{
    return of_node(ghm_map_find(&roster->connections, ghm_bytes(&number, sizeof number)));
}

struct ghm_connection *ghm_roster_linked(const struct ghm_roster *roster, uint32_t number)
{
    struct ghm_connection *c = ghm_roster_find(roster, number);
    return c != NULL && c->link != NULL ? c : NULL;
}

struct ghm_connection *ghm_roster_after(const struct ghm_roster *roster, struct ghm_connection *c)
{
    return of_node(ghm_map_next(&roster->connections, c == NULL ? NULL : &c->by_number));
}

void ghm_roster_touch(struct ghm_roster *roster, struct ghm_connection *c)
{
    if (ghm_list_is_empty(&c->ready)) ghm_list_append(&roster->ready, &c->ready);
    if (ghm_list_is_empty(&c->writing)) ghm_list_append(&roster->writing, &c->writing);
}

struct ghm_connection *ghm_roster_ready(struct ghm_roster *roster)
{
    struct ghm_list *node = ghm_list_pop(&roster->ready);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_connection, ready);
}

struct ghm_connection *ghm_roster_writing(struct ghm_roster *roster)
{
    struct ghm_list *node = ghm_list_pop(&roster->writing);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_connection, writing);
}

struct ghm_connection *ghm_roster_of_peer(struct ghm_list *of_peer)
{
    return GHM_LIST_OF(of_peer, struct ghm_connection, of_peer);
}

struct ghm_connection *ghm_roster_best(const struct ghm_peer *peer)
{
    const struct ghm_list *head = &peer->connections;
    for (struct ghm_list *node = head->prev; node != head; node = node->prev) {
        struct ghm_connection *c = ghm_roster_of_peer(node);
        if (ghm_connection_is_up(c) && !c->is_leaving) return c;
    }
    return NULL;
}
