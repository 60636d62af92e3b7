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
    return ping->is_asking || ping->has_result;
}

static int ask_anew(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns)
{
    uint32_t stream;
    ping->outbound = 0;
    ping->is_kept = false;
    int error = ghm_link_open(link, &stream, ghm_ping_protocol, now_ns);
    if (error != GHM_OK) return error;
    error = ghm_link_write(link, stream, ghm_bytes(ping->payload, sizeof ping->payload));
    if (error != GHM_OK) {
        ghm_link_reset(link, stream, error);
        return error;
    }
    ping->outbound = stream;
    return GHM_OK;
}

static int ask(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns)
{
    struct ghm_bytes payload = ghm_bytes(ping->payload, sizeof ping->payload);
    if (ping->outbound == 0) return ask_anew(ping, link, now_ns);
    int error = ghm_link_write(link, ping->outbound, payload);
    return error == GHM_ECLOSED ? ask_anew(ping, link, now_ns) : error;
}

int ghm_ping_start(struct ghm_ping *ping, struct ghm_link *link, struct ghm_entropy *entropy,
                   uint64_t now_ns)
{
    if (ghm_ping_is_busy(ping)) return GHM_EBUSY;
    ghm_entropy_fill(entropy, ping->payload, sizeof ping->payload);
    int error = ask(ping, link, now_ns);
    if (error != GHM_OK) return error;
    ping->is_asking = true;
    ping->sent_ns = now_ns;
    return GHM_OK;
}

static void conclude(struct ghm_ping *ping, int error, uint64_t rtt_ns)
{
    ping->is_asking = false;
    ping->has_result = true;
    ping->result = (struct ghm_ping_result){error, rtt_ns};
}

static void give_up(struct ghm_ping *ping, struct ghm_link *link, int error)
{
    ghm_link_reset(link, ping->outbound, error);
    ping->outbound = 0;
    if (ping->is_asking) conclude(ping, error, 0);
}

/* Our stream is gone. A kept one may have been ended before our ping came: that is asked again, on
 * a fresh stream and so once. */
static void lose_stream(struct ghm_ping *ping, struct ghm_link *link, int error, uint64_t now_ns)
{
    bool is_crossed = ping->is_asking && ping->is_kept;
    ping->outbound = 0;
    if (is_crossed) error = ask_anew(ping, link, now_ns);
    if (is_crossed && error == GHM_OK) return;
    if (ping->is_asking) conclude(ping, error, 0);
}

static void on_answer(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns)
{
    struct ghm_bytes data = ghm_link_data(link, ping->outbound);
    if (ping->is_asking && data.len < GHM_PING_LEN) return;
    struct ghm_bytes payload = ghm_bytes(ping->payload, sizeof ping->payload);
    if (!ping->is_asking || !ghm_bytes_equal(data, payload)) {
        give_up(ping, link, GHM_EPROTO);
        return;
    }
    ghm_link_data_drop(link, ping->outbound, data.len);
    ping->is_kept = true;
    ping->answered_ns = now_ns;
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
static void on_finished(struct ghm_ping *ping, struct ghm_link *link, uint32_t stream,
                        uint64_t now_ns)
{
    ghm_link_data_drop(link, stream, ghm_link_data(link, stream).len);
    ghm_link_finish(link, stream);
    if (stream == ping->outbound) lose_stream(ping, link, GHM_ECLOSED, now_ns);
}

static void on_closed(struct ghm_ping *ping, struct ghm_link *link,
                      const struct ghm_link_event *event, uint64_t now_ns)
{
    uint32_t *slot = slot_of(ping, event->id);
    if (slot != NULL) *slot = 0;
    if (event->id != ping->outbound) return;
    lose_stream(ping, link, event->error == GHM_OK ? GHM_ECLOSED : event->error, now_ns);
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
        on_finished(ping, link, event->id, now_ns);
        return;
    case GHM_LINK_CLOSED:
        on_closed(ping, link, event, now_ns);
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
    if (ping->is_asking) return ping->sent_ns + GHM_PING_NS;
    return ping->outbound == 0 ? GHM_NEVER : ping->answered_ns + GHM_PING_KEPT_NS;
}

void ghm_ping_tick(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns)
{
    if (ghm_ping_deadline(ping) > now_ns) return;
    if (ping->is_asking) {
        give_up(ping, link, GHM_ETIMEOUT);
        return;
    }
    ghm_link_finish(link, ping->outbound);
    ping->outbound = 0;
}

void ghm_ping_lose(struct ghm_ping *ping, int error)
{
    ping->outbound = 0;
    if (ping->is_asking) conclude(ping, error, 0);
}

bool ghm_ping_take(struct ghm_ping *ping, struct ghm_ping_result *ret_result)
{
    if (!ping->has_result) return false;
    ping->has_result = false;
    *ret_result = ping->result;
    return true;
}
