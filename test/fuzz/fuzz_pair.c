/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "link/link.h"

/* Both ends of one connection are ours and the input says what their owners do, how far bytes get,
 * and which of them are lost or turned over on the way. What arrives is what was sent, in order and
 * once, an end comes after the last byte, and as long as nothing was hurt nobody errs. */

#define STREAMS 64 /* whose bytes are checked */
#define PIPE_MAX ((size_t)4 << 20)

struct stream {
    uint32_t sent[2]; /* by side */
    uint32_t read[2];
    bool is_finished[2]; /* that side said its last */
};

struct side {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_link *link;
    struct ghm_buf in; /* on the way to it */
    uint32_t latest;   /* stream */
};

struct pair {
    struct ghm_mem mem;
    struct side sides[2];
    struct stream streams[STREAMS];
    uint64_t now_ns;
    bool is_hurt;
    bool is_over;
};

static uint8_t letter(size_t side, uint32_t id, uint32_t at)
{
    return (uint8_t)(at * 7 + (at >> 8) + id * 31 + side * 101);
}

static void start(struct pair *p, bool is_tls)
{
    static const char *const protocols[] = {"/a/1", "/b/1", NULL};
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &p->sides[i];
        uint8_t seed[32] = {(uint8_t)(i + 1)};
        struct ghm_entropy entropy;
        ghm_entropy_init(&entropy, seed);
        ghm_key_from_seed(&side->key, seed);
        ghm_mem_init(&side->mem, NULL, GHM_LINK_MEM_MAX);
        ghm_buf_init(&side->in, &p->mem, PIPE_MAX);
        struct ghm_link_config config = {.is_dialer = i == 0,
                                         .identity = &side->key,
                                         .protocols = protocols,
                                         .security = is_tls ? GHM_LINK_TLS : GHM_LINK_NOISE};
        GHM_ASSERT(ghm_link_new(&side->link, &side->mem, &config, &entropy, p->now_ns) == GHM_OK);
    }
}

static void stop(struct pair *p)
{
    for (size_t i = 0; i < 2; i++) {
        ghm_link_free(p->sides[i].link);
        ghm_buf_fini(&p->sides[i].in);
        ghm_mem_fini(&p->sides[i].mem);
    }
    ghm_mem_fini(&p->mem);
}

static struct stream *checked(struct pair *p, uint32_t id)
{
    return id < STREAMS ? &p->streams[id] : NULL;
}

static void read_some(struct pair *p, size_t i, uint32_t id, size_t len)
{
    struct ghm_bytes data = ghm_bytes_upto(ghm_link_data(p->sides[i].link, id), len);
    struct stream *s = checked(p, id);
    for (size_t at = 0; s != NULL && at < data.len; at++)
        GHM_ASSERT(data.ptr[at] == letter(1 - i, id, s->read[i]++));
    ghm_link_data_drop(p->sides[i].link, id, data.len);
}

static void drain(struct pair *p, size_t i)
{
    struct ghm_link_event event;
    while (ghm_link_next(p->sides[i].link, &event)) {
        const struct stream *s = checked(p, event.id);
        if (event.type == GHM_LINK_OPENED) p->sides[i].latest = event.id;
        if (event.type != GHM_LINK_FINISHED || s == NULL) continue;
        GHM_ASSERT(s->is_finished[1 - i]);
        size_t left = ghm_link_data(p->sides[i].link, event.id).len;
        GHM_ASSERT(s->read[i] + left == s->sent[1 - i]);
    }
}

static void write_some(struct pair *p, size_t i, uint32_t id, uint32_t len)
{
    static uint8_t bytes[16384];
    struct stream *s = checked(p, id);
    if (s == NULL || len > sizeof bytes) return;
    for (uint32_t at = 0; at < len; at++)
        bytes[at] = letter(i, id, s->sent[i] + at);
    if (ghm_link_write(p->sides[i].link, id, ghm_bytes(bytes, len)) == GHM_OK) s->sent[i] += len;
}

static void open_one(struct pair *p, size_t i, uint8_t which)
{
    static const char *const names[] = {"/a/1", "/b/1", "/nobody/1"};
    uint32_t id;
    if (ghm_link_open(p->sides[i].link, &id, names[which % 3], p->now_ns) == GHM_OK)
        p->sides[i].latest = id;
}

