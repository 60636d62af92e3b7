/* SPDX-License-Identifier: MIT */
#include "mesh/replay.h"

struct seen {
    struct ghm_map_node node;
    struct ghm_list order;
    int64_t sent_ms;
    uint8_t id[GHM_REPLAY_ID_LEN];
};

void ghm_replay_init(struct ghm_replay *ret_replay, struct ghm_mem *mem, const uint8_t seed[16])
{
    ret_replay->mem = mem;
    ghm_map_init(&ret_replay->seen, mem, GHM_REPLAY_SEEN_MAX, seed);
    ghm_list_init(&ret_replay->order);
}

static void forget(struct ghm_replay *replay, struct seen *seen)
{
    ghm_map_remove(&replay->seen, &seen->node);
    ghm_list_remove(&seen->order);
    ghm_mem_free(replay->mem, seen, sizeof *seen);
}

static struct seen *oldest(struct ghm_replay *replay)
{
    if (ghm_list_is_empty(&replay->order)) return NULL;
    return GHM_LIST_OF(replay->order.next, struct seen, order);
}

void ghm_replay_fini(struct ghm_replay *replay)
{
    if (replay->order.next == NULL) return;
    for (struct seen *seen; (seen = oldest(replay)) != NULL;)
        forget(replay, seen);
    ghm_map_fini(&replay->seen);
}

/* What is refused for its age need not be remembered. */
static void forget_old(struct ghm_replay *replay, int64_t now_ms)
{
    for (struct seen *seen; (seen = oldest(replay)) != NULL;) {
        bool is_full = replay->seen.count == GHM_REPLAY_SEEN_MAX;
        if (!is_full && now_ms - seen->sent_ms <= GHM_REPLAY_AGE_MAX_MS) return;
        forget(replay, seen);
    }
}

bool ghm_replay_has(const struct ghm_replay *replay, const uint8_t id[GHM_REPLAY_ID_LEN])
{
    return ghm_map_find(&replay->seen, ghm_bytes(id, GHM_REPLAY_ID_LEN)) != NULL;
}

int ghm_replay_accept(struct ghm_replay *replay, const uint8_t id[GHM_REPLAY_ID_LEN],
                      int64_t sent_ms, int64_t now_ms)
{
    if (sent_ms > now_ms + GHM_REPLAY_AHEAD_MAX_MS) return GHM_EAGAIN;
    if (now_ms - sent_ms > GHM_REPLAY_AGE_MAX_MS) return GHM_EOLD;
    if (ghm_replay_has(replay, id)) return GHM_EOLD;
    forget_old(replay, now_ms);
    struct seen *seen = ghm_mem_alloc(replay->mem, sizeof *seen);
    if (seen == NULL) return GHM_ENOMEM;
    memcpy(seen->id, id, GHM_REPLAY_ID_LEN);
    seen->sent_ms = sent_ms;
    int error = ghm_map_insert(&replay->seen, &seen->node, ghm_bytes(seen->id, GHM_REPLAY_ID_LEN));
    if (error != GHM_OK) {
        ghm_mem_free(replay->mem, seen, sizeof *seen);
        return error;
    }
    ghm_list_append(&replay->order, &seen->order);
    return GHM_OK;
}
