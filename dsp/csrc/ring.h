/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded rings from one thread to one other thread: events, and samples. */
#ifndef SWITCHROOM_RING_H
#define SWITCHROOM_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "media.h"

enum { EVENT_SLOTS = 2048, SAMPLE_SLOTS = 8192 };

struct event_ring {
    _Atomic uint32_t written;
    _Atomic uint32_t taken;
    uint64_t lost;            /* since the last Lost that went in; producer */
    _Atomic uint64_t lost_ever;
    struct media_event slots[EVENT_SLOTS];
};

static inline uint32_t event_ring_free(const struct event_ring *r)
{
    uint32_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);
    return EVENT_SLOTS - (atomic_load_explicit(&r->written, memory_order_relaxed) - taken);
}

static inline bool event_ring_empty(const struct event_ring *r)
{
    return atomic_load_explicit(&r->written, memory_order_acquire) ==
           atomic_load_explicit(&r->taken, memory_order_relaxed);
}

static inline void event_ring_put(struct event_ring *r, const struct media_event *e)
{
    uint32_t at = atomic_load_explicit(&r->written, memory_order_relaxed);
    r->slots[at % EVENT_SLOTS] = *e;
    atomic_store_explicit(&r->written, at + 1, memory_order_release);
}

static inline bool event_ring_take(struct event_ring *r, struct media_event *out)
{
    if (event_ring_empty(r))
        return false;
    uint32_t at = atomic_load_explicit(&r->taken, memory_order_relaxed);
    *out = r->slots[at % EVENT_SLOTS];
    atomic_store_explicit(&r->taken, at + 1, memory_order_release);
    return true;
}

struct sample_ring {
    _Atomic uint64_t written;
    _Atomic uint64_t taken;
    int16_t slots[SAMPLE_SLOTS];
};

static inline size_t sample_ring_level(const struct sample_ring *r)
{
    uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);
    return (size_t)(atomic_load_explicit(&r->written, memory_order_acquire) - taken);
}

/* Samples that fitted. */
static inline size_t sample_ring_put(struct sample_ring *r, const int16_t *pcm, size_t samples)
{
    size_t room = SAMPLE_SLOTS - sample_ring_level(r);
    size_t count = samples < room ? samples : room;
    uint64_t at = atomic_load_explicit(&r->written, memory_order_relaxed);
    for (size_t i = 0; i < count; i++)
        r->slots[(at + i) % SAMPLE_SLOTS] = pcm[i];
    atomic_store_explicit(&r->written, at + count, memory_order_release);
    return count;
}

/* Samples there were, at most `samples`.  pcm NULL: they are thrown away. */
static inline size_t sample_ring_take(struct sample_ring *r, int16_t *pcm, size_t samples)
{
    size_t level = sample_ring_level(r);
    size_t count = samples < level ? samples : level;
    uint64_t at = atomic_load_explicit(&r->taken, memory_order_relaxed);
    for (size_t i = 0; pcm != NULL && i < count; i++)
        pcm[i] = r->slots[(at + i) % SAMPLE_SLOTS];
    atomic_store_explicit(&r->taken, at + count, memory_order_release);
    return count;
}

#endif
