/* SPDX-License-Identifier: MIT */
/* What a connection costs when nothing happens on it, with all that OpenSSL holds for it. */
#include "swarm/connection.h"

#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <malloc.h>
#include <openssl/crypto.h>

static size_t openssl_bytes; /* with what malloc adds to each block */

static size_t cost_of(void *block)
{
    return block == NULL ? 0 : malloc_usable_size(block) + sizeof(size_t);
}

static void *take(size_t size, const char *file, int line)
{
    void *block = malloc(size);
    (void)file;
    (void)line;
    openssl_bytes += cost_of(block);
    return block;
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    size_t before = cost_of(block);
    void *moved = realloc(block, size);
    (void)file;
    (void)line;
    if (moved != NULL) openssl_bytes += cost_of(moved) - before;
    return moved;
}

static void give(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    openssl_bytes -= cost_of(block);
    free(block);
}

static void dial(struct world *w, int from, int to)
{
    uint32_t number;
    struct ghm_multiaddr addr = world_addr(w, to, true);
    assert_int_equal(ghm_swarm_dial(w->nodes[from].swarm, &number, &addr, w->now_ns), GHM_OK);
    world_settle(w);
    assert_true(world_count(w, from, GHM_SWARM_IDENTIFIED) > 0);
}

static void idle_connection_is_small(void **state)
{
    (void)state;
    static const enum ghm_link_security securities[] = {GHM_LINK_NOISE, GHM_LINK_TLS,
                                                        GHM_LINK_NOISE_THEN_TLS};
    for (size_t i = 0; i < 3; i++) {
        const struct ghm_swarm_config config = {.security = securities[i], .record_seq = 1};
        struct world *w = world_new_with(4, &config);
        dial(w, 0, 1); /* makes what connections share, and what is made once */
        dial(w, 2, 3);
        size_t own = w->nodes[3].mem.used_bytes + w->nodes[0].mem.used_bytes;
        size_t openssl = openssl_bytes;
        dial(w, 0, 3);
        own = w->nodes[3].mem.used_bytes + w->nodes[0].mem.used_bytes - own;
        openssl = openssl_bytes - openssl;
        print_message("an idle connection holds %zu bytes and OpenSSL for it %zu\n", own / 2,
                      openssl / 2);
        assert_in_range((own + openssl) / 2, 4096, GHM_LINK_IDLE_MAX);
        if (securities[i] == GHM_LINK_TLS) assert_true(openssl > 0);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connection_is_small),
    };
    if (CRYPTO_set_mem_functions(take, retake, give) != 1) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
