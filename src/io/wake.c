/* SPDX-License-Identifier: MIT */
#include "io/wake.h"

#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int ghm_wake_open(int *ret_fd, const char *dir)
{
    char path[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, dir, "wake");
    if (error != GHM_OK) return error;
    if (mkfifo(path, 0600) != 0 && errno != EEXIST) return errno == EACCES ? GHM_EACCES : GHM_EIO;
    /* Also open to write: then the pipe never reads as ended when the last writer closes. */
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return GHM_EIO;
    *ret_fd = fd;
    return GHM_OK;
}

void ghm_wake_drain(int fd)
{
    char bytes[256];
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
}

void ghm_wake_send(const char *dir)
{
    char path[GHM_FILES_PATH_MAX];
    if (ghm_files_path(path, dir, "wake") != GHM_OK) return;
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return;
    /* A full pipe wakes the host just as well. */
    (void)!write(fd, "", 1);
    (void)close(fd);
}
