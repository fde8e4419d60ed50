/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Speech and silence of one direction of one channel, and its level. */
#ifndef SWITCHROOM_SPEECH_H
#define SWITCHROOM_SPEECH_H

#include <stddef.h>
#include <stdint.h>

struct speech_detector; /* opaque */

enum speech_event_kind { SPEECH_BEGAN = 1, SPEECH_ENDED = 2 };

struct speech_event {
    uint8_t kind;    /* enum speech_event_kind */
    uint64_t sample; /* samples fed or filled in since reset, where the sound began / where it fell silent */
};

int speech_detector_open(struct speech_detector **out);

/* Take samples, write at most `max` events, return how many.  `max` must be samples / 80 + 1 or more (3 covers 160
 * samples), else -ENOBUFS and nothing is taken.
 * other_sound: 1 while a digit or a plan tone sounds in these samples (dtmf_sounding, tone_detector_sounding: so feed
 * those first); such sound is taken as no speech, and speech that goes over into it ends. */
int speech_detector_feed(struct speech_detector *d, const int16_t *pcm, size_t samples, int other_sound,
                         struct speech_event *events, size_t max);
void speech_detector_fillin(struct speech_detector *d, size_t samples);
void speech_detector_reset(struct speech_detector *d);
void speech_detector_close(struct speech_detector *d);

/* Mean level since the last take.  Zeroed memory is an empty meter. */
struct level_meter {
    uint64_t energy;
    uint64_t samples;
};

void level_meter_feed(struct level_meter *m, const int16_t *pcm, size_t samples);

/* The mean level in dBm0 (a sine of peak 22,827 is 0), -99 for silence or no samples; empties the meter. */
float level_meter_take(struct level_meter *m);

#endif
