/* SPDX-License-Identifier: MIT */
/* A member that holds the right secret and misbehaves: hostile MULTIADDR SECRET WHAT. It joins by
 * the rooms' own code, then opens one more stream of announcements and sends on it what WHAT says.
 * Says "closed" when a stream or the connection ends, and stays until SIGTERM. */
#include "mesh/announce.h"
#include "mesh/mesh.h"

#include "io/clock.h"
#include "io/lone.h"
#include "wire/varint.h"

#include "base/assert.h"
#include "crypto/hash.h"

#include <stdio.h>
#include <stdlib.h>

#define BODY "{\"from\":\"a hostile member\"}"
#define NAME "hostile:a=1"

enum what {
    WHAT_GOOD,     /* as it should be: what the others are held against */
    WHAT_REPLAY,   /* the same message twice */
    WHAT_OLD,      /* sealed ten minutes ago */
    WHAT_AHEAD,    /* sealed a minute ahead of GitHub's time */
    WHAT_DATED,    /* sealed now, an answer dated a minute ahead */
    WHAT_NAME,     /* in another member's name */
    WHAT_FLIP,     /* one bit of the ciphertext is not as it was sealed */
    WHAT_BODY,     /* the body is not that of its hash */
    WHAT_GARBAGE,  /* a message of random bytes */
    WHAT_HUGE,     /* a length past every bound */
    WHAT_STRANGER, /* no hello at all before the announcements */
    WHAT_COUNT
};

static const char *const whats[WHAT_COUNT] = {"good",    "replay", "old",     "ahead",
                                              "dated",   "name",   "flip",    "body",
                                              "garbage", "huge",   "stranger"};

struct hostile {
    enum what what;
    struct ghm_keyring keyring;
    struct ghm_mem mem;
    struct ghm_mesh *mesh;
    struct ghm_peerid victim;
    struct ghm_stream stream;
    bool is_open;
    struct ghm_buf out;
    struct ghm_announce_packer packer;
};

/* ---- what is sent ---- */

static struct ghm_entry make_entry(const struct hostile *hostile, int64_t now_ms)
{
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_PUT,
        .status = 200,
        .date_ms = hostile->what == WHAT_DATED ? now_ms + 60000 : now_ms,
        .ttl_s = 600,
        .name = ghm_bytes_text(NAME),
        .headers = ghm_bytes("", 0),
        .body = ghm_bytes_text(BODY),
    };
    ghm_hash_sha256(entry.body_sha256, entry.body);
    if (hostile->what == WHAT_BODY) entry.body_sha256[7] ^= 1;
    return entry;
}

static int64_t sealing_time(const struct hostile *hostile, int64_t now_ms)
{
    if (hostile->what == WHAT_OLD) return now_ms - 600000;
    return hostile->what == WHAT_AHEAD ? now_ms + 60000 : now_ms;
}

static struct ghm_peerid sender_of(const struct ghm_lone *host)
{
    const struct hostile *hostile = host->context;
    struct ghm_peerid sender = host->self;
    if (hostile->what == WHAT_NAME) sender.bytes[sender.len - 1] ^= 1;
    return sender;
}

static void append_framed(struct ghm_buf *buf, struct ghm_bytes message)
{
    uint8_t head[GHM_VARINT_LEN_MAX];
    size_t head_len = ghm_varint_encode(head, message.len);
    GHM_ASSERT(ghm_buf_append(buf, ghm_bytes(head, head_len)) == GHM_OK);
    GHM_ASSERT(ghm_buf_append(buf, message) == GHM_OK);
}

static void append_sealed(struct ghm_lone *host, struct ghm_buf *sealed)
{
    struct hostile *hostile = host->context;
    struct ghm_buf packed;
    struct ghm_envelope_cipher cipher = {0};
    int64_t now_ms = ghm_clock_wall_ms();
    struct ghm_entry entry = make_entry(hostile, now_ms);
    ghm_buf_init(&packed, NULL, GHM_ENVELOPE_PLAIN_MAX);
    GHM_ASSERT(ghm_announce_pack(&packed, &hostile->packer, &entry) == GHM_OK);
    struct ghm_envelope letter = {.kind = GHM_ENVELOPE_ENTRY,
                                  .sender = sender_of(host),
                                  .sent_ms = sealing_time(hostile, now_ms),
                                  .plain = ghm_buf_bytes(&packed)};
    GHM_ASSERT(ghm_envelope_seal(sealed, &cipher, &hostile->keyring, &letter, &host->entropy) ==
               GHM_OK);
    ghm_envelope_cipher_fini(&cipher);
    ghm_buf_fini(&packed);
}

static void compose(struct ghm_lone *host)
{
    struct hostile *hostile = host->context;
    struct ghm_buf sealed;
    uint8_t noise[200];
    uint8_t huge[GHM_VARINT_LEN_MAX];
    ghm_buf_init(&sealed, NULL, GHM_ENVELOPE_LEN_MAX);
    append_sealed(host, &sealed);
    if (hostile->what == WHAT_FLIP) sealed.ptr[sealed.end - 20] ^= 1;
    if (hostile->what == WHAT_GARBAGE) {
        ghm_entropy_fill(&host->entropy, noise, sizeof noise);
        append_framed(&hostile->out, ghm_bytes(noise, sizeof noise));
    } else if (hostile->what == WHAT_HUGE) {
        size_t len = ghm_varint_encode(huge, (uint64_t)1 << 40);
        GHM_ASSERT(ghm_buf_append(&hostile->out, ghm_bytes(huge, len)) == GHM_OK);
    } else {
        append_framed(&hostile->out, ghm_buf_bytes(&sealed));
    }
    if (hostile->what == WHAT_REPLAY) append_framed(&hostile->out, ghm_buf_bytes(&sealed));
    ghm_buf_fini(&sealed);
}

