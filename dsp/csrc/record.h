/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What the ticks (record.c) and the disk (writer.c) pass to each other.
 *
 * Audio travels in chunks of a pool that holds a minute of every port.  The pool is address space; a chunk becomes memory
 * when it is first used, and it is first used when no returned one is there: so a healthy disk costs a few chunks. */
#ifndef SWITCHROOM_RECORD_H
#define SWITCHROOM_RECORD_H

#include <pthread.h>
#include <sys/types.h>

#include "engine.h"

enum {
    CHUNK_BYTES = 4096,
    CHUNK_FRAMES = 2016,   /* at most: 252 ms; a frame is two bytes, left and right */
    RECORD_ROOM_S = 60,    /* standards: a disk may stall for 30 s */
    WAV_HEADER_BYTES = 58
};

enum job_kind { JOB_OPEN, JOB_CHUNK, JOB_BLANK, JOB_CLOSE };

struct job {
    struct node node;
    enum job_kind kind;
    struct recording *recording;
};

struct chunk {
    struct job job;
    uint64_t gap; /* frames of silence before it: what was lost for want of a chunk */
    uint32_t frames;
    uint8_t data[2 * CHUNK_FRAMES];
};

_Static_assert(sizeof(struct chunk) <= CHUNK_BYTES, "a chunk fills a page at most");

struct blank {
    struct command command;
    struct job job;
    uint64_t from; /* sample; then frame */
    uint64_t to;   /* frame */
};

struct note {
    struct node node;
    struct recording *recording;
};

struct recording {
    struct command command;
    int64_t tag;
    int descriptor; /* -1: hash instead of writing */
    struct job open, close;
    struct note troubled, ended;
    unsigned port;

    /* Media thread. */
    struct chunk *chunk; /* being filled */
    uint64_t begun_at;
    uint64_t frames; /* taken, lost ones among them */
    uint64_t gap;    /* lost and not yet told to the writer */
    uint64_t lost;

    /* Writer. */
    struct recording *next;
    dev_t device;
    uint64_t written; /* frames in the file */
    uint64_t missing; /* frames that could not be written */
    uint64_t hash;
    int error;
    bool dirty;  /* written to since the last sync */
    bool closed; /* ends with the next sync */
};

struct recorder {
    struct media *media;
    struct queue jobs;   /* to the writer */
    struct queue chunks; /* free ones, back to the media thread */
    struct queue notes;  /* to the media thread */
    uint8_t *pool;
    size_t chunks_total;
    size_t chunks_used; /* media thread */

    pthread_t thread;
    bool started;
    atomic_bool closing;
    int wake_fd;
    struct recording *open; /* writer */
    _Atomic uint64_t thread_ns;
    _Atomic uint64_t sink_hash;
};

int recorder_open(struct media *m);
int recorder_start(struct media *m);
void recorder_close(struct media *m);
void recorder_drain(struct recorder *r);  /* writer, or whoever steps: do all jobs */
void recorder_notes(struct media *m);     /* media thread: tell what the writer told */

#endif
