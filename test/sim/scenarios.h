/* SPDX-License-Identifier: MIT */
/* The scenarios: each a short play on a world that was just made, with its own checks. */
#ifndef GHM_SIM_SCENARIOS_H
#define GHM_SIM_SCENARIOS_H

#include "sim.h"

struct scenario {
    const char *name;
    const char *about;
    void (*play)(struct sim *sim);
    uint32_t times; /* so many times the messages that were asked for */
};

/** Ends with one without a name. */
extern const struct scenario scenarios[];

const struct scenario *scenarios_find(const char *name);

#endif
