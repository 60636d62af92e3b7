/* SPDX-License-Identifier: MIT */
#include "link/link.h"

#include "base/assert.h"
#include "link/muxer.h"
#include "link/secure.h"

#define OFFERS_MAX 2                                  /* kinds of channels */
#define GHM_LINK_SEALED_MAX (4 * GHM_YAMUX_BATCH_MAX) /* bytes sealed ahead of the socket */
#define GHM_LINK_CHUNK_MAX 65536 /* a channel holds at most 256 KiB that we did not drain */

struct ghm_link {
    struct ghm_mem *mem;
    struct ghm_link_config config;
    enum ghm_link_state state;
    struct ghm_multistream select;       /* of SELECTING and MUXING */
    const char *offered[OFFERS_MAX + 1]; /* channels, NULL-terminated */
    struct ghm_buf held;                 /* the start of a message of SELECTING */
    struct ghm_buf out;                  /* what is sent in the clear before the channel */
    struct ghm_secure secure;            /* of no kind before it is agreed, or offered alone */
    struct ghm_entropy entropy;          /* for the channel; wiped when that has begun */
    struct ghm_muxer muxer;              /* once has_muxer */
    uint64_t start_ns;
    uint64_t now_ns; /* the latest that we were told */
    uint8_t seed[16];
    const char *reason;
    bool has_muxer;
    bool tells_secured;
};

static const enum ghm_secure_kind offers[][OFFERS_MAX] = {
    [GHM_LINK_NOISE] = {GHM_SECURE_NOISE, GHM_SECURE_NONE},
    [GHM_LINK_TLS] = {GHM_SECURE_TLS, GHM_SECURE_NONE},
    [GHM_LINK_NOISE_THEN_TLS] = {GHM_SECURE_NOISE, GHM_SECURE_TLS},
    [GHM_LINK_TLS_THEN_NOISE] = {GHM_SECURE_TLS, GHM_SECURE_NOISE},
};
static const char *const muxer_protocols[] = {"/yamux/1.0.0", NULL};

/* ---- life ---- */

static int start_secure(struct ghm_link *link, enum ghm_secure_kind kind)
{
    const struct ghm_secure_config config = {
        .is_dialer = link->config.is_dialer,
        .identity = link->config.identity,
        .credential = link->config.credential,
        .expected = link->config.expected,
        .muxers = muxer_protocols,
        .date_s = link->config.date_s,
    };
    int error = ghm_secure_init(&link->secure, link->mem, kind, &config, &link->entropy);
    ghm_mem_wipe(&link->entropy, sizeof link->entropy);
    return error;
}

static int answer_in_clear(struct ghm_link *link)
{
    struct ghm_bytes answer = ghm_multistream_pull(&link->select);
    int error = ghm_buf_append(&link->out, answer);
    if (error == GHM_OK) ghm_multistream_pulled(&link->select, answer.len);
    return error;
}

/* The dialer's first flight: the proposal and, if it is the only one, the channel's first message
 * behind it. */
static int gather_first_flight(struct ghm_link *link)
{
    int error = answer_in_clear(link);
    const enum ghm_secure_kind *offer = offers[link->config.security];
    if (error != GHM_OK || offer[1] != GHM_SECURE_NONE) return error;
    error = start_secure(link, offer[0]);
    if (error != GHM_OK) return error;
    struct ghm_bytes message = ghm_secure_pull(&link->secure);
    error = ghm_buf_append(&link->out, message);
    if (error == GHM_OK) ghm_secure_pulled(&link->secure, message.len);
    return error;
}

