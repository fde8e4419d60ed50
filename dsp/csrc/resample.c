/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* A windowed sinc at every output sample.  For two rates there are only so many positions of an output sample between
 * two input samples (44.1 kHz: 80), and each has its row of weights, worked out once. */
#include "resample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "oscillator.h"

#define RATE_OUT 8000u
#define PASS     0.95 /* of half the lower of the two rates: 3.8 kHz for rates over 8 kHz */
#define LOBES    24.0 /* of the sinc on either side: the band's edge is about 8 % wide */

struct weights {
    unsigned up, down; /* RATE_OUT / rate_hz in lowest terms */
    unsigned reach;    /* input samples on either side */
    float *rows;       /* `up` of them, of 2 * reach + 1 */
};

size_t resampled_samples(size_t count, unsigned rate_hz)
{
    return (size_t)((uint64_t)count * RATE_OUT / rate_hz);
}

static double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1.0 : sin(M_PI * x) / (M_PI * x);
}

/* Blackman's window over -1..1. */
static double window(double x)
{
    return fabs(x) >= 1.0 ? 0.0 : 0.42 + 0.5 * cos(M_PI * x) + 0.08 * cos(2.0 * M_PI * x);
}

static unsigned common_divisor(unsigned a, unsigned b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

static int weights_make(struct weights *w, unsigned rate_hz)
{
    unsigned divisor = common_divisor(RATE_OUT, rate_hz);
    double cutoff = PASS / 2.0 * (rate_hz > RATE_OUT ? (double)RATE_OUT / rate_hz : 1.0), half = LOBES / (2.0 * cutoff);
    *w = (struct weights){.up = RATE_OUT / divisor, .down = rate_hz / divisor, .reach = (unsigned)ceil(half)};
    unsigned width = 2 * w->reach + 1;
    w->rows = malloc(sizeof(*w->rows) * w->up * width);
    if (!w->rows)
        return -ENOMEM;
    for (unsigned row = 0; row < w->up; row++) {
        for (unsigned i = 0; i < width; i++) {
            double away = (double)i - w->reach - (double)row / w->up;
            w->rows[row * width + i] = (float)(2.0 * cutoff * sinc(2.0 * cutoff * away) * window(away / half));
        }
    }
    return 0;
}

/* Output sample number n. */
static float sound_at(const struct weights *w, const float *in, size_t count, uint64_t n)
{
    uint64_t at = n * w->down / w->up;
    const float *row = w->rows + (n * w->down % w->up) * (2 * w->reach + 1) + w->reach;
    size_t before = at < w->reach ? (size_t)at : w->reach;
    size_t after = count - 1 - at < w->reach ? (size_t)(count - 1 - at) : w->reach;
    const float *from = in + at - before, *weight = row - before;
    float sum = 0.0f;
    for (size_t i = 0; i <= before + after; i++)
        sum += from[i] * weight[i];
    return sum;
}

int resample(int16_t *out, const float *in, size_t count, unsigned rate_hz)
{
    if (rate_hz < RESAMPLE_RATE_MIN || rate_hz > RESAMPLE_RATE_MAX)
        return -EINVAL;
    size_t samples = resampled_samples(count, rate_hz);
    struct weights w = {0};
    int result = rate_hz == RATE_OUT ? 0 : weights_make(&w, rate_hz);
    for (size_t i = 0; i < samples && result == 0; i++)
        out[i] = oscillator_clip(w.rows ? sound_at(&w, in, count, i) : in[i]);
    free(w.rows);
    return result;
}
