/* SPDX-License-Identifier: MIT */
/* A client's request, sent on as it came: which of its headers go to GitHub, and how its body is
 * told. */
#ifndef GHM_IO_FORWARD_H
#define GHM_IO_FORWARD_H

#include "front/intent.h"
#include "io/passage.h"

struct ghm_forward {
    const struct ghm_asked *asked;
    const struct ghm_intent *intent;
    const char *name; /* of this node, in Via */
    void *context;    /* these as in ghm_passage_request */
    void (*head)(void *context);
    void (*moved)(void *context);
};

/** Begin to send it; its body is given to the passage. Nothing is kept of `forward`. */
enum ghm_refusal ghm_forward_start(struct ghm_passage **ret_passage, struct ghm_multi *multi,
                                   const struct ghm_forward *forward) GHM_MUST_USE;

#endif
