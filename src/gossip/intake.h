/* SPDX-License-Identifier: MIT */
/* RPCs off a stream, each after its length. Small ones are lent where they lie, in the stream's own
 * buffer; larger ones, which its window could not hold, are gathered here as they arrive: memory
 * follows the bytes received, never the length announced. */
#ifndef GHM_GOSSIP_INTAKE_H
#define GHM_GOSSIP_INTAKE_H

#include "base/buf.h"

#define GHM_INTAKE_IN_PLACE_MAX (128U << 10) /* half a stream's window */

struct ghm_intake {
    struct ghm_buf gathered; /* of a large RPC */
    size_t wanted;           /* its length; 0: none is being gathered */
    size_t skipping;         /* bytes still to come of one that nobody wants */
};

void ghm_intake_init(struct ghm_intake *intake, struct ghm_mem *mem);

/** Also starts anew, for the next stream. */
void ghm_intake_fini(struct ghm_intake *intake);

/**
 * Take what can be taken off the front of `in`.
 *
 * @param ret_rpc    of 1: a whole RPC, lent until the next call or until `in` changes
 * @param ret_used   bytes of `in` to drop after use, whatever is returned
 * @param is_ignored its RPCs will not be read: large ones are not gathered
 * @return 1: an RPC; 0: more bytes are needed; GHM_EPROTO: a length that is malformed or past
 *         GHM_RPC_LEN_MAX; GHM_ENOMEM. After an error the stream is of no more use.
 */
int ghm_intake_next(struct ghm_intake *intake, struct ghm_bytes *ret_rpc, size_t *ret_used,
                    struct ghm_bytes in, bool is_ignored) GHM_MUST_USE;

#endif
