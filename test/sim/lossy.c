/* SPDX-License-Identifier: MIT */
#include "lossy.h"

#include "gossip/rpc.h"
#include "swarm/swarm.h"
#include "wire/varint.h"

/* The linker gives gossip the first of these for ghm_swarm_write (--wrap). */
int __wrap_ghm_swarm_write(struct ghm_swarm *swarm, struct ghm_stream stream,
                           struct ghm_bytes bytes);
int __real_ghm_swarm_write(struct ghm_swarm *swarm, struct ghm_stream stream,
                           struct ghm_bytes bytes);

static struct {
    struct lot lot;
    double probability;
    uint64_t count;
} lossy;

void lossy_begin(double probability, uint64_t seed)
{
    lossy.lot = lot_of(seed, 3);
    lossy.probability = probability;
    lossy.count = 0;
}

uint64_t lossy_count(void)
{
    return lossy.count;
}

/* Only of messages, IHAVE, IWANT and IDONTWANT, and a whole one. */
static bool is_losable(struct ghm_bytes bytes)
{
    uint64_t len;
    struct ghm_rpc_reader reader;
    struct ghm_rpc_item item;
    int head = ghm_varint_decode(&len, bytes);
    if (head <= 0 || len != bytes.len - (size_t)head) return false;
    struct ghm_bytes rpc = ghm_bytes_from(bytes, (size_t)head);
    if (ghm_rpc_check(rpc) != GHM_OK) return false;
    ghm_rpc_reader_init(&reader, rpc);
    while (ghm_rpc_next(&reader, &item)) {
        if (item.type <= GHM_RPC_UNSUBSCRIBE) return false;
        if (item.type == GHM_RPC_GRAFT || item.type == GHM_RPC_PRUNE) return false;
    }
    return true;
}

int __wrap_ghm_swarm_write(struct ghm_swarm *swarm, struct ghm_stream stream,
                           struct ghm_bytes bytes)
{
    if (lossy.probability > 0 && is_losable(bytes) && lot_falls(&lossy.lot, lossy.probability)) {
        lossy.count++;
        return GHM_OK;
    }
    return __real_ghm_swarm_write(swarm, stream, bytes);
}
