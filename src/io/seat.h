/* SPDX-License-Identifier: MIT */
/* Who makes the flights of this process: itself, when it holds the directory's lock or nobody else
 * can; otherwise the host. A host that ends is noticed by its connection's end, and one of its
 * guests takes its place; nobody polls.
 *
 * Call protocol: init -> start -> (ask, forget, answered)* -> close -> the loop runs until nothing
 * is open, all on the loop's thread. */
#ifndef GHM_IO_SEAT_H
#define GHM_IO_SEAT_H

#include "io/guest.h"
#include "io/guests.h"

#define GHM_SEAT_SEEK_MS 1000  /* asks are held back so long while there is no host */
#define GHM_SEAT_RETRY_MS 1000 /* how often it is tried after that */

#define GHM_SEAT_STATE_MAP(X)                                                                      \
    X(SEEKING, "the lock is tried, and the host's socket: asks wait")                              \
    X(HOST, "this process has the lock: it flies, and serves guests")                              \
    X(GUEST, "the host flies")                                                                     \
    X(ALONE, "there is no host to be used: this process flies for itself")

enum ghm_seat_state {
#define GHM_SEAT_STATE_ENUM(name, text) GHM_SEAT_##name,
    GHM_SEAT_STATE_MAP(GHM_SEAT_STATE_ENUM)
#undef GHM_SEAT_STATE_ENUM
};

/** All borrowed while it lives. */
struct ghm_seat_config {
    uv_loop_t *uv;
    struct ghm_mem *mem;
    struct ghm_home *home;
    struct ghm_log *log;
    void *context;
    /** Ask this process's own node, and let it forget. */
    int (*ask)(void *context, const struct ghm_node_ask *ask);
    void (*forget)(void *context, uint64_t id);
    /** An ask of this process is answered. */
    void (*answered)(void *context, uint64_t id, int error, struct ghm_answer *take_answer);
    /** This process is the host now. */
    void (*hosting)(void *context);
    /** A guest asks it to end; NULL: it is none that may be asked. */
    void (*leave)(void *context);
    uint32_t idle_s; /* as in guests.h */
};

struct ghm_seat {
    struct ghm_seat_config config;
    enum ghm_seat_state state;
    int lock_fd;
    uv_timer_t timer;
    uint64_t wait_ms;       /* before the next try */
    uint64_t seek_until_ns; /* past it asks are not held back */
    uint64_t seated_ns;
    bool is_told_waiting; /* that another process hosts */
    bool is_ending;
    struct ghm_guest *guest;   /* NULL: where there can be no socket */
    struct ghm_guests *guests; /* NULL unless this process hosts */
};

/** Prepare. GHM_ENOMEM. */
int ghm_seat_init(struct ghm_seat *seat, const struct ghm_seat_config *config) GHM_MUST_USE;

/** Look for a host, and be it when there is none. */
void ghm_seat_start(struct ghm_seat *seat);

/** Ask whoever flies. GHM_OK: an answer will follow. Errors as ghm_node_ask. */
int ghm_seat_ask(struct ghm_seat *seat, const struct ghm_node_ask *ask) GHM_MUST_USE;
void ghm_seat_forget(struct ghm_seat *seat, uint64_t id);

/** The own node has answered: tell who asked. */
void ghm_seat_answered(struct ghm_seat *seat, uint64_t id, int error,
                       struct ghm_answer *take_answer);

/** Does a guest wait for this process? */
bool ghm_seat_is_awaited(const struct ghm_seat *seat);

/** Let the next process host, then let go of guests and host. */
void ghm_seat_close(struct ghm_seat *seat);

#endif
