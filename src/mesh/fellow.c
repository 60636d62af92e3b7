/* SPDX-License-Identifier: MIT */
#include "mesh/fellow.h"

static struct ghm_fellow *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_fellow, node);
}

struct ghm_fellow *ghm_fellow_find(const struct ghm_mesh *mesh, const struct ghm_peerid *id)
{
    return of_node(ghm_map_find(&mesh->peers, ghm_peerid_bytes(id)));
}

struct ghm_fellow *ghm_fellow_next(const struct ghm_mesh *mesh, const struct ghm_fellow *fellow)
{
    return of_node(ghm_map_next(&mesh->peers, fellow == NULL ? NULL : &fellow->node));
}

void ghm_fellow_wake(struct ghm_mesh *mesh, struct ghm_fellow *fellow)
{
    if (ghm_list_is_empty(&fellow->waiting)) ghm_list_append(&mesh->waiting, &fellow->waiting);
}

static void publish_count(struct ghm_mesh *mesh)
{
    if (mesh->config.shared == NULL) return;
    atomic_store(&mesh->config.shared->connected_peers, (uint32_t)mesh->members);
}

static struct ghm_fellow *add(struct ghm_mesh *mesh, const struct ghm_peerid *id)
{
    struct ghm_fellow *fellow = ghm_mem_alloc(mesh->mem, sizeof *fellow);
    if (fellow == NULL) return NULL;
    fellow->id = *id;
    fellow->deadline_ns = GHM_NEVER;
    ghm_list_init(&fellow->waiting);
    if (ghm_map_insert(&mesh->peers, &fellow->node, ghm_peerid_bytes(&fellow->id)) == GHM_OK)
        return fellow;
    ghm_mem_free(mesh->mem, fellow, sizeof *fellow);
    return NULL;
}

static void release(struct ghm_mesh *mesh, struct ghm_fellow *fellow)
{
    ghm_map_remove(&mesh->peers, &fellow->node);
    ghm_list_remove(&fellow->waiting);
    ghm_envelope_cipher_fini(&fellow->cipher);
    ghm_mem_wipe(&fellow->hello, sizeof fellow->hello);
    ghm_mem_free(mesh->mem, fellow, sizeof *fellow);
}

struct ghm_fellow *ghm_fellow_up(struct ghm_mesh *mesh, const struct ghm_peerid *id)
{
    struct ghm_fellow *fellow = ghm_fellow_find(mesh, id);
    /* It fell and came back before its MEMBER_DOWN was taken: it starts anew. */
    bool owes_down = fellow != NULL && fellow->is_gone;
    if (owes_down) release(mesh, fellow);
    if (owes_down || fellow == NULL) fellow = add(mesh, id);
    if (fellow == NULL) return NULL;
    fellow->owes_down = owes_down;
    if (owes_down) ghm_fellow_wake(mesh, fellow);
    return fellow;
}

void ghm_fellow_down(struct ghm_mesh *mesh, struct ghm_fellow *fellow)
{
    if (fellow->is_member) mesh->members--;
    publish_count(mesh);
    if (!fellow->is_told_up && !fellow->owes_down) {
        release(mesh, fellow);
        return;
    }
    fellow->is_member = false;
    fellow->has_in = false;
    fellow->has_out = false;
    fellow->has_hello = false;
    fellow->is_gone = true;
    fellow->deadline_ns = GHM_NEVER;
    ghm_fellow_wake(mesh, fellow);
}

void ghm_fellow_join(struct ghm_mesh *mesh, struct ghm_fellow *fellow)
{
    if (fellow->is_member)
        return; /* it greets again: it, or its connection, was lost for a while */
    fellow->is_member = true;
    mesh->members++;
    publish_count(mesh);
    ghm_fellow_wake(mesh, fellow);
}

bool ghm_fellow_tell(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                     struct ghm_mesh_event *ret_event)
{
    ret_event->peer = fellow->id;
    ret_event->type = GHM_MESH_MEMBER_DOWN;
    if (fellow->is_gone) {
        release(mesh, fellow);
        return true;
    }
    if (fellow->owes_down) {
        fellow->owes_down = false;
        return true;
    }
    if (!fellow->is_member || fellow->is_told_up) return false;
    ret_event->type = GHM_MESH_MEMBER_UP;
    /* Gone already: its end is told next. */
    (void)!ghm_swarm_protect(mesh->config.swarm, &fellow->id, true);
    fellow->is_told_up = true;
    return true;
}

void ghm_fellow_drop(struct ghm_mesh *mesh, const struct ghm_fellow *fellow, const char *reason,
                     uint64_t now_ns)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &fellow->id);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, GHM_CIRCLE_ROOM, "dropped peer %s: %s", text,
                reason);
    GHM_COUNT(mesh->config.shared, peers_dropped, 1);
    ghm_swarm_disconnect(mesh->config.swarm, &fellow->id, now_ns);
}

void ghm_fellow_free_all(struct ghm_mesh *mesh)
{
    for (struct ghm_fellow *fellow; (fellow = ghm_fellow_next(mesh, NULL)) != NULL;)
        release(mesh, fellow);
    mesh->members = 0;
    publish_count(mesh);
}
