/* SPDX-License-Identifier: MIT */
/* A response as libmicrohttpd sends it. It is made once, may be sent on any number of connections,
 * and holds its body until the last of them is done with it. */
#ifndef GHM_IO_OUTGOING_H
#define GHM_IO_OUTGOING_H

#include "front/response.h"
#include "io/mhd.h"

#define GHM_OUTGOING_LENGTH_UNKNOWN UINT64_MAX

struct ghm_outgoing;

/**
 * Make a response with a whole body.
 *
 * @param body borrowed until `drop(owner)` is called, once, sooner or later, also on failure
 * @param drop NULL: the body is a constant
 * @return GHM_OK; GHM_ENOMEM
 */
int ghm_outgoing_of_body(struct ghm_outgoing **ret_outgoing, const struct ghm_mhd *mhd,
                         const struct ghm_response *response, struct ghm_bytes body,
                         void (*drop)(void *owner), void *owner) GHM_MUST_USE;

/** What a streamed body is made of. */
struct ghm_outgoing_source {
    uint64_t length; /* bytes, or GHM_OUTGOING_LENGTH_UNKNOWN */
    size_t piece_len_max;
    MHD_ContentReaderCallback more;
    void *context;
};

/** Make a response whose body is yet to come. GHM_ENOMEM. */
int ghm_outgoing_of_stream(struct ghm_outgoing **ret_outgoing, const struct ghm_mhd *mhd,
                           const struct ghm_response *response,
                           const struct ghm_outgoing_source *source) GHM_MUST_USE;

/** One more holder, who drops it too. */
struct ghm_outgoing *ghm_outgoing_share(struct ghm_outgoing *outgoing);

/** Give it up; the last holder frees it. What is sent already is sent to its end. NULL is accepted.
 */
void ghm_outgoing_drop(struct ghm_outgoing *outgoing);

/** Send it; the connection is kept, or ends with it. One that ends must not be shared. */
enum MHD_Result ghm_outgoing_send(struct ghm_outgoing *outgoing, struct MHD_Connection *connection,
                                  bool is_last);

#endif
