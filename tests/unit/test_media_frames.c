/**
 * @file
 * The frames of a picture file: the pages of a TIFF in any order and byte order, the frames of a
 * GIF; what is damaged, cut off or leads back to itself; how much memory they are said to take.
 */
#include "capture/image_reader.h"
#include "processing/memory.h"
#include "tests/fakes/make_gif.h"
#include "tests/unit/video_files.h"

#include <errno.h>

enum { MOST_PAGES = 8, PAGE_HEIGHT = 5, TIFF_BYTES = 4096 };

static uint8_t tiff[TIFF_BYTES];
static bool big_endian;
static struct error problem;

// --- Files ----------------------------------------------------------------------------------

static void put_number(size_t at, unsigned number, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        int shift = 8 * (big_endian ? bytes - 1 - i : i);
        tiff[at + (size_t)i] = (uint8_t)(number >> shift);
    }
}

static void put_entry(size_t at, unsigned tag, unsigned type, unsigned value)
{
    put_number(at, tag, 2);
    put_number(at + 2, type, 2);
    put_number(at + 4, 1, 4);
    put_number(at + 8, value, type == 3 ? 2 : 4);
}

static int page_width(int page)
{
    return 8 + page;
}

static uint8_t page_sample(int page, size_t i)
{
    return (uint8_t)(page * 50 + (int)i);
}

/** A gray page: its pixels, then its directory; returns where the directory is. */
static size_t put_page(size_t at, int page)
{
    unsigned width = (unsigned)page_width(page), bytes = width * PAGE_HEIGHT;
    for (size_t i = 0; i < bytes; i++)
        tiff[at + i] = page_sample(page, i);
    const unsigned entries[][3] = {
        {256, 3, width}, {257, 3, PAGE_HEIGHT},  {258, 3, 8},           {259, 3, 1},
        {262, 3, 1},     {273, 4, (unsigned)at}, {278, 3, PAGE_HEIGHT}, {279, 4, bytes}};
    size_t count = sizeof entries / sizeof *entries, directory = at + (bytes + 1) / 2 * 2;
    put_number(directory, (unsigned)count, 2);
    for (size_t i = 0; i < count; i++)
        put_entry(directory + 2 + i * 12, entries[i][0], entries[i][1], entries[i][2]);
    return directory;
}

/** Where a directory says where the next one is. */
static size_t link_of(size_t directory)
{
    return directory + 2 + 8 * 12;
}

/**
 * Makes a TIFF. order[k] is where the kth page lies in the file; the last page leads to `last`.
 * Returns its bytes.
 */
static size_t make_tiff(const int *order, int pages, size_t last)
{
    size_t directories[MOST_PAGES] = {0}, at = 8;
    memset(tiff, 0, sizeof tiff);
    memcpy(tiff, big_endian ? "MM\0*" : "II*\0", 4);
    for (int place = 0; place < pages; place++)
        for (int page = 0; page < pages; page++)
            if (order[page] == place) {
                directories[page] = put_page(at, page);
                at = link_of(directories[page]) + 4;
            }
    put_number(4, (unsigned)directories[0], 4);
    for (int page = 0; page < pages; page++)
        put_number(link_of(directories[page]),
                   (unsigned)(page + 1 < pages ? directories[page + 1] : last), 4);
    return at;
}

static const int in_order[MOST_PAGES] = {0, 1, 2, 3, 4, 5, 6, 7};

/** Frames of the colours 0, 1, 2, 3, 0 and so on, which are 0, 85, 170 and 255. */
static void make_gif(const char *path, int frames, const char *end)
{
    FILE *file = fopen(path, "wb");
    make_gif_head(file, "\0\0\0UUU\xaa\xaa\xaa\xff\xff\xff");
    for (int i = 0; i < frames; i++)
        make_gif_frame(file, 1, i % 4);
    fputs(end, file);
    fclose(file);
}

// --- Reading --------------------------------------------------------------------------------

static struct image_wish wish = {.how = IMAGE_GRAY_OF_BGR, .max_pixels = IMAGE_MAX_PIXELS};

