/* SPDX-License-Identifier: MIT */
/* The state directory and the small files in it. What each file is: doc/architecture.md. */
#ifndef GHM_IO_FILES_H
#define GHM_IO_FILES_H

#include "base/buf.h"
#include "base/error.h"
#include "store/shared.h"

#define GHM_FILES_PATH_MAX 4096

/** Join a directory and a file name. GHM_ELIMIT when the path is too long. */
int ghm_files_path(char ret_path[GHM_FILES_PATH_MAX], const char *dir,
                   const char *name) GHM_MUST_USE;

/** Make a directory and its parents, mode 0700 where new. GHM_EACCES; GHM_EFULL; GHM_EIO. */
int ghm_files_make_dir(const char *dir) GHM_MUST_USE;

/** Append a whole file of at most `len_max` bytes to `buf`. GHM_ENOTFOUND; GHM_ELIMIT; GHM_EACCES;
 * GHM_EIO; GHM_ENOMEM. */
int ghm_files_read(struct ghm_buf *buf, const char *path, size_t len_max) GHM_MUST_USE;

/**
 * Read a 32-byte key file of the directory; make it (0600) with `fresh` when it does not exist.
 * Processes that race to make it all end with the same key. GHM_ECORRUPT when it has another
 * length.
 */
int ghm_files_key(uint8_t ret_key[32], const char *dir, const char *name,
                  const uint8_t fresh[32]) GHM_MUST_USE;

/** Remove a file of the directory. GHM_OK, also when there is none; GHM_EACCES; GHM_EIO. */
int ghm_files_drop(const char *dir, const char *name) GHM_MUST_USE;

/** Take a lock of the directory ("host.lock" makes its host): GHM_EBUSY while another process has
 * it. The kernel gives it back when this process ends, however it ends. */
int ghm_files_lock(int *ret_fd, const char *dir, const char *name) GHM_MUST_USE;
void ghm_files_unlock(int fd);

/** Map the counters that all processes of a directory share; makes the file when needed. */
int ghm_files_map(struct ghm_shared **ret_shared, const char *dir) GHM_MUST_USE;
void ghm_files_unmap(struct ghm_shared *shared);

/** A text that changes with every boot of the machine; "" where there is none. */
void ghm_files_boot_id(char ret_text[64]);

#endif
