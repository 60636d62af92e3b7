/* SPDX-License-Identifier: MIT */
/* Messages that peers said they have and that we asked them for: of each request one, drawn by lot,
 * is expected in time. Who lets it fail advertises what it does not have.
 *
 * Bounds: 4096 promises; of more, requests are made without.
 *
 * Spec: gossipsub-v1.1.md, Spam Protection Measures (in flight IWANT requests) */
#ifndef GHM_GOSSIP_PROMISE_H
#define GHM_GOSSIP_PROMISE_H

#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "gossip/message.h"

#define GHM_PROMISE_MAX 4096

struct ghm_promise_book {
    struct ghm_mem *mem;
    struct ghm_map map;   /* by message id */
    struct ghm_list ages; /* first to fall due first */
    size_t count;
};

void ghm_promise_init(struct ghm_promise_book *book, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_promise_fini(struct ghm_promise_book *book);

/** The peer of slot `peer` is to bring `id` (at most GHM_MESSAGE_ID_MAX bytes) by `due_ns`, which
 * never lies before that of an earlier call. An older promise of the same stays. */
void ghm_promise_add(struct ghm_promise_book *book, struct ghm_bytes id, uint16_t peer,
                     uint64_t due_ns);

/** The message is here, whoever brought it: all who promised it are free of it. */
void ghm_promise_keep(struct ghm_promise_book *book, struct ghm_bytes id);

/** The peer is gone. */
void ghm_promise_forget_peer(struct ghm_promise_book *book, uint16_t peer);

/** Take one broken promise; false when none is overdue. */
bool ghm_promise_broken(struct ghm_promise_book *book, uint16_t *ret_peer, uint64_t now_ns);

#endif
