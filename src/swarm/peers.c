/* SPDX-License-Identifier: MIT */
#include "swarm/peers.h"

#include "base/assert.h"

#define GHM_PEERS_PROTOCOLS_LEN_MAX (GHM_IDENTIFY_FRAME_MAX * GHM_IDENTIFY_FRAMES_MAX)

static struct ghm_peer *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_peer, by_id);
}

void ghm_peers_init(struct ghm_peers *peers, struct ghm_mem *mem, size_t count_max,
                    const uint8_t seed[16])
{
    peers->mem = mem;
    ghm_map_init(&peers->map, mem, count_max, seed);
}

void ghm_peers_fini(struct ghm_peers *peers)
{
    struct ghm_peer *peer;
    while ((peer = of_node(ghm_map_next(&peers->map, NULL))) != NULL)
        ghm_peers_leave(peers, peer);
    ghm_map_fini(&peers->map);
}

struct ghm_peer *ghm_peers_find(const struct ghm_peers *peers, const struct ghm_peerid *id)
{
    return of_node(ghm_map_find(&peers->map, ghm_peerid_bytes(id)));
}

int ghm_peers_enter(struct ghm_peers *peers, struct ghm_peer **ret_peer,
                    const struct ghm_peerid *id)
{
    struct ghm_peer *peer = ghm_peers_find(peers, id);
    if (peer == NULL) {
        peer = ghm_mem_alloc(peers->mem, sizeof *peer);
        if (peer == NULL) return GHM_ENOMEM;
        peer->id = *id;
        ghm_list_init(&peer->connections);
        ghm_buf_init(&peer->protocols, peers->mem, GHM_PEERS_PROTOCOLS_LEN_MAX);
        ghm_buf_init(&peer->observed, peers->mem, GHM_MULTIADDR_LEN_MAX);
        int error = ghm_map_insert(&peers->map, &peer->by_id, ghm_peerid_bytes(&peer->id));
        if (error != GHM_OK) {
            ghm_mem_free(peers->mem, peer, sizeof *peer);
            return error;
        }
    }
    *ret_peer = peer;
    return GHM_OK;
}

void ghm_peers_leave(struct ghm_peers *peers, struct ghm_peer *peer)
{
    GHM_ASSERT(peer->connections_count == 0);
    ghm_map_remove(&peers->map, &peer->by_id);
    ghm_buf_fini(&peer->protocols);
    ghm_buf_fini(&peer->observed);
    ghm_mem_free(peers->mem, peer, sizeof *peer);
}

/* A copy of what was told, or of what was known when nothing was. */
static int renew(struct ghm_buf *ret_new, const struct ghm_buf *known, const struct ghm_buf *told)
{
    ghm_buf_init(ret_new, known->mem, known->len_max);
    return ghm_buf_append(ret_new, ghm_buf_bytes(ghm_buf_len(told) > 0 ? told : known));
}

static void replace(struct ghm_buf *buf, const struct ghm_buf *take_new)
{
    ghm_buf_fini(buf);
    *buf = *take_new;
}

int ghm_peers_identify(struct ghm_peer *peer, const struct ghm_identify *told)
{
    struct ghm_buf protocols, observed;
    int error = renew(&protocols, &peer->protocols, &told->protocols);
    int observed_error = renew(&observed, &peer->observed, &told->observed);
    if (error == GHM_OK) error = observed_error;
    if (error != GHM_OK) {
        ghm_buf_fini(&protocols);
        ghm_buf_fini(&observed);
        return error;
    }
    replace(&peer->protocols, &protocols);
    replace(&peer->observed, &observed);
    if (told->agent_version[0] != '\0')
        memcpy(peer->agent_version, told->agent_version, sizeof peer->agent_version);
    peer->is_identified = true;
    return GHM_OK;
}

bool ghm_peers_speaks(const struct ghm_peer *peer, const char *protocol)
{
    return ghm_identify_lists(ghm_buf_bytes(&peer->protocols), protocol);
}
