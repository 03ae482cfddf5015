/*
 * The numbers as text: exactly the promised fields, one line a second, and a full disk said once.
 */
#include "app/stats_file.h"
#include "tests/unit/picture_files.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <regex.h>

static const struct control_values values = {.canny = {.low = 12.5, .high = 150}};

static struct stats_report example(double time_s)
{
    return (struct stats_report){
        .time_s = time_s,
        .pictures = 61,
        .capture = {.state = CAPTURE_STREAMING,
                    .info = {.name = "Camera \"A\"", .width = 1280, .height = 720},
                    .reconnects = 2},
        .frame_bytes = INT64_C(5000000000),
        .allocations = 77,
        .library_allocations = 1234,
        .numbers = {.fps = 29.966,
                    .camera_fps = -1,
                    .dropped_driver = 3,
                    .dropped_skipped = 4,
                    .damaged = 5,
                    .age_p50_ms = 10.12345,
                    .age_p99_ms = 20,
                    .stamp_age_p50_ms = 30.5,
                    .stamp_age_p99_ms = 40.25,
                    .decode_ms = 1.5,
                    .canny_ms = 0.25,
                    .rss_bytes = 41943040,
                    .peak_rss_bytes = 52428800,
                    .heap_bytes = 1000,
                    .heap_free_bytes = 2000},
    };
}

/** The promised fields, their order, and what they are in the example; text where there is one. */
static const struct {
    const char *name;
    double number;
    const char *text;
} fields[] = {
    {"time_s", 2.5, NULL},
    {"source", 0, "Camera \"A\""},
    {"width", 1280, NULL},
    {"height", 720, NULL},
    {"fps", 29.97, NULL},
    {"camera_fps", -1, NULL},
    {"frames", 61, NULL},
    {"dropped_driver", 3, NULL},
    {"dropped_skipped", 4, NULL},
    {"damaged", 5, NULL},
    {"reconnects", 2, NULL},
    {"age_p50_ms", 10.123, NULL},
    {"age_p99_ms", 20, NULL},
    {"stamp_age_p50_ms", 30.5, NULL},
    {"stamp_age_p99_ms", 40.25, NULL},
    {"decode_ms", 1.5, NULL},
    {"canny_ms", 0.25, NULL},
    {"rss_bytes", 41943040, NULL},
    {"peak_rss_bytes", 52428800, NULL},
    {"heap_bytes", 1000, NULL},
    {"heap_free_bytes", 2000, NULL},
    {"frame_bytes", 5e9, NULL},
    {"allocations", 77, NULL},
    {"low", 12.5, NULL},
    {"high", 150, NULL},
    {"library_allocations", 1234, NULL},
    {"state", 0, "streaming"},
};

static cJSON *parse(const struct stats_report *report)
{
    char text[4096];
    assert_int_equal(stats_format_json(report, &values, text, sizeof text), 0);
    assert_null(strchr(text, '\n'));
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    return json;
}

static void test_the_fields(void **state)
{
    (void)state;
    struct stats_report report = example(2.5);
    cJSON *json = parse(&report);
    const cJSON *item = json->child;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++, item = item->next) {
        assert_non_null(item);
        assert_string_equal(item->string, fields[i].name);
        if (fields[i].text)
            assert_string_equal(item->valuestring, fields[i].text);
        else if (fabs(item->valuedouble - fields[i].number) > 1e-9)
            fail_msg("%s is %g", fields[i].name, item->valuedouble);
    }
    assert_null(item);
    cJSON_Delete(json);
}

/** What is not counted is left out: 0 would be a number. */
static void test_uncounted_allocations(void **state)
{
    (void)state;
    struct stats_report report = example(2.5);
    report.library_allocations = -1;
    cJSON *json = parse(&report);
    assert_null(cJSON_GetObjectItem(json, "library_allocations"));
    assert_int_equal(cJSON_GetArraySize(json), sizeof fields / sizeof fields[0] - 1);
    cJSON_Delete(json);
}

