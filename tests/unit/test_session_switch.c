/*
 * A session that goes over to another source: what it says is open, what it remembers, and who
 * follows.
 */
#include "app/session.h"
#include "capture/camera.h"
#include "capture/scene.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/fakes/scripted_source.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { YUYV = V4L2_PIX_FMT_YUYV };

struct fixture {
    struct settings settings;
    struct script script;
    struct fake_v4l2 fake;
    struct log *log;
    struct session session;
};

static void nothing(void *self)
{
    (void)self;
}

static void saved(void *self, int ret, const char *path, const struct error *err)
{
    (void)self;
    (void)ret;
    (void)path;
    (void)err;
}

/** Begins with a file that plays for ever. */
static int set_up(void **state)
{
    static struct fixture f;
    static const char *const openings[] = {"fw", NULL};
    f = (struct fixture){0};
    *state = &f;
    settings_reset(&f.settings);
    fake_v4l2_init(&f.fake);
    f.fake.endless = true;
    f.fake.formats[1] = (struct fake_format){0}; // it has no JPEGs to send
    f.script = (struct script){.openings = openings, .live = true};
    struct session *session = &f.session;
    session->settings = &f.settings;
    session->waker = (struct back_buffer_waker){nothing, NULL};
    session->saver.done = saved;
    session->choice = (struct source_choice){
        .kind = script_begin(&f.script), .location = "clip.avi", .file = true};
    struct source_config config = {.location = "clip.avi", .fps = -1, .io = &f.fake.io};
    return session_start(session, &config, false, NULL);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    session_stop(&f->session);
    return fake_v4l2_is_clean(&f->fake) ? 0 : -1;
}

static bool is_settled(struct session *session)
{
    session_sample(session, false);
    bool settled = !session_is_switching(session) &&
                   capture_loop_status(session->capture).state == CAPTURE_STREAMING;
    session_new_source(session);
    session_new_hint(session);
    return settled;
}

static void go_to_camera(struct session *session, const char *node, const struct camera_wish *wish)
{
    struct source_choice choice = {.kind = &camera_source_kind, .camera = true};
    snprintf(choice.location, sizeof choice.location, "%s", node);
    session_switch(session, &choice, "Camera", wish);
    assert_true(session_is_switching(session));
    WAIT_UNTIL(is_settled(session));
}

static void go_to_scene(struct session *session)
{
    struct source_choice scene = {.kind = &scene_source_kind, .scene = true};
    session_switch(session, &scene, "Scene", NULL);
    WAIT_UNTIL(is_settled(session));
}

static void test_the_choice_follows(void **state)
{
    struct fixture *f = *state;
    struct session *session = &f->session;
    WAIT_UNTIL(is_settled(session));
    assert_non_null(session->desk);
    assert_non_null(session->roster);
    go_to_scene(session);
    assert_true(session->choice.scene && !session->choice.camera && !session->choice.file);
    assert_string_equal(session->choice.location, "");
    assert_string_equal(session->source.name, "Built-in scene");
    go_to_camera(session, "/dev/video80", NULL);
    assert_true(session->choice.camera && !session->choice.scene);
    assert_string_equal(session->choice.location, "/dev/video80");
    assert_string_equal(session->hint, "");
    assert_int_equal(session_status(session), 0);
}

/** What cannot be had: the file, the scene or the camera is what is open, as before. */
static void test_going_back(void **state)
{
    struct fixture *f = *state;
    struct session *session = &f->session;
    WAIT_UNTIL(is_settled(session));
    f->fake.open_code = -EBUSY;
    go_to_camera(session, "/dev/video80", NULL);
    assert_true(session->choice.file);
    assert_string_equal(session->choice.location, "clip.avi");
    assert_non_null(strstr(session->hint, "Back to Script: "));
    go_to_scene(session);
    go_to_camera(session, "/dev/video80", &(struct camera_wish){YUYV, 1280, 720, 10});
    assert_true(session->choice.scene);
    assert_non_null(strstr(session->hint, "Back to Built-in scene: "));
    assert_int_equal(session->wish.fourcc, 0);
    assert_int_equal(session->mode_count, 0); // what failed is not remembered
    f->fake.open_code = 0;
    go_to_camera(session, "/dev/video80", &(struct camera_wish){YUYV, 1280, 720, 10});
    assert_string_equal(session->choice.location, "/dev/video80");
    assert_int_equal(session->mode_count, 1);
}

static void test_modes_are_remembered(void **state)
{
    struct fixture *f = *state;
    struct session *session = &f->session;
    WAIT_UNTIL(is_settled(session));
    f->settings.size = (struct setting_size){1280, 720};
    go_to_camera(session, "/dev/video80", NULL);
    assert_int_equal(f->fake.asked.width, 1280); // typed
    go_to_camera(session, "/dev/video80", &(struct camera_wish){YUYV, 640, 480, 15});
    assert_int_equal(f->fake.asked.width, 640);
    assert_int_equal(f->fake.asked_interval.denominator, 15);
    go_to_camera(session, "/dev/video81", NULL);
    assert_int_equal(f->fake.asked.width, 1280);
    go_to_camera(session, "/dev/video80", NULL);
    assert_int_equal(f->fake.asked.width, 640);
    assert_int_equal(f->fake.asked.pixelformat, YUYV);
    assert_int_equal(f->fake.asked_interval.denominator, 15);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {TEST(test_the_choice_follows), TEST(test_going_back),
                                       TEST(test_modes_are_remembered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
