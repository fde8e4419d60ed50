/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Each whole segment is held against every step of every cadence; a step that fits continues the run that the step before it
 * had.  A run as long as its cadence is a cycle.  A cadence is reported when no longer one of the plan explains as many
 * segments, so that a tone is never first one thing and then another. */
#include "cadence.h"

#include <math.h>

/* GB/T 3380: cadences within 10 %; with room for the measurement. */
#define TOLERANCE_PART     0.10f
#define TOLERANCE_SAMPLES  72.0f
#define LEVEL_TOLERANCE_DB 4.5f
#define CYCLES_REPORTED    10

static int fits_duration(float samples, uint32_t duration_ms)
{
    float wanted = (float)duration_ms * 8;
    return fabsf(samples - wanted) <= wanted * TOLERANCE_PART + TOLERANCE_SAMPLES;
}

static int fits(const struct tone_plan *p, int cadence, int step, const struct segment *s)
{
    return p->step_voices[cadence][step] == s->voice &&
           fits_duration(s->samples, p->heard[cadence].steps[step].duration_ms);
}

/* The step of sound before this one, going round; -1 where there is none. */
static int sound_before(const struct tone_plan *p, int cadence, int step)
{
    const struct tone_cadence *c = &p->heard[cadence];
    for (int i = 1; i < c->step_count; i++) {
        int before = (step - i + c->step_count) % c->step_count;
        if (p->step_voices[cadence][before] != NO_VOICE)
            return before;
    }
    return -1;
}

/* Has the level gone on as the cadence says since its last sound?  (Australia's congestion is its busy with every
 * other burst faint.) */
static int fits_level(const struct matcher *m, int cadence, int step, const struct segment *s)
{
    int before = sound_before(m->plan, cadence, step);
    if (!m->plan->levels_matter || s->voice == NO_VOICE || before < 0)
        return 1;
    const struct tone_step *steps = m->plan->heard[cadence].steps;
    float wanted = steps[step].level_dbm0 - steps[before].level_dbm0;
    return fabsf(s->level_dbm0 - m->level_dbm0 - wanted) < LEVEL_TOLERANCE_DB;
}

static struct run continued(const struct matcher *m, int cadence, int step, const struct run *old,
                            const struct segment *s)
{
    const struct tone_cadence *c = &m->plan->heard[cadence];
    struct run fresh = {1, s->began_sample}, none = {0, 0};
    if (!fits(m->plan, cadence, step, s))
        return none;
    int loops = c->repeat_from < c->step_count;
    const struct run *before = step > 0 ? &old[step - 1] : NULL;
    if (step == c->repeat_from && loops && old[c->step_count - 1].segments > (before ? before->segments : 0))
        before = &old[c->step_count - 1];
    if (before && before->segments > 0 && fits_level(m, cadence, step, s))
        return (struct run){before->segments + 1, before->began_sample};
    /* What a run begins with must be a sound: any silence has some length. */
    return s->voice != NO_VOICE && (step == 0 || (loops && step >= c->repeat_from)) ? fresh : none;
}

static void continue_runs(struct matcher *m, const struct segment *s)
{
    for (int c = 0; c < m->plan->cadence_count; c++) {
        if (!m->plan->listened[c])
            continue;
        struct run old[TONE_STEPS_MAX];
        memcpy(old, m->runs[c], sizeof(old));
        for (int step = 0; step < m->plan->heard[c].step_count; step++)
            m->runs[c][step] = continued(m, c, step, old, s);
    }
}

static struct run longest_run_at(const struct matcher *m, int cadence, int *step_reached)
{
    struct run longest = {0, 0};
    for (int step = 0; step < m->plan->heard[cadence].step_count; step++)
        if (m->runs[cadence][step].segments > longest.segments) {
            longest = m->runs[cadence][step];
            *step_reached = step;
        }
    return longest;
}

static struct run longest_run(const struct matcher *m, int cadence)
{
    int step;
    return longest_run_at(m, cadence, &step);
}

static unsigned cycle_segments(const struct tone_plan *p, int cadence)
{
    const struct tone_cadence *c = &p->heard[cadence];
    return c->repeat_from < c->step_count ? c->step_count - c->repeat_from : c->step_count;
}

