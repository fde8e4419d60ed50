/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Caller ID as audio: FSK (Bell 202, GR-30 and YD/T 1277.1; ITU-T V.23 is close enough to be heard too) and DTMF.
 *
 * This is the sound only.  What the bytes and keys mean is dsp/callerid.py's. */
#ifndef SWITCHROOM_CALLERID_H
#define SWITCHROOM_CALLERID_H

#include <stddef.h>
#include <stdint.h>

/* An FSK message whole: type, length, up to 255 bytes of data, checksum. */
enum callerid_limit { CALLERID_RAW_MAX = 258 };

enum callerid_format { CALLERID_FSK = 1, CALLERID_DTMF = 2 };

struct callerid_event {
    uint8_t format;  /* enum callerid_format */
    uint8_t intact;  /* FSK: the checksum is right; DTMF: it had a stop code */
    uint16_t length; /* bytes of raw */
    uint64_t sample; /* samples fed or filled in since reset, at the end of the message */
    uint8_t raw
        [CALLERID_RAW_MAX]; /* FSK: from the type byte to the checksum, as received; DTMF: the keys with their codes */
};

struct callerid_detector; /* opaque: both receivers, running together */
struct callerid_sender;   /* opaque */

int callerid_detector_open(struct callerid_detector **out);

/* Take samples, write at most `max` events, return how many.  `max` must be 2 or more and `samples` at most 160, else
 * -ENOBUFS or -EINVAL and nothing is taken. */
int callerid_detector_feed(struct callerid_detector *d, const int16_t *pcm, size_t samples,
                           struct callerid_event *events, size_t max);
void callerid_detector_fillin(struct callerid_detector *d, size_t samples);
void callerid_detector_reset(struct callerid_detector *d);
void callerid_detector_close(struct callerid_detector *d);

int callerid_sender_open(struct callerid_sender **out);

/* Send a message as FSK: `seizure_bits` alternating, `mark_bits` of mark, the bytes (with their checksum), 10 bits of
 * mark. On-hook 300 and 180; in call waiting 0 and 80 (GR-30).  0, or -EINVAL: length outside 1..CALLERID_RAW_MAX. */
int callerid_sender_start_fsk(struct callerid_sender *s, const uint8_t *message, size_t length, unsigned seizure_bits,
                              unsigned mark_bits, float level_dbm0);

/* Send keys as DTMF; as digits_sender_start. */
int callerid_sender_start_dtmf(struct callerid_sender *s, const char *keys, unsigned on_ms, unsigned off_ms,
                               float level_dbm0);

/* Write up to `samples` samples; returns how many are part of the sending; the rest is zero. */
size_t callerid_sender_make(struct callerid_sender *s, int16_t *pcm, size_t samples);
int callerid_sender_done(const struct callerid_sender *s);
void callerid_sender_stop(struct callerid_sender *s);
void callerid_sender_close(struct callerid_sender *s);

#endif
