/*
 * The diary of a stream: what is found in it, when, and how often it is told.
 */
#include "capture/camera_health.h"
#include "processing/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/** A stream of so many seconds: frames at `fps`, every `damaged`-th damaged (0: none). */
struct stream {
    double seconds, fps;
    unsigned damaged, lost;
    double pause_at, pause_s; ///< nothing comes for so long
};

/** Plays it and counts what is found, by kind. */
static void play(struct camera_health *health, int64_t *now_ns, const struct stream *stream,
                 int found[CAMERA_FINDINGS])
{
    int64_t frame_ns = (int64_t)(1e9 / stream->fps);
    int64_t begun_ns = *now_ns, end_ns = begun_ns + (int64_t)(stream->seconds * 1e9);
    int64_t pause_ns = begun_ns + (int64_t)(stream->pause_at * 1e9);
    for (unsigned i = 1; *now_ns < end_ns; i++) {
        *now_ns += frame_ns;
        if (stream->pause_s > 0 && *now_ns >= pause_ns && *now_ns - frame_ns < pause_ns)
            *now_ns += (int64_t)(stream->pause_s * 1e9);
        camera_health_frame(health, stream->lost, *now_ns);
        if (stream->damaged && i % stream->damaged == 0)
            camera_health_damage(health);
        found[camera_health_look(health, *now_ns)]++;
    }
}

static void test_findings(void **state)
{
    static const struct {
        struct stream stream;
        double granted;
        int damaged, slow;
    } rows[] = {
        {{.seconds = 20, .fps = 30}, 30, 0, 0},
        {{.seconds = 20, .fps = 30, .damaged = 5}, 30, 0, 0}, // a fifth is not more than a fifth
        {{.seconds = 20, .fps = 30, .damaged = 4}, 30, 1, 0},
        {{.seconds = 4.5, .fps = 30, .damaged = 1}, 30, 0, 0}, // too early to tell
        {{.seconds = 70, .fps = 30, .damaged = 2}, 30, 2, 0},  // once a minute
        {{.seconds = 20, .fps = 1.5, .damaged = 1}, 0, 0, 0},  // too few to tell
        {{.seconds = 20, .fps = 22}, 30, 0, 0},
        {{.seconds = 20, .fps = 20}, 30, 0, 1},
        {{.seconds = 20, .fps = 5}, 30, 0, 1},
        {{.seconds = 5.5, .fps = 5}, 30, 0, 0}, // too early to tell
        {{.seconds = 130, .fps = 10}, 30, 0, 3},
        {{.seconds = 20, .fps = 10}, 0, 0, 0},             // nothing was promised
        {{.seconds = 20, .fps = 10, .lost = 2}, 30, 0, 0}, // the camera sent them
        {{.seconds = 20, .fps = 10, .lost = 1}, 30, 0, 1},
        {{.seconds = 6, .fps = 30, .pause_at = 3.2, .pause_s = 1.5}, 30, 0, 0},  // it stumbled
        {{.seconds = 1.5, .fps = 30, .pause_at = 0.5, .pause_s = 60}, 30, 0, 0}, // it was silent
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct camera_health health = {0};
        int found[CAMERA_FINDINGS] = {0};
        int64_t now_ns = 1000 * NS_PER_S;
        camera_health_begin(&health, rows[i].granted, now_ns);
        play(&health, &now_ns, &rows[i].stream, found);
        if (found[CAMERA_DAMAGED] != rows[i].damaged || found[CAMERA_SLOW] != rows[i].slow)
            fail_msg("row %zu: damaged %d, slow %d", i, found[CAMERA_DAMAGED], found[CAMERA_SLOW]);
        if (rows[i].slow)
            assert_in_range((int)(health.slow_fps + 0.5),
                            (int)rows[i].stream.fps * (1 + (int)rows[i].stream.lost) - 1,
                            (int)rows[i].stream.fps * (1 + (int)rows[i].stream.lost) + 1);
    }
}

/** Silence alone is nobody's darkness. */
static void test_silence(void **state)
{
    (void)state;
    struct camera_health health = {0};
    int64_t now_ns = NS_PER_S;
    camera_health_begin(&health, 30, now_ns);
    for (int i = 0; i < 100; i++)
        assert_int_equal(camera_health_look(&health, now_ns += 200 * NS_PER_MS), CAMERA_FINE);
}

static void test_fragile(void **state)
{
    (void)state;
    struct camera_health health = {0};
    int64_t now_ns = 5 * NS_PER_S;
    camera_health_begin(&health, 30, now_ns);
    for (int i = 0; i < 5; i++) {
        camera_health_restarted(&health, now_ns += 31 * NS_PER_S);
        assert_int_equal(camera_health_look(&health, now_ns), CAMERA_FINE);
    }
    camera_health_restarted(&health, now_ns += NS_PER_S);
    assert_int_equal(camera_health_look(&health, now_ns), CAMERA_FRAGILE);
    camera_health_restarted(&health, now_ns += NS_PER_S);
    assert_int_equal(camera_health_look(&health, now_ns), CAMERA_FINE);
}

static void test_sleep(void **state)
{
    (void)state;
    struct camera_health health = {0};
    int64_t boottime_ns = 9000 * NS_PER_S, now_ns = 1000 * NS_PER_S;
    camera_health_slept(&health, boottime_ns, now_ns);
    assert_false(camera_health_slept(&health, boottime_ns += NS_PER_S, now_ns += NS_PER_S));
    assert_false(camera_health_slept(&health, boottime_ns += NS_PER_S, now_ns));
    assert_true(camera_health_slept(&health, boottime_ns += NS_PER_S + 1, now_ns));
    assert_false(camera_health_slept(&health, boottime_ns, now_ns));
    assert_false(camera_health_slept(&health, boottime_ns, now_ns += NS_PER_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_fragile),
        cmocka_unit_test(test_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
