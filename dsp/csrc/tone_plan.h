/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled tone plan; private to tone.c (which compiles it and sends by it) and tone_detector.c. */
#ifndef SWITCHROOM_TONE_PLAN_H
#define SWITCHROOM_TONE_PLAN_H

#include "bank.h"
#include "tone.h"

#define NO_VOICE            (-1)
#define VOICES_MAX          TONE_CADENCES_MAX
#define SILENCE_MIN_SAMPLES 240 /* shorter ones are not told from a hole in a tone */

/* What a step of a cadence sounds like: one or two of the bank's frequencies. */
struct voice {
    int8_t slot, other_slot; /* other_slot: -1 where one is enough */
    uint8_t single;          /* one sine, so its frequency can be measured */
    uint8_t fluttering;      /* modulated or beating: its level falls to nothing in between */
    float hz;                /* of the first, and by how much it may be off */
    float tolerance_hz;
    uint32_t continuous_samples; /* how long it must last to be no part of a cadence */
    int8_t continuous_tone;      /* the tone it then is, or -1 */
};

struct tone_plan {
    struct bank_table table;
    struct bank_phasors two_turns;
    float slot_hz[BANK_WIDTH];
    int slot_count;
    int narrow;        /* frequencies less than 75 Hz apart must be told apart */
    int levels_matter; /* a cadence has sounds of different level */
    struct voice voices[VOICES_MAX];
    int voice_count;
    struct tone_cadence cadences[TONE_CADENCES_MAX];       /* as sent */
    struct tone_cadence heard[TONE_CADENCES_MAX];          /* without the silences too short to be heard as such */
    int8_t step_voices[TONE_CADENCES_MAX][TONE_STEPS_MAX]; /* of heard; NO_VOICE: silence */
    uint8_t listened[TONE_CADENCES_MAX];                   /* 1: a cadence to match; 0: continuous or send only */
    uint8_t mixed[TONE_CADENCES_MAX];                      /* 1: of several voices */
    int cadence_count;
};

#endif
