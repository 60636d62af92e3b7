/* SPDX-License-Identifier: MIT */
/* Where members may be found: bootstrap names (/dnsaddr/...), asked again from time to time, and
 * the local network. What is found is given to the swarm, which dials it. */
#ifndef GHM_IO_DISCOVERY_H
#define GHM_IO_DISCOVERY_H

#include "swarm/swarm.h"

#include <uv.h>

#define GHM_DISCOVERY_NAMES_MAX 8
#define GHM_DISCOVERY_WAIT_MIN_NS                                                                  \
    (5 * GHM_NS_PER_S) /* after a lookup that found nothing, doubling */
#define GHM_DISCOVERY_WAIT_MAX_NS (300 * GHM_NS_PER_S)
#define GHM_DISCOVERY_AGAIN_NS (3600 * GHM_NS_PER_S) /* after one that found something */

struct ghm_discovery;

struct ghm_discovery_config {
    uv_loop_t *loop;
    struct ghm_swarm *swarm; /* borrowed while it lives */
    struct ghm_log *log;
    struct ghm_entropy *entropy; /* borrowed until new is over */
    struct ghm_peerid self;
};

/** GHM_ENOMEM. */
int ghm_discovery_new(struct ghm_discovery **ret_discovery,
                      const struct ghm_discovery_config *config) GHM_MUST_USE;

/** Close; the memory is given back while the loop runs on. NULL is accepted. */
void ghm_discovery_free(struct ghm_discovery *discovery);

/** Bootstrap by all that the TXT records of a /dnsaddr/ address say. GHM_ENOTSUP when it is none;
 * GHM_ELIMIT past 8; GHM_ENOMEM. */
int ghm_discovery_bootstrap(struct ghm_discovery *discovery,
                            const struct ghm_multiaddr *addr) GHM_MUST_USE;

/** Find the local network's members and be found, at the addresses where the swarm listens now.
 * `has_loopback`: on this machine too. GHM_EIO: no multicast here; GHM_ENOMEM. */
int ghm_discovery_mdns(struct ghm_discovery *discovery, bool has_loopback) GHM_MUST_USE;

#endif
