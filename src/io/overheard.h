/* SPDX-License-Identifier: MIT */
/* What GitHub says of its limits to what is passed on, told to the node while it passes. */
#ifndef GHM_IO_OVERHEARD_H
#define GHM_IO_OVERHEARD_H

#include "io/loop.h"

struct ghm_overheard {
    struct ghm_loop *loop;
    struct ghm_identity identity;
    const char *resource;
    bool is_gathering; /* of a 403: is it a limit? What it says is gathered */
    size_t len;
    char body[GHM_BUDGET_BODY_MAX];
};

/** Begin with a request of `identity` to `target`. */
void ghm_overheard_init(struct ghm_overheard *overheard, struct ghm_loop *loop,
                        const struct ghm_identity *identity, struct ghm_bytes target);

/** The head of its response. One that does not say whether it is a limit is judged by its body; a
 * body that is packed is not unpacked, and holds nothing. */
void ghm_overheard_head(struct ghm_overheard *overheard, int status, struct ghm_bytes headers);

/** Some of its body. */
void ghm_overheard_body(struct ghm_overheard *overheard, struct ghm_bytes bytes);

/** That was all, or no more will come. Any number of times. */
void ghm_overheard_end(struct ghm_overheard *overheard);

#endif
