/* SPDX-License-Identifier: MIT */
#include "front/recent.h"

struct given {
    struct ghm_map_node node; /* its key is the request below */
    struct ghm_list at;
    struct ghm_recent_given given;
    size_t size;
    uint8_t request[];
};

void ghm_recent_init(struct ghm_recent *recent, const uint8_t seed[16],
                     void (*drop)(void *response))
{
    ghm_mem_init(&recent->mem, NULL, GHM_RECENT_BYTES_MAX);
    ghm_map_init(&recent->map, &recent->mem, GHM_RECENT_COUNT_MAX, seed);
    ghm_list_init(&recent->oldest_first);
    recent->response_bytes = 0;
    recent->drop = drop;
    recent->key_len = 0;
    memset(recent->seen, 0, sizeof recent->seen);
}

/* ---- a request as a key ---- */

/* With its length, so that no two requests are written the same. */
static bool write_part(struct ghm_recent *recent, struct ghm_bytes part)
{
    size_t room = sizeof recent->key - recent->key_len;
    if (part.len > UINT16_MAX || part.len + 2 > room) return false;
    uint8_t *at = recent->key + recent->key_len;
    ghm_store_be16(at, (uint16_t)part.len);
    ghm_bytes_copy(at + 2, part);
    recent->key_len += part.len + 2;
    return true;
}

/* All that front/intent.c looks at. */
static bool write_key(struct ghm_recent *recent, const struct ghm_asked *asked)
{
    recent->key_len = 1;
    recent->key[0] = asked->is_old;
    bool is_whole = !asked->is_cut && !asked->is_hiding && write_part(recent, asked->method);
    is_whole = is_whole && write_part(recent, asked->target);
    for (size_t i = 0; is_whole && i < asked->headers_count; i++) {
        const struct ghm_header *header = &asked->headers[i];
        is_whole = write_part(recent, header->name) && write_part(recent, header->value);
    }
    if (!is_whole) recent->key_len = 0;
    return is_whole;
}

static struct ghm_bytes key_of(const struct ghm_recent *recent)
{
    return ghm_bytes(recent->key, recent->key_len);
}

/* ---- keeping ---- */

bool ghm_recent_is_due(struct ghm_recent *recent, const uint8_t slot[GHM_VARIANT_ID_LEN])
{
    uint64_t mark = ghm_load_be64(slot);
    uint64_t *place = &recent->seen[mark % GHM_RECENT_SEEN];
    bool is_again = *place == mark;
    *place = mark;
    return is_again;
}

static void forget(struct ghm_recent *recent, struct given *given)
{
    ghm_map_remove(&recent->map, &given->node);
    ghm_list_remove(&given->at);
    recent->response_bytes -= given->given.response_len;
    recent->drop(given->given.response);
    ghm_mem_wipe(given->request, given->node.key.len);
    ghm_mem_free(&recent->mem, given, given->size);
}

static void forget_oldest(struct ghm_recent *recent)
{
    forget(recent, GHM_LIST_OF(recent->oldest_first.next, struct given, at));
}

static struct given *make(struct ghm_recent *recent, const struct ghm_recent_given *take_given)
{
    size_t size = sizeof(struct given) + recent->key_len;
    struct given *given = ghm_mem_alloc_unset(&recent->mem, size);
    if (given == NULL) return NULL;
    given->given = *take_given;
    given->size = size;
    ghm_bytes_copy(given->request, key_of(recent));
    struct ghm_bytes key = ghm_bytes(given->request, recent->key_len);
    if (ghm_map_insert(&recent->map, &given->node, key) == GHM_OK) return given;
    ghm_mem_wipe(given->request, recent->key_len);
    ghm_mem_free(&recent->mem, given, size);
    return NULL;
}

void ghm_recent_keep(struct ghm_recent *recent, const struct ghm_asked *asked,
                     const struct ghm_recent_given *take_given)
{
    struct given *given = NULL;
    bool is_bounded = take_given->response_len <= GHM_RECENT_RESPONSE_MAX;
    if (is_bounded && write_key(recent, asked)) {
        size_t bytes = recent->key_len + take_given->response_len;
        while (recent->map.count == GHM_RECENT_COUNT_MAX ||
               (recent->map.count > 0 &&
                recent->mem.used_bytes + recent->response_bytes + bytes > GHM_RECENT_BYTES_MAX))
            forget_oldest(recent);
        given = make(recent, take_given);
    }
    if (given == NULL) {
        recent->drop(take_given->response);
        return;
    }
    ghm_list_append(&recent->oldest_first, &given->at);
    recent->response_bytes += take_given->response_len;
}

void *ghm_recent_find(struct ghm_recent *recent, const struct ghm_local *local,
                      const struct ghm_asked *asked, int64_t now_ms)
{
    if (recent->map.count == 0 || !write_key(recent, asked)) return NULL;
    struct ghm_map_node *node = ghm_map_find(&recent->map, key_of(recent));
    if (node == NULL) return NULL;
    struct given *given = GHM_LIST_OF(node, struct given, node);
    if (!ghm_still_holds(&given->given.still, local, now_ms)) {
        forget(recent, given);
        return NULL;
    }
    ghm_local_served(local, given->given.answer);
    return given->given.response;
}

void ghm_recent_clear(struct ghm_recent *recent)
{
    while (recent->map.count > 0)
        forget_oldest(recent);
    ghm_map_fini(&recent->map);
    ghm_mem_wipe(recent->key, sizeof recent->key);
}
