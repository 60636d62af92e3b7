/* SPDX-License-Identifier: MIT */
#include "mesh/greeting.h"

#include "mesh/courier.h"
#include "mesh/rumour.h"

/* The peer with the smaller id opens the hello, so that exactly one side does. */
static bool is_opener(const struct ghm_mesh *mesh, const struct ghm_fellow *fellow)
{
    return ghm_bytes_compare(ghm_peerid_bytes(&mesh->config.self), ghm_peerid_bytes(&fellow->id)) <
           0;
}

static bool is_current(const struct ghm_fellow *fellow, struct ghm_stream stream)
{
    return fellow->has_hello && fellow->hello_stream.connection == stream.connection &&
           fellow->hello_stream.id == stream.id;
}

static bool is_under_way(const struct ghm_fellow *fellow)
{
    return fellow->has_hello && fellow->hello.state != GHM_HELLO_DONE;
}

/* ---- beginning ---- */

static void say(struct ghm_mesh *mesh, struct ghm_fellow *fellow)
{
    struct ghm_bytes out = ghm_hello_pull(&fellow->hello);
    if (out.len == 0) return;
    /* A stream takes far more than a hello; if it does not, the hello's deadline ends it. */
    if (ghm_swarm_write(mesh->config.swarm, fellow->hello_stream, out) != GHM_OK) return;
    ghm_hello_pulled(&fellow->hello, out.len);
}

static void start(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream,
                  uint64_t now_ns)
{
    ghm_hello_init(&fellow->hello, is_opener(mesh, fellow), mesh->config.keyring,
                   &mesh->config.self, &fellow->id, &mesh->entropy);
    fellow->hello_stream = stream;
    fellow->has_hello = true;
    fellow->deadline_ns = now_ns + GHM_MESH_HELLO_WAIT_NS;
    say(mesh, fellow);
}

static void open_stream(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    struct ghm_stream stream;
    int error =
        ghm_swarm_open(mesh->config.swarm, &stream, &fellow->id, GHM_MESH_HELLO_PROTOCOL, now_ns);
    if (error == GHM_OK)
        start(mesh, fellow, stream, now_ns);
    else
        fellow->deadline_ns = now_ns + GHM_MESH_REOPEN_WAIT_NS;
}

void ghm_greeting_begin(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    fellow->deadline_ns = now_ns + GHM_MESH_HELLO_WAIT_NS;
    if (is_opener(mesh, fellow)) open_stream(mesh, fellow, now_ns);
}

/* Also of a member: one that died and came back before its old connection was known to be dead does
 * not know us any more. The latest hello is the one that counts. */
void ghm_greeting_accept(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream,
                         uint64_t now_ns)
{
    if (is_opener(mesh, fellow)) {
        ghm_swarm_reset(mesh->config.swarm, stream);
        return;
    }
    if (fellow->has_hello) ghm_swarm_reset(mesh->config.swarm, fellow->hello_stream);
    start(mesh, fellow, stream, now_ns);
}

/* ---- what comes ---- */

static void refuse(struct ghm_mesh *mesh, struct ghm_fellow *fellow, const char *reason,
                   uint64_t now_ns)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &fellow->id);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, GHM_CIRCLE_ROOM, "peer %s is no member: %s", text,
                reason);
    GHM_COUNT(mesh->config.shared, strangers_refused, 1);
    fellow->has_hello = false;
    fellow->deadline_ns = GHM_NEVER;
    ghm_swarm_reset(mesh->config.swarm, fellow->hello_stream);
    /* A member that is none any more: what follows is its MEMBER_DOWN. */
    if (fellow->is_member) ghm_swarm_disconnect(mesh->config.swarm, &fellow->id, now_ns);
}

static void welcome(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    ghm_fellow_join(mesh, fellow);
    fellow->deadline_ns = GHM_NEVER;
    ghm_rumour_welcome(mesh, fellow);
    ghm_courier_greeted(mesh, fellow, now_ns);
}

static void hear_current(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    struct ghm_bytes in = ghm_swarm_data(mesh->config.swarm, fellow->hello_stream);
    if (fellow->hello.state == GHM_HELLO_DONE) {
        /* Nothing is said after a hello, and a member stays one whatever it says there. */
        ghm_swarm_reset(mesh->config.swarm, fellow->hello_stream);
        return;
    }
    int error = ghm_hello_push(&fellow->hello, in);
    ghm_swarm_data_drop(mesh->config.swarm, fellow->hello_stream, in.len);
    if (error != GHM_OK) {
        refuse(mesh, fellow, ghm_hello_reason(&fellow->hello), now_ns);
        return;
    }
    say(mesh, fellow);
    for (enum ghm_hello_event event; ghm_hello_next(&fellow->hello, &event);) {
        if (event == GHM_HELLO_PROVEN) fellow->is_proven = true;
        if (event == GHM_HELLO_WELCOME) welcome(mesh, fellow, now_ns);
    }
    if (fellow->hello.state == GHM_HELLO_DONE)
        ghm_swarm_finish(mesh->config.swarm, fellow->hello_stream);
}

void ghm_greeting_hear(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream,
                       uint64_t now_ns)
{
    if (is_current(fellow, stream)) {
        hear_current(mesh, fellow, now_ns);
        return;
    }
    ghm_swarm_data_drop(mesh->config.swarm, stream, ghm_swarm_data(mesh->config.swarm, stream).len);
}

/* ---- endings ---- */

/* Did the stream's whole connection go? A new stream would be on another one, or cannot be. */
static bool is_connection_lost(struct ghm_mesh *mesh, const struct ghm_fellow *fellow,
                               const struct ghm_swarm_event *closed, uint64_t now_ns)
{
    struct ghm_stream probe;
    if (closed->error != GHM_ECLOSED) return false;
    int error =
        ghm_swarm_open(mesh->config.swarm, &probe, &fellow->id, GHM_MESH_HELLO_PROTOCOL, now_ns);
    if (error != GHM_OK) return true;
    ghm_swarm_reset(mesh->config.swarm, probe);
    return probe.connection != closed->stream.connection;
}

/* A peer that ends the hello does not want us; one whose connection fell says nothing by it. */
void ghm_greeting_closed(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                         const struct ghm_swarm_event *event, uint64_t now_ns)
{
    if (!is_current(fellow, event->stream)) return;
    bool was_under_way = is_under_way(fellow);
    fellow->has_hello = false;
    if (!was_under_way) return;
    if (!is_connection_lost(mesh, fellow, event, now_ns))
        refuse(mesh, fellow, "it ended the hello", now_ns);
    else
        fellow->deadline_ns = now_ns + GHM_MESH_REOPEN_WAIT_NS;
}

bool ghm_greeting_tick(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    if (is_under_way(fellow)) {
        ghm_fellow_drop(mesh, fellow, "no hello in time", now_ns);
        return true;
    }
    if (!is_opener(mesh, fellow)) return false;
    /* Before announcing anew, too: a peer that took our stream away may have been restarted. */
    open_stream(mesh, fellow, now_ns);
    return true;
}
