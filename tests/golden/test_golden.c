/**
 * @file
 * Canny against OpenCV's own results, without OpenCV: tests/golden/canny.tsv holds, a case a line,
 * an input, the parameters and the checksums of what OpenCV 4.6 made of them. It was written by
 * tests/golden/generate.py. Both canny_reference_run() and canny_run() must give the same.
 *
 * The folder is GOLDEN_DIR of the environment, or of the compiler, or tests/golden.
 */
#include "processing/canny.h"
#include "processing/canny_reference.h"
#include "processing/memory.h"
#include "tests/golden/checksum.h"
#include "tests/golden/pictures.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef GOLDEN_DIR
#define GOLDEN_DIR "tests/golden"
#endif

enum {
    EDGE_PADDING = 7,    ///< bytes behind each row of the output that must stay as they are
    PADDING_BYTE = 0xa5, ///< what they are
    MOST_REPORTS = 10,
};

/** A line of the golden file. */
struct golden_case {
    char input[64];
    enum pixel_format format;
    int width, height;
    struct canny_params params;
    uint32_t input_crc, gray_crc, edges_crc;
    int edges; ///< pixels that are 255
};

/** What cases in a row share: consecutive ones have the same input. */
struct bench {
    const char *dir;
    struct picture picture;
    char loaded[160]; ///< what `picture` is
    struct canny_reference *reference;
    struct canny *canny;
    struct plane edges;
    int run, failed;
};

static const char *golden_dir(void)
{
    const char *dir = getenv("GOLDEN_DIR");
    return dir ? dir : GOLDEN_DIR;
}

static bool parse_case(struct golden_case *c, const char *line)
{
    char format[8], norm[4];
    int fields =
        sscanf(line, "%63s %7s %d %d %d %d %3s %lf %lf %x %x %x %d", c->input, format, &c->width,
               &c->height, &c->params.blur, &c->params.aperture, norm, &c->params.low,
               &c->params.high, &c->input_crc, &c->gray_crc, &c->edges_crc, &c->edges);
    bool bgr = strcmp(format, "bgr") == 0;
    c->format = bgr ? PIXEL_BGR24 : PIXEL_GRAY8;
    c->params.gray = bgr ? GRAY_BGR : GRAY_LUMA;
    c->params.l2 = strcmp(norm, "L2") == 0;
    return fields == 13;
}

static void report(struct bench *bench, const struct golden_case *c, const char *what)
{
    if (bench->failed++ >= MOST_REPORTS)
        return;
    print_error("%s: %s %s %dx%d, blur %d, aperture %d, %s, thresholds %.17g %.17g\n", what,
                c->input, pixel_format_name(c->format), c->width, c->height, c->params.blur,
                c->params.aperture, c->params.l2 ? "L2" : "L1", c->params.low, c->params.high);
}

static void bench_clear(struct bench *bench)
{
    picture_free(&bench->picture);
    canny_reference_destroy(&bench->reference);
    canny_destroy(&bench->canny);
    memory_free(bench->edges.data);
    bench->edges.data = NULL;
    bench->loaded[0] = '\0';
}

static int bench_fill(struct bench *bench, const struct golden_case *c)
{
    char crop_dir[400];
    snprintf(crop_dir, sizeof crop_dir, "%s/images", bench->dir);
    int status = picture_load(&bench->picture, c->input, c->format, c->width, c->height, crop_dir);
    if (status < 0)
        return status;
    ptrdiff_t stride = c->width + EDGE_PADDING;
    bench->edges = (struct plane){NULL, c->width, c->height, stride};
    bench->edges.data = memory_alloc(MEMORY_FRAMES, (size_t)stride * (size_t)c->height);
    if (!bench->edges.data)
        return -ENOMEM;
    status = canny_reference_create(&bench->reference, c->width, c->height);
    return status < 0 ? status : canny_create(&bench->canny, c->width, c->height, 1);
}

/** Has the case's input in `bench->picture`, made anew unless the last case had the same. */
static int bench_prepare(struct bench *bench, const struct golden_case *c)
{
    char wanted[sizeof bench->loaded];
    snprintf(wanted, sizeof wanted, "%s %d %d %d", c->input, c->format, c->width, c->height);
    if (strcmp(wanted, bench->loaded) == 0)
        return 0;
    bench_clear(bench);
    int status = bench_fill(bench, c);
    if (status == 0)
        memcpy(bench->loaded, wanted, sizeof wanted);
    return status;
}

