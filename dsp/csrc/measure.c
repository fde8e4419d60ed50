/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dbm0.h"

#define RATE_HZ 8000.0
#define LOWEST_HZ 200.0
#define HIGHEST_HZ 3600.0
#define SECOND_BELOW_DB 20.0f
#define LEAST_DBM0 (-60.0f) /* A-law's own noise lies below */
#define SENT_LEAST_DBM0 (-45.0f)

enum { ECHO_SPREAD_SAMPLES = 24 /* 3 ms to either side: how far a hybrid smears an echo */ };

/* Power of one frequency under a Hann window, as a sine's mean square. */
static double power_at(const float *windowed, size_t samples, double freq_hz)
{
    const double coefficient = 2.0 * cos(2.0 * M_PI * freq_hz / RATE_HZ);
    double before = 0.0, last = 0.0;
    for (size_t i = 0; i < samples; i++) {
        double now = (double)windowed[i] + coefficient * last - before;
        before = last;
        last = now;
    }
    double power = last * last + before * before - coefficient * last * before;
    double half = (double)samples / 2.0; /* the sum of the window */
    return 2.0 * power / (half * half);
}

/* The top of the peak that a coarse search has found. */
static double summit(const float *windowed, size_t samples, double freq_hz, double step_hz)
{
    double low = freq_hz - step_hz, high = freq_hz + step_hz;
    while (high - low > 0.05) {
        double a = low + (high - low) / 3.0, b = high - (high - low) / 3.0;
        if (power_at(windowed, samples, a) < power_at(windowed, samples, b))
            low = a;
        else
            high = b;
    }
    return (low + high) / 2.0;
}

/* The strongest frequency, away from one that is known already. */
static struct measured_tone strongest(const float *windowed, size_t samples, double known_hz)
{
    const double step_hz = RATE_HZ / (double)samples, apart_hz = 4.0 * step_hz;
    double best_hz = 0.0, best = 0.0;
    for (double freq_hz = LOWEST_HZ; freq_hz <= HIGHEST_HZ; freq_hz += step_hz) {
        if (known_hz > 0.0 && fabs(freq_hz - known_hz) < apart_hz)
            continue;
        double power = power_at(windowed, samples, freq_hz);
        if (power > best) {
            best = power;
            best_hz = freq_hz;
        }
    }
    if (best_hz == 0.0)
        return (struct measured_tone){0.0f, DBM0_NOTHING};
    best_hz = summit(windowed, samples, best_hz, step_hz);
    return (struct measured_tone){(float)best_hz, dbm0_from_power((float)power_at(windowed, samples, best_hz))};
}

int measure_tones(const int16_t *pcm, size_t samples, struct measured_tone out[2])
{
    const struct measured_tone none = {0.0f, DBM0_NOTHING};
    if (samples < MEASURE_SAMPLES_MIN || samples > MEASURE_SAMPLES_MAX)
        return -EINVAL;
    float *windowed = malloc(samples * sizeof(*windowed));
    if (windowed == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < samples; i++)
        windowed[i] = (float)pcm[i] * (float)(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)samples));
    out[0] = strongest(windowed, samples, 0.0);
    out[1] = strongest(windowed, samples, (double)out[0].freq_hz);
    if (out[0].level_dbm0 < LEAST_DBM0)
        out[0] = none;
    if (out[1].level_dbm0 < LEAST_DBM0 || out[1].level_dbm0 < out[0].level_dbm0 - SECOND_BELOW_DB)
        out[1] = none;
    free(windowed);
    return 0;
}

/* How the path answers to one sample, at one delay: the least-squares estimate for a sent signal that is white. */
static double answer_at(const int16_t *sent, const int16_t *heard, size_t samples, size_t delay, double energy)
{
    double sum = 0.0;
    for (size_t i = 0; i < samples; i++)
        sum += (double)sent[i] * (double)heard[i + delay];
    return sum / energy;
}

int measure_echo(const int16_t *sent, const int16_t *heard, size_t samples, struct measured_echo *out)
{
    double answers[MEASURE_DELAY_SAMPLES_MAX], energy = 0.0, echo = 0.0;
    if (samples < MEASURE_SAMPLES_MIN + MEASURE_DELAY_SAMPLES_MAX || samples > MEASURE_SAMPLES_MAX)
        return -EINVAL;
    size_t used = samples - MEASURE_DELAY_SAMPLES_MAX, best = 0;
    for (size_t i = 0; i < used; i++)
        energy += (double)sent[i] * (double)sent[i];
    if (dbm0_from_power((float)(energy / (double)used)) < SENT_LEAST_DBM0)
        return -ENODATA;
    for (size_t delay = 0; delay < MEASURE_DELAY_SAMPLES_MAX; delay++) {
        answers[delay] = answer_at(sent, heard, used, delay, energy);
        if (fabs(answers[delay]) > fabs(answers[best]))
            best = delay;
    }
    size_t from = best > ECHO_SPREAD_SAMPLES ? best - ECHO_SPREAD_SAMPLES : 0, to = best + ECHO_SPREAD_SAMPLES;
    for (size_t delay = from; delay <= to && delay < MEASURE_DELAY_SAMPLES_MAX; delay++)
        echo += answers[delay] * answers[delay];
    out->delay_ms = (float)best * 1000.0f / (float)RATE_HZ;
    out->return_loss_db = (float)(-10.0 * log10(echo > 1e-9 ? echo : 1e-9));
    return 0;
}
