/* SPDX-License-Identifier: MIT */
#include "link/multistream.h"

#include "wire/varint.h"

#define GHM_MULTISTREAM_OUT_MAX 4096

static const char header_text[] = "/multistream/1.0.0";
static const char refusal_text[] = "na";

static int fail(struct ghm_multistream *ms, const char *reason)
{
    ms->reason = reason;
    return GHM_EPROTO;
}

static int append_message(struct ghm_multistream *ms, const char *text)
{
    uint8_t length[GHM_VARINT_LEN_MAX], *room;
    size_t text_len = strlen(text);
    size_t length_len = ghm_varint_encode(length, text_len + 1);
    int error = ghm_buf_reserve(&ms->out, &room, length_len + text_len + 1);
    if (error != GHM_OK) return error;
    memcpy(room, length, length_len);
    memcpy(room + length_len, text, text_len);
    room[length_len + text_len] = '\n';
    ghm_buf_commit(&ms->out, length_len + text_len + 1);
    return GHM_OK;
}

static int open_as_dialer(struct ghm_multistream *ms)
{
    int error = append_message(ms, header_text);
    if (error != GHM_OK) return error;
    return append_message(ms, ms->protocols[0]);
}

int ghm_multistream_init(struct ghm_multistream *ms, struct ghm_mem *mem, bool is_dialer,
                         const char *const *protocols)
{
    for (const char *const *name = protocols; *name != NULL; name++) {
        if (strlen(*name) >= GHM_MULTISTREAM_MESSAGE_MAX) return GHM_EINVAL;
    }
    *ms = (struct ghm_multistream){.is_dialer = is_dialer, .protocols = protocols, .reason = ""};
    ghm_buf_init(&ms->out, mem, GHM_MULTISTREAM_OUT_MAX);
    if (!is_dialer) return GHM_OK;
    int error = open_as_dialer(ms);
    if (error != GHM_OK) ghm_multistream_fini(ms);
    return error;
}

void ghm_multistream_fini(struct ghm_multistream *ms)
{
    ghm_buf_fini(&ms->out);
}

/* Take one message off the front of `in`: 0 when it is not all there. */
static int take_message(struct ghm_multistream *ms, struct ghm_bytes *ret_text, struct ghm_bytes in)
{
    uint64_t length;
    int length_len = ghm_varint_decode(&length, in);
    if (length_len == GHM_EAGAIN && in.len < 2) return 0;
    if (length_len < 0) return fail(ms, "multistream: bad message length");
    if (length == 0 || length > GHM_MULTISTREAM_MESSAGE_MAX) {
        return fail(ms, "multistream: message length out of range");
    }
    struct ghm_bytes body = ghm_bytes_from(in, (size_t)length_len);
    if (body.len < length) return 0;
    if (body.ptr[length - 1] != '\n') return fail(ms, "multistream: message without newline");
    *ret_text = ghm_bytes_upto(body, (size_t)length - 1);
    return length_len + (int)length;
}

static bool is_text(struct ghm_bytes message, const char *text)
{
    return ghm_bytes_equal(message, ghm_bytes_text(text));
}

static int on_header(struct ghm_multistream *ms, struct ghm_bytes message)
{
    if (!is_text(message, header_text)) return fail(ms, "multistream: not version 1.0.0");
    ms->state = GHM_MULTISTREAM_PROTOCOL;
    return ms->is_dialer ? GHM_OK : append_message(ms, header_text);
}

static int on_answer(struct ghm_multistream *ms, struct ghm_bytes message)
{
    if (is_text(message, ms->protocols[ms->at])) {
        ms->state = GHM_MULTISTREAM_AGREED;
        return GHM_OK;
    }
    if (!is_text(message, refusal_text)) return fail(ms, "multistream: not what was proposed");
    if (ms->protocols[ms->at + 1] == NULL) {
        ms->state = GHM_MULTISTREAM_REFUSED;
        return GHM_OK;
    }
    ms->at++;
    return append_message(ms, ms->protocols[ms->at]);
}

/* "ls" is answered like any unknown name: go-libp2p has dropped the listing, nobody needs it. */
static int on_proposal(struct ghm_multistream *ms, struct ghm_bytes message)
{
    if (ms->rounds == GHM_MULTISTREAM_ROUNDS_MAX)
        return fail(ms, "multistream: too many proposals");
    ms->rounds++;
    for (size_t i = 0; ms->protocols[i] != NULL; i++) {
        if (!is_text(message, ms->protocols[i])) continue;
        ms->at = i;
        ms->state = GHM_MULTISTREAM_AGREED;
        return append_message(ms, ms->protocols[i]);
    }
    return append_message(ms, refusal_text);
}

static int on_message(struct ghm_multistream *ms, struct ghm_bytes message)
{
    if (ms->state == GHM_MULTISTREAM_HEADER) return on_header(ms, message);
    return ms->is_dialer ? on_answer(ms, message) : on_proposal(ms, message);
}

static bool is_open(const struct ghm_multistream *ms)
{
    return ms->state == GHM_MULTISTREAM_HEADER || ms->state == GHM_MULTISTREAM_PROTOCOL;
}

int ghm_multistream_push(struct ghm_multistream *ms, size_t *ret_used, struct ghm_bytes in)
{
    size_t used = 0;
    while (is_open(ms)) {
        struct ghm_bytes message;
        int taken = take_message(ms, &message, ghm_bytes_from(in, used));
        if (taken < 0) return taken;
        if (taken == 0) break;
        int error = on_message(ms, message);
        if (error != GHM_OK) return error;
        used += (size_t)taken;
    }
    *ret_used = used;
    return GHM_OK;
}

struct ghm_bytes ghm_multistream_pull(const struct ghm_multistream *ms)
{
    return ghm_buf_bytes(&ms->out);
}

void ghm_multistream_pulled(struct ghm_multistream *ms, size_t len)
{
    ghm_buf_drop(&ms->out, len);
}

bool ghm_multistream_next(struct ghm_multistream *ms, enum ghm_multistream_event *ret_event)
{
    if (is_open(ms) || ms->is_told) return false;
    ms->is_told = true;
    *ret_event = ms->state == GHM_MULTISTREAM_AGREED ? GHM_MULTISTREAM_DONE : GHM_MULTISTREAM_NONE;
    return true;
}

const char *ghm_multistream_protocol(const struct ghm_multistream *ms)
{
    return ms->state == GHM_MULTISTREAM_AGREED ? ms->protocols[ms->at] : NULL;
}
