/* SPDX-License-Identifier: MIT */
#include "mesh/haul.h"

#include "answer/identity.h"
#include "base/assert.h"
#include "mesh/shelf.h"

struct haul {
    struct ghm_list all;
    struct ghm_peerid author;
    struct ghm_buf entry; /* as announced */
    struct ghm_pull pull;
    struct ghm_stream stream; /* while it is asking */
    struct ghm_peerid tried[GHM_HAUL_SOURCES_MAX];
    size_t tried_count;
    size_t rounds;     /* in which nobody had it */
    uint64_t again_ns; /* when the next begins */
    bool is_told;
};

static struct haul *of_node(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct haul, all);
}

static void release(struct ghm_mesh *mesh, struct haul *haul)
{
    if (haul->pull.state == GHM_PULL_ASKING) ghm_swarm_reset(mesh->config.swarm, haul->stream);
    ghm_list_remove(&haul->all);
    ghm_buf_fini(&haul->entry);
    ghm_pull_fini(&haul->pull);
    ghm_mem_free(&mesh->hauls_mem, haul, sizeof *haul);
    mesh->hauls_count--;
}

void ghm_haul_init(struct ghm_mesh *mesh)
{
    ghm_mem_init(&mesh->hauls_mem, mesh->mem, GHM_HAUL_MEM_MAX);
    ghm_list_init(&mesh->hauls);
}

void ghm_haul_fini(struct ghm_mesh *mesh)
{
    while (!ghm_list_is_empty(&mesh->hauls))
        release(mesh, of_node(mesh->hauls.next));
    ghm_mem_fini(&mesh->hauls_mem);
}

/* ---- sources ---- */

static bool is_tried(const struct haul *haul, const struct ghm_peerid *id)
{
    for (size_t i = 0; i < haul->tried_count; i++) {
        if (ghm_peerid_equal(&haul->tried[i], id)) return true;
    }
    return false;
}

static struct ghm_fellow *next_source(const struct ghm_mesh *mesh, const struct haul *haul)
{
    struct ghm_fellow *author = ghm_fellow_find(mesh, &haul->author);
    if (haul->tried_count == GHM_HAUL_SOURCES_MAX) return NULL;
    if (author != NULL && author->is_member && !is_tried(haul, &author->id)) return author;
    for (struct ghm_fellow *fellow = NULL; (fellow = ghm_fellow_next(mesh, fellow)) != NULL;) {
        if (fellow->is_member && !is_tried(haul, &fellow->id)) return fellow;
    }
    return NULL;
}

static void say(struct ghm_mesh *mesh, struct haul *haul)
{
    struct ghm_bytes out = ghm_pull_pull(&haul->pull);
    /* A few asks always fit; if they do not, the piece comes too late and the source is left. */
    if (out.len > 0 && ghm_swarm_write(mesh->config.swarm, haul->stream, out) == GHM_OK)
        ghm_pull_pulled(&haul->pull, out.len);
}

/* Who is nearer to the author than we are may be pulling it still. */
static void wait_or_give_up(struct ghm_mesh *mesh, struct haul *haul)
{
    if (haul->rounds < GHM_HAUL_ROUNDS_MAX - 1) {
        haul->again_ns = mesh->now_ns + (GHM_HAUL_AGAIN_NS << haul->rounds++);
        haul->tried_count = 0;
        return;
    }
    ghm_log_add(mesh->config.log, GHM_LOG_INFO, GHM_CIRCLE_ROOM,
                "no member has the body of an answer that was announced");
    release(mesh, haul);
}

/* Asks the next source, if there is one. */
static void go_on(struct ghm_mesh *mesh, struct haul *haul)
{
    for (struct ghm_fellow *source; (source = next_source(mesh, haul)) != NULL;) {
        haul->tried[haul->tried_count++] = source->id;
        int error = ghm_swarm_open(mesh->config.swarm, &haul->stream, &source->id,
                                   GHM_MESH_PULL_PROTOCOL, mesh->now_ns);
        if (error != GHM_OK) continue;
        ghm_pull_begin(&haul->pull, mesh->now_ns);
        say(mesh, haul);
        return;
    }
    wait_or_give_up(mesh, haul);
}

/* The body is not what its hash says: a source that gave it alone lied; of several nobody knows,
 * and all may be asked again, each for the whole. */
static void leave_source(struct ghm_mesh *mesh, struct haul *haul, int error)
{
    if (error == GHM_ECORRUPT) haul->tried_count = 0;
    if (error == GHM_EAUTH || error == GHM_EPROTO)
        ghm_log_add(mesh->config.log, GHM_LOG_WARN, GHM_CIRCLE_ROOM, "a member gave a wrong body");
    if (error == GHM_EAUTH || error == GHM_EPROTO || error == GHM_ECORRUPT)
        GHM_COUNT(mesh->config.shared, announces_refused, 1);
    ghm_swarm_reset(mesh->config.swarm, haul->stream);
    go_on(mesh, haul);
}

/* ---- wanting ---- */

static bool is_under_way(const struct ghm_mesh *mesh, const struct ghm_entry *entry)
{
    struct ghm_entry other;
    for (struct ghm_list *node = mesh->hauls.next; node != &mesh->hauls; node = node->next) {
        const struct haul *haul = of_node(node);
        if (ghm_entry_decode(&other, ghm_buf_bytes(&haul->entry)) != GHM_OK) continue;
        if (ghm_bytes_equal(other.name, entry->name) &&
            ghm_identity_equal(&other.identity, &entry->identity) &&
            ghm_entry_compare(&other, entry) >= 0)
            return true;
    }
    return false;
}

