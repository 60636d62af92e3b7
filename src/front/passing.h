/* SPDX-License-Identifier: MIT */
/* Which headers go where. */
#ifndef GHM_FRONT_PASSING_H
#define GHM_FRONT_PASSING_H

#include "front/asked.h"

/** Does a request header leave the answer to a GET as it is, or is it part of what is asked? All
 * others make the request one that is passed on untouched. */
bool ghm_passing_is_harmless(struct ghm_bytes name);

/** Of one connection, not of the message: neither sent on nor handed back. Spec: RFC 9110 section
 * 7.6.1 */
bool ghm_passing_is_hop(struct ghm_bytes name);

/** Is a header of the request sent on, when it is passed untouched? */
bool ghm_passing_is_sent(const struct ghm_asked *asked, struct ghm_bytes name);

/** Is a header of GitHub's response handed back with a body that was decoded and is framed anew? */
bool ghm_passing_is_told(struct ghm_bytes name);

#endif
