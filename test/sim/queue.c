/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include "lot.h"

#include "base/assert.h"

#include <stdlib.h>

void queue_fini(struct queue *queue)
{
    free(queue->heap);
    *queue = (struct queue){0};
}

static bool is_before(const struct queue_event *a, const struct queue_event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void grow(struct queue *queue)
{
    if (queue->count < queue->size) return;
    queue->size = queue->size == 0 ? 1024 : queue->size * 2;
    queue->heap = realloc(queue->heap, queue->size * sizeof *queue->heap);
    GHM_ASSERT(queue->heap != NULL);
}

void queue_put(struct queue *queue, uint64_t at_ns, enum queue_type type, uint32_t whom,
               uint32_t side)
{
    struct queue_event event = {at_ns < queue->now_ns ? queue->now_ns : at_ns, queue->order++, type,
                                whom, side};
    grow(queue);
    size_t at = queue->count++;
    for (; at > 0 && is_before(&event, &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = event;
}

/* The first of two children, or `count` when there is none. */
static size_t child_of(const struct queue *queue, size_t at)
{
    size_t left = 2 * at + 1, right = left + 1;
    if (right < queue->count && is_before(&queue->heap[right], &queue->heap[left])) return right;
    return left < queue->count ? left : queue->count;
}

static void drop_first(struct queue *queue)
{
    struct queue_event last = queue->heap[--queue->count];
    size_t at = 0;
    for (size_t child; (child = child_of(queue, at)) < queue->count; at = child) {
        if (!is_before(&queue->heap[child], &last)) break;
        queue->heap[at] = queue->heap[child];
    }
    queue->heap[at] = last;
}

void queue_note(struct queue *queue, uint64_t value)
{
    queue->hash = lot_mix(queue->hash ^ value) + UINT64_C(0x9e3779b97f4a7c15);
}

bool queue_take(struct queue *queue, struct queue_event *ret_event, uint64_t until_ns)
{
    if (queue->count == 0 || queue->heap[0].at_ns > until_ns) {
        queue->now_ns = until_ns;
        return false;
    }
    *ret_event = queue->heap[0];
    drop_first(queue);
    queue->now_ns = ret_event->at_ns;
    queue->done++;
    queue_note(queue, ret_event->at_ns);
    queue_note(queue, ((uint64_t)ret_event->type << 40) ^ ((uint64_t)ret_event->side << 36) ^
                          ret_event->whom);
    return true;
}
