/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* How a digit is found.
 *
 * Every 5 ms (a step) the phasors of the eight frequencies are measured, unless the step is all but silent.  Steps
 * are too short to tell 697 from 770 Hz, so a first look joins the last four of them (20 ms) and asks for one clear
 * row and one clear column.  When it finds the same pair twice running, the last five steps are examined closely: row
 * and column are separated from each other (5 ms of 941 Hz holds a good deal of 1209 Hz, and the sum of the two is
 * known exactly), and then
 *   - the phase advance from step to step gives each frequency to a fraction of a hertz (limit FREQUENCY_LIMIT),
 *   - amplitudes must be steady, and the two steady tones must hold nearly all energy (speech fails here),
 *   - level and twist must be in range.
 * From then on a step counts by the fraction of the steady amplitude it has: a step half filled by the tone has half
 * of it, which gives begin and end of the tone to about a millisecond.  A digit counts from ON_SAMPLES of such tone,
 * and ends after OFF_SAMPLES without it; shorter interruptions are bridged. */
#include "dtmf.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bank.h"
#include "dbm0.h"

/* ITU-T Q.24 table A-1, AT&T column: 40 ms accepted and 23 ms rejected: the middle. */
#define ON_SAMPLES 252
/* Interruptions of 10 ms bridged, pauses of 40 ms kept (NTT: 30): between them. */
#define OFF_SAMPLES 164
/* +-1.5 % accepted, +-3.5 % rejected (NTT: 1.8 and 3.0); in between, the less is let through the less speech is. */
#define FREQUENCY_LIMIT 0.0225f
/* High over low from +4 to -8 dB accepted; nothing is said about rejection, so with some room for noise. */
#define TWIST_MAX_DB 6.0f
#define TWIST_MIN_DB (-10.0f)
/* -25 dBm per tone accepted, -55 not; speech at low level is kept out by the rest. */
#define TONE_POWER_MIN DBM0_TO_POWER(-38.0)
/* Share of all energy the two tones must hold, and by how much a step's amplitude may be off the mean of its tone.
 * Measured on 2.2 h of prompts in five languages, cut at 14 offsets of a step: 1 false digit in these 30 h; with 0.78
 * and 0.30 one in 2 h, with 0.70 and 0.25 one in 1.5 h.  Digits at 10 dB of signal to noise and at any twist of the
 * table pass all the same. */
#define SHARE_MIN    0.80f
#define UNSTEADY_MAX 0.23f
/* The same share by the coarse measure of the first look, which loses up to half at the limits of frequency; and what is
 * taken for a digit, not for speech, before it is known (music has two tones of these often enough). */
#define SHARE_LOOK 0.45f
#define SHARE_PURE 0.70f

#define STEPS_KEPT     8   /* power of two */
#define STEPS_EXAMINED 5   /* 25 ms */
#define HELD_SAMPLES   800 /* lost audio a digit is held over */
#define HALF           ((float)BANK_HALF)

#define TURN(f) (2.0 * M_PI * (f) / 8000.0)
#define EIGHT(F, x)                                                                                                    \
    {                                                                                                                  \
        F(TURN(697) * (x)), F(TURN(770) * (x)), F(TURN(852) * (x)), F(TURN(941) * (x)), F(TURN(1209) * (x)),           \
            F(TURN(1336) * (x)), F(TURN(1477) * (x)), F(TURN(1633) * (x))                                              \
    }
#define FIVE(F, n) EIGHT(F, n + 0.5), EIGHT(F, n + 1.5), EIGHT(F, n + 2.5), EIGHT(F, n + 3.5), EIGHT(F, n + 4.5)
#define COSINE(x)  (float)__builtin_cos(x)
#define SINE(x)    (float)__builtin_sin(x)

