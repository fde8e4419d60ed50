/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What is heard on a port: the detectors fed, their findings put on the engine's clock, and the echo of our own DTMF told
 * from keys pressed out there. */
#include <math.h>
#include <stdlib.h>

#include "dbm0.h"
#include "engine.h"

/* How long exact silence must last before a detector need not be fed any more: longer than what it waits for.  The longest
 * gap in a tone plan is a minute (the United Kingdom's record tone). */
static const uint64_t asleep_after[EAR_COUNT] = {
    [EAR_DIGITS] = 2000, [EAR_TONES] = 560000, [EAR_CALLER_ID] = 16000, [EAR_SPEECH] = 24000};

enum {
    ECHO_TAIL_SAMPLES = 640,   /* 80 ms: longest way of an echo that is looked for */
    ECHO_WINDOW_SAMPLES = 102, /* as spandsp's DTMF receiver: tells neighbouring frequencies apart */
    ECHO_HISTORY_MAX = 4096
};

#define ECHO_MARGIN_DB 3.0f /* an echo is weaker than what was sent by more than this; hybrids return -6 dB or less */
#define ECHO_SHARE 0.5f     /* of what was sent, in a window of DTMF, is in the two frequencies; speech has less */

int detect_open(struct port *p)
{
    int result;
    if ((result = dtmf_open(&p->dtmf)) < 0 || (result = tone_detector_open(&p->tone_detector, NULL)) < 0 ||
        (result = callerid_detector_open(&p->callerid_detector)) < 0 ||
        (result = speech_detector_open(&p->speech_detector)) < 0)
        return result;
    return 0;
}

void detect_close(struct port *p)
{
    if (p->dtmf != NULL)
        dtmf_close(p->dtmf);
    if (p->tone_detector != NULL)
        tone_detector_close(p->tone_detector);
    if (p->callerid_detector != NULL)
        callerid_detector_close(p->callerid_detector);
    if (p->speech_detector != NULL)
        speech_detector_close(p->speech_detector);
}

/* Silence so long that the detector is not fed; its clock is moved instead. */
static bool asleep(struct port *p, enum ear ear)
{
    if (p->quiet_samples < asleep_after[ear])
        return false;
    p->heard_from[ear] += p->media->tick;
    return true;
}

static struct media_event event_of(const struct port *p, uint16_t kind, enum ear ear, uint64_t sample)
{
    return (struct media_event){.kind = kind, .port = (uint16_t)p->number, .sample = p->heard_from[ear] + sample};
}

/* Power of one frequency in a window, as the square of its peak. */
static float power_at(const int16_t *pcm, unsigned samples, float freq_hz)
{
    const float coefficient = 2.0f * cosf(2.0f * (float)M_PI * freq_hz / (float)SAMPLES_PER_SECOND);
    float before = 0.0f, last = 0.0f;
    for (unsigned i = 0; i < samples; i++) {
        float now = (float)pcm[i] + coefficient * last - before;
        before = last;
        last = now;
    }
    float power = last * last + before * before - coefficient * last * before;
    return power * 4.0f / (float)(samples * samples);
}

/* The level of a key's pair in a window of what we sent (of one tone, the mean of the two, as dtmf.h says it); -99 where the window
 * holds something else. */
static float pair_level(const int16_t *pcm, float low_hz, float high_hz)
{
    float total = 0.0f;
    for (unsigned i = 0; i < ECHO_WINDOW_SAMPLES; i++)
        total += (float)pcm[i] * (float)pcm[i];
    total /= ECHO_WINDOW_SAMPLES;
    float low = power_at(pcm, ECHO_WINDOW_SAMPLES, low_hz), high = power_at(pcm, ECHO_WINDOW_SAMPLES, high_hz);
    if (low < 1.0f || high < 1.0f || (low + high) / 2.0f < ECHO_SHARE * total)
        return -99.0f;
    return 5.0f * log10f(low) + 5.0f * log10f(high) - 20.0f * log10f(DBM0_SINE_PEAK);
}

