// The settings file as it is read: strictly, and never lost.

#include "app/json_text.h"
#include "tests/unit/config_fixture.h"

#include <errno.h>
#include <unistd.h>

static void test_no_file(void **state)
{
    (void)state;
    struct settings before;
    memcpy(&before, &settings, sizeof before);
    assert_int_equal(open_file(), 0);
    assert_non_null(config);
    assert_memory_equal(&settings, &before, sizeof settings);
    assert_null(text_of(""));
}

static void test_no_path(void **state)
{
    (void)state;
    assert_int_equal(config_open(&config, NULL, &settings, &problem), 0);
    assert_int_equal(config_save(config, &settings, &problem), 0);
    config_close(&config);
    assert_null(config);
    assert_int_equal(config_open(&config, "", &settings, &problem), 0);
    assert_int_equal(config_save(config, &settings, &problem), 0);
    assert_int_equal(config_save(NULL, &settings, &problem), 0);
    assert_int_equal(count_files(), 0);
}

static void test_round_trip(void **state)
{
    (void)state;
    assert_int_equal(open_file(), 0);
    settings.canny = (struct canny_params){12.25, 0.1, 7, 5, true, GRAY_BGR};
    settings.view = VIEW_GRAY;
    settings.overlay = OVERLAY_FULL;
    settings.panel = false;
    settings.noise = 77;
    settings.window_size = (struct setting_size){801, 602};
    snprintf(settings.last_source, sizeof settings.last_source, "a \"b\"\\\n\xc3\xa9\xff");
    snprintf(settings.source, sizeof settings.source, "never kept");
    settings.frames = 5;
    struct settings saved = settings;
    save_and_reopen();

    assert_true(settings.canny.low == 12.25 && settings.canny.high == 0.1);
    assert_true(settings.canny.blur == 7 && settings.canny.aperture == 5);
    assert_true(settings.canny.l2 && settings.canny.gray == GRAY_BGR);
    assert_int_equal(settings.view, VIEW_GRAY);
    assert_int_equal(settings.overlay, OVERLAY_FULL);
    assert_false(settings.panel);
    assert_int_equal(settings.noise, 77);
    assert_int_equal(settings.window_size.width, 801);
    assert_int_equal(settings.window_size.height, 602);
    assert_string_equal(settings.last_source, saved.last_source);
    assert_string_equal(settings.source, "");
    assert_int_equal(settings.frames, 0);
    assert_int_equal(count_files(), 1);
}

static void test_file_changes_defaults(void **state)
{
    (void)state;
    write_text("{\"low\": 10, \"blur\": 0, \"gray\": \"bgr\", \"l2\": true, \"window\": \"9x8\"}");
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 10 && settings.canny.high == 150);
    assert_int_equal(settings.canny.blur, 0);
    assert_int_equal(settings.canny.gray, GRAY_BGR);
    assert_true(settings.canny.l2);
    assert_int_equal(settings.window_size.height, 8);
    assert_null(text_of(".bad"));
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    write_text("\xef\xbb\xbf{\"low\": 10}\n");
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 10);
}

struct broken_case {
    const char *text;
    const char *words; ///< in the sentence
};

static const struct broken_case broken_cases[] = {
    {"", "line 1"},
    {"\n\n", "line 3"},
    {"nonsense", "line 1"},
    {"[1, 2]", "not a JSON object"},
    {"3", "not a JSON object"},
    {"null", "not a JSON object"},
    {"{\"low\": 10,\n\"high\": }", "line 2"},
    {"{\"low\": 10\n\n\"high\": 20}", "line 3"},
    {"{\n\"low\": 10,\n}", "line 3"},
    {"{\"low\": 10}\n\nmore", "line 3"},
    {"{\"low\": 10}\n{}", "line 2"},
    {"{\n\"low\": NaN}", "line 2"},
    {"{\n\n\"low\": Infinity}", "line 3"},
    {"{\"low\": 0x10}", "line 1"},
    {"{\n\"source\": \"abc\n}", "line 2"},
    {"{'low': 10}", "line 1"},
    {"{\"low\": 10", "line 1"},
    {"{\n// why\n}", "line 2"},
    {"{\"source\": \"\\ud800\"}", "line 1"},
    {"{\"low\": \"10\"}", "\"low\" must be a number"},
    {"{\"low\": null}", "\"low\""},
    {"{\"low\": [10]}", "\"low\""},
    {"{\"low\": true}", "\"low\""},
    {"{\"low\": 1e999}", "\"low\""},
    {"{\"low\": -1e999}", "\"low\""},
    {"{\"high\": 1e300}", "\"high\""},
    {"{\"blur\": 4}", "\"blur\" must be 0, 3, 5 or 7"},
    {"{\"blur\": 3.5}", "\"blur\""},
    {"{\"blur\": 1e20}", "\"blur\""},
    {"{\"l2\": 1}", "\"l2\" must be true or false"},
    {"{\"l2\": \"true\"}", "\"l2\""},
    {"{\"gray\": 1}", "\"gray\" must be luma or bgr"},
    {"{\"gray\": \"green\"}", "\"gray\""},
    {"{\"view\": \"nothing\"}", "\"view\""},
    {"{\"window\": \"0x0\"}", "\"window\""},
    {"{\"window\": \"99999x1\"}", "\"window\""},
    {"{\"source\": \"\"}", "\"source\""},
    {"{\"source\": {}}", "\"source\""},
    {"{\"low\": 10, \"low\": \"x\"}", "\"low\""},
    {"{\"low\": 10, \"high\": 20, \"noise\": 101}", "\"noise\""},
};

