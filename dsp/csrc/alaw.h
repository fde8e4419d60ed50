/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* A-law (ITU-T G.711) by table: 16-bit linear to 8-bit A-law and back.  No state, nothing to open. */
#ifndef SWITCHROOM_ALAW_H
#define SWITCHROOM_ALAW_H

#include <stddef.h>
#include <stdint.h>

/* What linear 0 encodes to.  It decodes to +8, the smallest step A-law has. */
#define ALAW_SILENCE 0xD5

extern const int16_t alaw_linear[256];
extern const uint8_t alaw_code[4096]; /* by the upper 12 bits of the sample; G.711 ignores the rest */

static inline int16_t alaw_decode(uint8_t code)
{
    return alaw_linear[code];
}

static inline uint8_t alaw_encode(int16_t linear)
{
    return alaw_code[(uint16_t)linear >> 4];
}

/* The same for a vector; input and output must not overlap. */
void alaw_decode_vector(int16_t *linear, const uint8_t *code, size_t samples);
void alaw_encode_vector(uint8_t *code, const int16_t *linear, size_t samples);

#endif