/* How loud we ourselves were sending this key when it was heard, from the history of what we sent. */
static float sent_level(const struct port *p, char key, uint64_t began)
{
    static const char keys[] = "123A456B789C*0#D";
    static const float low_hz[] = {697, 770, 852, 941}, high_hz[] = {1209, 1336, 1477, 1633};
    const char *at = strchr(keys, key);
    if (at == NULL)
        return -99.0f;
    int16_t sent[ECHO_HISTORY_MAX];
    uint64_t from = began > ECHO_TAIL_SAMPLES ? began - ECHO_TAIL_SAMPLES : 0;
    size_t count = history_near(p, from, sent, ECHO_HISTORY_MAX);
    float loudest = -99.0f;
    for (size_t i = 0; i + ECHO_WINDOW_SAMPLES <= count; i += ECHO_WINDOW_SAMPLES / 2) {
        float level = pair_level(sent + i, low_hz[(at - keys) / 4], high_hz[(at - keys) % 4]);
        loudest = fmaxf(loudest, level);
    }
    return loudest;
}

static bool is_echo(const struct port *p, const struct dtmf_event *began, uint64_t sample)
{
    return began->level_dbm0 < sent_level(p, began->key, sample) - ECHO_MARGIN_DB;
}

static void digits_heard(struct port *p)
{
    struct dtmf_event found[8];
    if (p->rx_filled) {
        dtmf_fillin(p->dtmf, p->media->tick);
        return;
    }
    int count = dtmf_feed(p->dtmf, p->rx, p->media->tick, found, 8);
    for (int i = 0; i < count; i++) {
        bool began = found[i].kind == DTMF_BEGAN;
        struct media_event e =
            event_of(p, began ? MEDIA_DIGIT_BEGAN : MEDIA_DIGIT_ENDED, EAR_DIGITS, found[i].sample);
        if (began && is_echo(p, &found[i], e.sample)) {
            /* Look anew: a key pressed out there while the echo lasts is the louder one. */
            dtmf_reset(p->dtmf);
            p->heard_from[EAR_DIGITS] = now_of(p->media) + p->media->tick;
            return;
        }
        e.value = found[i].key;
        e.samples = found[i].duration_samples;
        e.level_dbm0 = found[i].level_dbm0;
        e.other = found[i].twist_db;
        emit(p->media, &e);
    }
}

static void tones_heard(struct port *p)
{
    struct tone_event found[8];
    if (p->rx_filled) {
        tone_detector_fillin(p->tone_detector, p->media->tick);
        return;
    }
    int count = tone_detector_feed(p->tone_detector, p->rx, p->media->tick, found, 8);
    for (int i = 0; i < count; i++) {
        bool ended = found[i].kind == TONE_ENDED;
        struct media_event e = event_of(p, ended ? MEDIA_TONE_ENDED : MEDIA_TONE_HEARD, EAR_TONES, found[i].sample);
        e.value = found[i].tone;
        e.samples = found[i].cycles;
        e.other = found[i].freq_hz;
        emit(p->media, &e);
    }
}

static void caller_id_heard(struct port *p)
{
    struct callerid_event found[2];
    if (p->rx_filled) {
        callerid_detector_fillin(p->callerid_detector, p->media->tick);
        return;
    }
    int count = callerid_detector_feed(p->callerid_detector, p->rx, p->media->tick, found, 2);
    for (int i = 0; i < count; i++) {
        struct media_event e = event_of(p, MEDIA_CALLER_ID, EAR_CALLER_ID, found[i].sample);
        e.value = found[i].format + (found[i].intact ? 256 : 0);
        e.length = found[i].length;
        memcpy(e.raw, found[i].raw, found[i].length);
        emit(p->media, &e);
    }
}

