/* SPDX-License-Identifier: MIT */
#include "gossip/weight.h"

struct weight {
    struct ghm_list all;
    struct ghm_score_topic_params params;
    size_t name_len;
    uint8_t name[GHM_MESSAGE_TOPIC_MAX];
};

static struct weight *of_node(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct weight, all);
}

static struct weight *find(const struct ghm_weight_book *book, struct ghm_bytes topic)
{
    const struct ghm_list *head = &book->all;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        struct weight *weight = of_node(node);
        if (ghm_bytes_equal(ghm_bytes(weight->name, weight->name_len), topic)) return weight;
    }
    return NULL;
}

void ghm_weight_init(struct ghm_weight_book *book, struct ghm_mem *mem)
{
    *book = (struct ghm_weight_book){.mem = mem};
    ghm_list_init(&book->all);
}

void ghm_weight_fini(struct ghm_weight_book *book)
{
    for (struct ghm_list *node; (node = ghm_list_pop(&book->all)) != NULL;)
        ghm_mem_free(book->mem, of_node(node), sizeof(struct weight));
}

int ghm_weight_set(struct ghm_weight_book *book, struct ghm_bytes topic,
                   const struct ghm_score_topic_params *params)
{
    if (topic.len == 0 || topic.len > GHM_MESSAGE_TOPIC_MAX) return GHM_EINVAL;
    struct weight *weight = find(book, topic);
    if (weight == NULL) {
        if (book->count == GHM_WEIGHT_MAX) return GHM_ELIMIT;
        weight = ghm_mem_alloc(book->mem, sizeof *weight);
        if (weight == NULL) return GHM_ENOMEM;
        weight->name_len = topic.len;
        memcpy(weight->name, topic.ptr, topic.len);
        ghm_list_init(&weight->all);
        ghm_list_append(&book->all, &weight->all);
        book->count++;
    }
    weight->params = *params;
    return GHM_OK;
}

const struct ghm_score_topic_params *ghm_weight_of(const struct ghm_weight_book *book,
                                                   struct ghm_bytes topic)
{
    const struct weight *weight = find(book, topic);
    return weight == NULL ? NULL : &weight->params;
}
