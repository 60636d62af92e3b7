/* SPDX-License-Identifier: MIT */
#include "node/absent.h"

#include "base/deadline.h"

static void clear(struct ghm_absent_one *one)
{
    ghm_reply_free(one->answer);
    *one = (struct ghm_absent_one){.answer = NULL};
}

void ghm_absent_fini(struct ghm_absent *absent)
{
    for (size_t i = 0; i < GHM_ABSENT_MAX; i++)
        clear(&absent->ones[i]);
}

bool ghm_absent_is(int status)
{
    return status == 404 || status == 410 || status == 422;
}

/* A walk over all of them, on the way to GitHub only. */
static size_t place_of(const struct ghm_absent *absent, const uint8_t slot[GHM_VARIANT_ID_LEN])
{
    size_t at = 0;
    while (at < GHM_ABSENT_MAX && (absent->ones[at].answer == NULL ||
                                   memcmp(absent->ones[at].slot, slot, GHM_VARIANT_ID_LEN) != 0))
        at++;
    return at;
}

void ghm_absent_forget(struct ghm_absent *absent, const uint8_t slot[GHM_VARIANT_ID_LEN])
{
    size_t at = place_of(absent, slot);
    if (at < GHM_ABSENT_MAX) clear(&absent->ones[at]);
}

void ghm_absent_note(struct ghm_absent *absent, const uint8_t slot[GHM_VARIANT_ID_LEN],
                     uint64_t generation, const struct ghm_reply *reply, uint64_t now_ns)
{
    struct ghm_answer *answer;
    ghm_absent_forget(absent, slot);
    if (reply->headers.len + reply->body.len > GHM_ABSENT_BYTES_MAX) return;
    if (ghm_reply_new(&answer, reply) != GHM_OK) return;
    struct ghm_absent_one *one = &absent->ones[absent->next++ % GHM_ABSENT_MAX];
    clear(one);
    memcpy(one->slot, slot, sizeof one->slot);
    one->generation = generation;
    one->since_ns = now_ns;
    one->answer = answer;
}

int ghm_absent_answer(const struct ghm_absent *absent, struct ghm_answer **ret_answer,
                      const uint8_t slot[GHM_VARIANT_ID_LEN], uint64_t generation,
                      const struct ghm_freshness_bound *bound, uint64_t now_ns)
{
    size_t at = place_of(absent, slot);
    if (at == GHM_ABSENT_MAX || absent->ones[at].generation != generation) return GHM_ENOTFOUND;
    const struct ghm_answer *noted = absent->ones[at].answer;
    uint64_t age_ns = now_ns - absent->ones[at].since_ns;
    bool is_shorter = bound->has_max_age && bound->max_age_s < GHM_ABSENT_TTL_S;
    uint32_t ttl_s = is_shorter ? bound->max_age_s : GHM_ABSENT_TTL_S;
    if (age_ns >= ttl_s * GHM_NS_PER_S) return GHM_ENOTFOUND;
    struct ghm_reply reply = {
        .status = noted->status,
        .source = GHM_SOURCE_LOCAL,
        .age_ms = (int64_t)(age_ns / GHM_NS_PER_MS),
        .ttl_s = ttl_s,
        .headers = ghm_bytes(noted->bytes, noted->headers_len),
        .body = ghm_bytes(noted->bytes + noted->headers_len + 1, noted->body_len),
    };
    return ghm_reply_new(ret_answer, &reply);
}
