/* SPDX-License-Identifier: MIT */
/* A doubly linked ring whose nodes live inside the things it lists. Nothing is allocated. */
#ifndef GHM_BASE_LIST_H
#define GHM_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct ghm_list {
    struct ghm_list *next;
    struct ghm_list *prev;
};

/** The struct of `type` that holds the node `node` as its member `member`. */
#define GHM_LIST_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void ghm_list_init(struct ghm_list *list)
{
    list->next = list;
    list->prev = list;
}

static inline bool ghm_list_is_empty(const struct ghm_list *list)
{
    return list->next == list;
}

static inline void ghm_list_append(struct ghm_list *list, struct ghm_list *node)
{
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}

/** Take a node out of whatever list holds it; a node in no list (but inited) is accepted. */
static inline void ghm_list_remove(struct ghm_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    ghm_list_init(node);
}

/** Take the first node out; NULL when the list is empty. */
static inline struct ghm_list *ghm_list_pop(struct ghm_list *list)
{
    struct ghm_list *node = list->next;
    if (node == list) return NULL;
    ghm_list_remove(node);
    return node;
}

#endif
