/* SPDX-FileCopyrightText: 2026 The Switchroom authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The engine under the sanitizers: each allocation failing in turn, a disk that stands still for more than a minute, random
 * orders, and engines in threads of their own.  Built and run by .ci/asan; linked with --wrap for the allocator. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alaw.h"
#include "record.h"

#define REQUIRE(what)                                                                                                  \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                                         \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The allocator: the allocation with this number fails. */
static _Thread_local int fail_at = -1, allocations;

static bool fails(void)
{
    return fail_at >= 0 && allocations++ == fail_at;
}

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *at, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *at, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return fails() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *at, size_t bytes)
{
    return fails() ? NULL : __real_realloc(at, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, bytes);
}

static const struct media_line plain_line = {.loss_db = 0, .echo_return_db = NAN, .noise_dbm0 = NAN, .seed = 1};
static const struct media_line rough_line = {.loss_db = 3, .echo_return_db = 12, .noise_dbm0 = -50, .seed = 1};
static const uint8_t beep[1000] = {0x55, 0xD5, 0x12};

static int load_plan(struct media *m)
{
    const struct media_tone_step steps[] = {
        {.tone = TONE_DIAL, .f1_hz = 450, .level_dbm0 = -10},
        {.tone = TONE_BUSY, .repeat_here = 1, .f1_hz = 450, .level_dbm0 = -10, .duration_ms = 350},
        {.tone = TONE_BUSY, .duration_ms = 350},
    };
    return media_load_plan(m, steps, 3);
}

/* Everything that allocates, once; the first failure, or 0. */
static int use_everything(void)
{
    struct media *m = NULL, *far = NULL;
    struct media_batch *b = NULL;
    struct media_stream *s = NULL;
    const uint32_t ports[] = {1, 2};
    const float gains[] = {NAN, 0, -3, NAN};
    int sound = 0, result;
    if ((result = media_open(&m, 3, 160, 8000)) < 0 || (result = media_open(&far, 1, 160, 0)) < 0 ||
        (result = load_plan(m)) < 0 || (result = sound = media_load_sound(m, beep, sizeof(beep))) < 0 ||
        (result = media_wire(m, 1, far, 1, &rough_line)) < 0 || (result = media_stream_open(&s, m, 2)) < 0 ||
        (result = media_channel_open(m, 3, STDIN_FILENO, 0)) < 0 || (result = media_unwire(m, 3)) < 0 ||
        (result = media_batch_open(&b, m)) < 0)
        goto out;
    const uint32_t sounds[] = {(uint32_t)sound};
    if ((result = media_set_port(b, 1, 1, -3, 3)) < 0 || (result = media_play(b, 1, sounds, 1, 1, 1, 0)) < 0 ||
        (result = media_send_tone(b, 1, TONE_BUSY)) < 0 || (result = media_stop_tone(b, 1)) < 0 ||
        (result = media_send_digits(b, 1, "159#", 1, 50, 50, -9)) < 0 ||
        (result = media_send_fsk(b, 1, beep, 20, 1, 300, 180, -13)) < 0 ||
        (result = media_set_bridge(b, 1, ports, 2, gains)) < 0 || (result = media_set_detectors(b, 1, 31)) < 0 ||
        (result = media_record(b, 1, -1, 1)) < 0 || (result = media_blank_recording(b, 1, 0)) < 0 ||
        (result = media_mute_recording(b, 1, 1)) < 0 || (result = media_stop_recording(b, 2)) < 0 ||
        (result = media_stop_play(b, 2)) < 0 || (result = media_stop_send(b, 2)) < 0 ||
        (result = media_reset_port(b, 3)) < 0)
        goto out;
    if ((result = media_submit(b)) < 0)
        goto out;
    b = NULL;
    struct media *both[] = {m, far};
    for (int i = 0; i < 50; i++) {
        struct media_event events[64];
        media_step(both, 2, (uint64_t)(i + 1) * 160);
        media_poll(m, events, 64);
        media_poll(far, events, 64);
    }
    result = 0;
out:
    media_batch_close(b);
    media_stream_close(s);
    media_close(far);
    media_close(m);
    return result;
}

static void each_failing_allocation_is_reported_and_leaks_nothing(void)
{
    int failed = 0;
    for (int n = 0;; n++) {
        fail_at = n;
        allocations = 0;
        int result = use_everything();
        bool reached = allocations > n;
        fail_at = -1;
        if (!reached) {
            REQUIRE(result == 0);
            break;
        }
        REQUIRE(result == -ENOMEM);
        failed++;
    }
    REQUIRE(failed > 50);
    printf("allocations that failed in turn: %d\n", failed);
}

