/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "node/parley.h"

static int say_again(struct ghm_buf *buf, const struct ghm_parley_frame *frame)
{
    struct ghm_parley_hello hello;
    struct ghm_parley_answer answer;
    struct ghm_node_ask ask;
    uint64_t id;
    switch (frame->kind) {
    case GHM_PARLEY_HELLO:
        if (ghm_parley_read_hello(&hello, frame->fields) != GHM_OK) return GHM_EPROTO;
        return ghm_parley_append_hello(buf, &hello);
    case GHM_PARLEY_ASK:
        if (ghm_parley_read_ask(&ask, frame->fields) != GHM_OK) return GHM_EPROTO;
        return ghm_parley_append_ask(buf, &ask);
    case GHM_PARLEY_FORGET:
        if (ghm_parley_read_forget(&id, frame->fields) != GHM_OK) return GHM_EPROTO;
        return ghm_parley_append_forget(buf, id);
    case GHM_PARLEY_ANSWER:
        if (ghm_parley_read_answer(&answer, frame->fields) != GHM_OK) return GHM_EPROTO;
        return ghm_parley_append_answer(buf, &answer);
    case GHM_PARLEY_PING:
    case GHM_PARLEY_LEAVE:
    case GHM_PARLEY_PONG:
        return frame->fields.len > 0 ? GHM_EPROTO : ghm_parley_append_word(buf, frame->kind);
    }
    return GHM_EPROTO;
}

/* Frames in a row. What is read is said again with the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_parley_frame frame;
    struct ghm_buf buf;
    struct ghm_bytes in = ghm_bytes(data, size);
    for (int len; (len = ghm_parley_next(&frame, in, GHM_PARLEY_ANSWER_MAX)) > 0;) {
        ghm_buf_init(&buf, NULL, GHM_PARLEY_ANSWER_MAX);
        if (say_again(&buf, &frame) == GHM_OK)
            GHM_ASSERT(ghm_bytes_equal(ghm_buf_bytes(&buf), ghm_bytes_upto(in, (size_t)len)));
        ghm_buf_fini(&buf);
        in = ghm_bytes_from(in, (size_t)len);
    }
    return 0;
}