/* ---- events ---- */

static void open_stream(struct ghm_lone *host)
{
    struct hostile *hostile = host->context;
    GHM_ASSERT(ghm_swarm_open(host->swarm, &hostile->stream, &hostile->victim,
                              GHM_MESH_ANNOUNCE_PROTOCOL, ghm_clock_now_ns()) == GHM_OK);
    hostile->is_open = true;
}

static void on_ready(struct ghm_lone *host, const struct ghm_swarm_event *event)
{
    struct hostile *hostile = host->context;
    if (!hostile->is_open || event->stream.id != hostile->stream.id) return;
    compose(host);
    GHM_ASSERT(ghm_swarm_write(host->swarm, hostile->stream, ghm_buf_bytes(&hostile->out)) ==
               GHM_OK);
    ghm_buf_clear(&hostile->out);
}

static void heard(struct ghm_lone *host, const struct ghm_swarm_event *event)
{
    struct hostile *hostile = host->context;
    if (event->type == GHM_SWARM_PEER_UP) hostile->victim = event->peer;
    if (hostile->what != WHAT_STRANGER && event->type != GHM_SWARM_CLOSE)
        ghm_mesh_on(hostile->mesh, event, ghm_clock_now_ns());
    if (event->type == GHM_SWARM_IDENTIFIED && hostile->what == WHAT_STRANGER) open_stream(host);
    if (event->type == GHM_SWARM_STREAM_READY) on_ready(host, event);
    if (event->type == GHM_SWARM_PEER_DOWN || event->type == GHM_SWARM_STREAM_CLOSED) {
        (void)printf("closed\n");
        (void)fflush(stdout);
    }
}

static void turned(struct ghm_lone *host)
{
    struct ghm_mesh_event event;
    struct hostile *hostile = host->context;
    ghm_mesh_tick(hostile->mesh, ghm_clock_now_ns());
    while (ghm_mesh_next(hostile->mesh, &event, ghm_clock_wall_ms())) {
        if (event.type == GHM_MESH_MEMBER_UP) open_stream(host);
    }
}

static uint64_t deadline(struct ghm_lone *host)
{
    const struct hostile *hostile = host->context;
    return ghm_mesh_deadline(hostile->mesh);
}

/* ---- the program ---- */

static bool find_what(enum what *ret_what, const char *name)
{
    for (int i = 0; i < WHAT_COUNT; i++) {
        if (strcmp(whats[i], name) != 0) continue;
        *ret_what = (enum what)i;
        return true;
    }
    return false;
}

static void join(struct ghm_lone *host, const char *secret, const char *where)
{
    struct ghm_multiaddr addr;
    uint32_t connection;
    struct hostile *hostile = host->context;
    GHM_ASSERT(ghm_keyring_init(&hostile->keyring, secret) == GHM_OK);
    struct ghm_mesh_config config = {.keyring = &hostile->keyring,
                                     .identity = &host->key,
                                     .self = host->self,
                                     .swarm = host->swarm,
                                     .log = &host->log};
    ghm_mem_init(&hostile->mem, NULL, (size_t)64 << 20);
    ghm_announce_packer_init(&hostile->packer, NULL);
    ghm_buf_init(&hostile->out, NULL, (size_t)4 * GHM_ENVELOPE_LEN_MAX);
    GHM_ASSERT(ghm_mesh_new(&hostile->mesh, &hostile->mem, &config, &host->entropy) == GHM_OK);
    GHM_ASSERT(ghm_multiaddr_parse(&addr, where) == GHM_OK);
    GHM_ASSERT(ghm_swarm_dial(host->swarm, &connection, &addr, ghm_clock_now_ns()) == GHM_OK);
}

static void leave(struct hostile *hostile)
{
    ghm_mesh_free(hostile->mesh);
    ghm_announce_packer_fini(&hostile->packer);
    ghm_buf_fini(&hostile->out);
    ghm_keyring_fini(&hostile->keyring);
    ghm_mem_fini(&hostile->mem);
}

int main(int argc, char **argv)
{
    struct hostile hostile = {0};
    struct ghm_lone host = {
        .context = &hostile, .heard = heard, .turned = turned, .deadline = deadline};
    if (argc != 4 || !find_what(&hostile.what, argv[3])) {
        (void)fprintf(stderr, "usage: hostile MULTIADDR SECRET good|replay|...\n");
        return 2;
    }
    if (ghm_lone_init(&host, "ghmesh-test", ghm_mesh_protocols) != GHM_OK) return 1;
    join(&host, argv[2], argv[1]);
    int code = ghm_lone_run(&host);
    leave(&hostile);
    ghm_lone_fini(&host);
    return code;
}
