/* SPDX-License-Identifier: MIT */
/* Link and Location of the API, under the name by which the client knows it: who came by
 * http://127.0.0.1:8080/api/v3 finds the next page there too, and not beside the cache. Who uses
 * the API's own name gets them untouched, as everybody gets bodies. */
#ifndef GHM_FRONT_REVERSE_H
#define GHM_FRONT_REVERSE_H

#include "front/site.h"

/** Is it a header whose value is a way back to the API? */
bool ghm_reverse_is_way(struct ghm_bytes name);

/**
 * The value of such a header as the client of `site` is told it.
 *
 * @param value one URL (Location), or links with the URL of each in angle brackets; other URLs in
 *              it, and relative ones, stay as they are
 * @param room  for the new value
 * @return a view of `room`; `value` itself when nothing is to be changed, or there is no room
 */
struct ghm_bytes ghm_reverse_value(const struct ghm_site *site, struct ghm_bytes value, char *room,
                                   size_t size);

#endif
