/* SPDX-License-Identifier: MIT */
#include "answer/budget.h"
#include "answer/family.h"
#include "answer/graphql.h"
#include "answer/header.h"
#include "answer/opkey.h"
#include "answer/rule.h"
#include "base/assert.h"
#include "fuzz.h"

/* A write shows where it was made. */
static void check_family(struct ghm_bytes target)
{
    struct ghm_family reads;
    struct ghm_family writes;
    ghm_family_read(&reads, target);
    ghm_family_write(&writes, target);
    GHM_ASSERT(ghm_family_meets(&writes, &reads));
}

/* What is no write has a key. */
static void check_graphql(struct ghm_bytes body)
{
    struct ghm_buf key;
    ghm_buf_init(&key, NULL, GHM_GRAPHQL_KEY_MAX);
    int error = ghm_graphql_key(&key, NULL, body);
    GHM_ASSERT(error == GHM_OK || ghm_graphql_of(NULL, body) == GHM_GRAPHQL_WRITE);
    ghm_buf_fini(&key);
    (void)ghm_graphql_outcome(body);
}

/* Texts from outside: header blocks, dates, keys, paths. A canonical key is its own canonical form.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ghm_budget budget;
    struct ghm_bytes in = ghm_bytes(data, size);
    struct ghm_bytes walk = in;
    struct ghm_header header;
    struct ghm_identity identity = {{1}};
    struct ghm_budget_answer answer = {.status = 403, .headers = in, .resource = "core"};
    int64_t date_ms;
    char once[GHM_OPKEY_TEXT_MAX];
    char twice[GHM_OPKEY_TEXT_MAX];
    while (ghm_header_next(&walk, &header))
        (void)ghm_header_is_kept(header.name, 200);
    (void)!ghm_header_date_ms(&date_ms, in);
    (void)ghm_rule_of_name(in, 300);
    check_family(in);
    check_graphql(in);
    (void)ghm_budget_learn(&budget, &identity, &answer, 1000);
    int len = ghm_opkey_canon(once, in);
    if (len > 0) {
        GHM_ASSERT(ghm_opkey_canon(twice, ghm_bytes(once, (size_t)len)) == len);
        GHM_ASSERT(memcmp(once, twice, (size_t)len) == 0);
    }
    return 0;
}
