#include "tests/kernels/suite.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_REPORTS = 4, TEXT_BYTES = 160 };

/** What is running, as text: a signal handler can do no more than write it. */
static struct {
    const char *group;
    char run[CASE_TEXT_BYTES + 80];
} current = {.group = ""};

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM};
enum { CRASHES = sizeof crashes / sizeof *crashes };
static struct sigaction before[CRASHES];

static void describe(char *text, size_t bytes, const struct kernel_case *c, enum cpu_level level,
                     struct cut cut)
{
    char words[CASE_TEXT_BYTES];
    case_print(c, words);
    snprintf(text, bytes, "      %d bands, %s; again: --level %s --case '%s'\n", cut.bands,
             band_order_name(cut.order), cpu_level_name(level), words);
}

static void say(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

/** Says where and lets the signal strike again, as it would have done without us. */
static void on_crash(int signal)
{
    static const char digits[] = "0123456789";
    char number[] = {digits[signal / 10], digits[signal % 10], '\n', '\0'};
    say("FAIL  ");
    say(current.group);
    say(": signal ");
    say(number);
    say(current.run);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &before[i], NULL);
    if (signal == SIGTERM)
        raise(signal); // nothing would send it again
}

void suite_explain_crashes(void)
{
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &(struct sigaction){.sa_handler = on_crash}, &before[i]);
}

bool suite_begin(struct suite *suite, const char *group)
{
    if (suite->only_group && strcmp(suite->only_group, group) != 0)
        return false;
    suite->group = current.group = group;
    memset(suite->runs, 0, sizeof suite->runs);
    memset(suite->failures, 0, sizeof suite->failures);
    suite->started_ns = clock_now_ns();
    return true;
}

void suite_end(struct suite *suite)
{
    double seconds = (double)(clock_now_ns() - suite->started_ns) / 1e9;
    for (int level = 0; level < CPU_LEVELS; level++) {
        if (!suite->uses[level])
            continue;
        // A group that ran nothing has shown nothing.
        bool good = suite->failures[level] == 0 && suite->runs[level] > 0;
        suite->passed += good;
        suite->failed += !good;
        printf("%s %-6s %-12s %6d runs, %d failures\n", good ? "ok   " : "FAIL ",
               cpu_level_name((enum cpu_level)level), suite->group, suite->runs[level],
               suite->failures[level]);
    }
    printf("      %s: %.1f s\n", suite->group, seconds);
    fflush(stdout);
}

void suite_fail(struct suite *suite, enum cpu_level level, const struct kernel_case *c,
                struct cut cut, const char *what)
{
    if (suite->failures[level]++ >= MOST_REPORTS)
        return;
    char line[sizeof current.run];
    describe(line, sizeof line, c, level, cut);
    printf("FAIL  %s, %s: %s\n%s", cpu_level_name(level), suite->group, what, line);
}

void suite_run(struct suite *suite, enum cpu_level level, const struct kernel_case *c,
               struct canny *scratch, struct cut cut)
{
    char text[TEXT_BYTES];
    struct ordered_bands bands = {.order = cut.order, .seed = c->seed};
    struct bench *bench = &suite->bench;
    describe(current.run, sizeof current.run, c, level, cut);
    bench_clear_output(bench);
    int64_t allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    int status =
        canny_run(scratch, &c->params, &bench->frame, &bench->edges, ordered_bands_runner(&bands));
    suite->runs[level]++;
    if (bands.most > suite->most_bands)
        suite->most_bands = bands.most;
    if (status < 0)
        suite_fail(suite, level, c, cut, "canny_run() refuses");
    else if (!bench_compare(bench, text, sizeof text))
        suite_fail(suite, level, c, cut, text);
    else if (memory_sum_of(MEMORY_OWNERS).total_count != allocations)
        suite_fail(suite, level, c, cut, "canny_run() allocates");
}

void suite_run_fresh(struct suite *suite, enum cpu_level level, const struct kernel_case *c,
                     struct cut cut)
{
    struct canny *scratch;
    if (cpu_select(level) < 0 || canny_create(&scratch, c->width, c->height, cut.bands) < 0) {
        suite_fail(suite, level, c, cut, "canny_create() refuses");
        return;
    }
    suite_run(suite, level, c, scratch, cut);
    canny_destroy(&scratch);
}

void suite_check(struct suite *suite, const struct kernel_case *c, const struct cut *cuts,
                 int count)
{
    describe(current.run, sizeof current.run, c, CPU_C, cuts[0]);
    cpu_select(CPU_C); // for what the reference shares with canny_run(): gray
    int status = bench_prepare(&suite->bench, c);
    for (int level = 0; level < CPU_LEVELS; level++) {
        if (!suite->uses[level])
            continue;
        if (status < 0)
            suite_fail(suite, (enum cpu_level)level, c, cuts[0], "the reference refuses");
        for (int i = 0; status == 0 && i < count; i++)
            suite_run_fresh(suite, (enum cpu_level)level, c, cuts[i]);
    }
    current.run[0] = '\0';
}

void suite_check_drawn(struct suite *suite, const struct kernel_case *c, struct draw *draw)
{
    static const int bands[] = {2, 3, 4, 5, 7, 8, 16, 64};
    struct cut cuts[] = {{1, BANDS_ALONE}, {0, BANDS_ALONE}};
    cuts[1].bands = bands[draw_below(draw, 8)];
    cuts[1].order = (enum band_order)draw_below(draw, BANDS_THREADED);
    suite_check(suite, c, cuts, 2);
}
