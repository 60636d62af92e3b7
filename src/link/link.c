/* SPDX-License-Identifier: MIT */
#include "link/link.h"

#include "base/assert.h"
#include "crypto/noise.h"
#include "link/negotiation.h"

#define GHM_LINK_NEGOTIATIONS_MAX (GHM_YAMUX_INBOUND_MAX + GHM_YAMUX_OUTBOUND_MAX)
#define GHM_LINK_CHUNK_MAX                                                                         \
    65536 /* Noise holds at most 256 KiB of plaintext that we did not drain */

struct ghm_link {
    struct ghm_mem *mem;
    struct ghm_link_config config;
    enum ghm_link_state state;
    struct ghm_multistream select; /* of SELECTING and MUXING */
    struct ghm_buf held;           /* the start of a message of SELECTING */
    struct ghm_buf out;            /* what is sent in the clear before Noise */
    struct ghm_noise *noise;
    struct ghm_yamux yamux; /* once has_yamux */
    struct ghm_map negotiations;
    struct ghm_list waiting; /* negotiations, oldest first */
    uint64_t start_ns;
    uint64_t now_ns; /* the latest that we were told */
    uint8_t seed[16];
    const char *reason;
    bool has_yamux;
    bool tells_secured;
    bool tells_data; /* `after` follows the event just told */
    struct ghm_link_event after;
};

static const char *const security_protocols[] = {"/noise", NULL};
static const char *const muxer_protocols[] = {"/yamux/1.0.0", NULL};

/* ---- life ---- */

/* The dialer's first flight: the proposal and Noise message 1 behind it. */
static int gather_first_flight(struct ghm_link *link)
{
    struct ghm_bytes proposal = ghm_multistream_pull(&link->select);
    struct ghm_bytes message = ghm_noise_pull(link->noise);
    int error = ghm_buf_append(&link->out, proposal);
    if (error == GHM_OK) error = ghm_buf_append(&link->out, message);
    if (error != GHM_OK) return error;
    ghm_multistream_pulled(&link->select, proposal.len);
    ghm_noise_pulled(link->noise, message.len);
    return GHM_OK;
}

static int start(struct ghm_link *link, struct ghm_entropy *entropy)
{
    const struct ghm_noise_config noise = {
        .is_initiator = link->config.is_dialer,
        .identity = link->config.identity,
        .expected = link->config.expected,
        .muxers = muxer_protocols,
    };
    int error =
        ghm_multistream_init(&link->select, link->mem, link->config.is_dialer, security_protocols);
    if (error == GHM_OK) error = ghm_noise_new(&link->noise, link->mem, &noise, entropy);
    if (error == GHM_OK && link->config.is_dialer) error = gather_first_flight(link);
    return error;
}

static bool are_names_short(const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strlen(*names) >= GHM_MULTISTREAM_MESSAGE_MAX) return false;
    }
    return true;
}

int ghm_link_new(struct ghm_link **ret_link, struct ghm_mem *mem,
                 const struct ghm_link_config *config, struct ghm_entropy *entropy, uint64_t now_ns)
{
    if (!are_names_short(config->protocols)) return GHM_EINVAL;
    struct ghm_link *link = ghm_mem_alloc(mem, sizeof *link);
    if (link == NULL) return GHM_ENOMEM;
    link->mem = mem;
    link->config = *config;
    link->start_ns = now_ns;
    link->now_ns = now_ns;
    link->reason = "";
    ghm_entropy_fill(entropy, link->seed, sizeof link->seed);
    ghm_map_init(&link->negotiations, mem, GHM_LINK_NEGOTIATIONS_MAX, link->seed);
    ghm_list_init(&link->waiting);
    ghm_buf_init(&link->held, mem, GHM_MULTISTREAM_HELD_MAX);
    ghm_buf_init(&link->out, mem, GHM_LINK_CHUNK_MAX);
    int error = start(link, entropy);
    if (error != GHM_OK) {
        ghm_link_free(link);
        return error;
    }
    *ret_link = link;
    return GHM_OK;
}

static void forget(struct ghm_link *link, struct ghm_negotiation *n)
{
    ghm_map_remove(&link->negotiations, &n->by_id);
    ghm_negotiation_fini(n);
    ghm_mem_free(link->mem, n, sizeof *n);
}

