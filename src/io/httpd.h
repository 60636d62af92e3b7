/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 on sockets: libmicrohttpd in the loop. Carries requests up as values and responses down;
 * knows nothing of GitHub. All on the loop's thread.
 *
 * A request: head -> body (any number of times) -> ready -> (now or later) answer or stream ->
 * gone. Nothing here calls back from inside ghm_httpd_answer, ghm_httpd_stream or ghm_httpd_go_on.
 */
#ifndef GHM_IO_HTTPD_H
#define GHM_IO_HTTPD_H

#include "front/response.h"

#include <sys/types.h>
#include <uv.h>

#define GHM_HTTPD_CONNECTIONS_MAX 512    /* past it the one that is idle longest makes room */
#define GHM_HTTPD_MEMORY_MAX (32U << 10) /* of one connection: heads and one piece of a body */
#define GHM_HTTPD_DOORS_MAX 8            /* sockets to accept from */
#define GHM_HTTPD_HEAD_MS_MAX                                                                      \
    30000                          /* from a connection's start, or its last answer, to the        \
                                      end of the next request's head */
#define GHM_HTTPD_SILENCE_S_MAX 60 /* of a client while it sends or is sent to */
#define GHM_HTTPD_BODY_RATE_MIN 64 /* bytes a second of a body, over its first minute on */
#define GHM_HTTPD_LENGTH_UNKNOWN UINT64_MAX /* as GHM_OUTGOING_LENGTH_UNKNOWN */

struct ghm_httpd;

/** A response that is made: io/outgoing.h. */
struct ghm_outgoing;

/** One connection and the request that is on it. */
struct ghm_exchange;

struct ghm_httpd_config {
    uv_loop_t *uv;
    void *context;    /* of the callbacks */
    size_t call_size; /* bytes that go with each connection, for the callbacks' own use */
    /** A request's head is here. A body will follow if it says so. */
    void (*head)(void *context, struct ghm_exchange *exchange);
    /** Some of its body. Returns how many bytes were taken; 0: none now, until ghm_httpd_go_on. */
    size_t (*body)(void *context, struct ghm_exchange *exchange, struct ghm_bytes bytes);
    /** All of it is here. */
    void (*ready)(void *context, struct ghm_exchange *exchange);
    /** More of a streamed response, into `room`: bytes written; 0: none now, until ghm_httpd_go_on;
     * -1: that was all; -2: it broke off, and the client is to see that. */
    ssize_t (*more)(void *context, struct ghm_exchange *exchange, char *room, size_t size);
    /** The request is over, answered or not; what it holds is to be let go. Follows every head. */
    void (*gone)(void *context, struct ghm_exchange *exchange);
    /** A connection had to be dropped: GHM_ENOTSUP when the machine has no libmicrohttpd (it is
     * loaded at the first connection); GHM_EIO. */
    void (*failed)(void *context, int error);
};

/** GHM_ENOMEM. */
int ghm_httpd_new(struct ghm_httpd **ret_httpd, const struct ghm_httpd_config *config) GHM_MUST_USE;

/** Accept from a listening socket, which is taken. `is_guarded`: only processes of this user or of
 * root are served (unix sockets). GHM_ELIMIT; GHM_EIO; on failure the socket is closed. */
int ghm_httpd_listen(struct ghm_httpd *httpd, int take_fd, bool is_guarded) GHM_MUST_USE;

/** Second descriptors of the sockets that are accepted from, for who comes after this process:
 * what connects meanwhile waits in them. Returns how many; they are the caller's, and not
 * inherited.
 */
size_t ghm_httpd_keep(const struct ghm_httpd *httpd, int ret_fds[GHM_HTTPD_DOORS_MAX]);

/** Accept no more; connections end with the answer to the request that is on
 * them, and new ones have half a second for their first. */
void ghm_httpd_quiesce(struct ghm_httpd *httpd);

/** Connections that are open; after ghm_httpd_quiesce those that are still to be answered. */
size_t ghm_httpd_count(const struct ghm_httpd *httpd);

/** Drop everything (`gone` for every request) and begin to close the handles; the memory is given
 * back while the loop runs on. NULL is accepted. */
void ghm_httpd_free(struct ghm_httpd *httpd);

/* ---- of one exchange ---- */

const struct ghm_asked *ghm_httpd_asked(const struct ghm_exchange *exchange);

/** The bytes of call_size; not zeroed. */
void *ghm_httpd_call(struct ghm_exchange *exchange);

/** Answer with a whole body. At most one answer or stream for each request.
 *
 * @param body  borrowed until `drop(owner)` is called, once, sooner or later
 * @param drop  NULL: the body is a constant
 */
void ghm_httpd_answer(struct ghm_exchange *exchange, const struct ghm_response *response,
                      struct ghm_bytes body, void (*drop)(void *owner), void *owner);

/** The response that ghm_httpd_answer would send, to be sent more than once; NULL: no memory. */
struct ghm_outgoing *ghm_httpd_make(const struct ghm_exchange *exchange,
                                    const struct ghm_response *response, struct ghm_bytes body,
                                    void (*drop)(void *owner), void *owner) GHM_MUST_USE;

/** Answer with a response that is made. NULL ends the connection. Not shared after
 * ghm_httpd_quiesce: a last response says that it is the last. */
void ghm_httpd_send(struct ghm_exchange *exchange, struct ghm_outgoing *take_outgoing);

/** Will it be the last on its connection? */
bool ghm_httpd_is_last(const struct ghm_exchange *exchange);

/** Answer with what `more` will give. `length`: bytes, or GHM_HTTPD_LENGTH_UNKNOWN. */
void ghm_httpd_stream(struct ghm_exchange *exchange, const struct ghm_response *response,
                      uint64_t length);

/** `body` or `more` may have something to take or to give again. */
void ghm_httpd_go_on(struct ghm_exchange *exchange);

#endif
