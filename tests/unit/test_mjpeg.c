/*
 * The JPEG decoder: its three kinds of output agree with each other and with libjpeg's own default
 * decoding; damage of each kind is told apart; nothing of a picture leaks into the next.
 */
#include "capture/mjpeg.h"
#include "tests/fakes/make_jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jpeglib.h>

struct picture {
    struct frame_layout layout;
    uint8_t *block;
};

static struct picture new_picture(enum pixel_format format, int width, int height, int padding)
{
    int row = frame_layout_make(format, width, height, 0).row_bytes[0];
    struct picture picture = {frame_layout_make(format, width, height, row + padding), NULL};
    picture.block = malloc(picture.layout.bytes);
    memset(picture.block, 0x5a, picture.layout.bytes);
    return picture;
}

static int decode(struct mjpeg *mjpeg, const uint8_t *jpeg, size_t bytes, struct picture *picture)
{
    return mjpeg_decode(mjpeg, jpeg, bytes, &picture->layout, picture->block, NULL);
}

/** Sampling and sizes at which blocks, halves and row groups do not come out even. */
static const struct jpeg_recipe recipes[] = {
    {.width = 64, .height = 48, .h_samples = 2, .v_samples = 1},
    {.width = 64, .height = 48, .h_samples = 1, .v_samples = 1},
    {.width = 64, .height = 48, .h_samples = 2, .v_samples = 2},
    {.width = 64, .height = 48, .gray = true},
    {.width = 1, .height = 1},
    {.width = 2, .height = 3, .h_samples = 2, .v_samples = 2},
    {.width = 15, .height = 17, .h_samples = 2, .v_samples = 2},
    {.width = 641, .height = 33, .h_samples = 2, .v_samples = 1},
    {.width = 33, .height = 241, .gray = true},
    {.width = 33, .height = 40, .without_tables = true},
    {.width = 33, .height = 40, .tables_of_its_own = true},
    {.width = 33, .height = 40, .progressive = true},
};

enum { RECIPES = sizeof recipes / sizeof recipes[0] };

static void test_y_of_yuv_is_the_gray(void **state)
{
    struct mjpeg *mjpeg = *state;
    for (int i = 0; i < RECIPES; i++) {
        size_t bytes;
        uint8_t *jpeg = make_jpeg(&recipes[i], &bytes);
        int width = recipes[i].width, height = recipes[i].height;
        struct picture gray = new_picture(PIXEL_GRAY8, width, height, 5);
        struct picture yuv = new_picture(PIXEL_YUYV, width, height, 3);
        assert_int_equal(decode(mjpeg, jpeg, bytes, &gray), MJPEG_CLEAN);
        assert_int_equal(decode(mjpeg, jpeg, bytes, &yuv), MJPEG_CLEAN);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const uint8_t *pixel = yuv.block + y * yuv.layout.stride[0] + 2 * x;
                assert_int_equal(pixel[0], gray.block[y * gray.layout.stride[0] + x]);
                if (recipes[i].gray)
                    assert_int_equal(pixel[1], 128);
            }
        // What lies between rows is not ours.
        for (int p = 0; p < 5; p++)
            assert_int_equal(gray.block[width + p], 0x5a);
        for (int p = 0; p < 3; p++)
            assert_int_equal(yuv.block[yuv.layout.row_bytes[0] + p], 0x5a);
        free(gray.block);
        free(yuv.block);
        free(jpeg);
    }
}

static int clamp(double value)
{
    return value < 0 ? 0 : value > 255 ? 255 : (int)(value + 0.5);
}