static void tick(struct media *m)
{
    tick_receive(m);
    tick_rest(m);
}

/* The writer does nothing for 90 s, then everything. */
static void a_disk_that_stands_still_costs_exactly_what_did_not_fit(void)
{
    enum { PORTS = 2, TICKS = 90 * 50 };
    struct media *m;
    struct media_batch *b;
    REQUIRE(media_open(&m, PORTS, 160, 0) == 0);
    REQUIRE(media_batch_open(&b, m) == 0);
    int sound = media_load_sound(m, beep, sizeof(beep));
    const uint32_t sounds[] = {(uint32_t)sound};
    int file = memfd_create("recording", 0);
    REQUIRE(media_record(b, 1, dup(file), 7) == 0);
    REQUIRE(media_record(b, 2, -1, 8) == 0);
    REQUIRE(media_play(b, 1, sounds, 1, 1, 1, 0) == 0);
    REQUIRE(media_submit(b) == 0);
    for (int i = 0; i < TICKS; i++)
        tick(m);
    uint64_t lost = m->ports[0].recording->lost;
    REQUIRE(lost > 0 && lost <= 31 * 8000);
    recorder_drain(m->recorder);
    for (int i = 0; i < 100; i++)
        tick(m);
    REQUIRE(m->ports[0].recording->lost == lost); /* there is room again */
    REQUIRE(media_batch_open(&b, m) == 0 && media_stop_recording(b, 1) == 0 && media_submit(b) == 0);
    tick(m);
    recorder_drain(m->recorder);
    recorder_notes(m);
    struct media_event e;
    REQUIRE(media_poll(m, &e, 1) == 1 && e.kind == MEDIA_RECORDING_ENDED);
    REQUIRE(e.lost == lost && e.samples == (TICKS + 100) * 160 && e.value == 0);
    struct stat about;
    REQUIRE(fstat(file, &about) == 0 && about.st_size == (off_t)(WAV_HEADER_BYTES + 2 * e.samples));
    uint8_t *all = malloc((size_t)about.st_size);
    REQUIRE(pread(file, all, (size_t)about.st_size, 0) == about.st_size);
    uint64_t silent = 0;
    for (uint64_t at = 0; at < e.samples; at++) {
        const uint8_t *frame = all + WAV_HEADER_BYTES + 2 * at;
        silent += frame[1] == ALAW_SILENCE && frame[0] == ALAW_SILENCE;
        if (frame[1] != ALAW_SILENCE) /* what is there, is where it belongs */
            REQUIRE(frame[1] == beep[at % sizeof(beep)]);
    }
    uint64_t in_beep = 0;
    for (size_t i = 0; i < sizeof(beep); i++)
        in_beep += beep[i] == ALAW_SILENCE;
    REQUIRE(silent >= lost && silent <= lost + (e.samples / sizeof(beep) + 1) * in_beep);
    close(file);
    free(all);
    media_close(m);
}

static uint32_t chance = 12345;

static uint32_t draw(uint32_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 17;
    chance ^= chance << 5;
    return chance % below;
}

static void random_command(struct media_batch *b, int sound)
{
    unsigned port = draw(10); /* 0 and 9 do not exist */
    uint32_t sounds[] = {(uint32_t)sound, draw(4)}, ports[8];
    float gains[64];
    size_t count = draw(9);
    for (size_t i = 0; i < 8; i++)
        ports[i] = 1 + (uint32_t)(i + port) % 8;
    for (size_t i = 0; i < 64; i++)
        gains[i] = draw(3) == 0 ? NAN : (float)draw(12) - 6;
    switch (draw(17)) {
    case 0: media_play(b, port, sounds, 1 + draw(2), draw(99), draw(2) == 0, (float)draw(9) - 4); break;
    case 1: media_stop_play(b, port); break;
    case 2: media_send_tone(b, port, draw(14)); break;
    case 3: media_stop_tone(b, port); break;
    case 4: media_send_digits(b, port, draw(2) ? "159D" : "#,0x", 1, draw(90), draw(90), -9); break;
    case 5: media_send_fsk(b, port, beep, draw(300), 1, 300, 180, -13); break;
    case 6: media_stop_send(b, port); break;
    case 7: media_set_bridge(b, draw(4), ports, count, draw(2) ? gains : NULL); break;
    case 8: media_set_detectors(b, port, draw(32)); break;
    case 9: media_set_port(b, port, draw(3), (float)draw(9) - 4, (float)draw(9) - 4); break;
    case 10: media_record(b, port, -1, draw(99)); break;
    case 11: media_mute_recording(b, port, draw(2) != 0); break;
    case 12: media_blank_recording(b, port, draw(8000)); break;
    case 13: media_stop_recording(b, port); break;
    case 14: media_reset_port(b, port); break;
    case 15: media_record(b, port, open("/dev/full", O_RDWR), draw(99)); break;
    default: media_set_detectors(b, port, MEDIA_DETECT_DIGITS | MEDIA_DETECT_TONES); break;
    }
}

