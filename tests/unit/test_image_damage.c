/**
 * @file
 * image_read() over files that are cut off, damaged, or larger than they look: always a sentence,
 * never a leak, and nothing allocated for what is refused by its header.
 */
#include "capture/image_reader.h"
#include "processing/memory.h"
#include "tests/unit/image_fixture.h"

#include <errno.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

static struct bytes whole;
static void cut(const char *path, size_t bytes)
{
    bytes_save(whole.data, bytes, path);
}

/** The smallest cut that still reads; every shorter one must be refused. */
static void assert_every_cut_refused(const char *path, size_t may_lack)
{
    bytes_load(&whole, path);
    for (size_t bytes = 0; bytes + may_lack < whole.count; bytes++) {
        cut(path, bytes);
        struct image image = {0};
        int64_t before = live_bytes();
        if (image_read(&image, path,
                       &(struct image_wish){.how = IMAGE_LUMA, .max_pixels = IMAGE_MAX_PIXELS},
                       NULL) == 0)
            fail_msg("%s: %zu of %zu bytes were read as a picture", path, bytes, whole.count);
        assert_int_equal(live_bytes(), before);
    }
    for (size_t bytes = whole.count - may_lack; bytes <= whole.count; bytes++) {
        struct image image = {0};
        cut(path, bytes);
        read_well(&image, path, IMAGE_LUMA);
        image_free(&image);
    }
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    // Without the two bytes of its end marker a JPEG of one scan still has all its pixels.
    static const struct {
        struct jpeg_spec spec;
        size_t may_lack;
    } jpegs[] = {
        {{.width = 40, .height = 33, .space = JCS_RGB}, 2},
        {{.width = 40, .height = 33, .space = JCS_GRAYSCALE, .orientation = 6}, 2},
        {{.width = 40, .height = 33, .space = JCS_RGB, .restart_rows = 1}, 2},
        {{.width = 40, .height = 33, .space = JCS_CMYK}, 2},
        {{.width = 40, .height = 33, .space = JCS_RGB, .progressive = true}, 0},
    };
    for (size_t i = 0; i < COUNT(jpegs); i++) {
        make_jpeg(in("cut.jpg"), &jpegs[i].spec);
        assert_every_cut_refused(in("cut.jpg"), jpegs[i].may_lack);
    }
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        struct png_spec spec = {40, 33, 8, PNG_COLOR_TYPE_RGB, interlaced, false, 6, fill_counting};
        make_png(in("cut.png"), &spec);
        assert_every_cut_refused(in("cut.png"), 0);
    }
}

static void the_sentence_says_where(void **state)
{
    (void)state;
    static const struct {
        int percent; ///< 0: 30 bytes
        const char *jpeg, *progressive, *png;
    } cuts[] = {
        {0, "truncated in its header", "truncated in its header", "truncated in its header"},
        {50, " of 200", "truncated in scan", " of 200"},
        {90, " of 200", "truncated in scan", " of 200"},
        {99, " of 200", "truncated in scan", " of 200"},
    };
    struct jpeg_spec spec = {.width = 300, .height = 200, .space = JCS_RGB};
    struct png_spec png = {300, 200, 8, PNG_COLOR_TYPE_RGB, false, false, 0, fill_counting};
    for (size_t i = 0; i < COUNT(cuts); i++)
        for (int kind = 0; kind < 3; kind++) {
            spec.progressive = kind == 1;
            kind == 2 ? make_png(in("cut"), &png) : make_jpeg(in("cut"), &spec);
            bytes_load(&whole, in("cut"));
            size_t percent = (size_t)cuts[i].percent;
            cut(in("cut"), percent ? whole.count * percent / 100 : 30);
            const char *words = read_badly(in("cut"), -EBADMSG);
            const char *expected = kind == 0   ? cuts[i].jpeg
                                   : kind == 1 ? cuts[i].progressive
                                               : cuts[i].png;
            assert_non_null(strstr(words, "truncated"));
            assert_non_null(strstr(words, expected));
        }
}

static int truncated_row(int percent)
{
    struct jpeg_spec spec = {.width = 300, .height = 200, .space = JCS_RGB};
    make_jpeg(in("cut"), &spec);
    bytes_load(&whole, in("cut"));
    cut(in("cut"), whole.count * (size_t)percent / 100);
    const char *at = strstr(read_badly(in("cut"), -EBADMSG), "row ");
    assert_non_null(at);
    return atoi(at + 4);
}

static void the_row_is_about_right(void **state)
{
    (void)state;
    assert_in_range(truncated_row(50), 60, 140);
    assert_in_range(truncated_row(90), 150, 196);
    assert_in_range(truncated_row(99), 180, 199);
}

/** How many of the first rows of two pictures are equal. */
static int equal_rows(const struct image *a, const struct image *b)
{
    size_t bytes = (size_t)a->layout.row_bytes[0];
    for (int y = 0; y < a->layout.height; y++)
        if (memcmp(a->block + y * a->layout.stride[0], b->block + y * b->layout.stride[0], bytes))
            return y;
    return a->layout.height;
}

