/*
 * The memory page: the parts of the bar are what they say, the curves go back five minutes and no
 * further, markers stay where they were put, and what changed is found, shown and written.
 */
#include "app/memory_page.h"
#include "processing/clock.h"
#include "tests/fakes/fake_ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

enum { MB = 1 << 20, NS_PER_SAMPLE = 250000000 };

static struct memory_page page;
static struct memory_export exported;

static int set_up(void **state)
{
    (void)state;
    memset(&page, 0, sizeof page);
    memset(&exported, 0, sizeof exported);
    return 0;
}

// ---- the bar ----

enum { CAMERA, FRAMES, CANNY, TEXTURES, RECORDING, LAB, OTHER, KEPT };

static struct panel_figure parts[PANEL_MEMORY_PARTS];

static const struct memory_ledger ledger = {
    .held_bytes = {[MEMORY_CAMERA] = 8 * MB + 500,
                   [MEMORY_FRAMES] = 5 * MB,
                   [MEMORY_RECORDING] = 28 * MB,
                   [MEMORY_CANNY] = 1 * MB,
                   [MEMORY_TEXTURES] = 7 * MB,
                   [MEMORY_INTERFACE] = 2 * MB,
                   [MEMORY_LAB] = 9 * MB,
                   [MEMORY_OTHER] = 3 * MB},
    .driver_bytes = 8 * MB,
};

static void test_the_parts_are_the_heap_and_the_drivers_buffers(void **state)
{
    (void)state;
    const struct process_memory process = {.heap_bytes = 60 * MB, .heap_free_bytes = 4 * MB};
    int64_t sum = memory_page_parts(&process, &ledger, parts);
    assert_int_equal(sum, 8 * MB + 60 * MB + 4 * MB);
    int64_t added = 0;
    for (int i = 0; i < PANEL_MEMORY_PARTS; i++)
        added += parts[i].bytes;
    assert_int_equal(added, sum);
    assert_int_equal(parts[CAMERA].bytes, 8 * MB + 500);
    assert_int_equal(parts[FRAMES].bytes, 5 * MB);
    assert_int_equal(parts[CANNY].bytes, 1 * MB);
    assert_int_equal(parts[TEXTURES].bytes, 7 * MB);
    assert_int_equal(parts[RECORDING].bytes, 28 * MB);
    assert_int_equal(parts[LAB].bytes, 9 * MB);
    // The interface and all that is small are in the rest of the heap, with the libraries.
    assert_int_equal(parts[OTHER].bytes, 60 * MB - 500 - (5 + 1 + 7 + 28 + 9) * MB);
    assert_int_equal(parts[KEPT].bytes, 4 * MB);
}

static void test_no_part_is_less_than_nothing(void **state)
{
    (void)state;
    // As where malloc is not glibc's and says nothing.
    const struct process_memory process = {0};
    int64_t sum = memory_page_parts(&process, &ledger, parts);
    assert_int_equal(parts[OTHER].bytes, 0);
    assert_int_equal(sum, 8 * MB + 500 + (5 + 1 + 7 + 28 + 9) * MB);
}

