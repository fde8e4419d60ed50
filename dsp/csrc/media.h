/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The media engine as Python sees it.  The compiler and cffi read this same file, so it holds no macro with a body.
 *
 * All functions return 0 or a count, or -errno.  None of them calls back.  They belong to one thread, the control
 * thread (for engines that are wired to each other: one thread for all of them); the engine's own two threads, media and
 * writer, are inside.  The functions of a stream may be called from another thread, one for each direction. */
#ifndef SWITCHROOM_MEDIA_H
#define SWITCHROOM_MEDIA_H

#include <stddef.h>
#include <stdint.h>

struct media;        /* opaque: one engine */
struct media_batch;  /* opaque: commands that are to be applied in one tick */
struct media_stream; /* opaque: our end of a port that has no card */

enum media_limit {
    MEDIA_PORTS_MAX = 1024,
    MEDIA_TICK_MIN = 16,
    MEDIA_TICK_MAX = 160,
    MEDIA_BRIDGE_PARTIES_MAX = 32,
    MEDIA_COMMANDS_WAITING_MAX = 8192,
    MEDIA_RAW_MAX = 258,
    MEDIA_HISTORY_MAX = 64000
};

enum media_event_kind {
    MEDIA_DIGIT_BEGAN = 1,     /* value: key */
    MEDIA_DIGIT_ENDED,         /* value: key; samples: duration; level_dbm0, other: twist in dB */
    MEDIA_TONE_HEARD,          /* value: enum tone; samples: cycles; other: frequency in Hz */
    MEDIA_TONE_ENDED,          /* value: enum tone */
    MEDIA_SPEECH_BEGAN,
    MEDIA_SPEECH_ENDED,
    MEDIA_LEVEL,               /* level_dbm0: received; other: sent */
    MEDIA_CALLER_ID,           /* value: enum callerid_format, + 256 when intact; raw, length */
    MEDIA_PLAY_ENDED,          /* tag; value: 1 when completed */
    MEDIA_SEND_ENDED,          /* tag; value: 1 when completed */
    MEDIA_RECORDING_ENDED,     /* tag; samples; lost; value: errno or 0 */
    MEDIA_RECORDING_TROUBLED,  /* tag; value: errno */
    MEDIA_PORT_FILLED,         /* samples */
    MEDIA_PORT_FAILED,         /* value: errno */
    MEDIA_LOST                 /* samples: count of events lost */
};

struct media_event {
    uint16_t kind; /* enum media_event_kind */
    uint16_t port;
    int32_t value;
    uint64_t sample;
    int64_t tag;
    uint64_t samples;
    uint64_t lost;
    float level_dbm0;
    float other;
    uint16_t length;
    uint8_t raw[MEDIA_RAW_MAX];
};

/* What a port listens for: the bits of dsp.vocabulary.Detector. */
enum media_detector {
    MEDIA_DETECT_DIGITS = 1,
    MEDIA_DETECT_TONES = 2,
    MEDIA_DETECT_CALLER_ID = 4,
    MEDIA_DETECT_SPEECH = 8,
    MEDIA_DETECT_LEVEL = 16
};

/* One stretch of a tone's cadence; the stretches of one tone follow each other. */
struct media_tone_step {
    uint8_t tone;        /* enum tone of tone.h */
    uint8_t modulated;   /* f1 is amplitude-modulated by f2 */
    uint8_t repeat_here; /* after its last step the tone goes on from here; on no step: it is sent once */
    uint8_t send_only;   /* our own signal to our own telephones, not listened for */
    float f1_hz;         /* 0: silence */
    float f2_hz;         /* 0: one frequency */
    float level_dbm0;
    uint32_t duration_ms; /* 0: for ever */
};

/* See dsp.media.LineModel.  NAN: none. */
struct media_line {
    float loss_db;
    float echo_return_db;
    float noise_dbm0;
    uint32_t seed;
};

struct media_counters {
    uint64_t received;
    uint64_t filled;
    uint64_t discarded;
    uint64_t starved;
    uint64_t unsent;
};

struct media_statistics {
    uint64_t media_thread_ns;
    uint64_t writer_thread_ns;
    uint64_t ticks;
    float tick_p999_us;
    float late_p999_us;
    int fifo;
    int memory_locked;
    uint64_t events_lost;
    uint64_t sink_hash; /* over all that hashing sinks have taken and closed */
};

