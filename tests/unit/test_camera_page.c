/*
 * The page between the desk and the panel: controls become fields, what is changed becomes wishes.
 */
#include "app/camera_page.h"
#include "processing/memory.h"
#include "tests/fakes/fake_ui.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/unit/waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GAIN = 10, LINE, FIXED, BITS, TEXT, PUSH };

static const struct v4l2_query_ext_ctrl offered[] = {
    {.id = GAIN, .type = V4L2_CTRL_TYPE_INTEGER, .name = "Gain", .maximum = 40, .step = 4},
    {.id = LINE, .type = V4L2_CTRL_TYPE_MENU, .name = "Line", .maximum = 6},
    {.id = FIXED,
     .type = V4L2_CTRL_TYPE_BOOLEAN,
     .name = "Fixed",
     .maximum = 1,
     .flags = V4L2_CTRL_FLAG_READ_ONLY},
    {.id = BITS, .type = V4L2_CTRL_TYPE_BITMASK, .name = "Bits", .maximum = 0x80000005},
    {.id = TEXT, .type = V4L2_CTRL_TYPE_STRING, .name = "Text", .maximum = 5, .step = 1},
    {.id = PUSH, .type = V4L2_CTRL_TYPE_BUTTON, .name = "Push", .flags = V4L2_CTRL_FLAG_WRITE_ONLY},
};

struct bench {
    struct fake_v4l2 fake;
    struct camera_desk *desk;
    struct camera_page page;
    struct ui *ui;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct ui_measure measure = fake_measure();
    fake_v4l2_init(&b->fake);
    memcpy(b->fake.controls, offered, sizeof offered);
    struct camera_desk_config config = {.io = &b->fake.io, .wishes = ""};
    *state = b;
    if (ui_create(&b->ui, &measure) < 0 || camera_desk_create(&b->desk, &config) < 0)
        return -1;
    camera_desk_follow(b->desk, "/dev/video7", 0);
    WAIT_UNTIL(camera_page_update(&b->page, b->desk, NULL, NULL, true) && b->page.field_count > 0);
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    camera_desk_destroy(&b->desk);
    camera_page_free(&b->page);
    ui_destroy(&b->ui);
    bool clean = fake_v4l2_is_clean(&b->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0;
    free(b);
    return clean ? 0 : -1;
}

static enum action frame(struct bench *b, const struct ui_input *input)
{
    struct camera_pick pick;
    ui_begin(b->ui, input, 300, 600, 1);
    enum action action =
        camera_page_draw(&b->page, b->desk, b->ui, (struct ui_rect){0, 0, 300, 600}, &pick);
    assert_int_equal(pick.kind, PICKER_OTHER);
    ui_end(b->ui);
    return action;
}

/** Moves the focus on by some widgets, then does this. */
static enum action after_steps(struct bench *b, int steps, struct ui_input input)
{
    struct ui_input down = fake_pointer_at(-1, -1);
    frame(b, &down);
    down.focus_step = 1;
    for (int i = 0; i < steps; i++)
        frame(b, &down);
    return frame(b, &input);
}

static void test_fields(void **state)
{
    struct bench *b = *state;
    const struct panel_field *fields = b->page.fields;
    assert_int_equal(b->page.field_count, 5); // all but the text
    assert_true(fields[0].kind == PANEL_SLIDER && fields[0].value == 40 && fields[0].step == 4);
    assert_true(fields[1].kind == PANEL_STEPPER && fields[1].high == 3); // 0, 2, 4, 6
    assert_true(fields[1].value == 3);
    assert_string_equal(fields[1].text, "Item 6");
    assert_true(fields[2].kind == PANEL_SWITCH && fields[2].dim && fields[2].value == 1);
    assert_true(fields[3].kind == PANEL_WORDS);
    assert_string_equal(fields[3].text, "0x80000005");
    assert_true(fields[4].kind == PANEL_PUSH && !fields[4].dim);
}

static void test_changing(void **state)
{
    struct bench *b = *state;
    struct ui_input left = fake_pointer_at(-1, -1), enter = left;
    left.value_step = -1;
    enter.activate = true;
    after_steps(b, 3, left);
    WAIT_UNTIL(fake_v4l2_control_value(&b->fake, GAIN) == 36);
    after_steps(b, 1, left);
    WAIT_UNTIL(fake_v4l2_control_value(&b->fake, LINE) == 4);
    after_steps(b, 1, enter); // past the one that can only be read
    WAIT_UNTIL(fake_v4l2_control_sets(&b->fake, PUSH) == 1);
    WAIT_UNTIL(camera_page_update(&b->page, b->desk, NULL, NULL, true) &&
               b->page.fields[0].value == 36);
}

static void test_buttons(void **state)
{
    struct bench *b = *state;
    struct ui_input enter = fake_pointer_at(-1, -1);
    enter.activate = true;
    assert_int_equal(after_steps(b, 1, enter), ACTION_NONE);
    WAIT_UNTIL(fake_v4l2_control_value(&b->fake, GAIN) == 0); // its default
    assert_int_equal(after_steps(b, 1, enter), ACTION_CAMERA);
}

/** Not looked at while it is not shown, and nothing without a camera. */
static void test_hidden(void **state)
{
    struct bench *b = *state;
    fake_v4l2_control_set(&b->fake, GAIN, 8);
    for (int i = 0; i < 50; i++) {
        assert_false(camera_page_update(&b->page, b->desk, NULL, NULL, false));
        assert_false(camera_page_update(&b->page, NULL, NULL, NULL, true));
        waiting_nap();
    }
    WAIT_UNTIL(camera_page_update(&b->page, b->desk, NULL, NULL, true) &&
               b->page.fields[0].value == 8);
    camera_desk_follow(b->desk, NULL, 0);
    WAIT_UNTIL(camera_page_update(&b->page, b->desk, NULL, NULL, true) && b->page.field_count == 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_fields), TEST(test_changing), TEST(test_buttons),
                                       TEST(test_hidden)};
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
