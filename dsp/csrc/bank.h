/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The front end DTMF and tone detectors share: up to eight frequencies measured at once over a step of 5 ms.
 *
 * A step is folded about its middle (a cosine is even, a sine odd), which halves the work, and the phase of each
 * phasor is that of the tone at the middle of the step.  Phasors are sums: a sine of amplitude A gives
 * A * BANK_STEP / 2. */
#ifndef SWITCHROOM_BANK_H
#define SWITCHROOM_BANK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BANK_STEP  40 /* samples: 5 ms */
#define BANK_HALF  (BANK_STEP / 2)
#define BANK_WIDTH 8 /* frequencies */

typedef float bank_vector __attribute__((vector_size(BANK_WIDTH * sizeof(float))));
typedef float bank_four __attribute__((vector_size(4 * sizeof(float))));
typedef int32_t bank_int __attribute__((vector_size(4 * sizeof(int32_t))));

struct bank_phasors {
    bank_vector re, im;
};

struct bank_table {
    bank_vector cosine[BANK_HALF]; /* of the phase n + 1/2 samples from the middle */
    bank_vector sine[BANK_HALF];
    struct bank_phasors turn; /* by how much the phase goes on from step to step */
};

/* A step, folded about its middle. */
struct bank_fold {
    bank_four sum[BANK_HALF / 4]; /* of the samples n + 1/2 after and before the middle */
    bank_four difference[BANK_HALF / 4];
    float energy; /* sum of squares, less that of the mean (so that DC and most of any hum stay out) */
    float mean;
};

static inline bank_four bank_load(const float *samples)
{
    bank_four four;
    memcpy(&four, samples, sizeof(four));
    return four;
}

static inline void bank_fold(struct bank_fold *f, const int16_t *pcm)
{
    const bank_int backwards = {3, 2, 1, 0};
    bank_four squares = {0}, total = {0};
    float samples[BANK_STEP];
    for (int i = 0; i < BANK_STEP; i++)
        samples[i] = pcm[i];
    for (int i = 0; i < BANK_HALF / 4; i++) {
        bank_four late = bank_load(samples + BANK_HALF + 4 * i), early = bank_load(samples + BANK_HALF - 4 - 4 * i);
        squares += late * late + early * early;
        early = __builtin_shuffle(early, backwards);
        total += f->sum[i] = late + early;
        f->difference[i] = late - early;
    }
    f->mean = (total[0] + total[1] + total[2] + total[3]) / BANK_STEP;
    f->energy = squares[0] + squares[1] + squares[2] + squares[3] - f->mean * f->mean * BANK_STEP;
}

static inline void bank_measure(struct bank_phasors *out, const struct bank_table *table, const struct bank_fold *f)
{
    bank_vector re = {0}, im = {0};
    for (int i = 0; i < BANK_HALF / 4; i++) {
        bank_four sum = f->sum[i] - 2.0f * f->mean;
        for (int n = 0; n < 4; n++) {
            re += table->cosine[4 * i + n] * sum[n];
            im -= table->sine[4 * i + n] * f->difference[i][n];
        }
    }
    out->re = re;
    out->im = im;
}

/* older, carried on by `turn` (a table's, or twice that), plus newer: one phasor of twice the length. */
static inline struct bank_phasors bank_join(const struct bank_phasors *newer, const struct bank_phasors *older,
                                            const struct bank_phasors *turn)
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
