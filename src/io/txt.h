/* SPDX-License-Identifier: MIT */
/* TXT records by the machine's resolver (libresolv), in libuv's thread pool: getaddrinfo knows
 * none. One answer of at most 64 KiB, of which 64 texts and 16 KiB are kept. */
#ifndef GHM_IO_TXT_H
#define GHM_IO_TXT_H

#include "base/buf.h"

#include <uv.h>

#define GHM_TXT_COUNT_MAX 64
#define GHM_TXT_LEN_MAX 16384

struct ghm_txt;

/** On the loop's thread: the texts, each with its terminator, lent; empty when there are none or
 * the lookup failed. */
typedef void ghm_txt_done(void *context, struct ghm_bytes texts);

/** Look `name` up. GHM_ENOMEM; GHM_EINVAL when it is longer than a name may be; GHM_EIO. */
int ghm_txt_lookup(struct ghm_txt **ret_txt, uv_loop_t *loop, const char *name, ghm_txt_done *done,
                   void *context) GHM_MUST_USE;

/** `done` will not be called; the memory is given back while the loop runs on. Not after `done`. */
void ghm_txt_cancel(struct ghm_txt *txt);

/** The texts of a DNS message. GHM_EPROTO; GHM_ENOMEM. */
int ghm_txt_read(struct ghm_buf *texts, struct ghm_bytes message) GHM_MUST_USE;

#endif
