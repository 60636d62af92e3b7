/* SPDX-License-Identifier: MIT */
#include "swarm/race.h"

#include "base/assert.h"
#include "swarm/scope.h"

static bool has_addr(const struct ghm_race *race, const struct ghm_multiaddr *addr)
{
    for (size_t i = 0; i < race->count; i++) {
        if (ghm_multiaddr_equal(&race->runners[i].addr, addr)) return true;
    }
    return false;
}

static void line_up(struct ghm_race *race, const struct ghm_multiaddr *addr, bool is_private)
{
    if (race->count == GHM_RACE_ADDRS_MAX || has_addr(race, addr)) return;
    race->runners[race->count++] =
        (struct ghm_race_runner){.addr = *addr, .is_private = is_private};
}

/* The next of `addrs`, from `at` on, of a group and a family; `count` when there is none. A name
 * may be of either family and goes with IPv4. */
static size_t next_of(const struct ghm_multiaddr *addrs, size_t count, size_t at, bool is_private,
                      bool is_ip6)
{
    for (; at < count; at++) {
        struct ghm_multiaddr_tcp tcp;
        if (ghm_multiaddr_as_tcp(&tcp, &addrs[at]) != GHM_OK) continue;
        enum ghm_scope scope = ghm_scope_of_host(tcp.host);
        bool is_near = scope == GHM_SCOPE_PRIVATE || scope == GHM_SCOPE_LOOPBACK;
        if (is_near == is_private && (tcp.family == 6) == is_ip6) return at;
    }
    return count;
}

static void line_up_group(struct ghm_race *race, const struct ghm_multiaddr *addrs, size_t count,
                          bool is_private)
{
    size_t six = next_of(addrs, count, 0, is_private, true);
    size_t four = next_of(addrs, count, 0, is_private, false);
    while (six < count || four < count) {
        if (six < count) {
            line_up(race, &addrs[six], is_private);
            six = next_of(addrs, count, six + 1, is_private, true);
        }
        if (four < count) {
            line_up(race, &addrs[four], is_private);
            four = next_of(addrs, count, four + 1, is_private, false);
        }
    }
}

void ghm_race_init(struct ghm_race *race, const struct ghm_peerid *peer,
                   const struct ghm_multiaddr *addrs, size_t count, uint64_t now_ns)
{
    ghm_list_init(&race->all);
    race->peer = *peer;
    race->count = 0;
    race->started = 0;
    race->running = 0;
    race->next_ns = now_ns;
    line_up_group(race, addrs, count, true);
    line_up_group(race, addrs, count, false);
}

const struct ghm_multiaddr *ghm_race_due(const struct ghm_race *race, uint64_t now_ns)
{
    if (race->started == race->count || now_ns < race->next_ns) return NULL;
    return &race->runners[race->started].addr;
}

void ghm_race_started(struct ghm_race *race, uint32_t connection, uint64_t now_ns)
{
    GHM_ASSERT(race->started < race->count);
    struct ghm_race_runner *runner = &race->runners[race->started++];
    runner->connection = connection;
    if (connection == 0) return;
    race->running++;
    race->next_ns = now_ns + (runner->is_private ? GHM_RACE_PRIVATE_NS : GHM_RACE_PUBLIC_NS);
}

static const struct ghm_race_runner *find(const struct ghm_race *race, uint32_t connection)
{
    for (size_t i = 0; i < race->started; i++) {
        if (race->runners[i].connection == connection) return &race->runners[i];
    }
    return NULL;
}

bool ghm_race_has(const struct ghm_race *race, uint32_t connection)
{
    return find(race, connection) != NULL;
}

void ghm_race_failed(struct ghm_race *race, uint32_t connection, uint64_t now_ns)
{
    const struct ghm_race_runner *found = find(race, connection);
    if (found == NULL) return;
    race->runners[found - race->runners].connection = 0;
    race->running--;
    race->next_ns = now_ns;
}

bool ghm_race_is_lost(const struct ghm_race *race)
{
    return race->started == race->count && race->running == 0;
}

uint64_t ghm_race_deadline(const struct ghm_race *race)
{
    return race->started == race->count ? GHM_NEVER : race->next_ns;
}
