/* SPDX-License-Identifier: MIT */
#include "swarm/exchange.h"

#include "base/assert.h"

void ghm_exchange_init(struct ghm_exchange *exchange, struct ghm_mem *mem)
{
    *exchange = (struct ghm_exchange){.asked = {.deadline_ns = GHM_NEVER}};
    exchange->pushed.deadline_ns = GHM_NEVER;
    ghm_identify_init(&exchange->asked.told, mem);
    ghm_identify_init(&exchange->pushed.told, mem);
}

void ghm_exchange_fini(struct ghm_exchange *exchange)
{
    ghm_identify_fini(&exchange->asked.told);
    ghm_identify_fini(&exchange->pushed.told);
}

static void begin(struct ghm_exchange_side *side, uint32_t stream, uint64_t now_ns)
{
    struct ghm_mem *mem = side->told.protocols.mem;
    ghm_identify_fini(&side->told);
    ghm_identify_init(&side->told, mem);
    side->stream = stream;
    side->deadline_ns = now_ns + GHM_EXCHANGE_NS;
    side->is_complete = false;
}

static void stop(struct ghm_exchange_side *side)
{
    side->stream = 0;
    side->deadline_ns = GHM_NEVER;
}

int ghm_exchange_ask(struct ghm_exchange *exchange, struct ghm_link *link, uint64_t now_ns)
{
    uint32_t stream;
    int error = ghm_link_open(link, &stream, ghm_identify_protocol, now_ns);
    if (error != GHM_OK) return error;
    ghm_link_finish(link, stream);
    begin(&exchange->asked, stream, now_ns);
    return GHM_OK;
}

void ghm_exchange_answer(struct ghm_link *link, uint32_t stream,
                         const struct ghm_identify_self *self, struct ghm_mem *mem)
{
    struct ghm_buf message;
    ghm_buf_init(&message, mem, GHM_IDENTIFY_TOLD_MAX);
    int error = ghm_identify_append(&message, self);
    if (error == GHM_OK) error = ghm_link_write(link, stream, ghm_buf_bytes(&message));
    ghm_buf_fini(&message);
    if (error == GHM_OK) {
        ghm_link_finish(link, stream);
    } else {
        ghm_link_reset(link, stream, error);
    }
}

int ghm_exchange_push(struct ghm_link *link, const struct ghm_identify_self *self,
                      struct ghm_mem *mem, uint64_t now_ns)
{
    uint32_t stream;
    int error = ghm_link_open(link, &stream, ghm_identify_push_protocol, now_ns);
    if (error != GHM_OK) return error;
    ghm_exchange_answer(link, stream, self, mem);
    return GHM_OK;
}

static struct ghm_exchange_side *side_of(struct ghm_exchange *exchange, uint32_t stream)
{
    if (exchange->asked.stream == stream) return &exchange->asked;
    return exchange->pushed.stream == stream ? &exchange->pushed : NULL;
}

static void give_up(struct ghm_exchange_side *side, struct ghm_link *link, int error)
{
    ghm_link_reset(link, side->stream, error);
    stop(side);
}

static void on_opened(struct ghm_exchange *exchange, struct ghm_link *link, uint32_t stream,
                      uint64_t now_ns)
{
    if (exchange->pushed.stream != 0 || exchange->pushed.is_complete) {
        ghm_link_reset(link, stream, GHM_ELIMIT);
        return;
    }
    ghm_link_finish(link, stream);
    begin(&exchange->pushed, stream, now_ns);
}

static void on_data(struct ghm_exchange_side *side, struct ghm_link *link)
{
    size_t used;
    int error = ghm_identify_push(&side->told, &used, ghm_link_data(link, side->stream),
                                  ghm_link_peer_key(link));
    if (error != GHM_OK) {
        give_up(side, link, error);
        return;
    }
    ghm_link_data_drop(link, side->stream, used);
}

static void on_finished(struct ghm_exchange_side *side, struct ghm_link *link)
{
    bool is_whole = side->told.frames > 0 && ghm_link_data(link, side->stream).len == 0;
    if (!is_whole) {
        give_up(side, link, GHM_EPROTO);
        return;
    }
    side->is_complete = true;
    stop(side);
}

void ghm_exchange_event(struct ghm_exchange *exchange, struct ghm_link *link,
                        const struct ghm_link_event *event, uint64_t now_ns)
{
    struct ghm_exchange_side *side = side_of(exchange, event->id);
    switch (event->type) {
    case GHM_LINK_OPENED:
        on_opened(exchange, link, event->id, now_ns);
        return;
    case GHM_LINK_DATA:
        if (side != NULL) {
            on_data(side, link);
        } else {
            ghm_link_data_drop(link, event->id, ghm_link_data(link, event->id).len);
        }
        return;
    case GHM_LINK_FINISHED:
        if (side != NULL) on_finished(side, link);
        return;
    case GHM_LINK_CLOSED:
        if (side != NULL) stop(side);
        return;
    case GHM_LINK_READY:
    case GHM_LINK_SECURED:
    case GHM_LINK_LEAVING:
        return;
    }
    GHM_UNREACHABLE();
}

uint64_t ghm_exchange_deadline(const struct ghm_exchange *exchange)
{
    return ghm_deadline_first(exchange->asked.deadline_ns, exchange->pushed.deadline_ns);
}

void ghm_exchange_tick(struct ghm_exchange *exchange, struct ghm_link *link, uint64_t now_ns)
{
    if (exchange->asked.deadline_ns <= now_ns) give_up(&exchange->asked, link, GHM_ETIMEOUT);
    if (exchange->pushed.deadline_ns <= now_ns) give_up(&exchange->pushed, link, GHM_ETIMEOUT);
}

const struct ghm_identify *ghm_exchange_take(struct ghm_exchange *exchange)
{
    struct ghm_exchange_side *side =
        exchange->asked.is_complete ? &exchange->asked : &exchange->pushed;
    if (!side->is_complete) return NULL;
    side->is_complete = false;
    return &side->told;
}

static void give_back(struct ghm_exchange_side *side)
{
    bool is_in_use = side->stream != 0 || side->is_complete;
    if (!is_in_use) ghm_identify_fini(&side->told);
}

void ghm_exchange_taken(struct ghm_exchange *exchange)
{
    give_back(&exchange->asked);
    give_back(&exchange->pushed);
}
