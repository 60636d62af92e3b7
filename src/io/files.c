/* SPDX-License-Identifier: MIT */
#include "io/files.h"

#include "io/inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int error_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return GHM_ENOTFOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return GHM_EACCES;
    case ENOSPC:
    case EDQUOT:
        return GHM_EFULL;
    case ENOMEM:
        return GHM_ENOMEM;
    case EMFILE:
    case ENFILE:
        return GHM_ELIMIT;
    default:
        return GHM_EIO;
    }
}

int ghm_files_path(char ret_path[GHM_FILES_PATH_MAX], const char *dir, const char *name)
{
    int len = snprintf(ret_path, GHM_FILES_PATH_MAX, "%s/%s", dir, name);
    return len < 0 || len >= GHM_FILES_PATH_MAX ? GHM_ELIMIT : GHM_OK;
}

static int make_one(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return GHM_OK;
    return error_of_errno();
}

int ghm_files_make_dir(const char *dir)
{
    char path[GHM_FILES_PATH_MAX];
    size_t len = strlen(dir);
    if (len == 0 || len >= sizeof path) return GHM_EINVAL;
    memcpy(path, dir, len + 1);
    for (size_t i = 1; i < len; i++) {
        if (path[i] != '/') continue;
        path[i] = '\0';
        int error = make_one(path);
        path[i] = '/';
        if (error == GHM_ENOTFOUND) return GHM_EACCES;
        if (error != GHM_OK && error != GHM_EACCES) return error;
    }
    int error = make_one(path);
    /* Its parent is there by now, or nobody can make it. */
    if (error == GHM_ENOTFOUND) return GHM_EACCES;
    if (error != GHM_OK) return error;
    struct stat st;
    if (stat(path, &st) != 0) return error_of_errno();
    if (!S_ISDIR(st.st_mode)) return GHM_EIO;
    /* Where everybody may write, anybody may put what we then read. */
    return (st.st_mode & S_IWOTH) == 0 ? GHM_OK : GHM_EACCES;
}

static int read_all(struct ghm_buf *buf, int fd, size_t len_max)
{
    for (size_t got = 0;;) {
        uint8_t *room;
        int error = ghm_buf_reserve(buf, &room, 4096);
        if (error != GHM_OK) return error;
        ssize_t n = read(fd, room, 4096);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return error_of_errno();
        if (n == 0) return GHM_OK;
        got += (size_t)n;
        if (got > len_max) return GHM_ELIMIT;
        ghm_buf_commit(buf, (size_t)n);
    }
}

/* A file and nothing else: a pipe that somebody put there would never answer. */
static int open_file(int *ret_fd, const char *path, int flags)
{
    struct stat st;
    int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0) return errno == ELOOP ? GHM_EACCES : error_of_errno();
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *ret_fd = fd;
        return GHM_OK;
    }
    (void)close(fd);
    return GHM_EIO;
}

int ghm_files_read(struct ghm_buf *buf, const char *path, size_t len_max)
{
    int fd;
    int error = open_file(&fd, path, O_RDONLY);
    if (error != GHM_OK) return error;
    error = read_all(buf, fd, len_max);
    (void)close(fd);
    return error;
}

static int read_key(uint8_t ret_key[32], const char *path)
{
    uint8_t bytes[33];
    int fd;
    int error = open_file(&fd, path, O_RDONLY | O_NOFOLLOW);
    if (error != GHM_OK) return error;
    ssize_t n = read(fd, bytes, sizeof bytes);
    (void)close(fd);
    if (n < 0) return GHM_EIO;
    if (n != 32) return GHM_ECORRUPT;
    memcpy(ret_key, bytes, 32);
    ghm_mem_wipe(bytes, sizeof bytes);
    return GHM_OK;
}

/* Written whole under a private name, then linked: the name appears with its bytes or not at all.
 */
