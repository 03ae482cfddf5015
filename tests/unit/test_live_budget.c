/*
 * What a live session takes is added up before it is taken: sources, their pictures, recordings,
 * experiments. What must fit is refused to the byte, what can do with less gets less.
 */
#include "app/live_budget.h"
#include "app/memory_limit.h"
#include "app/process_memory.h"
#include "app/recorder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MB = 1 << 20, SIDE = 1000, PIXELS = SIDE * SIDE };

static struct settings settings;
static struct live_budget_config config;
static struct live_budget *budget;
static struct error problem;
static char *said;
static size_t said_bytes;
static FILE *stream;

/** The process may take about `room_mb` more than it has. */
static void begin(int room_mb)
{
    settings.max_memory_mb = (int)(process_memory_resident() / MB) + room_mb;
    config.settings = &settings;
    assert_int_equal(live_budget_create(&budget, &config, &problem), 0);
}

static int set_up(void **state)
{
    (void)state;
    settings_reset(&settings);
    settings.headless = true;
    config = (struct live_budget_config){.files = true};
    stream = open_memstream(&said, &said_bytes);
    struct log_config words = {.stream = stream, .level = LOG_LEVEL_INFO};
    return log_open(&config.log, &words);
}

static int tear_down(void **state)
{
    (void)state;
    live_budget_destroy(&budget);
    log_close(&config.log);
    fclose(stream);
    free(said);
    return 0;
}

static const char *words(void)
{
    fflush(stream);
    return said;
}

static int admit(int side, int64_t bytes)
{
    struct source_needs needs = {.width = side, .height = side, .bytes = bytes};
    return live_budget_admit(budget, &needs, &problem);
}

/** The most that a source of such frames may take. */
static int64_t most(int side)
{
    int64_t fits = 0, too_much = (int64_t)1 << 40;
    assert_int_equal(admit(side, 0), 0);
    while (too_much - fits > 1) {
        int64_t middle = fits + (too_much - fits) / 2;
        *(admit(side, middle) == 0 ? &fits : &too_much) = middle;
    }
    return fits;
}

static void a_program_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    settings.max_memory_mb = 1;
    config.settings = &settings;
    assert_int_equal(live_budget_create(&budget, &config, &problem), -EFBIG);
    assert_null(budget);
    assert_non_null(strstr(problem.text, "--max-memory 1 is too little: the program itself takes"));
}

static void the_limit_holds_to_the_byte(void **state)
{
    (void)state;
    begin(100);
    int64_t fits = most(1);
    assert_in_range(fits, 90 * MB, 100 * MB);
    assert_int_equal(admit(1, fits), 0);
    assert_int_equal(admit(1, fits + 1), -EFBIG);
    // What was refused changed nothing, and another source takes the place of the one before.
    assert_int_equal(admit(1, fits), 0);
    assert_int_equal(most(1), fits);
}

static void pictures_count_with_the_source(void **state)
{
    (void)state;
    begin(100);
    int64_t small = most(1), large = most(SIDE), headless = small - large;
    assert_in_range(headless, 5 * PIXELS, 6 * PIXELS); // a canvas, edges, scratch
    live_budget_destroy(&budget);
    settings.headless = false;
    begin(100);
    int64_t window = most(1) - most(SIDE);
    assert_in_range(window, headless + 7 * PIXELS - 99, headless + 7 * PIXELS + 99);
    live_budget_destroy(&budget);
    config.window_bytes = 20 * MB;
    begin(100);
    small -= 20 * MB + MEMORY_WINDOW_BYTES;
    assert_in_range(most(1), small - MB, small + MB);
    assert_int_equal(admit(1, 0), 0);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_WINDOW, &problem), 0);
    small -= 40 * MB;
    assert_in_range(most(1), small - MB, small + MB);
}

static void the_sentence_says_what_to_do(void **state)
{
    (void)state;
    begin(20);
    struct source_needs needs = {.width = 5000, .height = 4000, .choosable = true};
    assert_int_equal(live_budget_admit(budget, &needs, &problem), -EFBIG);
    assert_non_null(strstr(problem.text, " is too little: a picture of 5000 x 4000 pixels takes "));
    assert_non_null(strstr(problem.text, "give more, or a smaller --size"));
    needs.choosable = false;
    assert_int_equal(live_budget_admit(budget, &needs, &problem), -EFBIG);
    assert_null(strstr(problem.text, "--size"));
    assert_int_equal(live_budget_begin(budget, LIVE_PART_RECORDING, &problem), -EFBIG);
    assert_non_null(strstr(problem.text, " is too little: a recording takes about"));
}

static int slots_for(int64_t slot_bytes, int slots, int least)
{
    struct source_needs needs = {
        .width = 1, .height = 1, .slot_bytes = slot_bytes, .slots = slots, .least_slots = least};
    return live_budget_admit(budget, &needs, &problem) < 0 ? -1 : needs.slots;
}

static void slots_shrink_and_that_is_said_once(void **state)
{
    (void)state;
    begin(100);
    int64_t fits = most(1);
    assert_int_equal(slots_for(fits / 4, 4, 2), 4);
    assert_string_equal(words() ? words() : "", "");
    assert_int_equal(slots_for(fits / 4 + 1, 4, 2), 3);
    assert_non_null(strstr(words(), "To stay within --max-memory the source has 3 buffers instead "
                                    "of 4"));
    size_t before = strlen(words());
    assert_int_equal(slots_for(fits / 2, 4, 2), 2);
    assert_int_equal(slots_for(fits / 2 + 1, 4, 2), -1);
    assert_int_equal(slots_for(fits, 1, 1), 1);
    assert_int_equal(strlen(words()), before);
    // What was granted counts.
    assert_int_equal(slots_for(fits / 4, 4, 2), 4);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_RECORDING, &problem), -EFBIG);
}

