/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What makes the ticks happen: a thread that wakes by a card's blocks or by the clock, or a caller who steps; and what they
 * cost. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "record.h"

enum {
    MEASURED_TICKS = 60000,
    FIFO_PRIORITY = 20,   /* above everything ordinary, below the kernel's own threads */
    CATCH_UP_MS_MAX = 1000, /* after a longer sleep (a suspended machine) the lost time is not made up for */
    PATIENCE_MS = 50 /* with a card whose next block is due; then the clock goes on alone */
};

#define NS_PER_SAMPLE 125000u

struct pace {
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    atomic_bool fifo;
    int beat;     /* descriptor of the channel that beats time; -1: none */
    int deputy;   /* of one that can take its place; -1: none */
    bool at_once; /* it has given a block more than was due */
    _Atomic uint64_t thread_ns;
    _Atomic uint64_t ticks;
    _Atomic uint16_t *work_us; /* of the last MEASURED_TICKS timed ticks */
    _Atomic uint16_t *late_us;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

void pace_beaten(struct media *m, int descriptor, bool came, bool more)
{
    struct pace *pace = m->pace;
    if (pace->beat < 0 && came)
        pace->beat = descriptor;
    if (pace->beat == descriptor)
        pace->at_once = more;
    else if (came)
        pace->deputy = descriptor;
}

void pace_lost(struct media *m, int descriptor)
{
    struct pace *pace = m->pace;
    if (pace == NULL) /* the engine is being closed */
        return;
    if (pace->deputy == descriptor)
        pace->deputy = -1;
    if (pace->beat == descriptor) {
        pace->beat = pace->deputy;
        pace->deputy = -1;
        pace->at_once = false;
    }
}

bool pace_is(const struct media *m, int descriptor)
{
    return m->pace->beat == descriptor || m->pace->beat < 0;
}

/* Returns the moment: when the card's next block is there; else when the clock says so. */
static uint64_t wait_for_tick(struct pace *pace, uint64_t due_ns)
{
    if (pace->beat >= 0 && !pace->at_once) {
        uint64_t until_ns = due_ns + PATIENCE_MS * UINT64_C(1000000), now_ns = clock_ns(CLOCK_MONOTONIC);
        uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
        struct timespec timeout = {(time_t)(left_ns / 1000000000u), (long)(left_ns % 1000000000u)};
        struct pollfd device = {.fd = pace->beat, .events = POLLIN};
        if (ppoll(&device, 1, &timeout, NULL) != 1 || (device.revents & POLLIN) == 0)
            pace->beat = pace->deputy = -1;
    }
    if (pace->beat < 0)
        sleep_until(due_ns);
    return clock_ns(CLOCK_MONOTONIC);
}

static uint16_t as_us(uint64_t ns)
{
    return (uint16_t)(ns / 1000u > UINT16_MAX ? UINT16_MAX : ns / 1000u);
}

/* Real time. */

static void wake_reader(struct media *m)
{
    uint64_t one = 1;
    if (event_ring_empty(m->events))
        return;
    ssize_t woken = write(m->event_fd, &one, sizeof(one));
    (void)woken; /* EAGAIN: it is more than awake */
}

static void ask_for_fifo(struct pace *pace)
{
    struct sched_param how = {.sched_priority = FIFO_PRIORITY};
    atomic_store(&pace->fifo, pthread_setschedparam(pthread_self(), SCHED_FIFO, &how) == 0);
}

static void measure(struct pace *pace, uint64_t due_ns, uint64_t woken_ns, uint64_t done_ns)
{
    uint64_t tick = atomic_load_explicit(&pace->ticks, memory_order_relaxed);
    atomic_store_explicit(&pace->work_us[tick % MEASURED_TICKS], as_us(done_ns - woken_ns), memory_order_relaxed);
    atomic_store_explicit(&pace->late_us[tick % MEASURED_TICKS], as_us(woken_ns > due_ns ? woken_ns - due_ns : 0),
                          memory_order_relaxed);
    atomic_store_explicit(&pace->ticks, tick + 1, memory_order_release);
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are Python's, in its own threads */
    int result = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        pthread_setname_np(*thread, name);
    return -result;
}

static void *media_main(void *argument)
{
    struct media *m = argument;
    struct pace *pace = m->pace;
    uint64_t step_ns = (uint64_t)m->tick * NS_PER_SAMPLE, due_ns = clock_ns(CLOCK_MONOTONIC);
    ask_for_fifo(pace);
    while (!atomic_load_explicit(&pace->stopping, memory_order_acquire)) {
        due_ns += step_ns;
        uint64_t woken_ns = wait_for_tick(pace, due_ns), by_clock_ns = due_ns;
        if (pace->beat >= 0 || woken_ns > due_ns + CATCH_UP_MS_MAX * UINT64_C(1000000))
            due_ns = woken_ns;
        recorder_notes(m);
        tick_receive(m);
        tick_rest(m);
        wake_reader(m);
        measure(pace, by_clock_ns, woken_ns, clock_ns(CLOCK_MONOTONIC));
        if (atomic_load_explicit(&pace->ticks, memory_order_relaxed) % 64 == 0)
            atomic_store_explicit(&pace->thread_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID), memory_order_relaxed);
    }
    return NULL;
}

