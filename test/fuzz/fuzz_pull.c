/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "mesh/pull.h"

#define BODY_LEN 600000

/* Whatever a source says, in two splits: the same end, nothing past the body's length, and never a
 * body that is not the one wanted. As an ask: within its bounds, or refused. */
static enum ghm_pull_state hear(struct ghm_bytes in, size_t step, int *ret_error)
{
    static const uint8_t id[GHM_VARIANT_ID_LEN];
    static const uint8_t sha256[32];
    struct ghm_mem mem;
    struct ghm_pull pull;
    int error = GHM_OK;
    ghm_mem_init(&mem, NULL, 4 << 20);
    GHM_ASSERT(ghm_pull_init(&pull, &mem, id, sha256, BODY_LEN) == GHM_OK);
    ghm_pull_begin(&pull, 1);
    while (error == GHM_OK && in.len > 0 && pull.state == GHM_PULL_ASKING) {
        struct ghm_bytes piece = ghm_bytes_upto(in, step);
        error = ghm_pull_push(&pull, piece, 1);
        ghm_pull_pulled(&pull, ghm_pull_pull(&pull).len);
        in = ghm_bytes_from(in, piece.len);
    }
    enum ghm_pull_state state = pull.state;
    GHM_ASSERT(ghm_buf_len(&pull.body) <= BODY_LEN);
    ghm_pull_fini(&pull);
    GHM_ASSERT(mem.used_bytes == 0);
    ghm_mem_fini(&mem);
    *ret_error = error;
    return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_pull_ask ask;
    int whole, split;
    struct ghm_bytes in = ghm_bytes(data, size);
    enum ghm_pull_state state = hear(in, SIZE_MAX, &whole);
    GHM_ASSERT(state != GHM_PULL_DONE);
    GHM_ASSERT(hear(in, 1, &split) == state && whole == split);
    if (ghm_pull_read_ask(&ask, in) == GHM_OK) {
        GHM_ASSERT(ask.len > 0 && ask.len <= GHM_PULL_PIECE_MAX);
        GHM_ASSERT(ask.offset <= GHM_PULL_BODY_MAX - ask.len);
    }
    return 0;
}
