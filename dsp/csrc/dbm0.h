/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Levels: dBm0 against 16-bit linear samples.  A-law overloads at +3.14 dBm0 (ITU-T G.711), which is a sine of peak
 * 32768. */
#ifndef SWITCHROOM_DBM0_H
#define SWITCHROOM_DBM0_H

#include <math.h>

#define DBM0_SINE_PEAK 22827.0f    /* 32768 * 10^(-3.14/20): peak of a sine at 0 dBm0 */
#define DBM0_POWER 260535965.0f    /* its mean square */
#define DBM0_NOTHING (-99.0f)      /* reported for digital silence */

/* Mean square of a signal of this level; by the compiler, where the level is a constant. */
#define DBM0_TO_POWER(level_dbm0) (DBM0_POWER * (float)__builtin_pow(10.0, (level_dbm0) / 10.0))

static inline float dbm0_peak(float level_dbm0)
{
    return DBM0_SINE_PEAK * powf(10.0f, level_dbm0 / 20.0f);
}

static inline float dbm0_from_power(float mean_square)
{
    return mean_square > 0.0f ? 10.0f * log10f(mean_square / DBM0_POWER) : DBM0_NOTHING;
}

#endif
