/* SPDX-License-Identifier: MIT */
#include "store/mount.h"

/* Half-full pages, whole pages for large entries and pages that a reader still holds need room. */
#define MAP_FACTOR 3
#define MAP_SLACK (UINT64_C(64) << 20)

static uint64_t map_bytes_for(uint64_t bytes_max)
{
    uint64_t pages = (MAP_FACTOR * bytes_max + MAP_SLACK + 4095) / 4096;
    return pages * 4096;
}

static uint64_t bytes_max_within(uint64_t map_bytes)
{
    return map_bytes > MAP_SLACK ? (map_bytes - MAP_SLACK) / MAP_FACTOR : 0;
}

static void set_boot_id(struct ghm_claim_mark *mark, const char *boot_id)
{
    struct ghm_bytes text = ghm_bytes_upto(ghm_bytes_text(boot_id), GHM_CLAIM_BOOT_MAX);
    memset(mark->boot_id, 0, GHM_CLAIM_BOOT_MAX);
    ghm_bytes_copy(mark->boot_id, text);
}

/* After a power cut a file that was not flushed may lack pages that others point to. */
static bool is_trusted(const struct ghm_claim *claim, const char *boot_id)
{
    struct ghm_claim_mark now;
    set_boot_id(&now, boot_id);
    if (!claim->is_valid || claim->mark.is_damaged) return false;
    return claim->mark.is_clean ||
           memcmp(claim->mark.boot_id, now.boot_id, GHM_CLAIM_BOOT_MAX) == 0;
}

static int start_anew(struct ghm_mount *mount, const struct ghm_mount_wish *wish)
{
    int error = ghm_env_remove(wish->dir, wish->form);
    if (error != GHM_OK) return error;
    mount->claim.mark = (struct ghm_claim_mark){.map_bytes = map_bytes_for(mount->bytes_max)};
    set_boot_id(&mount->claim.mark, wish->boot_id);
    error = ghm_claim_write(&mount->claim);
    if (error != GHM_OK) return error;
    return ghm_env_open(&mount->env, wish->dir, wish->form, mount->claim.mark.map_bytes);
}

/* The only one to open may make the map larger and move the file to this boot. */
static int update_mark(struct ghm_mount *mount, const struct ghm_mount_wish *wish)
{
    struct ghm_claim_mark before = mount->claim.mark;
    uint64_t wanted = map_bytes_for(mount->bytes_max);
    if (mount->claim.mark.map_bytes < wanted) mount->claim.mark.map_bytes = wanted;
    set_boot_id(&mount->claim.mark, wish->boot_id);
    bool is_same = before.map_bytes == mount->claim.mark.map_bytes &&
                   memcmp(before.boot_id, mount->claim.mark.boot_id, GHM_CLAIM_BOOT_MAX) == 0;
    return is_same ? GHM_OK : ghm_claim_write(&mount->claim);
}

static int open_alone(struct ghm_mount *mount, const struct ghm_mount_wish *wish)
{
    int error = ghm_env_remove_new(wish->dir, wish->form);
    if (error != GHM_OK) return error;
    if (!is_trusted(&mount->claim, wish->boot_id)) return start_anew(mount, wish);
    error = update_mark(mount, wish);
    if (error != GHM_OK) return error;
    error = ghm_env_open(&mount->env, wish->dir, wish->form, mount->claim.mark.map_bytes);
    return error == GHM_ECORRUPT ? start_anew(mount, wish) : error;
}

static int open_among_others(struct ghm_mount *mount, const struct ghm_mount_wish *wish)
{
    if (!mount->claim.is_valid) return GHM_EIO;
    uint64_t bytes_max = bytes_max_within(mount->claim.mark.map_bytes);
    if (mount->bytes_max > bytes_max) mount->bytes_max = bytes_max;
    return ghm_env_open(&mount->env, wish->dir, wish->form, mount->claim.mark.map_bytes);
}

int ghm_mount_enter(struct ghm_mount *mount, const struct ghm_mount_wish *wish)
{
    *mount = (struct ghm_mount){.bytes_max = wish->bytes_max};
    int error = ghm_claim_open(&mount->claim, wish->dir, wish->form);
    if (error != GHM_OK) return error;
    error = mount->claim.is_alone ? open_alone(mount, wish) : open_among_others(mount, wish);
    if (error == GHM_OK) return GHM_OK;
    ghm_claim_close(&mount->claim);
    return error == GHM_ECORRUPT ? GHM_EIO : error;
}

int ghm_mount_open(struct ghm_mount *mount, const struct ghm_mount_wish *wish)
{
    int error = ghm_mount_enter(mount, wish);
    if (error != GHM_OK) return error;
    error = ghm_claim_settle(&mount->claim);
    if (error != GHM_OK) ghm_mount_close(mount);
    return error;
}

void ghm_mount_close(struct ghm_mount *mount)
{
    ghm_env_close(&mount->env);
    ghm_claim_close(&mount->claim);
}

void ghm_mount_damaged(struct ghm_mount *mount)
{
    MDB_txn *txn;
    if (mdb_txn_begin(mount->env.mdb, NULL, 0, &txn) != MDB_SUCCESS) return;
    mount->claim.mark.is_damaged = true;
    mount->claim.mark.is_clean = false;
    (void)!ghm_claim_write(&mount->claim);
    mdb_txn_abort(txn);
}

int ghm_mount_error(struct ghm_mount *mount, int error)
{
    if (error != GHM_ECORRUPT) return error;
    ghm_mount_damaged(mount);
    return GHM_EIO;
}
