/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Wires: a port joined to a port of this or another engine, through a model of the line between them.
 *
 * Each way is a ring of blocks, one a tick, from one thread to one thread.  A block is heard one tick after it was sent; where
 * two engines run by timers of their own, a few milliseconds later, so that a late thread does no harm.  What does
 * not come in time is filled in; what comes in a burst is cut back to the usual delay. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dbm0.h"
#include "engine.h"

enum {
    RING_SAMPLES = 512,  /* at least 64 ms of blocks a way */
    BLOCKS_MIN = 8,      /* and a whole number of them */
    JITTER_SAMPLES = 32, /* 4 ms: what a thread without SCHED_FIFO is late by in all but one tick of a thousand */
    BURST_SAMPLES = 160, /* 20 ms more than usual are cut back */
    NOISE_SAMPLES = 4096
};

struct way {
    _Atomic uint32_t written; /* blocks */
    _Atomic uint32_t taken;
    uint8_t *quiet; /* a block each: 1 where it was silent, and pcm was not written */
    int16_t *pcm;
};

struct end {
    struct command attach, detach;
    struct media *media; /* control thread; NULL when parted */
    unsigned port;
    atomic_bool attached;
    bool in_step; /* the ring towards this end has its usual level */
    bool reading; /* the oldest block is being read in this tick */
    uint32_t chance;
};

struct wire {
    struct joint joint;
    struct end ends[2];
    struct way ways[2]; /* [i]: from ends[i] to the other */
    uint32_t blocks;
    unsigned tick;
    bool one_engine;
    atomic_bool timed; /* an engine at an end runs by a timer */
    atomic_uint references;
    float loss, echo, noise; /* factors; 0: none */
    int16_t *noise_table;
};

static void wire_free(struct wire *w)
{
    for (int i = 0; i < 2; i++) {
        free(w->ways[i].quiet);
        free(w->ways[i].pcm);
    }
    free(w->noise_table);
    free(w);
}

/* The media thread's side. */

static uint32_t draw(uint32_t *chance)
{
    uint32_t x = *chance; /* xorshift, G. Marsaglia */
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *chance = x;
}

static uint32_t level_of(struct way *way)
{
    return atomic_load_explicit(&way->written, memory_order_acquire) -
           atomic_load_explicit(&way->taken, memory_order_relaxed);
}

static void take_blocks(struct way *way, uint32_t count)
{
    uint32_t taken = atomic_load_explicit(&way->taken, memory_order_relaxed);
    atomic_store_explicit(&way->taken, taken + count, memory_order_release);
}

static uint32_t usual_level(const struct wire *w)
{
    bool jitter = !w->one_engine && atomic_load_explicit(&w->timed, memory_order_relaxed);
    return jitter ? 1 + (JITTER_SAMPLES + w->tick - 1) / w->tick : 1;
}

/* Settle which block is heard now; false where there is none. */
static bool keep_step(struct port *p, struct wire *w, struct end *end, struct way *in)
{
    uint32_t level = level_of(in), usual = usual_level(w), burst = BURST_SAMPLES / w->tick;
    if (!end->in_step && level < usual)
        return false;
    uint32_t most = end->in_step ? usual + (burst < 2 ? 2 : burst) : usual;
    end->in_step = true;
    if (level > most) {
        take_blocks(in, level - usual);
        p->discarded += (uint64_t)(level - usual) * w->tick;
    }
    return level > 0;
}

static const int16_t *block_of(const struct wire *w, const struct way *way, uint32_t index)
{
    uint32_t at = index % w->blocks;
    return way->quiet[at] ? NULL : way->pcm + at * w->tick;
}

/* What this end sent last, which comes back from the hybrid at the other. */
static const int16_t *own_echo(const struct wire *w, unsigned side)
{
    const struct way *out = &w->ways[side];
    uint32_t written = atomic_load_explicit(&out->written, memory_order_relaxed);
    return w->echo == 0.0f || written == 0 ? NULL : block_of(w, out, written - 1);
}

static void add_scaled(float *sum, const int16_t *pcm, unsigned samples, float factor)
{
    for (unsigned i = 0; i < samples; i++)
        sum[i] += factor * (float)pcm[i];
}

