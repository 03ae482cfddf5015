/**
 * @file
 * The contract of canny_run() and of its parameters. That the pixels are OpenCV's is shown by
 * tests/golden and tests/differential.
 */
#include "processing/canny.h"
#include "processing/canny_reference.h"
#include "processing/memory.h"
#include "tests/unit/samples.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

enum { MOST_PIXELS = 128 * 128 };

static struct canny_params params_of(int blur, int aperture, bool l2, double low, double high)
{
    return (struct canny_params){
        .low = low, .high = high, .blur = blur, .aperture = aperture, .l2 = l2, .gray = GRAY_LUMA};
}

static void defaults_are_the_documented_ones(void **state)
{
    (void)state;
    const struct canny_params *d = &canny_default_params;
    assert_true(d->low == 50 && d->high == 150 && d->blur == 5 && d->aperture == 3 && !d->l2 &&
                d->gray == GRAY_LUMA);
    assert_true(canny_params_valid(d));
}

static void params_are_checked(void **state)
{
    (void)state;
    for (int size = -2; size <= 9; size++) {
        struct canny_params p = canny_default_params;
        bool odd = size == 3 || size == 5 || size == 7;
        p.blur = size;
        assert_int_equal(canny_params_valid(&p), odd || size == 0);
        p = canny_default_params;
        p.aperture = size;
        assert_int_equal(canny_params_valid(&p), odd);
    }
    static const double fine[] = {-INFINITY, -1e300, -1, 0, 1e300, INFINITY};
    for (size_t i = 0; i < COUNT(fine); i++) {
        struct canny_params p = params_of(5, 3, false, fine[i], fine[i]);
        assert_true(canny_params_valid(&p));
    }
    struct canny_params low = params_of(5, 3, false, NAN, 1), high = params_of(5, 3, false, 1, NAN);
    assert_false(canny_params_valid(&low));
    assert_false(canny_params_valid(&high));
    struct canny_params gray = canny_default_params;
    gray.gray = (enum gray_mode)2;
    assert_false(canny_params_valid(&gray));
}

