/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: opening and closing, commands in, events out, and the order of a tick. */
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

const int16_t silence[MEDIA_TICK_MAX];

float factor_of_db(float db)
{
    return powf(10.0f, db / 20.0f);
}

void scale(int16_t *out, const int16_t *in, unsigned samples, float factor)
{
    for (unsigned i = 0; i < samples; i++)
        out[i] = saturate((int32_t)((float)in[i] * factor));
}

void list_append(struct list *l, struct command *c)
{
    c->next = NULL;
    if (l->first == NULL)
        l->first = c;
    else
        l->last->next = c;
    l->last = c;
}

struct command *list_pop(struct list *l)
{
    struct command *c = l->first;
    if (c != NULL)
        l->first = c->next;
    return c;
}

/* Commands. */

static void command_release(struct node *n)
{
    struct command *c = (struct command *)n;
    if (c->drop != NULL)
        c->drop(c);
    free(c);
}

void *command_new(size_t bytes, unsigned port, bool (*apply)(struct media *, struct command *))
{
    struct command *c = calloc(1, bytes);
    if (c == NULL)
        return NULL;
    c->node.release = command_release;
    c->apply = apply;
    c->port = port;
    return c;
}

int batch_append(struct media_batch *b, struct command *c)
{
    if (c == NULL)
        return -ENOMEM;
    if (b->first == NULL)
        b->first = c;
    else
        b->last->next = c;
    b->last = c;
    b->count++;
    return 0;
}

int batch_add(struct media_batch *b, struct command *c)
{
    if (c != NULL && !port_exists(b->media, c->port)) {
        command_release(&c->node);
        return -EINVAL;
    }
    return batch_append(b, c);
}

void post(struct media *m, struct command *c)
{
    m->commands_waiting++;
    queue_push(&m->inbox, &c->node);
}

void used_up(struct media *m, struct command *c)
{
    queue_push(&m->used_up, &c->node);
}

static bool apply_batch(struct media *m, struct command *c)
{
    struct media_batch *b = (struct media_batch *)c;
    struct command *next;
    for (struct command *each = b->first; each != NULL; each = next) {
        next = each->next;
        if (each->apply(m, each))
            used_up(m, each);
    }
    b->first = NULL;
    return true;
}

static void batch_drop(struct command *c)
{
    struct command *next;
    for (struct command *each = ((struct media_batch *)c)->first; each != NULL; each = next) {
        next = each->next;
        command_release(&each->node);
    }
}

int media_batch_open(struct media_batch **out, struct media *m)
{
    struct media_batch *b = command_new(sizeof(*b), 0, apply_batch);
    if (b == NULL)
        return -ENOMEM;
    b->command.drop = batch_drop;
    b->media = m;
    *out = b;
    return 0;
}

void media_batch_close(struct media_batch *b)
{
    if (b != NULL)
        command_release(&b->command.node);
}

int media_submit(struct media_batch *b)
{
    struct media *m = b->media;
    collect_used_up(m);
    if (m->commands_waiting + b->count + 1 > MEDIA_COMMANDS_WAITING_MAX)
        return -ENOBUFS;
    m->commands_waiting += b->count;
    post(m, &b->command);
    return 0;
}

void collect_used_up(struct media *m)
{
    struct node *n;
    while ((n = queue_pop(&m->used_up)) != NULL) {
        m->commands_waiting--;
        n->release(n);
    }
}

void take_commands(struct media *m)
{
    struct command *c;
    if (queue_empty(&m->inbox))
        return;
    while ((c = (struct command *)queue_pop(&m->inbox)) != NULL)
        if (c->apply(m, c))
            used_up(m, c);
}

/* Events. */

static bool emit_lost(struct media *m)
{
    struct event_ring *r = m->events;
    struct media_event lost = {.kind = MEDIA_LOST, .sample = now_of(m), .samples = r->lost};
    if (event_ring_free(r) == 0)
        return false;
    event_ring_put(r, &lost);
    r->lost = 0;
    return true;
}

void emit(struct media *m, const struct media_event *e)
{
    struct event_ring *r = m->events;
    if ((r->lost == 0 || emit_lost(m)) && event_ring_free(r) > 0) {
        event_ring_put(r, e);
        return;
    }
    r->lost++;
    atomic_fetch_add_explicit(&r->lost_ever, 1, memory_order_relaxed);
}

