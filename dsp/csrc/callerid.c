/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "callerid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dtmf.h"
#include "fsk.h"

#define FEED_MAX        160
#define DTMF_EVENTS_MAX (FEED_MAX / 40 + 1)

/* GR-30: a message follows 180 bits of mark (80 in call waiting): 150 or 67 ms.  25 ms is enough to know it, and no
 * speech has it. */
#define MARK_SAMPLES 200
/* GR-30: up to 16.7 ms of mark between characters; beyond this the message has broken off. */
#define GAP_SAMPLES 320
/* Less than this is no message broken off, but a sound that had the look of one. */
#define FRAGMENT_BYTES 4
#define SEIZURE_BYTES  5 /* of 0x55 in a row: certainly a seizure */

/* Keys of a number follow each other at 50-100 ms; after this long it was all. */
#define KEYS_MAX         64
#define KEYS_END_SAMPLES 4800
/* Keys without a stop code are reported (as not intact) where there is a start code or so many of them. */
#define KEYS_FRAGMENT 5

enum fsk_state { HUNTING, READY, MESSAGE };

struct fsk_message {
    struct fsk_receiver receiver;
    enum fsk_state state;
    unsigned seizure_bytes;
    int broken;
    uint16_t length;
    uint8_t raw[CALLERID_RAW_MAX];
};

struct key_message {
    struct dtmf *dtmf;
    uint64_t quiet_since;
    int sounding;
    uint16_t length;
    char keys[KEYS_MAX];
};

struct callerid_detector {
    uint64_t clock;
    struct fsk_message fsk;
    struct key_message keys;
};

int callerid_detector_open(struct callerid_detector **out)
{
    struct callerid_detector *d = calloc(1, sizeof(*d));
    if (!d)
        return -ENOMEM;
    int result = dtmf_open(&d->keys.dtmf);
    if (result < 0) {
        free(d);
        return result;
    }
    *out = d;
    return 0;
}

void callerid_detector_reset(struct callerid_detector *d)
{
    struct dtmf *dtmf = d->keys.dtmf;
    dtmf_reset(dtmf);
    memset(d, 0, sizeof(*d));
    d->keys.dtmf = dtmf;
}

void callerid_detector_close(struct callerid_detector *d)
{
    dtmf_close(d->keys.dtmf);
    free(d);
}

/* FSK. */

static int known_type(uint8_t type)
{
    /* GR-30: number, number and name, message waiting (single, multiple); ETSI EN 300 659-3: charge, short message. */
    return type == 0x04 || type == 0x80 || type == 0x06 || type == 0x82 || type == 0x86 || type == 0x89;
}

static size_t fsk_report(struct callerid_detector *d, uint64_t sample, int complete, struct callerid_event *event)
{
    struct fsk_message *m = &d->fsk;
    uint8_t sum = 0;
    m->state = HUNTING;
    m->seizure_bytes = 0;
    if (!complete && m->length < FRAGMENT_BYTES)
        return 0;
    for (size_t i = 0; i < m->length; i++)
        sum = (uint8_t)(sum + m->raw[i]);
    event->format = CALLERID_FSK;
    event->intact = complete && !m->broken && sum == 0;
    event->length = m->length;
    event->sample = sample;
    memcpy(event->raw, m->raw, m->length);
    return 1;
}

static size_t fsk_byte(struct callerid_detector *d, uint64_t sample, int good, struct callerid_event *event)
{
    struct fsk_message *m = &d->fsk;
    uint8_t byte = m->receiver.byte;
    if (m->state == HUNTING) {
        m->seizure_bytes = byte == 0x55 ? m->seizure_bytes + 1 : 0;
        return 0;
    }
    if (m->state == READY) {
        if (!good || (!known_type(byte) && m->seizure_bytes < SEIZURE_BYTES)) {
            m->state = HUNTING;
            return 0;
        }
        m->state = MESSAGE;
        m->length = 0;
        m->broken = 0;
    }
    m->broken |= !good;
    m->raw[m->length++] = byte;
    if (m->length >= 2 && m->length == m->raw[1] + 3)
        return fsk_report(d, sample, 1, event);
    return 0;
}

