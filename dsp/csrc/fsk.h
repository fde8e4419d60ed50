/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* 1200 bit/s FSK with start and stop bits, as caller ID uses it: Bell 202 (mark 1200, space 2200 Hz); V.23 (1300,
 * 2100) is near enough to be received too.  Private to callerid.c, which holds these structs whole. */
#ifndef SWITCHROOM_FSK_H
#define SWITCHROOM_FSK_H

#include <stddef.h>
#include <stdint.h>

#define FSK_WINDOW 7 /* samples the tones are measured over; a bit has 6.67 */

enum fsk_result { FSK_NOTHING, FSK_BYTE, FSK_BAD_BYTE };

struct fsk_receiver {
    float window[2 * FSK_WINDOW]; /* the last samples, twice, so that they always stand in a row somewhere */
    unsigned place;
    float before[2];    /* the two samples before, for the filter */
    float power;        /* smoothed mean square behind the filter */
    float last;         /* discriminator, one sample ago: +1 mark, -1 space */
    unsigned mark_run;  /* samples of uninterrupted mark */
    unsigned bit;       /* the bit awaited: 0 none, 1 start, 2..9 data, 10 stop */
    float until_middle; /* samples to its middle */
    uint8_t byte;
};

void fsk_receiver_reset(struct fsk_receiver *r);

/* Take one sample.  FSK_BYTE and FSK_BAD_BYTE (no stop bit) leave the byte in r->byte. */
enum fsk_result fsk_receive(struct fsk_receiver *r, int16_t sample);

/* Take samples that hold nothing to receive: 1, or 0 where they may hold something and have to be taken one by one. */
int fsk_skip(struct fsk_receiver *r, const int16_t *pcm, size_t samples);

/* 1 while there is any signal to speak of. */
int fsk_signal(const struct fsk_receiver *r);

struct fsk_sender {
    float peak;
    float turns;    /* phase of the tone, 0..1 */
    float bit_part; /* how much of the present bit is sent, 0..1 */
    int bit;
};

void fsk_sender_start(struct fsk_sender *s, float level_dbm0);

/* The next sample.  Where the present bit ends, `next_bit` goes on the line and *took_bit is set. */
int16_t fsk_send(struct fsk_sender *s, int next_bit, int *took_bit);

#endif
