/* SPDX-License-Identifier: MIT */
/* One request passed on untouched, of any method and any size, with back-pressure both ways: at
 * most GHM_PASSAGE_BYTES_MAX wait on either side, and then the sender is held. Nothing is decoded,
 * followed, or sent a second time. */
#ifndef GHM_IO_PASSAGE_H
#define GHM_IO_PASSAGE_H

#include "io/multi.h"

#include <sys/types.h>

#define GHM_PASSAGE_BYTES_MAX (256U << 10)
#define GHM_PASSAGE_HEAD_MAX (64U << 10)
#define GHM_PASSAGE_SILENCE_S_MAX 120 /* of the other side, while it is not held */

struct ghm_passage;

struct ghm_passage_request {
    const char *method;
    const char *url;
    struct curl_slist *take_headers; /* taken, also on failure */
    bool has_body;                   /* or a length of 0 that is told */
    int64_t body_bytes;              /* -1: not known */
    bool is_write;                   /* must not be sent twice */
    void *context;                   /* of the callbacks, which only take note: none of them may
                                        call back */
    /** The head is here. */
    void (*head)(void *context);
    /** There is something to take, or the end, or room to give. */
    void (*moved)(void *context);
};

/** GHM_ELIMIT; GHM_ENOMEM. */
int ghm_passage_new(struct ghm_passage **ret_passage, struct ghm_multi *multi,
                    const struct ghm_passage_request *request) GHM_MUST_USE;

/** Stop and forget. NULL is accepted. */
void ghm_passage_free(struct ghm_passage *passage);

/** Give some of the request's body: bytes taken, 0 when there is no room. Once the response has
 * come to its end whatever is given is thrown away. */
size_t ghm_passage_give(struct ghm_passage *passage, struct ghm_bytes bytes);

/** That was all of it. */
void ghm_passage_give_end(struct ghm_passage *passage);

/** The status of the response, 0 while its head is not here, and its headers, "name: value\n". */
int ghm_passage_status(const struct ghm_passage *passage);
struct ghm_bytes ghm_passage_headers(const struct ghm_passage *passage);

/** Take some of the response's body: bytes written; 0: none now; -1: that was all; -2: it broke
 * off. */
ssize_t ghm_passage_take(struct ghm_passage *passage, char *room, size_t size);

/** GHM_OK while it goes on or when it came to its end; GHM_EORIGIN; GHM_ETIMEOUT; GHM_ELIMIT. */
int ghm_passage_error(const struct ghm_passage *passage);

#endif
