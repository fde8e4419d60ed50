/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: recordings to their files, headers kept right, the disk told to keep it.  A thread of its own in real time;
 * a stepped engine does the jobs inside the step, and leaves syncing to the system. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "alaw.h"
#include "record.h"

enum {
    SYNC_MS = 700,   /* with the 252 ms of a chunk: a power cut costs less than a second */
    WAKE_MS = 40,
    WAVE_FORMAT_ALAW = 6, /* RFC 2361 */
    SILENCE_BYTES = 4096
};

#define HASH_PRIME 0x9E3779B97F4A7C15u

/* The file. */

static void put_le(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* RIFF WAVE with the `fact` chunk that formats other than PCM need. */
static void make_header(uint8_t header[WAV_HEADER_BYTES], uint64_t frames)
{
    uint64_t most = (UINT32_MAX - WAV_HEADER_BYTES) / 2; /* 74 hours; beyond, the sizes stand still */
    uint32_t count = (uint32_t)(frames < most ? frames : most);
    memcpy(header, "RIFF....WAVEfmt ", 16);
    put_le(header + 4, WAV_HEADER_BYTES - 8 + 2 * count, 4);
    put_le(header + 16, 18, 4);
    put_le(header + 20, WAVE_FORMAT_ALAW, 2);
    put_le(header + 22, 2, 2); /* channels */
    put_le(header + 24, SAMPLES_PER_SECOND, 4);
    put_le(header + 28, 2 * SAMPLES_PER_SECOND, 4); /* bytes a second */
    put_le(header + 32, 2, 2);                      /* bytes a frame */
    put_le(header + 34, 8, 2);                      /* bits a sample */
    put_le(header + 36, 0, 2);                      /* no extension */
    memcpy(header + 38, "fact", 4);
    put_le(header + 42, 4, 4);
    put_le(header + 46, count, 4);
    memcpy(header + 50, "data", 4);
    put_le(header + 54, 2 * count, 4);
}

/* Bytes written: all of them, or fewer and errno. */
static size_t write_at(int descriptor, const uint8_t *bytes, size_t count, uint64_t offset)
{
    size_t done = 0;
    while (done < count) {
        ssize_t result = pwrite(descriptor, bytes + done, count - done, (off_t)(offset + done));
        if (result < 0 && errno == EINTR)
            continue;
        if (result == 0)
            errno = EIO;
        if (result <= 0)
            break;
        done += (size_t)result;
    }
    return done;
}

static void trouble(struct recorder *r, struct recording *recording, int error)
{
    if (recording->error != 0)
        return;
    recording->error = error;
    queue_push(&r->notes, &recording->troubled.node);
}

static void write_header(struct recorder *r, struct recording *recording)
{
    uint8_t header[WAV_HEADER_BYTES];
    make_header(header, recording->written);
    if (write_at(recording->descriptor, header, sizeof(header), 0) < sizeof(header))
        trouble(r, recording, errno);
}

static void hash(struct recording *recording, const uint8_t *bytes, size_t count)
{
    uint64_t h = recording->hash, word;
    for (size_t i = 0; i + 8 <= count; i += 8) { /* a tick is a multiple of 8 samples */
        memcpy(&word, bytes + i, 8);
        h = (h ^ word) * HASH_PRIME;
        h ^= h >> 29;
    }
    recording->hash = h;
}

static void append(struct recorder *r, struct recording *recording, const uint8_t *bytes, uint64_t frames)
{
    if (recording->descriptor < 0) {
        hash(recording, bytes, (size_t)(2 * frames));
        recording->written += frames;
        return;
    }
    uint64_t done = 0;
    if (recording->error == 0) {
        size_t count = (size_t)(2 * frames);
        size_t bytes_done =
            write_at(recording->descriptor, bytes, count, WAV_HEADER_BYTES + 2 * recording->written);
        if (bytes_done < count)
            trouble(r, recording, errno);
        done = bytes_done / 2;
        recording->dirty = true;
    }
    recording->written += done;
    recording->missing += frames - done;
}

static void append_silence(struct recorder *r, struct recording *recording, uint64_t frames)
{
    uint8_t quiet[SILENCE_BYTES];
    memset(quiet, ALAW_SILENCE, sizeof(quiet));
    while (frames > 0) {
        uint64_t some = frames < SILENCE_BYTES / 2 ? frames : SILENCE_BYTES / 2;
        append(r, recording, quiet, some);
        frames -= some;
    }
}

/* Jobs. */

static void do_open(struct recorder *r, struct recording *recording)
{
    recording->next = r->open;
    r->open = recording;
    if (recording->descriptor >= 0)
        write_header(r, recording);
    recording->dirty = recording->descriptor >= 0;
}

static void do_chunk(struct recorder *r, struct chunk *c)
{
    if (c->gap > 0)
        append_silence(r, c->job.recording, c->gap);
    append(r, c->job.recording, c->data, c->frames);
    queue_push(&r->chunks, &c->job.node);
}

static void do_blank(struct recorder *r, struct blank *b)
{
    struct recording *recording = b->job.recording;
    uint8_t quiet[SILENCE_BYTES];
    memset(quiet, ALAW_SILENCE, sizeof(quiet));
    uint64_t to = b->to < recording->written ? b->to : recording->written;
    for (uint64_t at = b->from; at < to && recording->descriptor >= 0;) {
        uint64_t some = to - at < SILENCE_BYTES / 2 ? to - at : SILENCE_BYTES / 2;
        size_t count = (size_t)(2 * some);
        if (write_at(recording->descriptor, quiet, count, WAV_HEADER_BYTES + 2 * at) < count) {
            trouble(r, recording, errno);
            break;
        }
        at += some;
        recording->dirty = true;
    }
    used_up(r->media, &b->command);
}

static void do_close(struct recorder *r, struct recording *recording)
{
    append_silence(r, recording, recording->gap);
    if (recording->descriptor >= 0)
        write_header(r, recording);
    recording->closed = true;
}

/* A closed recording ends once the disk has it. */
static void end_closed(struct recorder *r)
{
    struct recording **at = &r->open;
    while (*at != NULL) {
        struct recording *recording = *at;
        if (!recording->closed) {
            at = &recording->next;
            continue;
        }
        *at = recording->next;
        if (recording->descriptor >= 0 && close(recording->descriptor) < 0 && recording->error == 0)
            recording->error = errno;
        if (recording->descriptor < 0)
            atomic_fetch_add(&r->sink_hash, (recording->hash ^ recording->written) * HASH_PRIME);
        queue_push(&r->notes, &recording->ended.node);
    }
}

static bool do_jobs(struct recorder *r)
{
    struct job *job;
    bool closed = false;
    while ((job = (struct job *)queue_pop(&r->jobs)) != NULL)
        switch (job->kind) {
        case JOB_OPEN:
            do_open(r, job->recording);
            break;
        case JOB_CHUNK:
            do_chunk(r, (struct chunk *)job);
            break;
        case JOB_BLANK:
            do_blank(r, (struct blank *)(void *)((uint8_t *)job - offsetof(struct blank, job)));
            break;
        case JOB_CLOSE:
            do_close(r, job->recording);
            closed = true;
            break;
        }
    return closed;
}

void recorder_drain(struct recorder *r)
{
    if (!queue_empty(&r->jobs) && do_jobs(r))
        end_closed(r);
}

/* The thread. */

static bool synced_before(const struct recorder *r, const struct recording *end)
{
    for (const struct recording *each = r->open; each != end; each = each->next)
        if (each->dirty && each->device == end->device)
            return true;
    return false;
}

/* One sync a file system is far cheaper than one a file. */
static void sync_all(struct recorder *r)
{
    for (struct recording *each = r->open; each != NULL; each = each->next)
        if (each->dirty && !each->closed && each->error == 0)
            write_header(r, each);
    for (struct recording *each = r->open; each != NULL; each = each->next)
        if (each->dirty && !synced_before(r, each) && syncfs(each->descriptor) < 0)
            trouble(r, each, errno);
    for (struct recording *each = r->open; each != NULL; each = each->next)
        each->dirty = false;
    end_closed(r);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *writer_main(void *argument)
{
    struct recorder *r = argument;
    uint64_t synced_ns = 0;
    for (;;) {
        bool closing = atomic_load(&r->closing);
        do_jobs(r);
        uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
        if (closing || now_ns - synced_ns >= SYNC_MS * UINT64_C(1000000)) {
            sync_all(r);
            synced_ns = now_ns;
        }
        atomic_store_explicit(&r->thread_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID), memory_order_relaxed);
        if (closing && queue_empty(&r->jobs))
            return NULL;
        struct pollfd wake = {.fd = r->wake_fd, .events = POLLIN};
        poll(&wake, 1, closing ? 0 : WAKE_MS);
    }
}

int recorder_open(struct media *m)
{
    struct recorder *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return -ENOMEM;
    r->media = m;
    queue_open(&r->jobs);
    queue_open(&r->chunks);
    queue_open(&r->notes);
    unsigned frames = CHUNK_FRAMES / m->tick * m->tick;
    r->chunks_total = (size_t)m->ports_count * (RECORD_ROOM_S * SAMPLES_PER_SECOND / frames + 1);
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->pool = mmap(NULL, r->chunks_total * CHUNK_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (r->wake_fd < 0 || r->pool == MAP_FAILED) {
        int result = -errno;
        if (r->pool != MAP_FAILED)
            munmap(r->pool, r->chunks_total * CHUNK_BYTES);
        if (r->wake_fd >= 0)
            close(r->wake_fd);
        free(r);
        return result;
    }
    m->recorder = r;
    return 0;
}

int recorder_start(struct media *m)
{
    int result = thread_start(&m->recorder->thread, "media-writer", writer_main, m->recorder);
    m->recorder->started = result == 0;
    return result;
}

void recorder_close(struct media *m)
{
    struct recorder *r = m->recorder;
    if (r == NULL)
        return;
    if (r->started) {
        uint64_t one = 1;
        atomic_store(&r->closing, true);
        ssize_t woken = write(r->wake_fd, &one, sizeof(one));
        (void)woken; /* it wakes by itself soon enough */
        pthread_join(r->thread, NULL);
    } else {
        recorder_drain(r);
    }
    recorder_notes(m);
    close(r->wake_fd);
    munmap(r->pool, r->chunks_total * CHUNK_BYTES);
    free(r);
    m->recorder = NULL;
}
