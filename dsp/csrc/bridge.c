/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges: who hears whom, and how loud.  A bridge is stated whole by each command. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "engine.h"

static struct bridge *bridge_of(struct media *m, int64_t number)
{
    struct bridge *b = m->bridges;
    while (b != NULL && b->number != number)
        b = b->next;
    return b;
}

static void remove_bridge(struct media *m, struct bridge *gone)
{
    struct bridge **at = &m->bridges;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    used_up(m, &gone->command);
}

void bridge_leave(struct port *p)
{
    struct bridge *b = p->bridge;
    if (b == NULL)
        return;
    b->parties[p->seat] = NULL;
    p->bridge = NULL;
    if (--b->present == 0)
        remove_bridge(p->media, b);
}

static void leave_all(struct bridge *b)
{
    unsigned left = b->present; /* the last one to leave takes the bridge with it */
    for (unsigned i = 0; left > 0; i++)
        if (b->parties[i] != NULL) {
            struct port *p = b->parties[i];
            left--;
            bridge_leave(p);
            port_busy(p);
        }
}

static bool apply_set_bridge(struct media *m, struct command *c)
{
    struct bridge *b = (struct bridge *)c;
    struct bridge *before = bridge_of(m, b->number);
    if (before != NULL)
        leave_all(before);
    if (b->count == 0)
        return true;
    for (unsigned i = 0; i < b->count; i++) {
        struct port *p = port_of(m, b->numbers[i]);
        bridge_leave(p);
        b->parties[i] = p;
        p->bridge = b;
        p->seat = i;
        p->busy = true;
    }
    b->present = b->count;
    b->next = m->bridges;
    m->bridges = b;
    return false;
}

static enum bridge_kind kind_of(const struct bridge *b)
{
    for (unsigned i = 0; i < b->count; i++)
        for (unsigned j = 0; j < b->count; j++)
            if (i != j ? b->gains[i * b->count + j] != 1.0f : b->gains[i * b->count + j] != 0.0f)
                return BRIDGE_MATRIX;
    return BRIDGE_UNITY;
}

static int check_parties(const struct media *m, const uint32_t *ports, size_t count)
{
    if (count > MEDIA_BRIDGE_PARTIES_MAX)
        return -E2BIG;
    for (size_t i = 0; i < count; i++) {
        if (!port_exists(m, ports[i]))
            return -EINVAL;
        for (size_t j = 0; j < i; j++)
            if (ports[i] == ports[j])
                return -EINVAL;
    }
    return 0;
}

int media_set_bridge(struct media_batch *batch, int64_t number, const uint32_t *ports, size_t count,
                     const float *gains_db)
{
    int result = check_parties(batch->media, ports, count);
    if (result < 0)
        return result;
    struct bridge *b = command_new(sizeof(*b) + count * count * sizeof(float), 0, apply_set_bridge);
    if (b == NULL)
        return -ENOMEM;
    b->number = number;
    b->count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        b->numbers[i] = ports[i];
        for (size_t j = 0; j < count; j++) {
            float db = gains_db != NULL ? gains_db[i * count + j] : i == j ? NAN : 0.0f;
            b->gains[i * count + j] = isnan(db) ? 0.0f : factor_of_db(db);
        }
    }
    b->kind = kind_of(b);
    return batch_append(batch, &b->command);
}

static bool heard(const struct port *p)
{
    return p != NULL && !p->rx_quiet;
}

/* Once a tick: how many sound in each bridge, and their sum where a party hears more than one other. */
void bridges_sum(struct media *m)
{
    for (struct bridge *b = m->bridges; b != NULL; b = b->next) {
        b->sounding = 0;
        if (b->kind != BRIDGE_UNITY)
            continue;
        for (unsigned i = 0; i < b->count; i++)
            b->sounding += heard(b->parties[i]);
        if (b->present <= 2 || b->sounding <= 1)
            continue;
        memset(b->sum, 0, m->tick * sizeof(b->sum[0]));
        for (unsigned i = 0; i < b->count; i++)
            for (unsigned s = 0; heard(b->parties[i]) && s < m->tick; s++)
                b->sum[s] += b->parties[i]->rx[s];
    }
}

/* The one other party that sounds; its samples are heard as they are. */
static const int16_t *only_other(const struct bridge *b, const struct port *p)
{
    for (unsigned i = 0; i < b->count; i++)
        if (b->parties[i] != p && heard(b->parties[i]))
            return b->parties[i]->rx;
    return NULL;
}

static const int16_t *hear_matrix(const struct bridge *b, const struct port *p, int16_t *buffer)
{
    const float *gains = b->gains + p->seat * b->count;
    float sum[MEDIA_TICK_MAX] = {0};
    unsigned n = p->media->tick, count = 0;
    for (unsigned j = 0; j < b->count; j++) {
        if (gains[j] == 0.0f || !heard(b->parties[j]))
            continue;
        for (unsigned s = 0; s < n; s++)
            sum[s] += gains[j] * (float)b->parties[j]->rx[s];
        count++;
    }
    if (count == 0)
        return NULL;
    for (unsigned s = 0; s < n; s++)
        buffer[s] = saturate((int32_t)sum[s]);
    return buffer;
}

const int16_t *bridge_hear(struct port *p, int16_t *buffer)
{
    const struct bridge *b = p->bridge;
    if (b->kind == BRIDGE_MATRIX)
        return hear_matrix(b, p, buffer);
    if (b->sounding == 0)
        return NULL;
    if (b->present <= 2 || b->sounding == 1)
        return only_other(b, p);
    unsigned n = p->media->tick;
    for (unsigned s = 0; s < n; s++)
        buffer[s] = saturate(b->sum[s] - p->rx[s]); /* a silent party's own part is zero */
    return buffer;
}
