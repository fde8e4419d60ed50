/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The last seconds of every port, both ways, as A-law.  Blocks in which both ways were silent are only marked, so that an
 * idle port neither costs time nor touches memory. */
#include <errno.h>
#include <stdlib.h>

#include "alaw.h"
#include "engine.h"

int history_open(struct port *p)
{
    const struct media *m = p->media;
    if (m->history_blocks == 0)
        return 0;
    p->history = calloc(m->history_blocks, 2u * m->tick);
    p->history_quiet = calloc(m->history_blocks, 1);
    if (p->history == NULL || p->history_quiet == NULL)
        return -ENOMEM;
    return 0;
}

void history_keep(struct port *p, const uint8_t *both)
{
    const struct media *m = p->media;
    if (p->history == NULL)
        return;
    size_t block = now_of(m) / m->tick % m->history_blocks;
    p->history_quiet[block] = both == NULL;
    if (both != NULL)
        memcpy(p->history + block * 2 * m->tick, both, 2 * m->tick);
}

/* Where the history that may be read begins, at `now`. */
static uint64_t oldest_of(const struct media *m, uint64_t now)
{
    uint64_t kept = (uint64_t)m->history_blocks * m->tick - SAMPLES_PER_SECOND / 2;
    return now > kept ? now - kept : 0;
}

void history_blank(struct port *p, uint64_t from_sample)
{
    const struct media *m = p->media;
    uint64_t now = now_of(m);
    if (p->history == NULL)
        return;
    uint64_t kept = (uint64_t)m->history_blocks * m->tick;
    uint64_t from = now > kept && from_sample < now - kept ? now - kept : from_sample;
    for (uint64_t at = from; at < now; at++) {
        size_t block = at / m->tick % m->history_blocks;
        if (!p->history_quiet[block])
            memset(p->history + 2 * (block * m->tick + at % m->tick), ALAW_SILENCE, 2);
    }
}

static uint8_t code_at(const struct port *p, uint64_t at, unsigned side)
{
    const struct media *m = p->media;
    size_t block = at / m->tick % m->history_blocks;
    if (p->history_quiet[block])
        return ALAW_SILENCE;
    return p->history[2 * (block * m->tick + at % m->tick) + side];
}

size_t history_near(const struct port *p, uint64_t from, int16_t *pcm, size_t max)
{
    uint64_t now = now_of(p->media), at = from;
    size_t count = 0;
    if (p->history == NULL)
        return 0;
    if (at < oldest_of(p->media, now))
        at = oldest_of(p->media, now);
    for (; at < now && count < max; at++)
        pcm[count++] = alaw_decode(code_at(p, at, 1));
    return count;
}

int media_history(struct media *m, unsigned port, uint8_t *far_alaw, uint8_t *near_alaw, size_t max)
{
    if (!port_exists(m, port))
        return -EINVAL;
    const struct port *p = port_of(m, port);
    uint64_t now = media_now(m);
    if (p->history == NULL)
        return 0;
    uint64_t at = oldest_of(m, now);
    if (now - at > max)
        at = now - max;
    size_t count = 0;
    for (; at < now; at++, count++) {
        far_alaw[count] = code_at(p, at, 0);
        near_alaw[count] = code_at(p, at, 1);
    }
    return (int)count;
}
