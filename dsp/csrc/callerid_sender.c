/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callerid.h"
#include "digits.h"
#include "fsk.h"

#define CHARACTER_BITS 10
#define TRAILER_BITS   10

enum sending { NOTHING, FSK, KEYS };

struct callerid_sender {
    enum sending sending;
    struct digits_sender *digits;
    struct fsk_sender fsk;
    uint8_t message[CALLERID_RAW_MAX];
    unsigned length, seizure_bits, mark_bits;
    unsigned bit, bits; /* next one to send, of how many */
};

int callerid_sender_open(struct callerid_sender **out)
{
    struct callerid_sender *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    int result = digits_sender_open(&s->digits);
    if (result < 0) {
        free(s);
        return result;
    }
    *out = s;
    return 0;
}

void callerid_sender_close(struct callerid_sender *s)
{
    digits_sender_close(s->digits);
    free(s);
}

int callerid_sender_start_fsk(struct callerid_sender *s, const uint8_t *message, size_t length, unsigned seizure_bits,
                              unsigned mark_bits, float level_dbm0)
{
    if (length < 1 || length > CALLERID_RAW_MAX)
        return -EINVAL;
    memcpy(s->message, message, length);
    s->length = (unsigned)length;
    s->seizure_bits = seizure_bits;
    s->mark_bits = mark_bits;
    s->bit = 0;
    s->bits = seizure_bits + mark_bits + s->length * CHARACTER_BITS + TRAILER_BITS;
    fsk_sender_start(&s->fsk, level_dbm0);
    s->sending = FSK;
    return 0;
}

int callerid_sender_start_dtmf(struct callerid_sender *s, const char *keys, unsigned on_ms, unsigned off_ms,
                               float level_dbm0)
{
    int result = digits_sender_start(s->digits, keys, on_ms, off_ms, level_dbm0);
    if (result == 0)
        s->sending = KEYS;
    return result;
}

/* Bit number n of the whole sending: seizure (space first), mark, characters (start bit, data from bit 0, stop bit),
 * mark. */
static int bit_of(const struct callerid_sender *s, unsigned n)
{
    if (n < s->seizure_bits)
        return (int)(n & 1);
    n -= s->seizure_bits;
    if (n < s->mark_bits)
        return 1;
    n -= s->mark_bits;
    unsigned character = n / CHARACTER_BITS, place = n % CHARACTER_BITS;
    if (character >= s->length || place == CHARACTER_BITS - 1)
        return 1;
    return place == 0 ? 0 : s->message[character] >> (place - 1) & 1;
}

static size_t fsk_make(struct callerid_sender *s, int16_t *pcm, size_t samples)
{
    size_t made = 0;
    while (made < samples && s->bit <= s->bits) {
        int took;
        pcm[made++] = fsk_send(&s->fsk, bit_of(s, s->bit), &took);
        s->bit += (unsigned)took;
    }
    if (s->bit > s->bits)
        s->sending = NOTHING;
    memset(pcm + made, 0, (samples - made) * sizeof(*pcm));
    return made;
}

size_t callerid_sender_make(struct callerid_sender *s, int16_t *pcm, size_t samples)
{
    if (s->sending == FSK)
        return fsk_make(s, pcm, samples);
    size_t made = digits_sender_make(s->digits, pcm, samples);
    if (digits_sender_done(s->digits))
        s->sending = NOTHING;
    return made;
}

int callerid_sender_done(const struct callerid_sender *s)
{
    return s->sending == NOTHING;
}

void callerid_sender_stop(struct callerid_sender *s)
{
    digits_sender_stop(s->digits);
    s->sending = NOTHING;
}
