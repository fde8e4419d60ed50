/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The front end DTMF and tone detectors share: up to eight frequencies measured at once over a step of 5 ms.
 *
 * A step is folded about its middle (a cosine is even, a sine odd), which halves the work, and the phase of each phasor is that
 * of the tone at the middle of the step.  Phasors are sums: a sine of amplitude A gives A * BANK_STEP / 2. */
#ifndef SWITCHROOM_BANK_H
#define SWITCHROOM_BANK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BANK_STEP 40 /* samples: 5 ms */
#define BANK_HALF (BANK_STEP / 2)
#define BANK_WIDTH 8 /* frequencies */

typedef float bank_vector __attribute__((vector_size(BANK_WIDTH * sizeof(float))));

struct bank_phasors {
    bank_vector re, im;
};

struct bank_table {
    bank_vector cosine[BANK_HALF]; /* of the phase n + 1/2 samples from the middle */
    bank_vector sine[BANK_HALF];
    struct bank_phasors turn; /* by how much the phase goes on from step to step */
};

/* A step, folded, without its mean (so that DC and most of any hum stay out). */
struct bank_fold {
    float sum[BANK_HALF];
    float difference[BANK_HALF];
    float energy; /* sum of squares */
};

/* Energy of a step without its mean: the cheap look that decides whether there is anything to measure. */
static inline float bank_energy(const int16_t *pcm)
{
    int32_t total = 0;
    int64_t squares = 0;
    for (int i = 0; i < BANK_STEP; i += 2) {
        total += pcm[i] + pcm[i + 1];
        /* Two squares of 16-bit samples fit an unsigned 32-bit sum; the form is one multiply-add instruction. */
        squares += (uint32_t)(pcm[i] * pcm[i]) + (uint32_t)(pcm[i + 1] * pcm[i + 1]);
    }
    return (float)squares - (float)total * (float)total / BANK_STEP;
}

static inline void bank_fold(struct bank_fold *f, const int16_t *pcm)
{
    int32_t total = 0;
    for (int i = 0; i < BANK_STEP; i++)
        total += pcm[i];
    float both_means = 2.0f * (float)total / BANK_STEP;
    for (int n = 0; n < BANK_HALF; n++) {
        float late = pcm[BANK_HALF + n], early = pcm[BANK_HALF - 1 - n];
        f->sum[n] = late + early - both_means;
        f->difference[n] = late - early;
    }
}

static inline void bank_measure(struct bank_phasors *out, const struct bank_table *table, const struct bank_fold *f)
{
    bank_vector re = {0}, im = {0};
    for (int n = 0; n < BANK_HALF; n++) {
        re += table->cosine[n] * f->sum[n];
        im -= table->sine[n] * f->difference[n];
    }
    out->re = re;
    out->im = im;
}

/* older, carried on by `turn` (a table's, or twice that), plus newer: one phasor of twice the length. */
static inline struct bank_phasors bank_join(const struct bank_phasors *newer, const struct bank_phasors *older, const struct bank_phasors *turn)
{
    return (struct bank_phasors){
        .re = newer->re + older->re * turn->re - older->im * turn->im,
        .im = newer->im + older->re * turn->im + older->im * turn->re,
    };
}

/* Cuts what is fed, any number of samples at a time, into whole steps. */
struct bank_cutter {
    int16_t part[BANK_STEP];
    size_t filled;
};

/* The next whole step, or NULL when *pcm (advanced, *samples counted down) has too little left, which is then kept. */
static inline const int16_t *bank_cut(struct bank_cutter *c, const int16_t **pcm, size_t *samples)
{
    if (c->filled == 0 && *samples >= BANK_STEP) {
        const int16_t *step = *pcm;
        *pcm += BANK_STEP;
        *samples -= BANK_STEP;
        return step;
    }
    size_t taken = BANK_STEP - c->filled < *samples ? BANK_STEP - c->filled : *samples;
    if (taken > 0)
        memcpy(c->part + c->filled, *pcm, taken * sizeof(int16_t));
    *pcm += taken;
    *samples -= taken;
    c->filled += taken;
    if (c->filled < BANK_STEP)
        return NULL;
    c->filled = 0;
    return c->part;
}

#endif