static void what_passes_counts_while_nothing_else_is_there(void **state)
{
    (void)state;
    begin(100);
    struct source_needs needs = {.width = SIDE, .height = SIDE, .passing_bytes = 89 * MB};
    assert_int_equal(live_budget_admit(budget, &needs, &problem), 0);
    // By now there are pictures.
    needs.passing_bytes += 2 * MB;
    assert_int_equal(live_budget_admit(budget, &needs, &problem), -EFBIG);
    needs.passing_bytes = 0;
    assert_int_equal(live_budget_admit(budget, &needs, &problem), 0);
}

static void a_recording_takes_its_part(void **state)
{
    (void)state;
    begin(200);
    settings.record_of = RECORD_EDGES;
    int64_t before = most(SIDE), each = RECORDER_PICTURES_LEAST * PIXELS;
    assert_int_equal(admit(SIDE, 0), 0);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_RECORDING, &problem), 0);
    int64_t during = most(SIDE);
    assert_in_range(before - during, each + 14 * PIXELS, 80 * MB);
    // Pictures that wait get what is left, but the least in any case.
    assert_int_equal(admit(SIDE, during - MB), 0);
    assert_int_equal(live_budget_queue(budget, (size_t)each, (size_t)each + 64 * MB),
                     (size_t)each + MB);
    assert_non_null(strstr(words(), "pictures that wait to be recorded have 4 MB instead of 67"));
    assert_int_equal(live_budget_queue(budget, (size_t)each, (size_t)each + 5), (size_t)each + 5);
    assert_int_equal(admit(SIDE, during), -EFBIG); // they have it
    live_budget_end(budget, LIVE_PART_RECORDING);
    int64_t after = most(SIDE); // libraries stay
    assert_in_range(after - during, each + 14 * PIXELS, before - during);
}

static void a_recording_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    begin(100);
    assert_int_equal(admit(SIDE, most(SIDE)), 0);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_RECORDING, &problem), -EFBIG);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_LOOPBACK, &problem), -EFBIG);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_PICTURE, &problem), -EFBIG);
    assert_non_null(strstr(problem.text, "with saving a picture"));
    assert_int_equal(admit(SIDE, 0), 0);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_RECORDING, &problem), 0);
    // The larger source is asked for with it.
    assert_int_equal(admit(2 * SIDE, 0), -EFBIG);
    assert_non_null(strstr(problem.text, "2000 x 2000 pixels with its recording"));
    assert_int_equal(admit(SIDE, 0), 0);
}

static void experiments_have_what_the_others_leave(void **state)
{
    (void)state;
    struct lab *lab;
    struct lab_status status;
    struct lab_config usual = {.limit_bytes = 512 * (int64_t)MB, .frames = 30};
    assert_int_equal(lab_create(&lab, &usual), 0);
    begin(100);
    live_budget_set_lab(budget, lab);
    lab_switch(lab, LAB_KEEP, true);
    assert_int_equal(admit(1, 0), 0);
    lab_read(lab, &status);
    assert_in_range(status.limit_bytes, 90 * MB, 100 * MB);
    assert_int_equal(admit(1, 60 * MB), 0);
    int64_t before = status.limit_bytes;
    lab_read(lab, &status);
    assert_int_equal(status.limit_bytes, before - 60 * MB);
    // What they hold is theirs.
    struct lab_shelf *shelf = lab_shelf_of(lab, LAB_KEEP);
    assert_non_null(lab_shelf_put(shelf, 20 * MB));
    assert_null(lab_shelf_put(shelf, 20 * MB));
    assert_int_equal(admit(1, before - 10 * MB), -EFBIG);
    assert_int_equal(admit(1, 60 * MB), 0);
    live_budget_set_lab(budget, NULL);
    lab_destroy(&lab);
}

static void without_a_limit_nothing_shrinks(void **state)
{
    (void)state;
    config.settings = &settings;
    assert_int_equal(live_budget_create(&budget, &config, &problem), 0);
    struct source_needs needs = {
        .width = SIDE, .height = SIDE, .slot_bytes = MB, .slots = 4, .least_slots = 2};
    assert_int_equal(live_budget_admit(budget, &needs, &problem), 0);
    assert_int_equal(needs.slots, 4);
    assert_int_equal(live_budget_begin(budget, LIVE_PART_RECORDING, &problem), 0);
    assert_int_equal(live_budget_queue(budget, MB, 64 * MB), 64 * MB);
    // But what the machine does not have cannot be had.
    assert_int_equal(admit(1, (int64_t)1 << 50), -EFBIG);
    assert_non_null(strstr(problem.text, "of the memory that is free it may have"));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_that_does_not_fit_is_refused),
        TEST(the_limit_holds_to_the_byte),
        TEST(pictures_count_with_the_source),
        TEST(the_sentence_says_what_to_do),
        TEST(slots_shrink_and_that_is_said_once),
        TEST(what_passes_counts_while_nothing_else_is_there),
        TEST(a_recording_takes_its_part),
        TEST(a_recording_that_does_not_fit_is_refused),
        TEST(experiments_have_what_the_others_leave),
        TEST(without_a_limit_nothing_shrinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
