/* SPDX-License-Identifier: MIT */
/* A store directory in use: claimed, its file open and to be trusted. Here is decided whether what
 * lies there is kept or made anew, and how large it can get. */
#ifndef GHM_STORE_MOUNT_H
#define GHM_STORE_MOUNT_H

#include "store/env.h"

struct ghm_mount {
    struct ghm_claim claim;
    struct ghm_env env;
    uint64_t bytes_max; /* of entries: what was wished, or less where the map is smaller */
};

struct ghm_mount_wish {
    const char *dir;
    const struct ghm_form *form;
    const char *boot_id;
    uint64_t bytes_max;
};

/** As ghm_mount_open, but nobody else can open before ghm_mount_close or ghm_claim_settle. */
int ghm_mount_enter(struct ghm_mount *mount, const struct ghm_mount_wish *wish) GHM_MUST_USE;

/** Open or create, as ghm_store_open says. Errors likewise. */
int ghm_mount_open(struct ghm_mount *mount, const struct ghm_mount_wish *wish) GHM_MUST_USE;
void ghm_mount_close(struct ghm_mount *mount);

/** LMDB met a broken page: the next process that opens the store alone starts it anew. */
void ghm_mount_damaged(struct ghm_mount *mount);

/** What a change or a look at more than one entry returns for `error`: a broken page is noted, and
 * an input/output error to whoever asked. */
int ghm_mount_error(struct ghm_mount *mount, int error);

#endif
