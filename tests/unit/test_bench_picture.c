/*
 * The picture that is measured has the pixels that live would see, in the size that was asked.
 */
#include "app/bench_picture.h"
#include "tests/unit/image_fixture.h"

#include <errno.h>

static const struct setting_size own = {0, 0};

static void make_well(struct bench_picture *picture, const char *file, struct setting_size size,
                      enum gray_mode gray)
{
    struct error err = {""};
    if (bench_picture_make(picture, file, size, gray, 10, &err) < 0)
        fail_msg("%s", err.text);
    bool bgr = gray == GRAY_BGR;
    assert_int_equal(picture->frame.format, bgr ? PIXEL_BGR24 : PIXEL_GRAY8);
    assert_int_equal(picture->frame.range, RANGE_FULL);
    assert_ptr_equal(picture->frame.data[0], picture->block);
    assert_int_equal(picture->frame.stride[0], picture->frame.width * (bgr ? 3 : 1));
    assert_int_equal(picture->bytes, picture->frame.stride[0] * picture->frame.height);
}

static void check_file(const char *path)
{
    int64_t before = live_bytes();
    for (int gray = GRAY_LUMA; gray <= GRAY_BGR; gray++) {
        struct bench_picture picture;
        struct image image = {0};
        uint8_t row[3 * 64];
        make_well(&picture, path, own, (enum gray_mode)gray);
        read_well(&image, path, gray == GRAY_BGR ? IMAGE_BGR : IMAGE_LUMA);
        assert_int_equal(picture.frame.width, image.frame.width);
        assert_int_equal(picture.frame.height, image.frame.height);
        for (int y = 0; y < image.frame.height; y++) {
            if (gray == GRAY_BGR)
                color_row(&image.frame, y, row);
            else
                gray_row(&image.frame, GRAY_LUMA, y, row);
            size_t stride = (size_t)picture.frame.stride[0];
            assert_memory_equal(picture.block + (size_t)y * stride, row, stride);
        }
        image_free(&image);
        bench_picture_free(&picture);
        assert_null(picture.block);
    }
    assert_int_equal(live_bytes(), before);
}

static void files_are_read_as_live_reads_them(void **state)
{
    (void)state;
    struct jpeg_spec color = {.width = 53, .height = 31, .space = JCS_RGB, .orientation = 6};
    struct jpeg_spec gray = {.width = 17, .height = 40, .space = JCS_GRAYSCALE};
    struct png_spec png = {.width = 61,
                           .height = 9,
                           .bits = 8,
                           .color_type = PNG_COLOR_TYPE_RGB,
                           .fill = fill_counting};
    make_jpeg(in("color.jpg"), &color);
    make_jpeg(in("gray.jpg"), &gray);
    make_png(in("color.png"), &png);
    check_file(in("color.jpg"));
    check_file(in("gray.jpg"));
    check_file(in("color.png"));
}

static void a_file_comes_in_any_size(void **state)
{
    (void)state;
    struct jpeg_spec spec = {.width = 20, .height = 10, .space = JCS_RGB};
    make_jpeg(in("small.jpg"), &spec);
    static const struct setting_size sizes[] = {{20, 10}, {40, 20}, {7, 3}, {1, 1}, {20, 11}};
    for (int gray = GRAY_LUMA; gray <= GRAY_BGR; gray++) {
        struct bench_picture first, picture;
        make_well(&first, in("small.jpg"), own, (enum gray_mode)gray);
        for (size_t i = 0; i < 5; i++) {
            make_well(&picture, in("small.jpg"), sizes[i], (enum gray_mode)gray);
            assert_int_equal(picture.frame.width, sizes[i].width);
            assert_int_equal(picture.frame.height, sizes[i].height);
            if (i == 0)
                assert_memory_equal(picture.block, first.block, first.bytes);
            // A picture that only grew keeps its first pixel, which lies beyond all centres.
            if (i < 2)
                assert_memory_equal(picture.block, first.block, gray == GRAY_BGR ? 3 : 1);
            bench_picture_free(&picture);
        }
        bench_picture_free(&first);
    }
}

/** Of a picture that was drawn: something is in it, and it is the same every time. */
static void the_scene_comes_in_any_size(void **state)
{
    (void)state;
    static const struct setting_size sizes[] = {{320, 240}, {1, 1}, {641, 3}};
    int64_t before = live_bytes();
    for (int gray = GRAY_LUMA; gray <= GRAY_BGR; gray++)
        for (size_t i = 0; i < 3; i++) {
            struct bench_picture picture, again;
            make_well(&picture, "", sizes[i], (enum gray_mode)gray);
            make_well(&again, "", sizes[i], (enum gray_mode)gray);
            assert_int_equal(picture.frame.width, sizes[i].width);
            assert_int_equal(picture.frame.height, sizes[i].height);
            assert_memory_equal(picture.block, again.block, picture.bytes);
            uint8_t least = 255, most = 0;
            for (size_t b = 0; b < picture.bytes; b++) {
                least = picture.block[b] < least ? picture.block[b] : least;
                most = picture.block[b] > most ? picture.block[b] : most;
            }
            if (i == 0)
                assert_true(most - least > 100);
            bench_picture_free(&picture);
            bench_picture_free(&again);
        }
    assert_int_equal(live_bytes(), before);
}

static void make_badly(const char *path, const char *word)
{
    struct bench_picture picture;
    struct error err = {""};
    int64_t before = live_bytes();
    assert_true(bench_picture_make(&picture, path, own, GRAY_LUMA, 0, &err) < 0);
    assert_null(picture.block);
    assert_int_equal(live_bytes(), before);
    if (!strstr(err.text, path) || !strstr(err.text, word))
        fail_msg("\"%s\" without \"%s\"", err.text, word);
}

static void what_is_no_picture_is_refused(void **state)
{
    (void)state;
    struct jpeg_spec spec = {.width = 60, .height = 60, .space = JCS_RGB};
    static struct bytes bytes;
    make_jpeg(in("whole.jpg"), &spec);
    bytes_load(&bytes, in("whole.jpg"));
    bytes_save(bytes.data, bytes.count / 2, in("cut.jpg"));
    bytes_save((const uint8_t *)"no picture at all", 17, in("text.png"));
    make_badly(in("missing.jpg"), "No such file");
    make_badly(in("text.png"), "not a picture");
    make_badly(in("cut.jpg"), "");
    make_badly(folder.path, "folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_as_live_reads_them),
        cmocka_unit_test(a_file_comes_in_any_size),
        cmocka_unit_test(the_scene_comes_in_any_size),
        cmocka_unit_test(what_is_no_picture_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
