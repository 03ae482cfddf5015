/*
 * The report on memory and who watches for it: the numbers are those of their sources, each is
 * shown and explained, and differences count from the first file or frame.
 */
#include "app/memory_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static const char *const stages[] = {"it is read", "it is written"};
static struct memory_report report;
static struct memory_watch watch;
static char text[32768];

// ---- the numbers ----

static int64_t figure(const char *key)
{
    struct memory_figure figures[MEMORY_FIGURES];
    memory_report_figures(&report, figures);
    for (int i = 0; i < MEMORY_FIGURES; i++)
        if (strcmp(figures[i].key, key) == 0)
            return figures[i].amount;
    fail_msg("no %s", key);
    return 0;
}

static void test_the_figures_follow_their_sources(void **state)
{
    (void)state;
    memory_note(MEMORY_CAMERA, 8192);
    memory_note(MEMORY_TEXTURES, 100);
    void *ours = memory_alloc(MEMORY_CAMERA, 3 << 20);
    void *volatile theirs = malloc(1 << 20); // or the compiler leaves it out
    memset(theirs, 1, 1 << 20);
    memory_report_take(&report);
    assert_int_equal(figure("driver_bytes"), 8192);
    assert_int_equal(figure("allocated_bytes"), (3 << 20) + 127);
    assert_true(figure("allocated_peak_bytes") >= 3 << 20);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // they have their own malloc
    assert_int_equal(figure("other_heap_bytes"), figure("heap_bytes") - (3 << 20) - 127);
    assert_true(figure("other_heap_bytes") >= 1 << 20);
    assert_true(figure("heap_bytes") < 16 << 20);
#endif
    assert_true(figure("rss_bytes") > 4 << 20);
    assert_true(figure("peak_rss_bytes") >= figure("rss_bytes"));
    free(theirs);
    memory_free(ours);
    memory_note(MEMORY_CAMERA, -8192);
    memory_note(MEMORY_TEXTURES, -100);
    memory_report_take(&report);
    assert_int_equal(figure("driver_bytes"), 0);
    assert_int_equal(figure("allocated_bytes"), 0);
    assert_true(figure("allocated_peak_bytes") >= 3 << 20);
}

/** What a function prints. */
static const char *printed(void (*print)(FILE *out))
{
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

static void print_all(FILE *out)
{
    static struct stage_profile profile;
    stage_profile_begin(&profile, stages, 2);
    stage_profile_mark(&profile, 0);
    memory_report_take(&report);
    memory_report_print(out, &report, &profile);
}

static void print_without_stages(FILE *out)
{
    memory_report_print(out, &report, NULL);
}

static void test_every_number_is_shown(void **state)
{
    (void)state;
    const char *all = printed(print_all);
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++)
        assert_non_null(strstr(all, memory_owner_name((enum memory_owner)owner)));
    struct memory_figure figures[MEMORY_FIGURES];
    memory_report_figures(&report, figures);
    for (int i = 0; i < MEMORY_FIGURES; i++) {
        assert_non_null(strstr(all, figures[i].name));
        assert_non_null(strstr(all, figures[i].meaning));
    }
    const char *heading = "\nLine #    Mem usage    Increment  Occurrences   Line Contents\n"
                          "=============================================================\n     1 ";
    assert_non_null(strstr(all, heading));
    assert_non_null(strstr(all, "   1   it is read\n"));
    assert_non_null(strstr(all, "     3                                         it is written\n"));
    assert_null(strstr(printed(print_without_stages), "Line #"));
}

/** One sentence, that fits behind its name. */
static void assert_sentence(const char *name, const char *meaning)
{
    size_t length = strlen(meaning);
    if (length < 10 || length > 62 || meaning[length - 1] != '.' || strchr(meaning, '\n'))
        fail_msg("\"%s\" is explained by \"%s\"", name, meaning);
    assert_non_null(strstr(text, name));
    assert_non_null(strstr(text, meaning));
}

static void test_every_number_is_explained(void **state)
{
    (void)state;
    printed(memory_report_explain);
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++)
        assert_sentence(memory_owner_name((enum memory_owner)owner),
                        memory_owner_meaning((enum memory_owner)owner));
    struct memory_figure figures[MEMORY_FIGURES];
    memory_report_figures(&report, figures);
    for (int i = 0; i < MEMORY_FIGURES; i++)
        assert_sentence(figures[i].name, figures[i].meaning);
    static const char *const words[] = {"Live",      "Peak",      "Total",     "Blocks",
                                        "Asked for", "Mem usage", "Increment", "Occurrences",
                                        "size",      "count",     "average"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_non_null(strstr(text, words[i]));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        assert_true(strchr(line, '\n') - line <= 80);
}

static void test_as_json(void **state)
{
    (void)state;
    static struct stage_profile profile;
    stage_profile_begin(&profile, stages, 2);
    stage_profile_mark(&profile, 1);
    memory_report_take(&report);
    cJSON *root = memory_report_to_json(&report, &profile);
    assert_non_null(root);
    assert_int_equal(cJSON_GetObjectItem(root, "rss_bytes")->valuedouble, figure("rss_bytes"));
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(root, "owners")));
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(root, "sites")));
    const cJSON *list = cJSON_GetObjectItem(root, "stages");
    assert_int_equal(cJSON_GetArraySize(list), 3);
    const cJSON *last = cJSON_GetArrayItem(list, 2);
    assert_int_equal(cJSON_GetObjectItem(last, "line")->valuedouble, 3);
    assert_int_equal(cJSON_GetObjectItem(last, "occurrences")->valuedouble, 1);
    assert_string_equal(cJSON_GetObjectItem(last, "contents")->valuestring, "it is written");
    cJSON_Delete(root);
    root = memory_report_to_json(&report, NULL);
    assert_null(cJSON_GetObjectItem(root, "stages"));
    cJSON_Delete(root);
}

