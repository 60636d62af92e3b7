/* SPDX-License-Identifier: MIT */
#include "store/env.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int ghm_env_error(int result)
{
    switch (result) {
    case MDB_SUCCESS:
        return GHM_OK;
    case MDB_NOTFOUND:
        return GHM_ENOTFOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return GHM_EFULL;
    case MDB_READERS_FULL:
        return GHM_ELIMIT;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_VALSIZE:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_PANIC:
        return GHM_ECORRUPT;
    default:
        return ghm_claim_error(result);
    }
}

MDB_val ghm_env_value(const void *ptr, size_t len)
{
    union {
        const void *in;
        void *out;
    } same = {.in = ptr};
    return (MDB_val){len, same.out};
}

static int open_tables(struct ghm_env *env, unsigned txn_flags, unsigned table_flags)
{
    MDB_txn *txn;
    int result = mdb_txn_begin(env->mdb, NULL, txn_flags, &txn);
    if (result != MDB_SUCCESS) return result;
    result = mdb_dbi_open(txn, NULL, 0, &env->state);
    if (result == MDB_SUCCESS) result = mdb_dbi_open(txn, "entries", table_flags, &env->entries);
    if (result == MDB_SUCCESS)
        result = mdb_dbi_open(txn, "index", table_flags | MDB_DUPSORT | MDB_DUPFIXED, &env->index);
    if (result == MDB_SUCCESS) result = mdb_dbi_open(txn, "outbox", table_flags, &env->outbox);
    if (result == MDB_SUCCESS) result = mdb_dbi_open(txn, "facts", table_flags, &env->facts);
    if (result == MDB_SUCCESS) return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return result;
}

/* A file cut short would kill whoever touches its missing pages. */
static int check_length(struct ghm_env *env)
{
    struct stat file;
    MDB_envinfo info;
    MDB_stat stat;
    int fd;
    int result = mdb_env_get_fd(env->mdb, &fd);
    if (result == MDB_SUCCESS) result = mdb_env_info(env->mdb, &info);
    if (result == MDB_SUCCESS) result = mdb_env_stat(env->mdb, &stat);
    if (result != MDB_SUCCESS) return result;
    if (fstat(fd, &file) != 0) return errno;
    bool is_whole = (uint64_t)file.st_size >= (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
    return is_whole ? MDB_SUCCESS : MDB_CORRUPTED;
}

static int open_environment(struct ghm_env *env, const char *path, uint64_t map_bytes)
{
    const unsigned flags = MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD;
    int dead;
    int result = mdb_env_set_maxdbs(env->mdb, 4);
    if (result == MDB_SUCCESS) result = mdb_env_set_maxreaders(env->mdb, GHM_ENV_READERS_MAX);
    if (result == MDB_SUCCESS) result = mdb_env_set_mapsize(env->mdb, (size_t)map_bytes);
    if (result == MDB_SUCCESS) result = mdb_env_open(env->mdb, path, flags, 0600);
    if (result == MDB_SUCCESS) result = check_length(env);
    if (result == MDB_SUCCESS) result = mdb_reader_check(env->mdb, &dead);
    if (result != MDB_SUCCESS) return result;
    result = open_tables(env, MDB_RDONLY, 0);
    return result == MDB_NOTFOUND ? open_tables(env, 0, MDB_CREATE) : result;
}

int ghm_env_open(struct ghm_env *env, const char *dir, const struct ghm_form *form,
                 uint64_t map_bytes)
{
    char path[GHM_CLAIM_PATH_MAX];
    *env = (struct ghm_env){.mdb = NULL};
    int error = ghm_claim_path(path, dir, form->data);
    if (error != GHM_OK) return error;
    int result = mdb_env_create(&env->mdb);
    if (result == MDB_SUCCESS) result = open_environment(env, path, map_bytes);
    if (result != MDB_SUCCESS) ghm_env_close(env);
    return ghm_env_error(result);
}

void ghm_env_close(struct ghm_env *env)
{
    if (env->mdb != NULL) mdb_env_close(env->mdb);
    env->mdb = NULL;
}

static int remove_file(const char *dir, const char *name)
{
    char path[GHM_CLAIM_PATH_MAX];
    int error = ghm_claim_path(path, dir, name);
    if (error != GHM_OK) return error;
    return unlink(path) == 0 || errno == ENOENT ? GHM_OK : ghm_claim_error(errno);
}

int ghm_env_remove(const char *dir, const struct ghm_form *form)
{
    int error = remove_file(dir, form->data);
    return error == GHM_OK ? remove_file(dir, form->data_lock) : error;
}

int ghm_env_remove_new(const char *dir, const struct ghm_form *form)
{
    return remove_file(dir, form->data_new);
}

bool ghm_env_is_there(const char *dir, const struct ghm_form *form)
{
    char path[GHM_CLAIM_PATH_MAX];
    return ghm_claim_path(path, dir, form->data) == GHM_OK && access(path, F_OK) == 0;
}
