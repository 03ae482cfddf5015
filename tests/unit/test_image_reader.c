/**
 * @file
 * image_read() over files made here. That the pixels are OpenCV's over real files is shown by
 * tests/differential/images.py; here they are compared with what was put into the file.
 */
#include "capture/image_reader.h"
#include "processing/memory.h"
#include "tests/unit/image_fixture.h"

#include <errno.h>
#include <sys/stat.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

// --- Orientation ----------------------------------------------------------------------------

static void fill_letters(uint8_t *row, int y, size_t bytes)
{
    memcpy(row, y == 0 ? "ABC" : "DEF", bytes);
}

static void fill_letters_rgb(uint8_t *row, int y, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        row[i] = (uint8_t)("ABCDEF"[(size_t)y * 3 + i / 3] + i % 3 * 10);
}

/** What the picture "ABC" over "DEF" looks like once it is upright. */
static const char *const upright[9] = {NULL,     "ABCDEF", "CBAFED", "FEDCBA", "DEFABC",
                                       "ADBECF", "DAEBFC", "FCEBDA", "CFBEAD"};

static void png_is_turned_upright(void **state)
{
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            struct png_spec spec = {3,          2,     8,           PNG_COLOR_TYPE_GRAY,
                                    interlaced, false, orientation, fill_letters};
            make_png(in("letters.png"), &spec);
            struct image image = {0};
            read_well(&image, in("letters.png"), IMAGE_LUMA);
            assert_int_equal(image.frame.width, orientation < 5 ? 3 : 2);
            assert_int_equal(image.frame.height, orientation < 5 ? 2 : 3);
            assert_memory_equal(image.block, upright[orientation], 6);
            image_free(&image);
        }
}

static void color_png_is_turned_upright(void **state)
{
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        struct png_spec spec = {3,     2,     8,           PNG_COLOR_TYPE_RGB,
                                false, false, orientation, fill_letters_rgb};
        make_png(in("letters.png"), &spec);
        struct image image = {0};
        read_well(&image, in("letters.png"), IMAGE_BGR);
        assert_int_equal(image.frame.format, PIXEL_BGR24);
        for (int i = 0; i < 6; i++) {
            uint8_t letter = (uint8_t)upright[orientation][i];
            const uint8_t bgr[3] = {letter + 20, letter + 10, letter};
            assert_memory_equal(image.block + i * 3, bgr, 3);
        }
        image_free(&image);
    }
}

/** Where a stored pixel comes to lie, by the words of the Exif standard. */
static void place(int orientation, int width, int height, int x, int y, int *to_x, int *to_y)
{
    const int right = width - 1 - x, bottom = height - 1 - y;
    const int places[9][2] = {{0, 0}, {x, y},      {right, y},      {right, bottom}, {x, bottom},
                              {y, x}, {bottom, x}, {bottom, right}, {y, right}};
    *to_x = places[orientation][0];
    *to_y = places[orientation][1];
}

static void assert_turned(const struct image *stored, const struct image *turned, int orientation)
{
    int width = stored->frame.width, height = stored->frame.height;
    size_t pixel_bytes = (size_t)(stored->layout.row_bytes[0] / width);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int to_x, to_y;
            place(orientation, width, height, x, y, &to_x, &to_y);
            const uint8_t *from =
                stored->frame.data[0] + y * stored->frame.stride[0] + x * (int)pixel_bytes;
            const uint8_t *to =
                turned->frame.data[0] + to_y * turned->frame.stride[0] + to_x * (int)pixel_bytes;
            assert_memory_equal(from, to, pixel_bytes);
        }
}

