/* SPDX-License-Identifier: MIT */
#include "link/muxer.h"

#include "base/assert.h"

#define GHM_MUXER_STREAMS_MAX (GHM_YAMUX_INBOUND_MAX + GHM_YAMUX_OUTBOUND_MAX)

void ghm_muxer_init(struct ghm_muxer *m, struct ghm_mem *mem, const struct ghm_muxer_config *config,
                    uint64_t now_ns)
{
    *m = (struct ghm_muxer){.mem = mem, .protocols = config->protocols, .now_ns = now_ns};
    ghm_yamux_init(&m->yamux, mem, config->is_client, config->seed, now_ns);
    ghm_map_init(&m->negotiations, mem, GHM_MUXER_STREAMS_MAX, config->seed);
    ghm_list_init(&m->waiting);
}

static void forget(struct ghm_muxer *m, struct ghm_negotiation *n)
{
    ghm_map_remove(&m->negotiations, &n->by_id);
    ghm_negotiation_fini(n);
    ghm_mem_free(m->mem, n, sizeof *n);
}

void ghm_muxer_fini(struct ghm_muxer *m)
{
    struct ghm_map_node *node;
    while ((node = ghm_map_next(&m->negotiations, NULL)) != NULL) {
        forget(m, GHM_LIST_OF(node, struct ghm_negotiation, by_id));
    }
    ghm_map_fini(&m->negotiations);
    ghm_yamux_fini(&m->yamux);
}

int ghm_muxer_push(struct ghm_muxer *m, struct ghm_bytes in, uint64_t now_ns)
{
    m->now_ns = now_ns;
    return ghm_yamux_push(&m->yamux, in, now_ns);
}

/* ---- events ---- */

