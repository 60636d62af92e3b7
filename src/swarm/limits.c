/* SPDX-License-Identifier: MIT */
#include "swarm/limits.h"

#include "base/assert.h"
#include "base/list.h"
#include "swarm/scope.h"

static struct ghm_limits_ip *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_limits_ip, by_ip);
}

void ghm_limits_init(struct ghm_limits *limits, struct ghm_mem *mem,
                     const struct ghm_limits_config *config, const uint8_t seed[16])
{
    *limits = (struct ghm_limits){.mem = mem, .config = *config};
    ghm_map_init(&limits->ips, mem, GHM_LIMITS_IPS_MAX, seed);
}

static void forget(struct ghm_limits *limits, struct ghm_limits_ip *ip)
{
    ghm_map_remove(&limits->ips, &ip->by_ip);
    ghm_mem_free(limits->mem, ip, sizeof *ip);
}

void ghm_limits_fini(struct ghm_limits *limits)
{
    struct ghm_limits_ip *ip;
    while ((ip = of_node(ghm_map_next(&limits->ips, NULL))) != NULL)
        forget(limits, ip);
    ghm_map_fini(&limits->ips);
}

/* ---- one address ---- */

static uint64_t price_ns(const struct ghm_limits *limits)
{
    return GHM_NS_PER_S / limits->config.accepts_per_ip_per_s;
}

static void fill(struct ghm_limits_ip *ip, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - ip->filled_ns;
    uint64_t room_ns = GHM_NS_PER_S - ip->bucket_ns;
    ip->bucket_ns += passed_ns < room_ns ? passed_ns : room_ns;
    ip->filled_ns = now_ns;
}

/* Room for one more: what has nothing open and a full bucket is as if it never came; else the first
 * that has nothing open. */
static void make_room(struct ghm_limits *limits, uint64_t now_ns)
{
    struct ghm_limits_ip *idle = NULL;
    struct ghm_limits_ip *ip = of_node(ghm_map_next(&limits->ips, NULL));
    while (ip != NULL) {
        struct ghm_limits_ip *after = of_node(ghm_map_next(&limits->ips, &ip->by_ip));
        fill(ip, now_ns);
        if (ip->inbound == 0 && ip->bucket_ns == GHM_NS_PER_S)
            forget(limits, ip);
        else if (ip->inbound == 0 && idle == NULL)
            idle = ip;
        ip = after;
    }
    if (limits->ips.count == GHM_LIMITS_IPS_MAX && idle != NULL) forget(limits, idle);
}

static int remember(struct ghm_limits *limits, struct ghm_limits_ip **ret_ip, const char *text,
                    uint64_t now_ns)
{
    size_t len = strnlen(text, GHM_LIMITS_IP_TEXT_MAX - 1);
    *ret_ip = of_node(ghm_map_find(&limits->ips, ghm_bytes(text, len)));
    if (*ret_ip != NULL) return GHM_OK;
    if (limits->ips.count == GHM_LIMITS_IPS_MAX) make_room(limits, now_ns);
    struct ghm_limits_ip *ip = ghm_mem_alloc(limits->mem, sizeof *ip);
    if (ip == NULL) return GHM_ENOMEM;
    memcpy(ip->ip, text, len);
    ip->bucket_ns = GHM_NS_PER_S;
    ip->filled_ns = now_ns;
    int error = ghm_map_insert(&limits->ips, &ip->by_ip, ghm_bytes(ip->ip, len));
    if (error != GHM_OK) {
        ghm_mem_free(limits->mem, ip, sizeof *ip);
        return error;
    }
    *ret_ip = ip;
    return GHM_OK;
}

static bool admits(const struct ghm_limits *limits, struct ghm_limits_ip *ip, uint64_t now_ns)
{
    if (ip->inbound >= limits->config.inbound_per_ip_max) return false;
    if (ghm_scope_of_host(ip->ip) == GHM_SCOPE_LOOPBACK) return true;
    fill(ip, now_ns);
    if (ip->pending >= limits->config.pending_per_ip_max) return false;
    if (ip->bucket_ns < price_ns(limits)) return false;
    ip->bucket_ns -= price_ns(limits);
    return true;
}

/* ---- connections ---- */

int ghm_limits_accept(struct ghm_limits *limits, struct ghm_limits_hold *ret_hold, const char *ip,
                      uint64_t now_ns)
{
    struct ghm_limits_ip *from;
    /* First what costs nothing: a flood from many addresses leaves no trace of them. */
    if (limits->connections >= limits->config.connections_max) return GHM_ELIMIT;
    if (limits->accepting >= GHM_LIMITS_PENDING_MAX) return GHM_ELIMIT;
    int error = remember(limits, &from, ip, now_ns);
    if (error != GHM_OK) return error;
    if (!admits(limits, from, now_ns)) return GHM_ELIMIT;
    limits->connections++;
    limits->accepting++;
    from->inbound++;
    from->pending++;
    *ret_hold = (struct ghm_limits_hold){true, true, true, from};
    return GHM_OK;
}

int ghm_limits_dial(struct ghm_limits *limits, struct ghm_limits_hold *ret_hold)
{
    if (limits->connections >= limits->config.connections_max) return GHM_ELIMIT;
    if (limits->dialing >= GHM_LIMITS_PENDING_MAX) return GHM_ELIMIT;
    limits->connections++;
    limits->dialing++;
    *ret_hold = (struct ghm_limits_hold){true, false, true, NULL};
    return GHM_OK;
}

void ghm_limits_settle(struct ghm_limits *limits, struct ghm_limits_hold *hold)
{
    if (!hold->is_pending) return;
    hold->is_pending = false;
    if (hold->is_inbound) {
        limits->accepting--;
        hold->ip->pending--;
    } else {
        limits->dialing--;
    }
}

void ghm_limits_release(struct ghm_limits *limits, struct ghm_limits_hold *hold)
{
    if (!hold->is_held) return;
    ghm_limits_settle(limits, hold);
    limits->connections--;
    if (hold->is_inbound) hold->ip->inbound--;
    *hold = (struct ghm_limits_hold){.is_held = false};
}
