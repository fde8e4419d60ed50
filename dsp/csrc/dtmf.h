/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* DTMF receiver for one direction of one channel (ITU-T Q.23, Q.24; limits: AT&T column of Q.24 table A-1).
 *
 * Sans-IO: feed samples (8 kHz, 16-bit linear, any number at a time), get events.  Allocates in dtmf_open only.
 * A digit is reported as BEGAN once its tone has lasted some 32 ms, as ENDED some 20 ms after it stopped;
 * both carry where the tone really began or ended.  Every BEGAN is followed by its ENDED before the next BEGAN. */
#ifndef SWITCHROOM_DTMF_H
#define SWITCHROOM_DTMF_H

#include <stddef.h>
#include <stdint.h>

struct dtmf; /* opaque: only dtmf.c sees inside */

enum dtmf_event_kind { DTMF_BEGAN = 1, DTMF_ENDED = 2 };

struct dtmf_event {
    uint8_t kind;              /* enum dtmf_event_kind */
    char key;                  /* one of 0-9 * # A-D */
    uint64_t sample;           /* samples fed or filled in since reset, where the tone began / where it ended */
    uint32_t duration_samples; /* ENDED: from begin to end of the tone; BEGAN: so far */
    float level_dbm0;          /* of one tone: mean of the two, in dB */
    float twist_db;            /* high tone over low tone; negative where the high tone is the weaker */
};

/* 0 and *out, or -ENOMEM. */
int dtmf_open(struct dtmf **out);

/* Take samples, write at most `max` events, return how many.  `max` must be samples / 40 + 1 or more (5 covers 160
 * samples), else -ENOBUFS and nothing is taken. */
int dtmf_feed(struct dtmf *d, const int16_t *pcm, size_t samples, struct dtmf_event *events, size_t max);

/* Samples were lost on the way: the clock goes on, a digit being received is held (up to 100 ms of loss). */
void dtmf_fillin(struct dtmf *d, size_t samples);

/* 1 while the last 5 ms were part of a digit or of what may become one: such sound is no speech. */
int dtmf_sounding(const struct dtmf *d);

/* The state after dtmf_open: clock 0, nothing heard. */
void dtmf_reset(struct dtmf *d);

void dtmf_close(struct dtmf *d);

#endif
