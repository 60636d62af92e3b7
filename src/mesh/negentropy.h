/* SPDX-License-Identifier: MIT */
/* Two sides find out what each has and the other lacks, with few bytes: ranges of a common order
 * whose fingerprints differ are split into sixteen until they are short enough to be listed.
 *
 * The initiator begins and hears the answers; what it says next is empty when all is known. The
 * responder answers each message on its own and remembers but the ids that it listed last. Nothing
 * is allocated; a message costs at most one walk over the items and a search for each range.
 *
 * What a message of at most GHM_NEGENTROPY_MESSAGE_MAX bytes has no room for is left for the next
 * one: what comes first in the order is settled first.
 *
 * Spec: negentropy protocol v1 */
#ifndef GHM_MESH_NEGENTROPY_H
#define GHM_MESH_NEGENTROPY_H

#include "base/bitset.h"
#include "mesh/range.h"

#define GHM_NEGENTROPY_MESSAGE_MAX 65536
#define GHM_NEGENTROPY_MESSAGE_MIN 4096 /* the least that message_max can be */
#define GHM_NEGENTROPY_LISTED_MAX (GHM_NEGENTROPY_MESSAGE_MAX / GHM_RANGE_ID_LEN)
#define GHM_NEGENTROPY_ROUNDS_MAX 32

struct ghm_negentropy_item {
    struct ghm_range_place place;
    uint32_t mark; /* the owner's own */
};

struct ghm_negentropy {
    const struct ghm_negentropy_item *items; /* borrowed; strictly ascending by place */
    size_t count;
    size_t message_max;
    bool is_initiator;
    bool is_cut; /* the rounds are used up: more differs than was told */
    unsigned rounds;
    const char *reason; /* of GHM_EPROTO */
    /* The initiator: numbers of its items that the other lacks; borrowed, of `count` bits. */
    uint8_t *have;
    /* The initiator: which ids of the message heard last, in their order, it lacks. */
    uint8_t need[GHM_BITSET_SIZE(GHM_NEGENTROPY_LISTED_MAX)];
    /* The responder: which items it listed in its last message, in their order. */
    uint32_t listed[GHM_NEGENTROPY_LISTED_MAX];
    /* Of the initiator: ids heard in the last message; of the responder: of `listed`. */
    size_t listed_count;
};

/**
 * Begin a side.
 *
 * @param items       borrowed while it lives
 * @param have        of the initiator: GHM_BITSET_SIZE(count) bytes, borrowed; NULL of the
 *                    responder
 * @param message_max 4096..65536
 */
void ghm_negentropy_init(struct ghm_negentropy *ret_side, const struct ghm_negentropy_item *items,
                         size_t count, uint8_t *have, size_t message_max);

/** The initiator's first message; returns its length. */
size_t ghm_negentropy_begin(struct ghm_negentropy *side,
                            uint8_t ret_message[GHM_NEGENTROPY_MESSAGE_MAX]);

/**
 * Hear a message and answer it.
 *
 * @param ret_message the answer: message_max bytes of room
 * @param ret_len     of the answer; 0: the initiator has nothing more to ask
 * @return GHM_OK; GHM_EPROTO with a reason, and then the side is of no more use
 */
int ghm_negentropy_hear(struct ghm_negentropy *side,
                        uint8_t ret_message[GHM_NEGENTROPY_MESSAGE_MAX], size_t *ret_len,
                        struct ghm_bytes message) GHM_MUST_USE;

#endif
