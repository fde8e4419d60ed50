/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Recording as the ticks see it: audio into chunks, chunks to the writer, and the commands. */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "alaw.h"

static struct chunk *chunk_take(struct recorder *r)
{
    struct chunk *c = (struct chunk *)queue_pop(&r->chunks);
    if (c == NULL && r->chunks_used < r->chunks_total)
        c = (struct chunk *)(void *)(r->pool + r->chunks_used++ * CHUNK_BYTES);
    return c;
}

static void job_push(struct recorder *r, struct job *job, enum job_kind kind, struct recording *recording)
{
    job->kind = kind;
    job->recording = recording;
    queue_push(&r->jobs, &job->node);
}

static void chunk_push(struct recorder *r, struct recording *recording)
{
    struct chunk *c = recording->chunk;
    recording->chunk = NULL;
    if (c != NULL)
        job_push(r, &c->job, JOB_CHUNK, recording);
}

static bool chunk_ready(struct recorder *r, struct recording *recording, unsigned frames)
{
    if (recording->chunk != NULL && recording->chunk->frames + frames > CHUNK_FRAMES)
        chunk_push(r, recording);
    if (recording->chunk != NULL)
        return true;
    struct chunk *c = chunk_take(r);
    if (c == NULL)
        return false;
    c->frames = 0;
    c->gap = recording->gap;
    recording->gap = 0;
    recording->chunk = c;
    return true;
}

void record_take(struct port *p, const uint8_t *both)
{
    struct recording *recording = p->recording;
    unsigned n = p->media->tick;
    recording->frames += n;
    if (!chunk_ready(p->media->recorder, recording, n)) {
        recording->gap += n;
        recording->lost += n;
        return;
    }
    struct chunk *c = recording->chunk;
    if (both == NULL)
        memset(c->data + 2 * c->frames, ALAW_SILENCE, 2 * n);
    else
        memcpy(c->data + 2 * c->frames, both, 2 * n);
    c->frames += n;
}

void record_stop(struct port *p)
{
    struct recording *recording = p->recording;
    if (recording == NULL)
        return;
    p->recording = NULL;
    chunk_push(p->media->recorder, recording);
    job_push(p->media->recorder, &recording->close, JOB_CLOSE, recording);
    port_busy(p);
}

static void tell(struct media *m, const struct recording *r, bool ended)
{
    struct media_event e = {
        .kind = MEDIA_RECORDING_TROUBLED, .port = (uint16_t)r->port, .value = r->error, .sample = now_of(m), .tag = r->tag};
    if (ended) { /* so the writer counts no more */
        e.kind = MEDIA_RECORDING_ENDED;
        e.samples = r->written;
        e.lost = r->lost + r->missing;
    }
    emit(m, &e);
}

void recorder_notes(struct media *m)
{
    struct note *note;
    if (queue_empty(&m->recorder->notes))
        return;
    while ((note = (struct note *)queue_pop(&m->recorder->notes)) != NULL) {
        struct recording *r = note->recording;
        bool ended = note == &r->ended;
        tell(m, r, ended);
        if (ended)
            used_up(m, &r->command);
    }
}

/* Commands. */

static bool apply_record(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    struct recording *r = (struct recording *)c;
    record_stop(p);
    r->port = c->port;
    r->begun_at = now_of(m);
    p->recording = r;
    p->busy = true;
    job_push(m->recorder, &r->open, JOB_OPEN, r);
    return false;
}

int media_record(struct media_batch *b, unsigned port, int descriptor, int64_t tag)
{
    struct stat about = {0};
    if (descriptor >= 0 && fstat(descriptor, &about) < 0)
        return -errno;
    struct recording *r = command_new(sizeof(*r), port, apply_record);
    if (r != NULL) {
        r->tag = tag;
        r->descriptor = descriptor < 0 ? -1 : descriptor;
        r->device = about.st_dev;
        r->troubled.recording = r->ended.recording = r;
    }
    return batch_add(b, (struct command *)r);
}

static bool apply_stop_recording(struct media *m, struct command *c)
{
    record_stop(port_of(m, c->port));
    return true;
}

int media_stop_recording(struct media_batch *b, unsigned port)
{
    return batch_add(b, command_new(sizeof(struct command), port, apply_stop_recording));
}

static bool apply_mute(struct media *m, struct command *c)
{
    port_of(m, c->port)->muted = true;
    return true;
}

static bool apply_unmute(struct media *m, struct command *c)
{
    port_of(m, c->port)->muted = false;
    return true;
}

int media_mute_recording(struct media_batch *b, unsigned port, int on)
{
    return batch_add(b, command_new(sizeof(struct command), port, on ? apply_mute : apply_unmute));
}

/* What is still with us is blanked here, the rest by the writer, who has it by then: jobs are done in order. */
static bool apply_blank(struct media *m, struct command *c)
{
    struct blank *b = (struct blank *)c;
    struct port *p = port_of(m, c->port);
    struct recording *r = p->recording;
    history_blank(p, b->from);
    if (r == NULL)
        return true;
    uint64_t here = r->frames - (r->chunk == NULL ? r->gap : r->chunk->frames); /* first frame not with the writer */
    b->from = b->from > r->begun_at ? b->from - r->begun_at : 0;
    b->to = b->from < here ? here : b->from;
    if (r->chunk != NULL && b->to < r->frames)
        memset(r->chunk->data + 2 * (b->to - here), ALAW_SILENCE, 2 * (r->frames - b->to));
    if (b->from == b->to)
        return true;
    job_push(m->recorder, &b->job, JOB_BLANK, r);
    return false;
}

int media_blank_recording(struct media_batch *b, unsigned port, uint64_t from_sample)
{
    struct blank *blank = command_new(sizeof(*blank), port, apply_blank);
    if (blank != NULL)
        blank->from = from_sample;
    return batch_add(b, (struct command *)blank);
}