static int make_key(const char *path, const uint8_t fresh[32])
{
    char made[GHM_FILES_PATH_MAX];
    /* A name by pid would be two writers' at once: threads share it, and containers reuse it. */
    int len = snprintf(made, sizeof made, "%s.XXXXXX", path);
    if (len < 0 || len >= (int)sizeof made) return GHM_ELIMIT;
    int fd = mkostemp(made, O_CLOEXEC);
    if (fd < 0) return error_of_errno();
    ssize_t written = write(fd, fresh, 32);
    int error = written == 32 && fsync(fd) == 0 ? GHM_OK : error_of_errno();
    (void)close(fd);
    if (error == GHM_OK && link(made, path) != 0 && errno != EEXIST) error = error_of_errno();
    (void)unlink(made);
    return error;
}

int ghm_files_key(uint8_t ret_key[32], const char *dir, const char *name, const uint8_t fresh[32])
{
    char path[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, dir, name);
    if (error != GHM_OK) return error;
    error = read_key(ret_key, path);
    if (error != GHM_ENOTFOUND) return error;
    error = make_key(path, fresh);
    if (error != GHM_OK) return error;
    return read_key(ret_key, path);
}

int ghm_files_drop(const char *dir, const char *name)
{
    char path[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, dir, name);
    if (error != GHM_OK) return error;
    return unlink(path) == 0 || errno == ENOENT ? GHM_OK : error_of_errno();
}

int ghm_files_lock(int *ret_fd, const char *dir, const char *name)
{
    char path[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, dir, name);
    if (error != GHM_OK) return error;
    int fd;
    error = open_file(&fd, path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (error != GHM_OK) return error;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        ghm_inherit_refuse(fd);
        *ret_fd = fd;
        return GHM_OK;
    }
    error = errno == EWOULDBLOCK ? GHM_EBUSY : error_of_errno();
    (void)close(fd);
    return error;
}

void ghm_files_unlock(int fd)
{
    if (fd < 0) return;
    ghm_inherit_forget(fd);
    (void)close(fd);
}

static struct ghm_shared *map_fd(int fd)
{
    void *ptr = mmap(NULL, sizeof(struct ghm_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return ptr == MAP_FAILED ? NULL : ptr;
}

/* All zero is a right start but for the two fields that say what shape this is. */
static void claim(struct ghm_shared *shared)
{
    if (shared->magic == GHM_SHARED_MAGIC && shared->size == sizeof *shared) return;
    memset(shared, 0, sizeof *shared);
    shared->size = sizeof *shared;
    shared->magic = GHM_SHARED_MAGIC;
}

static int grow_file(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return error_of_errno();
    if (st.st_size >= (off_t)sizeof(struct ghm_shared)) return GHM_OK;
    /* Allocated now, so that a full disk is an error here and not a signal at some later write. */
    errno = posix_fallocate(fd, 0, sizeof(struct ghm_shared));
    return errno == 0 ? GHM_OK : error_of_errno();
}

int ghm_files_map(struct ghm_shared **ret_shared, const char *dir)
{
    char path[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, dir, "shared");
    if (error != GHM_OK) return error;
    int fd;
    error = open_file(&fd, path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (error != GHM_OK) return error;
    error = grow_file(fd);
    struct ghm_shared *shared = error == GHM_OK ? map_fd(fd) : NULL;
    (void)close(fd);
    if (error != GHM_OK) return error;
    if (shared == NULL) return GHM_ENOMEM;
    claim(shared);
    *ret_shared = shared;
    return GHM_OK;
}

void ghm_files_unmap(struct ghm_shared *shared)
{
    if (shared != NULL) (void)munmap(shared, sizeof *shared);
}

void ghm_files_boot_id(char ret_text[64])
{
    ret_text[0] = '\0';
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, ret_text, 63);
    (void)close(fd);
    ret_text[n > 0 ? n : 0] = '\0';
    char *end = strchr(ret_text, '\n');
    if (end != NULL) *end = '\0';
}
