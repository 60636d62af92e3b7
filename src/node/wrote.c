/* SPDX-License-Identifier: MIT */
#include "node/wrote.h"

#include "answer/header.h"
#include "answer/rule.h"

#define NOISE_MS 2000 /* what our reckoning of GitHub's time may be behind */

void ghm_wrote_begin(const struct ghm_local *local, struct ghm_bytes target, int64_t github_ms)
{
    struct ghm_family family;
    ghm_family_write(&family, target);
    ghm_epoch_raise(local->shared, &family, github_ms);
}

void ghm_wrote_end(const struct ghm_local *local, struct ghm_bytes target, struct ghm_bytes headers,
                   int64_t github_ms)
{
    struct ghm_family family;
    int64_t date_ms;
    struct ghm_bytes date = ghm_header_find(headers, "date");
    if (date.ptr == NULL || ghm_header_date_ms(&date_ms, date) != GHM_OK)
        date_ms = github_ms + NOISE_MS;
    ghm_family_write(&family, target);
    ghm_epoch_raise(local->shared, &family, date_ms > github_ms ? date_ms : github_ms);
}

struct ghm_epoch ghm_wrote_epoch(const struct ghm_local *local, struct ghm_bytes name)
{
    struct ghm_family family;
    struct ghm_bytes target = ghm_rule_target(name);
    if (target.ptr == NULL || local->shared == NULL) return (struct ghm_epoch){0, 0};
    ghm_family_read(&family, target);
    return ghm_epoch_of(local->shared, &family);
}
