/* SPDX-License-Identifier: MIT */
#include "mesh/mesh.h"

#include "base/assert.h"
#include "base/list.h"
#include "mesh/announce.h"
#include "mesh/hello.h"
#include "mesh/replay.h"
#include "wire/varint.h"

#define ROOM "mesh"

const char *const ghm_mesh_protocols[] = {GHM_MESH_HELLO_PROTOCOL, GHM_MESH_ANNOUNCE_PROTOCOL,
                                          NULL};

/* One connected peer: a stranger until the hello is done. */
struct peer {
    struct ghm_map_node node;
    struct ghm_list waiting; /* in mesh->waiting while it has something for ghm_mesh_next */
    struct ghm_peerid id;
    struct ghm_hello hello;
    struct ghm_stream hello_stream;
    struct ghm_stream in;  /* its announcements */
    struct ghm_stream out; /* ours; id 0 while there is none */
    bool has_hello;
    bool has_in;
    bool has_out;
    bool is_proven;       /* it holds the secret: we read it */
    bool is_member;       /* and it knows that we do: it reads us */
    bool is_told_up;      /* MEMBER_UP was given */
    bool is_gone;         /* MEMBER_DOWN is to be given, then it is freed */
    bool owes_down;       /* MEMBER_DOWN is to be given for the last time it was here */
    uint64_t deadline_ns; /* of the hello, or of reopening `out` */
    struct ghm_envelope_cipher cipher; /* opens what it seals */
};

struct ghm_mesh {
    struct ghm_mem *mem;
    struct ghm_mesh_config config;
    struct ghm_entropy entropy;
    struct ghm_map peers;
    struct ghm_list waiting;
    size_t members;
    struct ghm_envelope_cipher cipher; /* seals what we say */
    struct ghm_announce_packer packer;
    struct ghm_replay replay;
    struct ghm_buf packed;
    struct ghm_buf sealed;
    struct ghm_buf framed; /* the sealed with its length before it */
    struct ghm_buf opened;
};

/* ---- peers ---- */

static struct peer *find_peer(struct ghm_mesh *mesh, const struct ghm_peerid *id)
{
    struct ghm_map_node *node = ghm_map_find(&mesh->peers, ghm_peerid_bytes(id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct peer, node);
}

static void wake(struct ghm_mesh *mesh, struct peer *peer)
{
    if (ghm_list_is_empty(&peer->waiting)) ghm_list_append(&mesh->waiting, &peer->waiting);
}

static struct peer *add_peer(struct ghm_mesh *mesh, const struct ghm_peerid *id)
{
    struct peer *peer = ghm_mem_alloc(mesh->mem, sizeof *peer);
    if (peer == NULL) return NULL;
    peer->id = *id;
    peer->deadline_ns = GHM_NEVER;
    ghm_list_init(&peer->waiting);
    if (ghm_map_insert(&mesh->peers, &peer->node, ghm_peerid_bytes(&peer->id)) == GHM_OK)
        return peer;
    ghm_mem_free(mesh->mem, peer, sizeof *peer);
    return NULL;
}

static void free_peer(struct ghm_mesh *mesh, struct peer *peer)
{
    ghm_map_remove(&mesh->peers, &peer->node);
    ghm_list_remove(&peer->waiting);
    ghm_envelope_cipher_fini(&peer->cipher);
    ghm_mem_wipe(&peer->hello, sizeof peer->hello);
    ghm_mem_free(mesh->mem, peer, sizeof *peer);
}

static void publish_members(struct ghm_mesh *mesh)
{
    if (mesh->config.shared == NULL) return;
    atomic_store(&mesh->config.shared->connected_peers, (uint32_t)mesh->members);
}

static bool is_same(struct ghm_stream a, struct ghm_stream b)
{
    return a.connection == b.connection && a.id == b.id;
}

/* The peer with the smaller id opens the hello, so that exactly one side does. */
static bool opens_hello(const struct ghm_mesh *mesh, const struct peer *peer)
{
    return ghm_bytes_compare(ghm_peerid_bytes(&mesh->config.self), ghm_peerid_bytes(&peer->id)) < 0;
}

static void drop_peer(struct ghm_mesh *mesh, struct peer *peer, const char *reason, uint64_t now_ns)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &peer->id);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, ROOM, "dropped peer %s: %s", text, reason);
    GHM_COUNT(mesh->config.shared, peers_dropped, 1);
    ghm_swarm_disconnect(mesh->config.swarm, &peer->id, now_ns);
}

