/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* One port through a tick: receive, then send what it shall hear; and the commands that concern the port itself. */
#include <errno.h>

#include "alaw.h"
#include "engine.h"

static void add_to(_Atomic uint64_t *counter, uint64_t samples)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + samples, memory_order_relaxed);
}

int port_open(struct port *p, struct media *m, unsigned number)
{
    int result;
    p->media = m;
    p->number = number;
    p->rx_gain = p->tx_gain = 1.0f;
    p->rx = silence;
    p->rx_quiet = true;
    if ((result = detect_open(p)) < 0 || (result = tone_sender_open(&p->tone_sender)) < 0 || (result = digits_sender_open(&p->digits_sender)) < 0 ||
        (result = callerid_sender_open(&p->callerid_sender)) < 0)
        return result;
    return 0;
}

void port_close(struct port *p)
{
    if (p->media == NULL)
        return;
    detect_close(p);
    if (p->tone_sender != NULL)
        tone_sender_close(p->tone_sender);
    if (p->digits_sender != NULL)
        digits_sender_close(p->digits_sender);
    if (p->callerid_sender != NULL)
        callerid_sender_close(p->callerid_sender);
}

void port_busy(struct port *p)
{
    p->busy = p->detectors != 0 || p->bridge != NULL || p->plays.first != NULL || p->sendings.first != NULL ||
              p->recording != NULL || !tone_sender_done(p->tone_sender);
}

void port_reset(struct port *p)
{
    play_stop(p);
    sending_stop(p);
    tone_sender_stop(p->tone_sender);
    bridge_leave(p);
    record_stop(p);
    p->detectors = 0;
    p->muted = false;
    port_busy(p);
}

/* At most one report a second. */
static void report_filled(struct port *p)
{
    uint64_t now = now_of(p->media);
    if (now < p->fill_reported_at + SAMPLES_PER_SECOND)
        return;
    struct media_event e = {
        .kind = MEDIA_PORT_FILLED, .port = (uint16_t)p->number, .sample = now, .samples = p->fill_unreported};
    emit(p->media, &e);
    p->fill_reported_at = now;
    p->fill_unreported = 0;
}

void port_receive(struct port *p)
{
    p->rx = silence;
    p->rx_quiet = true;
    p->rx_filled = false;
    if (p->io.receive == NULL)
        return;
    unsigned n = p->media->tick;
    const int16_t *pcm = silence;
    enum reception reception = p->io.receive(p, p->busy, &pcm);
    add_to(&p->received, n);
    if (reception == RECEIVED_AUDIO) {
        p->rx_quiet = false;
        p->rx = pcm;
        if (p->rx_gain != 1.0f) {
            scale(p->rx_buffer, pcm, n, p->rx_gain);
            p->rx = p->rx_buffer;
        }
    } else if (reception == RECEIVED_FILLED) {
        p->rx_filled = true;
        add_to(&p->filled, n);
        p->fill_unreported += n;
    }
    if (p->fill_unreported > 0)
        report_filled(p);
}

static const int16_t *tone_make(struct port *p, int16_t *buffer)
{
    tone_sender_make(p->tone_sender, buffer, p->media->tick);
    if (tone_sender_done(p->tone_sender))
        port_busy(p);
    return buffer;
}

/* What the port shall hear: NULL for silence, else a sum of all that sounds on it, in one of the buffers or elsewhere. */
static const int16_t *mix(struct port *p, int16_t buffers[4][MEDIA_TICK_MAX])
{
    const int16_t *sources[4];
    unsigned n = p->media->tick, count = 0;
    if (p->plays.first != NULL && (sources[count] = play_make(p, buffers[0])) != NULL)
        count++;
    if (p->sendings.first != NULL && (sources[count] = sending_make(p, buffers[1])) != NULL)
        count++;
    if (!tone_sender_done(p->tone_sender) && (sources[count] = tone_make(p, buffers[2])) != NULL)
        count++;
    if (p->bridge != NULL && (sources[count] = bridge_hear(p, buffers[3])) != NULL)
        count++;
    if (count <= 1)
        return count == 0 ? NULL : sources[0];
    int32_t sum[MEDIA_TICK_MAX];
    for (unsigned i = 0; i < n; i++)
        sum[i] = sources[0][i] + sources[1][i];
    for (unsigned s = 2; s < count; s++)
        for (unsigned i = 0; i < n; i++)
            sum[i] += sources[s][i];
    for (unsigned i = 0; i < n; i++)
        p->tx_buffer[i] = saturate(sum[i]);
    return p->tx_buffer;
}