static void thresholds_are_opencvs(void **state)
{
    (void)state;
    static const struct {
        int aperture;
        bool l2;
        double low, high;
        int32_t expected_low, expected_high;
    } rows[] = {
        {3, false, 50, 150, 50, 150},
        {3, false, 150, 50, 50, 150},
        {3, false, 10.7, 33.3, 10, 33},
        {3, false, 254.9, 255, 254, 255},
        {3, false, -5, 10, 0, 10},
        {3, false, -5.5, -1e300, 0, 0},
        {5, false, 1500, 5000, 1500, 5000},
        {7, false, 1500, 5000, 93, 312},
        {7, false, 15.9, 16, 0, 1},
        {3, true, 50, 150, 2500, 22500},
        {3, true, 10.7, 33.3, 114, 1108},
        {3, true, -5, 10, 0, 100},
        {3, true, 32767, 32768, 1073676289, 1073676289},
        {3, true, 1e9, INFINITY, 1073676289, 1073676289},
        {7, true, 1600, 160, 100, 10000},
        {3, false, 2147483647.0, 2147483648.0, INT32_MAX, INT32_MAX},
        {3, false, -INFINITY, INFINITY, 0, INT32_MAX},
        {7, false, 1e300, 34359738352.0, INT32_MAX, INT32_MAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct canny_params p =
            params_of(5, rows[i].aperture, rows[i].l2, rows[i].low, rows[i].high);
        struct canny_thresholds t = canny_thresholds_of(&p);
        assert_int_equal(t.low, rows[i].expected_low);
        assert_int_equal(t.high, rows[i].expected_high);
    }
}

/** Edges of a frame by canny_run(), in a plane of their own, rows close together. */
static void edges_of(const struct frame *frame, const struct canny_params *params, uint8_t *out)
{
    struct canny *canny;
    assert_int_equal(canny_create(&canny, frame->width, frame->height, 1), 0);
    struct plane edges = {out, frame->width, frame->height, frame->width};
    assert_int_equal(canny_run(canny, params, frame, &edges, NULL), 0);
    canny_destroy(&canny);
}

static int count_edges(const struct frame *frame, const struct canny_params *params)
{
    static uint8_t edges[MOST_PIXELS];
    int count = 0;
    edges_of(frame, params, edges);
    for (int i = 0; i < frame->width * frame->height; i++)
        count += edges[i] != 0;
    return count;
}

/** Black and white at random: the largest gradients there are turn up. */
static struct sample extremes_make(int width, int height, uint32_t seed)
{
    struct sample sample = sample_make(PIXEL_GRAY8, width, height, 0, seed);
    for (int i = 0; i < width * height; i++)
        sample.planes[0].data[i] = sample.planes[0].data[i] & 1 ? 255 : 0;
    return sample;
}

/** OpenCV lets everything pass here (its conversion overflows); we let nothing pass. */
static void nothing_passes_a_threshold_beyond_all_integers(void **state)
{
    (void)state;
    static const double beyond[] = {2147483648.0, 1e12, 1e300, INFINITY};
    struct sample sample = extremes_make(60, 50, 1);
    for (size_t i = 0; i < COUNT(beyond); i++)
        for (int aperture = 3; aperture <= 7; aperture += 2)
            for (int l2 = 0; l2 < 2; l2++) {
                struct canny_params p = params_of(0, aperture, l2, beyond[i], beyond[i]);
                assert_int_equal(count_edges(&sample.frame, &p), 0);
                p.low = 0; // candidates, but none of them strong
                assert_int_equal(count_edges(&sample.frame, &p), 0);
                p.high = 0;
                assert_true(count_edges(&sample.frame, &p) > 0);
            }
    sample_free(&sample);
}

/** All black and white neighbourhoods of 3 x 3: the extremes are among them. */
static double largest_of_aperture_3(bool l2)
{
    double largest = 0;
    for (int bits = 0; bits < 512; bits++) {
        int p[9];
        for (int i = 0; i < 9; i++)
            p[i] = bits >> i & 1 ? 255 : 0;
        int dx = p[2] + 2 * p[5] + p[8] - p[0] - 2 * p[3] - p[6];
        int dy = p[6] + 2 * p[7] + p[8] - p[0] - 2 * p[1] - p[2];
        largest = fmax(largest, l2 ? hypot(dx, dy) : abs(dx) + abs(dy));
    }
    return largest;
}

static void largest_magnitude_is_reached_by_aperture_3(void **state)
{
    (void)state;
    for (int l2 = 0; l2 < 2; l2++) {
        struct canny_params p = params_of(5, 3, l2, 0, 0);
        assert_true(fabs(canny_largest_magnitude(&p) - largest_of_aperture_3(l2)) <= 1);
    }
}

/** No picture has an edge above it, and it is no idle bound: a straight step comes near. */
static void largest_magnitude_bounds_every_aperture(void **state)
{
    (void)state;
    static const int step_gradient[] = {4 * 255, 48 * 255, 640 * 255}; // half a filter of white
    for (int aperture = 3; aperture <= 7; aperture += 2)
        for (int l2 = 0; l2 < 2; l2++) {
            struct canny_params p = params_of(0, aperture, l2, 0, 0);
            double largest = canny_largest_magnitude(&p);
            int step = step_gradient[aperture / 2 - 1];
            assert_true(largest >= step && largest <= 2 * step);
            p.low = p.high = largest + 1;
            for (uint32_t seed = 0; seed < 20; seed++) {
                struct sample sample = extremes_make(100, 100, seed);
                assert_int_equal(count_edges(&sample.frame, &p), 0);
                sample_free(&sample);
            }
        }
}

static void sizes_out_of_range_are_refused(void **state)
{
    (void)state;
    static const int bad[][2] = {
        {0, 1}, {1, 0}, {-1, 5}, {5, -1}, {FRAME_MAX_SIDE + 1, 1}, {1, FRAME_MAX_SIDE + 1}};
    static uint64_t rubbish;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct canny *canny = (struct canny *)(void *)&rubbish;
        struct canny_reference *reference = (struct canny_reference *)(void *)&rubbish;
        assert_int_equal(canny_create(&canny, bad[i][0], bad[i][1], 1), -EINVAL);
        assert_null(canny);
        assert_int_equal(canny_reference_create(&reference, bad[i][0], bad[i][1]), -EINVAL);
        assert_null(reference);
    }
}

