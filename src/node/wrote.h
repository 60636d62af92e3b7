/* SPDX-License-Identifier: MIT */
/* What goes around a write that is passed on to GitHub: begin before its first byte leaves, end
 * when its response is here or will not come. From begin on no answer that the write may change is
 * served from what was known before, and no read that was under way meanwhile is kept. Any process
 * of the directory may call this, with or without a node; all of them see it at once.
 *
 * A process that dies between the two has said begin: what was read before it stays expired. */
#ifndef GHM_NODE_WROTE_H
#define GHM_NODE_WROTE_H

#include "node/local.h"
#include "store/epoch.h"

/**
 * A write is about to be sent.
 *
 * @param target    path and query, as GitHub will get it
 * @param github_ms GitHub's time
 */
void ghm_wrote_begin(const struct ghm_local *local, struct ghm_bytes target, int64_t github_ms);

/**
 * It is over, whatever came of it: a request that failed may have been done.
 *
 * @param headers of the response, for its Date; absent when there is none, and then some of the
 *                time that clocks differ by is added
 */
void ghm_wrote_end(const struct ghm_local *local, struct ghm_bytes target, struct ghm_bytes headers,
                   int64_t github_ms);

/** What was written of all that the answer of this name depends on; nothing for operation keys,
 * whose paths nobody knows. */
struct ghm_epoch ghm_wrote_epoch(const struct ghm_local *local, struct ghm_bytes name);

#endif