static struct ghm_negotiation *find(const struct ghm_muxer *m, uint32_t id)
{
    struct ghm_map_node *node = ghm_map_find(&m->negotiations, ghm_bytes(&id, sizeof id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_negotiation, by_id);
}

static struct ghm_negotiation *agreed(const struct ghm_muxer *m, uint32_t id)
{
    struct ghm_negotiation *n = find(m, id);
    return n != NULL && n->is_agreed ? n : NULL;
}

static int keep(struct ghm_muxer *m, struct ghm_negotiation *n)
{
    int error = ghm_map_insert(&m->negotiations, &n->by_id, ghm_bytes(&n->id, sizeof n->id));
    if (error != GHM_OK) return error;
    n->deadline_ns = m->now_ns + GHM_LINK_NEGOTIATION_NS;
    ghm_list_append(&m->waiting, &n->waiting);
    return GHM_OK;
}

static void on_opened(struct ghm_muxer *m, uint32_t id)
{
    struct ghm_negotiation *n = ghm_mem_alloc(m->mem, sizeof *n);
    if (n == NULL) {
        ghm_yamux_reset(&m->yamux, id, GHM_ENOMEM);
        return;
    }
    ghm_negotiation_expect(n, m->mem, id, m->protocols);
    if (keep(m, n) == GHM_OK) return;
    ghm_yamux_reset(&m->yamux, id, GHM_ENOMEM);
    ghm_negotiation_fini(n);
    ghm_mem_free(m->mem, n, sizeof *n);
}

static struct ghm_link_event event_of(const struct ghm_negotiation *n,
                                      enum ghm_link_event_type type)
{
    return (struct ghm_link_event){.type = type, .id = n->id, .protocol = n->protocol};
}

static size_t count_inbound(const struct ghm_muxer *m, const char *protocol)
{
    size_t count = 0;
    struct ghm_map_node *node = ghm_map_next(&m->negotiations, NULL);
    for (; node != NULL; node = ghm_map_next(&m->negotiations, node)) {
        const struct ghm_negotiation *n = GHM_LIST_OF(node, struct ghm_negotiation, by_id);
        count += n->is_inbound && n->is_agreed && n->protocol == protocol;
    }
    return count;
}

static int step(struct ghm_muxer *m, struct ghm_negotiation *n)
{
    int error = ghm_negotiation_step(n, &m->yamux);
    if (error != GHM_OK || !n->is_inbound) return error;
    if (count_inbound(m, n->protocol) <= GHM_MUXER_PER_PROTOCOL_MAX) return GHM_OK;
    n->is_agreed = false; /* the owner never heard of it and never will */
    return GHM_ELIMIT;
}

static bool on_data(struct ghm_muxer *m, struct ghm_negotiation *n,
                    struct ghm_link_event *ret_event)
{
    if (n->is_agreed) {
        *ret_event = event_of(n, GHM_LINK_DATA);
        return true;
    }
    int error = step(m, n);
    if (error == GHM_EAGAIN) return false;
    if (error != GHM_OK) {
        ghm_yamux_reset(&m->yamux, n->id, error);
        return false;
    }
    *ret_event = event_of(n, n->is_inbound ? GHM_LINK_OPENED : GHM_LINK_READY);
    m->after = event_of(n, GHM_LINK_DATA);
    m->tells_data = true;
    return true;
}

/* A peer that ends the stream instead of answering has refused (js-libp2p does). */
static bool on_finished(struct ghm_muxer *m, struct ghm_negotiation *n,
                        struct ghm_link_event *ret_event)
{
    if (!n->is_agreed) {
        ghm_yamux_reset(&m->yamux, n->id, GHM_ENOTSUP);
        return false;
    }
    *ret_event = event_of(n, GHM_LINK_FINISHED);
    return true;
}

static bool on_closed(struct ghm_muxer *m, struct ghm_negotiation *n, int error,
                      struct ghm_link_event *ret_event)
{
    bool is_known = n->is_agreed || !n->is_inbound;
    *ret_event = event_of(n, GHM_LINK_CLOSED);
    ret_event->error = error;
    forget(m, n);
    return is_known;
}

/* Yamux speaks of streams; the owner hears of protocols. False: nothing the owner should know. */
static bool translate(struct ghm_muxer *m, struct ghm_link_event *ret_event,
                      const struct ghm_yamux_event *event)
{
    struct ghm_negotiation *n = find(m, event->id);
    if (n == NULL && event->type != GHM_YAMUX_OPENED && event->type != GHM_YAMUX_GOAWAY) {
        return false;
    }
    switch (event->type) {
    case GHM_YAMUX_OPENED:
        on_opened(m, event->id);
        return false;
    case GHM_YAMUX_DATA:
        return on_data(m, n, ret_event);
    case GHM_YAMUX_FINISHED:
        return on_finished(m, n, ret_event);
    case GHM_YAMUX_CLOSED:
        return on_closed(m, n, event->error, ret_event);
    case GHM_YAMUX_GOAWAY:
        *ret_event = (struct ghm_link_event){.type = GHM_LINK_LEAVING, .error = event->error};
        return true;
    }
    GHM_UNREACHABLE();
}

/* Bytes that came behind the agreement, in the same breath. */
static bool take_after(struct ghm_muxer *m, struct ghm_link_event *ret_event)
{
    if (!m->tells_data) return false;
    m->tells_data = false;
    *ret_event = m->after;
    return ghm_muxer_data(m, m->after.id).len > 0;
}

bool ghm_muxer_next(struct ghm_muxer *m, struct ghm_link_event *ret_event)
{
    struct ghm_yamux_event event;
    if (take_after(m, ret_event)) return true;
    while (ghm_yamux_next(&m->yamux, &event)) {
        if (translate(m, ret_event, &event)) return true;
    }
    return false;
}

/* ---- time ---- */

static struct ghm_negotiation *oldest(const struct ghm_muxer *m)
{
    if (ghm_list_is_empty(&m->waiting)) return NULL;
    return GHM_LIST_OF(m->waiting.next, struct ghm_negotiation, waiting);
}

uint64_t ghm_muxer_deadline(const struct ghm_muxer *m)
{
    const struct ghm_negotiation *n = oldest(m);
    uint64_t deadline = ghm_yamux_deadline(&m->yamux);
    return n == NULL ? deadline : ghm_deadline_first(deadline, n->deadline_ns);
}

static void tick_negotiations(struct ghm_muxer *m, uint64_t now_ns)
{
    struct ghm_negotiation *n;
    while ((n = oldest(m)) != NULL && n->deadline_ns <= now_ns) {
        ghm_list_remove(&n->waiting);
        ghm_yamux_reset(&m->yamux, n->id, GHM_ETIMEOUT);
    }
}

int ghm_muxer_tick(struct ghm_muxer *m, uint64_t now_ns)
{
    m->now_ns = now_ns;
    tick_negotiations(m, now_ns);
    return ghm_yamux_tick(&m->yamux, now_ns);
}

/* ---- streams ---- */

static int propose(struct ghm_muxer *m, uint32_t id, const char *protocol)
{
    struct ghm_negotiation *n = ghm_mem_alloc(m->mem, sizeof *n);
    if (n == NULL) return GHM_ENOMEM;
    int error = ghm_negotiation_propose(n, &m->yamux, id, protocol);
    if (error == GHM_OK) error = keep(m, n);
    if (error == GHM_OK) return GHM_OK;
    ghm_negotiation_fini(n);
    ghm_mem_free(m->mem, n, sizeof *n);
    return error;
}

int ghm_muxer_open(struct ghm_muxer *m, uint32_t *ret_id, const char *protocol, uint64_t now_ns)
{
    uint32_t id;
    m->now_ns = now_ns;
    int error = ghm_yamux_open(&m->yamux, &id);
    if (error != GHM_OK) return error;
    error = propose(m, id, protocol);
    if (error != GHM_OK) {
        ghm_yamux_reset(&m->yamux, id, error);
        return error;
    }
    *ret_id = id;
    return GHM_OK;
}

int ghm_muxer_write(struct ghm_muxer *m, uint32_t id, struct ghm_bytes bytes)
{
    if (bytes.len > GHM_LINK_QUEUE_MAX) return GHM_ELIMIT;
    return ghm_yamux_write(&m->yamux, id, bytes);
}

struct ghm_bytes ghm_muxer_data(const struct ghm_muxer *m, uint32_t id)
{
    return agreed(m, id) == NULL ? GHM_BYTES_NONE : ghm_yamux_data(&m->yamux, id);
}

void ghm_muxer_data_drop(struct ghm_muxer *m, uint32_t id, size_t len)
{
    if (agreed(m, id) != NULL) ghm_yamux_data_drop(&m->yamux, id, len);
}
