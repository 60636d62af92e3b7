/* SPDX-License-Identifier: MIT */
/* Identify on one connection: ask the peer who it is, tell it who we are, take its later pushes.
 * Each of asking and being pushed is one stream at a time and ends within 10 s.
 *
 * Call protocol: init -> ask -> (event | tick | take)* -> fini. */
#ifndef GHM_SWARM_EXCHANGE_H
#define GHM_SWARM_EXCHANGE_H

#include "link/link.h"
#include "swarm/identify.h"

#define GHM_EXCHANGE_NS (10 * GHM_NS_PER_S)

/** One telling of the peer, on one stream. */
struct ghm_exchange_side {
    uint32_t stream; /* 0: none */
    uint64_t deadline_ns;
    struct ghm_identify told;
    bool is_complete; /* and not taken yet */
};

struct ghm_exchange {
    struct ghm_exchange_side asked;
    struct ghm_exchange_side pushed;
};

void ghm_exchange_init(struct ghm_exchange *exchange, struct ghm_mem *mem);
void ghm_exchange_fini(struct ghm_exchange *exchange);

/** Open the stream on which the peer tells. Errors as ghm_link_open. */
int ghm_exchange_ask(struct ghm_exchange *exchange, struct ghm_link *link,
                     uint64_t now_ns) GHM_MUST_USE;

/** Tell what `self` says on a stream that the peer has opened for it, and finish. */
void ghm_exchange_answer(struct ghm_link *link, uint32_t stream,
                         const struct ghm_identify_self *self, struct ghm_mem *mem);

/** Tell it unasked, on a stream of ours. Errors as ghm_link_open. */
int ghm_exchange_push(struct ghm_link *link, const struct ghm_identify_self *self,
                      struct ghm_mem *mem, uint64_t now_ns) GHM_MUST_USE;

/** What happened on a stream of either identify protocol, but for OPENED of the first (answer). */
void ghm_exchange_event(struct ghm_exchange *exchange, struct ghm_link *link,
                        const struct ghm_link_event *event, uint64_t now_ns);

uint64_t ghm_exchange_deadline(const struct ghm_exchange *exchange);
void ghm_exchange_tick(struct ghm_exchange *exchange, struct ghm_link *link, uint64_t now_ns);

/** A telling that came whole, lent until the next call; NULL when there is none. */
const struct ghm_identify *ghm_exchange_take(struct ghm_exchange *exchange);

/** What was taken is used: give its memory back. */
void ghm_exchange_taken(struct ghm_exchange *exchange);

#endif
