/* SPDX-License-Identifier: MIT */
#include "io/recall.h"

#include "io/random.h"

#define KEPT_MS 1000 /* tokens are among what is kept */

struct ghm_recall {
    struct ghm_recent recent;
    const struct ghm_home *home;
    uv_timer_t timer;
};

static void drop(void *response)
{
    ghm_outgoing_drop(response);
}

static void on_timer(uv_timer_t *timer)
{
    struct ghm_recall *recall = timer->data;
    ghm_recent_clear(&recall->recent);
}

static void on_closed(uv_handle_t *handle)
{
    ghm_mem_free(NULL, handle->data, sizeof(struct ghm_recall));
}

int ghm_recall_new(struct ghm_recall **ret_recall, uv_loop_t *uv, const struct ghm_home *home)
{
    uint8_t seed[16];
    struct ghm_entropy entropy;
    struct ghm_recall *recall = ghm_mem_alloc(NULL, sizeof *recall);
    if (recall == NULL) return GHM_ENOMEM;
    ghm_random_entropy(&entropy);
    ghm_entropy_fill(&entropy, seed, sizeof seed);
    ghm_mem_wipe(&entropy, sizeof entropy);
    ghm_recent_init(&recall->recent, seed, drop);
    recall->home = home;
    (void)uv_timer_init(uv, &recall->timer);
    recall->timer.data = recall;
    *ret_recall = recall;
    return GHM_OK;
}

void ghm_recall_free(struct ghm_recall *recall)
{
    if (recall == NULL) return;
    ghm_recent_clear(&recall->recent);
    uv_close((uv_handle_t *)&recall->timer, on_closed);
}

struct ghm_outgoing *ghm_recall_find(struct ghm_recall *recall, const struct ghm_asked *asked)
{
    const struct ghm_home *home = recall->home;
    struct ghm_outgoing *found =
        ghm_recent_find(&recall->recent, &home->local, asked, ghm_home_github_ms(home));
    return found == NULL ? NULL : ghm_outgoing_share(found);
}

bool ghm_recall_is_due(struct ghm_recall *recall, const uint8_t slot[GHM_VARIANT_ID_LEN])
{
    return ghm_recent_is_due(&recall->recent, slot);
}

void ghm_recall_keep(struct ghm_recall *recall, const struct ghm_asked *asked,
                     const struct ghm_recent_given *given)
{
    (void)ghm_outgoing_share(given->response);
    ghm_recent_keep(&recall->recent, asked, given);
    if (!uv_is_active((uv_handle_t *)&recall->timer))
        (void)uv_timer_start(&recall->timer, on_timer, KEPT_MS, 0);
}
