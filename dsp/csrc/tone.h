/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Call-progress tones: a country's plan, a detector and a sender.
 *
 * A plan is compiled once (tone_plan_open, outside the tick), is never changed afterwards, and is shared by any
 * number of detectors and senders, which must be closed or moved to another plan before it is closed.
 * Detectors and senders allocate in their open only. */
#ifndef SWITCHROOM_TONE_H
#define SWITCHROOM_TONE_H

#include <stddef.h>
#include <stdint.h>

enum tone_limit { TONE_STEPS_MAX = 16, TONE_CADENCES_MAX = 16 };

/* In the order of dsp.vocabulary.Tone. */
enum tone {
    TONE_DIAL = 0,
    TONE_STUTTER_DIAL = 1,
    TONE_RINGBACK = 2,
    TONE_BUSY = 3,
    TONE_CONGESTION = 4,
    TONE_VACANT = 5,
    TONE_INFORMATION = 6,
    TONE_CALL_WAITING = 7,
    TONE_RECORD = 8,
    TONE_HOWLER = 9,
    TONE_CONFIRM = 10,
    TONE_FAX_CALLING = 11,
    TONE_COUNT = 12
};

/* One stretch of a cadence. */
struct tone_step {
    float f1_hz;          /* 0: silence */
    float f2_hz;          /* 0: one frequency only */
    uint8_t modulated;    /* 0: f1 and f2 are added; 1: f1 is amplitude-modulated by f2 */
    float level_dbm0;     /* of the whole tone */
    uint32_t duration_ms; /* 0: for ever (only as the last step) */
};

/* One tone: its steps, then again from step `repeat_from`; repeat_from == step_count: once. */
struct tone_cadence {
    uint8_t tone; /* enum tone */
    uint8_t step_count;
    uint8_t repeat_from;
    uint8_t send_only; /* 1: our own signal to our own telephones, not listened for */
    struct tone_step steps[TONE_STEPS_MAX];
};

struct tone_plan;     /* opaque, constant once open */
struct tone_detector; /* opaque, one per port and direction */
struct tone_sender;   /* opaque, one per port */

/* Compile a plan: 0 and *out; -EINVAL for a cadence that can't be (no steps, a frequency beyond 200..3400 Hz, the
 * same tone twice, more than 8 separate frequencies); -ENOMEM. */
int tone_plan_open(struct tone_plan **out, const struct tone_cadence *cadences, size_t count);
void tone_plan_close(struct tone_plan *p);

enum tone_event_kind { TONE_HEARD = 1, TONE_ENDED = 2 };

struct tone_event {
    uint8_t kind;    /* enum tone_event_kind */
    uint8_t tone;    /* enum tone */
    uint16_t cycles; /* HEARD: full cycles so far, 1..10; ENDED: all of them */
    float freq_hz;   /* measured; 0 where the tone has more than one frequency */
    uint64_t sample; /* HEARD: end of the cycle just counted; ENDED: where the sound stopped or broke the cadence */
    uint64_t began_sample; /* where the first counted cycle began */
};

/* plan may be NULL: the detector then hears nothing until tone_detector_reset gives it one. */
int tone_detector_open(struct tone_detector **out, const struct tone_plan *plan);

/* Take samples, write at most `max` events, return how many.  `max` must be samples / 40 + 2 or more (6 covers 160
 * samples), else -ENOBUFS and nothing is taken.
 * HEARD comes once after the first full cycle (when no other tone of the plan is possible any more) and again at each
 * cycle up to the tenth.  A continuous tone is reported once, after 500 ms, or as soon as it has outlasted every
 * cadence of the plan with the same frequency (China: 1.2 s, since ringback sounds for 1 s). */
int tone_detector_feed(struct tone_detector *d, const int16_t *pcm, size_t samples, struct tone_event *events,
                       size_t max);

/* Samples were lost on the way: the clock goes on and the present sound or silence is taken to have lasted. */
void tone_detector_fillin(struct tone_detector *d, size_t samples);

/* 1 while the sound of the last 20 ms has frequencies of the plan, whatever its cadence: such sound is no speech. */
int tone_detector_sounding(const struct tone_detector *d);

/* Forget everything, set the clock to 0 and listen by `plan` (NULL: by none). */
void tone_detector_reset(struct tone_detector *d, const struct tone_plan *plan);
void tone_detector_close(struct tone_detector *d);

int tone_sender_open(struct tone_sender **out);

/* Begin a tone from the start of its cadence; 0, or -ENOENT where the plan has no such tone.  Call waiting and
 * confirmation end by themselves after one cycle. */
int tone_sender_start(struct tone_sender *s, const struct tone_plan *plan, unsigned tone);

/* Write `samples` samples, zero where the tone has ended; returns how many belong to the tone. */
size_t tone_sender_make(struct tone_sender *s, int16_t *pcm, size_t samples);

/* 1 when there is nothing (more) to send: never started, stopped, or a tone that ends by itself has ended. */
int tone_sender_done(const struct tone_sender *s);
void tone_sender_stop(struct tone_sender *s);
void tone_sender_close(struct tone_sender *s);

#endif
