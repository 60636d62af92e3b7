/* SPDX-License-Identifier: MIT */
/* ghmesh-sim: play one scenario, print one line. */
#include "sim.h"

#include <stdio.h>

int main(void)
{
    struct sim sim;
    sim_init(&sim, &(struct sim_config){.seed = 1, .nodes = 2, .messages = 1, .degree = 1});
    sim_start(&sim);
    sim_pass(&sim, 10 * GHM_NS_PER_S);
    sim_publish(&sim, 0, 100);
    sim_pass(&sim, 10 * GHM_NS_PER_S);
    printf("got %d, events %llu, hash %016llx %s\n", sim.peers[1].got[0],
           (unsigned long long)sim.queue.done, (unsigned long long)sim.queue.hash, sim.failure);
    sim_fini(&sim);
    return 0;
}
