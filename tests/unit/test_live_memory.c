/*
 * Memory in the window: what happens to the session becomes a marker, keys and buttons do what they
 * say, and the log gets the differences line by line.
 */
#include "app/live_memory.h"
#include "tests/fakes/fake_ui.h"
#include "tests/unit/waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 264, HEIGHT = 720, FIRST = 2 }; ///< FIRST: line of the log with a difference

struct fixture {
    struct settings settings;
    struct session session;
    struct notices *notices;
    struct live_memory *memory;
    struct ui *ui;
    FILE *stream;
    char *text; ///< what the log printed
    size_t bytes;
};

static struct fixture f;

static void nothing(void *self)
{
    (void)self;
}

static void unsaid(void *self, enum log_level level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static double no_fps(void *self)
{
    (void)self;
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    f = (struct fixture){0};
    settings_reset(&f.settings);
    f.stream = open_memstream(&f.text, &f.bytes);
    struct log_config log = {.stream = f.stream, .level = LOG_LEVEL_INFO};
    struct recorder_config recorder = {
        .file = {.path = "", .fps = no_fps, .said = unsaid, .self = NULL}, .changed = nothing};
    struct ui_measure measure = fake_measure();
    f.session.settings = &f.settings;
    f.session.values.view = f.settings.view;
    f.session.waker = (struct back_buffer_waker){nothing, NULL};
    f.session.state = CAPTURE_OPENING;
    int ret = f.stream ? log_open(&f.session.log, &log) : -1;
    ret = ret < 0 ? ret : stats_create(&f.session.stats);
    ret = ret < 0 ? ret : lab_create(&f.session.lab, &(struct lab_config){.frames = 30});
    ret = ret < 0 ? ret : recorder_create(&f.session.recorder, &recorder);
    ret = ret < 0 ? ret : notices_create(&f.notices);
    ret = ret < 0 ? ret : ui_create(&f.ui, &measure);
    return ret < 0 ? ret : live_memory_create(&f.memory, &f.session, f.notices);
}

static int tear_down(void **state)
{
    (void)state;
    live_memory_destroy(&f.memory);
    live_memory_destroy(&f.memory);
    ui_destroy(&f.ui);
    notices_destroy(&f.notices);
    recorder_destroy(&f.session.recorder);
    stats_destroy(&f.session.stats);
    lab_destroy(&f.session.lab);
    log_close(&f.session.log);
    fclose(f.stream);
    free(f.text);
    return 0;
}

static enum action draw_with(const struct ui_input *input)
{
    ui_begin(f.ui, input, WIDTH, HEIGHT, 1);
    enum action action = live_memory_draw(f.memory, f.ui, (struct ui_rect){0, 0, WIDTH, HEIGHT});
    ui_end(f.ui);
    return action;
}

static enum action draw(void)
{
    struct ui_input input = fake_pointer_at(-1, -1);
    return draw_with(&input);
}

/** Markers in the graph: upright lines across its height. */
static int markers(void)
{
    int count, found = 0;
    draw();
    const struct ui_command *commands = ui_commands(f.ui, &count);
    for (int i = 0; i < count; i++)
        found += commands[i].kind == UI_COMMAND_LINE && commands[i].rect.w == 0 &&
                 commands[i].rect.h > 40 && commands[i].rect.h < HEIGHT - 1;
    return found;
}

/** What is said of the newest marker, which the pointer finds at the right end of the graph. */
static const char *said_of_newest(void)
{
    static char said[512];
    int count;
    draw();
    const struct ui_command *head = fake_find_text(f.ui, "5 minutes, MB");
    assert_non_null(head);
    struct ui_input input = fake_pointer_at(WIDTH - 15, head->rect.y + 60);
    draw_with(&input);
    const struct ui_command *commands = ui_commands(f.ui, &count);
    said[0] = '\0';
    for (int i = 0; i < count; i++)
        if (commands[i].kind == UI_COMMAND_TEXT && commands[i].rect.y > head->rect.y + 100)
            snprintf(said + strlen(said), sizeof said - strlen(said), "%s ",
                     ui_text(f.ui) + commands[i].text);
    return said;
}

static void assert_marked(int count, const char *kind)
{
    live_memory_update(f.memory);
    assert_int_equal(markers(), count);
    if (kind && !fake_find_text(f.ui, kind))
        fail_msg("no marker of \"%s\"", kind);
}

static const char *notice(void)
{
    static struct notice said;
    notices_now(f.notices, &said);
    return said.text;
}

// ---- markers ----

static void test_a_view_is_marked(void **state)
{
    (void)state;
    assert_marked(0, NULL);
    f.session.values.view = VIEW_GRAY;
    assert_marked(1, "view");
    assert_marked(1, "view");
    f.session.values.view = VIEW_EDGES;
    assert_marked(2, "view");
    assert_non_null(strstr(said_of_newest(), "Now: the view became edges."));
}

static void test_a_camera_that_goes_and_comes_is_marked(void **state)
{
    (void)state;
    static const struct {
        enum capture_state state;
        int marked;
    } steps[] = {{CAPTURE_OPENING, 0},   {CAPTURE_STREAMING, 0}, {CAPTURE_STREAMING, 0},
                 {CAPTURE_WAITING, 1},   {CAPTURE_WAITING, 1},   {CAPTURE_OPENING, 1},
                 {CAPTURE_STREAMING, 2}, {CAPTURE_STREAMING, 2}, {CAPTURE_WAITING, 3}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        f.session.state = steps[i].state;
        assert_marked(steps[i].marked, steps[i].marked ? "camera" : NULL);
        if (steps[i].marked)
            assert_non_null(strstr(said_of_newest(), steps[i].marked == 2
                                                         ? "Now: frames came again."
                                                         : "Now: the camera was lost."));
    }
}

static void test_a_recording_is_marked(void **state)
{
    (void)state;
    assert_marked(0, NULL);
    recorder_start(f.session.recorder);
    assert_marked(1, "recording");
    assert_non_null(strstr(said_of_newest(), "Now: recording began."));
    recorder_stop(f.session.recorder);
    assert_marked(2, "recording");
    assert_non_null(strstr(said_of_newest(), "Now: recording ended."));
}

/** Its name in small letters: the rows' are larger. */
static bool is_named_at_the_curve(const char *name)
{
    int count;
    const struct ui_command *commands = ui_commands(f.ui, &count);
    bool found = false;
    for (int i = 0; i < count; i++)
        found = found || (commands[i].kind == UI_COMMAND_TEXT && commands[i].style == UI_SMALL &&
                          strcmp(ui_text(f.ui) + commands[i].text, name) == 0);
    return found;
}

static void test_an_experiment_is_marked(void **state)
{
    (void)state;
    assert_marked(0, NULL);
    lab_switch(f.session.lab, LAB_REUSE, true);
    assert_marked(1, "experiment");
    assert_marked(1, "experiment");
    assert_non_null(strstr(said_of_newest(), "Now: Reuse one buffer: on."));
    lab_stop(f.session.lab, LAB_REUSE);
    assert_marked(2, "experiment");
    assert_non_null(strstr(said_of_newest(), "Now: Reuse one buffer: stopped."));
    // The page is about the one that was switched on last.
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(f.ui, &input, WIDTH, HEIGHT, 1);
    live_memory_draw_lab(f.memory, f.ui, (struct ui_rect){0, 0, WIDTH, HEIGHT});
    ui_end(f.ui);
    assert_non_null(fake_find_text(f.ui, "1 minute, MB"));
    assert_true(is_named_at_the_curve("Reuse one buffer"));
    assert_false(is_named_at_the_curve("Keep every frame"));
    lab_switch(f.session.lab, LAB_REUSE, false);
    assert_marked(3, "experiment");
    assert_non_null(strstr(said_of_newest(), "Now: Reuse one buffer: off."));
}

static void test_others_may_mark_too(void **state)
{
    (void)state;
    live_memory_mark(f.memory, 'E', "experiment", "keep every frame");
    assert_marked(1, "experiment");
    assert_non_null(fake_find_text(f.ui, "E"));
}

// ---- snapshots ----

static void *line_of_code(void)
{
    return memory_alloc(MEMORY_RECORDING, 104448);
}

static int lines_in_log(void)
{
    int lines = 0;
    fflush(f.stream);
    for (const char *at = f.text; (at = strchr(at, '\n')); at++)
        lines++;
    return lines;
}

static bool log_has(int lines)
{
    live_memory_update(f.memory);
    return lines_in_log() >= lines;
}

static void test_a_snapshot_is_said_and_marked(void **state)
{
    (void)state;
    live_memory_snapshot(f.memory);
    assert_non_null(strstr(notice(), "Ledger snapshot taken: "));
    assert_marked(1, "snapshot");
    assert_int_equal(lines_in_log(), 0);
}

static void test_without_a_snapshot_there_is_nothing_to_compare_with(void **state)
{
    (void)state;
    assert_false(live_memory_compare(f.memory));
    assert_non_null(strstr(notice(), "F5"));
    live_memory_update(f.memory);
    assert_int_equal(lines_in_log(), 0);
}

static void test_differences_come_to_the_log_one_by_one(void **state)
{
    (void)state;
    live_memory_snapshot(f.memory);
    void *grown = line_of_code();
    assert_true(live_memory_compare(f.memory));
    WAIT_UNTIL(log_has(FIRST));
    assert_non_null(strstr(f.text, "cannyscope: [ Top 10 differences ]\ncannyscope: "));
    assert_non_null(strstr(f.text, "tests/unit/test_live_memory.c:"));
    assert_non_null(strstr(f.text, ": size=102 KiB (+102 KiB), count=1 (+1), average=102 KiB\n"));
    // Never so many that the log holds some back.
    assert_null(strstr(f.text, "held back"));
    memory_free(grown);
}

static void test_what_is_left_is_said_at_the_end(void **state)
{
    (void)state;
    live_memory_snapshot(f.memory);
    void *grown = line_of_code();
    live_memory_compare(f.memory);
    live_memory_destroy(&f.memory);
    assert_true(lines_in_log() >= FIRST);
    assert_non_null(strstr(f.text, "(+102 KiB)"));
    memory_free(grown);
}

// ---- buttons ----

/** Presses a button of the page; returns what is left to others. */
static enum action press(const char *text)
{
    draw();
    const struct ui_command *command = fake_find_text(f.ui, text);
    assert_non_null(command);
    struct ui_input input = fake_pointer_at(command->rect.x + 1, command->rect.y + 1);
    input.press_x = input.x;
    input.press_y = input.y;
    input.pressed = input.down = true;
    draw_with(&input);
    input.pressed = input.down = false;
    input.released = true;
    return draw_with(&input);
}

static void test_buttons_are_the_keys(void **state)
{
    (void)state;
    live_memory_update(f.memory);
    assert_int_equal(press("Snapshot"), ACTION_LEDGER_SNAPSHOT);
    assert_int_equal(press("Difference"), ACTION_LEDGER_DIFFERENCE);
    assert_int_equal(press("Close"), ACTION_MEMORY);
}

static bool pss_is_shown(void)
{
    live_memory_update(f.memory);
    draw();
    return !fake_find_text(f.ui, "\u2013 MB");
}

static void test_pss_is_shown_when_it_was_read(void **state)
{
    (void)state;
    live_memory_update(f.memory);
    assert_false(pss_is_shown());
    assert_int_equal(press("Read PSS"), ACTION_NONE);
    if (access("/proc/self/smaps_rollup", R_OK) == 0)
        WAIT_UNTIL(pss_is_shown());
    else
        WAIT_UNTIL(strstr(notice(), "smaps_rollup"));
}

static void test_what_cannot_be_saved_is_told(void **state)
{
    (void)state;
    setenv("XDG_STATE_HOME", "/proc/nowhere", 1);
    live_memory_snapshot(f.memory);
    assert_int_equal(press("Save"), ACTION_NONE);
    WAIT_UNTIL(strstr(notice(), "/proc/nowhere"));
    live_memory_destroy(&f.memory);
    lines_in_log();
    assert_non_null(strstr(f.text, "/proc/nowhere"));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_view_is_marked),
        TEST(test_a_camera_that_goes_and_comes_is_marked),
        TEST(test_a_recording_is_marked),
        TEST(test_an_experiment_is_marked),
        TEST(test_others_may_mark_too),
        TEST(test_a_snapshot_is_said_and_marked),
        TEST(test_without_a_snapshot_there_is_nothing_to_compare_with),
        TEST(test_differences_come_to_the_log_one_by_one),
        TEST(test_what_is_left_is_said_at_the_end),
        TEST(test_buttons_are_the_keys),
        TEST(test_pss_is_shown_when_it_was_read),
        TEST(test_what_cannot_be_saved_is_told),
    };
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
