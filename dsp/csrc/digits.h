/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* DTMF sender for one channel (ITU-T Q.23 frequencies). */
#ifndef SWITCHROOM_DIGITS_H
#define SWITCHROOM_DIGITS_H

#include <stddef.h>
#include <stdint.h>

enum digits_limit {
    DIGITS_MAX = 1024,    /* longest string of keys */
    DIGITS_PAUSE_MS = 500 /* a "," */
};

struct digits_sender; /* opaque */

/* 0 and *out, or -ENOMEM. */
int digits_sender_open(struct digits_sender **out);

/* Begin sending `keys` (0-9 * # A-D a-d ","), in place of whatever was being sent.  level_dbm0: of each of the two
 * tones. 0; -EINVAL for another character, no key at all or a time outside 1..10000 ms; -E2BIG beyond DIGITS_MAX. */
int digits_sender_start(struct digits_sender *s, const char *keys, unsigned on_ms, unsigned off_ms, float level_dbm0);

/* Write up to `samples` samples; returns how many are part of the sending (the last pause included); the rest is
 * zero. */
size_t digits_sender_make(struct digits_sender *s, int16_t *pcm, size_t samples);

/* 1 when there is nothing (more) to send. */
int digits_sender_done(const struct digits_sender *s);

void digits_sender_stop(struct digits_sender *s);
void digits_sender_close(struct digits_sender *s);

#endif
