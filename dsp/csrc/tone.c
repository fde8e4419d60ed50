/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling a tone plan.
 *
 * Every distinct sound of the plan becomes a voice, and every frequency that has to be measured for one a slot of the
 * bank. */
#include "tone.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tone_plan.h"

#define HZ_MIN          200.0f
#define HZ_MAX          3400.0f
#define DURATION_MAX_MS 60000
/* Two tones nearer than this can't be measured apart within 20 ms, and count as one between them. */
#define PAIR_MIN_HZ 35.0f
/* China's exchanges may be off by 25 Hz (GB/T 3380); with room for the measurement. */
#define TOLERANCE_HZ 32.0f
/* A frequency this near to a slot is measured by it. */
#define SLOT_REACH_HZ      12.0f
#define NARROW_HZ          75.0f
#define CONTINUOUS_SAMPLES 4000

static int valid_step(const struct tone_step *s, int last)
{
    int silent = s->f1_hz == 0.0f;
    if (silent ? s->f2_hz != 0.0f || s->duration_ms == 0 : s->f1_hz < HZ_MIN || s->f1_hz > HZ_MAX)
        return 0;
    if (s->modulated ? s->f2_hz <= 0.0f || s->f2_hz > 100.0f
                     : s->f2_hz != 0.0f && (s->f2_hz < HZ_MIN || s->f2_hz > HZ_MAX))
        return 0;
    return s->duration_ms <= DURATION_MAX_MS && (s->duration_ms > 0 || last);
}

static int valid_cadence(const struct tone_cadence *c)
{
    if (c->tone >= TONE_COUNT || c->step_count < 1 || c->step_count > TONE_STEPS_MAX || c->repeat_from > c->step_count)
        return 0;
    for (int i = 0; i < c->step_count; i++)
        if (!valid_step(&c->steps[i], i + 1 == c->step_count))
            return 0;
    return 1;
}

/* The slot that measures this frequency, a new one if need be; -1 where there are too many. */
static int slot_of(struct tone_plan *p, float hz)
{
    for (int i = 0; i < p->slot_count; i++)
        if (fabsf(p->slot_hz[i] - hz) <= SLOT_REACH_HZ)
            return i;
    if (p->slot_count == BANK_WIDTH)
        return -1;
    p->slot_hz[p->slot_count] = hz;
    return p->slot_count++;
}

static int voice_of(struct tone_plan *p, const struct tone_step *s)
{
    int pair = s->f2_hz > 0.0f && !s->modulated, wide = pair && fabsf(s->f1_hz - s->f2_hz) >= PAIR_MIN_HZ;
    float hz = pair && !wide ? (s->f1_hz + s->f2_hz) / 2 : s->f1_hz;
    struct voice v = {
        .slot = (int8_t)slot_of(p, hz),
        .other_slot = wide ? (int8_t)slot_of(p, s->f2_hz) : NO_VOICE,
        .single = s->f2_hz == 0.0f,
        .fluttering = s->f2_hz > 0.0f,
        .hz = hz,
        .tolerance_hz = TOLERANCE_HZ,
        .continuous_tone = -1,
    };
    if (v.slot < 0 || (wide && v.other_slot < 0))
        return -EINVAL;
    for (int i = 0; i < p->voice_count; i++)
        if (p->voices[i].slot == v.slot && p->voices[i].other_slot == v.other_slot) {
            /* A modulated tone and a plain one of one frequency are told apart by cadence only. */
            p->voices[i].fluttering |= v.fluttering;
            p->voices[i].single &= v.single;
            return i;
        }
    if (p->voice_count == VOICES_MAX)
        return -EINVAL;
    p->voices[p->voice_count] = v;
    return p->voice_count++;
}

/* The United Kingdom's information tone has silences of 15 ms between its three sounds: nothing to wait for. */
static void copy_heard(struct tone_cadence *heard, const struct tone_cadence *c)
{
    *heard = *c;
    heard->step_count = 0;
    for (uint8_t i = 0; i < c->step_count; i++) {
        const struct tone_step *s = &c->steps[i];
        if (i == c->repeat_from)
            heard->repeat_from = heard->step_count;
        if (s->f1_hz > 0.0f || s->duration_ms * 8 >= SILENCE_MIN_SAMPLES)
            heard->steps[heard->step_count++] = *s;
    }
    if (c->repeat_from == c->step_count)
        heard->repeat_from = heard->step_count;
}

