/**
 * @file
 * image_write(): what is read back is what was drawn, and a failure leaves no trace.
 */
#include "capture/image_reader.h"
#include "processing/memory.h"
#include "render/image_writer.h"
#include "tests/unit/picture_files.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MOST_WIDTH = 70, MOST_HEIGHT = 40, PAD_BYTES = 12 };

static struct folder folder;
static struct bytes written;

/** A canvas with padded rows; the padding must not be read as pixels. */
static uint32_t pixels[MOST_HEIGHT][MOST_WIDTH + PAD_BYTES / 4];

static const char *in(const char *name)
{
    return in_folder(&folder, name);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static struct canvas make_canvas(int width, int height, enum image_pixels what)
{
    memset(pixels, 0x5a, sizeof pixels);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint32_t r = made_sample(x, y, 0), g = made_sample(x, y, 1), b = made_sample(x, y, 2);
            if (what == IMAGE_BILEVEL)
                r = g = b = g & 4 ? 255 : 0;
            if (what == IMAGE_GRAY)
                r = b = g;
            pixels[y][x] = 0xff000000 | r << 16 | g << 8 | b;
        }
    return (struct canvas){(uint8_t *)pixels, width, height, sizeof pixels[0]};
}

static int files_in_folder(void)
{
    int count = 0;
    DIR *listing = opendir(folder.path);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

static void write_well(const char *path, const struct canvas *canvas, enum image_pixels what)
{
    struct error err = {""};
    int before = access(path, F_OK) == 0 ? 0 : 1;
    int files = files_in_folder();
    if (image_write(path, canvas, what, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(files_in_folder(), files + before);
}

static void assert_pixel(const struct image *image, int x, int y, uint32_t pixel, int tolerance)
{
    const uint8_t *row = image->frame.data[0] + y * image->frame.stride[0];
    bool color = image->frame.format == PIXEL_BGR24;
    for (int c = 0; c < (color ? 3 : 1); c++) {
        int want = (int)(pixel >> (color ? c * 8 : 8) & 255), got = row[color ? x * 3 + c : x];
        if (abs(want - got) > tolerance)
            fail_msg("pixel %d, %d, channel %d: %d, not %d", x, y, c, got, want);
    }
}

static void assert_reads_back(const char *path, const struct canvas *canvas, int tolerance)
{
    struct image image = {0};
    assert_int_equal(
        image_read(&image, path,
                   &(struct image_wish){.how = IMAGE_BGR, .max_pixels = IMAGE_MAX_PIXELS}, NULL),
        0);
    assert_int_equal(image.frame.width, canvas->width);
    assert_int_equal(image.frame.height, canvas->height);
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++)
            assert_pixel(&image, x, y, pixels[y][x], tolerance);
    image_free(&image);
}

static void png_reads_back_exactly(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {7, 3}, {8, 8}, {9, 40}, {64, 2}, {70, 40}};
    static const uint8_t bits_and_type[][2] = {{1, 0}, {8, 0}, {8, 2}};
    for (int what = IMAGE_BILEVEL; what <= IMAGE_COLOR; what++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct canvas canvas = make_canvas(sizes[i][0], sizes[i][1], (enum image_pixels)what);
            write_well(in("out.png"), &canvas, (enum image_pixels)what);
            assert_reads_back(in("out.png"), &canvas, 0);
            bytes_load(&written, in("out.png"));
            assert_memory_equal(written.data + 24, bits_and_type[what], 2);
        }
}

static int jpeg_components(const char *path)
{
    bytes_load(&written, path);
    const uint8_t *start = memmem(written.data, written.count, "\xff\xc0", 2);
    assert_non_null(start);
    return start[9];
}

static void jpeg_reads_back_nearly(void **state)
{
    (void)state;
    for (int what = IMAGE_BILEVEL; what <= IMAGE_COLOR; what++) {
        struct canvas canvas = make_canvas(70, 40, (enum image_pixels)what);
        write_well(in("out.JPG"), &canvas, (enum image_pixels)what);
        assert_reads_back(in("out.JPG"), &canvas, 40);
        assert_int_equal(jpeg_components(in("out.JPG")), what == IMAGE_COLOR ? 3 : 1);
    }
}

static void edges_of_a_plane(void **state)
{
    (void)state;
    static uint8_t samples[MOST_HEIGHT][MOST_WIDTH + PAD_BYTES];
    for (int width = 1; width <= MOST_WIDTH; width += 23) {
        struct canvas canvas = make_canvas(width, MOST_HEIGHT, IMAGE_BILEVEL);
        struct plane edges = {samples[0], width, MOST_HEIGHT, sizeof samples[0]};
        memset(samples, 0x5a, sizeof samples);
        for (int y = 0; y < MOST_HEIGHT; y++)
            for (int x = 0; x < width; x++)
                samples[y][x] = (uint8_t)pixels[y][x];
        struct error err = {""};
        assert_int_equal(image_write_edges(in("edges.png"), &edges, NULL, &err), 0);
        assert_reads_back(in("edges.png"), &canvas, 0);
        bytes_load(&written, in("edges.png"));
        assert_int_equal(written.data[24], 1);
        assert_int_equal(image_write_edges(in("edges.jpeg"), &edges, NULL, &err), 0);
        assert_reads_back(in("edges.jpeg"), &canvas, 60);
        assert_int_equal(jpeg_components(in("edges.jpeg")), 1);
        assert_int_equal(image_write_edges(in("edges.bmp"), &edges, NULL, &err), -EINVAL);
        assert_int_equal(access(in("edges.bmp"), F_OK), -1);
    }
}

static int write_word(FILE *file, const struct plane *edges, const char *path, struct error *err)
{
    (void)edges;
    return fputs("word", file) < 0 ? error_set(err, -EIO, "no word in '%s'", path) : 0;
}

static int write_nothing(FILE *file, const struct plane *edges, const char *path, struct error *err)
{
    (void)file, (void)edges;
    return error_set(err, -ENOTSUP, "nothing for '%s'", path);
}

static void other_encoders_are_asked(void **state)
{
    (void)state;
    static const struct image_encoder encoders[] = {{".word", 1, write_word},
                                                    {".png", 2, write_nothing},
                                                    {".none", 3, write_nothing},
                                                    {NULL, 0, NULL}};
    uint8_t sample = 255;
    struct plane edges = {&sample, 1, 1, 1};
    struct error err = {""};
    assert_int_equal(image_write_edges(in("a.WORD"), &edges, encoders, &err), 0);
    bytes_load(&written, in("a.WORD"));
    assert_int_equal(written.count, 4);
    assert_memory_equal(written.data, "word", 4);
    assert_int_equal(image_write_edges(in("a.png"), &edges, encoders, &err),
                     0); // known better here
    int before = files_in_folder();
    assert_int_equal(image_write_edges(in("a.none"), &edges, encoders, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, "nothing for"));
    assert_int_equal(files_in_folder(), before);
}

static void the_ending_chooses(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool known;
    } names[] = {
        {"a.png", true},         {"a.PNG", true},  {"a.jpg", true},
        {"a.JPeg", true},        {"a.bmp", false}, {"a", false},
        {"folder.png/a", false}, {"png", false},   {".png", true},
        {"a.png.", false},       {"", false},      {"a.tar.png", true},
    };
    struct canvas canvas = make_canvas(3, 3, IMAGE_GRAY);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(image_write_knows(names[i].name), names[i].known);
        struct error err = {""};
        if (!names[i].known) {
            assert_int_equal(image_write(names[i].name, &canvas, IMAGE_GRAY, &err), -EINVAL);
            assert_non_null(strstr(err.text, ".png"));
        }
    }
}