static const struct bank_table table = {
    .cosine = {FIVE(COSINE, 0), FIVE(COSINE, 5), FIVE(COSINE, 10), FIVE(COSINE, 15)},
    .sine = {FIVE(SINE, 0), FIVE(SINE, 5), FIVE(SINE, 10), FIVE(SINE, 15)},
    .turn = {EIGHT(COSINE, BANK_STEP), EIGHT(SINE, BANK_STEP)},
};
static const struct bank_phasors two_turns = {EIGHT(COSINE, 2 * BANK_STEP), EIGHT(SINE, 2 * BANK_STEP)};

static const float nominal_hz[8] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char keys[4][4] = {{'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}};

/* How much of one tone a step's phasor of the other holds. */
#define LEAK(low, high)                                                                                                \
    (float)(__builtin_sin((TURN(high) - TURN(low)) * BANK_HALF) /                                                      \
            (BANK_STEP * __builtin_sin((TURN(high) - TURN(low)) / 2)))
#define LEAKS(low)                                                                                                     \
    {                                                                                                                  \
        LEAK(low, 1209), LEAK(low, 1336), LEAK(low, 1477), LEAK(low, 1633)                                             \
    }
static const float leaks[4][4] = {LEAKS(697), LEAKS(770), LEAKS(852), LEAKS(941)};

struct phasor {
    float re, im;
};

enum state { LOOKING, CANDIDATE, DIGIT };

struct dtmf {
    struct bank_phasors history[STEPS_KEPT]; /* of step n at n % STEPS_KEPT */
    float energy[STEPS_KEPT];
    struct bank_cutter cutter;
    uint64_t step;           /* number of the next step */
    uint64_t clock;          /* sample at which it begins */
    unsigned steps_measured; /* how many of the last steps are in the history */
    int last_pair;           /* of the first look at the step before; -1: none */
    int sounding;

    enum state state;
    int row, col;
    float amplitude[2];         /* of row and column while steady, as phasors */
    float level_sum, twist_sum; /* in dB, over the steps that are wholly tone */
    unsigned full_steps;
    uint64_t began_sample;
    uint64_t stopped_sample; /* where the tone was last there */
    float on_samples;        /* tone so far */
    float off_samples;       /* since it was last there */
    uint64_t held_samples;   /* lost since it was last there */
};

int dtmf_open(struct dtmf **out)
{
    /* The vectors want 32-byte alignment, which malloc does not promise. */
    struct dtmf *d = aligned_alloc(32, (sizeof(*d) + 31) / 32 * 32);
    if (!d)
        return -ENOMEM;
    dtmf_reset(d);
    *out = d;
    return 0;
}

void dtmf_reset(struct dtmf *d)
{
    memset(d, 0, sizeof(*d));
    d->last_pair = -1;
}

void dtmf_close(struct dtmf *d)
{
    free(d);
}

int dtmf_sounding(const struct dtmf *d)
{
    return d->sounding;
}

static float squared(struct phasor p)
{
    return p.re * p.re + p.im * p.im;
}

/* Row and column of one step, each without what leaked in from the other. */
static void separate(const struct dtmf *d, uint64_t step, int row, int col, struct phasor *low, struct phasor *high)
{
    const struct bank_phasors *p = &d->history[step % STEPS_KEPT];
    float leak = leaks[row][col], scale = 1.0f / (1.0f - leak * leak);
    low->re = (p->re[row] - leak * p->re[4 + col]) * scale;
    low->im = (p->im[row] - leak * p->im[4 + col]) * scale;
    high->re = (p->re[4 + col] - leak * p->re[row]) * scale;
    high->im = (p->im[4 + col] - leak * p->im[row]) * scale;
}

/* The pair (row * 4 + col) that stands out in the last 20 ms, or -1; and whether it is nearly all there is. */
static int first_look(const struct dtmf *d, int *pure)
{
    *pure = 0;
    if (d->steps_measured < 4)
        return -1;
    const struct bank_phasors *h = d->history;
    uint64_t s = d->step + STEPS_KEPT;
    struct bank_phasors late = bank_join(&h[(s - 1) % STEPS_KEPT], &h[(s - 2) % STEPS_KEPT], &table.turn);
    struct bank_phasors early = bank_join(&h[(s - 3) % STEPS_KEPT], &h[(s - 4) % STEPS_KEPT], &table.turn);
    struct bank_phasors whole = bank_join(&late, &early, &two_turns);
    /* Rows are 73 Hz apart and want all 20 ms; columns drift further (2.5 % is 41 Hz), so theirs are two powers over
     * 10 ms. */
    bank_vector narrow = whole.re * whole.re + whole.im * whole.im;
    bank_vector wide = late.re * late.re + late.im * late.im + early.re * early.re + early.im * early.im;
    int row = 0, col = 0;
    for (int i = 1; i < 4; i++) {
        if (narrow[i] > narrow[row])
            row = i;
        if (wide[4 + i] > wide[4 + col])
            col = i;
    }
    float energy = 0;
    for (unsigned i = 1; i <= 4; i++)
        energy += d->energy[(s - i) % STEPS_KEPT];
    /* A sine over two steps has wide = 2 * (A * STEP)^2 and energy 2 * STEP * A^2 over four. */
    float share = (wide[row] + wide[4 + col]) / (energy * BANK_STEP);
    float ratio = wide[4 + col] / wide[row];
    if (share < SHARE_LOOK || ratio > 20.0f || ratio < 0.05f)
        return -1;
    *pure = share > SHARE_PURE;
    return row * 4 + col;
}

/* Frequency offset in Hz of one tone over the steps examined; also the amplitude it has at just that frequency. */
static float offset_hz(const struct phasor *steps, int tone, float *amplitude)
{
    struct phasor turn = {table.turn.re[tone], -table.turn.im[tone]}, advance = {0, 0};
    static const float weights[STEPS_EXAMINED - 1] = {4, 6, 6, 4}; /* best for white noise (Kay 1989) */
    for (int i = 0; i + 1 < STEPS_EXAMINED; i++) {
        struct phasor a = steps[i], b = steps[i + 1];
        struct phasor product = {b.re * a.re + b.im * a.im, b.im * a.re - b.re * a.im};
        advance.re += weights[i] * (product.re * turn.re - product.im * turn.im);
        advance.im += weights[i] * (product.re * turn.im + product.im * turn.re);
    }
    float length = sqrtf(squared(advance));
    if (length <= 0.0f)
        return 1000.0f;
    float hz = atan2f(advance.im, advance.re) * (8000.0f / BANK_STEP / (2.0f * (float)M_PI));
    /* Turn each step back by what the tone has advanced, and add up: only this one frequency stays. */
    struct phasor back = {(turn.re * advance.re + turn.im * advance.im) / length,
                          (turn.im * advance.re - turn.re * advance.im) / length};
    struct phasor sum = {0, 0};
    for (int i = STEPS_EXAMINED - 1; i >= 0; i--)
        sum = (struct phasor){sum.re * back.re - sum.im * back.im + steps[i].re,
                              sum.re * back.im + sum.im * back.re + steps[i].im};
    float loss =
        1.0f - powf((float)M_PI * hz * BANK_STEP / 8000.0f, 2) / 6.0f; /* of a step, off its middle frequency */
    *amplitude = sqrtf(squared(sum)) / STEPS_EXAMINED / loss;
    return hz;
}

static int steady(const struct phasor *steps, float amplitude)
{
    float low = squared((struct phasor){amplitude * (1 - UNSTEADY_MAX), 0}),
          high = squared((struct phasor){amplitude * (1 + UNSTEADY_MAX), 0});
    for (int i = 0; i < STEPS_EXAMINED; i++)
        if (squared(steps[i]) < low || squared(steps[i]) > high)
            return 0;
    return 1;
}

/* Mean square of a sine whose phasors have this amplitude. */
static float power(float amplitude)
{
    return amplitude * amplitude / (2 * HALF * HALF);
}

/* Do the last five steps hold this pair by all the rules?  Then its amplitudes are put in `amplitude`. */
static int examine(const struct dtmf *d, int row, int col, float amplitude[2])
{
    struct phasor low[STEPS_EXAMINED], high[STEPS_EXAMINED];
    float energy = 0;
    if (d->steps_measured < STEPS_EXAMINED)
        return 0;
    for (int i = 0; i < STEPS_EXAMINED; i++) {
        uint64_t step = d->step - STEPS_EXAMINED + (uint64_t)i;
        separate(d, step, row, col, &low[i], &high[i]);
        energy += d->energy[step % STEPS_KEPT];
    }
    float low_hz = offset_hz(low, row, &amplitude[0]), high_hz = offset_hz(high, 4 + col, &amplitude[1]);
    float low_power = power(amplitude[0]), high_power = power(amplitude[1]);
    float twist = high_power / (low_power + 1e-9f);
    return fabsf(low_hz) < FREQUENCY_LIMIT * nominal_hz[row] &&
           fabsf(high_hz) < FREQUENCY_LIMIT * nominal_hz[4 + col] && low_power > TONE_POWER_MIN &&
           high_power > TONE_POWER_MIN && twist < (float)__builtin_pow(10, TWIST_MAX_DB / 10) &&
           twist > (float)__builtin_pow(10, TWIST_MIN_DB / 10) &&
           low_power + high_power > SHARE_MIN * energy / (STEPS_EXAMINED * BANK_STEP) && steady(low, amplitude[0]) &&
           steady(high, amplitude[1]);
}

/* How much of a step the tone fills: by its amplitudes, which a partly filled step has in proportion. */
static float filled(const struct dtmf *d, uint64_t step, float *weaker)
{
    struct phasor low, high;
    separate(d, step, d->row, d->col, &low, &high);
    float of_low = sqrtf(squared(low)) / d->amplitude[0], of_high = sqrtf(squared(high)) / d->amplitude[1];
    *weaker = fminf(of_low, of_high);
    return fminf(1.0f, (of_low + of_high) / 2);
}

static void note_level(struct dtmf *d)
{
    float low = dbm0_from_power(power(d->amplitude[0])), high = dbm0_from_power(power(d->amplitude[1]));
    d->level_sum += (low + high) / 2;
    d->twist_sum += high - low;
    d->full_steps++;
}

static struct dtmf_event event_now(const struct dtmf *d, uint8_t kind)
{
    return (struct dtmf_event){
        .kind = kind,
        .key = keys[d->row][d->col],
        .sample = kind == DTMF_BEGAN ? d->began_sample : d->stopped_sample,
        .duration_samples = (uint32_t)(d->stopped_sample - d->began_sample),
        .level_dbm0 = d->level_sum / (float)d->full_steps,
        .twist_db = d->twist_sum / (float)d->full_steps,
    };
}

/* The last five steps hold a pair: find where it began, and watch it. */
static void take_up(struct dtmf *d, int pair, const float amplitude[2])
{
    d->state = CANDIDATE;
    d->row = pair / 4;
    d->col = pair % 4;
    memcpy(d->amplitude, amplitude, sizeof(d->amplitude));
    d->level_sum = d->twist_sum = 0;
    d->full_steps = 0;
    note_level(d);
    float on = STEPS_EXAMINED * BANK_STEP, fill = 1;
    for (unsigned back = STEPS_EXAMINED + 1; back <= d->steps_measured && fill > 0.9f; back++) {
        float weaker;
        fill = filled(d, d->step - back, &weaker);
        on += fill * BANK_STEP;
    }
    d->on_samples = on;
    d->off_samples = 0;
    d->held_samples = 0;
    d->stopped_sample = d->clock;
    d->began_sample = d->clock - (uint64_t)on;
}

/* Follow a pair by one more step, which ends at the clock. */
static void follow(struct dtmf *d)
{
    float weaker, fill = filled(d, d->step - 1, &weaker);
    d->sounding = weaker > 0.5f;
    if (!d->sounding) {
        /* The first step without the tone still holds its end. */
        if (d->off_samples == 0) {
            d->stopped_sample = d->clock - BANK_STEP + (uint64_t)(fill * BANK_STEP);
            d->on_samples += fill * BANK_STEP;
            d->off_samples = (1 - fill) * BANK_STEP;
        } else
            d->off_samples += BANK_STEP;
        return;
    }
    d->on_samples += fill * BANK_STEP;
    d->off_samples = 0;
    d->held_samples = 0;
    d->stopped_sample = d->clock - (uint64_t)((1 - fill) * BANK_STEP);
    if (fill < 0.9f)
        return;
    /* Lines drift in level, speakers' hands cover microphones: the reference follows slowly. */
    struct phasor low, high;
    separate(d, d->step - 1, d->row, d->col, &low, &high);
    d->amplitude[0] += (sqrtf(squared(low)) - d->amplitude[0]) / 8;
    d->amplitude[1] += (sqrtf(squared(high)) - d->amplitude[1]) / 8;
    note_level(d);
}

static void look(struct dtmf *d)
{
    float amplitude[2];
    int pair = first_look(d, &d->sounding);
    if (pair >= 0 && pair == d->last_pair && examine(d, pair / 4, pair % 4, amplitude))
        take_up(d, pair, amplitude);
    d->last_pair = pair;
}

/* Give the pair up; writes the end of a digit that had begun. */
static size_t let_go(struct dtmf *d, struct dtmf_event *event)
{
    int was_digit = d->state == DIGIT;
    if (was_digit)
        *event = event_now(d, DTMF_ENDED);
    d->state = LOOKING;
    d->last_pair = -1;
    return was_digit ? 1 : 0;
}

/* Everything a step that has just been measured brings; writes at most one event. */
static size_t judge(struct dtmf *d, struct dtmf_event *event)
{
    float amplitude[2];
    if (d->state == LOOKING) {
        look(d);
        return 0;
    }
    if (d->held_samples > HELD_SAMPLES)
        return let_go(d, event);
    follow(d);
    if (d->off_samples >= OFF_SAMPLES)
        return let_go(d, event);
    if (d->state == DIGIT || d->on_samples < ON_SAMPLES)
        return 0;
    /* Where it stops here, or was interrupted, the last five steps can't be steady; the five before were. */
    if (d->sounding && d->full_steps > 1 && !examine(d, d->row, d->col, amplitude))
        return let_go(d, event);
    d->state = DIGIT;
    *event = event_now(d, DTMF_BEGAN);
    return 1;
}

/* One step of 5 ms. */
static size_t hear(struct dtmf *d, const int16_t *pcm, struct dtmf_event *event)
{
    struct bank_fold fold;
    bank_fold(&fold, pcm);
    uint64_t now = d->step++;
    d->clock += BANK_STEP;
    if (d->state == LOOKING && fold.energy < 2 * BANK_STEP * TONE_POWER_MIN) {
        d->steps_measured = 0;
        d->last_pair = -1;
        d->sounding = 0;
        return 0;
    }
    bank_measure(&d->history[now % STEPS_KEPT], &table, &fold);
    d->energy[now % STEPS_KEPT] = fold.energy;
    d->steps_measured += d->steps_measured < STEPS_KEPT;
    return judge(d, event);
}

int dtmf_feed(struct dtmf *d, const int16_t *pcm, size_t samples, struct dtmf_event *events, size_t max)
{
    size_t count = 0;
    if (max < samples / BANK_STEP + 1)
        return -ENOBUFS;
    for (const int16_t *step; (step = bank_cut(&d->cutter, &pcm, &samples)) != NULL;)
        count += hear(d, step, &events[count]);
    return (int)count;
}

void dtmf_fillin(struct dtmf *d, size_t samples)
{
    d->clock += samples;
    d->steps_measured = 0;
    d->last_pair = -1;
    if (d->state == LOOKING)
        return;
    d->held_samples += samples;
    d->off_samples = 0;
    if (d->state == CANDIDATE)
        d->state = LOOKING;
}
