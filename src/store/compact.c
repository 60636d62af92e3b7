/* SPDX-License-Identifier: MIT */
#include "store/compact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct paths {
    char data[GHM_CLAIM_PATH_MAX];
    char data_lock[GHM_CLAIM_PATH_MAX];
    char data_new[GHM_CLAIM_PATH_MAX];
};

static int find_paths(struct paths *ret_paths, const struct ghm_mount_wish *wish)
{
    int error = ghm_claim_path(ret_paths->data, wish->dir, wish->form->data);
    if (error == GHM_OK)
        error = ghm_claim_path(ret_paths->data_lock, wish->dir, wish->form->data_lock);
    if (error == GHM_OK)
        error = ghm_claim_path(ret_paths->data_new, wish->dir, wish->form->data_new);
    return error;
}

static int size_of(uint64_t *ret_bytes, const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0) return ghm_claim_error(errno);
    *ret_bytes = (uint64_t)file.st_size;
    return GHM_OK;
}

static int write_copy(struct ghm_env *env, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return ghm_claim_error(errno);
    int error = ghm_env_error(mdb_env_copyfd2(env->mdb, fd, MDB_CP_COMPACT));
    if (error == GHM_OK && fsync(fd) != 0) error = ghm_claim_error(errno);
    if (close(fd) != 0 && error == GHM_OK) error = ghm_claim_error(errno);
    return error;
}

/* What lies beside the old file is of no use to the new one: LMDB makes it anew. */
static int replace(const struct paths *paths, const char *dir)
{
    if (unlink(paths->data_lock) != 0 && errno != ENOENT) return ghm_claim_error(errno);
    if (rename(paths->data_new, paths->data) != 0) return ghm_claim_error(errno);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ghm_claim_error(errno);
    int error = fsync(fd) == 0 ? GHM_OK : ghm_claim_error(errno);
    (void)close(fd);
    return error;
}

static int compact(struct ghm_mount *mount, struct ghm_compact *ret_compact, const char *dir,
                   const struct paths *paths)
{
    struct ghm_compact compact;
    int error = size_of(&compact.before_bytes, paths->data);
    if (error == GHM_OK) error = write_copy(&mount->env, paths->data_new);
    if (error == GHM_OK) error = size_of(&compact.after_bytes, paths->data_new);
    ghm_env_close(&mount->env);
    if (error == GHM_OK) error = replace(paths, dir);
    if (error != GHM_OK) {
        (void)unlink(paths->data_new);
        return error;
    }
    *ret_compact = compact;
    return GHM_OK;
}

int ghm_compact_run(struct ghm_compact *ret_compact, const struct ghm_mount_wish *wish)
{
    struct paths paths;
    struct ghm_mount mount;
    int error = find_paths(&paths, wish);
    if (error == GHM_OK) error = ghm_mount_enter(&mount, wish);
    if (error != GHM_OK) return error;
    error = GHM_EBUSY;
    if (mount.claim.is_alone) error = compact(&mount, ret_compact, wish->dir, &paths);
    ghm_mount_close(&mount);
    return error;
}
