/* SPDX-License-Identifier: MIT */
/* Which messages were seen: a message is accepted once. Bounded twice, by age (an old message is
 * refused unseen) and by number (the oldest seen is forgotten first). */
#ifndef GHM_MESH_REPLAY_H
#define GHM_MESH_REPLAY_H

#include "base/list.h"
#include "base/map.h"

#define GHM_REPLAY_ID_LEN 12
#define GHM_REPLAY_SEEN_MAX 16384
#define GHM_REPLAY_AGE_MAX_MS INT64_C(120000)
#define GHM_REPLAY_AHEAD_MAX_MS INT64_C(5000)

struct ghm_replay {
    struct ghm_mem *mem;
    struct ghm_map seen;
    struct ghm_list order; /* oldest first */
};

void ghm_replay_init(struct ghm_replay *ret_replay, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_replay_fini(struct ghm_replay *replay);

/**
 * Accept a message, once.
 *
 * @param id      its random nonce
 * @param sent_ms when its sender says it was sent, authenticated
 * @param now_ms  GitHub time here
 * @return GHM_OK; GHM_EOLD: seen before, or too old to know; GHM_EAGAIN: dated ahead; GHM_ENOMEM
 */
int ghm_replay_accept(struct ghm_replay *replay, const uint8_t id[GHM_REPLAY_ID_LEN],
                      int64_t sent_ms, int64_t now_ms) GHM_MUST_USE;

/** Was it accepted before, as far as is known? To be asked before it is opened. */
bool ghm_replay_has(const struct ghm_replay *replay, const uint8_t id[GHM_REPLAY_ID_LEN]);

#endif
