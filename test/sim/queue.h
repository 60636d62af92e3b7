/* SPDX-License-Identifier: MIT */
/* The clock of the simulated world: what happens next. Events of the same time happen in the order
 * in which they were put here, and each is mixed into a hash, so that two runs can be compared. */
#ifndef GHM_SIM_QUEUE_H
#define GHM_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum queue_type {
    QUEUE_TIMER,    /* a host's deadline; `whom`: the host */
    QUEUE_ARRIVAL,  /* the first bytes of a pipe; `whom`: its socket, `side`: who sent them */
    QUEUE_WRITABLE, /* there is room in a pipe that was full; likewise */
    QUEUE_KNOCK,    /* a dial arrives; `whom`: the socket */
    QUEUE_ANSWER,   /* what became of the dial comes back */
    QUEUE_DEED,     /* of the scenario; `whom` is its own */
};

struct queue_event {
    uint64_t at_ns;
    uint64_t order;
    enum queue_type type;
    uint32_t whom;
    uint32_t side;
};

struct queue {
    uint64_t now_ns;
    uint64_t hash;
    uint64_t done; /* events so far */
    uint64_t order;
    struct queue_event *heap;
    size_t count;
    size_t size;
};

void queue_fini(struct queue *queue);

/** What should have been before now is now. */
void queue_put(struct queue *queue, uint64_t at_ns, enum queue_type type, uint32_t whom,
               uint32_t side);

/** Let time pass up to the next event, at most to `until_ns`; false when it comes later. */
bool queue_take(struct queue *queue, struct queue_event *ret_event, uint64_t until_ns);

/** Mix something else that happened into the hash. */
void queue_note(struct queue *queue, uint64_t value);

#endif
