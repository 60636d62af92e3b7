/* SPDX-License-Identifier: MIT */
/* Which stream ids a yamux peer has opened, so that none is opened twice. Ids mostly rise by two,
 * but peers with threads (go-yamux) send neighbours out of order: the newest 256 are told apart. */
#ifndef GHM_LINK_SYN_H
#define GHM_LINK_SYN_H

#include <stdbool.h>
#include <stdint.h>

#define GHM_SYN_SPAN 256 /* as many as may wait for their ACK */

struct ghm_syn {
    uint32_t newest;                  /* the highest id opened; 0: none yet */
    uint64_t used[GHM_SYN_SPAN / 64]; /* bit i: newest - 2*i was opened */
};

/** Note that `id` (not 0, always of the same parity) is opened. False when it was opened before, or
 * is so old that nobody knows. */
bool ghm_syn_admit(struct ghm_syn *syn, uint32_t id);

/** Was `id` ever opened? True for ids too old to know. */
bool ghm_syn_has(const struct ghm_syn *syn, uint32_t id);

#endif
