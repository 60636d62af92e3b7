/* SPDX-License-Identifier: MIT */
/* Responses from the store that were given twice just now. The same request, byte for byte, gets
 * the same response while the store would answer the same (node/still.h): neither is it understood
 * anew nor the response made anew. Requests hold tokens: whoever owns this clears it within a
 * second or so.
 */
#ifndef GHM_FRONT_RECENT_H
#define GHM_FRONT_RECENT_H

#include "base/list.h"
#include "base/map.h"
#include "front/asked.h"
#include "node/still.h"

#define GHM_RECENT_COUNT_MAX 256           /* past it the oldest leaves */
#define GHM_RECENT_BYTES_MAX (8U << 20)    /* of requests and responses, likewise */
#define GHM_RECENT_RESPONSE_MAX (1U << 20) /* larger ones are not kept */
#define GHM_RECENT_REQUEST_MAX 4096        /* likewise */
#define GHM_RECENT_SEEN 1024               /* answers given once that are remembered */

struct ghm_recent {
    struct ghm_mem mem;
    struct ghm_map map;
    struct ghm_list oldest_first;
    size_t response_bytes;
    void (*drop)(void *response);
    uint64_t seen[GHM_RECENT_SEEN]; /* of a slot, each in its place */
    size_t key_len;
    uint8_t key[GHM_RECENT_REQUEST_MAX]; /* of the request that was last looked at */
};

/** What a response is made of, and until when it is the right one. */
struct ghm_recent_given {
    struct ghm_still still;
    const struct ghm_answer *answer; /* lives as long as `response` */
    void *response;
    size_t response_len;
};

/** Start empty. `seed` is fresh randomness; `drop` gives a response back. */
void ghm_recent_init(struct ghm_recent *recent, const uint8_t seed[16],
                     void (*drop)(void *response));

/** The response that was given to the same request and is still right, lent until the next call;
 * NULL: there is none. It is counted as a hit. */
void *ghm_recent_find(struct ghm_recent *recent, const struct ghm_local *local,
                      const struct ghm_asked *asked, int64_t now_ms);

/** Is what lies in this slot of the store given again, and worth keeping? Not a promise: it knows
 * the last that fell on each place. */
bool ghm_recent_is_due(struct ghm_recent *recent, const uint8_t slot[GHM_VARIANT_ID_LEN]);

/** Keep what was given to the request that ghm_recent_find did not know: `response` is taken and
 * dropped sooner or later, at once when it cannot be kept. */
void ghm_recent_keep(struct ghm_recent *recent, const struct ghm_asked *asked,
                     const struct ghm_recent_given *take_given);

/** Drop everything and wipe it. Nothing else is to be done at the end. */
void ghm_recent_clear(struct ghm_recent *recent);

#endif
