/* SPDX-License-Identifier: MIT */
#include "swarm/dnsaddr.h"

#define PREFIX "_dnsaddr."

struct question {
    char name[sizeof PREFIX + GHM_MULTIADDR_NAME_LEN_MAX];
    struct ghm_multiaddr addr; /* that led to it: answers end as it does */
    unsigned depth;
    bool is_asked;
    bool is_answered;
};

struct ghm_dnsaddr {
    struct ghm_mem *mem;
    size_t names;
    size_t asked;
    size_t answered;
    size_t found;
    size_t told;
    bool is_done; /* and told */
    struct question questions[GHM_DNSADDR_NAMES_MAX];
    struct ghm_multiaddr addrs[GHM_DNSADDR_FOUND_MAX];
};

static bool has_name(const struct ghm_dnsaddr *dnsaddr, const char *name)
{
    for (size_t i = 0; i < dnsaddr->names; i++) {
        if (strcmp(dnsaddr->questions[i].name + strlen(PREFIX), name) == 0) return true;
    }
    return false;
}

static void ask(struct ghm_dnsaddr *dnsaddr, const struct ghm_multiaddr_dnsaddr *to,
                const struct ghm_multiaddr *addr, unsigned depth)
{
    if (depth > GHM_DNSADDR_DEPTH_MAX || dnsaddr->names == GHM_DNSADDR_NAMES_MAX) return;
    if (has_name(dnsaddr, to->name)) return;
    struct question *question = &dnsaddr->questions[dnsaddr->names++];
    memcpy(question->name, PREFIX, strlen(PREFIX));
    memcpy(question->name + strlen(PREFIX), to->name, strlen(to->name) + 1);
    question->addr = *addr;
    question->depth = depth;
}

int ghm_dnsaddr_new(struct ghm_dnsaddr **ret_dnsaddr, struct ghm_mem *mem,
                    const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_dnsaddr to;
    int error = ghm_multiaddr_as_dnsaddr(&to, addr);
    if (error != GHM_OK) return error;
    struct ghm_dnsaddr *dnsaddr = ghm_mem_alloc(mem, sizeof *dnsaddr);
    if (dnsaddr == NULL) return GHM_ENOMEM;
    dnsaddr->mem = mem;
    ask(dnsaddr, &to, addr, 1);
    *ret_dnsaddr = dnsaddr;
    return GHM_OK;
}

void ghm_dnsaddr_free(struct ghm_dnsaddr *dnsaddr)
{
    if (dnsaddr != NULL) ghm_mem_free(dnsaddr->mem, dnsaddr, sizeof *dnsaddr);
}

/* ---- answers ---- */

static bool ends_with(const struct ghm_multiaddr *addr, struct ghm_bytes end)
{
    if (end.len > addr->len) return false;
    return ghm_bytes_equal(ghm_bytes(addr->bytes + addr->len - end.len, end.len), end);
}

static void find(struct ghm_dnsaddr *dnsaddr, const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_tcp tcp;
    if (ghm_multiaddr_as_tcp(&tcp, addr) != GHM_OK) return;
    if (dnsaddr->found == GHM_DNSADDR_FOUND_MAX) return;
    for (size_t i = 0; i < dnsaddr->found; i++) {
        if (ghm_multiaddr_equal(&dnsaddr->addrs[i], addr)) return;
    }
    dnsaddr->addrs[dnsaddr->found++] = *addr;
}

/* What is no "dnsaddr=", not ours to read, or for another peer is passed over. */
static void on_text(struct ghm_dnsaddr *dnsaddr, const struct question *question, const char *text)
{
    static const char key[] = "dnsaddr=";
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_dnsaddr from;
    struct ghm_multiaddr_dnsaddr to;
    if (strncmp(text, key, sizeof key - 1) != 0) return;
    if (ghm_multiaddr_parse(&addr, text + sizeof key - 1) != GHM_OK) return;
    if (ghm_multiaddr_as_dnsaddr(&from, &question->addr) != GHM_OK) return;
    if (!ends_with(&addr, from.rest)) return;
    if (ghm_multiaddr_as_dnsaddr(&to, &addr) == GHM_OK)
        ask(dnsaddr, &to, &addr, question->depth + 1);
    else
        find(dnsaddr, &addr);
}

void ghm_dnsaddr_answer(struct ghm_dnsaddr *dnsaddr, uint32_t number, struct ghm_bytes texts)
{
    if (number >= dnsaddr->names) return;
    struct question *question = &dnsaddr->questions[number];
    if (!question->is_asked || question->is_answered) return;
    question->is_answered = true;
    dnsaddr->answered++;
    for (size_t i = 0; i < GHM_DNSADDR_TEXTS_MAX && texts.len > 0; i++) {
        const uint8_t *end = memchr(texts.ptr, '\0', texts.len);
        if (end == NULL) return;
        on_text(dnsaddr, question, (const char *)texts.ptr);
        texts = ghm_bytes_from(texts, (size_t)(end - texts.ptr) + 1);
    }
}

/* ---- events ---- */

static bool tell_lookup(struct ghm_dnsaddr *dnsaddr, struct ghm_dnsaddr_event *ret_event)
{
    struct question *question = &dnsaddr->questions[dnsaddr->asked];
    question->is_asked = true;
    *ret_event = (struct ghm_dnsaddr_event){
        .type = GHM_DNSADDR_LOOKUP, .number = (uint32_t)dnsaddr->asked, .name = question->name};
    dnsaddr->asked++;
    return true;
}

bool ghm_dnsaddr_next(struct ghm_dnsaddr *dnsaddr, struct ghm_dnsaddr_event *ret_event)
{
    if (dnsaddr->told < dnsaddr->found) {
        *ret_event = (struct ghm_dnsaddr_event){.type = GHM_DNSADDR_FOUND,
                                                .addr = dnsaddr->addrs[dnsaddr->told++]};
        return true;
    }
    if (dnsaddr->asked < dnsaddr->names) return tell_lookup(dnsaddr, ret_event);
    if (dnsaddr->answered < dnsaddr->names || dnsaddr->is_done) return false;
    dnsaddr->is_done = true;
    *ret_event = (struct ghm_dnsaddr_event){.type = GHM_DNSADDR_DONE,
                                            .error = dnsaddr->found == 0 ? GHM_ENOTFOUND : GHM_OK};
    return true;
}