static void test_the_ledger_is_read_as_it_is(void **state)
{
    (void)state;
    struct memory_ledger before = memory_ledger_now();
    void *frame = memory_alloc(MEMORY_FRAMES, 3 * MB);
    memory_note(MEMORY_CAMERA, 2 * MB);
    struct memory_ledger now = memory_ledger_now();
    assert_int_equal(now.held_bytes[MEMORY_FRAMES] - before.held_bytes[MEMORY_FRAMES], 3 * MB);
    assert_int_equal(now.held_bytes[MEMORY_CAMERA] - before.held_bytes[MEMORY_CAMERA], 2 * MB);
    assert_int_equal(now.driver_bytes - before.driver_bytes, 2 * MB);
    memory_note(MEMORY_CAMERA, -2 * MB);
    memory_free(frame);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // they have their own malloc
static void test_the_parts_of_this_very_process(void **state)
{
    (void)state;
    char *frame = memory_alloc(MEMORY_FRAMES, 30 * MB);
    memset(frame, 1, 30 * MB);
    struct process_memory process = process_memory_now();
    struct memory_ledger now = memory_ledger_now();
    int64_t sum = memory_page_parts(&process, &now, parts);
    assert_int_equal(sum, process.heap_bytes + process.heap_free_bytes + now.driver_bytes);
    assert_int_equal(parts[FRAMES].bytes, 30 * MB);
    assert_true(parts[OTHER].bytes < 8 * MB);
    memory_free(frame);
}
#endif

// ---- the curves ----

static const struct memory_requests nothing;

static void sample(double at_s, int64_t rss, int64_t own)
{
    struct memory_ledger now = {.held_bytes = {[MEMORY_FRAMES] = own}};
    struct process_memory process = {.rss_bytes = rss};
    memory_page_sample(&page, &process, &now, nothing, (int64_t)(at_s * (double)NS_PER_S));
}

static void test_a_second_holds_its_lowest_and_its_highest(void **state)
{
    (void)state;
    sample(7.0, 30 * MB, 10 * MB);
    sample(7.25, 50 * MB, 9 * MB);
    sample(7.5, 40 * MB, 12 * MB);
    sample(8.0, 41 * MB, 11 * MB);
    struct memory_graph graph = memory_history_graph(&page.history);
    assert_int_equal(graph.second_count, 2);
    assert_true(graph.seconds[0].rss_low == 30 && graph.seconds[0].rss_high == 50);
    assert_true(graph.seconds[0].own_low == 9 && graph.seconds[0].own_high == 12);
    assert_true(graph.seconds[1].rss_low == 41 && graph.seconds[1].rss_high == 41);
}

static void test_five_minutes_and_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < 4 * 1000; i++)
        sample(1 + i / 4.0, (int64_t)(i / 4) * MB, 1 * MB);
    struct memory_graph graph = memory_history_graph(&page.history);
    assert_int_equal(graph.second_count, MEMORY_GRAPH_SECONDS);
    for (int i = 0; i < MEMORY_GRAPH_SECONDS; i++)
        assert_true(graph.seconds[i].rss_low == (float)(1000 - MEMORY_GRAPH_SECONDS + i));
}

static void test_seconds_without_a_reading_are_gaps(void **state)
{
    (void)state;
    sample(10, 10 * MB, 1 * MB);
    sample(14, 20 * MB, 1 * MB);
    struct memory_graph graph = memory_history_graph(&page.history);
    assert_int_equal(graph.second_count, 5);
    for (int i = 1; i < 4; i++)
        assert_true(graph.seconds[i].rss_high < 0 && graph.seconds[i].own_high < 0);
    assert_true(graph.seconds[4].rss_high == 20);
    // After a pause of an hour nothing is left of what was before.
    sample(4000, 30 * MB, 1 * MB);
    graph = memory_history_graph(&page.history);
    assert_int_equal(graph.second_count, MEMORY_GRAPH_SECONDS);
    for (int i = 0; i < MEMORY_GRAPH_SECONDS - 1; i++)
        assert_true(graph.seconds[i].rss_high < 0);
    assert_true(graph.seconds[MEMORY_GRAPH_SECONDS - 1].rss_high == 30);
}

static void test_markers_keep_their_moment_and_the_oldest_go(void **state)
{
    (void)state;
    char text[100];
    for (int i = 0; i < MEMORY_GRAPH_MARKERS + 5; i++) {
        snprintf(text, sizeof text, "number %d%60s", i, "long");
        memory_history_mark(&page.history, i * NS_PER_S, 'S', "snapshot", text);
    }
    struct memory_graph graph = memory_history_graph(&page.history);
    assert_int_equal(graph.marker_count, MEMORY_GRAPH_MARKERS);
    for (int i = 0; i < MEMORY_GRAPH_MARKERS; i++) {
        assert_int_equal(graph.markers[i].time_ns, (i + 5) * NS_PER_S);
        assert_string_equal(graph.markers[i].kind, "snapshot");
        snprintf(text, sizeof text, "number %d ", i + 5);
        assert_memory_equal(graph.markers[i].text, text, strlen(text));
    }
    assert_int_equal(graph.now_ns, (MEMORY_GRAPH_MARKERS + 4) * NS_PER_S);
}

static void test_a_reading_allocates_nothing(void **state)
{
    (void)state;
    int64_t before = memory_sum_allocated().total_count;
    for (int i = 0; i < 2000; i++) {
        struct process_memory process = process_memory_now();
        struct memory_ledger now = memory_ledger_now();
        memory_page_sample(&page, &process, &now, nothing, (int64_t)i * NS_PER_SAMPLE + 1);
        memory_history_mark(&page.history, (int64_t)i * NS_PER_SAMPLE + 1, 'V', "view", "a view");
    }
    memory_page_snapshot(&page, 1);
    assert_true(memory_page_compare(&page, 2));
    assert_int_equal(memory_sum_allocated().total_count, before);
}

