/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: a port joined to a device that gives and takes 8 kHz A-law, or linear samples, by blocks of a tick, as DAHDI's
 * do.
 *
 * Reading takes every block there is.  What is ahead of the tick waits in a short row of blocks; where nothing is there,
 * the tick is filled in and counted, and the row is one longer from then on, so that a device whose blocks
 * come a little after our tick is heard whole.  What has not been needed of a row for a while is cut off.
 *
 * The device consumes a block for each one it gives, which is all that can be known of how much of ours still waits in
 * it (DAHDI tells no level).  What is written is held one block ahead, one more each time it ran dry (a card gives and
 * takes a block at a time, DAHDI's own timer several), and less again where it has been too far ahead for a
 * while.  Silence is not written: a device that is given nothing sends silence.
 *
 * A port on which nothing goes on is not read at all: two calls of the kernel a tick and port are most of what a card
 * costs.
 *
 * The first channel that gives audio beats time for the engine (run.c), so that card and engine never drift apart. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "alaw.h"
#include "engine.h"

#ifndef ELAST
#define ELAST 500 /* dahdi/user.h: an event must be read before anything else can be */
#endif

enum {
    ROW_BLOCKS = 32,      /* as many as DAHDI holds */
    AT_ONCE = 2,          /* the second is not there as a rule, and ends the call */
    AHEAD_USUAL = 1,      /* blocks of ours in the device when the next one is written */
    AHEAD_MOST = 6,       /* of at least eight that a device takes */
    MISSED_MOST = 2,      /* ticks filled in a row, after which what comes is too late */
    WINDOW_SAMPLES = 4000 /* how long a level must have stayed before it is cut */
};

/* The least of a level over a window of ticks. */
struct least {
    unsigned value;
    unsigned ticks;
};

struct channel {
    struct joint joint;
    struct command attach, detach;
    struct media *media;
    unsigned port;
    int descriptor; /* our own duplicate */
    bool linear;
    unsigned bytes; /* of a block */
    bool failed;
    bool flowing;  /* a block has come */
    bool idle;     /* it is not read: what comes first is old */
    bool stalled;  /* an event stood in the way: the same */
    bool sounding; /* the last tick was written */
    unsigned ahead; /* blocks written that the device has not yet consumed */
    unsigned too_many; /* of them: so many ticks are not written */
    struct least least_ahead;
    unsigned count;  /* blocks in the row */
    unsigned missed; /* ticks filled in a row */
    struct least least_count;
    _Alignas(int16_t) uint8_t row[ROW_BLOCKS * MEDIA_TICK_MAX * sizeof(int16_t)];
};

/* The commands are part of the channel; `next`, unused in a batch of one, leads back to it. */
static struct channel *channel_of(const struct command *c)
{
    return (struct channel *)(void *)c->next;
}

/* The media thread's side. */

/* By how much a level was above `needed` for a whole window, told at its end; else 0. */
static unsigned surplus(struct least *l, unsigned level, unsigned needed, unsigned tick)
{
    if (l->ticks == 0 || level < l->value)
        l->value = level;
    if (++l->ticks < WINDOW_SAMPLES / tick)
        return 0;
    l->ticks = 0;
    return l->value > needed ? l->value - needed : 0;
}

static void fail(struct port *p, struct channel *c, int error)
{
    struct media_event e = {
        .kind = MEDIA_PORT_FAILED, .port = (uint16_t)p->number, .value = error, .sample = now_of(p->media)};
    c->failed = true;
    pace_lost(p->media, c->descriptor);
    emit(p->media, &e);
}

/* Nothing could be moved: there is nothing yet, an event is to be read first (by the card), or the device is gone. */
static void hindered(struct port *p, struct channel *c, int error)
{
    if (error == ELAST) {
        c->stalled = true;
        pace_lost(p->media, c->descriptor);
    } else if (error != EAGAIN && error != EINTR) {
        fail(p, c, error);
    }
}

static unsigned take_in(struct port *p, struct channel *c)
{
    unsigned came = 0, room, whole;
    do {
        struct iovec blocks[AT_ONCE];
        room = ROW_BLOCKS - c->count < AT_ONCE ? ROW_BLOCKS - c->count : AT_ONCE;
        for (unsigned i = 0; i < room; i++)
            blocks[i] = (struct iovec){c->row + (c->count + i) * c->bytes, c->bytes};
        ssize_t got = room == 0 ? 0 : readv(c->descriptor, blocks, (int)room);
        if (got < 0)
            hindered(p, c, errno);
        whole = got < 0 ? 0 : (unsigned)got / c->bytes;
        c->count += whole;
        came += whole;
    } while (whole == AT_ONCE);
    return came;
}

static void drop_oldest(struct channel *c, unsigned blocks)
{
    memmove(c->row, c->row + blocks * c->bytes, (size_t)(c->count - blocks) * c->bytes);
    c->count -= blocks;
}

static void discard_oldest(struct port *p, struct channel *c, unsigned blocks)
{
    p->discarded += (uint64_t)blocks * p->media->tick;
    drop_oldest(c, blocks);
}

/* What is old goes, and a row that is longer than needed makes everything late. */
static void keep_short(struct port *p, struct channel *c)
{
    if (c->idle && c->count > 0) {
        drop_oldest(c, c->count);
        c->idle = c->stalled = false;
    } else if (c->stalled && c->count > 0) {
        discard_oldest(p, c, c->count);
        c->stalled = false;
    } else if (c->missed > MISSED_MOST && c->count > 1) {
        discard_oldest(p, c, c->count - 1); /* the clock has gone on without it */
    }
    discard_oldest(p, c, surplus(&c->least_count, c->count, 1, p->media->tick));
}

static bool silent(const struct channel *c)
{
    uint8_t code = c->linear ? 0 : ALAW_SILENCE;
    for (unsigned i = 0; i < c->bytes; i++)
        if (c->row[i] != code)
            return false;
    return true;
}

static enum reception channel_receive(struct port *p, bool listening, const int16_t **pcm)
{
    struct channel *c = p->io.state;
    if (c->failed)
        return RECEIVED_QUIET;
    if (!listening && !pace_is(p->media, c->descriptor)) {
        c->idle = true;
        c->flowing = false;
        c->ahead = c->count = 0;
        return RECEIVED_QUIET;
    }
    unsigned came = take_in(p, c);
    c->ahead -= came < c->ahead ? came : c->ahead;
    keep_short(p, c);
    c->flowing |= c->count > 0;
    pace_beaten(p->media, c->descriptor, came > 0, c->count > 1);
    if (c->count == 0) {
        c->missed++;
        return c->flowing && !c->failed ? RECEIVED_FILLED : RECEIVED_QUIET;
    }
    c->missed = 0;
    bool quiet = silent(c);
    if (!quiet && c->linear)
        memcpy(p->rx_buffer, c->row, c->bytes);
    else if (!quiet)
        alaw_decode_vector(p->rx_buffer, c->row, c->bytes);
    drop_oldest(c, 1);
    *pcm = p->rx_buffer;
    return quiet ? RECEIVED_QUIET : RECEIVED_AUDIO;
}

static void put_out(struct port *p, struct channel *c, const void *block)
{
    static const uint8_t alaw_silence[MEDIA_TICK_MAX] = {[0 ... MEDIA_TICK_MAX - 1] = ALAW_SILENCE};
    const void *cushion = c->linear ? (const void *)silence : alaw_silence;
    unsigned tick = p->media->tick;
    bool dry = c->ahead < AHEAD_USUAL;
    c->too_many += surplus(&c->least_ahead, c->ahead, AHEAD_USUAL, tick);
    if (dry && c->sounding)
        p->starved += tick;
    if (c->ahead >= AHEAD_MOST || c->too_many > 0) {
        c->too_many -= c->too_many > 0;
        p->unsent += tick;
        return;
    }
    /* writev only reads, but its type does not say so. */
    struct iovec blocks[2] = {{(void *)(uintptr_t)cushion, c->bytes}, {(void *)(uintptr_t)block, c->bytes}};
    ssize_t put = dry ? writev(c->descriptor, blocks, 2) : write(c->descriptor, block, c->bytes);
    if (put < 0)
        hindered(p, c, errno);
    else
        c->ahead += (unsigned)put / c->bytes;
}

static void channel_send(struct port *p, const int16_t *pcm)
{
    struct channel *c = p->io.state;
    uint8_t alaw[MEDIA_TICK_MAX];
    if (c->failed)
        return;
    if (pcm != NULL && c->linear) {
        put_out(p, c, pcm);
    } else if (pcm != NULL) {
        alaw_encode_vector(alaw, pcm, p->media->tick);
        put_out(p, c, alaw);
    }
    c->sounding = pcm != NULL;
}

static bool apply_attach(struct media *m, struct command *c)
{
    port_of(m, c->port)->io = (struct port_io){channel_receive, channel_send, channel_of(c), 0};
    return true;
}

static bool apply_detach(struct media *m, struct command *c)
{
    pace_lost(m, channel_of(c)->descriptor);
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
    struct channel *c = channel_of((struct command *)n);
    close(c->descriptor);
    free(c);
}

static void channel_part(struct joint *j)
{
    struct channel *c = (struct channel *)j;
    c->media->joined[c->port - 1] = NULL;
    post(c->media, &c->detach);
}

int media_channel_open(struct media *m, unsigned port, int descriptor, int linear)
{
    if (!port_exists(m, port))
        return -EINVAL;
    if (m->joined[port - 1] != NULL)
        return -EBUSY;
    struct channel *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return -ENOMEM;
    c->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (c->descriptor < 0) {
        int error = errno;
        free(c);
        return -error;
    }
    c->joint.part = channel_part;
    c->media = m;
    c->port = port;
    c->linear = linear != 0;
    c->bytes = m->tick * (c->linear ? (unsigned)sizeof(int16_t) : 1);
    c->attach = (struct command){.node.release = attach_released, .apply = apply_attach, .port = port};
    c->detach = (struct command){.node.release = detach_released, .apply = apply_detach, .port = port};
    c->attach.next = c->detach.next = (struct command *)(void *)c;
    m->joined[port - 1] = &c->joint;
    post(m, &c->attach);
    return 0;
}
