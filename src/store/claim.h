/* SPDX-License-Identifier: MIT */
/* Who uses a store directory, and whether its file can be trusted: two small files beside LMDB's.
 *
 *   lock  held (flock) while one process opens; nobody else opens meanwhile
 *   mark  held shared by every process that has the store open; its content says which boot of the
 *         machine the file belongs to, how large its map is, and whether it is flushed
 *
 * The mark lies outside LMDB's file because a file that lost pages in a power cut must not even be
 * opened. The kernel drops both locks when a process dies. */
#ifndef GHM_STORE_CLAIM_H
#define GHM_STORE_CLAIM_H

#include "base/bytes.h"
#include "base/error.h"
#include "store/form.h"

#define GHM_CLAIM_PATH_MAX 1024
#define GHM_CLAIM_BOOT_MAX 64 /* bytes of a boot id that count */

struct ghm_claim_mark {
    uint64_t map_bytes; /* of LMDB's map, the same for all */
    bool is_clean;      /* all is on the disk, nothing was written since */
    bool is_damaged;    /* somebody met a broken page */
    uint8_t boot_id[GHM_CLAIM_BOOT_MAX];
};

struct ghm_claim {
    int lock_fd;
    int mark_fd;
    bool is_alone; /* nobody else has the store open; known until ghm_claim_settle */
    bool is_valid; /* the mark could be read */
    struct ghm_claim_mark mark;
};

/** Wait for the right to open `dir` and read its mark. GHM_EACCES; GHM_EFULL; GHM_EIO; GHM_EINVAL
 * for a path that is too long. Close it after GHM_OK only. */
int ghm_claim_open(struct ghm_claim *claim, const char *dir,
                   const struct ghm_form *form) GHM_MUST_USE;

/** The store is open: let others open too, and keep the directory in use until close. GHM_EIO. */
int ghm_claim_settle(struct ghm_claim *claim) GHM_MUST_USE;

void ghm_claim_close(struct ghm_claim *claim);

/** Write the mark and wait until it is on the disk. GHM_EFULL; GHM_EIO. */
int ghm_claim_write(struct ghm_claim *claim) GHM_MUST_USE;

/** Write dir + "/" + name, terminated. GHM_EINVAL when it is too long. */
int ghm_claim_path(char ret_path[GHM_CLAIM_PATH_MAX], const char *dir,
                   const char *name) GHM_MUST_USE;

/** The house's name for an errno. */
int ghm_claim_error(int number);

#endif