void ghm_link_free(struct ghm_link *link)
{
    if (link == NULL) return;
    struct ghm_map_node *node;
    while ((node = ghm_map_next(&link->negotiations, NULL)) != NULL) {
        forget(link, GHM_LIST_OF(node, struct ghm_negotiation, by_id));
    }
    ghm_map_fini(&link->negotiations);
    if (link->has_yamux) ghm_yamux_fini(&link->yamux);
    ghm_multistream_fini(&link->select);
    ghm_buf_fini(&link->held);
    ghm_buf_fini(&link->out);
    ghm_noise_free(link->noise);
    ghm_mem_free(link->mem, link, sizeof *link);
}

static void end(struct ghm_link *link, const char *reason)
{
    link->state = GHM_LINK_OVER;
    link->reason = reason;
    ghm_buf_fini(&link->held);
}

static const char *first_said(const char *a, const char *b)
{
    return a[0] != '\0' ? a : b;
}

/* Whoever refused has said why; otherwise memory was refused. */
static int fail(struct ghm_link *link, int error)
{
    const char *reason = link->has_yamux ? link->yamux.reason : link->select.reason;
    end(link, first_said(reason, first_said(ghm_noise_reason(link->noise), ghm_error_text(error))));
    if (!link->has_yamux) return error;
    ghm_yamux_leave(&link->yamux, GHM_FRAME_INTERNAL, GHM_ECLOSED);
    return error;
}

void ghm_link_leave(struct ghm_link *link, int error)
{
    if (link->state == GHM_LINK_OVER) return;
    end(link, "we left");
    if (link->has_yamux) ghm_yamux_leave(&link->yamux, GHM_FRAME_NORMAL, error);
}

/* ---- receiving ---- */

static int select_outcome(struct ghm_link *link, enum ghm_link_state next)
{
    enum ghm_multistream_event event;
    if (!ghm_multistream_next(&link->select, &event)) return GHM_OK;
    if (event == GHM_MULTISTREAM_NONE) return GHM_ENOTSUP;
    ghm_multistream_fini(&link->select);
    link->state = next;
    return GHM_OK;
}

static int answer_in_clear(struct ghm_link *link)
{
    struct ghm_bytes answer = ghm_multistream_pull(&link->select);
    int error = ghm_buf_append(&link->out, answer);
    if (error == GHM_OK) ghm_multistream_pulled(&link->select, answer.len);
    return error;
}

/* One bite of SELECTING: as much as the longest message, so that what is held stays that small. */
static int push_selecting(struct ghm_link *link, struct ghm_bytes *in)
{
    size_t used;
    struct ghm_bytes bite =
        ghm_bytes_upto(*in, GHM_MULTISTREAM_HELD_MAX - ghm_buf_len(&link->held));
    int error = ghm_buf_append(&link->held, bite);
    if (error != GHM_OK) return error;
    *in = ghm_bytes_from(*in, bite.len);
    error = ghm_multistream_push(&link->select, &used, ghm_buf_bytes(&link->held));
    if (error != GHM_OK) return error;
    ghm_buf_drop(&link->held, used);
    error = answer_in_clear(link);
    return error == GHM_OK ? select_outcome(link, GHM_LINK_SECURING) : error;
}

static void start_yamux(struct ghm_link *link)
{
    ghm_yamux_init(&link->yamux, link->mem, link->config.is_dialer, link->seed, link->now_ns);
    link->has_yamux = true;
    link->tells_secured = true;
    link->state = GHM_LINK_UP;
}

static int answer_in_noise(struct ghm_link *link)
{
    struct ghm_bytes answer = ghm_multistream_pull(&link->select);
    if (answer.len == 0) return GHM_OK;
    int error = ghm_noise_write(link->noise, answer);
    if (error == GHM_OK) ghm_multistream_pulled(&link->select, answer.len);
    return error;
}

static int on_ready(struct ghm_link *link)
{
    if (ghm_noise_muxer(link->noise) != NULL) {
        start_yamux(link);
        return GHM_OK;
    }
    link->state = GHM_LINK_MUXING;
    int error =
        ghm_multistream_init(&link->select, link->mem, link->config.is_dialer, muxer_protocols);
    return error == GHM_OK ? answer_in_noise(link) : error;
}

static int push_muxing(struct ghm_link *link)
{
    size_t used;
    int error = ghm_multistream_push(&link->select, &used, ghm_noise_plain(link->noise));
    if (error != GHM_OK) return error;
    ghm_noise_plain_drop(link->noise, used);
    error = answer_in_noise(link);
    if (error == GHM_OK) error = select_outcome(link, GHM_LINK_UP);
    if (error == GHM_OK && link->state == GHM_LINK_UP) start_yamux(link);
    return error;
}