static void jpeg_is_turned_upright(void **state)
{
    (void)state;
    static const enum image_decode ways[] = {IMAGE_LUMA, IMAGE_LUMA_AND_COLOR, IMAGE_BGR};
    for (size_t w = 0; w < COUNT(ways); w++)
        for (int orientation = 1; orientation <= 8; orientation++) {
            struct jpeg_spec spec = {.width = 19, .height = 11, .space = JCS_RGB};
            make_jpeg(in("plain.jpg"), &spec);
            spec.orientation = orientation;
            spec.big_endian = orientation & 1;
            make_jpeg(in("turned.jpg"), &spec);
            struct image stored = {0}, turned = {0};
            read_well(&stored, in("plain.jpg"), ways[w]);
            read_well(&turned, in("turned.jpg"), ways[w]);
            assert_turned(&stored, &turned, orientation);
            image_free(&stored);
            image_free(&turned);
        }
}

// --- JPEG -----------------------------------------------------------------------------------

static void luma_is_the_same_with_color(void **state)
{
    (void)state;
    struct jpeg_spec spec = {.width = 67, .height = 45, .space = JCS_RGB};
    make_jpeg(in("color.jpg"), &spec);
    struct image luma = {0}, both = {0}, bgr = {0};
    read_well(&luma, in("color.jpg"), IMAGE_LUMA);
    read_well(&both, in("color.jpg"), IMAGE_LUMA_AND_COLOR);
    read_well(&bgr, in("color.jpg"), IMAGE_BGR);
    assert_int_equal(luma.frame.format, PIXEL_GRAY8);
    assert_int_equal(both.frame.format, PIXEL_YUV24);
    assert_int_equal(bgr.frame.format, PIXEL_BGR24);
    for (int i = 0; i < 67 * 45; i++)
        assert_int_equal(luma.block[i], both.block[i * 3]);
    // Quality 90: near what was written, with red in the third place.
    assert_in_range(bgr.block[2] + 20, made_sample(0, 0, 0), made_sample(0, 0, 0) + 40);
    assert_in_range(bgr.block[0] + 20, made_sample(0, 0, 2), made_sample(0, 0, 2) + 40);
    assert_int_equal(luma.serves, 1u << IMAGE_LUMA);
    assert_true(both.serves & 1u << IMAGE_LUMA);
    assert_false(both.serves & 1u << IMAGE_BGR);
    image_free(&luma);
    image_free(&both);
    image_free(&bgr);
}

static void gray_jpeg_serves_every_wish(void **state)
{
    (void)state;
    struct jpeg_spec spec = {.width = 8, .height = 8, .space = JCS_GRAYSCALE};
    make_jpeg(in("gray.jpg"), &spec);
    for (int how = IMAGE_LUMA; how <= IMAGE_GRAY_OF_BGR; how++) {
        struct image image = {0};
        read_well(&image, in("gray.jpg"), (enum image_decode)how);
        assert_int_equal(image.frame.format, PIXEL_GRAY8);
        assert_int_equal(image.serves, 15);
        image_free(&image);
    }
}

/** The planes as libjpeg stores them. */
static void decode_cmyk(const char *path, uint8_t *cmyk, int width)
{
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "rb");
    info.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&info);
    jpeg_stdio_src(&info, file);
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_CMYK;
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = cmyk + info.output_scanline * (JDIMENSION)width * 4;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_destroy_decompress(&info);
    fclose(file);
}

static void cmyk_becomes_what_opencv_makes_of_it(void **state)
{
    (void)state;
    static uint8_t cmyk[33 * 17 * 4];
    struct jpeg_spec spec = {.width = 33, .height = 17, .space = JCS_CMYK};
    make_jpeg(in("cmyk.jpg"), &spec);
    decode_cmyk(in("cmyk.jpg"), cmyk, 33);
    struct image gray = {0}, bgr = {0};
    read_well(&gray, in("cmyk.jpg"), IMAGE_LUMA);
    read_well(&bgr, in("cmyk.jpg"), IMAGE_LUMA_AND_COLOR);
    assert_int_equal(bgr.frame.format, PIXEL_BGR24);
    for (int i = 0; i < 33 * 17; i++) {
        int k = cmyk[i * 4 + 3];
        int r = k - ((255 - cmyk[i * 4]) * k >> 8), g = k - ((255 - cmyk[i * 4 + 1]) * k >> 8),
            b = k - ((255 - cmyk[i * 4 + 2]) * k >> 8);
        assert_int_equal(bgr.block[i * 3], b);
        assert_int_equal(bgr.block[i * 3 + 1], g);
        assert_int_equal(bgr.block[i * 3 + 2], r);
        assert_int_equal(gray.block[i], (r * 4899 + g * 9617 + b * 1868 + 8192) >> 14);
    }
    image_free(&gray);
    image_free(&bgr);
}