/** Reads all frames; returns how many, and in *code what ended them. */
static int read_all(const char *path, int *code, void (*check)(const struct image *, int))
{
    struct media_frames *frames;
    struct image image = {0};
    int count = 0;
    problem.text[0] = '\0';
    *code = media->frames_open(&frames, path, &wish, &problem);
    bool more = true;
    while (*code == 0 && (*code = media->frames_next(frames, &image, &problem)) == 0) {
        assert_true(more);
        more = image.more;
        check(&image, count++);
    }
    if (*code == -ENODATA && !problem.text[0])
        assert_false(more);
    media->frames_close(&frames);
    assert_null(frames);
    image_free(&image);
    return count;
}

static void check_page(const struct image *image, int page)
{
    assert_int_equal(image->state, IMAGE_SOUND);
    assert_int_equal(image->frame.width, page_width(page));
    assert_int_equal(image->frame.height, PAGE_HEIGHT);
    for (int y = 0; y < PAGE_HEIGHT; y++)
        for (int x = 0; x < page_width(page); x++)
            assert_int_equal(image->frame.data[0][y * image->frame.stride[0] + x],
                             page_sample(page, (size_t)(y * page_width(page) + x)));
}

static void check_gif_frame(const struct image *image, int frame)
{
    assert_int_equal(image->frame.width, 4);
    assert_int_equal(image->frame.data[0][0], frame % 4 * 85);
}

static void check_nothing(const struct image *image, int frame)
{
    (void)image;
    (void)frame;
}

/** The first picture alone, as all others read it: whether it says that there are more. */
static bool has_more(const char *path)
{
    struct image image = {.more = true};
    assert_int_equal(media->image_read(&image, path, &wish, &problem), 0);
    bool more = image.more;
    image_free(&image);
    return more;
}

static void pages_in_any_order(void **state)
{
    (void)state;
    static const int orders[][MOST_PAGES] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}};
    int code;
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_bytes;
    for (int big = 0; big < 2; big++)
        for (int pages = 1; pages <= 5; pages += 4)
            for (size_t i = 0; i < 3; i++) {
                big_endian = big;
                bytes_save(tiff, make_tiff(pages == 1 ? in_order : orders[i], pages, 0),
                           in("p.tif"));
                assert_int_equal(read_all(in("p.tif"), &code, check_page), pages);
                assert_int_equal(code, -ENODATA);
                assert_int_equal(has_more(in("p.tif")), pages > 1);
            }
    big_endian = false;
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, before);
}

static void pages_that_lead_back(void **state)
{
    (void)state;
    int code;
    size_t size = make_tiff(in_order, 3, 0);
    unsigned first = (unsigned)tiff[4];
    make_tiff(in_order, 3, first);
    bytes_save(tiff, size, in("p.tif"));
    assert_int_equal(read_all(in("p.tif"), &code, check_page), 3);
    assert_int_equal(code, -EBADMSG);
    assert_non_null(strstr(problem.text, "page 4 cannot be decoded"));
    assert_true(has_more(in("p.tif"))); // the first one is there
}

static void pages_that_are_missing(void **state)
{
    (void)state;
    int code;
    static const size_t nowhere[] = {TIFF_BYTES + 100, 0xffffffff, 0xfffffff0, 1};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        bytes_save(tiff, make_tiff(in_order, 3, nowhere[i]), in("p.tif"));
        assert_int_equal(read_all(in("p.tif"), &code, check_page), 3);
        assert_int_equal(code, -EBADMSG);
        assert_non_null(strstr(problem.text, "page 4 cannot be decoded"));
        wish.keep_damaged = true;
        assert_int_equal(read_all(in("p.tif"), &code, check_page), 3);
        assert_int_equal(code, -ENODATA);
        assert_non_null(strstr(problem.text, "page 4 cannot be decoded"));
        wish.keep_damaged = false;
    }
}

/** However much of a TIFF is missing, every page is either right or said to be missing. */
static void cut_anywhere(void **state)
{
    (void)state;
    int code;
    size_t size = make_tiff(in_order, 4, 0);
    for (size_t cut = 0; cut < size; cut++) {
        bytes_save(tiff, cut, in("p.tif"));
        assert_in_range(read_all(in("p.tif"), &code, check_page), 0, 4);
        if (code == -ENODATA || code == 0)
            fail_msg("cut to %zu of %zu", cut, size);
        assert_non_null(strstr(problem.text, "p.tif"));
    }
}

