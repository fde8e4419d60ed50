/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "alaw.h"

/* Both tables are worked out by the compiler from the definition in ITU-T G.711 (tables 1a and 1b), so that they are
 * constant data, shared by all, and nothing has to be called before the first use. */

/* Decoding: even bits are inverted on the line (0x55); then sign, 3 bits of segment, 4 bits of step. */
#define SEGMENT(b)   (((b) >> 4) & 7)
#define STEP(b)      (((b)&15) << 4)
#define MAGNITUDE(b) (SEGMENT(b) == 0 ? STEP(b) + 8 : (STEP(b) + 0x108) << (SEGMENT(b) ? SEGMENT(b) - 1 : 0))
#define DECODED(b)   (((b)&0x80) ? MAGNITUDE(b) : -MAGNITUDE(b))
#define D1(c)        DECODED((c) ^ 0x55),
#define D4(c)        D1(c) D1((c) + 1) D1((c) + 2) D1((c) + 3)
#define D16(c)       D4(c) D4((c) + 4) D4((c) + 8) D4((c) + 12)
#define D64(c)       D16(c) D16((c) + 16) D16((c) + 32) D16((c) + 48)

const int16_t alaw_linear[256] = {D64(0) D64(64) D64(128) D64(192)};

/* Encoding: m is the upper 11 bits of the magnitude (one's complement for negative samples). */
#define TOP(m)                                                                                                         \
    ((m) < 32 ? ((m) < 16 ? 0 : 1) : (m) < 64 ? 2 : (m) < 128 ? 3 : (m) < 256 ? 4 : (m) < 512 ? 5 : (m) < 1024 ? 6 : 7)
#define CODED(m, sign) (uint8_t)(((TOP(m) << 4) | (((m) >> (TOP(m) < 2 ? 0 : TOP(m) - 1)) & 15)) ^ (sign))
#define P1(m)          CODED(m, 0xD5),
#define P4(m)          P1(m) P1((m) + 1) P1((m) + 2) P1((m) + 3)
#define P16(m)         P4(m) P4((m) + 4) P4((m) + 8) P4((m) + 12)
#define P64(m)         P16(m) P16((m) + 16) P16((m) + 32) P16((m) + 48)
#define P256(m)        P64(m) P64((m) + 64) P64((m) + 128) P64((m) + 192)
#define P1024(m)       P256(m) P256((m) + 256) P256((m) + 512) P256((m) + 768)
#define N1(m)          CODED(2047 - (m), 0x55),
#define N4(m)          N1(m) N1((m) + 1) N1((m) + 2) N1((m) + 3)
#define N16(m)         N4(m) N4((m) + 4) N4((m) + 8) N4((m) + 12)
#define N64(m)         N16(m) N16((m) + 16) N16((m) + 32) N16((m) + 48)
#define N256(m)        N64(m) N64((m) + 64) N64((m) + 128) N64((m) + 192)
#define N1024(m)       N256(m) N256((m) + 256) N256((m) + 512) N256((m) + 768)

const uint8_t alaw_code[4096] = {P1024(0) P1024(1024) N1024(0) N1024(1024)};

void alaw_decode_vector(int16_t *restrict linear, const uint8_t *restrict code, size_t samples)
{
    for (size_t i = 0; i < samples; i++)
        linear[i] = alaw_linear[code[i]];
}

void alaw_encode_vector(uint8_t *restrict code, const int16_t *restrict linear, size_t samples)
{
    for (size_t i = 0; i < samples; i++)
        code[i] = alaw_encode(linear[i]);
}
