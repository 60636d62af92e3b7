/* SPDX-License-Identifier: MIT */
/* The requests of HTTP clients, each from its head to its end: answered from the store, asked of
 * the node, or passed on to GitHub. */
#ifndef GHM_IO_CALLS_H
#define GHM_IO_CALLS_H

#include "io/httpd.h"
#include "io/loop.h"

#define GHM_CALLS_PASSAGES_MAX 128 /* passed on at once */

struct ghm_calls;

/** `home` and `loop` are borrowed. GHM_ECONFIG; GHM_ENOMEM. */
int ghm_calls_new(struct ghm_calls **ret_calls, struct ghm_home *home,
                  struct ghm_loop *loop) GHM_MUST_USE;

/** After the httpd that brought them. NULL is accepted. */
void ghm_calls_free(struct ghm_calls *calls);

/** The httpd whose requests these are. */
struct ghm_httpd_config ghm_calls_httpd(struct ghm_calls *calls);

/** An ask of the loop is answered: ghm_loop_config.answered. */
void ghm_calls_answered(struct ghm_calls *calls, uint64_t id, int error,
                        struct ghm_answer *take_answer);

#endif
