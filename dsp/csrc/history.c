/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The last seconds of every port, both ways, as A-law.  Blocks in which both ways were silent are only marked, so that an
 * idle port neither costs time nor touches memory. */
#include <errno.h>
#include <sys/mman.h>

#include "alaw.h"
#include "engine.h"

int histories_open(struct media *m)
{
    size_t sound_bytes = (size_t)m->history_blocks * 2u * m->tick, bytes = sound_bytes + m->history_blocks;
    if (m->history_blocks == 0)
        return 0;
    m->histories_bytes = bytes * m->ports_count;
    void *all = mmap(NULL, m->histories_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return -errno;
    m->histories = all;
    for (unsigned i = 0; i < m->ports_count; i++) {
        m->ports[i].history = m->histories + i * sound_bytes;
        m->ports[i].history_quiet = m->histories + m->ports_count * sound_bytes + i * m->history_blocks;
    }
    return 0;
}

void histories_close(struct media *m)
{
    if (m->histories != NULL)
        munmap(m->histories, m->histories_bytes);
}

void history_keep(struct port *p, const uint8_t *both)
{
    const struct media *m = p->media;
    if (p->history == NULL)
        return;
    p->history_quiet[m->history_block] = both == NULL;
    if (both != NULL)
        memcpy(p->history + (size_t)m->history_block * 2 * m->tick, both, 2 * m->tick);
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