// ---- differences ----

static void *line_of_code(size_t bytes)
{
    return memory_alloc(MEMORY_RECORDING, bytes);
}

static void test_what_grew_since_the_snapshot(void **state)
{
    (void)state;
    char text[SNAPSHOT_LINE_BYTES];
    assert_false(memory_page_compare(&page, 1));
    assert_false(memory_page_line(&page, 0, text));
    void *first = line_of_code(100);
    memory_page_snapshot(&page, 10 * NS_PER_S);
    assert_false(memory_page_line(&page, 0, text));
    void *grown = line_of_code(104450);
    assert_true(memory_page_compare(&page, 15 * NS_PER_S));
    assert_true(memory_page_line(&page, 0, text));
    assert_string_equal(text, "[ Top 10 differences ]");
    assert_true(memory_page_line(&page, 1, text));
    assert_non_null(strstr(text, "tests/unit/test_memory_page.c:"));
    assert_non_null(strstr(text, ": size=102 KiB (+102 KiB), count=2 (+1), average=51.0 KiB"));
    assert_false(memory_page_line(&page, page.change_count + 1, text));
    memory_free(grown);
    // Again, since the same snapshot.
    assert_true(memory_page_compare(&page, 16 * NS_PER_S));
    memory_page_line(&page, 1, text);
    assert_non_null(strstr(text, ": size=100 B (+0 B), count=1 (+0), average=100 B"));
    // A new snapshot leaves nothing of an old comparison.
    memory_page_snapshot(&page, 20 * NS_PER_S);
    assert_false(memory_page_line(&page, 0, text));
    memory_free(first);
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void test_what_is_saved(void **state)
{
    (void)state;
    assert_false(memory_page_export(&page, &exported));
    memory_page_snapshot(&page, 10 * NS_PER_S);
    assert_true(memory_page_export(&page, &exported));
    cJSON *root = memory_export_to_json(&exported);
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(cJSON_GetObjectItem(root, "snapshot"), "sites")));
    assert_null(cJSON_GetObjectItem(root, "later"));
    assert_null(cJSON_GetObjectItem(root, "differences"));
    cJSON_Delete(root);

    int64_t allocated = memory_sum_allocated().live_bytes;
    void *grown = line_of_code(4321);
    allocated = memory_sum_allocated().live_bytes - allocated;
    memory_page_compare(&page, 12 * NS_PER_S + NS_PER_S / 2);
    assert_true(memory_page_export(&page, &exported));
    root = memory_export_to_json(&exported);
    assert_true(number(root, "seconds") == 2.5);
    int64_t before = (int64_t)number(
        cJSON_GetObjectItem(cJSON_GetObjectItem(root, "snapshot"), "allocated"), "live_bytes");
    int64_t later = (int64_t)number(
        cJSON_GetObjectItem(cJSON_GetObjectItem(root, "later"), "allocated"), "live_bytes");
    assert_true(allocated >= 4321);
    assert_int_equal(later - before, allocated);
    const cJSON *largest = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "differences"), 0);
    assert_int_equal(number(largest, "size_diff_bytes"), 4321);
    cJSON_Delete(root);
    memory_free(grown);
}