static bool edges_match(const struct plane *edges, const struct golden_case *c)
{
    uint32_t crc = 0;
    int count = 0;
    for (int y = 0; y < edges->height; y++) {
        const uint8_t *row = edges->data + y * edges->stride;
        crc = checksum_add(crc, row, (size_t)edges->width);
        for (int x = 0; x < edges->width; x++)
            count += row[x] == 255;
    }
    return crc == c->edges_crc && count == c->edges;
}

static bool padding_intact(const struct plane *edges)
{
    for (int y = 0; y < edges->height; y++)
        for (int x = edges->width; x < edges->stride; x++)
            if (edges->data[y * edges->stride + x] != PADDING_BYTE)
                return false;
    return true;
}

static void check_reference(struct bench *bench, const struct golden_case *c)
{
    if (canny_reference_run(bench->reference, &c->params, &bench->picture.frame) < 0) {
        report(bench, c, "canny_reference_run() failed");
        return;
    }
    const struct canny_stages *stages = canny_reference_stages(bench->reference);
    size_t count = (size_t)c->width * (size_t)c->height;
    if (checksum_add(0, stages->gray.data, count) != c->gray_crc)
        report(bench, c, "canny_reference_run() has another gray");
    else if (!edges_match(&stages->edges, c))
        report(bench, c, "canny_reference_run() has other edges");
}

static void check_canny(struct bench *bench, const struct golden_case *c)
{
    struct plane *edges = &bench->edges;
    memset(edges->data, PADDING_BYTE, (size_t)edges->stride * (size_t)edges->height);
    if (canny_run(bench->canny, &c->params, &bench->picture.frame, edges, NULL) < 0)
        report(bench, c, "canny_run() failed");
    else if (!edges_match(edges, c))
        report(bench, c, "canny_run() has other edges");
    else if (!padding_intact(edges))
        report(bench, c, "canny_run() wrote behind a row");
}

static void check_case(struct bench *bench, const struct golden_case *c)
{
    int status = bench_prepare(bench, c);
    if (status == -ENOENT && strncmp(c->input, "photo:", 6) == 0)
        return;
    bench->run++;
    if (status < 0) {
        report(bench, c, "the input cannot be made");
    } else if (picture_checksum(&bench->picture) != c->input_crc) {
        report(bench, c, "the INPUT is another than the one OpenCV saw");
    } else {
        check_reference(bench, c);
        check_canny(bench, c);
    }
}

/** Whether the input is of the kind that `prefix` names; "" names the patterns. */
static bool belongs(const char *input, const char *prefix)
{
    if (*prefix)
        return strncmp(input, prefix, strlen(prefix)) == 0;
    return strncmp(input, "photo:", 6) != 0 && strncmp(input, "crop:", 5) != 0;
}

/** Runs all cases of one kind of input and returns how many there were. */
static int run_cases(const char *prefix)
{
    struct bench bench = {.dir = golden_dir()};
    char path[400], line[256];
    snprintf(path, sizeof path, "%s/canny.tsv", bench.dir);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot open %s", path);
    while (fgets(line, sizeof line, file)) {
        struct golden_case c;
        if (line[0] == '#')
            continue;
        if (!parse_case(&c, line))
            fail_msg("%s: not a case: %s", path, line);
        if (belongs(c.input, prefix))
            check_case(&bench, &c);
    }
    fclose(file);
    bench_clear(&bench);
    if (bench.failed)
        fail_msg("%d failures in %d cases", bench.failed, bench.run);
    return bench.run;
}

static void patterns_equal_opencv(void **state)
{
    (void)state;
    assert_true(run_cases("") > 2000);
}

static void crops_equal_opencv(void **state)
{
    (void)state;
    assert_true(run_cases("crop:") > 500);
}

static void photos_equal_opencv(void **state)
{
    (void)state;
    if (run_cases("photo:") == 0) {
        print_message("opencv-doc is not installed: its photographs are left out\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_equal_opencv),
        cmocka_unit_test(crops_equal_opencv),
        cmocka_unit_test(photos_equal_opencv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
