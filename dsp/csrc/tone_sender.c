/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "dbm0.h"
#include "oscillator.h"
#include "tone_plan.h"

/* Of a modulated tone; Japan's ringback (400 Hz by 16 Hz) and India's tones are modulated deeply. */
#define MODULATION 0.85f

struct tone_sender {
    const struct tone_cadence *cadence; /* NULL: nothing to send */
    unsigned step;
    uint64_t left; /* samples of the step; UINT64_MAX: for ever */
    struct oscillator first, second;
};

int tone_sender_open(struct tone_sender **out)
{
    struct tone_sender *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    *out = s;
    return 0;
}

void tone_sender_close(struct tone_sender *s)
{
    free(s);
}

static void begin_step(struct tone_sender *s, unsigned number)
{
    const struct tone_step *step = &s->cadence->steps[number];
    s->step = number;
    s->left = step->duration_ms ? step->duration_ms * 8 : UINT64_MAX;
    float peak = dbm0_peak(step->level_dbm0);
    if (step->modulated) {
        oscillator_start(&s->first, step->f1_hz, peak / sqrtf(1 + MODULATION * MODULATION / 2));
        oscillator_start(&s->second, step->f2_hz, MODULATION);
    } else if (step->f2_hz > 0.0f) {
        oscillator_start(&s->first, step->f1_hz, peak * (float)M_SQRT1_2);
        oscillator_start(&s->second, step->f2_hz, peak * (float)M_SQRT1_2);
    } else
        oscillator_start(&s->first, step->f1_hz, peak);
}

int tone_sender_start(struct tone_sender *s, const struct tone_plan *plan, unsigned tone)
{
    for (int i = 0; i < plan->cadence_count; i++) {
        if (plan->cadences[i].tone != tone)
            continue;
        s->cadence = &plan->cadences[i];
        begin_step(s, 0);
        return 0;
    }
    return -ENOENT;
}

static void make_step(struct tone_sender *s, int16_t *pcm, size_t samples)
{
    const struct tone_step *step = &s->cadence->steps[s->step];
    if (step->f1_hz == 0.0f) {
        memset(pcm, 0, samples * sizeof(*pcm));
        return;
    }
    for (size_t i = 0; i < samples; i++) {
        float value = oscillator_next(&s->first);
        if (step->modulated)
            value *= 1.0f + oscillator_next(&s->second);
        else if (step->f2_hz > 0.0f)
            value += oscillator_next(&s->second);
        pcm[i] = oscillator_clip(value);
    }
}

static void next_step(struct tone_sender *s)
{
    unsigned next = s->step + 1;
    /* Some tones are a word said once to somebody who is talking, however often an exchange would repeat them. */
    int once = s->cadence->tone == TONE_CALL_WAITING || s->cadence->tone == TONE_CONFIRM;
    if (next == s->cadence->step_count && !once)
        next = s->cadence->repeat_from;
    if (next == s->cadence->step_count)
        s->cadence = NULL;
    else
        begin_step(s, next);
}

size_t tone_sender_make(struct tone_sender *s, int16_t *pcm, size_t samples)
{
    size_t made = 0;
    while (made < samples && s->cadence) {
        size_t part = s->left < samples - made ? (size_t)s->left : samples - made;
        make_step(s, pcm + made, part);
        made += part;
        if (s->left != UINT64_MAX)
            s->left -= part;
        if (s->left == 0)
            next_step(s);
    }
    memset(pcm + made, 0, (samples - made) * sizeof(*pcm));
    return made;
}

int tone_sender_done(const struct tone_sender *s)
{
    return s->cadence == NULL;
}

void tone_sender_stop(struct tone_sender *s)
{
    s->cadence = NULL;
}