static enum reception wire_receive(struct port *p, bool listening, const int16_t **pcm)
{
    struct wire *w = p->io.state;
    unsigned side = p->io.side, n = w->tick;
    struct end *end = &w->ends[side];
    struct way *in = &w->ways[!side];
    if (end->reading)
        take_blocks(in, 1);
    end->reading = false;
    if (!atomic_load_explicit(&w->ends[!side].attached, memory_order_acquire))
        return RECEIVED_QUIET;
    bool was_in_step = end->in_step;
    if (!keep_step(p, w, end, in))
        return was_in_step ? RECEIVED_FILLED : RECEIVED_QUIET;
    end->reading = true;
    const int16_t *heard = block_of(w, in, atomic_load_explicit(&in->taken, memory_order_relaxed));
    const int16_t *echo = own_echo(w, side);
    bool noisy = w->noise > 0.0f && listening;
    if (echo == NULL && !noisy) {
        if (heard == NULL)
            return RECEIVED_QUIET;
        *pcm = heard;
        if (w->loss != 1.0f) {
            scale(p->rx_buffer, heard, n, w->loss);
            *pcm = p->rx_buffer;
        }
        return RECEIVED_AUDIO;
    }
    float sum[MEDIA_TICK_MAX] = {0};
    if (heard != NULL)
        add_scaled(sum, heard, n, w->loss);
    if (echo != NULL)
        add_scaled(sum, echo, n, w->echo);
    if (noisy)
        add_scaled(sum, w->noise_table + draw(&end->chance) % (NOISE_SAMPLES - MEDIA_TICK_MAX), n, w->noise);
    for (unsigned i = 0; i < n; i++)
        p->rx_buffer[i] = saturate((int32_t)sum[i]);
    *pcm = p->rx_buffer;
    return RECEIVED_AUDIO;
}

static void wire_send(struct port *p, const int16_t *pcm)
{
    struct wire *w = p->io.state;
    struct way *out = &w->ways[p->io.side];
    if (!atomic_load_explicit(&w->ends[!p->io.side].attached, memory_order_acquire))
        return;
    uint32_t written = atomic_load_explicit(&out->written, memory_order_relaxed);
    uint32_t taken = atomic_load_explicit(&out->taken, memory_order_acquire);
    if (written - taken == w->blocks)
        return; /* nobody has listened for 64 ms: the other engine stands still, and will count what it missed */
    uint32_t at = written % w->blocks;
    out->quiet[at] = pcm == NULL;
    if (pcm != NULL)
        memcpy(out->pcm + at * w->tick, pcm, w->tick * sizeof(*pcm));
    atomic_store_explicit(&out->written, written + 1, memory_order_release);
}

static struct end *end_of(struct wire *w, const struct command *c)
{
    return c == &w->ends[0].attach || c == &w->ends[0].detach ? &w->ends[0] : &w->ends[1];
}

/* The commands are part of the wire; `next`, unused in a batch of one, leads back to it. */
static struct wire *wire_of(const struct command *c)
{
    return (struct wire *)c->next;
}

static bool apply_attach(struct media *m, struct command *c)
{
    struct wire *w = wire_of(c);
    struct end *end = end_of(w, c);
    struct port *p = port_of(m, c->port);
    p->io = (struct port_io){wire_receive, wire_send, w, end == &w->ends[1]};
    if (atomic_load(&m->running))
        atomic_store(&w->timed, true);
    atomic_store_explicit(&end->attached, true, memory_order_release);
    return true;
}

static bool apply_detach(struct media *m, struct command *c)
{
    struct wire *w = wire_of(c);
    atomic_store_explicit(&end_of(w, c)->attached, false, memory_order_release);
    port_of(m, c->port)->io = (struct port_io){0};
    return true;
}

/* The control thread's side. */

static void attach_released(struct node *n)
{
    (void)n;
}

static void detach_released(struct node *n)
{
    struct wire *w = wire_of((struct command *)n);
    if (atomic_fetch_sub(&w->references, 1) == 1)
        wire_free(w);
}

