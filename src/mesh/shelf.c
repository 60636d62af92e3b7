/* SPDX-License-Identifier: MIT */
#include "mesh/shelf.h"

#include "answer/identity.h"
#include "base/assert.h"
#include "store/store.h"

/* ---- looking ---- */

/* The use that others make of an entry is none of ours: it is noted as of no time. */
static int get(const struct ghm_mesh *mesh, struct ghm_store_read *ret_read,
               struct ghm_entry *ret_entry, const uint8_t slot[GHM_VARIANT_ID_LEN])
{
    return mesh->config.store == NULL
               ? GHM_ENOTFOUND
               : ghm_store_get(mesh->config.store, ret_read, ret_entry, slot, 0);
}

bool ghm_shelf_is_newer(const struct ghm_mesh *mesh, const struct ghm_entry *entry)
{
    struct ghm_variant variant;
    struct ghm_store_read read;
    struct ghm_entry ours;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    if (ghm_variant_of_name(&variant, entry->name) != GHM_OK) return false;
    ghm_identity_slot(slot, variant.id, &entry->identity);
    if (get(mesh, &read, &ours, slot) != GHM_OK) return false;
    bool is_newer = ghm_bytes_equal(ours.name, entry->name) && ghm_entry_compare(&ours, entry) >= 0;
    ghm_store_done(mesh->config.store, &read);
    return is_newer;
}

/* A slot of the variant that holds the body. */
static bool find(const struct ghm_mesh *mesh, struct ghm_store_read *ret_read,
                 struct ghm_bytes *ret_body, const uint8_t variant_id[GHM_VARIANT_ID_LEN],
                 const uint8_t sha256[32])
{
    uint8_t slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN];
    struct ghm_entry entry;
    size_t count = 0;
    if (mesh->config.store == NULL) return false;
    if (ghm_store_slots(mesh->config.store, slots, &count, variant_id) != GHM_OK) return false;
    for (size_t i = 0; i < count; i++) {
        if (get(mesh, ret_read, &entry, slots[i]) != GHM_OK) continue;
        *ret_body = entry.body;
        if (memcmp(entry.body_sha256, sha256, 32) == 0) return true;
        ghm_store_done(mesh->config.store, ret_read);
    }
    return false;
}

bool ghm_shelf_fill(const struct ghm_mesh *mesh, struct ghm_pull *pull)
{
    struct ghm_store_read read;
    struct ghm_bytes body;
    if (!find(mesh, &read, &body, pull->variant_id, pull->sha256)) return false;
    bool is_filled = ghm_pull_fill(pull, body) == GHM_OK;
    ghm_store_done(mesh->config.store, &read);
    return is_filled;
}

/* ---- giving ---- */

void ghm_shelf_accept(struct ghm_mesh *mesh, const struct ghm_fellow *fellow,
                      struct ghm_stream stream)
{
    if (fellow->is_proven) return;
    GHM_COUNT(mesh->config.shared, strangers_refused, 1);
    ghm_swarm_reset(mesh->config.swarm, stream);
}

static int answer(struct ghm_mesh *mesh, const struct ghm_pull_ask *ask)
{
    struct ghm_store_read read;
    struct ghm_bytes body;
    ghm_buf_clear(&mesh->given);
    if (!find(mesh, &read, &body, ask->variant_id, ask->sha256))
        return ghm_pull_append_answer(&mesh->given, ask, GHM_BYTES_NONE);
    int error = ghm_pull_append_answer(&mesh->given, ask, body);
    ghm_store_done(mesh->config.store, &read);
    return error;
}

static int hear_one(struct ghm_mesh *mesh, struct ghm_stream stream)
{
    struct ghm_pull_ask ask;
    int error = ghm_pull_read_ask(&ask, ghm_swarm_data(mesh->config.swarm, stream));
    if (error != GHM_OK) return error;
    ghm_swarm_data_drop(mesh->config.swarm, stream, GHM_PULL_ASK_LEN);
    error = answer(mesh, &ask);
    if (error != GHM_OK) return error;
    return ghm_swarm_write(mesh->config.swarm, stream, ghm_buf_bytes(&mesh->given));
}

/* Who asks for more than the stream takes, or in another way than is stated, is asked no more. */
void ghm_shelf_hear(struct ghm_mesh *mesh, struct ghm_stream stream)
{
    int error;
    while ((error = hear_one(mesh, stream)) == GHM_OK)
        continue;
    ghm_buf_trim(&mesh->given, 0);
    if (error != GHM_EAGAIN) ghm_swarm_reset(mesh->config.swarm, stream);
}
