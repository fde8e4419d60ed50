/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of nodes from any thread to one thread, without a lock.  The nodes are parts of what is passed, so pushing needs no
 * memory and never fails.  After D. Vyukov's intrusive multi-producer single-consumer queue. */
#ifndef SWITCHROOM_QUEUE_H
#define SWITCHROOM_QUEUE_H

#include <stdatomic.h>
#include <stddef.h>

struct node {
    struct node *_Atomic next;
    void (*release)(struct node *); /* on the control thread, when nobody uses it any more; NULL: nothing to do */
};

struct queue {
    struct node *_Atomic pushed; /* the newest; producers */
    struct node *oldest;         /* consumer */
    struct node stub;
};

static inline void queue_open(struct queue *q)
{
    atomic_init(&q->stub.next, NULL);
    atomic_init(&q->pushed, &q->stub);
    q->oldest = &q->stub;
}

static inline void queue_push(struct queue *q, struct node *n)
{
    atomic_store_explicit(&n->next, NULL, memory_order_relaxed);
    struct node *before = atomic_exchange_explicit(&q->pushed, n, memory_order_acq_rel);
    atomic_store_explicit(&before->next, n, memory_order_release);
}

/* The oldest node, or NULL where there is none (or its producer is just at it). */
static inline struct node *queue_pop(struct queue *q)
{
    struct node *oldest = q->oldest;
    struct node *next = atomic_load_explicit(&oldest->next, memory_order_acquire);
    if (oldest == &q->stub) {
        if (next == NULL)
            return NULL;
        q->oldest = oldest = next;
        next = atomic_load_explicit(&oldest->next, memory_order_acquire);
    }
    if (next == NULL) {
        if (oldest != atomic_load_explicit(&q->pushed, memory_order_acquire))
            return NULL;
        queue_push(q, &q->stub);
        next = atomic_load_explicit(&oldest->next, memory_order_acquire);
        if (next == NULL)
            return NULL;
    }
    q->oldest = next;
    return oldest;
}

/* 1 when queue_pop would most likely return NULL; cheap enough for every tick. */
static inline int queue_empty(struct queue *q)
{
    return q->oldest == &q->stub && atomic_load_explicit(&q->stub.next, memory_order_acquire) == NULL;
}

#endif