/* ---- the hello ---- */

static void send_hello(struct ghm_mesh *mesh, struct peer *peer)
{
    struct ghm_bytes out = ghm_hello_pull(&peer->hello);
    if (out.len == 0) return;
    /* A stream takes far more than a hello; if it does not, the hello's deadline ends it. */
    if (ghm_swarm_write(mesh->config.swarm, peer->hello_stream, out) != GHM_OK) return;
    ghm_hello_pulled(&peer->hello, out.len);
}

static bool is_greeting(const struct peer *peer)
{
    return peer->has_hello && peer->hello.state != GHM_HELLO_DONE;
}

static void start_hello(struct ghm_mesh *mesh, struct peer *peer, struct ghm_stream stream,
                        uint64_t now_ns)
{
    ghm_hello_init(&peer->hello, opens_hello(mesh, peer), mesh->config.keyring, &mesh->config.self,
                   &peer->id, &mesh->entropy);
    peer->hello_stream = stream;
    peer->has_hello = true;
    peer->deadline_ns = now_ns + GHM_MESH_HELLO_WAIT_NS;
    send_hello(mesh, peer);
}

static void open_hello(struct ghm_mesh *mesh, struct peer *peer, uint64_t now_ns)
{
    struct ghm_stream stream;
    int error =
        ghm_swarm_open(mesh->config.swarm, &stream, &peer->id, GHM_MESH_HELLO_PROTOCOL, now_ns);
    if (error == GHM_OK)
        start_hello(mesh, peer, stream, now_ns);
    else
        peer->deadline_ns = now_ns + GHM_MESH_REOPEN_WAIT_NS;
}

static void open_out(struct ghm_mesh *mesh, struct peer *peer, uint64_t now_ns)
{
    int error = ghm_swarm_open(mesh->config.swarm, &peer->out, &peer->id,
                               GHM_MESH_ANNOUNCE_PROTOCOL, now_ns);
    peer->has_out = error == GHM_OK;
    peer->deadline_ns = peer->has_out ? GHM_NEVER : now_ns + GHM_MESH_REOPEN_WAIT_NS;
}

static void add_member(struct ghm_mesh *mesh, struct peer *peer)
{
    if (peer->is_member) return; /* it greets again: it, or its connection, was lost for a while */
    peer->is_member = true;
    mesh->members++;
    publish_members(mesh);
    wake(mesh, peer);
}

/* It reads us on the connection that it greeted on: another may be dead without knowing. */
static void welcome(struct ghm_mesh *mesh, struct peer *peer, uint64_t now_ns)
{
    add_member(mesh, peer);
    peer->deadline_ns = GHM_NEVER;
    if (peer->has_out && peer->out.connection == peer->hello_stream.connection) return;
    if (peer->has_out) ghm_swarm_reset(mesh->config.swarm, peer->out);
    open_out(mesh, peer, now_ns);
}

static void refuse_stranger(struct ghm_mesh *mesh, struct peer *peer, const char *reason,
                            uint64_t now_ns)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &peer->id);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, ROOM, "peer %s is no member: %s", text, reason);
    GHM_COUNT(mesh->config.shared, strangers_refused, 1);
    peer->has_hello = false;
    peer->deadline_ns = GHM_NEVER;
    ghm_swarm_reset(mesh->config.swarm, peer->hello_stream);
    /* A member that is none any more: what follows is its MEMBER_DOWN. */
    if (peer->is_member) ghm_swarm_disconnect(mesh->config.swarm, &peer->id, now_ns);
}

static void hear_hello(struct ghm_mesh *mesh, struct peer *peer, uint64_t now_ns)
{
    struct ghm_bytes in = ghm_swarm_data(mesh->config.swarm, peer->hello_stream);
    if (peer->hello.state == GHM_HELLO_DONE) {
        /* Nothing is said after a hello, and a member stays one whatever it says there. */
        ghm_swarm_reset(mesh->config.swarm, peer->hello_stream);
        return;
    }
    int error = ghm_hello_push(&peer->hello, in);
    ghm_swarm_data_drop(mesh->config.swarm, peer->hello_stream, in.len);
    if (error != GHM_OK) {
        refuse_stranger(mesh, peer, ghm_hello_reason(&peer->hello), now_ns);
        return;
    }
    send_hello(mesh, peer);
    for (enum ghm_hello_event event; ghm_hello_next(&peer->hello, &event);) {
        if (event == GHM_HELLO_PROVEN) peer->is_proven = true;
        if (event == GHM_HELLO_WELCOME) welcome(mesh, peer, now_ns);
    }
    if (peer->hello.state == GHM_HELLO_DONE)
        ghm_swarm_finish(mesh->config.swarm, peer->hello_stream);
}