static int push_up(struct ghm_link *link)
{
    struct ghm_bytes plain = ghm_noise_plain(link->noise);
    if (plain.len == 0) return GHM_OK;
    int error = ghm_yamux_push(&link->yamux, plain, link->now_ns);
    ghm_noise_plain_drop(link->noise, plain.len);
    return error;
}

/* What Noise has opened for us, through whatever states it leads. */
static int on_plain(struct ghm_link *link)
{
    enum ghm_noise_event event;
    int error = GHM_OK;
    if (link->state == GHM_LINK_SECURING && ghm_noise_next(link->noise, &event)) {
        error = on_ready(link);
    }
    if (error == GHM_OK && link->state == GHM_LINK_MUXING) error = push_muxing(link);
    if (error == GHM_OK && link->state == GHM_LINK_UP) error = push_up(link);
    return error;
}

static int push_noise(struct ghm_link *link, struct ghm_bytes in)
{
    while (in.len > 0) {
        struct ghm_bytes chunk = ghm_bytes_upto(in, GHM_LINK_CHUNK_MAX);
        int error = ghm_noise_push(link->noise, chunk);
        if (error == GHM_OK) error = on_plain(link);
        if (error != GHM_OK) return error;
        in = ghm_bytes_from(in, chunk.len);
    }
    return GHM_OK;
}

static int push_any(struct ghm_link *link, struct ghm_bytes in)
{
    while (link->state == GHM_LINK_SELECTING && in.len > 0) {
        int error = push_selecting(link, &in);
        if (error != GHM_OK) return error;
    }
    if (link->state == GHM_LINK_SELECTING) return GHM_OK;
    int error = push_noise(link, ghm_buf_bytes(&link->held));
    ghm_buf_fini(&link->held);
    return error == GHM_OK ? push_noise(link, in) : error;
}

int ghm_link_push(struct ghm_link *link, struct ghm_bytes in, uint64_t now_ns)
{
    if (link->state == GHM_LINK_OVER) return GHM_ECLOSED;
    link->now_ns = now_ns;
    int error = push_any(link, in);
    return error == GHM_OK ? GHM_OK : fail(link, error);
}

/* ---- sending ---- */

/* Many frames make one record. While a full record waits for the socket, nothing is sealed behind
 * it: what is still in yamux can be reordered by its turns. */
static void seal(struct ghm_link *link)
{
    if (ghm_noise_pull(link->noise).len >= GHM_YAMUX_BATCH_MAX) return;
    struct ghm_bytes frames = ghm_yamux_pull(&link->yamux);
    if (frames.len == 0) return;
    if (ghm_noise_write(link->noise, frames) != GHM_OK) return; /* no memory now: asked again */
    ghm_yamux_pulled(&link->yamux, frames.len);
}

struct ghm_bytes ghm_link_pull(struct ghm_link *link)
{
    if (ghm_buf_len(&link->out) > 0) return ghm_buf_bytes(&link->out);
    if (link->has_yamux) seal(link);
    return ghm_noise_pull(link->noise);
}

void ghm_link_pulled(struct ghm_link *link, size_t len)
{
    if (ghm_buf_len(&link->out) == 0) {
        ghm_noise_pulled(link->noise, len);
        return;
    }
    ghm_buf_drop(&link->out, len);
    if (ghm_buf_len(&link->out) == 0) ghm_buf_fini(&link->out);
}

/* ---- events ---- */