// --- PNG ------------------------------------------------------------------------------------

/** Sample `i` of a row made by fill_counting(), `bits` each, from the high bits on. */
static int stored_sample(int y, int i, int bits)
{
    uint8_t row[2048];
    fill_counting(row, y, sizeof row);
    if (bits == 16)
        return row[i * 2];
    int per_byte = 8 / bits;
    return row[i / per_byte] >> (8 - bits - i % per_byte * bits) & ((1 << bits) - 1);
}

/** The pixel as B, G, R. */
static void expected_pixel(const struct png_spec *spec, int x, int y, uint8_t bgr[3])
{
    int bits = spec->bits, value;
    switch (spec->color_type) {
    case PNG_COLOR_TYPE_PALETTE:
        value = stored_sample(y, x, bits);
        bgr[2] = (uint8_t)(value * 2 + 1);
        bgr[1] = (uint8_t)(value + 100);
        bgr[0] = (uint8_t)(200 - value);
        return;
    case PNG_COLOR_TYPE_GRAY:
    case PNG_COLOR_TYPE_GRAY_ALPHA:
        value = stored_sample(y, spec->color_type == PNG_COLOR_TYPE_GRAY ? x : x * 2, bits);
        bgr[0] = bgr[1] = bgr[2] = (uint8_t)(bits < 8 ? value * 255 / ((1 << bits) - 1) : value);
        return;
    default:
        for (int c = 0; c < 3; c++)
            bgr[2 - c] = (uint8_t)stored_sample(
                y, x * (spec->color_type == PNG_COLOR_TYPE_RGB ? 3 : 4) + c, bits);
    }
}

static void assert_png(const struct png_spec *spec)
{
    make_png(in("kind.png"), spec);
    struct image image = {0};
    read_well(&image, in("kind.png"), IMAGE_LUMA);
    bool color = spec->color_type & PNG_COLOR_MASK_COLOR;
    assert_int_equal(image.frame.format, color ? PIXEL_BGR24 : PIXEL_GRAY8);
    for (int y = 0; y < spec->height; y++)
        for (int x = 0; x < spec->width; x++) {
            uint8_t bgr[3];
            expected_pixel(spec, x, y, bgr);
            const uint8_t *row = image.frame.data[0] + y * image.frame.stride[0];
            assert_memory_equal(row + (color ? x * 3 : x), bgr, color ? 3 : 1);
        }
    image_free(&image);
}

static void every_kind_of_png(void **state)
{
    (void)state;
    static const struct {
        int color_type, bits;
    } kinds[] = {
        {PNG_COLOR_TYPE_GRAY, 1},        {PNG_COLOR_TYPE_GRAY, 2},
        {PNG_COLOR_TYPE_GRAY, 4},        {PNG_COLOR_TYPE_GRAY, 8},
        {PNG_COLOR_TYPE_GRAY, 16},       {PNG_COLOR_TYPE_RGB, 8},
        {PNG_COLOR_TYPE_RGB, 16},        {PNG_COLOR_TYPE_PALETTE, 1},
        {PNG_COLOR_TYPE_PALETTE, 2},     {PNG_COLOR_TYPE_PALETTE, 4},
        {PNG_COLOR_TYPE_PALETTE, 8},     {PNG_COLOR_TYPE_GRAY_ALPHA, 8},
        {PNG_COLOR_TYPE_GRAY_ALPHA, 16}, {PNG_COLOR_TYPE_RGB_ALPHA, 8},
        {PNG_COLOR_TYPE_RGB_ALPHA, 16},
    };
    static const int sizes[][2] = {{1, 1}, {7, 5}, {33, 9}};
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t s = 0; s < COUNT(sizes); s++)
            for (int variant = 0; variant < 4; variant++) {
                struct png_spec spec = {
                    sizes[s][0], sizes[s][1], kinds[k].bits, kinds[k].color_type, variant & 1,
                    variant & 2, 0,           fill_counting};
                if (spec.clear && spec.color_type & PNG_COLOR_MASK_ALPHA)
                    continue;
                assert_png(&spec);
            }
}