static void speech_heard(struct port *p)
{
    struct speech_event found[4];
    if (p->rx_filled) {
        speech_detector_fillin(p->speech_detector, p->media->tick);
        return;
    }
    bool other = ((p->detectors & MEDIA_DETECT_DIGITS) != 0 && dtmf_sounding(p->dtmf)) ||
                 ((p->detectors & MEDIA_DETECT_TONES) != 0 && tone_detector_sounding(p->tone_detector));
    int count = speech_detector_feed(p->speech_detector, p->rx, p->media->tick, other, found, 4);
    for (int i = 0; i < count; i++) {
        struct media_event e = event_of(p, found[i].kind == SPEECH_BEGAN ? MEDIA_SPEECH_BEGAN : MEDIA_SPEECH_ENDED,
                                        EAR_SPEECH, found[i].sample);
        emit(p->media, &e);
    }
}

/* The sent half is fed where it is sent. */
static void level_heard(struct port *p)
{
    uint64_t now = now_of(p->media);
    if (now >= p->level_from + SAMPLES_PER_SECOND) {
        struct media_event e = {.kind = MEDIA_LEVEL, .port = (uint16_t)p->number, .sample = now};
        e.level_dbm0 = level_meter_take(&p->rx_level);
        e.other = level_meter_take(&p->tx_level);
        p->level_from = now;
        emit(p->media, &e);
    }
    level_meter_feed(&p->rx_level, p->rx, p->media->tick);
}

void detect(struct port *p)
{
    unsigned on = p->detectors;
    p->quiet_samples = p->rx_quiet && !p->rx_filled ? p->quiet_samples + p->media->tick : 0;
    if ((on & MEDIA_DETECT_DIGITS) != 0 && !asleep(p, EAR_DIGITS))
        digits_heard(p);
    if ((on & MEDIA_DETECT_TONES) != 0 && !asleep(p, EAR_TONES))
        tones_heard(p);
    if ((on & MEDIA_DETECT_CALLER_ID) != 0 && !asleep(p, EAR_CALLER_ID))
        caller_id_heard(p);
    if ((on & MEDIA_DETECT_SPEECH) != 0 && !asleep(p, EAR_SPEECH))
        speech_heard(p);
    if ((on & MEDIA_DETECT_LEVEL) != 0)
        level_heard(p);
}

/* The command. */

struct set_detectors {
    struct command command;
    unsigned detectors;
};

static bool apply_set_detectors(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    unsigned now_on = ((struct set_detectors *)c)->detectors & ~p->detectors;
    p->detectors = ((struct set_detectors *)c)->detectors;
    if (now_on != 0)
        p->quiet_samples = 0;
    if ((now_on & MEDIA_DETECT_DIGITS) != 0) {
        dtmf_reset(p->dtmf);
        p->heard_from[EAR_DIGITS] = now_of(m);
    }
    if ((now_on & MEDIA_DETECT_TONES) != 0) {
        tone_detector_reset(p->tone_detector, p->plan);
        p->heard_from[EAR_TONES] = now_of(m);
    }
    if ((now_on & MEDIA_DETECT_CALLER_ID) != 0) {
        callerid_detector_reset(p->callerid_detector);
        p->heard_from[EAR_CALLER_ID] = now_of(m);
    }
    if ((now_on & MEDIA_DETECT_SPEECH) != 0) {
        speech_detector_reset(p->speech_detector);
        p->heard_from[EAR_SPEECH] = now_of(m);
    }
    if ((now_on & MEDIA_DETECT_LEVEL) != 0) {
        p->rx_level = p->tx_level = (struct level_meter){0};
        p->level_from = now_of(m);
    }
    port_busy(p);
    return true;
}

int media_set_detectors(struct media_batch *b, unsigned port, unsigned detectors)
{
    struct set_detectors *s = command_new(sizeof(*s), port, apply_set_detectors);
    if (s != NULL)
        s->detectors = detectors;
    return batch_add(b, (struct command *)s);
}
