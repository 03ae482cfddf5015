/*
 * What each action does to what the user has set, and that none is left out.
 */
#include "app/actions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/** One field of the state, as a number. */
static double field(const struct live_state *state, int number)
{
    const struct control_values *values = &state->values;
    const double fields[] = {values->canny.low,      values->canny.high, values->canny.blur,
                             values->canny.aperture, values->canny.l2,   values->canny.gray,
                             values->view,           values->noise,      values->frozen,
                             values->steps,          values->snapshots,  state->overlay,
                             state->panel,           state->page,        state->help,
                             state->fullscreen,      state->quit,        state->loopback,
                             state->record,          state->shot,        state->differences};
    return fields[number];
}

/** Names of the fields, in their order. */
enum {
    LOW,
    HIGH,
    BLUR,
    APERTURE,
    L2,
    GRAY,
    VIEW,
    NOISE,
    FROZEN,
    STEPS,
    SNAPSHOTS,
    OVERLAY,
    PANEL,
    PAGE,
    HELP,
    FULLSCREEN,
    QUIT,
    LOOPBACK,
    RECORD,
    SHOT,
    DIFFERENCES,
    FIELDS
};

static void set_field(struct live_state *state, int number, double value)
{
    struct control_values *values = &state->values;
    switch (number) {
    case LOW:
        values->canny.low = value;
        break;
    case HIGH:
        values->canny.high = value;
        break;
    case BLUR:
        values->canny.blur = (int)value;
        break;
    case APERTURE:
        values->canny.aperture = (int)value;
        break;
    case L2:
        values->canny.l2 = value > 0;
        break;
    case VIEW:
        values->view = (enum view)value;
        break;
    case FROZEN:
        values->frozen = value > 0;
        break;
    case STEPS:
        values->steps = (unsigned)value;
        break;
    case OVERLAY:
        state->overlay = (enum overlay_mode)value;
        break;
    case PANEL:
        state->panel = (enum panel_wish)value;
        break;
    case PAGE:
        state->page = (enum live_page)value;
        break;
    case HELP:
        state->help = value > 0;
        break;
    case FULLSCREEN:
        state->fullscreen = value > 0;
        break;
    case LOOPBACK:
        state->loopback = value > 0;
        break;
    case RECORD:
        state->record = value > 0;
        break;
    case DIFFERENCES:
        state->differences = value > 0;
        break;
    case SHOT:
        state->shot = value > 0;
        break;
    default:
        fail_msg("field %d is not set by any row", number);
    }
}

/** low 50, high 150, blur 5, aperture 3, L1, edges; short numbers, panel if there is room. */
static struct live_state plain_state(void)
{
    return (struct live_state){.values = {.canny = canny_default_params, .view = VIEW_EDGES},
                               .overlay = OVERLAY_SHORT,
                               .panel = PANEL_IF_ROOM};
}

/** A field before and after the action; no other field changes. */
struct row {
    enum action action;
    int field;
    double before, after;
    enum panel_place panel;
    int also; ///< a field that is 1 before and may stay so; 0 for none
};