static int add(struct ghm_mesh *mesh, struct haul **ret_haul, const struct ghm_entry *entry,
               size_t body_len)
{
    struct ghm_variant variant;
    if (mesh->hauls_count == GHM_HAUL_MAX) return GHM_ELIMIT;
    int error = ghm_variant_of_name(&variant, entry->name);
    if (error != GHM_OK) return error;
    struct haul *haul = ghm_mem_alloc(&mesh->hauls_mem, sizeof *haul);
    if (haul == NULL) return GHM_ENOMEM;
    ghm_list_append(&mesh->hauls, &haul->all);
    mesh->hauls_count++;
    ghm_buf_init(&haul->entry, &mesh->hauls_mem, GHM_ENVELOPE_PLAIN_MAX);
    error = ghm_pull_init(&haul->pull, &mesh->hauls_mem, variant.id, entry->body_sha256, body_len);
    if (error == GHM_OK) error = ghm_entry_append(&haul->entry, entry);
    if (error == GHM_OK)
        *ret_haul = haul;
    else
        release(mesh, haul);
    return error;
}

void ghm_haul_want(struct ghm_mesh *mesh, const struct ghm_peerid *author,
                   const struct ghm_entry *entry, size_t body_len)
{
    struct haul *haul;
    if (is_under_way(mesh, entry) || ghm_shelf_is_newer(mesh, entry)) return;
    int error = add(mesh, &haul, entry, body_len);
    if (error != GHM_OK) {
        ghm_log_add(mesh->config.log, GHM_LOG_INFO, GHM_CIRCLE_ROOM,
                    "the body of an announced answer is not pulled: %s", ghm_error_text(error));
        return;
    }
    haul->author = *author;
    haul->again_ns = GHM_NEVER;
    if (!ghm_shelf_fill(mesh, &haul->pull)) go_on(mesh, haul);
}

/* ---- what comes ---- */

static struct haul *find(const struct ghm_mesh *mesh, struct ghm_stream stream)
{
    for (struct ghm_list *node = mesh->hauls.next; node != &mesh->hauls; node = node->next) {
        struct haul *haul = of_node(node);
        if (haul->pull.state == GHM_PULL_ASKING && haul->stream.id == stream.id &&
            haul->stream.connection == stream.connection)
            return haul;
    }
    return NULL;
}

bool ghm_haul_hear(struct ghm_mesh *mesh, struct ghm_stream stream)
{
    struct haul *haul = find(mesh, stream);
    if (haul == NULL) return false;
    struct ghm_bytes in = ghm_swarm_data(mesh->config.swarm, stream);
    int error = ghm_pull_push(&haul->pull, in, mesh->now_ns);
    ghm_swarm_data_drop(mesh->config.swarm, stream, in.len);
    if (error != GHM_OK)
        leave_source(mesh, haul, error);
    else if (haul->pull.state == GHM_PULL_DONE)
        ghm_swarm_reset(mesh->config.swarm, stream);
    else
        say(mesh, haul);
    return true;
}

void ghm_haul_closed(struct ghm_mesh *mesh, struct ghm_stream stream)
{
    struct haul *haul = find(mesh, stream);
    if (haul == NULL) return;
    ghm_pull_end(&haul->pull);
    go_on(mesh, haul);
}

static void release_told(struct ghm_mesh *mesh)
{
    for (struct ghm_list *node = mesh->hauls.next; node != &mesh->hauls;) {
        struct haul *haul = of_node(node);
        node = node->next;
        if (haul->is_told) release(mesh, haul);
    }
}

bool ghm_haul_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event)
{
    release_told(mesh);
    for (struct ghm_list *node = mesh->hauls.next; node != &mesh->hauls; node = node->next) {
        struct haul *haul = of_node(node);
        if (haul->pull.state != GHM_PULL_DONE) continue;
        haul->is_told = true;
        ret_event->type = GHM_MESH_LEARNED;
        ret_event->peer = haul->author;
        GHM_ASSERT(ghm_entry_decode(&ret_event->entry, ghm_buf_bytes(&haul->entry)) == GHM_OK);
        ret_event->entry.from_peer = true;
        ret_event->entry.body = ghm_buf_bytes(&haul->pull.body);
        return true;
    }
    return false;
}

/* ---- time ---- */

static uint64_t deadline_of(const struct haul *haul)
{
    return ghm_deadline_first(haul->again_ns, ghm_pull_deadline(&haul->pull));
}

uint64_t ghm_haul_deadline(const struct ghm_mesh *mesh)
{
    uint64_t first = GHM_NEVER;
    for (struct ghm_list *node = mesh->hauls.next; node != &mesh->hauls; node = node->next)
        first = ghm_deadline_first(first, deadline_of(of_node(node)));
    return first;
}

static void tick_one(struct ghm_mesh *mesh, struct haul *haul)
{
    if (ghm_pull_tick(&haul->pull, mesh->now_ns)) {
        leave_source(mesh, haul, GHM_ETIMEOUT);
    } else if (haul->again_ns <= mesh->now_ns) {
        haul->again_ns = GHM_NEVER;
        go_on(mesh, haul);
    }
}

void ghm_haul_tick(struct ghm_mesh *mesh)
{
    for (struct ghm_list *node = mesh->hauls.next; node != &mesh->hauls;) {
        struct haul *haul = of_node(node);
        node = node->next;
        tick_one(mesh, haul);
    }
}
