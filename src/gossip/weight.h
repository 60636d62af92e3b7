/* SPDX-License-Identifier: MIT */
/* Which numbers judge which topic, for topics that have their own. They are remembered by name,
 * whether or not the topic is ours now.
 *
 * Bounds: 32 topics. */
#ifndef GHM_GOSSIP_WEIGHT_H
#define GHM_GOSSIP_WEIGHT_H

#include "base/list.h"
#include "base/mem.h"
#include "gossip/message.h"
#include "gossip/score.h"

#define GHM_WEIGHT_MAX GHM_SCORE_TOPICS_MAX

struct ghm_weight_book {
    struct ghm_mem *mem;
    struct ghm_list all;
    size_t count;
};

void ghm_weight_init(struct ghm_weight_book *book, struct ghm_mem *mem);
void ghm_weight_fini(struct ghm_weight_book *book);

/** Remember numbers, which have been found valid, for a topic, instead of those before. GHM_EINVAL:
 * no name or too long a one; GHM_ELIMIT; GHM_ENOMEM. */
int ghm_weight_set(struct ghm_weight_book *book, struct ghm_bytes topic,
                   const struct ghm_score_topic_params *params) GHM_MUST_USE;

/** The numbers of a topic, good while the book lives; NULL when it has none of its own. */
const struct ghm_score_topic_params *ghm_weight_of(const struct ghm_weight_book *book,
                                                   struct ghm_bytes topic);

#endif