/* ---- streams ---- */

/* Also of a member: one that died and came back before its old connection was known to be dead does
 * not know us any more. The latest hello is the one that counts. */
static void accept_hello(struct ghm_mesh *mesh, struct peer *peer, struct ghm_stream stream,
                         uint64_t now_ns)
{
    if (opens_hello(mesh, peer)) {
        ghm_swarm_reset(mesh->config.swarm, stream);
        return;
    }
    if (peer->has_hello) ghm_swarm_reset(mesh->config.swarm, peer->hello_stream);
    start_hello(mesh, peer, stream, now_ns);
}

/* One stream of announcements from a peer; a new one takes the place of the last. */
static void accept_in(struct ghm_mesh *mesh, struct peer *peer, struct ghm_stream stream)
{
    if (!peer->is_proven) {
        GHM_COUNT(mesh->config.shared, announces_refused, 1);
        ghm_swarm_reset(mesh->config.swarm, stream);
        return;
    }
    if (peer->has_in) ghm_swarm_reset(mesh->config.swarm, peer->in);
    peer->in = stream;
    peer->has_in = true;
}

static void on_opened(struct ghm_mesh *mesh, struct peer *peer, const struct ghm_swarm_event *event,
                      uint64_t now_ns)
{
    if (strcmp(event->protocol, GHM_MESH_HELLO_PROTOCOL) == 0)
        accept_hello(mesh, peer, event->stream, now_ns);
    else if (strcmp(event->protocol, GHM_MESH_ANNOUNCE_PROTOCOL) == 0)
        accept_in(mesh, peer, event->stream);
}

static void on_data(struct ghm_mesh *mesh, struct peer *peer, struct ghm_stream stream,
                    uint64_t now_ns)
{
    if (peer->has_hello && is_same(stream, peer->hello_stream)) {
        hear_hello(mesh, peer, now_ns);
    } else if (peer->has_in && is_same(stream, peer->in)) {
        wake(mesh, peer);
    } else {
        /* Nobody speaks on the streams that we opened to announce. */
        ghm_swarm_data_drop(mesh->config.swarm, stream,
                            ghm_swarm_data(mesh->config.swarm, stream).len);
    }
}

/* Did the stream's whole connection go? A new stream would be on another one, or cannot be. */
static bool is_connection_lost(struct ghm_mesh *mesh, const struct peer *peer,
                               const struct ghm_swarm_event *closed, uint64_t now_ns)
{
    struct ghm_stream probe;
    if (closed->error != GHM_ECLOSED) return false;
    int error =
        ghm_swarm_open(mesh->config.swarm, &probe, &peer->id, GHM_MESH_HELLO_PROTOCOL, now_ns);
    if (error != GHM_OK) return true;
    ghm_swarm_reset(mesh->config.swarm, probe);
    return probe.connection != closed->stream.connection;
}

/* A peer that ends the hello does not want us; one whose connection fell says nothing by it. */
static void on_hello_closed(struct ghm_mesh *mesh, struct peer *peer,
                            const struct ghm_swarm_event *event, uint64_t now_ns)
{
    bool was_greeting = is_greeting(peer);
    peer->has_hello = false;
    if (!was_greeting) return;
    if (!is_connection_lost(mesh, peer, event, now_ns))
        refuse_stranger(mesh, peer, "it ended the hello", now_ns);
    else
        peer->deadline_ns = now_ns + GHM_MESH_REOPEN_WAIT_NS;
}

static void on_closed(struct ghm_mesh *mesh, struct peer *peer, const struct ghm_swarm_event *event,
                      uint64_t now_ns)
{
    struct ghm_stream stream = event->stream;
    if (peer->has_hello && is_same(stream, peer->hello_stream)) {
        on_hello_closed(mesh, peer, event, now_ns);
    } else if (peer->has_in && is_same(stream, peer->in)) {
        peer->has_in = false;
    } else if (peer->has_out && is_same(stream, peer->out)) {
        peer->has_out = false;
        peer->deadline_ns = now_ns + GHM_MESH_REOPEN_WAIT_NS;
    }
}

