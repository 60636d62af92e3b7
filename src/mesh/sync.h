/* SPDX-License-Identifier: MIT */
/* /ghmesh/sync/1: two members find out what each has and the other lacks (mesh/negentropy.h), and
 * send each other that, the newest first. One stream; frames both ways:
 *
 *   kind(1)  length(3)  content
 *
 *   COUNT  5  how many items the opener has (4 bytes); its first RANGES follow, for it is the
 *             initiator unless the other has more items than that
 *   TURN   6  then the other answers with this, is the initiator itself, and leaves those RANGES
 *             unread: whoever has more has less to be told
 *   RANGES 1  a message of negentropy; the responder answers each with one
 *   WANT   2  initiator -> responder: a bit for each id of the last answer's lists, in their order,
 *             the lowest bit first; zeros at the end may be left out
 *   ENTRY  3  an answer, packed as it is announced (mesh/announce.h)
 *   END    4  nothing follows. The initiator ends when it has nothing more to ask and to send, the
 *             responder when the initiator has ended and it has nothing more to send.
 *
 * Ranges go before entries, and no more than one entry waits to be sent, so that other streams and
 * other work go on. Call protocol: init -> (push* | next* | due, give | pull, pulled* | tick)* ->
 * fini. */
#ifndef GHM_MESH_SYNC_H
#define GHM_MESH_SYNC_H

#include "base/buf.h"
#include "base/deadline.h"
#include "mesh/envelope.h"
#include "mesh/negentropy.h"

#define GHM_SYNC_HEAD_LEN 4
#define GHM_SYNC_FRAME_MAX (GHM_SYNC_HEAD_LEN + GHM_NEGENTROPY_MESSAGE_MAX)
#define GHM_SYNC_OUT_MAX (2 * GHM_SYNC_FRAME_MAX) /* bytes that wait to be sent */

#define GHM_SYNC_STATE_MAP(X)                                                                      \
    X(GHM_SYNC_RECONCILING, "ranges go to and fro")                                                \
    X(GHM_SYNC_SENDING, "all is asked: what the other lacks is sent")                              \
    X(GHM_SYNC_ENDED, "the initiator has ended and waits for the other's end")                     \
    X(GHM_SYNC_DONE, "both have ended")                                                            \
    X(GHM_SYNC_FAILED, "the other broke the rules, or took too long")

#define GHM_SYNC_MOVE_MAP(X)                                                                       \
    X(GHM_SYNC_RECONCILING, GHM_SYNC_SENDING, "nothing more to ask; the responder: END")           \
    X(GHM_SYNC_SENDING, GHM_SYNC_ENDED, "the initiator has sent all: END is sent")                 \
    X(GHM_SYNC_SENDING, GHM_SYNC_DONE, "the responder has sent all: END is sent")                  \
    X(GHM_SYNC_ENDED, GHM_SYNC_DONE, "END")                                                        \
    X(ANY, GHM_SYNC_FAILED, "a rule is broken, or the time is over")

enum ghm_sync_state {
#define GHM_SYNC_STATE_ENUM(name, text) name,
    GHM_SYNC_STATE_MAP(GHM_SYNC_STATE_ENUM)
#undef GHM_SYNC_STATE_ENUM
};

struct ghm_sync_config {
    const struct ghm_negentropy_item *items; /* borrowed; as of ghm_negentropy_init */
    size_t count;
    bool is_opener;
    uint64_t silence_ns;    /* the longest time in which nothing is heard or taken to be sent */
    uint64_t whole_ns;      /* the longest time in all */
    size_t sent_bytes_max;  /* of entries; what is left is for another time */
    size_t heard_bytes_max; /* of entries; who sends more breaks the rules */
};

struct ghm_sync {
    struct ghm_mem *mem;
    struct ghm_sync_config config;
    enum ghm_sync_state state;
    bool is_initiator;
    bool is_settled;    /* who the initiator is */
    bool leaves_unread; /* the RANGES that the opener said before it knew */
    struct ghm_negentropy side;
    uint8_t *lacking;    /* a bit for each item: the other lacks it, and it is not sent yet */
    size_t lacking_from; /* none below */
    struct ghm_buf in;   /* one frame, perhaps not whole */
    struct ghm_buf out;  /* whole frames */
    bool has_heard;      /* anything */
    bool has_entry;      /* `in` is an ENTRY that was not taken */
    bool has_answer;     /* the responder: `out` has an answer that was not sent */
    uint64_t silent_ns;  /* deadline of the next frame */
    uint64_t whole_ns;   /* of all */
    size_t sent_bytes;   /* of entries */
    size_t heard_bytes;  /* of entries */
    uint64_t asked;      /* entries that the initiator wants */
    uint64_t heard;      /* entries */
    uint64_t told_bytes; /* of all but entries, both ways, heads included */
    const char *reason;
};

/** Begin a session. GHM_OK; GHM_ENOMEM. */
int ghm_sync_init(struct ghm_sync *ret_sync, struct ghm_mem *mem,
                  const struct ghm_sync_config *config, uint64_t now_ns) GHM_MUST_USE;
void ghm_sync_fini(struct ghm_sync *sync);

/**
 * Give received bytes, in any split.
 *
 * @param ret_taken how many were taken: at most up to the end of one frame, and none while an entry
 *                  waits for ghm_sync_next
 * @return GHM_OK; GHM_EPROTO: the other broke the rules (ghm_sync_reason); GHM_ENOMEM; then it is
 *         FAILED
 */
int ghm_sync_push(struct ghm_sync *sync, size_t *ret_taken, struct ghm_bytes in,
                  uint64_t now_ns) GHM_MUST_USE;

/** Take the entry that came; `ret_packed` is lent until the next push. False: none. */
bool ghm_sync_next(struct ghm_sync *sync, struct ghm_bytes *ret_packed);

/** An item that is to be sent now: give it, or leave it out. False: none now. */
bool ghm_sync_due(struct ghm_sync *sync, size_t *ret_item);

/** Is there anything due, now or when what waits is sent? */
bool ghm_sync_is_sending(const struct ghm_sync *sync);

/** Send the packed entry that was due (at most GHM_ENVELOPE_PLAIN_MAX bytes). GHM_OK; GHM_ENOMEM.
 */
int ghm_sync_give(struct ghm_sync *sync, struct ghm_bytes packed) GHM_MUST_USE;

/** Bytes to send, lent until the next call. When it has none and nothing is due, all is said. */
struct ghm_bytes ghm_sync_pull(struct ghm_sync *sync);
void ghm_sync_pulled(struct ghm_sync *sync, size_t len, uint64_t now_ns);

uint64_t ghm_sync_deadline(const struct ghm_sync *sync);
void ghm_sync_tick(struct ghm_sync *sync, uint64_t now_ns);

/** Why it failed, in a few words; "" while it has not. */
const char *ghm_sync_reason(const struct ghm_sync *sync);

#endif