/** What does not compress, so that a file cut in two has half of its rows. */
static void fill_noise(uint8_t *row, int y, size_t bytes)
{
    uint32_t seed = (uint32_t)y;
    for (size_t i = 0; i < bytes; i++)
        row[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

/** JPEG, progressive JPEG, PNG, PNG in passes. */
static void make_one(int kind)
{
    struct jpeg_spec jpeg = {
        .width = 300, .height = 200, .space = JCS_RGB, .progressive = kind == 1};
    struct png_spec png = {300, 200, 8, PNG_COLOR_TYPE_RGB, kind == 3, false, 0, fill_noise};
    kind < 2 ? make_jpeg(in("cut"), &jpeg) : make_png(in("cut"), &png);
}

static void what_there_is_can_be_kept(void **state)
{
    (void)state;
    const enum image_decode ways[] = {IMAGE_LUMA, IMAGE_BGR, IMAGE_GRAY_OF_BGR};
    for (int kind = 0; kind < 4; kind++)
        for (size_t i = 0; i < COUNT(ways); i++) {
            struct image_wish wish = {ways[i], IMAGE_MAX_PIXELS, .keep_damaged = true};
            struct image sound = {0}, cut_off = {0};
            struct error err = {""};
            make_one(kind);
            assert_int_equal(image_read(&sound, in("cut"), &wish, &err), 0);
            assert_int_equal(sound.state, IMAGE_SOUND);
            bytes_load(&whole, in("cut"));
            cut(in("cut"), whole.count * 6 / 10);
            assert_int_equal(image_read(&cut_off, in("cut"), &wish, &err), 0);
            assert_int_equal(cut_off.state, IMAGE_DAMAGED);
            assert_non_null(strstr(err.text, "truncated"));
            int rows = equal_rows(&sound, &cut_off);
            if (kind == 0 || kind == 2)
                assert_in_range(rows, 60, 190);
            else
                assert_true(rows < 200);
            cut(in("cut"), 20);
            assert_int_equal(image_read(&cut_off, in("cut"), &wish, &err), -EBADMSG);
            assert_null(cut_off.block);
            image_free(&sound);
        }
}

static void a_block_serves_again(void **state)
{
    (void)state;
    struct image_wish wish = {IMAGE_GRAY_OF_BGR, IMAGE_MAX_PIXELS, .keep_damaged = true};
    struct image image = {0};
    for (int kind = 0; kind < 4; kind += 2) {
        make_one(kind);
        assert_int_equal(image_read(&image, in("cut"), &wish, NULL), 0);
        assert_int_equal(image.frame.format, PIXEL_GRAY8);
        size_t room = image.room;
        int64_t allocations = memory_sum_of(MEMORY_FRAMES).live_count;
        bytes_load(&whole, in("cut"));
        cut(in("cut"), whole.count / 2);
        const uint8_t *block = image.block;
        assert_int_equal(image_read(&image, in("cut"), &wish, NULL), 0);
        assert_ptr_equal(image.block, block);
        assert_int_equal(image.room, room);
        assert_int_equal(memory_sum_of(MEMORY_FRAMES).live_count, allocations);
        // The end of a PNG that is not there is not what was there before.
        if (kind == 2)
            assert_int_equal(block[image.layout.stride[0] * 199], 0);
    }
    image_free(&image);
}

static void a_header_tells_what_it_takes(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct image_wish wish = {IMAGE_GRAY_OF_BGR, IMAGE_MAX_PIXELS, false, false};
        struct image_needs needs;
        struct error err = {""};
        int64_t before = live_bytes();
        make_one(kind);
        assert_int_equal(image_measure(&needs, in("cut"), &wish, &err), 0);
        assert_int_equal(live_bytes(), before);
        assert_int_equal(needs.width, 300);
        assert_int_equal(needs.height, 200);
        // A progressive JPEG and a PNG of several passes are there as a whole.
        size_t least = kind % 2 ? 300 * 200 * 3 : 300 * 200;
        assert_in_range(needs.bytes, least, 10 * 300 * 200);
        wish.max_pixels = 300 * 200 - 1;
        assert_int_equal(image_measure(&needs, in("cut"), &wish, &err), -EFBIG);
    }
}

static void damage_never_harms(void **state)
{
    (void)state;
    struct jpeg_spec jpeg = {.width = 40, .height = 33, .space = JCS_RGB, .orientation = 6};
    struct png_spec png = {40, 33, 8, PNG_COLOR_TYPE_RGB, true, false, 6, fill_counting};
    uint32_t seed = 7;
    int64_t before = live_bytes();
    for (int round = 0; round < 3000; round++) {
        if (round % 1000 == 0) {
            jpeg.progressive = round == 1000;
            round == 2000 ? make_png(in("hurt"), &png) : make_jpeg(in("hurt"), &jpeg);
            bytes_load(&whole, in("hurt"));
        }
        uint32_t at = (seed = seed * 1664525 + 1013904223) >> 8;
        uint8_t *byte = &whole.data[at % whole.count], kept = *byte;
        *byte = (uint8_t)(seed >> 3);
        cut(in("hurt"), whole.count);
        *byte = kept;
        struct image image = {0};
        struct error err = {""};
        struct image_wish wish = {round % 2 ? IMAGE_LUMA : IMAGE_GRAY_OF_BGR, 1000000,
                                  .keep_damaged = round % 3 == 0};
        if (image_read(&image, in("hurt"), &wish, &err) < 0 || image.state != IMAGE_SOUND)
            assert_true(err.text[0] != '\0');
        image_free(&image);
        assert_int_equal(live_bytes(), before);
    }
}

// --- Too much of a picture -------------------------------------------------------------------

static void assert_refused_before_allocating(const char *path)
{
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    read_badly(path, -EFBIG);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
}

static void bombs_are_refused_by_their_header(void **state)
{
    (void)state;
    struct jpeg_spec jpeg = {.width = 16, .height = 16, .space = JCS_RGB};
    make_jpeg(in("bomb"), &jpeg);
    bytes_load(&whole, in("bomb"));
    uint8_t *start = memmem(whole.data, whole.count, "\xff\xc0", 2);
    assert_non_null(start);
    static const uint16_t sides[][2] = {
        {65000, 65000}, {60000, 1700}, {1700, 60000}, {16000, 16000}};
    for (size_t i = 0; i < COUNT(sides); i++) {
        for (int side = 0; side < 2; side++) {
            start[5 + side * 2] = (uint8_t)(sides[i][side] >> 8);
            start[6 + side * 2] = (uint8_t)sides[i][side];
        }
        cut(in("bomb"), whole.count);
        assert_refused_before_allocating(in("bomb"));
    }
    // 16384 x 16384 of one bit: the checksum of its header is right.
    static const uint8_t header[] =
        "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x40\0\0\0\x40\0\x01\0\0\0\0";
    uint8_t file[sizeof header - 1 + 4];
    memcpy(file, header, sizeof header - 1);
    uint32_t crc = 0xffffffff;
    for (size_t i = 12; i < sizeof header - 1; i++) {
        crc ^= header[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    for (int i = 0; i < 4; i++)
        file[sizeof header - 1 + (size_t)i] = (uint8_t)(~crc >> (24 - i * 8));
    bytes_save(file, sizeof file, in("bomb"));
    // It is read up to the first IDAT, which is missing.
    read_badly(in("bomb"), -EBADMSG);
}

static void the_limit_is_the_callers(void **state)
{
    (void)state;
    struct png_spec spec = {33, 9, 8, PNG_COLOR_TYPE_GRAY, false, false, 0, fill_counting};
    make_png(in("limit.png"), &spec);
    struct image image = {0};
    struct error err;
    assert_int_equal(image_read(&image, in("limit.png"),
                                &(struct image_wish){.how = IMAGE_LUMA, .max_pixels = 33 * 9 - 1},
                                &err),
                     -EFBIG);
    assert_non_null(strstr(err.text, "33 x 9"));
    assert_int_equal(image_read(&image, in("limit.png"),
                                &(struct image_wish){.how = IMAGE_LUMA, .max_pixels = 33 * 9},
                                NULL),
                     0);
    image_free(&image);
}

static void endless_scans_are_refused(void **state)
{
    (void)state;
    struct jpeg_spec spec = {.width = 16, .height = 16, .space = JCS_RGB, .progressive = true};
    make_jpeg(in("scans"), &spec);
    bytes_load(&whole, in("scans"));
    // The last scan again and again, before the end marker.
    uint8_t *scan = NULL;
    for (uint8_t *at = whole.data;
         (at = memmem(at, whole.count - (size_t)(at - whole.data), "\xff\xda", 2)); at++)
        scan = at;
    assert_non_null(scan);
    size_t bytes = (size_t)(whole.data + whole.count - 2 - scan);
    for (int i = 0; i < 150; i++) {
        memmove(scan + bytes, scan, (size_t)(whole.data + whole.count - scan));
        whole.count += bytes;
        scan += bytes;
    }
    cut(in("scans"), whole.count);
    assert_non_null(strstr(read_badly(in("scans"), -EFBIG), "scans"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(the_sentence_says_where),
        cmocka_unit_test(the_row_is_about_right),
        cmocka_unit_test(what_there_is_can_be_kept),
        cmocka_unit_test(a_block_serves_again),
        cmocka_unit_test(a_header_tells_what_it_takes),
        cmocka_unit_test(damage_never_harms),
        cmocka_unit_test(bombs_are_refused_by_their_header),
        cmocka_unit_test(the_limit_is_the_callers),
        cmocka_unit_test(endless_scans_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
