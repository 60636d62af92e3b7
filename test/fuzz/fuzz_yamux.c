/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "link/yamux.h"

/* Frames of a hostile peer against a session that answers, in pieces whose sizes the input chooses.
 * Memory stays within the session's budget, and all of it comes back. */
static void answer(struct ghm_yamux *y)
{
    for (struct ghm_yamux_event event; ghm_yamux_next(y, &event);) {
        if (event.type == GHM_YAMUX_DATA) {
            struct ghm_bytes data = ghm_yamux_data(y, event.id);
            (void)!ghm_yamux_write(y, event.id, data);
            ghm_yamux_data_drop(y, event.id, data.len);
        } else if (event.type == GHM_YAMUX_FINISHED) {
            ghm_yamux_finish(y, event.id);
        }
    }
    for (struct ghm_bytes out; (out = ghm_yamux_pull(y)).len > 0;)
        ghm_yamux_pulled(y, out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[16] = {1};
    struct ghm_mem mem;
    struct ghm_yamux y;
    uint32_t id;
    uint64_t now_ns = 0;
    if (size < 2) return 0;
    ghm_mem_init(&mem, NULL, (size_t)4 << 20);
    ghm_yamux_init(&y, &mem, (data[0] & 1) != 0, seed, now_ns);
    if ((data[0] & 2) != 0) (void)!ghm_yamux_open(&y, &id);
    size_t step = (size_t)data[1] + 1;
    for (size_t at = 2; at < size; at += step) {
        now_ns += GHM_NS_PER_S;
        struct ghm_bytes in = ghm_bytes_upto(ghm_bytes(data + at, size - at), step);
        if (ghm_yamux_push(&y, in, now_ns) != GHM_OK) break;
        if (ghm_yamux_tick(&y, now_ns) != GHM_OK) break;
        answer(&y);
    }
    ghm_yamux_fini(&y);
    ghm_mem_fini(&mem);
    return 0;
}
