/* SPDX-License-Identifier: MIT */
#include "swarm/dnsaddr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALICE "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
#define BOB "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC"

struct fixture {
    struct ghm_mem mem;
    struct ghm_dnsaddr *dnsaddr;
    size_t lookups;
    size_t found;
    char last[GHM_MULTIADDR_TEXT_MAX];
    int error; /* of DONE; 1 before */
};

static int start_at(struct fixture *f, const char *text)
{
    struct ghm_multiaddr addr;
    *f = (struct fixture){.error = 1};
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
    return ghm_dnsaddr_new(&f->dnsaddr, &f->mem, &addr);
}

static void stop(struct fixture *f)
{
    ghm_dnsaddr_free(f->dnsaddr);
    ghm_mem_fini(&f->mem);
}

typedef size_t answer_to(const char *name, char *ret_texts, size_t size);

static char texts[65536];

/* Answer all questions by `answer`, until nothing more is told. */
static void play(struct fixture *f, answer_to *answer)
{
    struct ghm_dnsaddr_event event;
    while (ghm_dnsaddr_next(f->dnsaddr, &event)) {
        switch (event.type) {
        case GHM_DNSADDR_LOOKUP:
            f->lookups++;
            ghm_dnsaddr_answer(f->dnsaddr, event.number,
                               ghm_bytes(texts, answer(event.name, texts, sizeof texts)));
            break;
        case GHM_DNSADDR_FOUND:
            f->found++;
            ghm_multiaddr_text(f->last, &event.addr);
            break;
        case GHM_DNSADDR_DONE:
            assert_int_equal(f->error, 1);
            f->error = event.error;
            break;
        }
    }
}

static size_t put(char *ret_texts, size_t at, const char *text)
{
    size_t size = strlen(text) + 1;
    snprintf(ret_texts + at, size, "%s", text);
    return at + size;
}

/* As bootstrap.libp2p.io says it: a name for each place, and there the addresses. */
static size_t two_steps(const char *name, char *ret_texts, size_t size)
{
    (void)size;
    if (strcmp(name, "_dnsaddr.start.example") == 0) {
        size_t at = put(ret_texts, 0, "v=spf1 -all");
        at = put(ret_texts, at, "dnsaddr=/dnsaddr/here.example/p2p/" ALICE);
        at = put(ret_texts, at, "dnsaddr=/dnsaddr/there.example/p2p/" BOB);
        return put(ret_texts, at, "dnsaddr=/ip4/1.2.3.4/udp/1/quic/p2p/" ALICE);
    }
    if (strcmp(name, "_dnsaddr.here.example") == 0) {
        size_t at = put(ret_texts, 0, "dnsaddr=/ip4/1.2.3.4/tcp/4001/p2p/" ALICE);
        at = put(ret_texts, at, "dnsaddr=/ip4/1.2.3.4/tcp/4001/p2p/" ALICE);
        at = put(ret_texts, at,
                 "dnsaddr=/ip4/6.6.6.6/tcp/4001/p2p/" BOB); /* not whom we asked for */
        return put(ret_texts, at, "dnsaddr=/ip4/6.6.6.6/tcp/4001");
    }
    assert_string_equal(name, "_dnsaddr.there.example");
    return 0; /* the lookup failed */
}

static void names_lead_to_names_and_ends_must_match(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(start_at(&f, "/dnsaddr/start.example"), GHM_OK);
    play(&f, two_steps);
    assert_int_equal(f.lookups, 3);
    assert_int_equal(f.found, 1);
    assert_string_equal(f.last, "/ip4/1.2.3.4/tcp/4001/p2p/" ALICE);
    assert_int_equal(f.error, GHM_OK);
    stop(&f);
    assert_int_equal(start_at(&f, "/dnsaddr/start.example/p2p/" BOB), GHM_OK);
    play(&f, two_steps);
    assert_int_equal(f.lookups, 2); /* only where Bob may be */
    assert_int_equal(f.found, 0);
    assert_int_equal(f.error, GHM_ENOTFOUND);
    stop(&f);
}

/* Each name leads to itself, to the first and to a longer one. */
static size_t ever_deeper(const char *name, char *ret_texts, size_t size)
{
    char text[512];
    size_t at = put(ret_texts, 0, "dnsaddr=/dnsaddr/a.example");
    (void)size;
    snprintf(text, sizeof text, "dnsaddr=/dnsaddr/%s", name + strlen("_dnsaddr."));
    at = put(ret_texts, at, text);
    snprintf(text, sizeof text, "dnsaddr=/dnsaddr/a%s", name + strlen("_dnsaddr."));
    return put(ret_texts, at, text);
}

static void recursion_ends_four_names_deep(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(start_at(&f, "/dnsaddr/a.example"), GHM_OK);
    play(&f, ever_deeper);
    assert_int_equal(f.lookups, GHM_DNSADDR_DEPTH_MAX);
    assert_int_equal(f.error, GHM_ENOTFOUND);
    stop(&f);
}

static size_t very_many(const char *name, char *ret_texts, size_t size)
{
    size_t at = 0;
    for (int i = 0; i < 60; i++) {
        char text[300];
        bool is_first = strcmp(name, "_dnsaddr.a.example") == 0;
        snprintf(text, sizeof text,
                 is_first ? "dnsaddr=/dnsaddr/n%d.example" : "dnsaddr=/ip4/1.2.3.%d/tcp/1", i);
        assert_true(at + sizeof text < size);
        at = put(ret_texts, at, text);
    }
    return at;
}

