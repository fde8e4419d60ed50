/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Any sampling rate to 8 kHz, for files that are brought in.  Not for the tick: it does its whole work in one call. */
#ifndef SWITCHROOM_RESAMPLE_H
#define SWITCHROOM_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

enum resample_limit { RESAMPLE_RATE_MIN = 4000, RESAMPLE_RATE_MAX = 192000 };

/* How many samples `count` samples at `rate_hz` become. */
size_t resampled_samples(size_t count, unsigned rate_hz);

/* Write resampled_samples(count, rate_hz) samples, limited to 16 bits, without what lies over 3.8 kHz (or over 95 %
 * of half the lower rate).  0, -EINVAL for a rate outside the limits, -ENOMEM. */
int resample(int16_t *out, const float *in, size_t count, unsigned rate_hz);

#endif