/** Y, U, V of each pixel, by libjpeg alone; colours that pixels share are theirs as they are. */
static uint8_t *reference_yuv(const uint8_t *jpeg, size_t bytes, int width, int height)
{
    struct jpeg_error_mgr errors;
    struct jpeg_decompress_struct decoder = {.err = jpeg_std_error(&errors)};
    uint8_t *yuv = malloc((size_t)width * (size_t)height * 3);
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, jpeg, bytes);
    jpeg_read_header(&decoder, TRUE);
    decoder.out_color_space = JCS_YCbCr;
    decoder.do_fancy_upsampling = FALSE;
    jpeg_start_decompress(&decoder);
    while (decoder.output_scanline < decoder.output_height)
        jpeg_read_scanlines(&decoder,
                            &(JSAMPROW){yuv + decoder.output_scanline * 3u * (unsigned)width}, 1);
    jpeg_finish_decompress(&decoder);
    jpeg_destroy_decompress(&decoder);
    return yuv;
}

static void test_two_pixels_have_the_mean_of_their_colours(void **state)
{
    int differ = 0;
    for (int i = 0; i < RECIPES; i++) {
        size_t bytes;
        if (recipes[i].gray || recipes[i].without_tables)
            continue;
        uint8_t *jpeg = make_jpeg(&recipes[i], &bytes);
        int width = recipes[i].width, height = recipes[i].height;
        struct picture yuyv = new_picture(PIXEL_YUYV, width, height, 0);
        uint8_t *expected = reference_yuv(jpeg, bytes, width, height);
        assert_int_equal(decode(*state, jpeg, bytes, &yuyv), MJPEG_CLEAN);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x += 2) {
                const uint8_t *pair = yuyv.block + y * yuyv.layout.stride[0] + 2 * x;
                const uint8_t *left = expected + 3 * (y * width + x);
                const uint8_t *right = x + 1 < width ? left + 3 : left;
                assert_int_equal(pair[1], (left[1] + right[1] + 1) / 2);
                assert_int_equal(pair[3], (left[2] + right[2] + 1) / 2);
                if (recipes[i].h_samples != 1)
                    assert_true(left[1] == right[1] && left[2] == right[2]);
                differ += left[1] != right[1];
            }
        free(expected);
        free(yuyv.block);
        free(jpeg);
    }
    assert_true(differ > 100); // in the picture of 4:4:4
}

static void test_bgr_is_the_yuv_in_colour(void **state)
{
    // 4:4:4, where no two ways of upsampling differ.
    const struct jpeg_recipe recipe = {.width = 50, .height = 20, .h_samples = 1, .v_samples = 1};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    struct picture bgr = new_picture(PIXEL_BGR24, 50, 20, 0);
    uint8_t *yuv = reference_yuv(jpeg, bytes, 50, 20);
    assert_int_equal(decode(*state, jpeg, bytes, &bgr), MJPEG_CLEAN);
    for (size_t i = 0; i < 50 * 20; i++) {
        const uint8_t *p = yuv + 3 * i, *q = bgr.block + 3 * i;
        assert_in_range(q[0] + 1 - clamp(p[0] + 1.772 * (p[1] - 128)), 0, 2);
        assert_in_range(q[1] + 1 - clamp(p[0] - 0.344136 * (p[1] - 128) - 0.714136 * (p[2] - 128)),
                        0, 2);
        assert_in_range(q[2] + 1 - clamp(p[0] + 1.402 * (p[2] - 128)), 0, 2);
    }
    free(bgr.block);
    free(yuv);
    free(jpeg);
}

static void test_gray_jpeg_in_colour(void **state)
{
    const struct jpeg_recipe recipe = {.width = 17, .height = 9, .gray = true};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    struct picture bgr = new_picture(PIXEL_BGR24, 17, 9, 0);
    struct picture gray = new_picture(PIXEL_GRAY8, 17, 9, 0);
    assert_int_equal(decode(*state, jpeg, bytes, &bgr), MJPEG_CLEAN);
    assert_int_equal(decode(*state, jpeg, bytes, &gray), MJPEG_CLEAN);
    for (size_t i = 0; i < 17 * 9; i++)
        for (int c = 0; c < 3; c++)
            assert_int_equal(bgr.block[3 * i + (size_t)c], gray.block[i]);
    free(bgr.block);
    free(gray.block);
    free(jpeg);
}

