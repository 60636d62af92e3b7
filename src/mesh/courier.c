/* SPDX-License-Identifier: MIT */
#include "mesh/courier.h"

#include "mesh/letter.h"
#include "wire/varint.h"

static bool is_same(struct ghm_stream a, struct ghm_stream b)
{
    return a.connection == b.connection && a.id == b.id;
}

/* ---- streams ---- */

static void open_out(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    int error = ghm_swarm_open(mesh->config.swarm, &fellow->out, &fellow->id,
                               GHM_MESH_ANNOUNCE_PROTOCOL, now_ns);
    fellow->has_out = error == GHM_OK;
    fellow->deadline_ns = fellow->has_out ? GHM_NEVER : now_ns + GHM_MESH_REOPEN_WAIT_NS;
}

/* Another connection than the one of the hello may be dead without knowing. */
void ghm_courier_greeted(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    if (fellow->has_out && fellow->out.connection == fellow->hello_stream.connection) return;
    if (fellow->has_out) ghm_swarm_reset(mesh->config.swarm, fellow->out);
    open_out(mesh, fellow, now_ns);
}

/* One stream of a peer; a new one takes the place of the last. */
void ghm_courier_accept(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream)
{
    if (!fellow->is_proven) {
        GHM_COUNT(mesh->config.shared, announces_refused, 1);
        ghm_swarm_reset(mesh->config.swarm, stream);
        return;
    }
    if (fellow->has_in) ghm_swarm_reset(mesh->config.swarm, fellow->in);
    fellow->in = stream;
    fellow->has_in = true;
}

void ghm_courier_hear(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream)
{
    if (fellow->has_in && is_same(stream, fellow->in)) {
        ghm_fellow_wake(mesh, fellow);
        return;
    }
    /* Nobody speaks on the streams that we opened to announce. */
    ghm_swarm_data_drop(mesh->config.swarm, stream, ghm_swarm_data(mesh->config.swarm, stream).len);
}

void ghm_courier_finished(struct ghm_mesh *mesh, const struct ghm_fellow *fellow,
                          struct ghm_stream stream)
{
    if (fellow->has_in && is_same(stream, fellow->in)) ghm_swarm_finish(mesh->config.swarm, stream);
}

void ghm_courier_closed(struct ghm_fellow *fellow, struct ghm_stream stream, uint64_t now_ns)
{
    if (fellow->has_in && is_same(stream, fellow->in)) {
        fellow->has_in = false;
    } else if (fellow->has_out && is_same(stream, fellow->out)) {
        fellow->has_out = false;
        fellow->deadline_ns = now_ns + GHM_MESH_REOPEN_WAIT_NS;
    }
}

void ghm_courier_tick(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    if (fellow->is_member && !fellow->has_out) open_out(mesh, fellow, now_ns);
}

/* ---- in ---- */

/* One letter from the front of the stream. GHM_EAGAIN while it is not whole. */
static int take_letter(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                       struct ghm_entry *ret_entry, int64_t now_ms)
{
    uint64_t len;
    struct ghm_bytes in = ghm_swarm_data(mesh->config.swarm, fellow->in);
    int head = ghm_varint_decode(&len, in);
    if (head < 0) return head;
    if (len == 0 || len > GHM_ENVELOPE_LEN_MAX) return GHM_EPROTO;
    if (in.len - (size_t)head < len) return GHM_EAGAIN;
    struct ghm_letter_post post = {.sealed = ghm_bytes(in.ptr + head, (size_t)len),
                                   .author = ghm_peerid_bytes(&fellow->id),
                                   .cipher = &fellow->cipher};
    enum ghm_letter_verdict verdict = ghm_letter_read(mesh, ret_entry, &post, now_ms);
    ghm_swarm_data_drop(mesh->config.swarm, fellow->in, (size_t)head + (size_t)len);
    return verdict == GHM_LETTER_GOOD ? GHM_OK : GHM_EOLD;
}

int ghm_courier_next(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_entry *ret_entry,
                     int64_t now_ms)
{
    while (fellow->has_in) {
        int error = take_letter(mesh, fellow, ret_entry, now_ms);
        if (error == GHM_EOLD) continue; /* refused and counted; the next one may be good */
        if (error != GHM_EPROTO) return error;
        /* Where the next letter starts is lost: the stream is of no more use. */
        ghm_letter_refuse(mesh, ghm_peerid_bytes(&fellow->id),
                          "a malformed stream of announcements");
        ghm_swarm_reset(mesh->config.swarm, fellow->in);
        fellow->has_in = false;
    }
    return GHM_EAGAIN;
}

/* ---- out ---- */

/* Length and letter go to a stream in one piece: half a letter would lose every later one. */
int ghm_courier_frame(struct ghm_mesh *mesh)
{
    struct ghm_bytes sealed = ghm_buf_bytes(&mesh->sealed);
    ghm_buf_clear(&mesh->framed);
    int error = ghm_varint_append(&mesh->framed, sealed.len);
    return error == GHM_OK ? ghm_buf_append(&mesh->framed, sealed) : error;
}

void ghm_courier_send(struct ghm_mesh *mesh, const struct ghm_fellow *fellow)
{
    if (!fellow->is_member || !fellow->has_out) return;
    int error = ghm_swarm_write(mesh->config.swarm, fellow->out, ghm_buf_bytes(&mesh->framed));
    if (error == GHM_OK)
        GHM_COUNT(mesh->config.shared, announces_sent, 1);
    else
        ghm_log_add(mesh->config.log, GHM_LOG_INFO, GHM_CIRCLE_ROOM,
                    "a member is slow and misses news");
}
