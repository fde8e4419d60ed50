/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Mark and space are each measured over a bit's time, and compared with each other, never with a fixed level: so the
 * receiver is as good at -45 dBm0 as at 0.  (spandsp's has an absolute threshold and hears nothing at -35.) */
#include "fsk.h"

#include <math.h>
#include <string.h>

#include "dbm0.h"
#include "oscillator.h"

#define MARK_HZ     1200.0f
#define SPACE_HZ    2200.0f
#define BIT_SAMPLES (8000.0f / 1200.0f)
/* A line carries -13.5 dBm0 at its start and some -36 at its end (TIA-777); -46 leaves room, and is over the noise of
 * a quiet line. The filter in front has a gain of 4 to 6 dB at these frequencies. */
#define POWER_MIN     DBM0_TO_POWER(-42.0)
#define POWER_SMOOTH  (1.0f / 32)
#define CLEAR_MARK    0.3f
#define NOTHING_THERE 2.0f
#define STOPPED_PART  0.1f

typedef float four __attribute__((vector_size(16)));

#define TURN(hz, n) (2.0 * M_PI * (double)(hz) * (n) / 8000.0)
#define ROW(n)                                                                                                         \
    {                                                                                                                  \
        (float)__builtin_cos(TURN(MARK_HZ, n)), (float)__builtin_sin(TURN(MARK_HZ, n)),                                \
            (float)__builtin_cos(TURN(SPACE_HZ, n)), (float)__builtin_sin(TURN(SPACE_HZ, n))                           \
    }
static const four correlator[FSK_WINDOW] = {ROW(-3), ROW(-2), ROW(-1), ROW(0), ROW(1), ROW(2), ROW(3)};

void fsk_receiver_reset(struct fsk_receiver *r)
{
    memset(r, 0, sizeof(*r));
}

int fsk_signal(const struct fsk_receiver *r)
{
    return r->power > POWER_MIN;
}

/* x(n) - x(n-2): no DC, little hum, flat enough between 1200 and 2200 Hz. */
static float filter(struct fsk_receiver *r, int16_t sample)
{
    float out = (float)sample - r->before[1];
    r->before[1] = r->before[0];
    r->before[0] = (float)sample;
    r->window[r->place] = r->window[r->place + FSK_WINDOW] = out;
    r->place = r->place + 1 < FSK_WINDOW ? r->place + 1 : 0;
    return out;
}

/* From +1 (all mark) to -1 (all space); NOTHING_THERE where the tones have just stopped, which the smoothed power learns later. */
static float discriminate(const struct fsk_receiver *r)
{
    four sums = {0};
    for (int i = 0; i < FSK_WINDOW; i++)
        sums += correlator[i] * r->window[r->place + (unsigned)i];
    sums *= sums;
    /* A tone of power P makes (window / 2)^2 * 2P of them. */
    if (sums[0] + sums[1] + sums[2] + sums[3] < STOPPED_PART * FSK_WINDOW * FSK_WINDOW / 2 * r->power)
        return NOTHING_THERE;
    float mark = sqrtf(sums[0] + sums[1]), space = sqrtf(sums[2] + sums[3]);
    return (mark - space) / (mark + space + 1e-6f);
}

/* The middle of a bit is reached; `value` is the discriminator there. */
static enum fsk_result take_bit(struct fsk_receiver *r, float value)
{
    int mark = value > 0.0f;
    if (r->bit == 1 && mark) { /* it was no start bit */
        r->bit = 0;
        return FSK_NOTHING;
    }
    if (r->bit == 10) {
        r->bit = 0;
        return mark ? FSK_BYTE : FSK_BAD_BYTE;
    }
    if (r->bit > 1)
        r->byte = (uint8_t)(r->byte >> 1 | (mark ? 0x80 : 0));
    r->bit++;
    r->until_middle += BIT_SAMPLES;
    return FSK_NOTHING;
}

enum fsk_result fsk_receive(struct fsk_receiver *r, int16_t sample)
{
    float filtered = filter(r, sample);
    r->power += (filtered * filtered - r->power) * POWER_SMOOTH;
    float now = fsk_signal(r) ? discriminate(r) : NOTHING_THERE, last = r->last;
    if (now == NOTHING_THERE) {
        r->bit = 0;
        r->mark_run = 0;
        r->last = 0.0f;
        return FSK_NOTHING;
    }
    enum fsk_result result = FSK_NOTHING;
    r->last = now;
    r->mark_run = now > CLEAR_MARK ? r->mark_run + 1 : 0;
    if (r->bit > 0) {
        r->until_middle -= 1.0f;
        if (r->until_middle <= 0.0f)
            result = take_bit(r, now + (last - now) * -r->until_middle);
    } else if (last > 0.0f && now <= 0.0f) {
        /* Mark goes over into space: a start bit.  `now` is 1 - last / (last - now) samples after the crossing. */
        r->bit = 1;
        r->until_middle = BIT_SAMPLES / 2 - (1.0f - last / (last - now));
    }
    return result;
}

int fsk_skip(struct fsk_receiver *r, const int16_t *pcm, size_t samples)
{
    uint64_t energy = 0;
    for (size_t i = 0; i < samples; i++)
        energy += (uint64_t)((int32_t)pcm[i] * pcm[i]);
    /* Even all in one corner of the block it is too little; the filter can't make more than four times of it. */
    if (fsk_signal(r) || samples < 2 || (float)energy * 4.0f * POWER_SMOOTH > POWER_MIN)
        return 0;
    fsk_receiver_reset(r);
    r->before[0] = (float)pcm[samples - 1];
    r->before[1] = (float)pcm[samples - 2];
    return 1;
}

void fsk_sender_start(struct fsk_sender *s, float level_dbm0)
{
    *s = (struct fsk_sender){.peak = dbm0_peak(level_dbm0), .bit = 1, .bit_part = 1.0f};
}

int16_t fsk_send(struct fsk_sender *s, int next_bit, int *took_bit)
{
    float part = s->bit_part + 1.0f / BIT_SAMPLES, turns = (s->bit ? MARK_HZ : SPACE_HZ) / 8000.0f;
    *took_bit = part >= 1.0f;
    if (*took_bit) {
        /* The bit ends between two samples, and so does its frequency: the rest of the step belongs to the next. */
        float rest = fminf((part - 1.0f) * BIT_SAMPLES, 1.0f);
        turns = turns * (1.0f - rest) + (next_bit ? MARK_HZ : SPACE_HZ) / 8000.0f * rest;
        part -= 1.0f;
        s->bit = next_bit;
    }
    s->bit_part = part;
    s->turns += turns;
    s->turns -= floorf(s->turns);
    return oscillator_clip(s->peak * sinf(2.0f * (float)M_PI * s->turns));
}
