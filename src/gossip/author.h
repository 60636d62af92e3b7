/* SPDX-License-Identifier: MIT */
/* Up to which seqno each author's messages are over and done with. A signature never wears out:
 * when the seen cache has forgotten a message, anyone could bring it again. So a seqno that leaves
 * the seen cache raises its author's floor, and what is not above the floor is a replay.
 *
 * Unlike a check against the largest seqno seen (kubo's BasicSeqnoValidator), this loses no message
 * that another one overtook within the cache's time.
 *
 * Bounds: 4096 authors; of more, the one silent for longest is forgotten.
 *
 * Spec: libp2p/specs pubsub/README.md, The Message (seqno is "linearly increasing") */
#ifndef GHM_GOSSIP_AUTHOR_H
#define GHM_GOSSIP_AUTHOR_H

#include "base/list.h"
#include "base/map.h"
#include "gossip/message.h"

#define GHM_AUTHOR_MAX 4096

struct ghm_author_book {
    struct ghm_mem *mem;
    struct ghm_map map;
    struct ghm_list quiet; /* silent for longest first */
};

void ghm_author_init(struct ghm_author_book *book, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_author_fini(struct ghm_author_book *book);

/** A message by origin is forgotten by the seen cache. Best effort: without memory nothing is kept.
 */
void ghm_author_raise(struct ghm_author_book *book, const struct ghm_message_id *id);

/** Is a message, by its id by origin, not above its author's floor? */
bool ghm_author_is_replay(const struct ghm_author_book *book, const struct ghm_message_id *id);

#endif
