/* SPDX-License-Identifier: MIT */
/* A peer from the outside of a world, which dials a node and speaks by hand: multistream, Noise and
 * yamux are made of their own parts here, so that each may be wrong in one place. */
#ifndef GHM_TEST_ROGUE_H
#define GHM_TEST_ROGUE_H

#include "crypto/noise.h"
#include "crypto/xx.h"
#include "link/frame.h"
#include "world.h"

struct rogue {
    struct world *w;
    size_t socket;
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_entropy entropy;
    struct ghm_noise *noise; /* of one that is authenticated */
    struct ghm_xx xx;        /* of one that is not */
    struct ghm_buf heard;    /* plaintext that nobody has looked at */
    size_t greeting_left;    /* of the node's multistream answer */
};

/** Dial node `to` from `ip` and offer Noise; nothing else is said. */
void rogue_start(struct rogue *r, struct world *w, int to, const char *ip);
void rogue_fini(struct rogue *r);

/** The node has closed its socket. */
bool rogue_is_dropped(const struct rogue *r);

/** Bytes on the socket, and time for the node to act on them. */
void rogue_say(struct rogue *r, struct ghm_bytes bytes);

/* ---- with a handshake that is right ---- */

/** Be authenticated. */
void rogue_enter(struct rogue *r);

/** Plaintext within the connection; said as one, then the world settles. */
void rogue_tell(struct rogue *r, struct ghm_bytes plain);
void rogue_frame(struct rogue *r, const struct ghm_frame *frame, struct ghm_bytes body);

/** Open or answer stream `id` by hand: both names of its negotiation. */
void rogue_select(struct rogue *r, uint32_t id, uint16_t flags, const char *protocol);

/** How many frames of a type and with all of `flags` the node has sent on a stream. */
size_t rogue_heard(struct rogue *r, enum ghm_frame_type type, uint16_t flags, uint32_t stream);

/* ---- with one that is not ---- */

/** Say the first message with this ephemeral key in the clear; NULL: an honest one. */
void rogue_begin(struct rogue *r, const uint8_t ephemeral[32]);

/** Answer the node's message with a payload of the test's. */
void rogue_introduce(struct rogue *r, struct ghm_bytes payload);

#endif