static void on_up(struct ghm_mesh *mesh, const struct ghm_peerid *id, uint64_t now_ns)
{
    struct peer *peer = find_peer(mesh, id);
    /* It fell and came back before its MEMBER_DOWN was taken: it starts anew. */
    bool owes_down = peer != NULL && peer->is_gone;
    if (owes_down) free_peer(mesh, peer);
    if (owes_down || peer == NULL) peer = add_peer(mesh, id);
    if (peer == NULL) {
        ghm_swarm_disconnect(mesh->config.swarm, id, now_ns);
        return;
    }
    peer->owes_down = owes_down;
    if (owes_down) wake(mesh, peer);
    peer->deadline_ns = now_ns + GHM_MESH_HELLO_WAIT_NS;
    if (opens_hello(mesh, peer)) open_hello(mesh, peer, now_ns);
}

static void on_down(struct ghm_mesh *mesh, struct peer *peer)
{
    if (peer->is_member) mesh->members--;
    publish_members(mesh);
    if (!peer->is_told_up && !peer->owes_down) {
        free_peer(mesh, peer);
        return;
    }
    peer->is_member = false;
    peer->has_in = false;
    peer->has_out = false;
    peer->has_hello = false;
    peer->is_gone = true;
    peer->deadline_ns = GHM_NEVER;
    wake(mesh, peer);
}

void ghm_mesh_on(struct ghm_mesh *mesh, const struct ghm_swarm_event *event, uint64_t now_ns)
{
    if (event->type == GHM_SWARM_PEER_UP) {
        on_up(mesh, &event->peer, now_ns);
        return;
    }
    struct peer *peer = find_peer(mesh, &event->peer);
    if (peer == NULL || peer->is_gone) return;
    switch (event->type) {
    case GHM_SWARM_PEER_DOWN:
        on_down(mesh, peer);
        break;
    case GHM_SWARM_STREAM_OPENED:
        on_opened(mesh, peer, event, now_ns);
        break;
    case GHM_SWARM_STREAM_DATA:
        on_data(mesh, peer, event->stream, now_ns);
        break;
    case GHM_SWARM_STREAM_FINISHED:
        if (peer->has_in && is_same(event->stream, peer->in))
            ghm_swarm_finish(mesh->config.swarm, event->stream);
        break;
    case GHM_SWARM_STREAM_CLOSED:
        on_closed(mesh, peer, event, now_ns);
        break;
    case GHM_SWARM_PEER_UP:
    case GHM_SWARM_UNREACHED:
    case GHM_SWARM_DIAL:
    case GHM_SWARM_CLOSE:
    case GHM_SWARM_IDENTIFIED:
    case GHM_SWARM_STREAM_READY:
    case GHM_SWARM_PINGED:
        break;
    }
}

/* ---- what members say ---- */

static void refuse(struct ghm_mesh *mesh, const struct peer *peer, const char *reason)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &peer->id);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, ROOM, "refused from %s: %s", text, reason);
    GHM_COUNT(mesh->config.shared, announces_refused, 1);
}

/* Opens, dates and unpacks one message. GHM_OK when `ret_entry` is to be judged. */
static int read_message(struct ghm_mesh *mesh, struct peer *peer, struct ghm_entry *ret_entry,
                        struct ghm_bytes sealed, int64_t now_ms)
{
    struct ghm_envelope letter;
    const char *reason = "an announcement that cannot be opened";
    int error =
        ghm_envelope_open(&mesh->opened, &peer->cipher, &letter, mesh->config.keyring, sealed);
    if (error == GHM_OK && !ghm_peerid_equal(&letter.sender, &peer->id)) {
        reason = "an announcement in another peer's name";
        error = GHM_EAUTH;
    }
    if (error == GHM_OK) {
        error = ghm_replay_accept(&mesh->replay, letter.nonce, letter.sent_ms, now_ms);
        reason = error == GHM_EPROTO ? "an announcement dated ahead" : "a replayed announcement";
    }
    if (error == GHM_OK)
        error = ghm_announce_unpack(&mesh->packer, ret_entry, &reason, letter.plain, now_ms);
    if (error != GHM_OK)
        refuse(mesh, peer, reason);
    else
        GHM_COUNT(mesh->config.shared, announces_received, 1);
    return error;
}

