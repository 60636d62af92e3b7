/* SPDX-License-Identifier: MIT */
/* Any number of libcurl's transfers in the loop: its sockets and its timer are libuv's. */
#ifndef GHM_IO_MULTI_H
#define GHM_IO_MULTI_H

#include "io/curl.h"

#include <stdbool.h>
#include <uv.h>

struct ghm_multi;

struct ghm_multi_job {
    CURL *easy; /* its owner's; CURLOPT_PRIVATE is ours */
    /** The transfer ended. The callee takes the job out with ghm_multi_remove. */
    void (*ended)(struct ghm_multi_job *job, CURLcode code);
};

/** At most `connections_max` to one host; transfers past it wait. GHM_ENOMEM; GHM_EIO when libcurl
 * cannot start. */
int ghm_multi_new(struct ghm_multi **ret_multi, uv_loop_t *loop,
                  unsigned connections_max) GHM_MUST_USE;

/** Begin to close the handles; no job may be left. The memory is given back while the loop runs
 * on. NULL is accepted. */
void ghm_multi_free(struct ghm_multi *multi);

const struct ghm_curl *ghm_multi_curl(const struct ghm_multi *multi);

/** Start a transfer. GHM_ENOMEM. `ended` follows later, never from inside this call. */
int ghm_multi_add(struct ghm_multi *multi, struct ghm_multi_job *job) GHM_MUST_USE;

/** No `ended` follows. Not from one of this job's own libcurl callbacks. */
void ghm_multi_remove(struct ghm_multi *multi, struct ghm_multi_job *job);

#endif