/* Open an engine with ports 1..ports.  history_samples: how much of each port is kept in memory (0..MEDIA_HISTORY_MAX). */
int media_open(struct media **out, unsigned ports, unsigned tick_samples, unsigned history_samples);

/* Stop the threads, close every recording, free everything. */
void media_close(struct media *m);

/* Run by a timer from now on, in a thread of its own.  -EALREADY when it does. */
int media_start(struct media *m);

/* Step engines that are wired to each other, tick by tick together, to `until_sample` of the first one's clock or to the end of
 * the first tick with an event waiting in any of them (at once when one waits already).  Recordings are drained
 * before it returns.  Returns the sample reached, or -EBUSY where one runs by a timer. */
int64_t media_step(struct media **engines, size_t count, uint64_t until_sample);

uint64_t media_now(const struct media *m);
int media_event_fd(const struct media *m);
int media_poll(struct media *m, struct media_event *events, size_t max);
int media_port_counters(const struct media *m, unsigned port, struct media_counters *out);
void media_take_statistics(struct media *m, struct media_statistics *out);

/* The last samples of a port, oldest first; returns how many were written, at most max. */
int media_history(struct media *m, unsigned port, uint8_t *far_alaw, uint8_t *near_alaw, size_t max);

/* Sounds and tone plans: a handle from 1 up, or -errno.  A freed sound lives on until the last play of it ends; plans live as
 * long as the engine. */
int media_load_sound(struct media *m, const uint8_t *alaw, size_t samples);
int media_free_sound(struct media *m, unsigned sound);
int media_load_plan(struct media *m, const struct media_tone_step *steps, size_t count);

/* Join ports to each other, or to this process.  -EBUSY where one is joined already; to part one that is not joined does
 * nothing. */
int media_wire(struct media *m, unsigned port, struct media *other, unsigned other_port, const struct media_line *line);
int media_unwire(struct media *m, unsigned port);
/* descriptor: a device, open without blocking, that is read and written by blocks of a tick, in A-law or linear samples; the
 * engine keeps a duplicate of it, which is closed some ticks after media_unwire. */
int media_channel_open(struct media *m, unsigned port, int descriptor, int linear);
int media_stream_open(struct media_stream **out, struct media *m, unsigned port);
int media_stream_write(struct media_stream *s, const int16_t *pcm, size_t samples);
int media_stream_read(struct media_stream *s, int16_t *pcm, size_t samples);
void media_stream_close(struct media_stream *s);

/* A batch is opened, filled, and submitted or closed.  Where a filling function fails the batch is as before.  Where
 * media_submit fails the batch is still the caller's to close, and nothing of it is applied. */
int media_batch_open(struct media_batch **out, struct media *m);
void media_batch_close(struct media_batch *b);
int media_submit(struct media_batch *b);

int media_play(struct media_batch *b, unsigned port, const uint32_t *sounds, size_t count, int64_t tag, int loop,
               float gain_db);
int media_stop_play(struct media_batch *b, unsigned port);
int media_send_tone(struct media_batch *b, unsigned port, unsigned tone);
int media_stop_tone(struct media_batch *b, unsigned port);
int media_send_digits(struct media_batch *b, unsigned port, const char *digits, int64_t tag, unsigned on_ms,
                      unsigned off_ms, float level_dbm0);
int media_send_fsk(struct media_batch *b, unsigned port, const uint8_t *message, size_t bytes, int64_t tag,
                   unsigned seizure_bits, unsigned mark_bits, float level_dbm0);
int media_stop_send(struct media_batch *b, unsigned port);

/* gains_db: count * count, row i what ports[i] hears; NAN: not at all; NULL: everyone hears everyone else at 0 dB. */
int media_set_bridge(struct media_batch *b, int64_t bridge, const uint32_t *ports, size_t count, const float *gains_db);
int media_set_detectors(struct media_batch *b, unsigned port, unsigned detectors);
int media_set_port(struct media_batch *b, unsigned port, unsigned plan, float rx_gain_db, float tx_gain_db);

/* descriptor -1: a hashing sink, which counts and hashes instead of writing. */
int media_record(struct media_batch *b, unsigned port, int descriptor, int64_t tag);
int media_mute_recording(struct media_batch *b, unsigned port, int on);
int media_blank_recording(struct media_batch *b, unsigned port, uint64_t from_sample);
int media_stop_recording(struct media_batch *b, unsigned port);
int media_reset_port(struct media_batch *b, unsigned port);

#endif