/* One length-prefixed message from the front of the stream. GHM_EAGAIN while it is not whole. */
static int take_message(struct ghm_mesh *mesh, struct peer *peer, struct ghm_entry *ret_entry,
                        int64_t now_ms)
{
    uint64_t len;
    struct ghm_bytes in = ghm_swarm_data(mesh->config.swarm, peer->in);
    int head = ghm_varint_decode(&len, in);
    if (head < 0) return head;
    if (len == 0 || len > GHM_ENVELOPE_LEN_MAX) return GHM_EPROTO;
    if (in.len - (size_t)head < len) return GHM_EAGAIN;
    struct ghm_bytes sealed = ghm_bytes(in.ptr + head, (size_t)len);
    int error = read_message(mesh, peer, ret_entry, sealed, now_ms);
    ghm_swarm_data_drop(mesh->config.swarm, peer->in, (size_t)head + (size_t)len);
    return error == GHM_OK ? GHM_OK : GHM_EOLD;
}

/* GHM_OK: `ret_event` is one; GHM_EAGAIN: this peer has nothing more. */
static int next_of_stream(struct ghm_mesh *mesh, struct peer *peer,
                          struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    while (peer->has_in) {
        int error = take_message(mesh, peer, &ret_event->entry, now_ms);
        if (error == GHM_EOLD) continue; /* refused and counted; the next one may be good */
        if (error == GHM_EPROTO) {
            /* Where the next message starts is lost: the stream is of no more use. */
            refuse(mesh, peer, "a malformed stream of announcements");
            ghm_swarm_reset(mesh->config.swarm, peer->in);
            peer->has_in = false;
            return GHM_EAGAIN;
        }
        ret_event->type = GHM_MESH_LEARNED;
        return error;
    }
    return GHM_EAGAIN;
}

static bool next_of_peer(struct ghm_mesh *mesh, struct peer *peer, struct ghm_mesh_event *ret_event,
                         int64_t now_ms)
{
    ret_event->peer = peer->id;
    if (peer->is_gone) {
        ret_event->type = GHM_MESH_MEMBER_DOWN;
        free_peer(mesh, peer);
        return true;
    }
    if (peer->owes_down) {
        ret_event->type = GHM_MESH_MEMBER_DOWN;
        peer->owes_down = false;
        return true;
    }
    if (peer->is_member && !peer->is_told_up) {
        ret_event->type = GHM_MESH_MEMBER_UP;
        /* Gone already: its end is told next. */
        (void)!ghm_swarm_protect(mesh->config.swarm, &peer->id, true);
        peer->is_told_up = true;
        return true;
    }
    return next_of_stream(mesh, peer, ret_event, now_ms) == GHM_OK;
}

bool ghm_mesh_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    for (struct ghm_list *node; (node = ghm_list_pop(&mesh->waiting)) != NULL;) {
        struct peer *peer = GHM_LIST_OF(node, struct peer, waiting);
        bool was_gone = peer->is_gone;
        if (!next_of_peer(mesh, peer, ret_event, now_ms)) continue;
        /* To the end of the line: no member's flood hides another's word. */
        if (!was_gone) wake(mesh, peer);
        return true;
    }
    return false;
}

/* ---- what we say ---- */

static int seal(struct ghm_mesh *mesh, const struct ghm_entry *entry, int64_t now_ms)
{
    struct ghm_envelope letter = {
        .kind = GHM_ENVELOPE_ENTRY, .sender = mesh->config.self, .sent_ms = now_ms};
    ghm_buf_clear(&mesh->packed);
    ghm_buf_clear(&mesh->sealed);
    int error = ghm_announce_pack(&mesh->packed, &mesh->packer, entry);
    if (error != GHM_OK) return error;
    letter.plain = ghm_buf_bytes(&mesh->packed);
    return ghm_envelope_seal(&mesh->sealed, &mesh->cipher, mesh->config.keyring, &letter,
                             &mesh->entropy);
}

/* Length and message go to a stream in one piece: half a message would lose every later one. */
static int frame(struct ghm_mesh *mesh)
{
    struct ghm_bytes sealed = ghm_buf_bytes(&mesh->sealed);
    ghm_buf_clear(&mesh->framed);
    int error = ghm_varint_append(&mesh->framed, sealed.len);
    return error == GHM_OK ? ghm_buf_append(&mesh->framed, sealed) : error;
}

