/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* How a call-progress tone is found.
 *
 * Every 5 ms (a step) the plan's frequencies are measured, unless the step is all but silent.  Over the last 40 ms it
 * is asked which voice of the plan (its one or two frequencies) holds nearly all energy.  Once one does, each step
 * counts by the fraction of its steady amplitude it has, which gives begin and end of the sound to a few
 * milliseconds; short holes are bridged.  So the line becomes a row of segments: a voice, or none, for so many
 * samples.  What these make is cadence.c's. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cadence.h"
#include "dbm0.h"

#define STEPS_KEPT   16 /* power of two */
#define WINDOW_STEPS 8
#define POWER_MIN    DBM0_TO_POWER(-41.0)
/* Share of all energy a voice must hold to be taken up, and on the mean of a whole segment; the least of its weaker
 * frequency. */
#define SHARE_MIN      0.60f
#define SHARE_SEGMENT  0.55f
#define SHARE_WEAKER   0.10f
#define SHARE_LOST     0.30f
#define SHARE_PURE     0.75f
#define AMPLITUDE_LOST 0.5f
/* A hole shorter than this is none (a click, the beat of two frequencies); a sound shorter than SOUND_MIN is none. */
#define BRIDGE_SAMPLES         160
#define BRIDGE_FLUTTER_SAMPLES 280
#define SOUND_MIN_SAMPLES      240

struct tone_detector {
    /* What the last steps hold. */
    struct bank_phasors history[STEPS_KEPT]; /* of step n at n % STEPS_KEPT, as the others */
    struct bank_phasors joined[STEPS_KEPT];  /* two steps each */
    bank_vector powers[STEPS_KEPT];          /* of joined, or of two joined where the plan is narrow */
    float energy[STEPS_KEPT];
    const struct tone_plan *plan;
    struct bank_cutter cutter;
    uint64_t step, clock;
    unsigned steps_measured;
    float window_energy; /* of the last 40 ms */
    bank_vector shares;  /* each slot has of it */

    /* The sound being followed. */
    int voice;     /* NO_VOICE: none */
    int confirmed; /* it has lasted SOUND_MIN_SAMPLES, so the silence before it is over */
    int sounding;
    uint64_t began_sample, stopped_sample;
    float missing_samples; /* since it was last there */
    float amplitude_square;
    float share_sum, energy_sum; /* for its share on the mean */
    float on_energy;             /* for its level */
    unsigned steps_on;
    float advance_re, advance_im; /* for its frequency: what the phase gains from step to step */
    float freq_hz;

    uint64_t silence_began_sample; /* end of the sound before */

    struct matcher matcher; /* what all that makes */
};

int tone_detector_open(struct tone_detector **out, const struct tone_plan *plan)
{
    struct tone_detector *d = aligned_alloc(32, (sizeof(*d) + 31) / 32 * 32);
    if (!d)
        return -ENOMEM;
    tone_detector_reset(d, plan);
    *out = d;
    return 0;
}

void tone_detector_reset(struct tone_detector *d, const struct tone_plan *plan)
{
    memset(d, 0, sizeof(*d));
    d->plan = plan;
    d->voice = NO_VOICE;
    matcher_reset(&d->matcher, plan);
}

void tone_detector_close(struct tone_detector *d)
{
    free(d);
}

int tone_detector_sounding(const struct tone_detector *d)
{
    return d->sounding;
}

static void measure(struct tone_detector *d, const struct bank_fold *fold)
{
    const struct tone_plan *p = d->plan;
    uint64_t now = d->step + STEPS_KEPT;
    bank_measure(&d->history[now % STEPS_KEPT], &p->table, fold);
    d->energy[now % STEPS_KEPT] = fold->energy;
    struct bank_phasors two = d->history[now % STEPS_KEPT];
    if (d->steps_measured >= 1)
        two = bank_join(&two, &d->history[(now - 1) % STEPS_KEPT], &p->table.turn);
    d->joined[now % STEPS_KEPT] = two;
    if (p->narrow && d->steps_measured >= 3)
        two = bank_join(&two, &d->joined[(now - 2) % STEPS_KEPT], &p->two_turns);
    d->powers[now % STEPS_KEPT] = two.re * two.re + two.im * two.im;
    d->steps_measured += d->steps_measured < STEPS_KEPT;
}

/* Silence, or lost audio: there is nothing to look back on. */
static void go_deaf(struct tone_detector *d)
{
    d->steps_measured = 0;
    d->shares = (bank_vector){0};
}

/* What each slot holds of the last 40 ms (or of as much as there is). */
static void share_out(struct tone_detector *d)
{
    uint64_t now = d->step + STEPS_KEPT;
    unsigned stride = d->plan->narrow ? 4 : 2, count = 0;
    bank_vector sum = {0};
    d->window_energy = 0;
    for (unsigned back = 0; back + stride <= d->steps_measured && back < WINDOW_STEPS; back += stride) {
        sum += d->powers[(now - back) % STEPS_KEPT];
        for (unsigned i = 0; i < stride; i++)
            d->window_energy += d->energy[(now - back - i) % STEPS_KEPT];
        count++;
    }
    /* A sine over N samples has a power of (A * N / 2)^2 and an energy of N * A^2 / 2. */
    d->shares = sum * (2.0f / ((float)(stride * BANK_STEP) * (d->window_energy + 1.0f)));
}