static void destroying_gives_all_memory_back(void **state)
{
    (void)state;
    struct memory_sum before = memory_sum_of(MEMORY_CANNY);
    struct canny *canny;
    struct canny_reference *reference;
    assert_int_equal(canny_create(&canny, 33, 17, 1), 0);
    assert_int_equal(canny_reference_create(&reference, 33, 17), 0);
    assert_true(memory_sum_of(MEMORY_CANNY).live_bytes > before.live_bytes);
    for (int twice = 0; twice < 2; twice++) {
        canny_destroy(&canny);
        canny_reference_destroy(&reference);
        assert_null(canny);
        assert_null(reference);
    }
    assert_int_equal(memory_sum_of(MEMORY_CANNY).live_bytes, before.live_bytes);
    assert_int_equal(memory_sum_of(MEMORY_CANNY).live_count, before.live_count);
}

static void refused_runs_leave_the_edges_alone(void **state)
{
    (void)state;
    uint8_t pixels[20 * 20];
    memset(pixels, 0x5a, sizeof pixels);
    struct sample right = sample_make(PIXEL_GRAY8, 16, 12, 0, 1);
    struct sample wide = sample_make(PIXEL_GRAY8, 17, 12, 0, 1);
    struct sample high = sample_make(PIXEL_GRAY8, 16, 13, 0, 1);
    struct plane fits = {pixels, 16, 12, 16}, broad = {pixels, 17, 12, 17},
                 tall = {pixels, 16, 13, 16};
    struct canny_params good = params_of(5, 3, false, 0, 0), blur = params_of(4, 3, false, 0, 0),
                        aperture = params_of(5, 9, false, 0, 0),
                        nan = params_of(5, 3, false, NAN, 0);
    const struct {
        const struct canny_params *params;
        const struct frame *frame;
        const struct plane *edges;
    } refused[] = {{&good, &wide.frame, &fits},   {&good, &high.frame, &fits},
                   {&good, &right.frame, &broad}, {&good, &right.frame, &tall},
                   {&blur, &right.frame, &fits},  {&aperture, &right.frame, &fits},
                   {&nan, &right.frame, &fits}};
    struct canny *canny;
    assert_int_equal(canny_create(&canny, 16, 12, 1), 0);
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_int_equal(
            canny_run(canny, refused[i].params, refused[i].frame, refused[i].edges, NULL), -EINVAL);
        for (size_t p = 0; p < sizeof pixels; p++)
            assert_int_equal(pixels[p], 0x5a);
    }
    assert_int_equal(canny_run(canny, &good, &right.frame, &fits, NULL), 0);
    canny_destroy(&canny);
    sample_free(&right);
    sample_free(&wide);
    sample_free(&high);
}

static void the_reference_refuses_the_same(void **state)
{
    (void)state;
    struct sample right = sample_make(PIXEL_GRAY8, 16, 12, 0, 1);
    struct sample wide = sample_make(PIXEL_GRAY8, 17, 12, 0, 1);
    struct canny_params good = canny_default_params, bad = canny_default_params;
    bad.aperture = 4;
    struct canny_reference *reference;
    assert_int_equal(canny_reference_create(&reference, 16, 12), 0);
    assert_int_equal(canny_reference_run(reference, &bad, &right.frame), -EINVAL);
    assert_int_equal(canny_reference_run(reference, &good, &wide.frame), -EINVAL);
    assert_int_equal(canny_reference_run(reference, &good, &right.frame), 0);
    canny_reference_destroy(&reference);
    sample_free(&right);
    sample_free(&wide);
}