// --- What is no picture ---------------------------------------------------------------------

static void what_is_no_picture_is_refused(void **state)
{
    (void)state;
    assert_non_null(strstr(read_badly(in("missing.jpg"), -ENOENT), "No such file"));
    bytes_save(NULL, 0, in("empty.jpg"));
    assert_non_null(strstr(read_badly(in("empty.jpg"), -EBADMSG), "empty"));
    assert_int_equal(mkdir(in("folder.jpg"), 0777), 0);
    assert_non_null(strstr(read_badly(in("folder.jpg"), -EISDIR), "folder"));
    assert_int_equal(mkfifo(in("pipe.jpg"), 0666), 0);
    assert_non_null(strstr(read_badly(in("pipe.jpg"), -EINVAL), "regular"));
    bytes_save((const uint8_t *)"just text", 9, in("text.jpg"));
    assert_non_null(strstr(read_badly(in("text.jpg"), -ENOTSUP), "neither"));
    assert_non_null(strstr(read_badly("/dev/null", -EINVAL), "regular"));
}

static void the_contents_tell_the_kind(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t bytes;
        enum image_kind kind;
    } heads[] = {
        {"\xff\xd8\xff\xe0", 4, IMAGE_JPEG},
        {"\xff\xd8", 2, IMAGE_OTHER},
        {"\x89PNG\r\n\x1a\n", 8, IMAGE_PNG},
        {"\x89PNG\r\n\x1a", 7, IMAGE_OTHER},
        {"\x89PNG\n\r\x1a\n", 8, IMAGE_OTHER},
        {"BM6\0\0\0\0\0\0\0\66\0\0\0\50\0", 16, IMAGE_BMP},
        {"BM6\0", 4, IMAGE_OTHER},
        {"II*\0", 4, IMAGE_TIFF},
        {"MM\0*", 4, IMAGE_TIFF},
        {"RIFF\1\2\3\4WEBPVP8 ", 16, IMAGE_WEBP},
        {"RIFF\1\2\3\4AVI LIST", 16, IMAGE_OTHER},
        {"x", 1, IMAGE_OTHER},
        {"", 0, IMAGE_UNREADABLE},
    };
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct error err = {""};
        bytes_save((const uint8_t *)heads[i].head, heads[i].bytes, in("head.mp4"));
        assert_int_equal(image_sniff(in("head.mp4"), &err), heads[i].kind);
        assert_int_equal(err.text[0] != '\0', heads[i].kind == IMAGE_UNREADABLE);
    }
    struct png_spec spec = {3, 2, 8, PNG_COLOR_TYPE_GRAY, false, false, 0, fill_letters};
    make_png(in("really-a-png.jpg"), &spec);
    struct image image = {0};
    read_well(&image, in("really-a-png.jpg"), IMAGE_LUMA);
    image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_is_turned_upright),
        cmocka_unit_test(color_png_is_turned_upright),
        cmocka_unit_test(jpeg_is_turned_upright),
        cmocka_unit_test(luma_is_the_same_with_color),
        cmocka_unit_test(gray_jpeg_serves_every_wish),
        cmocka_unit_test(cmyk_becomes_what_opencv_makes_of_it),
        cmocka_unit_test(every_kind_of_png),
        cmocka_unit_test(what_is_no_picture_is_refused),
        cmocka_unit_test(the_contents_tell_the_kind),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