static float share_of(const struct tone_detector *d, const struct voice *v)
{
    if (v->other_slot == NO_VOICE)
        return d->shares[v->slot];
    float a = d->shares[v->slot], b = d->shares[v->other_slot];
    return fminf(a, b) < SHARE_WEAKER ? 0.0f : a + b;
}

static int best_voice(const struct tone_detector *d)
{
    int best = NO_VOICE;
    float most = SHARE_MIN;
    for (int i = 0; i < d->plan->voice_count; i++) {
        float s = share_of(d, &d->plan->voices[i]);
        if (s > most) {
            most = s;
            best = i;
        }
    }
    return best;
}

/* Square of the amplitude a step has of a voice. */
static float amplitude_square(const struct tone_detector *d, const struct voice *v, uint64_t step)
{
    const struct bank_phasors *p = &d->history[step % STEPS_KEPT];
    float square = p->re[v->slot] * p->re[v->slot] + p->im[v->slot] * p->im[v->slot];
    if (v->other_slot != NO_VOICE)
        square += p->re[v->other_slot] * p->re[v->other_slot] + p->im[v->other_slot] * p->im[v->other_slot];
    return square;
}

/* Following one sound. */

static float measured_hz(const struct tone_detector *d)
{
    const struct voice *v = &d->plan->voices[d->voice];
    const struct bank_phasors *turn = &d->plan->table.turn;
    float re = d->advance_re * turn->re[v->slot] + d->advance_im * turn->im[v->slot];
    float im = d->advance_im * turn->re[v->slot] - d->advance_re * turn->im[v->slot];
    return d->plan->slot_hz[v->slot] + atan2f(im, re) * (8000.0f / BANK_STEP / (2.0f * (float)M_PI));
}

/* Was the sound so far really that voice: nothing else beside it, and its frequency right? */
static int genuine(struct tone_detector *d)
{
    const struct voice *v = &d->plan->voices[d->voice];
    float hz = measured_hz(d);
    d->freq_hz = v->single ? hz : 0.0f;
    return d->share_sum > SHARE_SEGMENT * d->energy_sum && (!v->single || fabsf(hz - v->hz) < v->tolerance_hz);
}

/* How many samples back from the clock a voice began, by the amplitude of the steps kept. */
static float samples_back(const struct tone_detector *d, const struct voice *v, float loudest)
{
    unsigned holes_max = v->fluttering ? BRIDGE_FLUTTER_SAMPLES / BANK_STEP : 0, holes = 0;
    float on = 0, whole = 0;
    for (unsigned back = 0; back < d->steps_measured && holes <= holes_max; back++) {
        float part = sqrtf(amplitude_square(d, v, d->step - back) / (loudest + 1e-9f));
        holes = part < 0.2f ? holes + 1 : 0;
        on += part < 0.8f && !v->fluttering ? part * BANK_STEP : BANK_STEP;
        if (part >= 0.2f)
            whole = on;
    }
    return whole;
}

/* A voice holds the window just measured: find where it began. */
static void take_up(struct tone_detector *d, int voice)
{
    const struct voice *v = &d->plan->voices[voice];
    float loudest = 0;
    for (unsigned back = 0; back < WINDOW_STEPS && back < d->steps_measured; back++)
        loudest = fmaxf(loudest, amplitude_square(d, v, d->step - back));
    d->voice = voice;
    d->confirmed = 0;
    d->amplitude_square = loudest;
    d->began_sample = d->clock - (uint64_t)samples_back(d, v, loudest);
    if (d->began_sample < d->silence_began_sample)
        d->began_sample = d->silence_began_sample;
    d->stopped_sample = d->clock;
    d->missing_samples = 0;
    d->share_sum = d->energy_sum = d->on_energy = 0;
    d->steps_on = 0;
    d->advance_re = d->advance_im = 0;
}

/* One more step of the sound followed: returns 0 when it is over. */
static int follow(struct tone_detector *d)
{
    const struct voice *v = &d->plan->voices[d->voice];
    float square = d->steps_measured ? amplitude_square(d, v, d->step) : 0.0f,
          part = sqrtf(square / (d->amplitude_square + 1e-9f));
    float held = share_of(d, v);
    if (part < AMPLITUDE_LOST || held < SHARE_LOST) {
        if (d->missing_samples == 0.0f)
            d->stopped_sample = d->clock - BANK_STEP + (uint64_t)(part < AMPLITUDE_LOST ? part * BANK_STEP : 0);
        d->missing_samples += BANK_STEP;
        return d->missing_samples < (v->fluttering ? BRIDGE_FLUTTER_SAMPLES : BRIDGE_SAMPLES);
    }
    d->stopped_sample = d->clock - (part < 0.8f ? (uint64_t)((1 - part) * BANK_STEP) : 0);
    d->missing_samples = 0;
    d->share_sum += held * d->window_energy;
    d->energy_sum += d->window_energy;
    d->on_energy += d->energy[d->step % STEPS_KEPT];
    d->steps_on++;
    if (d->steps_measured >= 2) {
        const struct bank_phasors *a = &d->history[(d->step - 1) % STEPS_KEPT], *b = &d->history[d->step % STEPS_KEPT];
        int i = v->slot;
        d->advance_re += b->re[i] * a->re[i] + b->im[i] * a->im[i];
        d->advance_im += b->im[i] * a->re[i] - b->re[i] * a->im[i];
    }
    d->amplitude_square += (square - d->amplitude_square) / 16;
    return 1;
}