/* Memory that a tick touches must not be paged out.  The recorder's pool is locked as it is first used. */
static bool lock_memory(const struct media *m)
{
    const struct recorder *r = m->recorder;
    size_t ports_bytes = m->ports_count * sizeof(*m->ports);
    return mlock2(m->ports, ports_bytes, MLOCK_ONFAULT) == 0 &&
           mlock2(m->events, sizeof(*m->events), MLOCK_ONFAULT) == 0 &&
           (m->histories == NULL || mlock2(m->histories, m->histories_bytes, MLOCK_ONFAULT) == 0) &&
           mlock2(r->pool, r->chunks_total * CHUNK_BYTES, MLOCK_ONFAULT) == 0;
}

int media_start(struct media *m)
{
    struct pace *pace = m->pace;
    if (pace->started)
        return -EALREADY;
    if (pace->work_us == NULL)
        pace->work_us = calloc(MEASURED_TICKS, sizeof(*pace->work_us));
    if (pace->late_us == NULL)
        pace->late_us = calloc(MEASURED_TICKS, sizeof(*pace->late_us));
    if (pace->work_us == NULL || pace->late_us == NULL)
        return -ENOMEM;
    m->memory_locked = lock_memory(m);
    atomic_store(&pace->ticks, 0);
    int result = m->recorder->started ? 0 : recorder_start(m);
    if (result < 0)
        return result;
    atomic_store(&m->running, true);
    result = thread_start(&pace->thread, "media", media_main, m);
    pace->started = result == 0;
    if (result < 0)
        atomic_store(&m->running, false);
    return result;
}

int pace_open(struct media *m)
{
    m->pace = calloc(1, sizeof(*m->pace));
    if (m->pace == NULL)
        return -ENOMEM;
    m->pace->beat = m->pace->deputy = -1;
    return 0;
}

void pace_close(struct media *m)
{
    struct pace *pace = m->pace;
    if (pace == NULL)
        return;
    if (pace->started) {
        atomic_store_explicit(&pace->stopping, true, memory_order_release);
        pthread_join(pace->thread, NULL);
        atomic_store(&m->running, false);
    }
    free((void *)pace->work_us);
    free((void *)pace->late_us);
    free(pace);
    m->pace = NULL;
}

/* Stepping.  All engines receive before any of them sends, so the order in which they are named makes no difference. */

static bool any_event(struct media **engines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!event_ring_empty(engines[i]->events))
            return true;
    return false;
}

static void step_once(struct media **engines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tick_receive(engines[i]);
    for (size_t i = 0; i < count; i++) {
        tick_rest(engines[i]);
        recorder_drain(engines[i]->recorder);
        recorder_notes(engines[i]);
    }
}

int64_t media_step(struct media **engines, size_t count, uint64_t until_sample)
{
    uint64_t began_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID), ticks = 0;
    if (count == 0)
        return -EINVAL;
    for (size_t i = 0; i < count; i++)
        if (engines[i]->pace->started)
            return -EBUSY;
    while (now_of(engines[0]) < until_sample && !any_event(engines, count)) {
        step_once(engines, count);
        ticks++;
    }
    uint64_t spent_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns;
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_add_explicit(&engines[i]->pace->ticks, ticks, memory_order_relaxed);
        atomic_fetch_add_explicit(&engines[i]->pace->thread_ns, spent_ns / count, memory_order_relaxed);
        collect_used_up(engines[i]);
    }
    return (int64_t)now_of(engines[0]);
}

/* Statistics. */

static int compare(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static float p999_of(_Atomic uint16_t *values, size_t count)
{
    uint16_t *sorted = malloc(count * sizeof(*sorted));
    if (sorted == NULL)
        return NAN;
    for (size_t i = 0; i < count; i++)
        sorted[i] = atomic_load_explicit(&values[i], memory_order_relaxed);
    qsort(sorted, count, sizeof(*sorted), compare);
    float result = sorted[(count * 999 - 1) / 1000];
    free(sorted);
    return result;
}

void media_take_statistics(struct media *m, struct media_statistics *out)
{
    struct pace *pace = m->pace;
    *out = (struct media_statistics){.media_thread_ns = atomic_load(&pace->thread_ns),
                                     .writer_thread_ns = atomic_load(&m->recorder->thread_ns),
                                     .ticks = atomic_load_explicit(&pace->ticks, memory_order_acquire),
                                     .fifo = atomic_load(&pace->fifo),
                                     .memory_locked = m->memory_locked,
                                     .events_lost = atomic_load(&m->events->lost_ever),
                                     .sink_hash = atomic_load(&m->recorder->sink_hash)};
    size_t measured = out->ticks < MEASURED_TICKS ? (size_t)out->ticks : MEASURED_TICKS;
    if (pace->work_us != NULL && measured > 0) {
        out->tick_p999_us = p999_of(pace->work_us, measured);
        out->late_p999_us = p999_of(pace->late_us, measured);
    }
}
