/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "digits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbm0.h"
#include "oscillator.h"

#define TIME_MAX_MS 10000

/* ITU-T Q.23 clause 5; rows from top, columns from left. */
static const char layout[] = "123A456B789C*0#D";
static const float row_hz[4] = {697, 770, 852, 941};
static const float col_hz[4] = {1209, 1336, 1477, 1633};

struct digits_sender {
    char keys[DIGITS_MAX];
    size_t count, next;
    size_t on_samples, off_samples;
    size_t tone_left, pause_left; /* of the present key */
    float peak;
    struct oscillator low, high;
};

int digits_sender_open(struct digits_sender **out)
{
    struct digits_sender *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    *out = s;
    return 0;
}

void digits_sender_close(struct digits_sender *s)
{
    free(s);
}

static char upper(char key)
{
    return key >= 'a' && key <= 'd' ? (char)(key - 'a' + 'A') : key;
}

static int valid(const char *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i] != ',' && !strchr(layout, upper(keys[i])))
            return 0;
    return count > 0;
}

int digits_sender_start(struct digits_sender *s, const char *keys, unsigned on_ms, unsigned off_ms, float level_dbm0)
{
    size_t count = strnlen(keys, DIGITS_MAX + 1);
    if (count > DIGITS_MAX)
        return -E2BIG;
    if (!valid(keys, count) || on_ms < 1 || off_ms < 1 || on_ms > TIME_MAX_MS || off_ms > TIME_MAX_MS)
        return -EINVAL;
    memset(s, 0, sizeof(*s));
    memcpy(s->keys, keys, count);
    s->count = count;
    s->on_samples = on_ms * 8;
    s->off_samples = off_ms * 8;
    s->peak = dbm0_peak(level_dbm0);
    return 0;
}

static void next_key(struct digits_sender *s)
{
    char key = upper(s->keys[s->next++]);
    if (key == ',') {
        s->pause_left = DIGITS_PAUSE_MS * 8;
        return;
    }
    size_t place = (size_t)(strchr(layout, key) - layout);
    oscillator_start(&s->low, row_hz[place / 4], s->peak);
    oscillator_start(&s->high, col_hz[place % 4], s->peak);
    s->tone_left = s->on_samples;
    s->pause_left = s->off_samples;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t digits_sender_make(struct digits_sender *s, int16_t *pcm, size_t samples)
{
    size_t made = 0;
    while (made < samples && !digits_sender_done(s)) {
        if (s->tone_left == 0 && s->pause_left == 0)
            next_key(s);
        size_t tone = least(s->tone_left, samples - made);
        for (size_t i = 0; i < tone; i++)
            pcm[made + i] = oscillator_clip(oscillator_next(&s->low) + oscillator_next(&s->high));
        made += tone;
        s->tone_left -= tone;
        size_t pause = s->tone_left ? 0 : least(s->pause_left, samples - made);
        memset(pcm + made, 0, pause * sizeof(*pcm));
        made += pause;
        s->pause_left -= pause;
    }
    memset(pcm + made, 0, (samples - made) * sizeof(*pcm));
    return made;
}

int digits_sender_done(const struct digits_sender *s)
{
    return s->next == s->count && s->tone_left == 0 && s->pause_left == 0;
}

void digits_sender_stop(struct digits_sender *s)
{
    s->next = s->count = 0;
    s->tone_left = s->pause_left = 0;
}