/** One scratch for many pictures and parameters gives what a fresh one gives; nothing allocated. */
static void scratch_carries_nothing_over(void **state)
{
    (void)state;
    static uint8_t used[MOST_PIXELS], fresh[MOST_PIXELS];
    struct canny *canny;
    assert_int_equal(canny_create(&canny, 97, 41, 1), 0);
    struct plane edges = {used, 97, 41, 97};
    for (uint32_t i = 0; i < 60; i++) {
        struct sample sample =
            i % 3 ? sample_make(PIXEL_GRAY8, 97, 41, 2, i) : extremes_make(97, 41, i);
        struct canny_params p =
            params_of(i % 4 ? 1 + 2 * (int)(i % 4) : 0, 3 + 2 * (int)(i / 4 % 3), i / 12 % 2,
                      i % 5 * 40, i % 7 * 90);
        edges_of(&sample.frame, &p, fresh);
        int64_t allocations = memory_sum_of(MEMORY_OWNERS).total_count;
        assert_int_equal(canny_run(canny, &p, &sample.frame, &edges, NULL), 0);
        assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocations);
        assert_memory_equal(used, fresh, 97 * 41);
        sample_free(&sample);
    }
    canny_destroy(&canny);
}

/** The same luma gives the same edges, whatever the format around it. */
static void formats_with_the_same_luma_have_the_same_edges(void **state)
{
    (void)state;
    static const enum pixel_format formats[] = {PIXEL_YUYV, PIXEL_UYVY, PIXEL_NV12, PIXEL_I420,
                                                PIXEL_YUV24};
    static uint8_t expected[MOST_PIXELS], found[MOST_PIXELS];
    struct canny_params p = params_of(5, 3, false, 40, 120);
    struct sample gray = sample_make(PIXEL_GRAY8, 67, 35, 0, 2);
    edges_of(&gray.frame, &p, expected);
    for (size_t f = 0; f < COUNT(formats); f++) {
        struct sample other = sample_make(formats[f], 67, 35, 6, 9);
        for (int y = 0; y < 35; y++)
            for (int x = 0; x < 67; x++)
                *sample_at(&other, 0, x, y) = *sample_at(&gray, 0, x, y);
        edges_of(&other.frame, &p, found);
        assert_memory_equal(found, expected, 67 * 35);
        sample_free(&other);
    }
    sample_free(&gray);
}

/** A step from dark to light, where everything can be said by hand. */
static void a_step_is_one_line(void **state)
{
    (void)state;
    static uint8_t edges[MOST_PIXELS];
    for (int transposed = 0; transposed < 2; transposed++) {
        struct sample sample = sample_make(PIXEL_GRAY8, 40, 40, 0, 0);
        for (int i = 0; i < 40 * 40; i++)
            sample.planes[0].data[i] = (transposed ? i / 40 : i % 40) < 20 ? 60 : 160;
        struct canny_params p = params_of(0, 3, false, 100, 399);
        edges_of(&sample.frame, &p, edges);
        // Both pixels beside the step have magnitude 400; of equal ones the first is kept.
        for (int i = 0; i < 40 * 40; i++)
            assert_int_equal(edges[i], (transposed ? i / 40 : i % 40) == 19 ? 255 : 0);
        p.high = 400; // "above" is strict
        assert_int_equal(count_edges(&sample.frame, &p), 0);
        sample_free(&sample);
    }
}

