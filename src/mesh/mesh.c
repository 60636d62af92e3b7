/* SPDX-License-Identifier: MIT */
#include "mesh/mesh.h"

#include "mesh/courier.h"
#include "mesh/greeting.h"
#include "mesh/haul.h"
#include "mesh/letter.h"
#include "mesh/rumour.h"
#include "mesh/shelf.h"
#include "wire/varint.h"

/* The last four are ghm_gossip_protocols. */
const char *const ghm_mesh_protocols[] = {
    GHM_MESH_HELLO_PROTOCOL, GHM_MESH_ANNOUNCE_PROTOCOL, GHM_MESH_PULL_PROTOCOL, "/meshsub/1.2.0",
    "/meshsub/1.1.0",        "/meshsub/1.0.0",           "/floodsub/1.0.0",      NULL};

/* ---- what happened in the swarm ---- */

static bool is_hello(const struct ghm_swarm_event *event)
{
    return strcmp(event->protocol, GHM_MESH_HELLO_PROTOCOL) == 0;
}

static bool is_letter(const struct ghm_swarm_event *event)
{
    return strcmp(event->protocol, GHM_MESH_ANNOUNCE_PROTOCOL) == 0;
}

static bool is_pull(const struct ghm_swarm_event *event)
{
    return strcmp(event->protocol, GHM_MESH_PULL_PROTOCOL) == 0;
}

static void on_pull(struct ghm_mesh *mesh, struct ghm_stream stream)
{
    if (!ghm_haul_hear(mesh, stream)) ghm_shelf_hear(mesh, stream);
}

static void on_finished(struct ghm_mesh *mesh, const struct ghm_fellow *fellow,
                        const struct ghm_swarm_event *event)
{
    if (is_letter(event)) ghm_courier_finished(mesh, fellow, event->stream);
    if (is_pull(event)) ghm_swarm_finish(mesh->config.swarm, event->stream);
}

static void on_opened(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                      const struct ghm_swarm_event *event, uint64_t now_ns)
{
    if (is_hello(event)) ghm_greeting_accept(mesh, fellow, event->stream, now_ns);
    if (is_letter(event)) ghm_courier_accept(mesh, fellow, event->stream);
    if (is_pull(event)) ghm_shelf_accept(mesh, fellow, event->stream);
}

static void on_data(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                    const struct ghm_swarm_event *event, uint64_t now_ns)
{
    if (is_hello(event)) ghm_greeting_hear(mesh, fellow, event->stream, now_ns);
    if (is_letter(event)) ghm_courier_hear(mesh, fellow, event->stream);
    if (is_pull(event)) on_pull(mesh, event->stream);
}

static void on_closed(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                      const struct ghm_swarm_event *event, uint64_t now_ns)
{
    if (is_hello(event)) ghm_greeting_closed(mesh, fellow, event, now_ns);
    if (is_letter(event)) ghm_courier_closed(fellow, event->stream, now_ns);
    if (is_pull(event)) ghm_haul_closed(mesh, event->stream);
}

static void on_up(struct ghm_mesh *mesh, const struct ghm_peerid *id, uint64_t now_ns)
{
    struct ghm_fellow *fellow = ghm_fellow_up(mesh, id);
    if (fellow != NULL)
        ghm_greeting_begin(mesh, fellow, now_ns);
    else
        ghm_swarm_disconnect(mesh->config.swarm, id, now_ns);
}