static size_t fsk_feed(struct callerid_detector *d, const int16_t *pcm, size_t samples, struct callerid_event *event)
{
    struct fsk_message *m = &d->fsk;
    size_t count = 0; /* 0 or 1: a message takes longer than a feed */
    if (m->state == HUNTING && fsk_skip(&m->receiver, pcm, samples))
        return 0;
    for (size_t i = 0; i < samples; i++) {
        enum fsk_result result = fsk_receive(&m->receiver, pcm[i]);
        uint64_t sample = d->clock + i;
        if (result != FSK_NOTHING)
            count |= fsk_byte(d, sample, result == FSK_BYTE, event);
        else if (m->state == MESSAGE && (m->receiver.mark_run > GAP_SAMPLES || !fsk_signal(&m->receiver)))
            count |= fsk_report(d, sample, 0, event);
        else if (m->state == READY && !fsk_signal(&m->receiver))
            m->state = HUNTING;
        else if (m->state == HUNTING && m->receiver.mark_run >= MARK_SAMPLES)
            m->state = READY;
    }
    return count;
}

/* DTMF. */

static size_t keys_report(struct callerid_detector *d, uint64_t sample, int complete, struct callerid_event *event)
{
    struct key_message *k = &d->keys;
    uint16_t length = k->length;
    k->length = 0;
    int start_code = strchr("ABD", k->keys[0]) != NULL;
    if (complete ? length < 2 : !(start_code && length > 1) && length < KEYS_FRAGMENT)
        return 0;
    event->format = CALLERID_DTMF;
    event->intact = (uint8_t)complete;
    event->length = length;
    event->sample = sample;
    memcpy(event->raw, k->keys, length);
    return 1;
}

static size_t keys_event(struct callerid_detector *d, const struct dtmf_event *e, struct callerid_event *event)
{
    struct key_message *k = &d->keys;
    k->sounding = e->kind == DTMF_BEGAN;
    k->quiet_since = e->sample;
    if (e->kind != DTMF_ENDED)
        return 0;
    if (k->length == KEYS_MAX)
        return keys_report(d, e->sample, 0, event);
    k->keys[k->length++] = e->key;
    return e->key == '#' || e->key == 'C' ? keys_report(d, e->sample, 1, event) : 0;
}

static size_t keys_feed(struct callerid_detector *d, const int16_t *pcm, size_t samples, struct callerid_event *event)
{
    struct dtmf_event events[DTMF_EVENTS_MAX];
    int heard = dtmf_feed(d->keys.dtmf, pcm, samples, events, DTMF_EVENTS_MAX);
    size_t count = 0;
    for (int i = 0; i < heard && count == 0; i++)
        count += keys_event(d, &events[i], event);
    uint64_t now = d->clock + samples;
    if (count == 0 && d->keys.length > 0 && !d->keys.sounding && now > d->keys.quiet_since + KEYS_END_SAMPLES)
        count = keys_report(d, now, 0, event);
    return count;
}

int callerid_detector_feed(struct callerid_detector *d, const int16_t *pcm, size_t samples,
                           struct callerid_event *events, size_t max)
{
    if (max < 2)
        return -ENOBUFS;
    if (samples > FEED_MAX)
        return -EINVAL;
    size_t count = fsk_feed(d, pcm, samples, &events[0]);
    count += keys_feed(d, pcm, samples, &events[count]);
    d->clock += samples;
    return (int)count;
}

void callerid_detector_fillin(struct callerid_detector *d, size_t samples)
{
    d->clock += samples;
    d->fsk.broken = 1;
    dtmf_fillin(d->keys.dtmf, samples);
}
