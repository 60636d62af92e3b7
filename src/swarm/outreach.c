/* SPDX-License-Identifier: MIT */
#include "swarm/outreach.h"

#include "swarm/ending.h"

/* The peer id that an address asks for; len 0 when it asks for none. */
static int read_expected(struct ghm_peerid *ret_id, const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_tcp tcp;
    struct ghm_peerid id = {.len = 0};
    int error = ghm_multiaddr_as_tcp(&tcp, addr);
    if (error != GHM_OK) return error;
    if (tcp.peerid.ptr != NULL && ghm_peerid_decode(&id, tcp.peerid) != GHM_OK) return GHM_EINVAL;
    *ret_id = id;
    return GHM_OK;
}

static int dial(struct ghm_swarm *swarm, struct ghm_connection **ret_connection,
                const struct ghm_multiaddr *addr)
{
    struct ghm_limits_hold hold;
    int error = ghm_limits_dial(&swarm->limits, &hold);
    if (error != GHM_OK) return error;
    error = ghm_roster_enter(&swarm->roster, ret_connection, addr);
    if (error != GHM_OK) {
        ghm_limits_release(&swarm->limits, &hold);
        return error;
    }
    struct ghm_connection *c = *ret_connection;
    c->hold = hold;
    c->is_dialer = true;
    c->tells_dial = true;
    c->deadline_ns = swarm->now_ns + GHM_CONNECTION_DIAL_NS;
    ghm_roster_touch(&swarm->roster, c);
    return GHM_OK;
}

int ghm_outreach_dial(struct ghm_swarm *swarm, uint32_t *ret_connection,
                      const struct ghm_multiaddr *addr)
{
    struct ghm_connection *c;
    struct ghm_peerid expected;
    int error = read_expected(&expected, addr);
    if (error != GHM_OK) return error;
    if (ghm_peerid_equal(&expected, &swarm->self)) return GHM_EINVAL;
    error = dial(swarm, &c, addr);
    if (error == GHM_OK) *ret_connection = c->number;
    return error;
}

/* ---- for ever ---- */

static bool is_up(const struct ghm_swarm *swarm, const struct ghm_peerid *id)
{
    const struct ghm_peer *peer = ghm_peers_find(&swarm->peers, id);
    return peer != NULL && ghm_roster_best(peer) != NULL;
}

static void dial_target(struct ghm_swarm *swarm, struct ghm_dialer_target *target)
{
    struct ghm_connection *c;
    if (is_up(swarm, &target->peer)) {
        ghm_dialer_rest(target);
    } else if (dial(swarm, &c, &target->addr) == GHM_OK) {
        ghm_dialer_start(target, c->number);
    } else {
        ghm_dialer_put_off(target, &swarm->entropy, swarm->now_ns);
    }
}

static void dial_due(struct ghm_swarm *swarm)
{
    struct ghm_dialer_target *target;
    while ((target = ghm_dialer_due(&swarm->dialer, swarm->now_ns)) != NULL)
        dial_target(swarm, target);
}

int ghm_outreach_bootstrap(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr)
{
    struct ghm_peerid expected;
    int error = read_expected(&expected, addr);
    if (error != GHM_OK) return error;
    if (ghm_peerid_equal(&expected, &swarm->self)) return GHM_OK; /* one list for a whole fleet */
    error = ghm_dialer_add(&swarm->dialer, addr, &expected, swarm->now_ns);
    if (error == GHM_OK) dial_due(swarm);
    return error;
}

/* ---- a peer by any of its addresses ---- */

static struct ghm_race *of_node(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_race, all);
}

static struct ghm_race *race_to(const struct ghm_swarm *swarm, const struct ghm_peerid *peer)
{
    const struct ghm_list *head = &swarm->races;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_peerid_equal(&of_node(node)->peer, peer)) return of_node(node);
    }
    return NULL;
}

static struct ghm_race *race_of(const struct ghm_swarm *swarm, uint32_t connection)
{
    const struct ghm_list *head = &swarm->races;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_race_has(of_node(node), connection)) return of_node(node);
    }
    return NULL;
}

static void end_race(struct ghm_swarm *swarm, struct ghm_race *race)
{
    ghm_list_remove(&race->all);
    ghm_mem_free(swarm->mem, race, sizeof *race);
    swarm->races_count--;
}

static uint32_t start_runner(struct ghm_swarm *swarm, const struct ghm_race *race,
                             const struct ghm_multiaddr *addr)
{
    struct ghm_connection *c;
    if (dial(swarm, &c, addr) != GHM_OK) return 0;
    c->expected = race->peer;
    return c->number;
}

/* All that are due; a race that is lost by it waits to be told. */
static void run(struct ghm_swarm *swarm, struct ghm_race *race)
{
    const struct ghm_multiaddr *addr;
    while ((addr = ghm_race_due(race, swarm->now_ns)) != NULL)
        ghm_race_started(race, start_runner(swarm, race, addr), swarm->now_ns);
    if (!ghm_race_is_lost(race)) return;
    ghm_list_remove(&race->all);
    ghm_list_append(&swarm->lost, &race->all);
}

struct candidates {
    struct ghm_multiaddr addrs[3 * GHM_RACE_ADDRS_MAX];
    size_t count;
    bool has_waiting; /* some are left alone after failures */
};