static void test_files_are_never_replaced(void **state)
{
    (void)state;
    char folder[] = "/tmp/cannyscope-test-XXXXXX";
    struct path paths[3];
    struct error err = {""};
    assert_non_null(mkdtemp(folder));
    setenv("XDG_STATE_HOME", folder, 1);
    memory_page_snapshot(&page, 10 * NS_PER_S);
    memory_page_export(&page, &exported);
    for (int i = 0; i < 3; i++) {
        struct stat status;
        assert_int_equal(memory_export_write(&exported, &paths[i], &err), 0);
        assert_int_equal(strncmp(paths[i].text, folder, strlen(folder)), 0);
        assert_non_null(strstr(paths[i].text, "/cannyscope/memory/cannyscope-"));
        for (int before = 0; before < i; before++)
            assert_string_not_equal(paths[i].text, paths[before].text);
        assert_int_equal(stat(paths[i].text, &status), 0);
        assert_true(status.st_size > 100);
    }
    for (int i = 0; i < 3; i++)
        unlink(paths[i].text);
    char place[64];
    snprintf(place, sizeof place, "%s/cannyscope/memory", folder);
    assert_int_equal(rmdir(place), 0); // nothing else was left there
    // A folder that cannot be made.
    FILE *file = fopen(place, "w");
    assert_non_null(file);
    fclose(file);
    assert_true(memory_export_write(&exported, &paths[0], &err) < 0);
    assert_non_null(strstr(err.text, place));
    unlink(place);
    snprintf(place, sizeof place, "%s/cannyscope", folder);
    rmdir(place);
    rmdir(folder);
    unsetenv("XDG_STATE_HOME");
    char *home = strdup(getenv("HOME") ? getenv("HOME") : "/");
    unsetenv("HOME");
    assert_true(memory_export_write(&exported, &paths[0], &err) < 0);
    assert_non_null(strstr(err.text, "HOME is not set"));
    setenv("HOME", home, 1);
    free(home);
}

// ---- drawing ----

static struct ui *ui;

static int draw_page(void)
{
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(ui, &input, 1280, 720, 1);
    int action = memory_page_draw(&page, ui, (struct ui_rect){1016, 0, 264, 720});
    ui_end(ui);
    return action;
}

static void test_the_page_shows_its_numbers(void **state)
{
    (void)state;
    struct ui_measure measure = fake_measure();
    assert_int_equal(ui_create(&ui, &measure), 0);
    const struct process_memory process = {.rss_bytes = 87 * MB,
                                           .peak_rss_bytes = 91 * MB,
                                           .heap_bytes = 60 * MB,
                                           .heap_free_bytes = 4 * MB};
    memory_page_sample(&page, &process, &ledger, (struct memory_requests){0.5, 3.25}, NS_PER_S);
    assert_int_equal(draw_page(), 0);
    static const char *const shown[] = {"87.0 MB", "91.0 MB", "28.0 MB",  "7.0 MB",
                                        "5.0 MB",  "10.0 MB", "9.0 MB",   "4.0 MB",
                                        "0.5",     "3.25",    "\u2013 MB"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (!fake_find_text(ui, shown[i]))
            fail_msg("%s is not shown", shown[i]);
    assert_null(fake_find_text(ui, "Save"));
    page.pss_bytes = 42 * MB;
    memory_page_snapshot(&page, 1);
    draw_page();
    assert_non_null(fake_find_text(ui, "42.0 MB"));
    assert_non_null(fake_find_text(ui, "Save"));
    ui_destroy(&ui);
}

static void test_the_card_shows_the_differences(void **state)
{
    (void)state;
    struct ui_measure measure = fake_measure();
    assert_int_equal(ui_create(&ui, &measure), 0);
    memory_page_snapshot(&page, 10 * NS_PER_S);
    void *grown = line_of_code(104448);
    memory_page_compare(&page, 15 * NS_PER_S);
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(ui, &input, 1280, 720, 1);
    assert_int_equal(memory_page_draw_differences(&page, ui), 0);
    ui_end(ui);
    assert_non_null(fake_find_text(ui, "[ Top 10 differences ]"));
    assert_non_null(fake_find_text(ui, "size=102 KiB (+102 KiB), count=1 (+1), average=102 KiB"));
    assert_non_null(fake_find_text(ui, "+102 KiB since the snapshot, which was taken 5 s before"));
    memory_free(grown);
    ui_destroy(&ui);
}

#define TEST(NAME) cmocka_unit_test_setup(NAME, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_parts_are_the_heap_and_the_drivers_buffers),
        TEST(test_no_part_is_less_than_nothing),
        TEST(test_the_ledger_is_read_as_it_is),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        TEST(test_the_parts_of_this_very_process),
#endif
        TEST(test_a_second_holds_its_lowest_and_its_highest),
        TEST(test_five_minutes_and_no_more),
        TEST(test_seconds_without_a_reading_are_gaps),
        TEST(test_markers_keep_their_moment_and_the_oldest_go),
        TEST(test_a_reading_allocates_nothing),
        TEST(test_what_grew_since_the_snapshot),
        TEST(test_what_is_saved),
        TEST(test_files_are_never_replaced),
        TEST(test_the_page_shows_its_numbers),
        TEST(test_the_card_shows_the_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
