/* SPDX-License-Identifier: MIT */
/* The protocol of one yamux stream, agreed by multistream-select inside it. The opener proposes one
 * protocol and may write right behind the proposal. */
#ifndef GHM_LINK_NEGOTIATION_H
#define GHM_LINK_NEGOTIATION_H

#include "link/multistream.h"
#include "link/yamux.h"

struct ghm_negotiation {
    struct ghm_map_node by_id;
    struct ghm_list waiting; /* not agreed yet */
    uint32_t id;
    bool is_inbound;
    bool is_agreed;
    uint64_t deadline_ns;
    const char *protocol; /* outbound: the one proposed; inbound: the one agreed, NULL before */
    const char *proposal[2];
    struct ghm_multistream ms;
};

/** Start for a stream that the peer opened; `protocols` are ours, borrowed. Cannot fail: it has
 * nothing to say first. */
void ghm_negotiation_expect(struct ghm_negotiation *n, struct ghm_mem *mem, uint32_t id,
                            const char *const *protocols);

/** Start for a stream of ours and queue the proposal on it. `n` must stay where it is. GHM_ENOMEM;
 * GHM_EINVAL when the name is too long. */
int ghm_negotiation_propose(struct ghm_negotiation *n, struct ghm_yamux *yamux, uint32_t id,
                            const char *protocol) GHM_MUST_USE;
void ghm_negotiation_fini(struct ghm_negotiation *n);

/**
 * Use what has arrived on the stream; what follows the agreement stays there.
 *
 * @return GHM_OK: agreed, see `protocol`; GHM_EAGAIN: more is needed; GHM_ENOTSUP: refused by the
 *         peer; GHM_EPROTO; GHM_ENOMEM. After an error the owner resets the stream.
 */
int ghm_negotiation_step(struct ghm_negotiation *n, struct ghm_yamux *yamux) GHM_MUST_USE;

#endif
