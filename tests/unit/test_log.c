// Messages: safe to look at, folded, rationed; by a clock that the test turns.

#include "app/log.h"
#include "processing/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct log *log_;
static FILE *stream;
static char *text;
static size_t text_bytes, seen;
static int64_t now_ns;

static int64_t test_clock(void *self)
{
    return *(int64_t *)self;
}

static int open_log(void **state)
{
    (void)state;
    now_ns = 100 * NS_PER_S;
    seen = 0;
    stream = open_memstream(&text, &text_bytes);
    struct log_config config = {
        .stream = stream, .level = LOG_LEVEL_INFO, .now_ns = test_clock, .self = &now_ns};
    return stream ? log_open(&log_, &config) : -1;
}

static int close_log(void **state)
{
    (void)state;
    log_close(&log_);
    fclose(stream);
    free(text);
    return 0;
}

/** Checks what was printed since the last call. */
static void assert_printed(const char *expected)
{
    fflush(stream);
    assert_string_equal(text + seen, expected);
    seen = text_bytes;
}

static int count_lines(void)
{
    int count = 0;
    fflush(stream);
    for (const char *c = text; *c; c++)
        count += *c == '\n';
    return count;
}

static void say_numbered(enum log_level level, int from, int to)
{
    for (int i = from; i < to; i++)
        log_write(log_, level, "message %d", i);
}

static void test_prefix_and_levels(void **state)
{
    (void)state;
    log_write(log_, LOG_LEVEL_ERROR, "a %d", 1);
    log_write(log_, LOG_LEVEL_INFO, "b");
    log_write(log_, LOG_LEVEL_DEBUG, "c");
    assert_printed("cannyscope: a 1\ncannyscope: b\n");
    log_set_level(log_, LOG_LEVEL_DEBUG);
    log_write(log_, LOG_LEVEL_DEBUG, "d");
    assert_printed("cannyscope: d\n");
    log_set_level(log_, LOG_LEVEL_ERROR);
    log_write(log_, LOG_LEVEL_WARNING, "e");
    log_write(NULL, LOG_LEVEL_ERROR, "nowhere");
    log_tick(NULL);
    assert_printed("");
}

static void test_folding(void **state)
{
    (void)state;
    for (int i = 0; i < 58; i++)
        log_write(log_, LOG_LEVEL_WARNING, "lost");
    assert_printed("cannyscope: lost\n");
    log_write(log_, LOG_LEVEL_WARNING, "other");
    assert_printed("cannyscope: other\n");
    log_tick(log_);
    assert_printed("");
    now_ns += 5 * NS_PER_S;
    log_tick(log_);
    assert_printed("cannyscope: lost (repeated 57 times)\n");
    log_tick(log_);
    assert_printed("");
}

static void test_endless_repeats_are_said_now_and_then(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        log_write(log_, LOG_LEVEL_WARNING, "lost");
        now_ns += NS_PER_S / 10;
    }
    assert_printed("cannyscope: lost\ncannyscope: lost (repeated 50 times)\n");
    now_ns += 5 * NS_PER_S;
    log_write(log_, LOG_LEVEL_WARNING, "lost");
    assert_printed("cannyscope: lost (repeated 50 times)\n");
}

static void test_late_repeat_is_a_message(void **state)
{
    (void)state;
    log_write(log_, LOG_LEVEL_INFO, "back");
    now_ns += 6 * NS_PER_S;
    log_write(log_, LOG_LEVEL_INFO, "back");
    assert_printed("cannyscope: back\ncannyscope: back\n");
}

static void test_taking_turns_folds_too(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        log_write(log_, LOG_LEVEL_INFO, "one");
        log_write(log_, LOG_LEVEL_INFO, "two");
    }
    assert_printed("cannyscope: one\ncannyscope: two\n");
    now_ns += 5 * NS_PER_S;
    log_tick(log_);
    assert_printed("cannyscope: one (repeated 19 times)\ncannyscope: two (repeated 19 times)\n");
}

static void test_forgotten_message_says_its_repeats(void **state)
{
    (void)state;
    log_write(log_, LOG_LEVEL_INFO, "first");
    log_write(log_, LOG_LEVEL_INFO, "first");
    for (int i = 0; i < 8; i++) {
        now_ns += NS_PER_S / 2;
        log_write(log_, LOG_LEVEL_INFO, "message %d", i);
    }
    assert_non_null(strstr(text, "message 7\ncannyscope: first (repeated 1 times)\n"));
}

static void test_ration(void **state)
{
    (void)state;
    say_numbered(LOG_LEVEL_INFO, 0, 100);
    assert_int_equal(count_lines(), 8);
    // Errors still find room, but not without end.
    say_numbered(LOG_LEVEL_ERROR, 200, 203);
    assert_int_equal(count_lines(), 9);
    assert_non_null(strstr(text, "message 200\n"));
    now_ns += NS_PER_S - 1;
    log_write(log_, LOG_LEVEL_INFO, "too early");
    assert_int_equal(count_lines(), 9);
    now_ns += 1;
    log_write(log_, LOG_LEVEL_INFO, "in time");
    assert_non_null(strstr(text, "cannyscope: 95 messages were held back\n"
                                 "cannyscope: in time\n"));
}