static int start(struct ghm_link *link)
{
    bool is_dialer = link->config.is_dialer;
    const enum ghm_secure_kind *offer =
        offers[is_dialer ? link->config.security : GHM_LINK_NOISE_THEN_TLS];
    for (size_t i = 0; i < OFFERS_MAX && offer[i] != GHM_SECURE_NONE; i++)
        link->offered[i] = ghm_secure_protocol(offer[i]);
    int error = ghm_multistream_init(&link->select, link->mem, is_dialer, link->offered);
    return error == GHM_OK && is_dialer ? gather_first_flight(link) : error;
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
    ghm_entropy_fork(entropy, &link->entropy);
    ghm_buf_init(&link->held, mem, GHM_MULTISTREAM_HELD_MAX);
    ghm_buf_init(&link->out, mem, GHM_LINK_CHUNK_MAX);
    int error = start(link);
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
    ghm_secure_fini(&link->secure);
    ghm_mem_wipe(&link->entropy, sizeof link->entropy);
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
    end(link,
        first_said(reason, first_said(ghm_secure_reason(&link->secure), ghm_error_text(error))));
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

/* The outcome of a selection, if there is one: the name agreed. */
static int take_agreed(struct ghm_link *link, const char **ret_name)
{
    enum ghm_multistream_event event;
    *ret_name = NULL;
    if (!ghm_multistream_next(&link->select, &event)) return GHM_OK;
    if (event == GHM_MULTISTREAM_NONE) return GHM_ENOTSUP;
    *ret_name = ghm_multistream_protocol(&link->select);
    ghm_multistream_fini(&link->select);
    return GHM_OK;
}

static int finish_selecting(struct ghm_link *link)
{
    const char *agreed;
    int error = take_agreed(link, &agreed);
    if (error != GHM_OK || agreed == NULL) return error;
    link->state = GHM_LINK_SECURING;
    if (link->secure.kind != GHM_SECURE_NONE) return GHM_OK;
    return start_secure(link, ghm_secure_kind_of(agreed));
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
    return error == GHM_OK ? finish_selecting(link) : error;
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

static int answer_in_secret(struct ghm_link *link)
{
    struct ghm_bytes answer = ghm_multistream_pull(&link->select);
    if (answer.len == 0) return GHM_OK;
    int error = ghm_secure_write(&link->secure, answer);
    if (error == GHM_OK) ghm_multistream_pulled(&link->select, answer.len);
    return error;
}

static int on_ready(struct ghm_link *link)
{
    if (ghm_secure_muxer(&link->secure) != NULL) {
        start_muxer(link);
        return GHM_OK;
    }
    link->state = GHM_LINK_MUXING;
    int error =
        ghm_multistream_init(&link->select, link->mem, link->config.is_dialer, muxer_protocols);
    return error == GHM_OK ? answer_in_secret(link) : error;
}

static int push_muxing(struct ghm_link *link)
{
    size_t used;
    const char *agreed = NULL;
    int error = ghm_multistream_push(&link->select, &used, ghm_secure_plain(&link->secure));
    if (error != GHM_OK) return error;
    ghm_secure_plain_drop(&link->secure, used);
    error = answer_in_secret(link);
    if (error == GHM_OK) error = take_agreed(link, &agreed);
    if (error == GHM_OK && agreed != NULL) start_muxer(link);
    return error;
}

static int push_up(struct ghm_link *link)
{
    struct ghm_bytes plain = ghm_secure_plain(&link->secure);
    if (plain.len == 0) return GHM_OK;
    int error = ghm_muxer_push(&link->muxer, plain, link->now_ns);
    ghm_secure_plain_drop(&link->secure, plain.len);
    return error;
}

/* What the channel has opened for us, through whatever states it leads. */
static int on_plain(struct ghm_link *link)
{
    int error = GHM_OK;
    if (link->state == GHM_LINK_SECURING && ghm_secure_next_ready(&link->secure)) {
        error = on_ready(link);
    }
    if (error == GHM_OK && link->state == GHM_LINK_MUXING) error = push_muxing(link);
    if (error == GHM_OK && link->state == GHM_LINK_UP) error = push_up(link);
    return error;
}

static int push_secure(struct ghm_link *link, struct ghm_bytes in)
{
    while (in.len > 0) {
        struct ghm_bytes chunk = ghm_bytes_upto(in, GHM_LINK_CHUNK_MAX);
        int error = ghm_secure_push(&link->secure, chunk);
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
    int error = push_secure(link, ghm_buf_bytes(&link->held));
    ghm_buf_fini(&link->held);
    return error == GHM_OK ? push_secure(link, in) : error;
}

int ghm_link_push(struct ghm_link *link, struct ghm_bytes in, uint64_t now_ns)
{
    if (link->state == GHM_LINK_OVER) return GHM_ECLOSED;
    link->now_ns = now_ns;
    int error = push_any(link, in);
    return error == GHM_OK ? GHM_OK : fail(link, error);
}

/* ---- sending ---- */

/* Behind the last frame; what is refused memory now is asked for again. */
static void end_channel(struct ghm_link *link)
{
    if (link->state == GHM_LINK_OVER) (void)!ghm_secure_finish(&link->secure);
}

/* Many frames make one record, and up to four records one write. While so much waits for the
 * socket, nothing is sealed behind it: what is still in yamux can be reordered by its turns. */
static void seal(struct ghm_link *link)
{
    while (ghm_secure_pull(&link->secure).len <= GHM_LINK_SEALED_MAX - GHM_YAMUX_BATCH_MAX) {
        struct ghm_bytes frames =
            link->has_muxer ? ghm_yamux_pull(&link->muxer.yamux) : GHM_BYTES_NONE;
        if (frames.len == 0) {
            end_channel(link);
            return;
        }
        if (ghm_secure_write(&link->secure, frames) != GHM_OK) return; /* no memory: asked again */
        ghm_yamux_pulled(&link->muxer.yamux, frames.len);
    }
}

struct ghm_bytes ghm_link_pull(struct ghm_link *link)
{
    if (ghm_buf_len(&link->out) > 0) return ghm_buf_bytes(&link->out);
    seal(link);
    return ghm_secure_pull(&link->secure);
}

void ghm_link_pulled(struct ghm_link *link, size_t len)
{
    if (ghm_buf_len(&link->out) == 0) {
        ghm_secure_pulled(&link->secure, len);
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
    return ghm_secure_peer(&link->secure);
}

struct ghm_bytes ghm_link_peer_key(const struct ghm_link *link)
{
    return ghm_secure_peer_key(&link->secure);
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