int ghm_mesh_announce(struct ghm_mesh *mesh, const struct ghm_entry *entry, int64_t now_ms)
{
    if (mesh->members == 0) return GHM_OK;
    int error = seal(mesh, entry, now_ms);
    if (error == GHM_OK) error = frame(mesh);
    if (error != GHM_OK) return error;
    for (struct ghm_map_node *node = NULL; (node = ghm_map_next(&mesh->peers, node)) != NULL;) {
        struct peer *peer = GHM_LIST_OF(node, struct peer, node);
        if (!peer->is_member || !peer->has_out) continue;
        error = ghm_swarm_write(mesh->config.swarm, peer->out, ghm_buf_bytes(&mesh->framed));
        if (error == GHM_OK)
            GHM_COUNT(mesh->config.shared, announces_sent, 1);
        else
            ghm_log_add(mesh->config.log, GHM_LOG_INFO, ROOM, "a member is slow and misses news");
    }
    return GHM_OK;
}

/* ---- time ---- */

uint64_t ghm_mesh_deadline(const struct ghm_mesh *mesh)
{
    uint64_t first = GHM_NEVER;
    for (struct ghm_map_node *node = NULL; (node = ghm_map_next(&mesh->peers, node)) != NULL;)
        first = ghm_deadline_first(first, GHM_LIST_OF(node, struct peer, node)->deadline_ns);
    return first;
}

static void tick_peer(struct ghm_mesh *mesh, struct peer *peer, uint64_t now_ns)
{
    if (now_ns < peer->deadline_ns) return;
    peer->deadline_ns = GHM_NEVER;
    if (is_greeting(peer)) {
        drop_peer(mesh, peer, "no hello in time", now_ns);
    } else if (opens_hello(mesh, peer)) {
        /* Before announcing anew, too: a peer that took our stream away may have been restarted. */
        open_hello(mesh, peer, now_ns);
    } else if (peer->is_member && !peer->has_out) {
        open_out(mesh, peer, now_ns);
    }
}

void ghm_mesh_tick(struct ghm_mesh *mesh, uint64_t now_ns)
{
    for (struct ghm_map_node *node = NULL; (node = ghm_map_next(&mesh->peers, node)) != NULL;)
        tick_peer(mesh, GHM_LIST_OF(node, struct peer, node), now_ns);
}

size_t ghm_mesh_members_count(const struct ghm_mesh *mesh)
{
    return mesh->members;
}

/* ---- life ---- */

int ghm_mesh_new(struct ghm_mesh **ret_mesh, struct ghm_mem *mem,
                 const struct ghm_mesh_config *config, struct ghm_entropy *entropy)
{
    uint8_t seed[16];
    struct ghm_mesh *mesh = ghm_mem_alloc(mem, sizeof *mesh);
    if (mesh == NULL) return GHM_ENOMEM;
    mesh->mem = mem;
    mesh->config = *config;
    ghm_entropy_fork(entropy, &mesh->entropy);
    ghm_list_init(&mesh->waiting);
    ghm_entropy_fill(&mesh->entropy, seed, sizeof seed);
    ghm_map_init(&mesh->peers, mem, GHM_MESH_PEERS_MAX, seed);
    ghm_replay_init(&mesh->replay, mem, seed);
    ghm_announce_packer_init(&mesh->packer, mem);
    ghm_buf_init(&mesh->packed, mem, GHM_ENVELOPE_PLAIN_MAX);
    ghm_buf_init(&mesh->sealed, mem, GHM_ENVELOPE_LEN_MAX);
    ghm_buf_init(&mesh->framed, mem, GHM_VARINT_LEN_MAX + GHM_ENVELOPE_LEN_MAX);
    ghm_buf_init(&mesh->opened, mem, GHM_ENVELOPE_LEN_MAX);
    *ret_mesh = mesh;
    return GHM_OK;
}

void ghm_mesh_free(struct ghm_mesh *mesh)
{
    if (mesh == NULL) return;
    for (struct ghm_map_node *node; (node = ghm_map_next(&mesh->peers, NULL)) != NULL;)
        free_peer(mesh, GHM_LIST_OF(node, struct peer, node));
    ghm_map_fini(&mesh->peers);
    ghm_replay_fini(&mesh->replay);
    ghm_announce_packer_fini(&mesh->packer);
    ghm_envelope_cipher_fini(&mesh->cipher);
    ghm_buf_fini(&mesh->packed);
    ghm_buf_fini(&mesh->sealed);
    ghm_buf_fini(&mesh->framed);
    ghm_buf_fini(&mesh->opened);
    mesh->members = 0;
    publish_members(mesh);
    ghm_mem_free(mesh->mem, mesh, sizeof *mesh);
}
