/* SPDX-License-Identifier: MIT */
/* The responses of front/recent.h on the loop: as libmicrohttpd sends them, and gone after a
 * second.
 */
#ifndef GHM_IO_RECALL_H
#define GHM_IO_RECALL_H

#include "front/recent.h"
#include "io/home.h"
#include "io/outgoing.h"

#include <uv.h>

struct ghm_recall;

/** `home` is borrowed. GHM_ENOMEM. */
int ghm_recall_new(struct ghm_recall **ret_recall, uv_loop_t *uv,
                   const struct ghm_home *home) GHM_MUST_USE;

/** Drop everything and begin to close the handles; the memory is given back while the loop runs on.
 * NULL is accepted. */
void ghm_recall_free(struct ghm_recall *recall);

/** What the same request was given and would be given again, to be dropped by the caller; counted
 * as a hit. NULL: there is none. */
struct ghm_outgoing *ghm_recall_find(struct ghm_recall *recall,
                                     const struct ghm_asked *asked) GHM_MUST_USE;

/** As ghm_recent_is_due. */
bool ghm_recall_is_due(struct ghm_recall *recall, const uint8_t slot[GHM_VARIANT_ID_LEN]);

/** Keep what is given to this request. `given->response` is a ghm_outgoing, and not taken. */
void ghm_recall_keep(struct ghm_recall *recall, const struct ghm_asked *asked,
                     const struct ghm_recent_given *given);

#endif