int media_poll(struct media *m, struct media_event *events, size_t max)
{
    size_t count = 0;
    uint64_t wakeups;
    if (read(m->event_fd, &wakeups, sizeof(wakeups)) < 0 && errno != EAGAIN)
        return -errno;
    while (count < max && event_ring_take(m->events, &events[count]))
        count++;
    collect_used_up(m);
    return (int)count;
}

/* The tick. */

void tick_receive(struct media *m)
{
    take_commands(m);
    for (unsigned i = 0; i < m->ports_count; i++)
        port_receive(&m->ports[i]);
}

void tick_rest(struct media *m)
{
    struct port *end = m->ports + m->ports_count;
    for (struct port *p = m->ports; p < end; p++)
        if (p->detectors != 0)
            detect(p);
    bridges_sum(m);
    for (struct port *p = m->ports; p < end; p++)
        port_send(p);
    atomic_store_explicit(&m->now, now_of(m) + m->tick, memory_order_release);
    if (++m->history_block >= m->history_blocks)
        m->history_block = 0;
    if (m->events->lost > 0)
        emit_lost(m);
}

/* Opening and closing. */

static int open_parts(struct media *m)
{
    int result = 0;
    m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m->event_fd < 0)
        return -errno;
    m->events = calloc(1, sizeof(*m->events));
    m->joined = calloc(m->ports_count, sizeof(*m->joined));
    m->ports = aligned_alloc(64, (m->ports_count * sizeof(*m->ports) + 63) / 64 * 64);
    if (m->ports != NULL)
        memset(m->ports, 0, m->ports_count * sizeof(*m->ports));
    if (m->events == NULL || m->joined == NULL || m->ports == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < m->ports_count && result == 0; i++)
        result = port_open(&m->ports[i], m, i + 1);
    if (result == 0)
        result = histories_open(m);
    if (result == 0)
        result = pace_open(m);
    if (result == 0)
        result = recorder_open(m);
    return result;
}

int media_open(struct media **out, unsigned ports, unsigned tick_samples, unsigned history_samples)
{
    if (ports < 1 || ports > MEDIA_PORTS_MAX || tick_samples < MEDIA_TICK_MIN || tick_samples > MEDIA_TICK_MAX ||
        tick_samples % 8 != 0 || history_samples > MEDIA_HISTORY_MAX)
        return -EINVAL;
    struct media *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return -ENOMEM;
    m->ports_count = ports;
    m->tick = tick_samples;
    /* Half a second more than is asked for: what is being read is not overwritten meanwhile. */
    if (history_samples > 0)
        m->history_blocks = (history_samples + SAMPLES_PER_SECOND / 2) / tick_samples + 1;
    m->event_fd = -1;
    queue_open(&m->inbox);
    queue_open(&m->used_up);
    int result = open_parts(m);
    if (result < 0) {
        media_close(m);
        return result;
    }
    *out = m;
    return 0;
}

static void drop_inbox(struct media *m)
{
    struct node *n;
    while ((n = queue_pop(&m->inbox)) != NULL)
        n->release(n);
}

void media_close(struct media *m)
{
    if (m == NULL)
        return;
    pace_close(m);
    for (unsigned port = 1; m->joined != NULL && port <= m->ports_count; port++)
        media_unwire(m, port);
    if (m->recorder != NULL) { /* the last part to be opened */
        take_commands(m);      /* what was acknowledged is done: descriptors are closed, wires parted */
        for (unsigned i = 0; i < m->ports_count; i++)
            port_reset(&m->ports[i]);
        recorder_close(m);
    }
    drop_inbox(m);
    collect_used_up(m);
    for (unsigned i = 0; m->ports != NULL && i < m->ports_count; i++)
        port_close(&m->ports[i]);
    for (unsigned i = 0; i < m->sounds_count; i++)
        free(m->sounds[i]);
    for (unsigned i = 0; i < m->plans_count; i++)
        tone_plan_close(m->plans[i]);
    histories_close(m);
    free(m->sounds);
    free(m->ports);
    free(m->joined);
    free(m->events);
    if (m->event_fd >= 0)
        close(m->event_fd);
    free(m);
}

uint64_t media_now(const struct media *m)
{
    return atomic_load_explicit(&m->now, memory_order_acquire);
}

int media_event_fd(const struct media *m)
{
    return m->event_fd;
}
