/* SPDX-License-Identifier: MIT */
#include "link/link.h"

#include "base/assert.h"
#include "crypto/noise.h"
#include "link/muxer.h"

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
    struct ghm_muxer muxer; /* once has_muxer */
    uint64_t start_ns;
    uint64_t now_ns; /* the latest that we were told */
    uint8_t seed[16];
    const char *reason;
    bool has_muxer;
    bool tells_secured;
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

void ghm_link_free(struct ghm_link *link)
{
    if (link == NULL) return;
    if (link->has_muxer) ghm_muxer_fini(&link->muxer);
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
    const char *reason = link->has_muxer ? link->muxer.yamux.reason : link->select.reason;
    end(link, first_said(reason, first_said(ghm_noise_reason(link->noise), ghm_error_text(error))));
    if (!link->has_muxer) return error;
    ghm_yamux_leave(&link->muxer.yamux, GHM_FRAME_INTERNAL, GHM_ECLOSED);
    return error;
}

void ghm_link_leave(struct ghm_link *link, int error)
{
    if (link->state == GHM_LINK_OVER) return;
    end(link, "we left");
    if (link->has_muxer) ghm_yamux_leave(&link->muxer.yamux, GHM_FRAME_NORMAL, error);
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

static void start_muxer(struct ghm_link *link)
{
    const struct ghm_muxer_config config = {
        .is_client = link->config.is_dialer,
        .protocols = link->config.protocols,
        .seed = link->seed,
    };
    ghm_muxer_init(&link->muxer, link->mem, &config, link->now_ns);
    link->has_muxer = true;
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
        start_muxer(link);
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
    if (error == GHM_OK && link->state == GHM_LINK_UP) start_muxer(link);
    return error;
}

static int push_up(struct ghm_link *link)
{
    struct ghm_bytes plain = ghm_noise_plain(link->noise);
    if (plain.len == 0) return GHM_OK;
    int error = ghm_muxer_push(&link->muxer, plain, link->now_ns);
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
    struct ghm_bytes frames = ghm_yamux_pull(&link->muxer.yamux);
    if (frames.len == 0) return;
    if (ghm_noise_write(link->noise, frames) != GHM_OK) return; /* no memory now: asked again */
    ghm_yamux_pulled(&link->muxer.yamux, frames.len);
}

struct ghm_bytes ghm_link_pull(struct ghm_link *link)
{
    if (ghm_buf_len(&link->out) > 0) return ghm_buf_bytes(&link->out);
    if (link->has_muxer) seal(link);
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

bool ghm_link_next(struct ghm_link *link, struct ghm_link_event *ret_event)
{
    if (!link->has_muxer) return false;
    if (link->tells_secured) {
        link->tells_secured = false;
        *ret_event = (struct ghm_link_event){.type = GHM_LINK_SECURED};
        return true;
    }
    return ghm_muxer_next(&link->muxer, ret_event);
}

/* ---- time ---- */

uint64_t ghm_link_deadline(const struct ghm_link *link)
{
    switch (link->state) {
    case GHM_LINK_SELECTING:
    case GHM_LINK_SECURING:
    case GHM_LINK_MUXING:
        return link->start_ns + GHM_LINK_HANDSHAKE_NS;
    case GHM_LINK_UP:
        return ghm_muxer_deadline(&link->muxer);
    case GHM_LINK_OVER:
        return GHM_NEVER;
    }
    GHM_UNREACHABLE();
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
    int error = ghm_muxer_tick(&link->muxer, now_ns);
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

int ghm_link_open(struct ghm_link *link, uint32_t *ret_id, const char *protocol, uint64_t now_ns)
{
    if (link->state != GHM_LINK_UP) return GHM_ECLOSED;
    link->now_ns = now_ns;
    return ghm_muxer_open(&link->muxer, ret_id, protocol, now_ns);
}

int ghm_link_write(struct ghm_link *link, uint32_t id, struct ghm_bytes bytes)
{
    return link->has_muxer ? ghm_muxer_write(&link->muxer, id, bytes) : GHM_ECLOSED;
}

size_t ghm_link_queued(const struct ghm_link *link, uint32_t id)
{
    return link->has_muxer ? ghm_yamux_queued(&link->muxer.yamux, id) : 0;
}

struct ghm_bytes ghm_link_data(const struct ghm_link *link, uint32_t id)
{
    return link->has_muxer ? ghm_muxer_data(&link->muxer, id) : GHM_BYTES_NONE;
}

void ghm_link_data_drop(struct ghm_link *link, uint32_t id, size_t len)
{
    if (link->has_muxer) ghm_muxer_data_drop(&link->muxer, id, len);
}

void ghm_link_finish(struct ghm_link *link, uint32_t id)
{
    if (link->has_muxer) ghm_yamux_finish(&link->muxer.yamux, id);
}

void ghm_link_reset(struct ghm_link *link, uint32_t id, int error)
{
    if (link->has_muxer) ghm_yamux_reset(&link->muxer.yamux, id, error);
}
