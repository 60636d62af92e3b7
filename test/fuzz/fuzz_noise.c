/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "crypto/noise.h"
#include "crypto/xx.h"
#include "fuzz.h"

static const uint8_t seed[32] = {9};
static const char *const muxers[] = {"/yamux/1.0.0", "/mplex/6.7.0", NULL};

static struct ghm_noise *start(struct ghm_mem *mem, struct ghm_key *key, bool is_initiator)
{
    struct ghm_noise *noise;
    struct ghm_entropy entropy;
    ghm_entropy_init(&entropy, seed);
    ghm_key_from_seed(key, seed);
    const struct ghm_noise_config config = {
        .is_initiator = is_initiator, .identity = key, .muxers = muxers};
    GHM_ASSERT(ghm_noise_new(&noise, mem, &config, &entropy) == GHM_OK);
    return noise;
}

/* Bytes of somebody who has no key, in pieces. */
static void babble(bool is_initiator, size_t step, struct ghm_bytes in)
{
    struct ghm_mem mem;
    struct ghm_key key;
    enum ghm_noise_event event;
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    struct ghm_noise *noise = start(&mem, &key, is_initiator);
    for (; in.len > 0; in = ghm_bytes_from(in, ghm_bytes_upto(in, step).len)) {
        if (ghm_noise_push(noise, ghm_bytes_upto(in, step)) != GHM_OK) break;
        GHM_ASSERT(!ghm_noise_next(noise, &event));
        ghm_noise_pulled(noise, ghm_noise_pull(noise).len);
    }
    ghm_noise_free(noise);
    ghm_mem_fini(&mem);
}

static void send(struct ghm_xx *xx, struct ghm_noise *to, struct ghm_buf *out,
                 struct ghm_bytes payload, int *ret_error)
{
    uint8_t head[2];
    ghm_buf_clear(out);
    GHM_ASSERT(ghm_xx_write(xx, out, payload) == GHM_OK);
    ghm_store_be16(head, (uint16_t)ghm_buf_len(out));
    *ret_error = ghm_noise_push(to, ghm_bytes(head, sizeof head));
    if (*ret_error == GHM_OK) *ret_error = ghm_noise_push(to, ghm_buf_bytes(out));
}

static void receive(struct ghm_xx *xx, struct ghm_noise *from, struct ghm_buf *payload)
{
    struct ghm_bytes in = ghm_noise_pull(from);
    GHM_ASSERT(in.len > 2);
    GHM_ASSERT(ghm_xx_read(xx, payload, ghm_bytes_from(in, 2)) == GHM_OK);
    ghm_noise_pulled(from, in.len);
}

/* A handshake that is right but for the payload, which is the input: no identity key signed the
 * Noise key of this one, so that nobody can be authenticated by it. */
static void introduce(bool is_initiator, struct ghm_bytes payload)
{
    static const struct ghm_xx_keys keys = {{3}, {4}};
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_xx xx;
    struct ghm_buf buf;
    enum ghm_noise_event event;
    int error;
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    ghm_buf_init(&buf, &mem, 70000);
    ghm_xx_init(&xx, !is_initiator, &keys, GHM_BYTES_NONE);
    struct ghm_noise *noise = start(&mem, &key, is_initiator);
    if (is_initiator) {
        receive(&xx, noise, &buf);
        send(&xx, noise, &buf, payload, &error);
    } else {
        send(&xx, noise, &buf, GHM_BYTES_NONE, &error);
        GHM_ASSERT(error == GHM_OK);
        ghm_buf_clear(&buf);
        receive(&xx, noise, &buf);
        send(&xx, noise, &buf, payload, &error);
    }
    GHM_ASSERT(error == GHM_EPROTO || error == GHM_EAUTH);
    GHM_ASSERT(!ghm_noise_next(noise, &event));
    ghm_noise_free(noise);
    ghm_xx_wipe(&xx);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 60000) return 0;
    struct ghm_bytes in = ghm_bytes(data + 2, size - 2);
    if ((data[0] & 2) != 0)
        babble((data[0] & 1) != 0, (size_t)data[1] + 1, in);
    else
        introduce((data[0] & 1) != 0, in);
    return 0;
}