static void random_orders(struct media *m, struct media *far, bool stepped, int rounds)
{
    struct media *both[] = {m, far};
    static struct media_event events[64];
    for (int i = 0; i < rounds; i++) {
        struct media *one = both[draw(2)], *other = both[draw(2)];
        struct media_batch *b;
        int sound = media_load_sound(one, beep, draw(sizeof(beep)));
        REQUIRE(media_batch_open(&b, one) == 0);
        for (uint32_t n = draw(6); n > 0; n--)
            random_command(b, sound);
        if (draw(8) == 0 || media_submit(b) < 0)
            media_batch_close(b);
        if (draw(3) == 0)
            media_free_sound(one, (unsigned)sound);
        if (draw(4) == 0)
            media_wire(one, draw(10), other, draw(10), draw(2) ? &plain_line : &rough_line);
        if (draw(8) == 0)
            media_unwire(one, draw(10));
        if (stepped)
            media_step(both, 2, media_now(m) + draw(20) * 160);
        else
            nanosleep(&(struct timespec){.tv_nsec = draw(2000000)}, NULL);
        for (int k = 0; k < 2; k++)
            while (media_poll(both[k], events, 64) == 64)
                ;
    }
}

static void open_pair(struct media **m, struct media **far, unsigned samples)
{
    REQUIRE(media_open(m, 8, samples, 16000) == 0 && media_open(far, 8, samples, 0) == 0);
    REQUIRE(load_plan(*m) == 1 && load_plan(*far) == 1);
}

static void random_orders_do_no_harm(void)
{
    struct media *m, *far;
    open_pair(&m, &far, 160);
    random_orders(m, far, true, 4000);
    media_close(m);
    random_orders(far, far, true, 200);
    media_close(far);
}

static void random_orders_do_no_harm_to_engines_that_run(void)
{
    struct media *m, *far;
    open_pair(&m, &far, 16);
    REQUIRE(media_start(m) == 0 && media_start(far) == 0);
    random_orders(m, far, false, 1500);
    media_close(m);
    random_orders(far, far, false, 100);
    media_close(far);
}

/* Devices that give a block now and then, take what they like, vanish and are replaced. */
static void channels_come_and_go_under_engines_that_run(void)
{
    enum { PORTS = 3, TICK = 16, ROUNDS = 300 };
    struct media *m;
    int ours[PORTS] = {-1, -1, -1}, theirs[PORTS] = {-1, -1, -1};
    uint8_t block[8 * TICK];
    REQUIRE(media_open(&m, PORTS, TICK, 8000) == 0 && load_plan(m) == 1 && media_start(m) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned i = draw(PORTS);
        struct media_event events[64];
        if (ours[i] >= 0 && draw(4) == 0) {
            if (draw(2) == 0)
                REQUIRE(media_unwire(m, i + 1) == 0);
            close(theirs[i]);
            REQUIRE(media_unwire(m, i + 1) == 0);
            close(ours[i]);
            ours[i] = -1;
        } else if (ours[i] < 0) {
            int ends[2];
            REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
            ours[i] = ends[0];
            theirs[i] = ends[1];
            REQUIRE(media_channel_open(m, i + 1, ours[i], (int)(i & 1)) == 0);
        }
        for (unsigned k = 0; k < PORTS; k++) {
            if (ours[k] < 0)
                continue;
            memset(block, (int)draw(256), sizeof(block));
            ssize_t moved = send(theirs[k], block, TICK * draw(8), MSG_NOSIGNAL);
            moved += recv(theirs[k], block, sizeof(block), 0);
            (void)moved;
        }
        struct media_batch *b;
        REQUIRE(media_batch_open(&b, m) == 0 && media_send_digits(b, i + 1, "5", 1, 5, 5, -9) == 0);
        REQUIRE(media_submit(b) == 0);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        media_poll(m, events, 64);
    }
    media_close(m);
    for (unsigned i = 0; i < PORTS; i++) {
        if (ours[i] >= 0) {
            close(ours[i]);
            close(theirs[i]);
        }
    }
}

int main(void)
{
    each_failing_allocation_is_reported_and_leaks_nothing();
    a_disk_that_stands_still_costs_exactly_what_did_not_fit();
    random_orders_do_no_harm();
    random_orders_do_no_harm_to_engines_that_run();
    channels_come_and_go_under_engines_that_run();
    puts("all well");
    return 0;
}
