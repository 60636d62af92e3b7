/* SPDX-License-Identifier: MIT */
/* What all processes of one store directory write without locks: counters, the host's gauges,
 * the table of last uses and that of the last writes. src/io maps a small file of this shape; here
 * it is only memory. A torn or lost update costs a count or a use, never an answer; those of the
 * writes are never lost. */
#ifndef GHM_STORE_SHARED_H
#define GHM_STORE_SHARED_H

#include <ghmesh.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define GHM_SHARED_MAGIC UINT64_C(0x31306873656d6867) /* "ghmesh01", little endian */
#define GHM_SHARED_USES 65536
#define GHM_SHARED_EPOCHS 8192

struct ghm_shared_counters {
#define GHM_SHARED_FIELD(name, text) _Atomic uint64_t name;
    GHM_COUNTER_MAP(GHM_SHARED_FIELD)
#undef GHM_SHARED_FIELD
};

struct ghm_shared {
    uint64_t magic;
    uint64_t size; /* of this struct: another shape is another file */
    struct ghm_shared_counters counters;
    _Atomic int64_t github_skew_ms;   /* GitHub's clock minus ours */
    _Atomic uint32_t host_pid;        /* 0: nobody hosts */
    _Atomic uint32_t host_port;       /* TCP port it listens on */
    _Atomic uint32_t connected_peers; /* members that passed the hello */
    char host_peer_id[80];
    _Atomic uint64_t epochs[GHM_SHARED_EPOCHS]; /* last writes, by family: store/epoch.h */
    _Atomic uint32_t uses[GHM_SHARED_USES];     /* coarse last use by hash of the variant id */
};

/** Add to a counter of a shared block that may be absent. */
#define GHM_COUNT(shared, counter, n)                                                              \
    do {                                                                                           \
        if ((shared) != NULL)                                                                      \
            atomic_fetch_add_explicit(&(shared)->counters.counter, (uint64_t)(n),                  \
                                      memory_order_relaxed);                                       \
    } while (0)

#endif