static void add_candidates(const struct ghm_swarm *swarm, struct candidates *candidates,
                           const struct ghm_peerid *peer, const struct ghm_multiaddr *addrs,
                           size_t count)
{
    if (count > GHM_RACE_ADDRS_MAX) count = GHM_RACE_ADDRS_MAX;
    for (size_t i = 0; i < count; i++) {
        struct ghm_peerid id;
        if (read_expected(&id, &addrs[i]) != GHM_OK) continue;
        if (id.len != 0 && !ghm_peerid_equal(&id, peer)) continue;
        if (ghm_failures_allow(&swarm->failures, &addrs[i], swarm->now_ns))
            candidates->addrs[candidates->count++] = addrs[i];
        else
            candidates->has_waiting = true;
    }
}

static int start_race(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                      const struct candidates *candidates)
{
    if (candidates->count == 0) return candidates->has_waiting ? GHM_EAGAIN : GHM_ENOTFOUND;
    struct ghm_race *race = ghm_mem_alloc(swarm->mem, sizeof *race);
    if (race == NULL) return GHM_ENOMEM;
    ghm_race_init(race, peer, candidates->addrs, candidates->count, swarm->now_ns);
    ghm_list_append(&swarm->races, &race->all);
    swarm->races_count++;
    run(swarm, race);
    return GHM_OK;
}

int ghm_outreach_reach(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                       const struct ghm_multiaddr *addrs, size_t count)
{
    size_t told_count, certified_count;
    const struct ghm_multiaddr *told = ghm_book_addrs(&swarm->book, &told_count, peer);
    const struct ghm_multiaddr *certified =
        ghm_book_certified(&swarm->book, &certified_count, peer);
    if (peer->len == 0 || ghm_peerid_equal(peer, &swarm->self)) return GHM_EINVAL;
    if (is_up(swarm, peer) || race_to(swarm, peer) != NULL) return GHM_EBUSY;
    if (swarm->races_count == GHM_OUTREACH_RACES_MAX) return GHM_ELIMIT;
    struct candidates *candidates = ghm_mem_alloc(swarm->mem, sizeof *candidates);
    if (candidates == NULL) return GHM_ENOMEM;
    add_candidates(swarm, candidates, peer, addrs, count);
    add_candidates(swarm, candidates, peer, certified, certified_count);
    add_candidates(swarm, candidates, peer, told, told_count);
    int error = start_race(swarm, peer, candidates);
    ghm_mem_free(swarm->mem, candidates, sizeof *candidates);
    return error;
}

/* The others of a race that is won are called back; what they were doing is nobody's failure. */
static void win(struct ghm_swarm *swarm, struct ghm_race *race, const struct ghm_connection *winner)
{
    uint32_t others[GHM_RACE_ADDRS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < race->started; i++) {
        uint32_t number = race->runners[i].connection;
        if (number != 0 && number != winner->number) others[count++] = number;
    }
    end_race(swarm, race);
    for (size_t i = 0; i < count; i++) {
        struct ghm_connection *c = ghm_roster_find(&swarm->roster, others[i]);
        if (c != NULL && c->peer == NULL) ghm_ending_begin(swarm, c);
    }
}

void ghm_outreach_up(struct ghm_swarm *swarm, const struct ghm_connection *c)
{
    struct ghm_race *race = race_to(swarm, &c->peer->id);
    ghm_dialer_up(&swarm->dialer, c->number, &c->peer->id, swarm->now_ns);
    if (c->is_dialer) ghm_failures_clear(&swarm->failures, &c->remote);
    if (race != NULL) win(swarm, race, c);
}

void ghm_outreach_ended(struct ghm_swarm *swarm, const struct ghm_connection *c)
{
    struct ghm_race *race = race_of(swarm, c->number);
    ghm_dialer_ended(&swarm->dialer, c->number, &swarm->entropy, swarm->now_ns);
    if (race == NULL) return;
    ghm_failures_add(&swarm->failures, &c->remote, swarm->now_ns);
    ghm_race_failed(race, c->number, swarm->now_ns);
    run(swarm, race);
}

/* ---- events and time ---- */

bool ghm_outreach_next(struct ghm_swarm *swarm, struct ghm_swarm_event *ret_event)
{
    if (ghm_list_is_empty(&swarm->lost)) return false;
    struct ghm_race *race = of_node(swarm->lost.next);
    *ret_event = (struct ghm_swarm_event){.type = GHM_SWARM_UNREACHED, .peer = race->peer};
    end_race(swarm, race);
    return true;
}

uint64_t ghm_outreach_deadline(const struct ghm_swarm *swarm)
{
    uint64_t deadline = ghm_dialer_deadline(&swarm->dialer);
    const struct ghm_list *head = &swarm->races;
    for (struct ghm_list *node = head->next; node != head; node = node->next)
        deadline = ghm_deadline_first(deadline, ghm_race_deadline(of_node(node)));
    return deadline;
}

void ghm_outreach_tick(struct ghm_swarm *swarm)
{
    struct ghm_list *head = &swarm->races;
    struct ghm_list *node = head->next;
    while (node != head) {
        struct ghm_race *race = of_node(node);
        node = node->next;
        run(swarm, race);
    }
    dial_due(swarm);
}

void ghm_outreach_fini(struct ghm_swarm *swarm)
{
    while (!ghm_list_is_empty(&swarm->races))
        end_race(swarm, of_node(swarm->races.next));
    while (!ghm_list_is_empty(&swarm->lost))
        end_race(swarm, of_node(swarm->lost.next));
}