static void test_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken_cases / sizeof broken_cases[0]; i++) {
        const struct broken_case *c = &broken_cases[i];
        struct settings before;
        memcpy(&before, &settings, sizeof before);
        char bad[160];
        write_text(c->text);
        if (open_file() != -EINVAL)
            fail_msg("accepted: %s", c->text);
        if (!strstr(problem.text, c->words) || !strstr(problem.text, "config.json.bad"))
            fail_msg("%s gave: %s", c->text, problem.text);
        assert_memory_equal(&settings, &before, sizeof settings);
        assert_null(text_of(""));
        assert_string_equal(text_of(".bad"), c->text);
        assert_non_null(config);
        snprintf(bad, sizeof bad, "%s.bad", file);
        assert_int_equal(unlink(bad), 0);
    }
}

static void test_zero_bytes(void **state)
{
    (void)state;
    write_bytes(file, "{\"low\": 10,\n\"x\": \"\0\"}", 22);
    assert_int_equal(open_file(), -EINVAL);
    assert_non_null(strstr(problem.text, "line 2: a zero byte"));
    write_bytes(file, "{\"low\": 10}\0", 12);
    assert_int_equal(open_file(), -EINVAL);
    assert_true(settings.canny.low == 50);
}

/** {"x": [[[...]]]} with so many brackets. */
static void write_nested(int depth)
{
    static char text[JSON_FILE_MAX_BYTES];
    int used = snprintf(text, sizeof text, "{\n\"x\": ");
    for (int i = 0; i < depth; i++)
        text[used++] = '[';
    for (int i = 0; i < depth; i++)
        text[used++] = ']';
    text[used++] = '}';
    write_bytes(file, text, (size_t)used);
}

static void test_nesting(void **state)
{
    (void)state;
    write_nested(JSON_MAX_DEPTH - 1);
    assert_int_equal(open_file(), 0);
    write_nested(JSON_MAX_DEPTH);
    assert_int_equal(open_file(), -EINVAL);
    assert_non_null(strstr(problem.text, "line 2: nested too deeply"));
    write_nested(30000);
    assert_int_equal(open_file(), -EINVAL);

    // Brackets in strings do not nest, whatever is escaped before them.
    write_text("{\"x\": \"[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[\\\\\", \"low\": 10}");
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 10);
}

/** A file of exactly so many bytes that says low 10. */
static void write_long(size_t size)
{
    static char text[2 * JSON_FILE_MAX_BYTES];
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"low\": 10", 10);
    text[size - 1] = '}';
    write_bytes(file, text, size);
}

static void test_size(void **state)
{
    (void)state;
    write_long(JSON_FILE_MAX_BYTES);
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 10);
    settings_reset(&settings);
    write_long(JSON_FILE_MAX_BYTES + 1);
    assert_int_equal(open_file(), -EINVAL);
    assert_non_null(strstr(problem.text, "64 KB"));
    assert_true(settings.canny.low == 50);
    assert_int_equal(strlen(text_of(".bad")), JSON_FILE_MAX_BYTES + 1);
}

static void test_equal_keys(void **state)
{
    (void)state;
    write_text("{\"low\": 10, \"x\": 1, \"low\": 20, \"x\": 2, \"low\": 30}");
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 30);
    settings.canny.low = 40;
    save_and_reopen();
    assert_true(settings.canny.low == 40);
    const char *text = text_of("");
    const char *first = strstr(text, "\"low\"");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"low\""));
    assert_non_null(strstr(text, "\"x\":\t1"));
    assert_non_null(strstr(text, "\"x\":\t2"));
}

static void test_unknown_keys_stay(void **state)
{
    (void)state;
    write_text("{\"later\": {\"deep\": [1, 2.5, null, true, \"\\u00e9\"]}, \"low\": 10,"
               "\"Low\": 3, \"\": 0}");
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 10);
    settings.canny.low = 11;
    save_and_reopen();
    assert_true(settings.canny.low == 11);
    const char *text = text_of("");
    assert_non_null(strstr(text, "[1, 2.5, null, true, \"\xc3\xa9\"]"));
    assert_non_null(strstr(text, "\"Low\":\t3"));
    assert_non_null(strstr(text, "\"\":\t0"));
    // In the order in which they stood.
    assert_true(strstr(text, "later") < strstr(text, "\"low\""));
}

static void test_unknown_keys_survive_a_bad_value(void **state)
{
    (void)state;
    write_text("{\"later\": 7, \"blur\": 4}");
    assert_int_equal(open_file(), -EINVAL);
    save_and_reopen();
    assert_non_null(strstr(text_of(""), "\"later\":\t7"));
    assert_int_equal(settings.canny.blur, 5);
    assert_string_equal(text_of(".bad"), "{\"later\": 7, \"blur\": 4}");
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(test_no_file),
        TEST(test_no_path),
        TEST(test_round_trip),
        TEST(test_file_changes_defaults),
        TEST(test_byte_order_mark),
        TEST(test_broken),
        TEST(test_zero_bytes),
        TEST(test_nesting),
        TEST(test_size),
        TEST(test_equal_keys),
        TEST(test_unknown_keys_stay),
        TEST(test_unknown_keys_survive_a_bad_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
