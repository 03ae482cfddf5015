/*
 * Memory experiments in a session of the scene: they get its frames, are switched while it runs,
 * and what they held comes back, in the ledger and for the system.
 */
#include "app/process_memory.h"
#include "app/session_lab.h"
#include "tests/unit/picture_files.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/waiting.h"

#include <errno.h>

enum { MB = 1 << 20 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEES_FREEING = 0 }; // they keep what is freed for themselves
#else
enum { SEES_FREEING = 1 };
#endif

static atomic_int warnings, words;
static char last[512];

static void on_said(void *self, bool warning, const char *text)
{
    (void)self;
    snprintf(last, sizeof last, "%s", text);
    atomic_fetch_add(warning ? &warnings : &words, 1);
}

static void begin(void)
{
    session = scene_session(on_said);
    assert_int_equal(start_scene(NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    settings_reset(&settings);
    settings.headless = true;
    atomic_store(&warnings, 0);
    atomic_store(&words, 0);
    last[0] = '\0';
    return 0;
}

/** One turn of what a front end does. */
static void turn(void)
{
    struct picture picture;
    exchange_pictures(&picture);
    session_sample(&session, false);
}

static struct lab_numbers numbers_of(enum lab_experiment which)
{
    struct lab_status status;
    turn();
    lab_read(session.lab, &status);
    return status.experiments[which].numbers;
}

static int tear_down(void **state)
{
    (void)state;
    return stop_scene();
}

/**
 * 40 MB and more go up and come back. What may be left is what the session grew by meanwhile: 4 MB.
 */
static void test_it_comes_back(void **state)
{
    (void)state;
    begin();
    WAIT_UNTIL((turn(), stats_get_report(session.stats)->frame_bytes > 0 && canvas.data));
    for (int i = 0; i < 2; i++) {
        int64_t rest = process_memory_resident();
        session_lab_switch(&session, LAB_KEEP, true);
        WAIT_UNTIL(numbers_of(LAB_KEEP).bytes > 40 * MB);
        assert_true(process_memory_resident() - rest > 36 * MB);
        session_lab_switch(&session, LAB_KEEP, false);
        WAIT_UNTIL((turn(), !lab_is_active(session.lab)));
        assert_int_equal(memory_sum_of(MEMORY_LAB).live_bytes, 0);
        if (SEES_FREEING)
            WAIT_UNTIL((turn(), process_memory_resident() - rest < 4 * MB));
    }
    assert_int_equal(atomic_load(&warnings), 0);
}

/** While the picture stands still no frame is kept, and switching off frees all the same. */
static void test_frozen(void **state)
{
    (void)state;
    begin();
    session_lab_switch(&session, LAB_KEEP, true);
    WAIT_UNTIL(numbers_of(LAB_KEEP).blocks > 2);
    session.values.frozen = true;
    session_control(&session);
    int64_t blocks = -1;
    int same = 0;
    while (same < 50) { // until frames that were on their way are through
        struct lab_numbers numbers = numbers_of(LAB_KEEP);
        same = numbers.blocks == blocks ? same + 1 : 0;
        blocks = numbers.blocks;
        usleep(2000);
    }
    session_lab_switch(&session, LAB_KEEP, false);
    WAIT_UNTIL((turn(), !lab_is_active(session.lab)));
}

static void test_named_by_the_settings(void **state)
{
    (void)state;
    strcpy(settings.lab, "reuse,every");
    begin();
    WAIT_UNTIL(numbers_of(LAB_REUSE).blocks == 1 && numbers_of(LAB_EVERY).allocations > 3);
    assert_true(stats_get_report(session.stats)->lab.experiments[LAB_EVERY].on);
    assert_false(stats_get_report(session.stats)->lab.experiments[LAB_KEEP].on);
}

static void test_the_limit_is_said(void **state)
{
    (void)state;
    settings.lab_memory_mb = 10;
    begin();
    session_lab_switch(&session, LAB_KEEP, true);
    WAIT_UNTIL((turn(), atomic_load(&warnings) == 1));
    assert_non_null(strstr(last, "\"Keep every frame\" has stopped"));
    assert_non_null(strstr(last, "of the 10.0 MB"));
    assert_true(memory_sum_of(MEMORY_LAB).live_bytes <= 10 * MB);
}

/** Every picture of a folder, in the bytes of its colours; and none of it when it is off. */
static void test_a_folder(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    char command[512];
    snprintf(command, sizeof command,
             "cd %s && cp /usr/share/doc/opencv-doc/examples/data/building.jpg b.jpg && "
             "cp b.jpg c.jpg && echo >d.jpg",
             folder.path);
    assert_int_equal(system(command), 0);
    strcpy(settings.lab_folder, folder.path);
    begin();
    for (int i = 0; i < 2; i++) {
        session_lab_switch(&session, LAB_FOLDER, true);
        WAIT_UNTIL((turn(), atomic_load(&words) == i + 1));
        struct lab_numbers numbers = numbers_of(LAB_FOLDER);
        assert_int_equal(numbers.blocks, 2);
        assert_int_equal(numbers.bytes, 2 * (868 * 600 * 3 + sizeof(struct lab_block)));
        assert_non_null(strstr(last, "2 of 3 could be read"));
        session_lab_switch(&session, LAB_FOLDER, false);
        WAIT_UNTIL((turn(), !lab_is_active(session.lab)));
    }
    folder_remove(&folder);
    assert_int_equal(atomic_load(&warnings), 0);
}

/** A folder in hand is given up at the end. */
static void test_the_end_while_reading(void **state)
{
    (void)state;
    strcpy(settings.lab_folder, "/usr/share/doc/opencv-doc/examples/data");
    begin();
    session_lab_switch(&session, LAB_FOLDER, true);
    WAIT_UNTIL(numbers_of(LAB_FOLDER).blocks > 0);
}

static void test_no_folder(void **state)
{
    (void)state;
    begin();
    session_lab_switch(&session, LAB_FOLDER, true);
    assert_int_equal(atomic_load(&warnings), 1);
    assert_false(lab_is_on(session.lab, LAB_FOLDER));
    assert_non_null(strstr(last, "--lab-folder"));
}

static void test_names(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(session_lab_check("", NULL), 0);
    assert_int_equal(session_lab_check("keep,float32", NULL), 0);
    assert_int_equal(session_lab_check("keep,floats", &err), -EINVAL);
    assert_non_null(strstr(err.text, "'floats'; there are keep, folder,"));
    assert_int_equal(session_lab_check("keep,,reuse", NULL), -EINVAL);
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_it_comes_back),
        TEST(test_frozen),
        TEST(test_named_by_the_settings),
        TEST(test_the_limit_is_said),
        TEST(test_a_folder),
        TEST(test_the_end_while_reading),
        TEST(test_no_folder),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