static void the_stages_are_consistent(void **state)
{
    (void)state;
    struct sample sample = sample_make(PIXEL_GRAY8, 53, 29, 4, 12);
    struct canny_params p = params_of(3, 5, true, 500, 3000);
    struct canny_reference *reference;
    assert_int_equal(canny_reference_create(&reference, 53, 29), 0);
    assert_int_equal(canny_reference_run(reference, &p, &sample.frame), 0);
    const struct canny_stages *s = canny_reference_stages(reference);
    struct canny_thresholds t = canny_thresholds_of(&p);
    for (int i = 0; i < 53 * 29; i++) {
        assert_int_equal(s->gray.data[i], *sample_at(&sample, 0, i % 53, i / 53));
        assert_int_equal(s->magnitude[i], s->dx[i] * s->dx[i] + s->dy[i] * s->dy[i]);
        if (s->thinned.data[i] != CANNY_NONE)
            assert_true(s->magnitude[i] > t.low);
        if (s->thinned.data[i] == CANNY_STRONG)
            assert_true(s->magnitude[i] > t.high && s->edges.data[i] == 255);
        if (s->thinned.data[i] == CANNY_WEAK)
            assert_true(s->magnitude[i] <= t.high);
        if (s->edges.data[i])
            assert_true(s->thinned.data[i] != CANNY_NONE);
    }
    canny_reference_destroy(&reference);
    sample_free(&sample);
}

/** One stage after the other is the whole; each stands alone and has its name. */
static void the_stages_are_the_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"gray", "blur", "gradient", "nms", "hysteresis"};
    static uint8_t expected[MOST_PIXELS];
    struct sample sample = sample_make(PIXEL_BGR24, 53, 29, 4, 12);
    struct sample wide = sample_make(PIXEL_BGR24, 54, 29, 4, 12);
    struct canny_params p = params_of(5, 3, false, 40, 120), bad = params_of(5, 4, false, 40, 120);
    struct canny_reference *reference;
    edges_of(&sample.frame, &p, expected);
    assert_int_equal(canny_reference_create(&reference, 53, 29), 0);
    const struct canny_stages *s = canny_reference_stages(reference);
    for (int i = 0; i < CANNY_STAGES; i++) {
        enum canny_stage stage = (enum canny_stage)i;
        assert_string_equal(canny_stage_name(stage), names[i]);
        assert_int_equal(canny_reference_run_stage(reference, stage, &bad, &sample.frame), -EINVAL);
        assert_int_equal(canny_reference_run_stage(reference, stage, &p, &wide.frame), -EINVAL);
        bool blurred = false, edges = false;
        for (int n = 0; n < 53 * 29; n++) {
            blurred = blurred || s->blurred.data[n];
            edges = edges || s->edges.data[n];
        }
        // What comes later has not been touched yet.
        assert_int_equal(blurred, stage > CANNY_BLUR);
        assert_false(edges);
        assert_int_equal(canny_reference_run_stage(reference, stage, &p, &sample.frame), 0);
    }
    assert_memory_equal(s->edges.data, expected, 53 * 29);
    assert_int_equal(canny_reference_run_stage(reference, CANNY_STAGES, &p, &sample.frame),
                     -EINVAL);
    canny_reference_destroy(&reference);
    sample_free(&sample);
    sample_free(&wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_documented_ones),
        cmocka_unit_test(params_are_checked),
        cmocka_unit_test(thresholds_are_opencvs),
        cmocka_unit_test(nothing_passes_a_threshold_beyond_all_integers),
        cmocka_unit_test(largest_magnitude_is_reached_by_aperture_3),
        cmocka_unit_test(largest_magnitude_bounds_every_aperture),
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(destroying_gives_all_memory_back),
        cmocka_unit_test(refused_runs_leave_the_edges_alone),
        cmocka_unit_test(the_reference_refuses_the_same),
        cmocka_unit_test(scratch_carries_nothing_over),
        cmocka_unit_test(formats_with_the_same_luma_have_the_same_edges),
        cmocka_unit_test(a_step_is_one_line),
        cmocka_unit_test(the_stages_are_consistent),
        cmocka_unit_test(the_stages_are_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
