/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: a port joined to another thread of this process by two bounded rings.
 *
 * A writer that runs by a clock of its own (a browser) comes late and in bursts: reading begins when 40 ms are there, late audio
 * is filled in and counted, and a heap of more than 200 ms is cut back.  A stepped engine takes what is there. */
#include <errno.h>
#include <stdlib.h>

#include "engine.h"

enum {
    USUAL_SAMPLES = 320, /* 40 ms: two frames of a browser */
    MOST_SAMPLES = 1600, /* 200 ms */
    IDLE_SAMPLES = 8000  /* after a second without audio the writer is not late but silent */
};

struct media_stream {
    struct joint joint;
    struct command attach, detach;
    struct media *media; /* control thread; NULL when parted */
    unsigned port;
    atomic_uint references; /* ours and the port's */
    bool flowing;
    unsigned missed; /* samples, since audio last came */
    struct sample_ring to_port;
    struct sample_ring from_port;
};

/* The commands are part of the stream; `next`, unused in a batch of one, leads back to it. */
static struct media_stream *stream_of(const struct command *c)
{
    return (struct media_stream *)(void *)c->next;
}

static enum reception stream_receive(struct port *p, bool listening, const int16_t **pcm)
{
    struct media_stream *s = p->io.state;
    unsigned n = p->media->tick;
    bool timed = atomic_load_explicit(&p->media->running, memory_order_relaxed);
    size_t level = sample_ring_level(&s->to_port);
    (void)listening;
    if (timed && level > MOST_SAMPLES) {
        p->discarded += sample_ring_take(&s->to_port, NULL, level - USUAL_SAMPLES);
        level = USUAL_SAMPLES;
    }
    if (level < n || (timed && !s->flowing && level < USUAL_SAMPLES)) {
        bool late = s->missed < IDLE_SAMPLES;
        s->flowing = false;
        s->missed += late ? n : 0;
        return late ? RECEIVED_FILLED : RECEIVED_QUIET;
    }
    s->flowing = true;
    s->missed = 0;
    sample_ring_take(&s->to_port, p->rx_buffer, n);
    *pcm = p->rx_buffer;
    return RECEIVED_AUDIO;
}

static void stream_send(struct port *p, const int16_t *pcm)
{
    struct media_stream *s = p->io.state;
    sample_ring_put(&s->from_port, pcm == NULL ? silence : pcm, p->media->tick);
}

static bool apply_attach(struct media *m, struct command *c)
{
    port_of(m, c->port)->io = (struct port_io){stream_receive, stream_send, stream_of(c), 0};
    return true;
}

static bool apply_detach(struct media *m, struct command *c)
{
    port_of(m, c->port)->io = (struct port_io){0};
    return true;
}

static void let_go(struct media_stream *s)
{
    if (atomic_fetch_sub(&s->references, 1) == 1)
        free(s);
}

static void attach_released(struct node *n)
{
    (void)n;
}

static void detach_released(struct node *n)
{
    let_go(stream_of((struct command *)n));
}

static void stream_part(struct joint *j)
{
    struct media_stream *s = (struct media_stream *)j;
    struct media *m = s->media;
    m->joined[s->port - 1] = NULL;
    s->media = NULL;
    post(m, &s->detach);
}

int media_stream_open(struct media_stream **out, struct media *m, unsigned port)
{
    if (!port_exists(m, port))
        return -EINVAL;
    if (m->joined[port - 1] != NULL)
        return -EBUSY;
    struct media_stream *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return -ENOMEM;
    s->joint.part = stream_part;
    s->media = m;
    s->port = port;
    s->missed = IDLE_SAMPLES;
    atomic_init(&s->references, 2);
    s->attach = (struct command){.node.release = attach_released, .apply = apply_attach, .port = port};
    s->detach = (struct command){.node.release = detach_released, .apply = apply_detach, .port = port};
    s->attach.next = s->detach.next = (struct command *)(void *)s;
    m->joined[port - 1] = &s->joint;
    post(m, &s->attach);
    *out = s;
    return 0;
}

int media_stream_write(struct media_stream *s, const int16_t *pcm, size_t samples)
{
    return (int)sample_ring_put(&s->to_port, pcm, samples);
}

int media_stream_read(struct media_stream *s, int16_t *pcm, size_t samples)
{
    return (int)sample_ring_take(&s->from_port, pcm, samples);
}

void media_stream_close(struct media_stream *s)
{
    if (s == NULL)
        return;
    if (s->media != NULL)
        s->joint.part(&s->joint);
    let_go(s);
}
