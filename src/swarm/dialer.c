/* SPDX-License-Identifier: MIT */
#include "swarm/dialer.h"

static struct ghm_dialer_target *of_node(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_dialer_target, all);
}

void ghm_dialer_init(struct ghm_dialer *dialer, struct ghm_mem *mem)
{
    dialer->mem = mem;
    dialer->count = 0;
    ghm_list_init(&dialer->targets);
}

void ghm_dialer_fini(struct ghm_dialer *dialer)
{
    struct ghm_list *node;
    while ((node = ghm_list_pop(&dialer->targets)) != NULL)
        ghm_mem_free(dialer->mem, of_node(node), sizeof(struct ghm_dialer_target));
}

static bool has(const struct ghm_dialer *dialer, const struct ghm_multiaddr *addr)
{
    const struct ghm_list *head = &dialer->targets;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_multiaddr_equal(&of_node(node)->addr, addr)) return true;
    }
    return false;
}

int ghm_dialer_add(struct ghm_dialer *dialer, const struct ghm_multiaddr *addr,
                   const struct ghm_peerid *expected, uint64_t now_ns)
{
    if (has(dialer, addr)) return GHM_OK;
    if (dialer->count == GHM_DIALER_TARGETS_MAX) return GHM_ELIMIT;
    struct ghm_dialer_target *target = ghm_mem_alloc(dialer->mem, sizeof *target);
    if (target == NULL) return GHM_ENOMEM;
    target->addr = *addr;
    target->peer = *expected;
    target->state = GHM_DIALER_WAITING;
    target->due_ns = now_ns;
    target->wait_ns = GHM_DIALER_WAIT_MIN_NS;
    ghm_list_append(&dialer->targets, &target->all);
    dialer->count++;
    return GHM_OK;
}

struct ghm_dialer_target *ghm_dialer_due(struct ghm_dialer *dialer, uint64_t now_ns)
{
    struct ghm_list *head = &dialer->targets;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        struct ghm_dialer_target *target = of_node(node);
        if (target->state == GHM_DIALER_WAITING && target->due_ns <= now_ns) return target;
    }
    return NULL;
}

uint64_t ghm_dialer_deadline(const struct ghm_dialer *dialer)
{
    uint64_t deadline = GHM_NEVER;
    const struct ghm_list *head = &dialer->targets;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        const struct ghm_dialer_target *target = of_node(node);
        if (target->state != GHM_DIALER_WAITING) continue;
        deadline = ghm_deadline_first(deadline, target->due_ns);
    }
    return deadline;
}

void ghm_dialer_start(struct ghm_dialer_target *target, uint32_t connection)
{
    target->state = GHM_DIALER_TRYING;
    target->connection = connection;
}

void ghm_dialer_rest(struct ghm_dialer_target *target)
{
    target->state = GHM_DIALER_RESTING;
}

/* Between half of the wait and all of it: a fleet that lost one host does not return as one. */
void ghm_dialer_put_off(struct ghm_dialer_target *target, struct ghm_entropy *entropy,
                        uint64_t now_ns)
{
    uint64_t half_ns = target->wait_ns / 2;
    target->state = GHM_DIALER_WAITING;
    target->connection = 0;
    target->due_ns = now_ns + half_ns + ghm_entropy_below(entropy, half_ns + 1);
    target->wait_ns *= 2;
    if (target->wait_ns > GHM_DIALER_WAIT_MAX_NS) target->wait_ns = GHM_DIALER_WAIT_MAX_NS;
}

static struct ghm_dialer_target *find(struct ghm_dialer *dialer, uint32_t connection)
{
    struct ghm_list *head = &dialer->targets;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (of_node(node)->connection == connection) return of_node(node);
    }
    return NULL;
}

void ghm_dialer_up(struct ghm_dialer *dialer, uint32_t connection, const struct ghm_peerid *peer,
                   uint64_t now_ns)
{
    struct ghm_dialer_target *target = find(dialer, connection);
    if (target == NULL) return;
    target->state = GHM_DIALER_HELD;
    target->peer = *peer;
    target->up_ns = now_ns;
}

void ghm_dialer_self(struct ghm_dialer *dialer, uint32_t connection)
{
    struct ghm_dialer_target *target = find(dialer, connection);
    if (target == NULL) return;
    target->state = GHM_DIALER_SELF;
    target->connection = 0;
}

void ghm_dialer_ended(struct ghm_dialer *dialer, uint32_t connection, struct ghm_entropy *entropy,
                      uint64_t now_ns)
{
    struct ghm_dialer_target *target = find(dialer, connection);
    if (target == NULL) return;
    bool was_steady =
        target->state == GHM_DIALER_HELD && now_ns - target->up_ns >= GHM_DIALER_STEADY_NS;
    if (was_steady) target->wait_ns = GHM_DIALER_WAIT_MIN_NS;
    ghm_dialer_put_off(target, entropy, now_ns);
}

void ghm_dialer_wake(struct ghm_dialer *dialer, const struct ghm_peerid *peer,
                     struct ghm_entropy *entropy, uint64_t now_ns)
{
    struct ghm_list *head = &dialer->targets;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        struct ghm_dialer_target *target = of_node(node);
        if (target->state != GHM_DIALER_RESTING) continue;
        if (ghm_peerid_equal(&target->peer, peer)) ghm_dialer_put_off(target, entropy, now_ns);
    }
}

bool ghm_dialer_wants(const struct ghm_dialer *dialer, const struct ghm_peerid *peer)
{
    const struct ghm_list *head = &dialer->targets;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_peerid_equal(&of_node(node)->peer, peer)) return true;
    }
    return false;
}
