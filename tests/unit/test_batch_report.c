// Reports, and several made one.

#include "app/batch_merge.h"
#include "app/batch_report.h"
#include "tests/unit/batch_fixture.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <sys/wait.h>

static struct batch_report *report;
static struct batch_merge *merge;
static char text[1 << 20];

static int leave_reports(void **state)
{
    batch_report_close(&report);
    batch_merge_close(&merge);
    return leave(state);
}

static void open_report(const char *path)
{
    batch_report_close(&report);
    assert_int_equal(batch_report_open(&report, path, &problem), 0);
}

static void add_result(const char *input, enum batch_status status, double ms)
{
    const struct batch_result result = {input, "o", status, NULL, ms, 6, 0};
    assert_int_equal(batch_report_add(report, &result, &problem), 0);
}

static const char *text_of(const char *path)
{
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static void begin_merge(void)
{
    batch_merge_close(&merge);
    assert_int_equal(batch_merge_open(&merge), 0);
}

static void add_file(const char *path)
{
    assert_int_equal(batch_merge_add(merge, path, &problem), 0);
}

/** What the merge writes. */
static const char *merged(void)
{
    FILE *stream = fopen("merged", "w");
    assert_int_equal(batch_merge_write(merge, stream), 0);
    fclose(stream);
    return text_of("merged");
}

static void test_lines(void **state)
{
    (void)state;
    const struct batch_result results[] = {
        {"in/a.jpg", "out/processed_a.jpg", BATCH_OK, NULL, 12.3456, 786432, 0},
        {"b", NULL, BATCH_FAILED, "Cannot read 'b': \"why\"", 0, 0, 0},
        {"c", "o", BATCH_SKIPPED, NULL, 0, 10000000000, 0},
        {"d", "o", BATCH_DAMAGED, "cut \xe2\x82", 1e6, 1, 7},
    };
    open_report("r");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(batch_report_add(report, &results[i], &problem), 0);
    assert_string_equal(text_of("r"),
                        "{\"input\":\"in/a.jpg\",\"output\":\"out/processed_a.jpg\",\"status\":"
                        "\"ok\",\"error\":null,\"ms\":12.346,\"pixels\":786432}\n"
                        "{\"input\":\"b\",\"output\":null,\"status\":\"failed\",\"error\":"
                        "\"Cannot read 'b': \\\"why\\\"\",\"ms\":0,\"pixels\":0}\n"
                        "{\"input\":\"c\",\"output\":\"o\",\"status\":\"skipped\",\"error\":null,"
                        "\"ms\":0,\"pixels\":10000000000}\n"
                        "{\"input\":\"d\",\"output\":\"o\",\"status\":\"damaged\",\"error\":"
                        "\"cut \\\\xE2\\\\x82\",\"ms\":1000000,\"pixels\":1,\"frames\":7}\n");
}

/** Every line is JSON in UTF-8, whatever the names, and different names stay different. */
static void test_any_names(void **state)
{
    (void)state;
    enum { NAMES = 500 };
    char name[64];
    srand(5);
    open_report("r");
    for (int i = 0; i < NAMES; i++) {
        int length = snprintf(name, sizeof name, "%d", i);
        while (length < (int)sizeof name - 1)
            name[length++] = (char)(1 + rand() % 255);
        name[length] = '\0';
        const struct batch_result result = {name, name, BATCH_OK, name, NAN, 1, 0};
        assert_int_equal(batch_report_add(report, &result, &problem), 0);
    }
    begin_merge();
    add_file("r");
    assert_int_equal(batch_merge_count(merge, BATCH_OK), NAMES);
    assert_int_equal(batch_merge_broken_count(merge), 0);
}

static void test_appended(void **state)
{
    (void)state;
    put("r", "{\"input\":\"a\",\"st");
    open_report("r");
    add_result("b", BATCH_OK, 1);
    open_report("r");
    add_result("c", BATCH_OK, 1);
    begin_merge();
    add_file("r");
    assert_int_equal(batch_merge_count(merge, BATCH_OK), 2);
    assert_int_equal(batch_merge_broken_count(merge), 1);
    assert_string_equal(batch_merge_broken(merge, 0), "r:1: not JSON");
}

static void test_merge_is_sorted(void **state)
{
    (void)state;
    put("r1", "{\"input\":\"c\",\"status\":\"ok\"}\r\n{\"input\":\"a\",\"status\":\"failed\"}\n");
    put("r2", "{\"input\":\"b\",\"status\":\"damaged\",\"more\":[1]}\n{\"input\":\"B\",\"status\":"
              "\"skipped\"}");
    begin_merge();
    add_file("r1");
    add_file("r2");
    assert_string_equal(merged(), "{\"input\":\"B\",\"status\":\"skipped\"}\n"
                                  "{\"input\":\"a\",\"status\":\"failed\"}\n"
                                  "{\"input\":\"b\",\"status\":\"damaged\",\"more\":[1]}\n"
                                  "{\"input\":\"c\",\"status\":\"ok\"}\n");
    for (int status = 0; status < BATCH_STATUSES; status++)
        assert_int_equal(batch_merge_count(merge, (enum batch_status)status), 1);
}

/** A shard failed in the middle and ran again with --resume. */
static void test_later_lines_replace(void **state)
{
    (void)state;
    open_report("r");
    add_result("done", BATCH_OK, 1);
    add_result("bad", BATCH_DAMAGED, 1);
    add_result("mended", BATCH_FAILED, 1);
    add_result("lost", BATCH_OK, 1);
    add_result("elsewhere", BATCH_FAILED, 1);
    open_report("again");
    add_result("done", BATCH_SKIPPED, 0);
    add_result("bad", BATCH_SKIPPED, 0);
    add_result("mended", BATCH_OK, 2);
    add_result("lost", BATCH_FAILED, 2);
    add_result("elsewhere", BATCH_SKIPPED, 0);
    begin_merge();
    add_file("r");
    add_file("again");
    assert_int_equal(batch_merge_count(merge, BATCH_OK), 2);
    assert_int_equal(batch_merge_count(merge, BATCH_DAMAGED), 1);
    assert_int_equal(batch_merge_count(merge, BATCH_FAILED), 1);
    assert_int_equal(batch_merge_count(merge, BATCH_SKIPPED), 1);
    merged();
    assert_non_null(strstr(text, "\"input\":\"done\",\"output\":\"o\",\"status\":\"ok\""));
    assert_non_null(strstr(text, "\"input\":\"mended\",\"output\":\"o\",\"status\":\"ok\","
                                 "\"error\":null,\"ms\":2"));
    assert_non_null(strstr(text, "\"input\":\"lost\",\"output\":\"o\",\"status\":\"failed\""));
    assert_non_null(
        strstr(text, "\"input\":\"elsewhere\",\"output\":\"o\",\"status\":\"skipped\""));
}

static void test_broken_lines_are_named(void **state)
{
    (void)state;
    put("r", "{\"input\":\"a\",\"status\":\"ok\"}\n\nnonsense\n{\"input\":7,\"status\":\"ok\"}\n"
             "{\"input\":\"b\"}\n{\"input\":\"b\",\"status\":\"fine\"}\n{\"status\":\"ok\"}\n"
             "{\"input\":\"\xff\",\"status\":\"ok\"}\n{\"input\":\"\x1b[2J\",\"status\":\"ok\"}\n"
             "{\"input\":\"z\",\"status\":\"ok\"}\n");
    static const char *const sentences[] = {
        "r:3: not JSON",
        "r:4: names no input",
        "r:5: has no status that is known",
        "r:6: has no status that is known",
        "r:7: names no input",
        "r:8: not plain UTF-8",
        "r:9: not plain UTF-8",
    };
    begin_merge();
    add_file("r");
    assert_int_equal(batch_merge_count(merge, BATCH_OK), 2);
    assert_int_equal(batch_merge_broken_count(merge), 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(batch_merge_broken(merge, i), sentences[i]);
    assert_null(batch_merge_broken(merge, 7));
}

static void test_no_end_of_broken_lines(void **state)
{
    (void)state;
    FILE *stream = fopen("r", "w");
    for (int i = 0; i < 1000; i++)
        fputs("?\n", stream);
    fclose(stream);
    begin_merge();
    add_file("r");
    assert_int_equal(batch_merge_broken_count(merge), 1000);
    assert_string_equal(batch_merge_broken(merge, 99), "r:100: not JSON");
    assert_null(batch_merge_broken(merge, 100));
    assert_string_equal(merged(), "");
}

static void test_files_that_cannot_be(void **state)
{
    (void)state;
    begin_merge();
    assert_int_equal(batch_merge_add(merge, "missing", &problem), -ENOENT);
    assert_non_null(strstr(problem.text, "'missing'"));
    assert_int_equal(batch_merge_add(merge, ".", &problem), -EISDIR);
    assert_int_equal(batch_report_open(&report, ".", &problem), -EISDIR);
    assert_null(report);
    assert_int_equal(batch_report_open(&report, "no/r", &problem), -ENOENT);
    assert_non_null(strstr(problem.text, "'no/r'"));
}

/** /dev/full has no room for anything. */
static void test_full_disk(void **state)
{
    (void)state;
    open_report("/dev/full");
    const struct batch_result result = {"a", "b", BATCH_OK, NULL, 1, 1, 0};
    assert_int_equal(batch_report_add(report, &result, &problem), -ENOSPC);
    assert_non_null(strstr(problem.text, "/dev/full"));
    put("r", "{\"input\":\"a\",\"status\":\"ok\"}\n");
    begin_merge();
    add_file("r");
    FILE *stream = fopen("/dev/full", "w");
    assert_int_equal(batch_merge_write(merge, stream), -ENOSPC);
    fclose(stream);
}

static void test_shards_into_one_file(void **state)
{
    (void)state;
    enum { SHARDS = 3, LINES = 300 };
    char name[32];
    for (int shard = 0; shard < SHARDS; shard++) {
        if (fork() != 0)
            continue;
        open_report("r");
        for (int i = 0; i < LINES; i++) {
            snprintf(name, sizeof name, "%d-%d", shard, i);
            add_result(name, BATCH_OK, i);
        }
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    begin_merge();
    add_file("r");
    assert_int_equal(batch_merge_count(merge, BATCH_OK), SHARDS * LINES);
    assert_int_equal(batch_merge_broken_count(merge), 0);
}

/** Whatever is in a report, what comes out can be merged again and is the same. */
static void test_noise(void **state)
{
    (void)state;
    static char noisy[1 << 16], first[1 << 16];
    open_report("good");
    for (int i = 0; i < 10; i++)
        add_result(i % 2 ? "a\\b" : "c\xff", (enum batch_status)(i % BATCH_STATUSES), i);
    size_t size = strlen(strcpy(noisy, text_of("good")));
    srand(6);
    for (int run = 0; run < 1000; run++) {
        strcpy(first, noisy);
        for (int k = rand() % 10; k >= 0; k--)
            first[(size_t)rand() % size] =
                (char)(rand() % 2 ? 1 + rand() % 255 : "{}[]\",:\\\n0"[rand() % 10]);
        put("noise", first);
        begin_merge();
        add_file("noise");
        strcpy(first, merged());
        put("noise", first);
        begin_merge();
        add_file("noise");
        assert_int_equal(batch_merge_broken_count(merge), 0);
        assert_string_equal(merged(), first);
    }
}

static void test_status_names(void **state)
{
    (void)state;
    for (int i = 0; i < BATCH_STATUSES; i++) {
        enum batch_status status = BATCH_STATUSES;
        assert_true(batch_status_parse(batch_status_name((enum batch_status)i), &status));
        assert_int_equal(status, i);
    }
    enum batch_status status = BATCH_DAMAGED;
    assert_false(batch_status_parse("OK", &status));
    assert_int_equal(status, BATCH_DAMAGED);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave_reports)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines),
        TEST(test_any_names),
        TEST(test_appended),
        TEST(test_merge_is_sorted),
        TEST(test_later_lines_replace),
        TEST(test_broken_lines_are_named),
        TEST(test_no_end_of_broken_lines),
        TEST(test_files_that_cannot_be),
        TEST(test_full_disk),
        TEST(test_shards_into_one_file),
        TEST(test_noise),
        TEST(test_status_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