static void test_what_libraries_ask_for(void **state)
{
    (void)state;
    memory_report_take(&report);
    int64_t ours = figure("allocations"), before = figure("library_allocations");
    void *volatile theirs[3] = {malloc(1), calloc(2, 2), realloc(NULL, 3)};
    theirs[2] = realloc(theirs[2], 1000);
    void *volatile aligned = aligned_alloc(64, 64);
    void *block = memory_alloc(MEMORY_OTHER, 1);
    memory_report_take(&report);
    assert_int_equal(figure("allocations"), ours + 1);
    if (before >= 0) // no sanitizer
        assert_int_equal(figure("library_allocations"), before + 5);
    for (int i = 0; i < 3; i++)
        free(theirs[i]);
    free(aligned);
    memory_free(block);
}

/** 0 would be a number. */
static void test_what_is_not_counted_is_not_shown(void **state)
{
    (void)state;
    memory_report_take(&report);
    report.library_allocations = -1;
    cJSON *root = memory_report_to_json(&report, NULL);
    assert_non_null(cJSON_GetObjectItem(root, "allocations"));
    assert_null(cJSON_GetObjectItem(root, "library_allocations"));
    cJSON_Delete(root);
    assert_non_null(strstr(printed(print_without_stages), "libraries asked          -  SDL"));
}

// ---- the watch ----

/** What memory_watch_tell() writes to standard output. */
static const char *told(void)
{
    char path[] = "/tmp/cannyscope-test-XXXXXX";
    int kept = dup(STDOUT_FILENO), fd = mkstemp(path);
    assert_true(kept >= 0 && fd >= 0);
    unlink(path);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    memory_watch_tell(&watch, NULL);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    memset(text, 0, sizeof text);
    assert_true(pread(fd, text, sizeof text - 1, 0) >= 0);
    close(fd);
    return text;
}

static void begin(bool with_report, bool with_diff, bool json)
{
    static struct settings settings;
    settings_reset(&settings);
    settings.memory_report = with_report;
    settings.memory_diff = with_diff;
    settings.json = json;
    memset(&watch, 0, sizeof watch);
    memory_watch_begin(&watch, &settings, stages, 2);
}

static void *line_a(size_t bytes)
{
    return memory_alloc(MEMORY_FRAMES, bytes);
}

static void test_nothing_is_asked_for(void **state)
{
    (void)state;
    begin(false, false, false);
    assert_null(memory_watch_stages(&watch));
    memory_watch_warm(&watch);
    assert_string_equal(told(), "");
    memset(&watch, 0, sizeof watch);
    assert_string_equal(told(), "");
}

static void test_differences_count_from_the_first_file(void **state)
{
    (void)state;
    begin(false, true, false);
    void *first = line_a(1000000);
    memory_watch_warm(&watch);
    void *second = line_a(50000);
    memory_watch_warm(&watch);
    told();
    assert_non_null(strstr(text, "\n[ Top 10 differences ]\n" __FILE__ ":"));
    assert_non_null(strstr(text, ": size=1025 KiB (+48.8 KiB), count=2 (+1), average=513 KiB\n"));
    assert_null(strstr(text, "Memory by owner"));
    memory_free(first);
    memory_free(second);
}

static void test_without_a_first_file_they_count_from_the_beginning(void **state)
{
    (void)state;
    void *before = line_a(2000000);
    begin(true, true, false);
    void *kept = line_a(1000000);
    told();
    assert_non_null(strstr(text, ": size=2930 KiB (+977 KiB), count=2 (+1), average=1465 KiB\n"));
    assert_non_null(strstr(text, "[ Memory by owner ]"));
    memory_free(before);
    memory_free(kept);
}

static void test_a_line_of_json_for_each(void **state)
{
    (void)state;
    begin(true, true, true);
    stage_profile_mark(memory_watch_stages(&watch), 0);
    void *kept = line_a(77777);
    char *second = strchr(told(), '\n');
    assert_non_null(second);
    *second++ = '\0';
    cJSON *object = cJSON_Parse(text), *list = cJSON_Parse(second);
    assert_true(cJSON_IsObject(object) && cJSON_IsArray(list));
    assert_int_equal(
        cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), "size_diff_bytes")->valuedouble, 77777);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(object, "stages")), 3);
    cJSON_Delete(object);
    cJSON_Delete(list);
    memory_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_figures_follow_their_sources),
        cmocka_unit_test(test_every_number_is_shown),
        cmocka_unit_test(test_every_number_is_explained),
        cmocka_unit_test(test_as_json),
        cmocka_unit_test(test_what_libraries_ask_for),
        cmocka_unit_test(test_what_is_not_counted_is_not_shown),
        cmocka_unit_test(test_nothing_is_asked_for),
        cmocka_unit_test(test_differences_count_from_the_first_file),
        cmocka_unit_test(test_without_a_first_file_they_count_from_the_beginning),
        cmocka_unit_test(test_a_line_of_json_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