/* A tone that never pauses nor ends: all its steps are the same sound. */
static int continuous(const struct tone_plan *p, int cadence)
{
    const struct tone_cadence *c = &p->heard[cadence];
    for (int i = 0; i < c->step_count; i++)
        if (p->step_voices[cadence][i] == NO_VOICE || p->step_voices[cadence][i] != p->step_voices[cadence][0])
            return 0;
    return c->repeat_from < c->step_count || c->steps[c->step_count - 1].duration_ms == 0;
}

/* Do its sounds differ in level? */
static int uneven(const struct tone_cadence *heard)
{
    for (int i = 0; i < heard->step_count; i++)
        if (heard->steps[i].f1_hz > 0.0f && fabsf(heard->steps[i].level_dbm0 - heard->steps[0].level_dbm0) > 1.0f)
            return 1;
    return 0;
}

static int add_cadence(struct tone_plan *p, const struct tone_cadence *c)
{
    int number = p->cadence_count;
    if (!valid_cadence(c))
        return -EINVAL;
    for (int i = 0; i < number; i++)
        if (p->cadences[i].tone == c->tone)
            return -EINVAL;
    struct tone_cadence *heard = &p->heard[number];
    p->cadences[number] = *c;
    copy_heard(heard, c);
    p->cadence_count++;
    if (c->send_only)
        return 0;
    for (int i = 0; i < heard->step_count; i++) {
        int voice = heard->steps[i].f1_hz > 0.0f ? voice_of(p, &heard->steps[i]) : NO_VOICE;
        if (voice < NO_VOICE)
            return voice;
        p->step_voices[number][i] = (int8_t)voice;
        p->mixed[number] |= voice != NO_VOICE && voice != p->step_voices[number][0];
    }
    p->listened[number] = !continuous(p, number);
    p->levels_matter |= p->listened[number] && uneven(heard);
    return 0;
}

static void settle_continuous(struct tone_plan *p, int cadence)
{
    int8_t voice = p->step_voices[cadence][0];
    struct voice *v = &p->voices[voice];
    uint32_t longest = 0;
    for (int c = 0; c < p->cadence_count; c++)
        for (int i = 0; p->listened[c] && i < p->heard[c].step_count; i++)
            if (p->step_voices[c][i] == voice && p->heard[c].steps[i].duration_ms * 8 > longest)
                longest = p->heard[c].steps[i].duration_ms * 8;
    v->continuous_tone = (int8_t)p->cadences[cadence].tone;
    v->continuous_samples = CONTINUOUS_SAMPLES;
    /* Beyond the tolerance of that cadence, so that a ringback burst is never taken for dial tone. */
    if (longest + longest / 5 > CONTINUOUS_SAMPLES)
        v->continuous_samples = longest + longest / 5;
}

static void fill_table(struct tone_plan *p)
{
    for (int slot = 0; slot < p->slot_count; slot++) {
        double turn = 2.0 * M_PI * (double)p->slot_hz[slot] / 8000.0;
        for (int n = 0; n < BANK_HALF; n++) {
            p->table.cosine[n][slot] = (float)cos(turn * (n + 0.5));
            p->table.sine[n][slot] = (float)sin(turn * (n + 0.5));
        }
        p->table.turn.re[slot] = (float)cos(turn * BANK_STEP);
        p->table.turn.im[slot] = (float)sin(turn * BANK_STEP);
        p->two_turns.re[slot] = (float)cos(turn * 2 * BANK_STEP);
        p->two_turns.im[slot] = (float)sin(turn * 2 * BANK_STEP);
        for (int other = 0; other < slot; other++)
            p->narrow |= fabsf(p->slot_hz[slot] - p->slot_hz[other]) < NARROW_HZ;
    }
}

static int compile(struct tone_plan *p, const struct tone_cadence *cadences, size_t count)
{
    if (count < 1 || count > TONE_CADENCES_MAX)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        int result = add_cadence(p, &cadences[i]);
        if (result < 0)
            return result;
    }
    for (int c = 0; c < p->cadence_count; c++)
        if (!p->listened[c] && !p->cadences[c].send_only)
            settle_continuous(p, c);
    fill_table(p);
    return 0;
}

int tone_plan_open(struct tone_plan **out, const struct tone_cadence *cadences, size_t count)
{
    /* The bank's vectors want 32-byte alignment, which malloc does not promise. */
    struct tone_plan *p = aligned_alloc(32, (sizeof(*p) + 31) / 32 * 32);
    if (!p)
        return -ENOMEM;
    memset(p, 0, sizeof(*p));
    int result = compile(p, cadences, count);
    if (result < 0) {
        free(p);
        return result;
    }
    *out = p;
    return 0;
}

void tone_plan_close(struct tone_plan *p)
{
    free(p);
}
