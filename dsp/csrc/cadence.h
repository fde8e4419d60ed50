/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of sound and silence held against the cadences of a plan; private to tone_detector.c. */
#ifndef SWITCHROOM_CADENCE_H
#define SWITCHROOM_CADENCE_H

#include "tone_plan.h"

#define STRANGE_VOICE (-2) /* of a segment: some sound that is none of the plan's after all */

struct segment {
    int voice; /* NO_VOICE: silence, or sound never taken up */
    float samples;
    float level_dbm0;
    float freq_hz; /* 0: not one frequency */
    uint64_t began_sample;
};

/* How many segments in a row have fitted the steps of a cadence. */
struct run {
    uint32_t segments;
    uint64_t began_sample;
};

#define FOUND_MAX 16

struct matcher {
    const struct tone_plan *plan;
    struct run runs[TONE_CADENCES_MAX][TONE_STEPS_MAX]; /* by the step the last segment fitted */
    float level_dbm0;                                   /* of the last sound */
    float freq_hz;
    int cadence; /* the one reported, or -1 */
    int tone;    /* what was reported: of that cadence, or continuous; -1: nothing */
    uint16_t cycles;
    uint64_t began_sample;
    uint64_t deadline_samples; /* how long the present segment may last before the reported cadence is broken */
    struct tone_event found[FOUND_MAX];
    size_t found_count;
};

void matcher_reset(struct matcher *m, const struct tone_plan *plan);

/* A segment is whole; it ended at `sample`. */
void matcher_take(struct matcher *m, const struct segment *s, uint64_t sample);

/* A tone that does not pause has lasted long enough. */
void matcher_take_continuous(struct matcher *m, int tone, float freq_hz, uint64_t began_sample, uint64_t sample);

/* The tone reported, if any, is over. */
void matcher_end(struct matcher *m, uint64_t sample);

/* 1 where a cadence is reported and the present segment has lasted too long for it. */
int matcher_overdue(const struct matcher *m, uint64_t lasted_samples);

/* Move out what was found, at most `max` events. */
size_t matcher_tell(struct matcher *m, struct tone_event *events, size_t max);

#endif