static void test_the_state(void **state)
{
    (void)state;
    static const struct {
        enum capture_state state;
        const char *name;
    } cases[] = {{CAPTURE_OPENING, "waiting"},
                 {CAPTURE_STREAMING, "streaming"},
                 {CAPTURE_WAITING, "waiting"}};
    for (int i = 0; i < 3; i++) {
        struct stats_report report = example(1);
        report.capture.state = cases[i].state;
        cJSON *json = parse(&report);
        assert_string_equal(cJSON_GetObjectItem(json, "state")->valuestring, cases[i].name);
        cJSON_Delete(json);
    }
}

/** They are there as soon as there is a virtual camera. */
static void test_the_virtual_camera(void **state)
{
    (void)state;
    struct stats_report report = example(1);
    char text[4096];
    stats_format_summary(&report, text, sizeof text);
    assert_null(strstr(text, "virtual camera"));
    report.loopback = (struct loopback_status){.on = true, .written = 58, .dropped = 3};
    stats_format_summary(&report, text, sizeof text);
    assert_non_null(strstr(text, ", virtual camera 58 written, 3 dropped"));
    for (int on = 1; on >= 0; on--) {
        report.loopback.on = on;
        cJSON *json = parse(&report);
        assert_int_equal(cJSON_GetObjectItem(json, "loopback_written")->valueint, 58);
        assert_int_equal(cJSON_GetObjectItem(json, "loopback_dropped")->valueint, 3);
        cJSON_Delete(json);
    }
}

/** They are there as soon as there is a recording. */
static void test_the_recording(void **state)
{
    (void)state;
    struct stats_report report = example(1);
    char text[4096];
    stats_format_summary(&report, text, sizeof text);
    assert_null(strstr(text, "recorded"));
    report.recorder = (struct recorder_status){.files = 2,
                                               .written = 90,
                                               .lost = 4,
                                               .duration_ns = 1500000000,
                                               .bytes = 1234,
                                               .queue_bytes = 4096};
    stats_format_summary(&report, text, sizeof text);
    assert_non_null(strstr(text, ", recorded 90, 4 lost"));
    static const struct {
        const char *name;
        double value;
    } recorded[] = {{"record_files", 2}, {"record_frames", 90},  {"record_dropped", 4},
                    {"record_s", 1.5},   {"record_bytes", 1234}, {"record_queue_bytes", 4096}};
    cJSON *json = parse(&report);
    for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++)
        assert_true(cJSON_GetObjectItem(json, recorded[i].name)->valuedouble == recorded[i].value);
    cJSON_Delete(json);
}

/** JSON is UTF-8 whatever a file is called. */
static void test_a_name_that_is_no_text(void **state)
{
    (void)state;
    struct stats_report report = example(1);
    memset(report.capture.info.name, 0xff, sizeof report.capture.info.name - 1);
    memcpy(report.capture.info.name, "K\xc3\xa4se\xc3 ", 7);
    cJSON *json = parse(&report);
    const char *source = cJSON_GetObjectItem(json, "source")->valuestring;
    assert_memory_equal(source, "K\xc3\xa4se\\xC3 \\xFF", 14);
    assert_null(strchr(source, '\xff'));
    cJSON_Delete(json);
}

static void test_too_little_room(void **state)
{
    (void)state;
    struct stats_report report = example(1);
    char text[100];
    assert_int_equal(stats_format_json(&report, &values, text, sizeof text), -ENOMEM);
}

static void test_the_summary(void **state)
{
    (void)state;
    struct stats_report report = example(2);
    char text[512];
    stats_format_summary(&report, text, sizeof text);
    assert_string_equal(text, "Processed 61 frames in 2.0 s (30.5 FPS), Canny 0.25 ms, dropped 3 "
                              "by the driver, 4 skipped, 5 damaged, peak memory 50.0 MB");
    report.time_s = 0;
    report.numbers.canny_ms = -1;
    stats_format_summary(&report, text, sizeof text);
    assert_string_equal(text, "Processed 61 frames in 0.0 s (0.0 FPS), dropped 3 by the driver, 4 "
                              "skipped, 5 damaged, peak memory 50.0 MB");
}

static int count_lines(const char *path)
{
    static struct bytes bytes;
    int lines = 0;
    bytes_load(&bytes, path);
    for (size_t i = 0; i < bytes.count; i++)
        lines += bytes.data[i] == '\n';
    return lines;
}