void ghm_mesh_on(struct ghm_mesh *mesh, const struct ghm_swarm_event *event, uint64_t now_ns)
{
    mesh->now_ns = now_ns;
    ghm_gossip_on(mesh->gossip, event, now_ns);
    if (event->type == GHM_SWARM_PEER_UP) {
        on_up(mesh, &event->peer, now_ns);
        return;
    }
    struct ghm_fellow *fellow = ghm_fellow_find(mesh, &event->peer);
    if (fellow == NULL || fellow->is_gone) return;
    switch (event->type) {
    case GHM_SWARM_PEER_DOWN:
        ghm_fellow_down(mesh, fellow);
        break;
    case GHM_SWARM_STREAM_OPENED:
        on_opened(mesh, fellow, event, now_ns);
        break;
    case GHM_SWARM_STREAM_DATA:
        on_data(mesh, fellow, event, now_ns);
        break;
    case GHM_SWARM_STREAM_FINISHED:
        on_finished(mesh, fellow, event);
        break;
    case GHM_SWARM_STREAM_CLOSED:
        on_closed(mesh, fellow, event, now_ns);
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

/* ---- what members say, and what we say ---- */

static bool next_of(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                    struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    if (ghm_fellow_tell(mesh, fellow, ret_event)) return true;
    ret_event->type = GHM_MESH_LEARNED;
    return ghm_courier_next(mesh, fellow, &ret_event->entry, now_ms) == GHM_OK;
}

static bool next_of_all(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    for (struct ghm_list *node; (node = ghm_list_pop(&mesh->waiting)) != NULL;) {
        struct ghm_fellow *fellow = GHM_LIST_OF(node, struct ghm_fellow, waiting);
        bool was_gone = fellow->is_gone;
        if (!next_of(mesh, fellow, ret_event, now_ms)) continue;
        /* To the end of the line: no member's flood hides another's word. */
        if (!was_gone) ghm_fellow_wake(mesh, fellow);
        return true;
    }
    return false;
}

/* In turns, likewise. */
static bool next_letter(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    mesh->is_rumours_turn = !mesh->is_rumours_turn;
    if (mesh->is_rumours_turn && ghm_rumour_next(mesh, ret_event, now_ms)) return true;
    if (next_of_all(mesh, ret_event, now_ms)) return true;
    return ghm_rumour_next(mesh, ret_event, now_ms);
}

/* Without its body an entry is not told, but hauled. */
bool ghm_mesh_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    while (next_letter(mesh, ret_event, now_ms)) {
        if (ret_event->type != GHM_MESH_LEARNED || mesh->packer.missing == 0) return true;
        ghm_haul_want(mesh, &ret_event->peer, &ret_event->entry, mesh->packer.missing);
    }
    return ghm_haul_next(mesh, ret_event);
}

bool ghm_mesh_is_heard(const struct ghm_mesh *mesh)
{
    return mesh->members > 0 || ghm_rumour_is_heard(mesh);
}

/* A member that gossip does not reach (yet) is told by a stream of its own. */
int ghm_mesh_announce(struct ghm_mesh *mesh, const struct ghm_entry *entry, int64_t now_ms)
{
    if (!ghm_mesh_is_heard(mesh)) return GHM_OK;
    int error = ghm_letter_write(mesh, entry, now_ms);
    if (error == GHM_OK) error = ghm_courier_frame(mesh);
    if (error != GHM_OK) return error;
    for (struct ghm_fellow *fellow = NULL; (fellow = ghm_fellow_next(mesh, fellow)) != NULL;) {
        if (!ghm_rumour_reaches(mesh, fellow)) ghm_courier_send(mesh, fellow);
    }
    if (ghm_rumour_is_heard(mesh)) ghm_rumour_publish(mesh);
    return GHM_OK;
}

/* ---- time ---- */

uint64_t ghm_mesh_deadline(const struct ghm_mesh *mesh)
{
    uint64_t first = ghm_gossip_deadline(mesh->gossip);
    first = ghm_deadline_first(first, ghm_haul_deadline(mesh));
    for (struct ghm_fellow *fellow = NULL; (fellow = ghm_fellow_next(mesh, fellow)) != NULL;)
        first = ghm_deadline_first(first, fellow->deadline_ns);
    return first;
}

static void tick_member(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns)
{
    if (now_ns < fellow->deadline_ns) return;
    fellow->deadline_ns = GHM_NEVER;
    if (!ghm_greeting_tick(mesh, fellow, now_ns)) ghm_courier_tick(mesh, fellow, now_ns);
}

void ghm_mesh_tick(struct ghm_mesh *mesh, uint64_t now_ns)
{
    mesh->now_ns = now_ns;
    ghm_gossip_tick(mesh->gossip, now_ns);
    ghm_haul_tick(mesh);
    for (struct ghm_fellow *fellow = NULL; (fellow = ghm_fellow_next(mesh, fellow)) != NULL;)
        tick_member(mesh, fellow, now_ns);
}

size_t ghm_mesh_members_count(const struct ghm_mesh *mesh)
{
    return mesh->members;
}

/* ---- life ---- */

static void start_parts(struct ghm_mesh *mesh)
{
    uint8_t seed[16];
    struct ghm_mem *mem = mesh->mem;
    ghm_list_init(&mesh->waiting);
    ghm_entropy_fill(&mesh->entropy, seed, sizeof seed);
    ghm_map_init(&mesh->peers, mem, GHM_MESH_PEERS_MAX, seed);
    ghm_replay_init(&mesh->replay, mem, seed);
    ghm_announce_packer_init(&mesh->packer, mem);
    ghm_haul_init(mesh);
    ghm_buf_init(&mesh->given, mem, GHM_PULL_HEAD_LEN + GHM_PULL_PIECE_MAX);
    ghm_buf_init(&mesh->packed, mem, GHM_ENVELOPE_PLAIN_MAX);
    ghm_buf_init(&mesh->sealed, mem, GHM_ENVELOPE_LEN_MAX);
    ghm_buf_init(&mesh->framed, mem, GHM_VARINT_LEN_MAX + GHM_ENVELOPE_LEN_MAX);
    ghm_buf_init(&mesh->opened, mem, GHM_ENVELOPE_LEN_MAX);
}

int ghm_mesh_new(struct ghm_mesh **ret_mesh, struct ghm_mem *mem,
                 const struct ghm_mesh_config *config, struct ghm_entropy *entropy)
{
    struct ghm_mesh *mesh = ghm_mem_alloc(mem, sizeof *mesh);
    if (mesh == NULL) return GHM_ENOMEM;
    mesh->mem = mem;
    mesh->config = *config;
    ghm_entropy_fork(entropy, &mesh->entropy);
    start_parts(mesh);
    int error = ghm_rumour_init(mesh);
    if (error != GHM_OK) {
        ghm_mesh_free(mesh);
        return error;
    }
    *ret_mesh = mesh;
    return GHM_OK;
}

void ghm_mesh_free(struct ghm_mesh *mesh)
{
    if (mesh == NULL) return;
    ghm_haul_fini(mesh);
    ghm_rumour_fini(mesh);
    ghm_fellow_free_all(mesh);
    ghm_map_fini(&mesh->peers);
    ghm_replay_fini(&mesh->replay);
    ghm_announce_packer_fini(&mesh->packer);
    ghm_envelope_cipher_fini(&mesh->cipher);
    ghm_buf_fini(&mesh->given);
    ghm_buf_fini(&mesh->packed);
    ghm_buf_fini(&mesh->sealed);
    ghm_buf_fini(&mesh->framed);
    ghm_buf_fini(&mesh->opened);
    ghm_mem_free(mesh->mem, mesh, sizeof *mesh);
}