/** Without tables the standard's are meant, also right after a picture that brought others. */
static void test_tables_do_not_outlive_their_picture(void **state)
{
    struct jpeg_recipe recipe = {.width = 48, .height = 48, .seed = 3};
    size_t plain_bytes, bare_bytes, own_bytes;
    uint8_t *plain = make_jpeg(&recipe, &plain_bytes);
    recipe.without_tables = true;
    uint8_t *bare = make_jpeg(&recipe, &bare_bytes);
    recipe.without_tables = false;
    recipe.tables_of_its_own = true;
    recipe.seed = 99;
    uint8_t *own = make_jpeg(&recipe, &own_bytes);
    assert_int_equal(plain_bytes - bare_bytes, 432); // four segments with a table each
    struct picture expected = new_picture(PIXEL_GRAY8, 48, 48, 0);
    struct picture other = new_picture(PIXEL_GRAY8, 48, 48, 0);
    struct picture got = new_picture(PIXEL_GRAY8, 48, 48, 0);
    assert_int_equal(decode(*state, plain, plain_bytes, &expected), MJPEG_CLEAN);
    assert_int_equal(decode(*state, own, own_bytes, &other), MJPEG_CLEAN);
    assert_int_equal(decode(*state, bare, bare_bytes, &got), MJPEG_CLEAN);
    assert_memory_equal(got.block, expected.block, 48 * 48);
    assert_memory_not_equal(other.block, expected.block, 48 * 48);
    free(expected.block);
    free(other.block);
    free(got.block);
    free(plain);
    free(bare);
    free(own);
}

/** Cut anywhere it is damaged, and the whole one decodes as before right afterwards. */
static void test_cut_off(void **state)
{
    const struct jpeg_recipe recipe = {.width = 96, .height = 64};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    struct picture whole = new_picture(PIXEL_GRAY8, 96, 64, 0);
    struct picture again = new_picture(PIXEL_GRAY8, 96, 64, 0);
    assert_int_equal(decode(*state, jpeg, bytes, &whole), MJPEG_CLEAN);
    for (size_t cut = 0; cut < bytes; cut += cut < 40 || cut + 40 > bytes ? 1 : 37) {
        // A copy of this very length: reading past it is seen by the sanitizer.
        uint8_t *part = malloc(cut ? cut : 1);
        memcpy(part, jpeg, cut);
        struct error err = {""};
        int ret = mjpeg_decode(*state, part, cut, &again.layout, again.block, &err);
        assert_int_equal(ret, -EBADMSG);
        assert_true(err.text[0]);
        free(part);
    }
    assert_int_equal(decode(*state, jpeg, bytes, &again), MJPEG_CLEAN);
    assert_memory_equal(again.block, whole.block, 96 * 64);
    free(whole.block);
    free(again.block);
    free(jpeg);
}

static void test_garbage(void **state)
{
    struct picture gray = new_picture(PIXEL_GRAY8, 64, 64, 0);
    uint8_t noise[600];
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    assert_int_equal(decode(*state, noise, sizeof noise, &gray), -EBADMSG);
    noise[0] = 0xff;
    noise[1] = 0xd8;
    assert_int_equal(decode(*state, noise, sizeof noise, &gray), -EBADMSG);
    memset(noise, 0, sizeof noise);
    assert_int_equal(decode(*state, noise, sizeof noise, &gray), -EBADMSG);
    free(gray.block);
}

