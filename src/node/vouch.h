/* SPDX-License-Identifier: MIT */
/* What GitHub is asked to confirm, and what its answer confirms: the tags of bodies that are here,
 * one's own or another's, sent with one's own token. A 304 says that the body is right and that
 * this identity may see it. */
#ifndef GHM_NODE_VOUCH_H
#define GHM_NODE_VOUCH_H

#include "node/inside.h"

#define GHM_VOUCH_FOREIGN_MAX 2 /* bodies of others that are offered at once */

/**
 * Choose what the next try offers.
 *
 * Its own answer by the tag that GitHub gave it; by the one that the formula says, where that is
 * believed; newer or only answers of others by the formula alone; and where nothing is known, the
 * empty list. A full last page is never offered: a 304 says nothing of its Link.
 *
 * @return GHM_OK, also when there is nothing to offer; GHM_ENOMEM
 */
int ghm_vouch_choose(struct ghm_node *node, struct ghm_flight *flight,
                     struct ghm_node_time time) GHM_MUST_USE;

/** Whether a body of another identity can be confirmed for this one, and for free. */
bool ghm_vouch_is_believed(const struct ghm_node *node, const struct ghm_flight *flight);

/** What a 304 confirmed. */
struct ghm_vouch {
    const struct ghm_flight_offer *offer;
    struct ghm_store_read read; /* of its entry; nothing for the empty list */
    struct ghm_bytes body;      /* views the store until ghm_vouch_close */
};

/**
 * Find what a 304 is about, and write the headers that belong to it now into node->kept.
 *
 * @return GHM_OK, and then close it; GHM_EAGAIN when several were offered and it does not say
 * which; GHM_EOLD when the body is gone or was replaced meanwhile; errors as ghm_buf_append
 */
int ghm_vouch_open(struct ghm_node *node, struct ghm_vouch *ret_vouch, struct ghm_flight *flight,
                   const struct ghm_node_response *response,
                   struct ghm_node_time time) GHM_MUST_USE;
void ghm_vouch_close(struct ghm_node *node, struct ghm_vouch *vouch);

/** Learn from a new answer how far the formula can be believed. */
void ghm_vouch_learn(struct ghm_node *node, const struct ghm_flight *flight,
                     const struct ghm_entry *entry);

#endif
