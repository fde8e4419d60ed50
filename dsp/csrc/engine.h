/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the media engine, shared by its own files only.
 *
 * Three threads meet here.  The control thread makes commands and frees what is used up; the media thread (or whoever
 * steps) runs the ticks; the writer thread writes recordings.  What they pass to each other are nodes in queues:
 *
 *     control --inbox--> media --jobs--> writer --written--> media --used_up--> control
 *                        media <--chunks-- writer
 *
 * A tick: take commands; receive on every port; detect; mix, send and record on every port. */
#ifndef SWITCHROOM_ENGINE_H
#define SWITCHROOM_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "callerid.h"
#include "digits.h"
#include "dtmf.h"
#include "media.h"
#include "queue.h"
#include "ring.h"
#include "speech.h"
#include "tone.h"

#define SAMPLES_PER_SECOND 8000u
#define TONE_PLANS_MAX 32

struct port;

/* A command knows how it is applied.  apply returns true when the command is used up, false when the engine keeps it (a
 * play is in use until it ends). */
struct command {
    struct node node;
    struct command *next; /* in its batch, or in the list of a port that keeps it */
    bool (*apply)(struct media *m, struct command *c);
    unsigned port;
    void (*drop)(struct command *c); /* control thread: give back what it holds besides its memory; may be NULL */
};

struct media_batch {
    struct command command; /* a batch is a command: apply the others */
    struct media *media;
    struct command *first;
    struct command *last;
    unsigned count;
};

/* Where a port's line audio comes from and goes to: a wire, a stream, a card's channel. */
enum reception { RECEIVED_QUIET, RECEIVED_AUDIO, RECEIVED_FILLED };

struct port_io {
    /* One tick: *pcm is valid to the end of the tick; unused where QUIET or FILLED.  listening: somebody uses what
     * is heard (if not, noise may be left out). */
    enum reception (*receive)(struct port *p, bool listening, const int16_t **pcm);
    void (*send)(struct port *p, const int16_t *pcm); /* NULL: silence */
    void *state;
    unsigned side; /* of a wire: which end */
};

/* What a port is joined to, seen from the control thread. */
struct joint {
    void (*part)(struct joint *j);
};

struct sound {
    unsigned references; /* control thread: the table's and one a play */
    size_t samples;
    uint8_t alaw[];
};

struct play {
    struct command command;
    int64_t tag;
    float gain;
    bool loop;
    size_t current; /* which sound */
    size_t offset;  /* in it */
    size_t count;
    struct sound *sounds[];
};

/* Digits or caller ID, to be sent one after the other. */
struct sending {
    struct command command;
    int64_t tag;
    unsigned on_ms, off_ms;
    unsigned seizure_bits, mark_bits;
    float level_dbm0;
    bool fsk;
    bool begun;
    size_t bytes;
    uint8_t message[]; /* or the digits, ending in NUL */
};

struct list {
    struct command *first;
    struct command *last;
};

enum bridge_kind { BRIDGE_UNITY, BRIDGE_MATRIX };

struct bridge {
    struct command command;
    struct bridge *next;
    int64_t number;
    enum bridge_kind kind;
    unsigned count;                                 /* seats */
    unsigned present;                               /* seats taken */
    unsigned sounding;                              /* this tick: members heard, where kind is UNITY */
    struct port *parties[MEDIA_BRIDGE_PARTIES_MAX]; /* NULL: has gone to another bridge */
    unsigned numbers[MEDIA_BRIDGE_PARTIES_MAX];
    int32_t sum[MEDIA_TICK_MAX]; /* this tick: of all members, where more than two sound */
    float gains[];               /* count * count factors; 0: not heard */
};

/* One detector's clock: the engine's sample at which the detector's own count is 0. */
enum ear { EAR_DIGITS, EAR_TONES, EAR_CALLER_ID, EAR_SPEECH, EAR_COUNT };

struct port {
    struct media *media;
    unsigned number;
    bool busy; /* something besides a line is on it: it takes part in the whole tick */
    struct port_io io;
    float rx_gain, tx_gain;
    const struct tone_plan *plan;

    /* This tick. */
    const int16_t *rx;
    bool rx_quiet, rx_filled;

    /* What it hears. */
    struct bridge *bridge;
    unsigned seat;
    struct list plays;
    struct list sendings;
    struct tone_sender *tone_sender;
    struct digits_sender *digits_sender;
    struct callerid_sender *callerid_sender;

    /* What we listen for. */
    unsigned detectors;
    uint64_t quiet_samples; /* how long exact silence has lasted */
    uint64_t heard_from[EAR_COUNT];
    struct dtmf *dtmf;
    struct tone_detector *tone_detector;
    struct callerid_detector *callerid_detector;
    struct speech_detector *speech_detector;
    struct level_meter rx_level, tx_level;
    uint64_t level_from;

