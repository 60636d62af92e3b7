/* SPDX-License-Identifier: MIT */
/* Pages of lists. The Link header is not in GitHub's tag: a last page that is full answers 304 also
 * after another page was added behind it. */
#ifndef GHM_ANSWER_PAGE_H
#define GHM_ANSWER_PAGE_H

#include "base/bytes.h"

#include <stdbool.h>

#define GHM_PAGE_SIZE 30      /* without per_page */
#define GHM_PAGE_SIZE_MAX 100 /* whatever per_page says */

/** How many items a page of this target holds at most. */
unsigned ghm_page_size(struct ghm_bytes target);

/** How many items a JSON array has; 0 for anything else. One look at each byte; of what is not JSON
 * some number. */
unsigned ghm_page_items(struct ghm_bytes body);

/**
 * Is it a full page that names no next one? Then a 304 says nothing about what its Link would be
 * now. Lists inside an object tell their total_count, which is in the tag.
 */
bool ghm_page_is_full_last(struct ghm_bytes target, struct ghm_bytes headers,
                           struct ghm_bytes body);

#endif