/* Is there a longer cadence that may yet turn out to be what was heard? */
static int ambiguous(const struct matcher *m, int cadence, uint32_t segments)
{
    for (int c = 0; c < m->plan->cadence_count; c++)
        if (c != cadence && m->plan->listened[c] && cycle_segments(m->plan, c) > cycle_segments(m->plan, cadence) &&
            longest_run(m, c).segments >= segments)
            return 1;
    return 0;
}

/* How long what follows may last: the next step with its tolerance; 0 after the last step of a tone that is sent
 * once. */
static uint64_t deadline_of(const struct matcher *m, int cadence)
{
    const struct tone_cadence *c = &m->plan->heard[cadence];
    int step = 0;
    longest_run_at(m, cadence, &step);
    int next = step + 1 < c->step_count ? step + 1 : c->repeat_from;
    if (next == c->step_count)
        return 0;
    float wanted = (float)c->steps[next].duration_ms * 8;
    return (uint64_t)(wanted + wanted * TOLERANCE_PART + TOLERANCE_SAMPLES);
}

static void tell(struct matcher *m, uint8_t kind, uint64_t sample)
{
    /* More than are taken out with every feed can't come: a segment is at least six steps long. */
    if (m->found_count == FOUND_MAX)
        return;
    m->found[m->found_count++] = (struct tone_event){
        .kind = kind,
        .tone = (uint8_t)m->tone,
        .cycles = m->cycles,
        .freq_hz = m->cadence >= 0 && m->plan->mixed[m->cadence] ? 0.0f : m->freq_hz,
        .sample = sample,
        .began_sample = m->began_sample,
    };
}

size_t matcher_tell(struct matcher *m, struct tone_event *events, size_t max)
{
    size_t count = m->found_count < max ? m->found_count : max;
    memcpy(events, m->found, count * sizeof(*events));
    m->found_count -= count;
    memmove(m->found, m->found + count, m->found_count * sizeof(*events));
    return count;
}

void matcher_end(struct matcher *m, uint64_t sample)
{
    if (m->tone >= 0)
        tell(m, TONE_ENDED, sample);
    m->tone = m->cadence = -1;
}

static void report(struct matcher *m, int cadence, uint64_t sample)
{
    struct run run = longest_run(m, cadence);
    unsigned cycles = run.segments / cycle_segments(m->plan, cadence);
    int first = m->cadence != cadence;
    m->deadline_samples = deadline_of(m, cadence);
    if (!first && cycles <= m->cycles)
        return;
    m->cadence = cadence;
    m->tone = m->plan->heard[cadence].tone;
    m->began_sample = run.began_sample;
    m->cycles = (uint16_t)(cycles < UINT16_MAX ? cycles : UINT16_MAX);
    if (cycles <= CYCLES_REPORTED || first)
        tell(m, TONE_HEARD, sample);
}

/* The cadence that has had a whole cycle with this segment, or goes on; -1: none. */
static int cadence_now(const struct matcher *m)
{
    for (int c = 0; m->cadence < 0 && c < m->plan->cadence_count; c++) {
        uint32_t segments = m->plan->listened[c] ? longest_run(m, c).segments : 0;
        if (segments > 0 && segments >= cycle_segments(m->plan, c) && !ambiguous(m, c, segments))
            return c;
    }
    return m->cadence;
}

void matcher_take(struct matcher *m, const struct segment *s, uint64_t sample)
{
    continue_runs(m, s);
    if (s->voice != NO_VOICE) {
        m->level_dbm0 = s->level_dbm0;
        m->freq_hz = s->freq_hz;
    }
    if (m->cadence >= 0 && longest_run(m, m->cadence).segments <= 1)
        matcher_end(m, s->began_sample);
    int cadence = cadence_now(m);
    if (cadence >= 0)
        report(m, cadence, sample);
}

void matcher_take_continuous(struct matcher *m, int tone, float freq_hz, uint64_t began_sample, uint64_t sample)
{
    matcher_end(m, began_sample);
    m->tone = tone;
    m->freq_hz = freq_hz;
    m->cycles = 1;
    m->began_sample = began_sample;
    tell(m, TONE_HEARD, sample);
}

int matcher_overdue(const struct matcher *m, uint64_t lasted_samples)
{
    return m->cadence >= 0 && lasted_samples > m->deadline_samples;
}

void matcher_reset(struct matcher *m, const struct tone_plan *plan)
{
    memset(m, 0, sizeof(*m));
    m->plan = plan;
    m->cadence = m->tone = -1;
}
