/* SPDX-License-Identifier: MIT */
/* What the processes of one directory say to each other: a guest hands its asks to the host, whose
 * node makes all flights. Bytes <-> values only; views point into what was read.
 *
 * A frame is 4 bytes with the length of what follows, 1 byte with its kind, and protobuf fields in
 * rising order, each at most once: a message has exactly one encoding. Both sides are made from the
 * same source (the hello says so), so what is unknown is wrong. */
#ifndef GHM_NODE_PARLEY_H
#define GHM_NODE_PARLEY_H

#include "answer/graphql.h"
#include "node/node.h"

#define GHM_PARLEY_VERSION 1
#define GHM_PARLEY_TERMS_LEN 32
#define GHM_PARLEY_HEAD_LEN 5
#define GHM_PARLEY_AUTHORIZATION_MAX 8192
#define GHM_PARLEY_HEADERS_MAX 16384
#define GHM_PARLEY_TIMEOUT_MS_MAX 3600000
/* The longest frames, head and all, that a host and a guest read. */
#define GHM_PARLEY_ASK_MAX (GHM_GRAPHQL_BODY_MAX + (32U << 10))
#define GHM_PARLEY_ANSWER_MAX (GHM_ENTRY_BODY_MAX + GHM_ENTRY_HEADERS_MAX + 512U)

#define GHM_PARLEY_KIND_MAP(X)                                                                     \
    X(HELLO, 1, "host: who it is, once, first")                                                    \
    X(ASK, 2, "guest: what it wants")                                                              \
    X(FORGET, 3, "guest: it does not want it any more")                                            \
    X(PING, 4, "guest: are you there?")                                                            \
    X(LEAVE, 5, "guest: end, if you are an agent")                                                 \
    X(ANSWER, 6, "host: what came of an ask")                                                      \
    X(PONG, 7, "host: yes")

enum ghm_parley_kind {
#define GHM_PARLEY_KIND_ENUM(name, value, text) GHM_PARLEY_##name = value,
    GHM_PARLEY_KIND_MAP(GHM_PARLEY_KIND_ENUM)
#undef GHM_PARLEY_KIND_ENUM
};

struct ghm_parley_frame {
    enum ghm_parley_kind kind;
    struct ghm_bytes fields;
};

struct ghm_parley_hello {
    uint32_t version;                    /* GHM_PARLEY_VERSION; a hello of another is not read */
    uint8_t terms[GHM_PARLEY_TERMS_LEN]; /* equal: it asks the same origin in the same way */
    uint32_t pid;
    uint64_t since_ms;
    uint32_t port; /* that members dial; 0: none */
    uint32_t members;
    uint32_t guests;
    uint32_t idle_s; /* it ends when nobody has asked for so long; 0: never */
    bool is_agent;   /* it may be told to leave */
    bool is_full;    /* it has as many guests as it takes */
};

struct ghm_parley_answer {
    uint64_t id;
    int error; /* GHM_OK: there is a reply */
    struct ghm_reply reply;
};

/**
 * Take the first frame of what was received.
 *
 * @param len_max the longest frame that is read
 * @return its bytes, head and all; GHM_EAGAIN when it is not all here; GHM_EPROTO for one that is
 *         longer or of an unknown kind, told by its head alone
 */
int ghm_parley_next(struct ghm_parley_frame *ret_frame, struct ghm_bytes in,
                    size_t len_max) GHM_MUST_USE;

/* Append one frame. GHM_ELIMIT past the buf's bound, or of the frame; GHM_ENOMEM; nothing is
 * appended then. */
int ghm_parley_append_hello(struct ghm_buf *buf, const struct ghm_parley_hello *hello) GHM_MUST_USE;
/** Into room that is taken at once, for the token is in it. The identity is not told: the host
 * finds it itself. */
int ghm_parley_append_ask(struct ghm_buf *buf, const struct ghm_node_ask *ask) GHM_MUST_USE;
int ghm_parley_append_forget(struct ghm_buf *buf, uint64_t id) GHM_MUST_USE;
int ghm_parley_append_answer(struct ghm_buf *buf,
                             const struct ghm_parley_answer *answer) GHM_MUST_USE;
/** PING, PONG, LEAVE. */
int ghm_parley_append_word(struct ghm_buf *buf, enum ghm_parley_kind kind) GHM_MUST_USE;

/* Read the fields of a frame of that kind. GHM_EPROTO for what no guest or host says. */
int ghm_parley_read_hello(struct ghm_parley_hello *ret_hello, struct ghm_bytes fields) GHM_MUST_USE;
int ghm_parley_read_ask(struct ghm_node_ask *ret_ask, struct ghm_bytes fields) GHM_MUST_USE;
int ghm_parley_read_forget(uint64_t *ret_id, struct ghm_bytes fields) GHM_MUST_USE;
int ghm_parley_read_answer(struct ghm_parley_answer *ret_answer,
                           struct ghm_bytes fields) GHM_MUST_USE;

#endif