static void test_tick_says_what_was_held_back(void **state)
{
    (void)state;
    say_numbered(LOG_LEVEL_INFO, 0, 10);
    log_tick(log_);
    assert_null(strstr(text, "held back"));
    now_ns += NS_PER_S;
    log_tick(log_);
    assert_non_null(strstr(text, "cannyscope: 2 messages were held back\n"));
}

/** Whatever is said, no second has more than ten lines. */
static void test_no_second_has_more_than_ten_lines(void **state)
{
    (void)state;
    int64_t moments[11];
    int lines = 0;
    srand(1);
    for (int i = 0; i < 4000; i++) {
        now_ns += rand() % 20 * NS_PER_MS;
        if (rand() % 4 == 0)
            log_tick(log_);
        else
            log_write(log_, (enum log_level)(rand() % 3), "message %d", rand() % 30);
        for (int count = count_lines(); lines < count; lines++) {
            moments[lines % 11] = now_ns;
            if (lines >= 10)
                assert_true(now_ns - moments[(lines + 1) % 11] >= NS_PER_S);
        }
    }
    assert_true(lines > 100);
}

static void test_close_says_the_rest(void **state)
{
    (void)state;
    log_write(log_, LOG_LEVEL_INFO, "lost");
    log_write(log_, LOG_LEVEL_INFO, "lost");
    say_numbered(LOG_LEVEL_INFO, 0, 20);
    say_numbered(LOG_LEVEL_ERROR, 20, 30);
    log_close(&log_);
    assert_null(log_);
    assert_int_equal(count_lines(), 10);
    assert_non_null(strstr(text, "messages were held back\n"));
    log_close(&log_);
}

static void test_escape(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x1b[31mred\x1b[0m", "\\x1B[31mred\\x1B[0m"},
        {"a\nb\tc\rd", "a\\x0Ab\\x09c\\x0Dd"},
        {"\x7f\x01", "\\x7F\\x01"},
        {"\xff\xfe", "\\xFF\\xFE"},
        {"\xc2\x9b"
         "31m",
         "\\xC2\\x9B31m"},
        {"\xc2\xa0", "\xc2\xa0"},
        {"\xc0\x80", "\\xC0\\x80"},
        {"\xe0\x9f\xbf", "\\xE0\\x9F\\xBF"},
        {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
        {"\xf0\x8f\xbf\xbf", "\\xF0\\x8F\\xBF\\xBF"},
        {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
        {"\xf5\x80\x80\x80", "\\xF5\\x80\\x80\\x80"},
        {"\xe2\x82", "\\xE2\\x82"},
        {"\xe2\x82z", "\\xE2\\x82z"},
        {"\xc3", "\\xC3"},
        {"\x80", "\\x80"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char escaped[64];
        log_escape(cases[i][0], escaped, sizeof escaped);
        assert_string_equal(escaped, cases[i][1]);
    }
}

static void test_escape_cuts_at_characters(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "", "", "", "", "\\x0A", "\\x0A", "\\x0A\xc3\xa9", "\\x0A\xc3\xa9z"};
    for (size_t bytes = 1; bytes <= 8; bytes++) {
        char escaped[9];
        memset(escaped, '#', sizeof escaped);
        log_escape("\n\xc3\xa9z", escaped, bytes);
        assert_string_equal(escaped, cases[bytes - 1]);
        assert_int_equal(escaped[bytes], '#');
    }
}

static void test_messages_are_escaped(void **state)
{
    (void)state;
    log_write(log_, LOG_LEVEL_INFO, "cannot read %s", "a\x1b[2J\n\xff.png");
    assert_printed("cannyscope: cannot read a\\x1B[2J\\x0A\\xFF.png\n");
}

static void test_long_message(void **state)
{
    (void)state;
    char name[5000];
    memset(name, '\n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    log_write(log_, LOG_LEVEL_INFO, "%s", name);
    log_write(log_, LOG_LEVEL_INFO, "%s", name);
    assert_int_equal(count_lines(), 1);
}

static void *talk(void *number)
{
    for (int i = 0; i < 200; i++) {
        log_write(log_, LOG_LEVEL_WARNING, "thread %d says %d", *(int *)number, i % 5);
        log_tick(log_);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    int numbers[4] = {1, 2, 3, 4};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk, &numbers[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_close(&log_);
    assert_true(count_lines() <= 10);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_int_equal(strncmp(line, "cannyscope: ", 12), 0);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, open_log, close_log)
    const struct CMUnitTest tests[] = {
        TEST(test_prefix_and_levels),
        TEST(test_folding),
        TEST(test_endless_repeats_are_said_now_and_then),
        TEST(test_late_repeat_is_a_message),
        TEST(test_taking_turns_folds_too),
        TEST(test_forgotten_message_says_its_repeats),
        TEST(test_ration),
        TEST(test_tick_says_what_was_held_back),
        TEST(test_no_second_has_more_than_ten_lines),
        TEST(test_close_says_the_rest),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_cuts_at_characters),
        TEST(test_messages_are_escaped),
        TEST(test_long_message),
        TEST(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