static struct ghm_negotiation *find(const struct ghm_link *link, uint32_t id)
{
    struct ghm_map_node *node = ghm_map_find(&link->negotiations, ghm_bytes(&id, sizeof id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_negotiation, by_id);
}

static struct ghm_negotiation *agreed(const struct ghm_link *link, uint32_t id)
{
    struct ghm_negotiation *n = find(link, id);
    return n != NULL && n->is_agreed ? n : NULL;
}

static int keep(struct ghm_link *link, struct ghm_negotiation *n)
{
    int error = ghm_map_insert(&link->negotiations, &n->by_id, ghm_bytes(&n->id, sizeof n->id));
    if (error != GHM_OK) return error;
    n->deadline_ns = link->now_ns + GHM_LINK_NEGOTIATION_NS;
    ghm_list_append(&link->waiting, &n->waiting);
    return GHM_OK;
}

static void on_opened(struct ghm_link *link, uint32_t id)
{
    struct ghm_negotiation *n = ghm_mem_alloc(link->mem, sizeof *n);
    if (n == NULL) {
        ghm_yamux_reset(&link->yamux, id, GHM_ENOMEM);
        return;
    }
    ghm_negotiation_expect(n, link->mem, id, link->config.protocols);
    if (keep(link, n) == GHM_OK) return;
    ghm_yamux_reset(&link->yamux, id, GHM_ENOMEM);
    ghm_negotiation_fini(n);
    ghm_mem_free(link->mem, n, sizeof *n);
}

static struct ghm_link_event event_of(const struct ghm_negotiation *n,
                                      enum ghm_link_event_type type)
{
    return (struct ghm_link_event){.type = type, .id = n->id, .protocol = n->protocol};
}

static bool on_data(struct ghm_link *link, struct ghm_negotiation *n,
                    struct ghm_link_event *ret_event)
{
    if (n->is_agreed) {
        *ret_event = event_of(n, GHM_LINK_DATA);
        return true;
    }
    int error = ghm_negotiation_step(n, &link->yamux);
    if (error == GHM_EAGAIN) return false;
    if (error != GHM_OK) {
        ghm_yamux_reset(&link->yamux, n->id, error);
        return false;
    }
    *ret_event = event_of(n, n->is_inbound ? GHM_LINK_OPENED : GHM_LINK_READY);
    link->after = event_of(n, GHM_LINK_DATA);
    link->tells_data = true;
    return true;
}

/* A peer that ends the stream instead of answering has refused (js-libp2p does). */
static bool on_finished(struct ghm_link *link, struct ghm_negotiation *n,
                        struct ghm_link_event *ret_event)
{
    if (!n->is_agreed) {
        ghm_yamux_reset(&link->yamux, n->id, GHM_ENOTSUP);
        return false;
    }
    *ret_event = event_of(n, GHM_LINK_FINISHED);
    return true;
}

static bool on_closed(struct ghm_link *link, struct ghm_negotiation *n, int error,
                      struct ghm_link_event *ret_event)
{
    bool is_known = n->is_agreed || !n->is_inbound;
    *ret_event = event_of(n, GHM_LINK_CLOSED);
    ret_event->error = error;
    forget(link, n);
    return is_known;
}

/* Yamux speaks of streams; the owner hears of protocols. False: nothing the owner should know. */
static bool translate(struct ghm_link *link, struct ghm_link_event *ret_event,
                      const struct ghm_yamux_event *event)
{
    struct ghm_negotiation *n = find(link, event->id);
    if (n == NULL && event->type != GHM_YAMUX_OPENED && event->type != GHM_YAMUX_GOAWAY) {
        return false;
    }
    switch (event->type) {
    case GHM_YAMUX_OPENED:
        on_opened(link, event->id);
        return false;
    case GHM_YAMUX_DATA:
        return on_data(link, n, ret_event);
    case GHM_YAMUX_FINISHED:
        return on_finished(link, n, ret_event);
    case GHM_YAMUX_CLOSED:
        return on_closed(link, n, event->error, ret_event);
    case GHM_YAMUX_GOAWAY:
        *ret_event = (struct ghm_link_event){.type = GHM_LINK_LEAVING, .error = event->error};
        return true;
    }
    GHM_UNREACHABLE();
}

/* Bytes that came behind the agreement, in the same breath. */
static bool take_after(struct ghm_link *link, struct ghm_link_event *ret_event)
{
    if (!link->tells_data) return false;
    link->tells_data = false;
    *ret_event = link->after;
    return ghm_link_data(link, link->after.id).len > 0;
}

bool ghm_link_next(struct ghm_link *link, struct ghm_link_event *ret_event)
{
    struct ghm_yamux_event event;
    if (!link->has_yamux) return false;
    if (link->tells_secured) {
        link->tells_secured = false;
        *ret_event = (struct ghm_link_event){.type = GHM_LINK_SECURED};
        return true;
    }
    if (take_after(link, ret_event)) return true;
    while (ghm_yamux_next(&link->yamux, &event)) {
        if (translate(link, ret_event, &event)) return true;
    }
    return false;
}

/* ---- time ---- */

static struct ghm_negotiation *oldest(const struct ghm_link *link)
{
    if (ghm_list_is_empty(&link->waiting)) return NULL;
    return GHM_LIST_OF(link->waiting.next, struct ghm_negotiation, waiting);
}

static uint64_t deadline_up(const struct ghm_link *link)
{
    const struct ghm_negotiation *n = oldest(link);
    uint64_t deadline = ghm_yamux_deadline(&link->yamux);
    return n == NULL ? deadline : ghm_deadline_first(deadline, n->deadline_ns);
}

uint64_t ghm_link_deadline(const struct ghm_link *link)
{
    switch (link->state) {
    case GHM_LINK_SELECTING:
    case GHM_LINK_SECURING:
    case GHM_LINK_MUXING:
        return link->start_ns + GHM_LINK_HANDSHAKE_NS;
    case GHM_LINK_UP:
        return deadline_up(link);
    case GHM_LINK_OVER:
        return GHM_NEVER;
    }
    GHM_UNREACHABLE();
}

static void tick_negotiations(struct ghm_link *link, uint64_t now_ns)
{
    struct ghm_negotiation *n;
    while ((n = oldest(link)) != NULL && n->deadline_ns <= now_ns) {
        ghm_list_remove(&n->waiting);
        ghm_yamux_reset(&link->yamux, n->id, GHM_ETIMEOUT);
    }
}

int ghm_link_tick(struct ghm_link *link, uint64_t now_ns)
{
    if (link->state == GHM_LINK_OVER) return GHM_OK;
    link->now_ns = now_ns;
    if (link->state != GHM_LINK_UP) {
        if (now_ns < ghm_link_deadline(link)) return GHM_OK;
        end(link, "handshake took too long");
        return GHM_ETIMEOUT;
    }
    tick_negotiations(link, now_ns);
    int error = ghm_yamux_tick(&link->yamux, now_ns);
    return error == GHM_OK ? GHM_OK : fail(link, error);
}

/* ---- facts ---- */

enum ghm_link_state ghm_link_state(const struct ghm_link *link)
{
    return link->state;
}

const char *ghm_link_state_text(enum ghm_link_state state)
{
    static const char *const texts[] = {
#define GHM_LINK_STATE_TEXT(name, text) [name] = text,
        GHM_LINK_STATE_MAP(GHM_LINK_STATE_TEXT)
#undef GHM_LINK_STATE_TEXT
    };
    return texts[state];
}

const char *ghm_link_reason(const struct ghm_link *link)
{
    return link->reason;
}

const struct ghm_peerid *ghm_link_peer(const struct ghm_link *link)
{
    return ghm_noise_peer(link->noise);
}

struct ghm_bytes ghm_link_peer_key(const struct ghm_link *link)
{
    return ghm_noise_peer_key(link->noise);
}

/* ---- streams ---- */

static int propose(struct ghm_link *link, uint32_t id, const char *protocol)
{
    struct ghm_negotiation *n = ghm_mem_alloc(link->mem, sizeof *n);
    if (n == NULL) return GHM_ENOMEM;
    int error = ghm_negotiation_propose(n, &link->yamux, id, protocol);
    if (error == GHM_OK) error = keep(link, n);
    if (error == GHM_OK) return GHM_OK;
    ghm_negotiation_fini(n);
    ghm_mem_free(link->mem, n, sizeof *n);
    return error;
}

int ghm_link_open(struct ghm_link *link, uint32_t *ret_id, const char *protocol, uint64_t now_ns)
{
    uint32_t id;
    if (link->state != GHM_LINK_UP) return GHM_ECLOSED;
    link->now_ns = now_ns;
    int error = ghm_yamux_open(&link->yamux, &id);
    if (error != GHM_OK) return error;
    error = propose(link, id, protocol);
    if (error != GHM_OK) {
        ghm_yamux_reset(&link->yamux, id, error);
        return error;
    }
    *ret_id = id;
    return GHM_OK;
}

int ghm_link_write(struct ghm_link *link, uint32_t id, struct ghm_bytes bytes)
{
    if (!link->has_yamux) return GHM_ECLOSED;
    if (bytes.len > GHM_LINK_QUEUE_MAX) return GHM_ELIMIT;
    return ghm_yamux_write(&link->yamux, id, bytes);
}

size_t ghm_link_queued(const struct ghm_link *link, uint32_t id)
{
    return link->has_yamux ? ghm_yamux_queued(&link->yamux, id) : 0;
}

struct ghm_bytes ghm_link_data(const struct ghm_link *link, uint32_t id)
{
    return agreed(link, id) == NULL ? GHM_BYTES_NONE : ghm_yamux_data(&link->yamux, id);
}

void ghm_link_data_drop(struct ghm_link *link, uint32_t id, size_t len)
{
    if (agreed(link, id) != NULL) ghm_yamux_data_drop(&link->yamux, id, len);
}

void ghm_link_finish(struct ghm_link *link, uint32_t id)
{
    if (link->has_yamux) ghm_yamux_finish(&link->yamux, id);
}

void ghm_link_reset(struct ghm_link *link, uint32_t id, int error)
{
    if (link->has_yamux) ghm_yamux_reset(&link->yamux, id, error);
}
