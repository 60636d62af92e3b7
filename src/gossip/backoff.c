/* SPDX-License-Identifier: MIT */
#include "gossip/backoff.h"

#include "base/list.h"
#include "gossip/message.h"

#define KEY_MAX (1 + GHM_PEERID_LEN_MAX + GHM_MESSAGE_TOPIC_MAX)

struct entry {
    struct ghm_map_node by_key;
    uint64_t until_ns;
    size_t key_len;
    uint8_t key[]; /* the peer's length, the peer, the topic */
};

struct key {
    size_t len;
    uint8_t bytes[KEY_MAX];
};

static void make_key(struct key *ret_key, struct ghm_bytes topic, const struct ghm_peerid *peer)
{
    topic = ghm_bytes_upto(topic, GHM_MESSAGE_TOPIC_MAX);
    ret_key->bytes[0] = peer->len;
    memcpy(ret_key->bytes + 1, peer->bytes, peer->len);
    ghm_bytes_copy(ret_key->bytes + 1 + peer->len, topic);
    ret_key->len = 1 + (size_t)peer->len + topic.len;
}

void ghm_backoff_init(struct ghm_backoff *backoff, struct ghm_mem *mem, const uint8_t seed[16])
{
    backoff->mem = mem;
    ghm_map_init(&backoff->map, mem, GHM_BACKOFF_MAX, seed);
}

static struct entry *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct entry, by_key);
}

static void forget(struct ghm_backoff *backoff, struct entry *entry)
{
    ghm_map_remove(&backoff->map, &entry->by_key);
    ghm_mem_free(backoff->mem, entry, sizeof *entry + entry->key_len);
}

void ghm_backoff_fini(struct ghm_backoff *backoff)
{
    for (struct ghm_map_node *node; (node = ghm_map_next(&backoff->map, NULL)) != NULL;)
        forget(backoff, of_node(node));
    ghm_map_fini(&backoff->map);
}

static struct entry *find(const struct ghm_backoff *backoff, const struct key *key)
{
    return of_node(ghm_map_find(&backoff->map, ghm_bytes(key->bytes, key->len)));
}

static void forget_first_to_end(struct ghm_backoff *backoff)
{
    struct entry *first = NULL;
    for (struct ghm_map_node *node = NULL; (node = ghm_map_next(&backoff->map, node)) != NULL;) {
        if (first == NULL || of_node(node)->until_ns < first->until_ns) first = of_node(node);
    }
    if (first != NULL) forget(backoff, first);
}

static int enter(struct ghm_backoff *backoff, const struct key *key, uint64_t until_ns)
{
    if (backoff->map.count == GHM_BACKOFF_MAX) forget_first_to_end(backoff);
    struct entry *entry = ghm_mem_alloc(backoff->mem, sizeof *entry + key->len);
    if (entry == NULL) return GHM_ENOMEM;
    entry->until_ns = until_ns;
    entry->key_len = key->len;
    memcpy(entry->key, key->bytes, key->len);
    int error = ghm_map_insert(&backoff->map, &entry->by_key, ghm_bytes(entry->key, key->len));
    if (error != GHM_OK) ghm_mem_free(backoff->mem, entry, sizeof *entry + key->len);
    return error;
}

int ghm_backoff_set(struct ghm_backoff *backoff, struct ghm_bytes topic,
                    const struct ghm_peerid *peer, uint64_t wait_s, uint64_t now_ns)
{
    struct key key;
    if (wait_s > GHM_BACKOFF_S_MAX) wait_s = GHM_BACKOFF_S_MAX;
    uint64_t until_ns = now_ns + wait_s * GHM_NS_PER_S;
    make_key(&key, topic, peer);
    struct entry *entry = find(backoff, &key);
    if (entry == NULL) return enter(backoff, &key, until_ns);
    if (until_ns > entry->until_ns) entry->until_ns = until_ns;
    return GHM_OK;
}

uint64_t ghm_backoff_until(const struct ghm_backoff *backoff, struct ghm_bytes topic,
                           const struct ghm_peerid *peer)
{
    struct key key;
    make_key(&key, topic, peer);
    const struct entry *entry = find(backoff, &key);
    return entry == NULL ? 0 : entry->until_ns;
}

void ghm_backoff_sweep(struct ghm_backoff *backoff, uint64_t slack_ns, uint64_t now_ns)
{
    struct ghm_map_node *node = ghm_map_next(&backoff->map, NULL);
    while (node != NULL) {
        struct entry *entry = of_node(node);
        node = ghm_map_next(&backoff->map, node);
        if (entry->until_ns + slack_ns <= now_ns) forget(backoff, entry);
    }
}
