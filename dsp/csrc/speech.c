/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Speech against silence by energy over an adaptive noise floor, in frames of 10 ms. */
#include "speech.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbm0.h"

#define FRAME 80
/* The floor falls at once to what is quieter, and rises by about 2 dB/s; beyond FLOOR_MAX a steady sound is no line
 * noise. */
#define FLOOR_FALL       0.25f
#define FLOOR_RISE       1.0046f
#define FLOOR_MIN        DBM0_TO_POWER(-65.0)
#define FLOOR_MAX        DBM0_TO_POWER(-38.0)
#define OVER_FLOOR       8.0f /* 9 dB */
#define SPEECH_POWER_MIN DBM0_TO_POWER(-45.0)
/* Speech begins with ONSET_FRAMES loud ones among the last ONSET_WINDOW (a click is shorter), and ends
 * HANGOVER_FRAMES after the last loud one (pauses inside words are shorter). */
#define ONSET_FRAMES    6
#define ONSET_WINDOW    10
#define HANGOVER_FRAMES 40

struct speech_detector {
    uint64_t clock; /* samples taken */
    uint64_t energy;
    unsigned filled; /* samples of the frame begun */
    int other_sound; /* somewhere in it */
    float floor;
    uint32_t loud; /* the last frames, newest in bit 0 */
    unsigned quiet_frames;
    uint64_t last_loud_sample;
    int speaking;
};

int speech_detector_open(struct speech_detector **out)
{
    struct speech_detector *d = malloc(sizeof(*d));
    if (!d)
        return -ENOMEM;
    speech_detector_reset(d);
    *out = d;
    return 0;
}

void speech_detector_reset(struct speech_detector *d)
{
    memset(d, 0, sizeof(*d));
    d->floor = FLOOR_MAX;
}

void speech_detector_close(struct speech_detector *d)
{
    free(d);
}

static uint64_t energy_of(const int16_t *pcm, size_t samples)
{
    uint64_t energy = 0;
    for (size_t i = 0; i < samples; i++)
        energy += (uint64_t)((int32_t)pcm[i] * pcm[i]);
    return energy;
}

static void follow_floor(struct speech_detector *d, float power)
{
    d->floor = power < d->floor ? d->floor + (power - d->floor) * FLOOR_FALL : d->floor * FLOOR_RISE;
    d->floor = d->floor < FLOOR_MIN ? FLOOR_MIN : d->floor > FLOOR_MAX ? FLOOR_MAX : d->floor;
}

/* One frame, which ends at the clock. */
static size_t judge(struct speech_detector *d, float power, int other_sound, struct speech_event *event)
{
    int loud = !other_sound && power > SPEECH_POWER_MIN && power > d->floor * OVER_FLOOR;
    if (!other_sound)
        follow_floor(d, power);
    d->loud = d->loud << 1 | (uint32_t)loud;
    if (loud)
        d->last_loud_sample = d->clock;
    d->quiet_frames = loud ? 0 : d->quiet_frames + 1;
    uint32_t window = d->loud & ((1u << ONSET_WINDOW) - 1);
    if (!d->speaking && __builtin_popcount(window) >= ONSET_FRAMES) {
        unsigned frames = 32 - (unsigned)__builtin_clz(window);
        d->speaking = 1;
        *event = (struct speech_event){SPEECH_BEGAN, d->clock - frames * FRAME};
        return 1;
    }
    if (d->speaking && d->quiet_frames >= HANGOVER_FRAMES) {
        d->speaking = 0;
        *event = (struct speech_event){SPEECH_ENDED, d->last_loud_sample};
        return 1;
    }
    return 0;
}

int speech_detector_feed(struct speech_detector *d, const int16_t *pcm, size_t samples, int other_sound,
                         struct speech_event *events, size_t max)
{
    size_t count = 0;
    if (max < samples / FRAME + 1)
        return -ENOBUFS;
    while (samples > 0) {
        size_t taken = FRAME - d->filled < samples ? FRAME - d->filled : samples;
        d->energy += energy_of(pcm, taken);
        d->other_sound |= other_sound;
        d->filled += (unsigned)taken;
        d->clock += taken;
        pcm += taken;
        samples -= taken;
        if (d->filled < FRAME)
            break;
        count += judge(d, (float)d->energy / FRAME, d->other_sound, &events[count]);
        d->energy = 0;
        d->filled = 0;
        d->other_sound = 0;
    }
    return (int)count;
}

void speech_detector_fillin(struct speech_detector *d, size_t samples)
{
    d->clock += samples;
}

void level_meter_feed(struct level_meter *m, const int16_t *pcm, size_t samples)
{
    m->energy += energy_of(pcm, samples);
    m->samples += samples;
}

float level_meter_take(struct level_meter *m)
{
    float level_dbm0 = m->samples ? dbm0_from_power((float)m->energy / (float)m->samples) : DBM0_NOTHING;
    *m = (struct level_meter){0};
    return level_dbm0;
}
