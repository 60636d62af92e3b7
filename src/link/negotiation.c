/* SPDX-License-Identifier: MIT */
#include "link/negotiation.h"

#include "base/assert.h"

static void start(struct ghm_negotiation *n, uint32_t id, bool is_inbound)
{
    *n = (struct ghm_negotiation){.id = id, .is_inbound = is_inbound};
    ghm_list_init(&n->waiting);
}

void ghm_negotiation_expect(struct ghm_negotiation *n, struct ghm_mem *mem, uint32_t id,
                            const char *const *protocols)
{
    start(n, id, true);
    /* A listener allocates nothing here, and names are checked before the link starts. */
    if (ghm_multistream_init(&n->ms, mem, false, protocols) != GHM_OK) GHM_UNREACHABLE();
}

static int flush(struct ghm_negotiation *n, struct ghm_yamux *yamux)
{
    struct ghm_bytes answer = ghm_multistream_pull(&n->ms);
    if (answer.len == 0) return GHM_OK;
    int error = ghm_yamux_write(yamux, n->id, answer);
    if (error != GHM_OK) return error;
    ghm_multistream_pulled(&n->ms, answer.len);
    return GHM_OK;
}

int ghm_negotiation_propose(struct ghm_negotiation *n, struct ghm_yamux *yamux, uint32_t id,
                            const char *protocol)
{
    start(n, id, false);
    n->protocol = protocol;
    n->proposal[0] = protocol;
    int error = ghm_multistream_init(&n->ms, yamux->mem, true, n->proposal);
    if (error != GHM_OK) return error;
    error = flush(n, yamux);
    ghm_multistream_fini(&n->ms); /* only its memory: the state waits for the answer */
    return error;
}

void ghm_negotiation_fini(struct ghm_negotiation *n)
{
    ghm_list_remove(&n->waiting);
    ghm_multistream_fini(&n->ms);
}

static int outcome(struct ghm_negotiation *n)
{
    enum ghm_multistream_event event;
    if (!ghm_multistream_next(&n->ms, &event)) return GHM_EAGAIN;
    if (event == GHM_MULTISTREAM_NONE) return GHM_ENOTSUP;
    n->protocol = ghm_multistream_protocol(&n->ms);
    n->is_agreed = true;
    ghm_list_remove(&n->waiting);
    return GHM_OK;
}

int ghm_negotiation_step(struct ghm_negotiation *n, struct ghm_yamux *yamux)
{
    size_t used;
    int error = ghm_multistream_push(&n->ms, &used, ghm_yamux_data(yamux, n->id));
    if (error != GHM_OK) return error;
    ghm_yamux_data_drop(yamux, n->id, used);
    error = flush(n, yamux);
    ghm_multistream_fini(&n->ms);
    return error == GHM_OK ? outcome(n) : error;
}
