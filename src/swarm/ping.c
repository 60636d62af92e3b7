/* SPDX-License-Identifier: MIT */
#include "swarm/ping.h"

#include "base/assert.h"

const char ghm_ping_protocol[] = "/ipfs/ping/1.0.0";

void ghm_ping_init(struct ghm_ping *ping)
{
    *ping = (struct ghm_ping){.outbound = 0};
}

bool ghm_ping_is_busy(const struct ghm_ping *ping)
{
    return ping->outbound != 0 || ping->has_result;
}

int ghm_ping_start(struct ghm_ping *ping, struct ghm_link *link, struct ghm_entropy *entropy,
                   uint64_t now_ns)
{
    uint32_t stream;
    if (ghm_ping_is_busy(ping)) return GHM_EBUSY;
    int error = ghm_link_open(link, &stream, ghm_ping_protocol, now_ns);
    if (error != GHM_OK) return error;
    ghm_entropy_fill(entropy, ping->payload, sizeof ping->payload);
    error = ghm_link_write(link, stream, ghm_bytes(ping->payload, sizeof ping->payload));
    if (error != GHM_OK) {
        ghm_link_reset(link, stream, error);
        return error;
    }
    ping->outbound = stream;
    ping->sent_ns = now_ns;
    return GHM_OK;
}

static void conclude(struct ghm_ping *ping, int error, uint64_t rtt_ns)
{
    ping->outbound = 0;
    ping->has_result = true;
    ping->result = (struct ghm_ping_result){error, rtt_ns};
}

static void give_up(struct ghm_ping *ping, struct ghm_link *link, int error)
{
    ghm_link_reset(link, ping->outbound, error);
    conclude(ping, error, 0);
}

static void on_answer(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns)
{
    struct ghm_bytes data = ghm_link_data(link, ping->outbound);
    if (data.len < GHM_PING_LEN) return;
    if (!ghm_bytes_equal(data, ghm_bytes(ping->payload, sizeof ping->payload))) {
        give_up(ping, link, GHM_EPROTO);
        return;
    }
    ghm_link_data_drop(link, ping->outbound, data.len);
    ghm_link_finish(link, ping->outbound);
    conclude(ping, GHM_OK, now_ns - ping->sent_ns);
}

static uint32_t *slot_of(struct ghm_ping *ping, uint32_t stream)
{
    for (size_t i = 0; i < GHM_PING_INBOUND_MAX; i++) {
        if (ping->inbound[i] == stream) return &ping->inbound[i];
    }
    return NULL;
}

static void on_opened(struct ghm_ping *ping, struct ghm_link *link, uint32_t stream)
{
    uint32_t *slot = slot_of(ping, 0);
    if (slot == NULL) {
        ghm_link_reset(link, stream, GHM_ELIMIT);
        return;
    }
    *slot = stream;
}

/* Whole payloads only. A peer that pings and does not read fills its queue and loses the stream. */
static void echo(struct ghm_link *link, uint32_t stream)
{
    struct ghm_bytes data = ghm_link_data(link, stream);
    data.len -= data.len % GHM_PING_LEN;
    int error = ghm_link_write(link, stream, data);
    if (error != GHM_OK) {
        ghm_link_reset(link, stream, error);
        return;
    }
    ghm_link_data_drop(link, stream, data.len);
}

static void on_data(struct ghm_ping *ping, struct ghm_link *link, uint32_t stream, uint64_t now_ns)
{
    if (stream == ping->outbound) {
        on_answer(ping, link, now_ns);
        return;
    }
    if (slot_of(ping, stream) != NULL) {
        echo(link, stream);
        return;
    }
    ghm_link_data_drop(link, stream, ghm_link_data(link, stream).len);
}

/* Our half too; what may be left of a cut payload goes with it. */
static void on_finished(struct ghm_ping *ping, struct ghm_link *link, uint32_t stream)
{
    if (stream == ping->outbound) {
        give_up(ping, link, GHM_ECLOSED);
        return;
    }
    ghm_link_data_drop(link, stream, ghm_link_data(link, stream).len);
    ghm_link_finish(link, stream);
}

static void on_closed(struct ghm_ping *ping, uint32_t stream, int error)
{
    uint32_t *slot = slot_of(ping, stream);
    if (slot != NULL) *slot = 0;
    if (stream == ping->outbound) conclude(ping, error == GHM_OK ? GHM_ECLOSED : error, 0);
}

void ghm_ping_event(struct ghm_ping *ping, struct ghm_link *link,
                    const struct ghm_link_event *event, uint64_t now_ns)
{
    switch (event->type) {
    case GHM_LINK_OPENED:
        on_opened(ping, link, event->id);
        return;
    case GHM_LINK_DATA:
        on_data(ping, link, event->id, now_ns);
        return;
    case GHM_LINK_FINISHED:
        on_finished(ping, link, event->id);
        return;
    case GHM_LINK_CLOSED:
        on_closed(ping, event->id, event->error);
        return;
    case GHM_LINK_READY:
    case GHM_LINK_SECURED:
    case GHM_LINK_LEAVING:
        return;
    }
    GHM_UNREACHABLE();
}

uint64_t ghm_ping_deadline(const struct ghm_ping *ping)
{
    return ping->outbound == 0 ? GHM_NEVER : ping->sent_ns + GHM_PING_NS;
}

void ghm_ping_tick(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns)
{
    if (ghm_ping_deadline(ping) <= now_ns) give_up(ping, link, GHM_ETIMEOUT);
}

void ghm_ping_lose(struct ghm_ping *ping, int error)
{
    if (ping->outbound != 0) conclude(ping, error, 0);
}

bool ghm_ping_take(struct ghm_ping *ping, struct ghm_ping_result *ret_result)
{
    if (!ping->has_result) return false;
    ping->has_result = false;
    *ret_result = ping->result;
    return true;
}
