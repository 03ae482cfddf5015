/*
 * The measured times as a table and as JSON: exactly the promised fields, and lines that align.
 */
#include "app/bench_report.h"
#include "tests/unit/picture_files.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>

static const struct bench_subject subject = {
    .image = "a \"b\".jpg",
    .width = 2000,
    .height = 1000,
    .bgr = true,
    .params = {.low = 12.5, .high = 150, .blur = 7, .aperture = 5, .l2 = true},
};

static const struct bench_results results = {
    .rows = {{"avx2", "whole", 2, {2, 1.9999999, 2.5}},
             {"reference", "whole", 1, {100, 90, 110}},
             {"reference", "hysteresis", 1, {12.3456789, 12, 13}}},
    .count = 3,
    .copy = {0.125, 0.1, 0.2},
    .runs = 50,
};

/** What a report of two pictures prints; valid until the next call. */
static const char *report_of(bool json, const struct bench_subject *of)
{
    static char text[16384];
    FILE *to = fmemopen(text, sizeof text, "w");
    struct bench_report *report;
    assert_int_equal(bench_report_create(&report, to, json), 0);
    assert_int_equal(bench_report_begin(report, of, results.runs), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(bench_report_add(report, of, &results), 0);
    assert_int_equal(bench_report_end(report), 0);
    bench_report_destroy(&report);
    assert_null(report);
    bench_report_destroy(&report);
    fclose(to);
    return text;
}

/** The promised fields in their order; NULL ends. */
static const struct {
    const char *name;
    double number;
    const char *text;
} fields[] = {
    {"image", 0, "a \"b\".jpg"}, {"input", 0, "bgr"},    {"stage", 0, "whole"},
    {"width", 2000, NULL},       {"height", 1000, NULL}, {"level", 0, "avx2"},
    {"threads", 2, NULL},        {"params", 0, NULL},    {"median_ms", 2, NULL},
    {"p10_ms", 2, NULL},         {"p90_ms", 2.5, NULL},  {"memcpy_ms", 0.125, NULL},
    {"runs", 50, NULL},          {NULL, 0, NULL},
};

static const struct {
    const char *name;
    double number;
} params[] = {{"low", 12.5}, {"high", 150}, {"blur", 7}, {"aperture", 5}};

static void check_params(const cJSON *item)
{
    assert_true(cJSON_IsObject(item));
    item = item->child;
    for (size_t i = 0; i < 4; i++, item = item->next) {
        assert_string_equal(item->string, params[i].name);
        assert_true(cJSON_IsNumber(item) && item->valuedouble == params[i].number);
    }
    assert_string_equal(item->string, "l2");
    assert_true(cJSON_IsTrue(item));
    assert_null(item->next);
}

static void the_fields(void **state)
{
    (void)state;
    cJSON *list = cJSON_Parse(report_of(true, &subject));
    assert_int_equal(cJSON_GetArraySize(list), 6);
    const cJSON *item = cJSON_GetArrayItem(list, 0)->child;
    for (int i = 0; fields[i].name; i++, item = item->next) {
        assert_non_null(item);
        assert_string_equal(item->string, fields[i].name);
        if (strcmp(item->string, "params") == 0)
            check_params(item);
        else if (fields[i].text)
            assert_string_equal(item->valuestring, fields[i].text);
        else
            assert_true(cJSON_IsNumber(item) && fabs(item->valuedouble - fields[i].number) < 1e-9);
    }
    assert_null(item);
    const cJSON *stage = cJSON_GetArrayItem(list, 5);
    assert_string_equal(cJSON_GetObjectItem(stage, "level")->valuestring, "reference");
    assert_string_equal(cJSON_GetObjectItem(stage, "stage")->valuestring, "hysteresis");
    // To the nanosecond.
    assert_true(cJSON_GetObjectItem(stage, "median_ms")->valuedouble == 12.345679);
    cJSON_Delete(list);
}

static void an_empty_list_is_a_list(void **state)
{
    (void)state;
    char text[16] = "";
    FILE *to = fmemopen(text, sizeof text, "w");
    struct bench_report *report;
    assert_int_equal(bench_report_create(&report, to, true), 0);
    assert_int_equal(bench_report_end(report), 0);
    bench_report_destroy(&report);
    fclose(to);
    assert_string_equal(text, "[]\n");
}

static void gray_and_the_scene(void **state)
{
    (void)state;
    struct bench_subject scene = subject;
    scene.image = "scene";
    scene.bgr = scene.params.l2 = false;
    cJSON *list = cJSON_Parse(report_of(true, &scene));
    const cJSON *first = cJSON_GetArrayItem(list, 0);
    assert_string_equal(cJSON_GetObjectItem(first, "image")->valuestring, "scene");
    assert_string_equal(cJSON_GetObjectItem(first, "input")->valuestring, "gray");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(cJSON_GetObjectItem(first, "params"), "l2")));
    cJSON_Delete(list);
    assert_non_null(strstr(report_of(false, &scene), "L1, from gray\n"));
}

/** JSON is UTF-8 and a terminal obeys nothing, whatever a file is called. */
static void a_name_that_is_no_text(void **state)
{
    (void)state;
    struct bench_subject odd = subject;
    odd.image = "b\xe4"
                "d\033[2J\n.jpg";
    cJSON *list = cJSON_Parse(report_of(true, &odd));
    assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), "image")->valuestring,
                        "b\\xE4d\\x1B[2J\\x0A.jpg");
    cJSON_Delete(list);
    assert_non_null(strstr(report_of(false, &odd), "\nb\\xE4d\\x1B[2J\\x0A.jpg, 2000x1000\n"));
}

static void the_table(void **state)
{
    (void)state;
    const char *text = report_of(false, &subject);
    assert_int_equal(strncmp(text, "Processor: ", 11), 0);
    assert_non_null(strstr(text, "Edges: low 12.5, high 150, blur 7, aperture 5, L2, from BGR\n"));
    assert_non_null(strstr(text, " 50 runs"));
    const char *block = strstr(text, "\n\na \"b\".jpg, 2000x1000\n");
    assert_non_null(block);
    static const char *const lines[] = {
        "  level        threads     median        p10        p90    Mpixel/s   x memcpy\n",
        "  avx2               2      2.000      2.000      2.500      1000.0       16.0\n",
        "  reference          1    100.000     90.000    110.000        20.0      800.0\n",
        "    hysteresis             12.346     12.000     13.000       162.0       98.8\n",
        "  memcpy             1      0.125      0.100      0.200     16000.0        1.0\n",
    };
    const char *line = strstr(block, "  level");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_memory_equal(line, lines[i], strlen(lines[i]));
        line += strlen(lines[i]);
    }
    assert_non_null(strstr(line, "a \"b\".jpg, 2000x1000\n")); // the second picture
    assert_null(strstr(line, "Processor"));
}

static void a_full_disk_is_noticed(void **state)
{
    (void)state;
    for (int json = 0; json < 2; json++) {
        FILE *to = fopen("/dev/full", "w");
        struct bench_report *report;
        assert_int_equal(bench_report_create(&report, to, json), 0);
        int ret = bench_report_begin(report, &subject, 3);
        assert_int_equal(ret, json ? 0 : -ENOSPC);
        assert_int_equal(bench_report_add(report, &subject, &results), json ? 0 : -ENOSPC);
        assert_true(bench_report_end(report) == (json ? -ENOSPC : 0));
        bench_report_destroy(&report);
        fclose(to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields),         cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(gray_and_the_scene), cmocka_unit_test(a_name_that_is_no_text),
        cmocka_unit_test(the_table),          cmocka_unit_test(a_full_disk_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