    /* What is kept. */
    struct recording *recording;
    bool muted; /* neither recording nor history get what sounds */
    uint8_t *history;       /* interleaved A-law: far, near */
    uint8_t *history_quiet; /* a block each: 1 where both were silent, and history was not written */

    uint64_t fill_unreported, fill_reported_at;
    _Atomic uint64_t received, filled, discarded, starved, unsent;
    _Alignas(32) int16_t rx_buffer[MEDIA_TICK_MAX];
    _Alignas(32) int16_t tx_buffer[MEDIA_TICK_MAX];
};

struct recorder; /* record.h */
struct pace;     /* run.c */

struct media {
    unsigned ports_count;
    unsigned tick;            /* samples */
    unsigned history_blocks;  /* 0: none kept */
    unsigned history_block;   /* the one of this tick */
    uint8_t *histories;       /* address space; touched where there is sound */
    size_t histories_bytes;
    _Atomic uint64_t now;     /* samples; written by the ticks */
    struct port *ports;       /* [0] is port 1 */
    struct bridge *bridges;
    struct event_ring *events;
    int event_fd;
    struct queue inbox;
    struct queue used_up;
    unsigned commands_waiting; /* control thread: submitted or kept, not yet freed */
    struct recorder *recorder;
    struct pace *pace;
    atomic_bool running;
    uint64_t stepped_ns;

    /* Control thread. */
    struct sound **sounds; /* [handle - 1] */
    unsigned sounds_count;
    struct tone_plan *plans[TONE_PLANS_MAX];
    unsigned plans_count;
    struct joint **joined; /* [port - 1]: the wire or stream, or NULL */
    bool memory_locked;
};

extern const int16_t silence[MEDIA_TICK_MAX];

static inline uint64_t now_of(const struct media *m)
{
    return atomic_load_explicit(&m->now, memory_order_relaxed);
}

static inline bool port_exists(const struct media *m, unsigned port)
{
    return port >= 1 && port <= m->ports_count;
}

static inline struct port *port_of(struct media *m, unsigned number)
{
    return &m->ports[number - 1];
}

static inline int16_t saturate(int32_t x)
{
    return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

float factor_of_db(float db);
void scale(int16_t *out, const int16_t *in, unsigned samples, float factor);

/* engine.c: commands and events. */
int batch_add(struct media_batch *b, struct command *c); /* takes the command; frees it where its port is none of ours */
int batch_append(struct media_batch *b, struct command *c); /* the same for a command of no port */
void *command_new(size_t bytes, unsigned port, bool (*apply)(struct media *, struct command *));
void post(struct media *m, struct command *c);           /* a batch of one that can't fail */
void used_up(struct media *m, struct command *c);
void emit(struct media *m, const struct media_event *e);
void list_append(struct list *l, struct command *c);
struct command *list_pop(struct list *l);
void take_commands(struct media *m);
void tick_receive(struct media *m);
void tick_rest(struct media *m);
void collect_used_up(struct media *m);

/* port.c */
int port_open(struct port *p, struct media *m, unsigned number);
void port_close(struct port *p);
void port_receive(struct port *p);
void port_send(struct port *p);
void port_reset(struct port *p);
void port_busy(struct port *p); /* say anew whether it is */

/* detect.c */
int detect_open(struct port *p);
void detect_close(struct port *p);
void detect(struct port *p);

/* history.c */
int histories_open(struct media *m);
void histories_close(struct media *m);
void history_keep(struct port *p, const uint8_t *both);
void history_blank(struct port *p, uint64_t from_sample);
size_t history_near(const struct port *p, uint64_t from, int16_t *pcm, size_t max);

/* bridge.c */
void bridges_sum(struct media *m);
const int16_t *bridge_hear(struct port *p, int16_t *buffer);
void bridge_leave(struct port *p);
void bridges_close(struct media *m);

/* player.c, send.c: NULL where silent */
const int16_t *play_make(struct port *p, int16_t *buffer);
void play_stop(struct port *p);
const int16_t *sending_make(struct port *p, int16_t *buffer);
void sending_stop(struct port *p);

/* record.c; both NULL: silence */
void record_take(struct port *p, const uint8_t *both);
void record_stop(struct port *p);

/* run.c */
int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument); /* 0 or -errno */
int pace_open(struct media *m);
void pace_close(struct media *m);

/* The media thread's side of channels: what a device has given in this tick (more: the next tick's block is there too);
 * it can't be relied on for now. */
void pace_beaten(struct media *m, int descriptor, bool came, bool more);
void pace_lost(struct media *m, int descriptor);
bool pace_is(const struct media *m, int descriptor); /* it beats time, or nothing does and it might */

#endif