/* The sound has lasted: the silence before it is a whole segment. */
static void confirm(struct tone_detector *d)
{
    struct segment silence = {
        .voice = NO_VOICE,
        .samples = (float)(d->began_sample - d->silence_began_sample),
        .began_sample = d->silence_began_sample,
    };
    d->confirmed = 1;
    /* Shorter, one sound goes over into the next, as in the special information tone. */
    if (silence.samples >= SILENCE_MIN_SAMPLES)
        matcher_take(&d->matcher, &silence, d->began_sample);
}

/* A tone that goes on and on has been reported. */
static int continuous(const struct tone_detector *d)
{
    return d->matcher.tone >= 0 && d->matcher.cadence < 0;
}

/* The sound is over. */
static void let_go(struct tone_detector *d)
{
    struct segment sound = {
        .voice = genuine(d) ? d->voice : STRANGE_VOICE,
        .samples = (float)(d->stopped_sample - d->began_sample),
        .level_dbm0 = dbm0_from_power(d->on_energy / ((float)d->steps_on * BANK_STEP + 1e-9f)),
        .freq_hz = d->freq_hz,
        .began_sample = d->began_sample,
    };
    d->voice = NO_VOICE;
    if (!d->confirmed)
        return;
    d->silence_began_sample = d->stopped_sample;
    if (continuous(d))
        matcher_end(&d->matcher, d->stopped_sample);
    else
        matcher_take(&d->matcher, &sound, d->stopped_sample);
}

/* A sound that outlasts all cadences is a tone of its own; a segment that outlasts the reported cadence ends it. */
static void watch_duration(struct tone_detector *d)
{
    int sound = d->voice != NO_VOICE && d->confirmed;
    uint64_t began = sound ? d->began_sample : d->silence_began_sample, lasted = d->clock - began;
    /* A silence is over only when the sound after it is confirmed. */
    if (matcher_overdue(&d->matcher, sound || lasted < SOUND_MIN_SAMPLES ? lasted : lasted - SOUND_MIN_SAMPLES))
        matcher_end(&d->matcher, sound ? d->clock : began);
    const struct voice *v = sound ? &d->plan->voices[d->voice] : NULL;
    if (v && v->continuous_tone >= 0 && !continuous(d) && lasted >= v->continuous_samples && genuine(d))
        matcher_take_continuous(&d->matcher, v->continuous_tone, d->freq_hz, began, d->clock);
}

/* Take up a voice, or confirm the one taken up. */
static void look(struct tone_detector *d)
{
    if (d->voice == NO_VOICE) {
        int voice = d->steps_measured > 0 ? best_voice(d) : NO_VOICE;
        if (voice != NO_VOICE)
            take_up(d, voice);
    } else if (!d->confirmed && d->missing_samples == 0.0f && d->clock - d->began_sample >= SOUND_MIN_SAMPLES)
        confirm(d);
}

/* One step of 5 ms. */
static void hear(struct tone_detector *d, const int16_t *pcm)
{
    struct bank_fold fold;
    bank_fold(&fold, pcm);
    d->clock += BANK_STEP;
    d->step++;
    if (fold.energy < BANK_STEP * POWER_MIN)
        go_deaf(d);
    else {
        measure(d, &fold);
        share_out(d);
    }
    if (d->voice != NO_VOICE && !follow(d))
        let_go(d);
    look(d);
    d->sounding = d->voice != NO_VOICE && share_of(d, &d->plan->voices[d->voice]) > SHARE_PURE;
    watch_duration(d);
}

int tone_detector_feed(struct tone_detector *d, const int16_t *pcm, size_t samples, struct tone_event *events,
                       size_t max)
{
    size_t count = 0;
    if (max < samples / BANK_STEP + 2)
        return -ENOBUFS;
    if (!d->plan)
        return 0;
    for (const int16_t *step; (step = bank_cut(&d->cutter, &pcm, &samples)) != NULL;) {
        hear(d, step);
        if (d->matcher.found_count > 0)
            count += matcher_tell(&d->matcher, events + count, max - count);
    }
    return (int)count;
}

void tone_detector_fillin(struct tone_detector *d, size_t samples)
{
    d->clock += samples;
    go_deaf(d);
}