/* From one side into the pipe to the other. */
static void send(struct pair *p, size_t i)
{
    struct side *side = &p->sides[i], *to = &p->sides[1 - i];
    struct ghm_bytes out = ghm_link_pull(side->link);
    if (ghm_buf_len(&to->in) + out.len > PIPE_MAX) return;
    GHM_ASSERT(ghm_buf_append(&to->in, out) == GHM_OK);
    ghm_link_pulled(side->link, out.len);
}

static void deliver(struct pair *p, size_t i, size_t len)
{
    struct side *side = &p->sides[i];
    struct ghm_bytes in = ghm_bytes_upto(ghm_buf_bytes(&side->in), len);
    int error = ghm_link_push(side->link, in, p->now_ns);
    GHM_ASSERT(error == GHM_OK || p->is_hurt || p->is_over);
    ghm_buf_drop(&side->in, in.len);
    drain(p, i);
}

static void hurt(struct pair *p, size_t i, uint8_t how)
{
    struct ghm_buf *in = &p->sides[i].in;
    size_t len = ghm_buf_len(in);
    if (len == 0) return;
    p->is_hurt = true;
    if ((how & 1) != 0)
        ghm_buf_drop(in, 1 + (how >> 1) % len);
    else
        in->ptr[in->start + (how >> 4) % len] ^= (uint8_t)(1U << (how >> 1) % 8);
}

static void pass(struct pair *p, uint64_t ns)
{
    p->now_ns += ns;
    for (size_t i = 0; i < 2; i++) {
        if (ghm_link_tick(p->sides[i].link, p->now_ns) != GHM_OK) p->is_over = true;
        drain(p, i);
    }
}

static void act(struct pair *p, uint8_t verb, uint8_t more)
{
    size_t i = verb & 1;
    struct ghm_link *link = p->sides[i].link;
    uint32_t id = (verb & 0x40) != 0 ? p->sides[i].latest : more % 32;
    switch ((verb >> 1) % 16) {
    case 0:
    case 1:
        open_one(p, i, more);
        break;
    case 2:
    case 3:
        write_some(p, i, id, (uint32_t)more << (verb >> 5) % 7);
        break;
    case 4:
        if (checked(p, id) != NULL) p->streams[id].is_finished[i] = true;
        ghm_link_finish(link, id);
        break;
    case 5:
        ghm_link_reset(link, id, GHM_ECLOSED);
        break;
    case 6:
    case 7:
        read_some(p, i, id, (size_t)more * 64);
        break;
    case 8:
    case 9:
        send(p, i);
        break;
    case 10:
    case 11:
        deliver(p, i, (size_t)more * more + 1);
        break;
    case 12:
        hurt(p, i, more);
        break;
    case 13:
        pass(p, (uint64_t)more * GHM_NS_PER_S / 16);
        break;
    case 14:
        send(p, i);
        deliver(p, 1 - i, SIZE_MAX);
        break;
    default:
        if (more != 77) break;
        p->is_over = true;
        ghm_link_leave(link, GHM_ECLOSED);
        break;
    }
}

/* Authenticated without harm, or as far as the input lets it come. */
static void shake_hands(struct pair *p)
{
    for (int turn = 0; turn < 8; turn++) {
        for (size_t i = 0; i < 2; i++) {
            send(p, i);
            deliver(p, 1 - i, SIZE_MAX);
        }
    }
    for (size_t i = 0; i < 2; i++)
        GHM_ASSERT(ghm_link_state(p->sides[i].link) == GHM_LINK_UP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pair p;
    if (size == 0 || size > 4096) return 0;
    memset(&p, 0, sizeof p);
    ghm_mem_init(&p.mem, NULL, 4 * PIPE_MAX);
    start(&p, (data[0] & 0x0f) == 0x0f);
    if ((data[0] & 0x10) == 0) shake_hands(&p);
    for (size_t at = 1; at + 1 < size; at += 2)
        act(&p, data[at], data[at + 1]);
    stop(&p);
    return 0;
}