// One press moves a threshold by a three hundredth of the largest magnitude: 1530 / 300 is 5.
static const struct row rows[] = {
    {ACTION_NONE, LOW, 50, 50, 0, 0},
    {ACTION_QUIT, QUIT, 0, 1, 0, 0},
    {ACTION_ESCAPE, QUIT, 0, 1, PANEL_FOLDED, 0},
    {ACTION_ESCAPE, QUIT, 0, 1, PANEL_BESIDE, 0},
    {ACTION_ESCAPE, PANEL, PANEL_SHOWN, PANEL_HIDDEN, PANEL_OVER, 0},
    {ACTION_ESCAPE, FULLSCREEN, 1, 0, PANEL_BESIDE, 0},
    {ACTION_ESCAPE, FULLSCREEN, 1, 0, PANEL_OVER, 0},
    {ACTION_ESCAPE, HELP, 1, 0, PANEL_OVER, FULLSCREEN},
    {ACTION_ESCAPE, PAGE, 1, 0, PANEL_BESIDE, 0},
    {ACTION_ESCAPE, QUIT, 0, 1, PANEL_FOLDED, PAGE},
    {ACTION_CAMERA, PAGE, 0, 1, PANEL_BESIDE, 0},
    {ACTION_CAMERA, PAGE, 1, 0, PANEL_BESIDE, 0},
    {ACTION_CAMERA, PAGE, 0, 1, PANEL_OVER, 0},
    {ACTION_CAMERA, PANEL, PANEL_HIDDEN, PANEL_SHOWN, PANEL_FOLDED, PAGE},
    {ACTION_CAMERA, PAGE, LIVE_PAGE_MEMORY, LIVE_PAGE_CAMERA, PANEL_BESIDE, 0},
    {ACTION_MEMORY, PAGE, 0, LIVE_PAGE_MEMORY, PANEL_BESIDE, 0},
    {ACTION_MEMORY, PAGE, LIVE_PAGE_CAMERA, LIVE_PAGE_MEMORY, PANEL_BESIDE, 0},
    {ACTION_MEMORY, PAGE, LIVE_PAGE_MEMORY, 0, PANEL_BESIDE, 0},
    {ACTION_ESCAPE, PAGE, LIVE_PAGE_MEMORY, 0, PANEL_BESIDE, 0},
    {ACTION_LAB, PAGE, 0, LIVE_PAGE_LAB, PANEL_BESIDE, 0},
    {ACTION_LAB, PAGE, LIVE_PAGE_MEMORY, LIVE_PAGE_LAB, PANEL_BESIDE, 0},
    {ACTION_LAB, PAGE, LIVE_PAGE_LAB, 0, PANEL_BESIDE, 0},
    {ACTION_ESCAPE, PAGE, LIVE_PAGE_LAB, 0, PANEL_BESIDE, 0},
    {ACTION_ESCAPE, DIFFERENCES, 1, 0, PANEL_BESIDE, FULLSCREEN},
    {ACTION_ESCAPE, HELP, 1, 0, PANEL_BESIDE, DIFFERENCES},
    {ACTION_LEDGER_SNAPSHOT, PAGE, 0, 0, PANEL_BESIDE, 0}, // the page's business
    {ACTION_NEXT_CAMERA, PAGE, 1, 1, PANEL_BESIDE, 0},     // the window's business
    {ACTION_FULLSCREEN, FULLSCREEN, 0, 1, 0, 0},
    {ACTION_FULLSCREEN, FULLSCREEN, 1, 0, 0, 0},
    {ACTION_FREEZE, FROZEN, 0, 1, 0, 0},
    {ACTION_FREEZE, FROZEN, 1, 0, 0, 0},
    {ACTION_STEP, FROZEN, 0, 1, 0, 0},
    {ACTION_STEP, STEPS, 4, 5, 0, FROZEN},
    {ACTION_VIEW_ORIGINAL, VIEW, VIEW_EDGES, VIEW_ORIGINAL, 0, 0},
    {ACTION_VIEW_GRAY, VIEW, VIEW_EDGES, VIEW_GRAY, 0, 0},
    {ACTION_VIEW_EDGES, VIEW, VIEW_GRAY, VIEW_EDGES, 0, 0},
    {ACTION_VIEW_OVERLAY, VIEW, VIEW_EDGES, VIEW_OVERLAY, 0, 0},
    {ACTION_VIEW_NEXT, VIEW, VIEW_ORIGINAL, VIEW_GRAY, 0, 0},
    {ACTION_VIEW_NEXT, VIEW, VIEW_GRAY, VIEW_EDGES, 0, 0},
    {ACTION_VIEW_NEXT, VIEW, VIEW_EDGES, VIEW_OVERLAY, 0, 0},
    {ACTION_VIEW_NEXT, VIEW, VIEW_OVERLAY, VIEW_ORIGINAL, 0, 0},
    {ACTION_LOW_DOWN, LOW, 50, 45, 0, 0},
    {ACTION_LOW_DOWN, LOW, 3, 0, 0, 0},
    {ACTION_LOW_UP, LOW, 50, 55, 0, 0},
    {ACTION_LOW_UP, LOW, 1527, 1530, 0, 0},
    {ACTION_HIGH_DOWN, HIGH, 150.5, 145.5, 0, 0},
    {ACTION_HIGH_DOWN, HIGH, 0, 0, 0, 0},
    {ACTION_HIGH_UP, HIGH, 150, 155, 0, 0},
    {ACTION_HIGH_UP, HIGH, 1530, 1530, 0, 0},
    {ACTION_BLUR, BLUR, 0, 3, 0, 0},
    {ACTION_BLUR, BLUR, 3, 5, 0, 0},
    {ACTION_BLUR, BLUR, 5, 7, 0, 0},
    {ACTION_BLUR, BLUR, 7, 0, 0, 0},
    {ACTION_APERTURE, APERTURE, 3, 5, 0, 0},
    {ACTION_APERTURE, APERTURE, 5, 7, 0, 0},
    {ACTION_APERTURE, APERTURE, 7, 3, 0, 0},
    {ACTION_MAGNITUDE, L2, 0, 1, 0, 0},
    {ACTION_MAGNITUDE, L2, 1, 0, 0, 0},
    {ACTION_OVERLAY, OVERLAY, OVERLAY_SHORT, OVERLAY_FULL, 0, 0},
    {ACTION_OVERLAY, OVERLAY, OVERLAY_FULL, OVERLAY_OFF, 0, 0},
    {ACTION_OVERLAY, OVERLAY, OVERLAY_OFF, OVERLAY_SHORT, 0, 0},
    {ACTION_PANEL, PANEL, PANEL_IF_ROOM, PANEL_SHOWN, PANEL_FOLDED, 0},
    {ACTION_PANEL, PANEL, PANEL_HIDDEN, PANEL_SHOWN, PANEL_FOLDED, 0},
    {ACTION_PANEL, PANEL, PANEL_IF_ROOM, PANEL_HIDDEN, PANEL_BESIDE, 0},
    {ACTION_PANEL, PANEL, PANEL_SHOWN, PANEL_HIDDEN, PANEL_OVER, 0},
    {ACTION_SNAPSHOT, SNAPSHOTS, 0, 1, 0, 0},
    {ACTION_LOOPBACK, LOOPBACK, 0, 1, 0, 0},
    {ACTION_LOOPBACK, LOOPBACK, 1, 0, 0, 0},
    {ACTION_RECORD, RECORD, 0, 1, 0, 0},
    {ACTION_RECORD, RECORD, 1, 0, 0, 0},
    {ACTION_WINDOW_SNAPSHOT, SHOT, 0, 1, 0, 0},
    {ACTION_HELP, HELP, 0, 1, 0, 0},
    {ACTION_HELP, HELP, 1, 0, 0, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void check(const struct row *row)
{
    struct live_state state = plain_state();
    if (row->field != QUIT && row->field != SNAPSHOTS)
        set_field(&state, row->field, row->before);
    if (row->also)
        set_field(&state, row->also, 1);
    struct live_state before = state;
    action_apply(&state, row->action, row->panel);
    for (int i = 0; i < FIELDS; i++) {
        double wanted = i == row->field ? row->after : field(&before, i);
        if (field(&state, i) != wanted)
            fail_msg("row %d, action %d: field %d is %g, not %g", (int)(row - rows),
                     (int)row->action, i, field(&state, i), wanted);
    }
}

static void test_each_action(void **state)
{
    (void)state;
    for (int i = 0; i < ROWS; i++)
        check(&rows[i]);
}

/** Steps and limits follow the range of the magnitude. */
static void test_thresholds_of_other_ranges(void **state)
{
    (void)state;
    for (int aperture = 3; aperture <= 7; aperture += 2)
        for (int l2 = 0; l2 < 2; l2++) {
            struct live_state live = plain_state();
            live.values.canny.aperture = aperture;
            live.values.canny.l2 = l2;
            double largest = canny_largest_magnitude(&live.values.canny);
            int presses = 0;
            live.values.canny.high = 0;
            while (live.values.canny.high < largest && presses < 1000) {
                action_apply(&live, ACTION_HIGH_UP, PANEL_FOLDED);
                presses++;
            }
            // A press is a whole number near a three hundredth, at the end what is left.
            assert_in_range(presses, 280, 320);
            assert_true(live.values.canny.high == largest);
            assert_true(live.values.canny.low == 50);
        }
}

/** The focused widget's actions: what they are to the widgets. */
struct input_row {
    enum action action;
    struct ui_input input;
};

static const struct input_row input_rows[] = {
    {ACTION_FOCUS_NEXT, {.focus_step = 1}},    {ACTION_FOCUS_PREVIOUS, {.focus_step = -1}},
    {ACTION_VALUE_DOWN, {.value_step = -1}},   {ACTION_VALUE_UP, {.value_step = 1}},
    {ACTION_VALUE_HOME, {.value_home = true}}, {ACTION_VALUE_END, {.value_end = true}},
    {ACTION_ACTIVATE, {.activate = true}},
};
enum { INPUT_ROWS = sizeof input_rows / sizeof input_rows[0] };

static void test_actions_of_the_focused_widget(void **state)
{
    (void)state;
    for (int i = 0; i < INPUT_ROWS; i++)
        for (int shift = 0; shift < 2; shift++) {
            struct ui_input input = {0};
            const struct ui_input *wanted = &input_rows[i].input;
            assert_true(action_to_input(input_rows[i].action, shift, &input));
            assert_int_equal(input.focus_step, wanted->focus_step);
            assert_int_equal(input.value_step, wanted->value_step);
            assert_int_equal(input.value_home, wanted->value_home);
            assert_int_equal(input.value_end, wanted->value_end);
            assert_int_equal(input.activate, wanted->activate);
            assert_int_equal(input.shift, shift);
        }
}

static bool is_input(enum action action)
{
    struct ui_input input = {0};
    return action_to_input(action, false, &input);
}

/** Each action is in one of the two tables, and for the widgets or the state, never both. */
static void test_none_is_left_out(void **state)
{
    (void)state;
    for (int a = ACTION_NONE; a < ACTIONS; a++) {
        if (a == ACTION_KEEP_RATE || a == ACTION_LEDGER_DIFFERENCE)
            continue; // asks for something of the camera alone; has a test of its own
        bool applied = false, pushed = false;
        for (int i = 0; i < ROWS; i++)
            applied = applied || (int)rows[i].action == a;
        for (int i = 0; i < INPUT_ROWS; i++)
            pushed = pushed || (int)input_rows[i].action == a;
        if (applied == pushed)
            fail_msg("action %d is in %s table", a, applied ? "either" : "no");
        assert_int_equal(is_input((enum action)a), pushed);
    }
}

/** The memory page and the card of differences open together, wherever the panel is. */
static void test_differences(void **state)
{
    (void)state;
    static const enum panel_place places[] = {PANEL_FOLDED, PANEL_BESIDE, PANEL_OVER};
    for (int i = 0; i < 3; i++) {
        struct live_state live = plain_state();
        action_apply(&live, ACTION_LEDGER_DIFFERENCE, places[i]);
        assert_true(live.differences && live.page == LIVE_PAGE_MEMORY);
        assert_int_equal(live.panel, i == 0 ? PANEL_SHOWN : PANEL_IF_ROOM);
        action_apply(&live, ACTION_LEDGER_DIFFERENCE, PANEL_BESIDE);
        assert_true(live.differences && live.page == LIVE_PAGE_MEMORY);
        action_apply(&live, ACTION_CAMERA, PANEL_BESIDE);
        assert_true(!live.differences && live.page == LIVE_PAGE_CAMERA);
        action_apply(&live, ACTION_LEDGER_DIFFERENCE, PANEL_BESIDE);
        action_apply(&live, ACTION_MEMORY, PANEL_BESIDE);
        assert_true(!live.differences && live.page == LIVE_PAGE_TUNING);
    }
}

/** Where the camera's controls unfold the panel over the picture, they take it away again. */
static void test_camera_over_the_picture(void **state)
{
    (void)state;
    static const enum action ways[] = {ACTION_CAMERA, ACTION_ESCAPE};
    for (int i = 0; i < 2; i++) {
        struct live_state live = plain_state();
        action_apply(&live, ACTION_CAMERA, PANEL_FOLDED);
        assert_true(live.page == LIVE_PAGE_CAMERA && live.panel == PANEL_SHOWN);
        action_apply(&live, ways[i], PANEL_OVER);
        assert_true(live.page == LIVE_PAGE_TUNING && live.panel == PANEL_HIDDEN && !live.quit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_action),
        cmocka_unit_test(test_thresholds_of_other_ranges),
        cmocka_unit_test(test_actions_of_the_focused_widget),
        cmocka_unit_test(test_none_is_left_out),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_camera_over_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