/** Writes, expecting failure: nothing may be left in the folder or in memory. */
static void write_badly(const char *path, const struct canvas *canvas, int code, const char *words)
{
    struct error err = {""};
    int files = files_in_folder();
    int64_t bytes = memory_sum_of(MEMORY_OWNERS).live_bytes;
    assert_int_equal(image_write(path, canvas, IMAGE_COLOR, &err), code);
    assert_int_equal(files_in_folder(), files);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, bytes);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, words));
}

static void a_bad_place_is_said(void **state)
{
    (void)state;
    struct canvas canvas = make_canvas(3, 3, IMAGE_COLOR);
    write_badly(in("no-folder/out.png"), &canvas, -ENOENT, "No such file");
    assert_int_equal(mkdir(in("folder.png"), 0777), 0);
    write_badly(in("folder.png"), &canvas, -EISDIR, "directory");
}

static void a_full_disk_keeps_the_old_picture(void **state)
{
    (void)state;
    struct rlimit before, little;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = (struct rlimit){200, before.rlim_max};
    static const char *const names[] = {"kept.png", "kept.jpg"};
    for (int i = 0; i < 2; i++) {
        struct canvas small = make_canvas(5, 4, IMAGE_GRAY);
        write_well(in(names[i]), &small, IMAGE_GRAY);
        bytes_load(&written, in(names[i]));
        struct canvas large = make_canvas(70, 40, IMAGE_COLOR);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        write_badly(in(names[i]), &large, -EFBIG, "too large");
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        static struct bytes after;
        bytes_load(&after, in(names[i]));
        assert_int_equal(after.count, written.count);
        assert_memory_equal(after.data, written.data, written.count);
    }
}

static void the_longest_name_works(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    memcpy(name + 251, ".png", 5);
    struct canvas canvas = make_canvas(3, 3, IMAGE_GRAY);
    write_well(in(name), &canvas, IMAGE_GRAY);
    assert_reads_back(in(name), &canvas, 0);
}

static void the_mode_is_the_users(void **state)
{
    (void)state;
    struct canvas canvas = make_canvas(3, 3, IMAGE_GRAY);
    mode_t kept = umask(027);
    write_well(in("mode.png"), &canvas, IMAGE_GRAY);
    umask(kept);
    struct stat about;
    assert_int_equal(stat(in("mode.png"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
}

static void a_name_without_folder_is_written_here(void **state)
{
    (void)state;
    char here[256];
    struct canvas canvas = make_canvas(3, 3, IMAGE_GRAY);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder.path), 0);
    write_well("here.png", &canvas, IMAGE_GRAY);
    assert_int_equal(chdir(here), 0);
    assert_reads_back(in("here.png"), &canvas, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_reads_back_exactly),
        cmocka_unit_test(jpeg_reads_back_nearly),
        cmocka_unit_test(edges_of_a_plane),
        cmocka_unit_test(other_encoders_are_asked),
        cmocka_unit_test(the_ending_chooses),
        cmocka_unit_test(a_bad_place_is_said),
        cmocka_unit_test(a_full_disk_keeps_the_old_picture),
        cmocka_unit_test(the_longest_name_works),
        cmocka_unit_test(the_mode_is_the_users),
        cmocka_unit_test(a_name_without_folder_is_written_here),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
