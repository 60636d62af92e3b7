/* SPDX-License-Identifier: MIT */
#include "store/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>
#include <xxhash.h>

/*    0  "ghmmark2"    8  map bytes    16  clean    17  damaged    24  boot id    88  checksum */
enum {
    MARK_BOOT = 24,
    MARK_SUM = MARK_BOOT + GHM_CLAIM_BOOT_MAX,
    MARK_LEN = MARK_SUM + 8,
};
#define MARK_FORM UINT64_C(0x67686d6d61726b32)

int ghm_claim_error(int number)
{
    switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
        return GHM_EACCES;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
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

int ghm_claim_path(char ret_path[GHM_CLAIM_PATH_MAX], const char *dir, const char *name)
{
    int len = snprintf(ret_path, GHM_CLAIM_PATH_MAX, "%s/%s", dir, name);
    return len > 0 && len < GHM_CLAIM_PATH_MAX ? GHM_OK : GHM_EINVAL;
}

static int open_file(int *ret_fd, const char *dir, const char *name)
{
    char path[GHM_CLAIM_PATH_MAX];
    int error = ghm_claim_path(path, dir, name);
    if (error != GHM_OK) return error;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return ghm_claim_error(errno);
    *ret_fd = fd;
    return GHM_OK;
}

static int lock(int fd, int operation)
{
    while (flock(fd, operation) != 0) {
        if (errno == EWOULDBLOCK) return GHM_EBUSY;
        if (errno != EINTR) return ghm_claim_error(errno);
    }
    return GHM_OK;
}

static void read_mark(struct ghm_claim *claim)
{
    uint8_t bytes[MARK_LEN];
    claim->is_valid = false;
    if (pread(claim->mark_fd, bytes, sizeof bytes, 0) != MARK_LEN) return;
    if (ghm_load_be64(bytes) != MARK_FORM) return;
    if (ghm_load_be64(bytes + MARK_SUM) != XXH3_64bits(bytes, MARK_SUM)) return;
    claim->is_valid = true;
    claim->mark.map_bytes = ghm_load_be64(bytes + 8);
    claim->mark.is_clean = bytes[16] == 1;
    claim->mark.is_damaged = bytes[17] == 1;
    memcpy(claim->mark.boot_id, bytes + MARK_BOOT, GHM_CLAIM_BOOT_MAX);
}

int ghm_claim_write(struct ghm_claim *claim)
{
    uint8_t bytes[MARK_LEN] = {0};
    ghm_store_be64(bytes, MARK_FORM);
    ghm_store_be64(bytes + 8, claim->mark.map_bytes);
    bytes[16] = claim->mark.is_clean ? 1 : 0;
    bytes[17] = claim->mark.is_damaged ? 1 : 0;
    memcpy(bytes + MARK_BOOT, claim->mark.boot_id, GHM_CLAIM_BOOT_MAX);
    ghm_store_be64(bytes + MARK_SUM, XXH3_64bits(bytes, MARK_SUM));
    ssize_t written = pwrite(claim->mark_fd, bytes, sizeof bytes, 0);
    if (written != MARK_LEN) return written < 0 ? ghm_claim_error(errno) : GHM_EFULL;
    return fdatasync(claim->mark_fd) == 0 ? GHM_OK : ghm_claim_error(errno);
}

static int take_locks(struct ghm_claim *claim)
{
    int error = lock(claim->lock_fd, LOCK_EX);
    if (error != GHM_OK) return error;
    error = lock(claim->mark_fd, LOCK_EX | LOCK_NB);
    claim->is_alone = error == GHM_OK;
    if (error != GHM_EBUSY) return error;
    return lock(claim->mark_fd, LOCK_SH);
}

int ghm_claim_open(struct ghm_claim *claim, const char *dir, const struct ghm_form *form)
{
    *claim = (struct ghm_claim){.lock_fd = -1, .mark_fd = -1};
    int error = open_file(&claim->lock_fd, dir, form->lock);
    if (error == GHM_OK) error = open_file(&claim->mark_fd, dir, form->mark);
    if (error == GHM_OK) error = take_locks(claim);
    if (error == GHM_OK)
        read_mark(claim);
    else
        ghm_claim_close(claim);
    return error;
}

int ghm_claim_settle(struct ghm_claim *claim)
{
    int error = lock(claim->mark_fd, LOCK_SH);
    (void)close(claim->lock_fd);
    claim->lock_fd = -1;
    return error;
}

void ghm_claim_close(struct ghm_claim *claim)
{
    if (claim->mark_fd >= 0) (void)close(claim->mark_fd);
    if (claim->lock_fd >= 0) (void)close(claim->lock_fd);
    claim->lock_fd = -1;
    claim->mark_fd = -1;
}
