/* SPDX-License-Identifier: MIT */
/* LMDB's environment as the store uses it: one file, four named tables, and a row of state that is
 * read and written with every change.
 *
 * No write waits for the disk (MDB_NOSYNC): the kernel keeps what a killed process wrote, and what
 * a power cut loses is found out by the mark (store/claim.h). Without MDB_WRITEMAP a stray write in
 * this process cannot reach the file. */
#ifndef GHM_STORE_ENV_H
#define GHM_STORE_ENV_H

#include "store/claim.h"

#include <lmdb.h>

#define GHM_ENV_READERS_MAX 1024 /* reads open at once, over all processes */

struct ghm_env {
    MDB_env *mdb;
    MDB_dbi state;   /* LMDB's unnamed table: one row, beside the roots of the others */
    MDB_dbi entries; /* variant id -> record of an entry */
    MDB_dbi index;   /* variant id -> dates and slots of its answers, see store/index.h */
    MDB_dbi outbox;  /* number, big-endian -> variant id */
    MDB_dbi facts;   /* key -> record of a number and a value */
};

/**
 * Open the file of a claimed directory, creating it when it is missing.
 *
 * @return GHM_OK; GHM_ECORRUPT when the file is damaged or of another form; GHM_EACCES; GHM_EFULL;
 *         GHM_ENOMEM; GHM_EIO
 */
int ghm_env_open(struct ghm_env *env, const char *dir, const struct ghm_form *form,
                 uint64_t map_bytes) GHM_MUST_USE;

/** A zeroed env is accepted. */
void ghm_env_close(struct ghm_env *env);

/** Remove the file of a directory that nobody has open. GHM_EACCES; GHM_EIO. */
int ghm_env_remove(const char *dir, const struct ghm_form *form) GHM_MUST_USE;

/** Remove what was to become that file, if there is any. Errors likewise. */
int ghm_env_remove_new(const char *dir, const struct ghm_form *form) GHM_MUST_USE;

/** Is there a file of this form, whatever it is? */
bool ghm_env_is_there(const char *dir, const struct ghm_form *form);

/** Bytes as LMDB takes them: without const, though it does not write to them. */
MDB_val ghm_env_value(const void *ptr, size_t len);

/** The house's name for an LMDB result. */
int ghm_env_error(int result);

#endif
