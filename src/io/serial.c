/* SPDX-License-Identifier: MIT */
#include "io/serial.h"

#include "base/bytes.h"
#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define NAME "identity.seq"
#define NAME_NEW "identity.seq.new"

static int error_of_errno(void)
{
    if (errno == EACCES || errno == EPERM || errno == EROFS || errno == ELOOP) return GHM_EACCES;
    return errno == ENOSPC || errno == EDQUOT ? GHM_EFULL : GHM_EIO;
}

/* 0 where there is none, or something else: the clock alone counts then. */
static uint64_t read_next(const char *path)
{
    uint8_t bytes[9];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t len = read(fd, bytes, sizeof bytes);
    (void)close(fd);
    uint64_t next = len == 8 ? ghm_load_be64(bytes) : 0;
    return next <= UINT64_MAX - GHM_SERIAL_RUN ? next : 0;
}

static int write_new(const char *path, uint64_t next)
{
    uint8_t bytes[8];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return error_of_errno();
    ghm_store_be64(bytes, next);
    ssize_t len = write(fd, bytes, sizeof bytes);
    int error = len == sizeof bytes && fdatasync(fd) == 0 ? GHM_OK : error_of_errno();
    (void)close(fd);
    return error;
}

/* The new name too is on the disk, or the power cut that follows brings the old number back. */
static int replace(const char *path, const char *path_new, const char *dir)
{
    if (rename(path_new, path) != 0) return error_of_errno();
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return error_of_errno();
    int error = fsync(fd) == 0 ? GHM_OK : error_of_errno();
    (void)close(fd);
    return error;
}

int ghm_serial_reserve(uint64_t *ret_start, const char *dir, uint64_t wall_ns)
{
    char path[GHM_FILES_PATH_MAX];
    char path_new[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, dir, NAME);
    if (error == GHM_OK) error = ghm_files_path(path_new, dir, NAME_NEW);
    if (error != GHM_OK) return error;
    uint64_t next = read_next(path);
    uint64_t start = next > wall_ns ? next : wall_ns;
    error = write_new(path_new, start + GHM_SERIAL_RUN);
    if (error == GHM_OK) error = replace(path, path_new, dir);
    if (error != GHM_OK) return error;
    *ret_start = start;
    return GHM_OK;
}
