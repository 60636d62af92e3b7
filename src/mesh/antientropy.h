/* SPDX-License-Identifier: MIT */
/* When and with whom this member compares what it has: with the first three that it meets, one
 * after another, then every minute, give or take, with one of them by lot. Gossip tells what is
 * new; this finds what it missed, and gives a member that comes late what the others know.
 *
 * A session serves both sides, so that two members have one at a time: when both open one at once,
 * that of the smaller peer id stands.
 *
 * Sits on the swarm's streams of GHM_ANTIENTROPY_PROTOCOL and on the store. Call protocol: init ->
 * (join, leave | accept, hear, finished, closed | next* | tick)* -> fini.
 *
 * Bounds: one session that we opened and eight that others did; of one member three starts at once
 * and one in 10 s, 16 MiB of entries each way in a session and 32 MiB in a minute; 512 members
 * remembered. Who passes them is refused, counted and logged. */
#ifndef GHM_MESH_ANTIENTROPY_H
#define GHM_MESH_ANTIENTROPY_H

#include "base/list.h"
#include "base/map.h"
#include "mesh/allowance.h"
#include "mesh/announce.h"
#include "mesh/stock.h"
#include "mesh/sync.h"
#include "swarm/swarm.h"

#define GHM_ANTIENTROPY_PROTOCOL "/ghmesh/sync/1"
#define GHM_ANTIENTROPY_JOINS 3                       /* members compared with on joining */
#define GHM_ANTIENTROPY_PERIOD_NS (45 * GHM_NS_PER_S) /* between two sessions at least */
#define GHM_ANTIENTROPY_JITTER_NS (30 * GHM_NS_PER_S) /* and so much more at most */
#define GHM_ANTIENTROPY_AGAIN_NS (1 * GHM_NS_PER_S)   /* after a refusal; as much more at most */
#define GHM_ANTIENTROPY_ACCEPTED_MAX 8                /* sessions that others opened */
#define GHM_ANTIENTROPY_MEMBERS_MAX 512               /* here, or remembered for their allowances */
#define GHM_ANTIENTROPY_START_NS (10 * GHM_NS_PER_S)  /* of one member: a start in so long */
#define GHM_ANTIENTROPY_STARTS 3                      /* at once */
#define GHM_ANTIENTROPY_SENT_MAX (UINT32_C(16) << 20) /* bytes of entries in a session */
#define GHM_ANTIENTROPY_MINUTE_MAX (UINT32_C(32) << 20) /* and with one member in a minute */
#define GHM_ANTIENTROPY_SILENCE_NS (10 * GHM_NS_PER_S)
#define GHM_ANTIENTROPY_WHOLE_NS (40 * GHM_NS_PER_S)
#define GHM_ANTIENTROPY_QUEUED_MAX (128U << 10) /* bytes that wait on a stream */
#define GHM_ANTIENTROPY_STEPS 8                 /* of making an inventory, between two ticks */

/** All pointers are borrowed. */
struct ghm_antientropy_config {
    struct ghm_peerid self;
    struct ghm_swarm *swarm;
    struct ghm_store *store;
    struct ghm_announce_packer *packer;
    struct ghm_shared *shared; /* or NULL */
    struct ghm_log *log;       /* or NULL */
};

struct ghm_antientropy {
    struct ghm_mem *mem;
    struct ghm_antientropy_config config;
    struct ghm_entropy entropy;
    struct ghm_stock stock;
    struct ghm_map members;
    struct ghm_list sessions;
    size_t here;           /* members that are connected */
    size_t opened;         /* sessions that we opened: 0 or 1 */
    size_t accepted;       /* that others did */
    unsigned joins_left;   /* members to be compared with at once */
    unsigned steps_left;   /* until the next tick */
    uint64_t start_ns;     /* when the next session is to be opened */
    uint64_t now_ns;       /* of the last call that told it */
    struct ghm_buf packed; /* one entry on its way out */
};

void ghm_antientropy_init(struct ghm_antientropy *ret_part, struct ghm_mem *mem,
                          const struct ghm_antientropy_config *config, struct ghm_entropy *entropy);
void ghm_antientropy_fini(struct ghm_antientropy *part);

/** A member came, or left. */
void ghm_antientropy_join(struct ghm_antientropy *part, const struct ghm_peerid *id,
                          uint64_t now_ns);
void ghm_antientropy_leave(struct ghm_antientropy *part, const struct ghm_peerid *id);

/** A peer that holds the secret opened a stream; more came on one; it will say no more there; the
 * stream is gone. */
void ghm_antientropy_accept(struct ghm_antientropy *part, const struct ghm_peerid *id,
                            struct ghm_stream stream, uint64_t now_ns);
void ghm_antientropy_hear(struct ghm_antientropy *part, struct ghm_stream stream);
void ghm_antientropy_finished(struct ghm_antientropy *part, struct ghm_stream stream);
void ghm_antientropy_closed(struct ghm_antientropy *part, struct ghm_stream stream);

/**
 * Go on with all sessions, and take one entry that came; false when there is none now.
 *
 * @param ret_peer  who sent it
 * @param ret_entry checked as an announcement is, not yet judged; views the packer until its next
 *                  use
 * @param now_ms    GitHub's time
 */
bool ghm_antientropy_next(struct ghm_antientropy *part, struct ghm_peerid *ret_peer,
                          struct ghm_entry *ret_entry, int64_t now_ms);

uint64_t ghm_antientropy_deadline(const struct ghm_antientropy *part);
void ghm_antientropy_tick(struct ghm_antientropy *part, uint64_t now_ns);

#endif