static void keep(struct port *p, const int16_t *tx)
{
    uint8_t both[2 * MEDIA_TICK_MAX];
    unsigned n = p->media->tick;
    if (p->history == NULL && p->recording == NULL)
        return;
    if (p->rx_quiet && tx == NULL) {
        history_keep(p, NULL);
        if (p->recording != NULL)
            record_take(p, NULL);
        return;
    }
    const int16_t *near = tx == NULL ? silence : tx;
    for (unsigned i = 0; i < n; i++) {
        both[2 * i] = alaw_encode(p->rx[i]);
        both[2 * i + 1] = alaw_encode(near[i]);
    }
    if (p->muted)
        memset(both, ALAW_SILENCE, 2 * n);
    history_keep(p, both);
    if (p->recording != NULL)
        record_take(p, both);
}

void port_send(struct port *p)
{
    int16_t buffers[4][MEDIA_TICK_MAX];
    const int16_t *tx = p->busy ? mix(p, buffers) : NULL;
    if (tx != NULL && p->tx_gain != 1.0f) {
        scale(p->tx_buffer, tx, p->media->tick, p->tx_gain);
        tx = p->tx_buffer;
    }
    if (p->io.send != NULL)
        p->io.send(p, tx);
    if ((p->detectors & MEDIA_DETECT_LEVEL) != 0)
        level_meter_feed(&p->tx_level, tx == NULL ? silence : tx, p->media->tick);
    keep(p, tx);
}

/* Commands. */

struct set_port {
    struct command command;
    const struct tone_plan *plan;
    float rx_gain, tx_gain;
};

static bool apply_set_port(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    struct set_port *s = (struct set_port *)c;
    p->rx_gain = s->rx_gain;
    p->tx_gain = s->tx_gain;
    if (p->plan != s->plan) {
        p->plan = s->plan;
        tone_sender_stop(p->tone_sender);
        tone_detector_reset(p->tone_detector, p->plan);
        p->heard_from[EAR_TONES] = now_of(m);
    }
    return true;
}

int media_set_port(struct media_batch *b, unsigned port, unsigned plan, float rx_gain_db, float tx_gain_db)
{
    if (plan < 1 || plan > b->media->plans_count)
        return -ENOENT;
    struct set_port *s = command_new(sizeof(*s), port, apply_set_port);
    if (s != NULL) {
        s->plan = b->media->plans[plan - 1];
        s->rx_gain = factor_of_db(rx_gain_db);
        s->tx_gain = factor_of_db(tx_gain_db);
    }
    return batch_add(b, (struct command *)s);
}

static bool apply_reset_port(struct media *m, struct command *c)
{
    port_reset(port_of(m, c->port));
    return true;
}

int media_reset_port(struct media_batch *b, unsigned port)
{
    return batch_add(b, command_new(sizeof(struct command), port, apply_reset_port));
}

int media_port_counters(const struct media *m, unsigned port, struct media_counters *out)
{
    if (!port_exists(m, port))
        return -EINVAL;
    const struct port *p = &m->ports[port - 1];
    out->received = atomic_load_explicit(&p->received, memory_order_relaxed);
    out->filled = atomic_load_explicit(&p->filled, memory_order_relaxed);
    out->discarded = atomic_load_explicit(&p->discarded, memory_order_relaxed);
    out->starved = atomic_load_explicit(&p->starved, memory_order_relaxed);
    out->unsent = atomic_load_explicit(&p->unsent, memory_order_relaxed);
    return 0;
}