static void noise_in_a_tiff(void **state)
{
    (void)state;
    int code;
    srand(11);
    size_t size = make_tiff(in_order, 4, 0);
    for (int run = 0; run < 500; run++) {
        make_tiff(in_order, 4, 0);
        for (int i = rand() % 6; i >= 0; i--)
            tiff[4 + (size_t)rand() % (size - 4)] = (uint8_t)rand();
        bytes_save(tiff, size, in("p.tif"));
        wish.keep_damaged = run % 2;
        read_all(in("p.tif"), &code, check_nothing);
        assert_true(code < 0);
    }
    wish.keep_damaged = false;
}

static void frames_of_a_gif(void **state)
{
    (void)state;
    int code;
    for (int frames = 1; frames <= 9; frames += 4) {
        make_gif(in("g.gif"), frames, ";");
        assert_int_equal(image_sniff(in("g.gif"), NULL), IMAGE_GIF);
        assert_int_equal(read_all(in("g.gif"), &code, check_gif_frame), frames);
        assert_int_equal(code, -ENODATA);
        assert_int_equal(has_more(in("g.gif")), frames > 1);
    }
    make_gif(in("g.gif"), 3, ";what follows is not looked at");
    assert_int_equal(read_all(in("g.gif"), &code, check_gif_frame), 3);
}

static void a_gif_that_is_cut_off(void **state)
{
    (void)state;
    int code;
    make_gif(in("g.gif"), 5, "");
    assert_int_equal(read_all(in("g.gif"), &code, check_gif_frame), 0);
    assert_int_equal(code, -EBADMSG);
    assert_non_null(strstr(problem.text, "truncated"));
    wish.keep_damaged = true;
    assert_int_equal(read_all(in("g.gif"), &code, check_gif_frame), 5);
    assert_int_equal(code, -ENODATA);
    assert_non_null(strstr(problem.text, "truncated"));
    wish.keep_damaged = false;
    make_gif(in("g.gif"), 5, ";");
    FILE *file = fopen(in("g.gif"), "rb");
    size_t size = fread(tiff, 1, sizeof tiff, file);
    fclose(file);
    for (size_t cut = 0; cut < size; cut++) {
        bytes_save(tiff, cut, in("cut.gif"));
        assert_int_equal(read_all(in("cut.gif"), &code, check_nothing), 0);
        assert_true(code < 0 && code != -ENODATA);
    }
}

static void animated_webp_is_named(void **state)
{
    (void)state;
    struct image image = {.block = NULL};
    uint8_t webp[64] = "RIFF\x38\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x07\0\0\x07\0\0ANIM";
    bytes_save(webp, sizeof webp, in("w.webp"));
    assert_int_equal(media->image_read(&image, in("w.webp"), &wish, &problem), -ENOTSUP);
    assert_non_null(strstr(problem.text, "animated WebP"));
}

/** The header is enough, and of a TIFF all pages count if all are wanted. */
static void what_it_takes(void **state)
{
    (void)state;
    struct image_needs needs;
    bytes_save(tiff, make_tiff(in_order, 4, 0), in("p.tif"));
    assert_int_equal(media->image_measure(&needs, in("p.tif"), &wish, &problem), 0);
    assert_int_equal(needs.width, page_width(0));
    assert_int_equal(needs.height, PAGE_HEIGHT);
    wish.all_frames = true;
    assert_int_equal(media->image_measure(&needs, in("p.tif"), &wish, &problem), 0);
    assert_int_equal(needs.width, page_width(3));
    wish.all_frames = false;
    make_gif(in("g.gif"), 2, ";");
    assert_int_equal(media->image_measure(&needs, in("g.gif"), &wish, &problem), 0);
    assert_int_equal(needs.width, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_in_any_order),     cmocka_unit_test(pages_that_lead_back),
        cmocka_unit_test(pages_that_are_missing), cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(noise_in_a_tiff),        cmocka_unit_test(frames_of_a_gif),
        cmocka_unit_test(a_gif_that_is_cut_off),  cmocka_unit_test(animated_webp_is_named),
        cmocka_unit_test(what_it_takes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