static void names_and_results_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(start_at(&f, "/dnsaddr/a.example"), GHM_OK);
    play(&f, very_many);
    assert_int_equal(f.lookups, GHM_DNSADDR_NAMES_MAX);
    assert_int_equal(f.found, GHM_DNSADDR_FOUND_MAX);
    assert_int_equal(f.error, GHM_OK);
    assert_true(f.mem.peak_bytes < 40 * 1024);
    stop(&f);
}

static size_t after_sixty_four(const char *name, char *ret_texts, size_t size)
{
    size_t at = 0;
    (void)name;
    (void)size;
    for (int i = 0; i < GHM_DNSADDR_TEXTS_MAX; i++)
        at = put(ret_texts, at, "other");
    at = put(ret_texts, at, "dnsaddr=/ip4/1.2.3.4/tcp/1");
    return at;
}

static void texts_of_an_answer_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(start_at(&f, "/dnsaddr/a.example"), GHM_OK);
    play(&f, after_sixty_four);
    assert_int_equal(f.found, 0);
    stop(&f);
}

static void odd_answers_are_survived(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_dnsaddr_event event;
    assert_int_equal(start_at(&f, "/dnsaddr/a.example"), GHM_OK);
    ghm_dnsaddr_answer(f.dnsaddr, 0, GHM_BYTES_NONE); /* not asked yet */
    assert_true(ghm_dnsaddr_next(f.dnsaddr, &event));
    assert_string_equal(event.name, "_dnsaddr.a.example");
    ghm_dnsaddr_answer(f.dnsaddr, 1, GHM_BYTES_NONE);
    ghm_dnsaddr_answer(f.dnsaddr, UINT32_MAX, GHM_BYTES_NONE);
    assert_false(ghm_dnsaddr_next(f.dnsaddr, &event));
    /* the last has no terminator */
    ghm_dnsaddr_answer(f.dnsaddr, 0, ghm_bytes("dnsaddr=/ip4/1.2.3.4/tcp/1", 26));
    ghm_dnsaddr_answer(f.dnsaddr, 0, ghm_bytes("dnsaddr=/ip4/1.2.3.4/tcp/1", 27)); /* twice */
    assert_true(ghm_dnsaddr_next(f.dnsaddr, &event));
    assert_int_equal(event.type, GHM_DNSADDR_DONE);
    assert_int_equal(event.error, GHM_ENOTFOUND);
    assert_false(ghm_dnsaddr_next(f.dnsaddr, &event));
    stop(&f);
}

/* Every cut and every flipped bit of an answer, given to every question: it ends within its bounds,
 * and what is found can be dialed. */
static void play_one(struct ghm_bytes answer)
{
    struct fixture f;
    struct ghm_dnsaddr_event event;
    struct ghm_multiaddr_tcp tcp;
    assert_int_equal(start_at(&f, "/dnsaddr/start.example/p2p/" ALICE), GHM_OK);
    while (ghm_dnsaddr_next(f.dnsaddr, &event)) {
        if (event.type == GHM_DNSADDR_LOOKUP) {
            ghm_dnsaddr_answer(f.dnsaddr, event.number, answer);
            f.lookups++;
        } else if (event.type == GHM_DNSADDR_FOUND) {
            assert_int_equal(ghm_multiaddr_as_tcp(&tcp, &event.addr), GHM_OK);
            f.found++;
        } else {
            f.error = event.error;
        }
    }
    assert_true(f.lookups <= GHM_DNSADDR_NAMES_MAX && f.found <= GHM_DNSADDR_FOUND_MAX);
    assert_int_equal(f.error, f.found > 0 ? GHM_OK : GHM_ENOTFOUND);
    stop(&f);
}

static void truncations_and_flips_are_survived(void **state)
{
    (void)state;
    static const char whole[] = "dnsaddr=/dnsaddr/here.example\0"
                                "dnsaddr=/ip4/1.2.3.4/tcp/4001/p2p/" ALICE;
    for (size_t len = 0; len <= sizeof whole; len++) {
        char *copy = malloc(len == 0 ? 1 : len);
        assert_non_null(copy);
        memcpy(copy, whole, len);
        play_one(ghm_bytes(copy, len));
        free(copy);
    }
    for (size_t bit = 0; bit < 8 * sizeof whole; bit++) {
        char copy[sizeof whole];
        memcpy(copy, whole, sizeof whole);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        play_one(ghm_bytes(copy, sizeof copy));
    }
}

static void other_addresses_and_no_memory_are_errors(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_multiaddr addr;
    assert_int_equal(start_at(&f, "/ip4/1.2.3.4/tcp/1"), GHM_ENOTSUP);
    assert_int_equal(ghm_multiaddr_parse(&addr, "/dnsaddr/a.example"), GHM_OK);
    f.mem.fail_after = 1;
    assert_int_equal(ghm_dnsaddr_new(&f.dnsaddr, &f.mem, &addr), GHM_ENOMEM);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_to_names_and_ends_must_match),
        cmocka_unit_test(recursion_ends_four_names_deep),
        cmocka_unit_test(names_and_results_are_bounded),
        cmocka_unit_test(texts_of_an_answer_are_bounded),
        cmocka_unit_test(odd_answers_are_survived),
        cmocka_unit_test(truncations_and_flips_are_survived),
        cmocka_unit_test(other_addresses_and_no_memory_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