static void wire_part(struct joint *j)
{
    struct wire *w = (struct wire *)j;
    for (int i = 0; i < 2; i++) {
        struct end *end = &w->ends[i];
        end->media->joined[end->port - 1] = NULL;
    }
    struct media *first = w->ends[0].media, *second = w->ends[1].media;
    post(first, &w->ends[0].detach);
    post(second, &w->ends[1].detach);
}

static void end_open(struct wire *w, struct end *end, struct media *m, unsigned port, uint32_t seed)
{
    end->media = m;
    end->port = port;
    end->chance = seed * 2654435761u | 1; /* Knuth's multiplier: near seeds are far apart */
    end->attach = (struct command){.node.release = attach_released, .apply = apply_attach, .port = port};
    end->detach = (struct command){.node.release = detach_released, .apply = apply_detach, .port = port};
    end->attach.next = end->detach.next = (struct command *)(void *)w;
}

/* White noise of 0 dBm0, near enough Gaussian: sums of twelve uniform numbers have a variance of one. */
static int make_noise(struct wire *w, uint32_t seed)
{
    uint32_t chance = seed * 2246822519u | 1;
    const float rms = DBM0_SINE_PEAK / sqrtf(2.0f);
    w->noise_table = malloc(NOISE_SAMPLES * sizeof(*w->noise_table));
    if (w->noise_table == NULL)
        return -ENOMEM;
    for (int i = 0; i < NOISE_SAMPLES; i++) {
        int32_t sum = 0;
        for (int k = 0; k < 12; k++)
            sum += (int32_t)(draw(&chance) >> 16) - 32768;
        w->noise_table[i] = saturate((int32_t)((float)sum / 65536.0f * rms * 0.25f));
    }
    return 0;
}

static int model_open(struct wire *w, const struct media_line *line)
{
    w->loss = factor_of_db(-line->loss_db);
    w->echo = isnan(line->echo_return_db) ? 0.0f : factor_of_db(-line->echo_return_db);
    w->noise = isnan(line->noise_dbm0) ? 0.0f : 4.0f * factor_of_db(line->noise_dbm0); /* the table is a quarter */
    return w->noise > 0.0f ? make_noise(w, line->seed) : 0;
}

static int wire_open(struct wire **out, unsigned tick, const struct media_line *line)
{
    struct wire *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return -ENOMEM;
    w->tick = tick;
    w->blocks = BLOCKS_MIN;
    while (w->blocks * tick < RING_SAMPLES)
        w->blocks *= 2;
    int result = model_open(w, line);
    for (int i = 0; i < 2; i++) {
        w->ways[i].quiet = calloc(w->blocks, 1);
        w->ways[i].pcm = calloc(w->blocks * tick, sizeof(int16_t));
        if (w->ways[i].quiet == NULL || w->ways[i].pcm == NULL)
            result = -ENOMEM;
    }
    if (result < 0)
        wire_free(w);
    else
        *out = w;
    return result;
}

int media_wire(struct media *m, unsigned port, struct media *other, unsigned other_port, const struct media_line *line)
{
    if (!port_exists(m, port) || !port_exists(other, other_port) || m->tick != other->tick ||
        (m == other && port == other_port))
        return -EINVAL;
    if (m->joined[port - 1] != NULL || other->joined[other_port - 1] != NULL)
        return -EBUSY;
    struct wire *w;
    int result = wire_open(&w, m->tick, line);
    if (result < 0)
        return result;
    w->joint.part = wire_part;
    w->one_engine = m == other;
    atomic_init(&w->references, 2);
    end_open(w, &w->ends[0], m, port, line->seed);
    end_open(w, &w->ends[1], other, other_port, line->seed + 1);
    m->joined[port - 1] = other->joined[other_port - 1] = &w->joint;
    post(m, &w->ends[0].attach);
    post(other, &w->ends[1].attach);
    return 0;
}

int media_unwire(struct media *m, unsigned port)
{
    if (!port_exists(m, port))
        return -EINVAL;
    if (m->joined[port - 1] != NULL)
        m->joined[port - 1]->part(m->joined[port - 1]);
    return 0;
}
