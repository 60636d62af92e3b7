/* SPDX-License-Identifier: MIT */
/* What is to be done with a request. */
#ifndef GHM_FRONT_INTENT_H
#define GHM_FRONT_INTENT_H

#include "answer/request.h"
#include "front/site.h"
#include "front/wish.h"

#define GHM_INTENT_MAP(X)                                                                          \
    X(GHM_INTENT_REFUSE, "say why not")                                                            \
    X(GHM_INTENT_HEALTH, "say that the node lives")                                                \
    X(GHM_INTENT_READ, "answer it from the store, or by the node")                                 \
    X(GHM_INTENT_WEIGH, "GraphQL: what its body asks decides, see answer/errand.h")                \
    X(GHM_INTENT_PASS, "send it on untouched, and stream what comes back")

enum ghm_intent_kind {
#define GHM_INTENT_ENUM(name, text) name,
    GHM_INTENT_MAP(GHM_INTENT_ENUM)
#undef GHM_INTENT_ENUM
};

struct ghm_intent {
    enum ghm_intent_kind kind;
    enum ghm_refusal refusal; /* of REFUSE */
    bool is_head;
    bool is_write;        /* no GET or HEAD: never sent twice. To the API, it may change a family of
                             answers: the place to tell the node is where its head comes (io/calls.c) */
    bool is_keepable;     /* nothing but the body of WEIGH keeps it from being answered as READ */
    struct ghm_site site; /* of READ, WEIGH and PASS */
    struct ghm_wish wish; /* of what goes to the API, as all below */
    struct ghm_request request; /* views the asked request and the site; without its body */
    struct ghm_bytes authorization;
    struct ghm_bytes if_none_match; /* the client's own; never sent to GitHub */
};

/** Decide. Time grows with the headers; no memory. */
void ghm_intent_of(struct ghm_intent *ret_intent, const struct ghm_site_config *config,
                   const struct ghm_asked *asked);

#endif
