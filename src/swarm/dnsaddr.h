/* SPDX-License-Identifier: MIT */
/* From /dnsaddr/NAME to the addresses that its TXT records say, records that lead to further names
 * included. It asks the owner for the texts of a name and takes the answer; several questions may
 * be open at once.
 *
 * Call protocol: new -> (next | answer)* until DONE -> free.
 *
 * Bounds: names 4 deep, 32 names asked in all and none twice, 32 addresses, 64 texts of an answer.
 *
 * Spec: multiformats/multiaddr protocols/DNSADDR.md */
#ifndef GHM_SWARM_DNSADDR_H
#define GHM_SWARM_DNSADDR_H

#include "base/mem.h"
#include "wire/multiaddr.h"

#define GHM_DNSADDR_DEPTH_MAX 4
#define GHM_DNSADDR_NAMES_MAX 32
#define GHM_DNSADDR_FOUND_MAX 32
#define GHM_DNSADDR_TEXTS_MAX 64

struct ghm_dnsaddr;

enum ghm_dnsaddr_event_type {
    GHM_DNSADDR_LOOKUP, /* look up the TXT records of `name`, then ghm_dnsaddr_answer */
    GHM_DNSADDR_FOUND,  /* `addr`: a TCP address; once for each */
    GHM_DNSADDR_DONE,   /* nothing more comes; `error` is GHM_ENOTFOUND when nothing was found */
};

struct ghm_dnsaddr_event {
    enum ghm_dnsaddr_event_type type;
    uint32_t number;  /* of the lookup */
    const char *name; /* "_dnsaddr.example.org", lent until free */
    struct ghm_multiaddr addr;
    int error;
};

/** Start. GHM_ENOTSUP when `addr` is no /dnsaddr/ address; GHM_ENOMEM. */
int ghm_dnsaddr_new(struct ghm_dnsaddr **ret_dnsaddr, struct ghm_mem *mem,
                    const struct ghm_multiaddr *addr) GHM_MUST_USE;
void ghm_dnsaddr_free(struct ghm_dnsaddr *dnsaddr);

bool ghm_dnsaddr_next(struct ghm_dnsaddr *dnsaddr, struct ghm_dnsaddr_event *ret_event);

/** What a lookup brought: texts, each with its terminator; empty when it failed. An answer to no
 * open lookup is ignored. */
void ghm_dnsaddr_answer(struct ghm_dnsaddr *dnsaddr, uint32_t number, struct ghm_bytes texts);

#endif
