/**
 * @file
 * Holds canny_run(), at every level that this CPU has, to canny_reference_run(), byte for byte.
 *
 * A program of its own that needs the C library alone, so that it also runs under emulation: on a
 * CPU without SSSE3, and built for another architecture.
 */
#include "tests/kernels/groups.h"
#include "tests/kernels/photos.h"
#include "tests/kernels/timing.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: test_kernels [options] [PICTURE.pgm...]\n"
                            "  --quick           fewer cases, for emulation and sanitizers\n"
                            "  --large           16384 x 16384 alone: takes minutes and 1.4 GB\n"
                            "  --time            times every level instead\n"
                            "  --seed N          draws other cases\n"
                            "  --random SECONDS  draws cases for so long instead\n"
                            "  --case TEXT       one case, as a failure prints it, in every cut\n"
                            "  --level NAME      this level alone\n"
                            "  --group NAME      this group alone\n";

struct options {
    bool large, time;
    double random_seconds;
    const char *one_case, *level;
};

static void refuse(const char *what, const char *value)
{
    fprintf(stderr, "%s: %s\n%s", what, value, usage);
    exit(2);
}

static void read_options(int argc, char **argv, struct suite *suite, struct options *options)
{
    enum { SEED = 1, RANDOM, CASE, LEVEL, GROUP, QUICK, LARGE, TIME };
    static const struct option names[] = {
        {"seed", required_argument, NULL, SEED},
        {"random", required_argument, NULL, RANDOM},
        {"case", required_argument, NULL, CASE},
        {"level", required_argument, NULL, LEVEL},
        {"group", required_argument, NULL, GROUP},
        {"quick", no_argument, NULL, QUICK},
        {"large", no_argument, NULL, LARGE},
        {"time", no_argument, NULL, TIME},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case SEED:
            suite->seed = (uint32_t)strtoul(optarg, NULL, 0);
            break;
        case RANDOM:
            options->random_seconds = strtod(optarg, NULL);
            break;
        case CASE:
            options->one_case = optarg;
            break;
        case LEVEL:
            options->level = optarg;
            break;
        case GROUP:
            suite->only_group = optarg;
            break;
        case QUICK:
            suite->quick = true;
            break;
        case LARGE:
            options->large = true;
            break;
        case TIME:
            options->time = true;
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
}

static void choose_levels(struct suite *suite, const char *only)
{
    int chosen = 0;
    printf("levels:");
    for (int level = 0; level < CPU_LEVELS; level++) {
        const char *name = cpu_level_name((enum cpu_level)level);
        suite->uses[level] = cpu_has((enum cpu_level)level) && (!only || !strcmp(only, name));
        chosen += suite->uses[level];
        if (suite->uses[level])
            printf(" %s", name);
    }
    printf("\n");
    if (chosen == 0)
        refuse("this CPU has no such level", only);
}

static void run(struct suite *suite, const struct options *options)
{
    struct kernel_case c;
    if (options->one_case && !case_parse(&c, options->one_case))
        refuse("no case", options->one_case);
    if (options->one_case)
        groups_run_case(suite, &c);
    else if (options->time)
        timing_print(suite);
    else if (options->large)
        groups_run_large(suite);
    else if (options->random_seconds > 0)
        groups_run_random(suite, options->random_seconds);
    else
        groups_run(suite);
}

int main(int argc, char **argv)
{
    static struct suite suite = {.seed = 1};
    struct options options = {0};
    read_options(argc, argv, &suite, &options);
    for (int i = optind; i < argc; i++)
        if (photo_add(argv[i]) < 0)
            refuse("no PGM file", argv[i]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    choose_levels(&suite, options.level);
    suite_explain_crashes();
    run(&suite, &options);
    bench_free(&suite.bench);
    photos_free();
    if (options.time)
        return 0;
    printf("%d passed, %d failed\n", suite.passed, suite.failed);
    return suite.failed || !suite.passed ? 1 : 0;
}
