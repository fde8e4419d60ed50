/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Sounds in memory, and the players that put them on ports.  Plays of one port follow each other. */
#include <errno.h>
#include <stdlib.h>

#include "alaw.h"
#include "engine.h"

/* Sounds.  Their references are counted on the control thread only: a play takes one when it is made and gives it back
 * when it is freed, and both happen there. */

static unsigned free_handle(struct media *m)
{
    unsigned at = 0;
    while (at < m->sounds_count && m->sounds[at] != NULL)
        at++;
    return at;
}

int media_load_sound(struct media *m, const uint8_t *alaw, size_t samples)
{
    unsigned at = free_handle(m);
    struct sound *sound = malloc(sizeof(*sound) + samples);
    if (sound == NULL)
        return -ENOMEM;
    if (at == m->sounds_count) {
        struct sound **more = realloc(m->sounds, (at + 64) * sizeof(*more));
        if (more == NULL) {
            free(sound);
            return -ENOMEM;
        }
        memset(more + at, 0, 64 * sizeof(*more));
        m->sounds = more;
        m->sounds_count += 64;
    }
    sound->references = 1;
    sound->samples = samples;
    memcpy(sound->alaw, alaw, samples);
    m->sounds[at] = sound;
    return (int)at + 1;
}

static void sound_let_go(struct sound *sound)
{
    if (--sound->references == 0)
        free(sound);
}

static struct sound *sound_of(const struct media *m, unsigned handle)
{
    return handle >= 1 && handle <= m->sounds_count ? m->sounds[handle - 1] : NULL;
}

int media_free_sound(struct media *m, unsigned handle)
{
    struct sound *sound = sound_of(m, handle);
    if (sound == NULL)
        return -ENOENT;
    m->sounds[handle - 1] = NULL;
    sound_let_go(sound);
    return 0;
}

/* Plays. */

static void play_ended(struct port *p, struct play *play, unsigned offset, bool completed)
{
    struct media_event e = {.kind = MEDIA_PLAY_ENDED,
                            .port = (uint16_t)p->number,
                            .value = completed,
                            .sample = now_of(p->media) + offset,
                            .tag = play->tag};
    emit(p->media, &e);
    used_up(p->media, &play->command);
    port_busy(p);
}

void play_stop(struct port *p)
{
    struct play *play;
    while ((play = (struct play *)list_pop(&p->plays)) != NULL)
        play_ended(p, play, 0, false);
}

/* Go on to the next sound that has samples; false at the end of the play. */
static bool play_next(struct play *play)
{
    size_t passed = 0;
    while (play->offset >= play->sounds[play->current]->samples) {
        play->offset = 0;
        if (++play->current == play->count) {
            play->current = 0;
            if (!play->loop)
                return false;
        }
        if (++passed > play->count) /* a loop of empty sounds */
            return false;
    }
    return true;
}

const int16_t *play_make(struct port *p, int16_t *buffer)
{
    unsigned n = p->media->tick, made = 0;
    struct play *play;
    while (made < n && (play = (struct play *)p->plays.first) != NULL) {
        if (!play_next(play)) {
            list_pop(&p->plays);
            play_ended(p, play, made, true);
            continue;
        }
        const struct sound *sound = play->sounds[play->current];
        size_t left = sound->samples - play->offset;
        unsigned count = left < n - made ? (unsigned)left : n - made;
        alaw_decode_vector(buffer + made, sound->alaw + play->offset, count);
        if (play->gain != 1.0f)
            scale(buffer + made, buffer + made, count, play->gain);
        play->offset += count;
        made += count;
    }
    memset(buffer + made, 0, (n - made) * sizeof(*buffer));
    return made == 0 ? NULL : buffer;
}

/* Commands. */

static bool apply_play(struct media *m, struct command *c)
{
    struct port *p = port_of(m, c->port);
    list_append(&p->plays, c);
    p->busy = true;
    return false;
}

static void play_drop(struct command *c)
{
    struct play *play = (struct play *)c;
    for (size_t i = 0; i < play->count; i++)
        sound_let_go(play->sounds[i]);
}

int media_play(struct media_batch *b, unsigned port, const uint32_t *sounds, size_t count, int64_t tag, int loop,
               float gain_db)
{
    if (count == 0)
        return -EINVAL;
    for (size_t i = 0; i < count; i++)
        if (sound_of(b->media, sounds[i]) == NULL)
            return -ENOENT;
    struct play *play = command_new(sizeof(*play) + count * sizeof(play->sounds[0]), port, apply_play);
    if (play == NULL)
        return -ENOMEM;
    play->command.drop = play_drop;
    play->tag = tag;
    play->loop = loop != 0;
    play->gain = factor_of_db(gain_db);
    play->count = count;
    for (size_t i = 0; i < count; i++) {
        play->sounds[i] = sound_of(b->media, sounds[i]);
        play->sounds[i]->references++;
    }
    return batch_add(b, &play->command);
}

static bool apply_stop_play(struct media *m, struct command *c)
{
    play_stop(port_of(m, c->port));
    return true;
}

int media_stop_play(struct media_batch *b, unsigned port)
{
    return batch_add(b, command_new(sizeof(struct command), port, apply_stop_play));
}