static void write_at(struct stats_file *file, double time_s, bool last)
{
    struct stats_report report = example(time_s);
    assert_int_equal(stats_file_write(file, &report, &values, last, NULL), 0);
}

static void test_a_line_a_second(void **state)
{
    static const struct {
        double time_s;
        bool last;
        int lines; ///< then
    } cases[] = {
        {0, false, 0},
        {0.99, false, 0},
        {1.04, false, 1},
        {1.5, false, 1},
        {1.99, false, 1},
        // Ticks that come late do not add up to a missing line.
        {2.03, false, 2},
        {3.01, false, 3},
        {4.0, false, 4},
        {7.5, false, 5},
        {7.9, false, 5},
        {8.2, false, 6},
        {8.3, true, 7},
    };
    const struct folder *folder = *state;
    const char *path = in_folder(folder, "numbers.json");
    struct stats_file *file;
    assert_int_equal(stats_file_open(&file, path, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_at(file, cases[i].time_s, cases[i].last);
        assert_int_equal(count_lines(path), cases[i].lines);
    }
    stats_file_close(&file);
    assert_null(file);
    stats_file_close(&file);
    // Appended, and a run however short leaves a line.
    assert_int_equal(stats_file_open(&file, path, NULL), 0);
    write_at(file, 0.01, true);
    stats_file_close(&file);
    assert_int_equal(count_lines(path), 8);
}

static void test_the_format_for_plots(void **state)
{
    static struct bytes bytes;
    const struct folder *folder = *state;
    const char *path = in_folder(folder, "memory.dat");
    struct stats_file *file;
    time_t before = time(NULL);
    assert_int_equal(stats_file_open(&file, path, NULL), 0);
    write_at(file, 1, false);
    write_at(file, 2, false);
    stats_file_close(&file);
    bytes_load(&bytes, path);
    bytes.data[bytes.count] = 0;
    regex_t form;
    assert_int_equal(regcomp(&form,
                             "^CMDLINE [^\n]+\n"
                             "(MEM 40\\.000000 ([0-9]{10,})\\.[0-9]{4}\n){2}$",
                             REG_EXTENDED),
                     0);
    regmatch_t parts[3];
    assert_int_equal(regexec(&form, (const char *)bytes.data, 3, parts, 0), 0);
    regfree(&form);
    long long when = atoll((const char *)bytes.data + parts[2].rm_so);
    // Not time(), whose clock is a tick behind.
    struct timespec after;
    clock_gettime(CLOCK_REALTIME, &after);
    assert_true(when >= before && when <= after.tv_sec);
}

static void test_what_cannot_be_opened(void **state)
{
    const struct folder *folder = *state;
    struct stats_file *file;
    struct error err = {""};
    const char *path = in_folder(folder, "no/such/folder.json");
    assert_int_equal(stats_file_open(&file, path, &err), -ENOENT);
    assert_null(file);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "No such file or directory"));
}

static void test_a_full_disk_is_said_once(void **state)
{
    (void)state;
    struct stats_file *file;
    struct error err = {""};
    struct stats_report report = example(1);
    assert_int_equal(stats_file_open(&file, "/dev/full", &err), 0);
    assert_int_equal(stats_file_write(file, &report, &values, false, &err), -ENOSPC);
    assert_string_equal(err.text, "Cannot write statistics to /dev/full: No space left on device");
    for (int i = 2; i < 5; i++)
        write_at(file, i, i == 4);
    stats_file_close(&file);
}

static int set_up(void **state)
{
    static struct folder folder;
    folder_make(&folder);
    *state = &folder;
    return 0;
}

static int tear_down(void **state)
{
    folder_remove(*state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fields),
        cmocka_unit_test(test_uncounted_allocations),
        cmocka_unit_test(test_the_state),
        cmocka_unit_test(test_the_virtual_camera),
        cmocka_unit_test(test_the_recording),
        cmocka_unit_test(test_a_name_that_is_no_text),
        cmocka_unit_test(test_too_little_room),
        cmocka_unit_test(test_the_summary),
        TEST(test_a_line_a_second),
        TEST(test_the_format_for_plots),
        TEST(test_what_cannot_be_opened),
        cmocka_unit_test(test_a_full_disk_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
