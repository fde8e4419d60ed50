/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* A sine, sample by sample, by turning a phasor; starts at phase 0. */
#ifndef SWITCHROOM_OSCILLATOR_H
#define SWITCHROOM_OSCILLATOR_H

#include <math.h>
#include <stdint.h>

struct oscillator {
    double re, im;           /* double, so that a dial tone of an hour keeps its level */
    double turn_re, turn_im;
};

static inline void oscillator_start(struct oscillator *o, float hz, float peak)
{
    double turn = 2.0 * M_PI * (double)hz / 8000.0;
    o->re = (double)peak;
    o->im = 0.0;
    o->turn_re = cos(turn);
    o->turn_im = sin(turn);
}

static inline float oscillator_next(struct oscillator *o)
{
    double out = o->im;
    double re = o->re * o->turn_re - o->im * o->turn_im;
    o->im = o->re * o->turn_im + o->im * o->turn_re;
    o->re = re;
    return (float)out;
}

/* To a sample: rounded, and limited to what 16 bits hold. */
static inline int16_t oscillator_clip(float value)
{
    return (int16_t)lrintf(fminf(fmaxf(value, -32768.0f), 32767.0f));
}

#endif
