/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What can be measured on a stretch of one port's sound: its frequencies with their levels, and the echo of what we sent.
 * Not for the tick: each call does its whole work. */
#ifndef SWITCHROOM_MEASURE_H
#define SWITCHROOM_MEASURE_H

#include <stddef.h>
#include <stdint.h>

enum measure_limit {
    MEASURE_SAMPLES_MIN = 800,       /* 100 ms: tells frequencies 40 Hz apart */
    MEASURE_SAMPLES_MAX = 64000,
    MEASURE_DELAY_SAMPLES_MAX = 2000 /* 250 ms: the longest way of an echo that is looked for */
};

struct measured_tone {
    float freq_hz; /* 0: nothing stands out */
    float level_dbm0;
};

struct measured_echo {
    float delay_ms;       /* from what we sent to where the echo is strongest */
    float return_loss_db; /* how much weaker the echo is than what we sent */
};

/* The two strongest frequencies between 200 and 3,600 Hz, the stronger first; a second one more than 20 dB below
 * is none.  0, or -EINVAL for too few or too many samples. */
int measure_tones(const int16_t *pcm, size_t samples, struct measured_tone out[2]);

/* sent must be noise-like, or every delay looks alike.  0; -EINVAL for too few or too many samples; -ENODATA
 * where nothing, or nearly nothing, was sent. */
int measure_echo(const int16_t *sent, const int16_t *heard, size_t samples, struct measured_echo *out);

#endif
