/*
 * A session of the scene that may take a little more than it does: what does not fit any more is
 * told, and what was open goes on.
 */
#include "app/process_memory.h"
#include "app/session_lab.h"
#include "app/session_recorder.h"
#include "tests/unit/picture_files.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/waiting.h"

enum { MB = 1 << 20 };

static struct folder folder;
static char last[512];
static atomic_int warnings;

static void on_said(void *self, bool warning, const char *text)
{
    (void)self;
    if (!warning)
        return;
    snprintf(last, sizeof last, "%s", text);
    atomic_fetch_add(&warnings, 1);
}

/** So much more than the process takes: about 8 MB of that are the scene's and its pictures'. */
static void begin(int room_mb)
{
    settings.max_memory_mb = (int)(process_memory_resident() / MB) + room_mb;
    session = scene_session(on_said);
    session.saver.path = in_folder(&folder, "a.png");
    assert_int_equal(start_scene(NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    settings_reset(&settings);
    atomic_store(&warnings, 0);
    last[0] = '\0';
    return 0;
}

/** One turn of what a front end does; returns how many pictures there were. */
static unsigned turn(void)
{
    struct picture picture;
    if (exchange_pictures(&picture))
        stats_add_picture(session.stats, &picture, clock_now_ns(), 0);
    session_sample(&session, false);
    session_new_source(&session);
    session_new_hint(&session);
    return stats_get_report(session.stats)->pictures;
}

static void assert_goes_on(void)
{
    unsigned before = turn();
    WAIT_UNTIL(turn() > before + 3);
    assert_int_equal(capture_loop_state(session.capture), CAPTURE_STREAMING);
    assert_int_equal(capture_loop_status(session.capture).info.width, 640);
    assert_int_equal(session_status(&session), 0);
}

static int tear_down(void **state)
{
    (void)state;
    int ret = stop_scene();
    folder_remove(&folder);
    return ret;
}

static void a_recording_is_refused(void **state)
{
    (void)state;
    begin(20);
    WAIT_UNTIL(turn() > 0);
    session_record(&session, true);
    assert_int_equal(atomic_load(&warnings), 1);
    assert_non_null(strstr(last, " is too little: what is open, with a recording, takes about"));
    assert_false(recorder_is_on(session.recorder));
    assert_goes_on();
}

static void a_larger_source_is_refused(void **state)
{
    (void)state;
    begin(20);
    WAIT_UNTIL(turn() > 0);
    struct source_choice scene = {.kind = &scene_source_kind, .scene = true};
    struct camera_wish large = {.width = 4000, .height = 3000, .fps = 200};
    session_switch(&session, &scene, "Scene", &large);
    WAIT_UNTIL((turn(), !session_is_switching(&session) && session.hint[0]));
    assert_non_null(strstr(session.hint, "Back to Built-in scene: --max-memory "));
    assert_non_null(strstr(session.hint, "4000 x 3000 pixels"));
    assert_goes_on();
    // One that fits can be had.
    struct camera_wish small = {.width = 320, .height = 240, .fps = 200};
    session_switch(&session, &scene, "Scene", &small);
    WAIT_UNTIL((turn(), !session_is_switching(&session) &&
                            capture_loop_status(session.capture).info.width == 320));
}

static void a_picture_that_cannot_be_saved_is_said(void **state)
{
    (void)state;
    begin(40);
    WAIT_UNTIL(turn() > 0);
    // As large as fits: what is left is not enough for a copy of it.
    struct source_needs needs = {.width = 640, .height = 480};
    while (live_budget_admit(session.budget, &needs, NULL) == 0)
        needs.bytes += MB / 2;
    session.values.snapshots++;
    session_control(&session);
    WAIT_UNTIL((turn(), atomic_load(&warnings) > 0));
    assert_non_null(strstr(last, "with saving a picture, takes about"));
    assert_goes_on();
}

static void experiments_stop_where_the_limit_is(void **state)
{
    (void)state;
    settings.lab_memory_mb = 500;
    begin(40);
    WAIT_UNTIL(turn() > 0);
    session_lab_switch(&session, LAB_KEEP, true);
    WAIT_UNTIL((turn(), atomic_load(&warnings) > 0));
    assert_non_null(strstr(last, "--max-memory"));
    struct lab_status status;
    lab_read(session.lab, &status);
    assert_in_range(status.held_bytes, 1, 36 * MB);
    assert_goes_on();
    session_lab_switch(&session, LAB_KEEP, false);
}

static void too_little_for_anything(void **state)
{
    (void)state;
    struct error err;
    settings.max_memory_mb = 1;
    session = scene_session(NULL);
    assert_true(start_scene(&err) < 0);
    assert_non_null(strstr(err.text, "--max-memory 1 is too little: the program itself takes"));
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(a_recording_is_refused),
        TEST(a_larger_source_is_refused),
        TEST(a_picture_that_cannot_be_saved_is_said),
        TEST(experiments_stop_where_the_limit_is),
        TEST(too_little_for_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
