/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Tones, digits and caller ID put on ports.  Sendings of one port follow each other; a tone replaces the one before. */
#include <errno.h>
#include <stdlib.h>

#include "engine.h"

/* Digits and caller ID. */

static void sending_ended(struct port *p, struct sending *s, unsigned offset, bool completed)
{
    struct media_event e = {.kind = MEDIA_SEND_ENDED,
                            .port = (uint16_t)p->number,
                            .value = completed,
                            .sample = now_of(p->media) + offset,
                            .tag = s->tag};
    emit(p->media, &e);
    used_up(p->media, &s->command);
    port_busy(p);
}

void sending_stop(struct port *p)
{
    struct sending *s;
    digits_sender_stop(p->digits_sender);
    callerid_sender_stop(p->callerid_sender);
    while ((s = (struct sending *)list_pop(&p->sendings)) != NULL)
        sending_ended(p, s, 0, false);
}

static int sending_begin(struct port *p, const struct sending *s)
{
    if (s->fsk)
        return callerid_sender_start_fsk(p->callerid_sender, s->message, s->bytes, s->seizure_bits, s->mark_bits,
                                         s->level_dbm0);
    return digits_sender_start(p->digits_sender, (const char *)s->message, s->on_ms, s->off_ms, s->level_dbm0);
}

static size_t sending_some(struct port *p, const struct sending *s, int16_t *pcm, size_t samples)
{
    return s->fsk ? callerid_sender_make(p->callerid_sender, pcm, samples)
                  : digits_sender_make(p->digits_sender, pcm, samples);
}

static bool sending_done(const struct port *p, const struct sending *s)
{
    return s->fsk ? callerid_sender_done(p->callerid_sender) : digits_sender_done(p->digits_sender);
}

const int16_t *sending_make(struct port *p, int16_t *buffer)
{
    unsigned n = p->media->tick, made = 0;
    struct sending *s;
    while (made < n && (s = (struct sending *)p->sendings.first) != NULL) {
        bool failed = !s->begun && sending_begin(p, s) < 0;
        s->begun = true;
        if (!failed)
            made += (unsigned)sending_some(p, s, buffer + made, n - made);
        if (failed || sending_done(p, s)) {
            list_pop(&p->sendings);
            sending_ended(p, s, made, !failed);
        }
    }
    memset(buffer + made, 0, (n - made) * sizeof(*buffer));
    return made == 0 ? NULL : buffer;
}

static bool apply_sending(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    list_append(&p->sendings, c);
    p->busy = true;
    return false;
}

static struct sending *sending_new(unsigned port, const void *bytes, size_t count, int64_t tag, float level_dbm0)
{
    struct sending *s = command_new(sizeof(*s) + count + 1, port, apply_sending);
    if (s == NULL)
        return NULL;
    s->tag = tag;
    s->level_dbm0 = level_dbm0;
    s->bytes = count;
    memcpy(s->message, bytes, count);
    return s;
}

int media_send_digits(struct media_batch *b, unsigned port, const char *digits, int64_t tag, unsigned on_ms,
                      unsigned off_ms, float level_dbm0)
{
    size_t count = strlen(digits);
    if (count == 0 || count != strspn(digits, "0123456789*#ABCDabcd,") || on_ms < 1 || on_ms > 10000 ||
        off_ms < 1 || off_ms > 10000)
        return -EINVAL;
    if (count > DIGITS_MAX)
        return -E2BIG;
    struct sending *s = sending_new(port, digits, count, tag, level_dbm0);
    if (s == NULL)
        return -ENOMEM;
    s->on_ms = on_ms;
    s->off_ms = off_ms;
    return batch_add(b, &s->command);
}

int media_send_fsk(struct media_batch *b, unsigned port, const uint8_t *message, size_t bytes, int64_t tag,
                   unsigned seizure_bits, unsigned mark_bits, float level_dbm0)
{
    if (bytes < 1 || bytes > CALLERID_RAW_MAX)
        return -EINVAL;
    struct sending *s = sending_new(port, message, bytes, tag, level_dbm0);
    if (s == NULL)
        return -ENOMEM;
    s->fsk = true;
    s->seizure_bits = seizure_bits;
    s->mark_bits = mark_bits;
    return batch_add(b, &s->command);
}

static bool apply_stop_send(struct media *m, struct command *c)
{
    sending_stop(port_of(m, c->port));
    return true;
}

int media_stop_send(struct media_batch *b, unsigned port)
{
    return batch_add(b, command_new(sizeof(struct command), port, apply_stop_send));
}

/* Tones. */

struct send_tone {
    struct command command;
    unsigned tone;
};

static bool apply_send_tone(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    tone_sender_stop(p->tone_sender);
    if (p->plan != NULL)
        tone_sender_start(p->tone_sender, p->plan, ((struct send_tone *)c)->tone); /* a plan without it: silence */
    port_busy(p);
    return true;
}

int media_send_tone(struct media_batch *b, unsigned port, unsigned tone)
{
    if (tone >= TONE_COUNT)
        return -EINVAL;
    struct send_tone *s = command_new(sizeof(*s), port, apply_send_tone);
    if (s != NULL)
        s->tone = tone;
    return batch_add(b, (struct command *)s);
}

static bool apply_stop_tone(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    tone_sender_stop(p->tone_sender);
    port_busy(p);
    return true;
}

int media_stop_tone(struct media_batch *b, unsigned port)
{
    return batch_add(b, command_new(sizeof(struct command), port, apply_stop_tone));
}

static struct tone_cadence *cadence_of(struct tone_cadence *cadences, size_t *count, uint8_t tone)
{
    if (*count > 0 && cadences[*count - 1].tone == tone)
        return &cadences[*count - 1];
    if (*count == TONE_CADENCES_MAX)
        return NULL;
    struct tone_cadence *new = &cadences[(*count)++];
    *new = (struct tone_cadence){.tone = tone, .repeat_from = UINT8_MAX};
    return new;
}

int media_load_plan(struct media *m, const struct media_tone_step *steps, size_t count)
{
    struct tone_cadence cadences[TONE_CADENCES_MAX];
    size_t cadence_count = 0;
    if (m->plans_count == TONE_PLANS_MAX)
        return -ENOBUFS;
    for (size_t i = 0; i < count; i++) {
        const struct media_tone_step *from = &steps[i];
        struct tone_cadence *c = cadence_of(cadences, &cadence_count, from->tone);
        if (c == NULL || c->step_count == TONE_STEPS_MAX)
            return -E2BIG;
        if (from->repeat_here)
            c->repeat_from = c->step_count;
        c->send_only |= from->send_only;
        c->steps[c->step_count++] = (struct tone_step){.f1_hz = from->f1_hz,
                                                       .f2_hz = from->f2_hz,
                                                       .modulated = from->modulated,
                                                       .level_dbm0 = from->level_dbm0,
                                                       .duration_ms = from->duration_ms};
    }
    for (size_t i = 0; i < cadence_count; i++)
        if (cadences[i].repeat_from == UINT8_MAX)
            cadences[i].repeat_from = cadences[i].step_count;
    int result = tone_plan_open(&m->plans[m->plans_count], cadences, cadence_count);
    return result < 0 ? result : (int)++m->plans_count;
}
