/* SPDX-License-Identifier: MIT */
/* What all processes of one store directory write without locks: counters, the host's gauges and the
 * table of last uses. src/io maps a small file of this shape; here it is only memory. A torn or lost
 * update costs a count or a use, never an answer. */
#ifndef GHM_STORE_SHARED_H
#define GHM_STORE_SHARED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define GHM_SHARED_MAGIC UINT64_C(0x31306873656d6867) /* "ghmesh01", little endian */
#define GHM_SHARED_USES 65536

/* name, and what one count of it means */
#define GHM_COUNTER_MAP(X)                                                                         \
    X(requests, "answers asked for")                                                               \
    X(local_hits, "answered from an entry that this directory's processes fetched")                \
    X(peer_hits, "answered from an entry that a member of the mesh sent")                          \
    X(stale_hits, "answered from an entry past its TTL because GitHub could not be asked")         \
    X(misses, "not answered by the store")                                                         \
    X(puts, "values put by programs")                                                              \
    X(expirations, "lookups that found an entry past its TTL")                                     \
    X(evictions, "entries removed to keep the bounds")                                             \
    X(corrupt, "entries refused by their checksum")                                                \
    X(api_calls_made, "requests sent to GitHub that it charges for")                               \
    X(api_calls_free, "requests answered by a free 304")                                           \
    X(api_calls_saved, "charged requests that did not happen")                                     \
    X(origin_errors, "requests to GitHub that failed or were refused")                             \
    X(retries, "requests to GitHub sent again")                                                    \
    X(announces_sent, "entries announced to a member")                                             \
    X(announces_received, "announcements accepted from members")                                   \
    X(announces_stored, "announced entries newer than ours")                                       \
    X(announces_refused, "announcements refused: forged, replayed, dated ahead, malformed, large") \
    X(strangers_refused, "peers that failed the hello")                                            \
    X(peers_dropped, "connections ended because the peer broke the protocol")

struct ghm_shared_counters {
#define GHM_COUNTER_FIELD(name, text) _Atomic uint64_t name;
    GHM_COUNTER_MAP(GHM_COUNTER_FIELD)
#undef GHM_COUNTER_FIELD
};

struct ghm_shared {
    uint64_t magic;
    uint64_t size;                    /* of this struct: another shape is another file */
    struct ghm_shared_counters counters;
    _Atomic int64_t github_skew_ms;   /* GitHub's clock minus ours */
    _Atomic uint32_t host_pid;        /* 0: nobody hosts */
    _Atomic uint32_t host_port;       /* TCP port it listens on */
    _Atomic uint32_t connected_peers; /* members that passed the hello */
    char host_peer_id[80];
    _Atomic uint32_t uses[GHM_SHARED_USES]; /* coarse last use by hash of the variant id */
};

/** Add to a counter of a shared block that may be absent. */
#define GHM_COUNT(shared, counter, n)                                                              \
    do {                                                                                           \
        if ((shared) != NULL)                                                                      \
            atomic_fetch_add_explicit(&(shared)->counters.counter, (uint64_t)(n),                  \
                                      memory_order_relaxed);                                       \
    } while (0)

#endif
