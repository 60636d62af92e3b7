/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "link/multistream.h"

static const char *const protocols[] = {"/a/1", "/noise", "/yamux/1.0.0", NULL};

struct outcome {
    int error;
    enum ghm_multistream_state state;
    const char *protocol;
    size_t taken;
    size_t answered;
};

/* As link and negotiation do it: what is not taken is given again with more. */
static struct outcome negotiate(struct ghm_bytes in, bool is_dialer, size_t step)
{
    struct ghm_mem mem;
    struct ghm_multistream ms;
    struct outcome o = {.error = GHM_OK};
    size_t held = 0;
    ghm_mem_init(&mem, NULL, 65536);
    GHM_ASSERT(ghm_multistream_init(&ms, &mem, is_dialer, protocols) == GHM_OK);
    while (o.error == GHM_OK && held < in.len && ms.state < GHM_MULTISTREAM_AGREED) {
        size_t used = 0;
        held = held + step < in.len ? held + step : in.len;
        struct ghm_bytes rest = ghm_bytes_from(ghm_bytes_upto(in, held), o.taken);
        o.error = ghm_multistream_push(&ms, &used, rest);
        if (o.error != GHM_OK) break;
        GHM_ASSERT(used <= rest.len && rest.len - used < GHM_MULTISTREAM_HELD_MAX);
        o.taken += used;
        o.answered += ghm_multistream_pull(&ms).len;
        ghm_multistream_pulled(&ms, ghm_multistream_pull(&ms).len);
    }
    GHM_ASSERT(o.error == GHM_OK || o.error == GHM_EPROTO);
    o.state = ms.state;
    o.protocol = ghm_multistream_protocol(&ms);
    GHM_ASSERT((o.protocol != NULL) == (ms.state == GHM_MULTISTREAM_AGREED));
    ghm_multistream_fini(&ms);
    ghm_mem_fini(&mem);
    return o;
}

/* The outcome is the same for every split of the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    struct ghm_bytes in = ghm_bytes(data + 2, size - 2);
    bool is_dialer = (data[0] & 1) != 0;
    struct outcome whole = negotiate(in, is_dialer, SIZE_MAX / 2);
    struct outcome parts = negotiate(in, is_dialer, 1 + data[1] % 64);
    GHM_ASSERT(whole.error == parts.error);
    if (whole.error != GHM_OK) return 0;
    GHM_ASSERT(whole.state == parts.state && whole.protocol == parts.protocol);
    GHM_ASSERT(whole.taken == parts.taken && whole.answered == parts.answered);
    return 0;
}
