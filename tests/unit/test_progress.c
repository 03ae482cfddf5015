/*
 * Progress by a clock that the test turns: when something is shown, when it is erased.
 */
#include "app/progress.h"
#include "processing/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ERASED "\r\033[K"

struct bench {
    int64_t now_ns;
    char terminal[4096], lines[4096];
    FILE *terminal_stream, *lines_stream;
    struct log *log;
    struct progress *progress;
};

static int64_t now_of(void *self)
{
    struct bench *bench = self;
    return bench->now_ns;
}

static void begin(struct bench *bench, bool terminal)
{
    memset(bench, 0, sizeof *bench);
    bench->now_ns = 77 * NS_PER_S;
    bench->terminal_stream = fmemopen(bench->terminal, sizeof bench->terminal, "w");
    bench->lines_stream = fmemopen(bench->lines, sizeof bench->lines, "w");
    struct log_config log = {bench->lines_stream, LOG_LEVEL_INFO, now_of, bench};
    assert_int_equal(log_open(&bench->log, &log), 0);
    struct progress_config config = {.terminal = terminal ? bench->terminal_stream : NULL,
                                     .log = bench->log,
                                     .now_ns = now_of,
                                     .self = bench};
    assert_int_equal(progress_create(&bench->progress, &config), 0);
}

static void end(struct bench *bench)
{
    progress_destroy(&bench->progress);
    assert_null(bench->progress);
    progress_destroy(&bench->progress);
    log_close(&bench->log);
    fclose(bench->terminal_stream);
    fclose(bench->lines_stream);
}

static void show_at(struct bench *bench, int ms, double share)
{
    bench->now_ns = 77 * NS_PER_S + ms * NS_PER_MS;
    progress_show(bench->progress, share, "counting sheep");
}

/** How often a text occurs. */
static int count(const char *in, const char *text)
{
    int found = 0;
    for (in = strstr(in, text); in; in = strstr(in + 1, text))
        found++;
    return found;
}

static bool ends_erased(const struct bench *bench)
{
    size_t length = strlen(bench->terminal), tail = strlen(ERASED);
    return length >= tail && strcmp(bench->terminal + length - tail, ERASED) == 0;
}

static void short_runs_are_silent(void **state)
{
    (void)state;
    struct bench bench;
    for (int terminal = 0; terminal < 2; terminal++) {
        begin(&bench, terminal);
        for (int ms = 0; ms < 2000; ms += 100)
            show_at(&bench, ms, ms / 2000.0);
        end(&bench);
        assert_string_equal(bench.terminal, "");
        assert_string_equal(bench.lines, "");
    }
}

static void the_bar_says_how_far(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, true);
    show_at(&bench, 2000, 0.5);
    assert_string_equal(bench.terminal,
                        "\r[###############...............]  50 %  counting sheep\033[K");
    show_at(&bench, 3000, 1.5); // more than everything is everything
    assert_int_equal(count(bench.terminal, "[##############################] 100 %"), 1);
    end(&bench);
    assert_true(ends_erased(&bench));
    assert_string_equal(bench.lines, "");
}

static void without_an_end_there_is_no_bar(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, true);
    show_at(&bench, 2000, -1);
    assert_string_equal(bench.terminal, "\rcounting sheep\033[K");
    end(&bench);
    begin(&bench, false);
    show_at(&bench, 2000, -1);
    end(&bench);
    assert_string_equal(bench.lines, "cannyscope: So far: counting sheep\n");
}

static void the_bar_is_drawn_ten_times_a_second(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, true);
    for (int ms = 2000; ms < 3000; ms++)
        show_at(&bench, ms, 0.1);
    assert_int_equal(count(bench.terminal, "sheep"), 10);
    end(&bench);
}

static void hidden_it_comes_back_stopped_it_does_not(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, true);
    progress_hide(bench.progress);
    assert_string_equal(bench.terminal, ""); // nothing to erase
    show_at(&bench, 2000, 0.1);
    progress_hide(bench.progress);
    assert_true(ends_erased(&bench));
    show_at(&bench, 2200, 0.2);
    assert_int_equal(count(bench.terminal, "sheep"), 2);
    progress_stop(bench.progress);
    assert_true(ends_erased(&bench));
    show_at(&bench, 9000, 0.3);
    assert_int_equal(count(bench.terminal, "sheep"), 2);
    end(&bench);
}

static void without_a_terminal_it_is_lines(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, false);
    for (int ms = 0; ms < 13000; ms += 50)
        show_at(&bench, ms, ms / 13000.0);
    end(&bench);
    assert_string_equal(bench.terminal, "");
    assert_string_equal(bench.lines, "cannyscope: 15 % done: counting sheep\n"
                                     "cannyscope: 54 % done: counting sheep\n"
                                     "cannyscope: 92 % done: counting sheep\n");
}

static void the_log_may_be_quiet(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench, false);
    log_set_level(bench.log, LOG_LEVEL_ERROR);
    show_at(&bench, 8000, 0.5);
    end(&bench);
    assert_string_equal(bench.lines, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_runs_are_silent),
        cmocka_unit_test(the_bar_says_how_far),
        cmocka_unit_test(without_an_end_there_is_no_bar),
        cmocka_unit_test(the_bar_is_drawn_ten_times_a_second),
        cmocka_unit_test(hidden_it_comes_back_stopped_it_does_not),
        cmocka_unit_test(without_a_terminal_it_is_lines),
        cmocka_unit_test(the_log_may_be_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