/** Every byte in turn replaced: never a crash, and each answer is one of those promised. */
static void test_flipped_bytes(void **state)
{
    const struct jpeg_recipe recipe = {.width = 40, .height = 24, .h_samples = 2, .v_samples = 2};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    struct picture yuv = new_picture(PIXEL_YUYV, 40, 24, 0);
    int flawed = 0;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t kept = jpeg[i];
        jpeg[i] ^= (uint8_t)(0x55 + i);
        int ret = decode(*state, jpeg, bytes, &yuv);
        assert_true(ret == MJPEG_CLEAN || ret == MJPEG_FLAWED || ret == -EBADMSG ||
                    ret == -EMSGSIZE);
        flawed += ret == MJPEG_FLAWED;
        jpeg[i] = kept;
    }
    assert_true(flawed > 0);
    assert_int_equal(decode(*state, jpeg, bytes, &yuv), MJPEG_CLEAN);
    free(yuv.block);
    free(jpeg);
}

static void test_stray_bytes_are_a_flaw(void **state)
{
    const struct jpeg_recipe recipe = {.width = 32, .height = 32};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    struct picture clean = new_picture(PIXEL_GRAY8, 32, 32, 0);
    struct picture flawed = new_picture(PIXEL_GRAY8, 32, 32, 0);
    assert_int_equal(decode(*state, jpeg, bytes, &clean), MJPEG_CLEAN);
    // Between the last block and the end's marker.
    uint8_t *stray = malloc(bytes + 10);
    memcpy(stray, jpeg, bytes - 2);
    memset(stray + bytes - 2, 0, 10);
    memcpy(stray + bytes + 8, jpeg + bytes - 2, 2);
    assert_int_equal(decode(*state, stray, bytes + 10, &flawed), MJPEG_FLAWED);
    assert_memory_equal(flawed.block, clean.block, 32 * 32);
    // After it, nobody looks.
    memcpy(stray, jpeg, bytes);
    assert_int_equal(decode(*state, stray, bytes + 10, &flawed), MJPEG_CLEAN);
    free(stray);
    free(clean.block);
    free(flawed.block);
    free(jpeg);
}

static void test_other_size(void **state)
{
    const struct jpeg_recipe recipe = {.width = 32, .height = 24};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    struct picture larger = new_picture(PIXEL_GRAY8, 32, 25, 0);
    struct error err = {""};
    int ret = mjpeg_decode(*state, jpeg, bytes, &larger.layout, larger.block, &err);
    assert_int_equal(ret, -EMSGSIZE);
    assert_string_equal(err.text, "it is 32x24 pixels instead of 32x25");
    for (size_t i = 0; i < larger.layout.bytes; i++)
        assert_int_equal(larger.block[i], 0x5a);
    free(larger.block);
    free(jpeg);
}

static void test_size(void **state)
{
    const struct jpeg_recipe recipe = {.width = 321, .height = 7};
    size_t bytes;
    uint8_t *jpeg = make_jpeg(&recipe, &bytes);
    int width = 0, height = 0;
    assert_int_equal(mjpeg_size(*state, jpeg, bytes, &width, &height, NULL), 0);
    assert_int_equal(width, 321);
    assert_int_equal(height, 7);
    struct error err = {""};
    assert_int_equal(mjpeg_size(*state, jpeg, 20, &width, &height, &err), -EBADMSG);
    assert_true(err.text[0]);
    free(jpeg);
}

static int set_up(void **state)
{
    struct mjpeg *mjpeg;
    int ret = mjpeg_create(&mjpeg);
    *state = mjpeg;
    return ret;
}

static int tear_down(void **state)
{
    struct mjpeg *mjpeg = *state;
    mjpeg_destroy(&mjpeg);
    mjpeg_destroy(&mjpeg);
    return mjpeg ? -1 : 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_y_of_yuv_is_the_gray),
        TEST(test_bgr_is_the_yuv_in_colour),
        TEST(test_two_pixels_have_the_mean_of_their_colours),
        TEST(test_gray_jpeg_in_colour),
        TEST(test_tables_do_not_outlive_their_picture),
        TEST(test_cut_off),
        TEST(test_garbage),
        TEST(test_flipped_bytes),
        TEST(test_stray_bytes_are_a_flaw),
        TEST(test_other_size),
        TEST(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
