#include "processing/hysteresis.h"
#include "tests/unit/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WIDTH = 200, MOST_HEIGHT = 300 };

/** The bitmaps, and the same picture a byte a pixel: 0 nothing, 1 candidate, 2 edge. */
struct field {
    int width, height;
    uint8_t pixels[MOST_HEIGHT][MOST_WIDTH];
    struct hysteresis h;
};

/** The levels take turns. */
static const struct kernels *next_kernels(void)
{
    static int level = 0;
    do
        level = (level + 1) % CPU_LEVELS;
    while (!cpu_has((enum cpu_level)level));
    return kernels_of((enum cpu_level)level);
}

static void field_make(struct field *f, int width, int height)
{
    f->width = width;
    f->height = height;
    memset(f->pixels, 0, (size_t)height * sizeof f->pixels[0]);
    assert_int_equal(hysteresis_make(&f->h, next_kernels(), width, height), 0);
}

/** As the detector does: each of some bands of rows for itself, then all joints. */
static void grow_in_bands(const struct hysteresis *h, int bands)
{
    int height = h->edges.height;
    for (int i = bands - 1; i >= 0; i--)
        hysteresis_grow(h, height * i / bands, height * (i + 1) / bands);
    for (int i = 1; i < bands; i++)
        hysteresis_join(h, height * i / bands);
}

static void set_bit(const struct bitmap *bitmap, int x, int y)
{
    bitmap_row(bitmap, y)[x / 64] |= UINT64_C(1) << x % 64;
}

static bool get_bit(const struct bitmap *bitmap, int x, int y)
{
    return bitmap_row(bitmap, y)[x / 64] >> x % 64 & 1;
}

static void to_bitmaps(struct field *f)
{
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            if (f->pixels[y][x] > 0)
                set_bit(&f->h.candidates, x, y);
            if (f->pixels[y][x] > 1)
                set_bit(&f->h.edges, x, y);
        }
}

static bool touches_edge(const struct field *f, int x0, int y0)
{
    for (int y = y0 - 1; y <= y0 + 1; y++)
        for (int x = x0 - 1; x <= x0 + 1; x++)
            if (x >= 0 && y >= 0 && x < f->width && y < f->height && f->pixels[y][x] == 2)
                return true;
    return false;
}

/** The definition, as slow as it is plain: repeat until nothing changes. */
static void spread_plainly(struct field *f)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int y = 0; y < f->height; y++)
            for (int x = 0; x < f->width; x++)
                if (f->pixels[y][x] == 1 && touches_edge(f, x, y)) {
                    f->pixels[y][x] = 2;
                    changed = true;
                }
    }
}

/** Guards and the bits past the width must be as they were: zero. */
static void assert_nothing_outside(const struct field *f)
{
    for (int y = -1; y < f->height; y++)
        for (int i = -1; i <= f->h.edges.row_words; i++) {
            uint64_t outside = bitmap_row(&f->h.edges, y)[i];
            bool row_inside = y >= 0 && y < f->height;
            for (int bit = 0; bit < 64 && row_inside && i >= 0; bit++)
                if (i * 64 + bit < f->width)
                    outside &= ~(UINT64_C(1) << bit);
            assert_true(outside == 0);
        }
}

static void check(struct field *f)
{
    static int turn = 0;
    int bands = turn++ % 4 + 1;
    to_bitmaps(f);
    grow_in_bands(&f->h, bands < f->height ? bands : f->height);
    spread_plainly(f);
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            if (get_bit(&f->h.edges, x, y) != (f->pixels[y][x] == 2))
                fail_msg("%dx%d: pixel %d, %d", f->width, f->height, x, y);
            assert_int_equal(get_bit(&f->h.candidates, x, y), f->pixels[y][x] > 0);
        }
    assert_nothing_outside(f);
    hysteresis_free(&f->h);
}

static void fill_randomly(struct field *f, uint32_t seed, int full)
{
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            uint32_t at = (uint32_t)(y * f->width + x);
            if (sample_byte(seed, at) < full)
                f->pixels[y][x] = sample_byte(seed + 7777, at) < 4 ? 2 : 1;
        }
}

static const int widths[] = {1, 2, 3, 63, 64, 65, 127, 128, 129, 200};
static const int heights[] = {1, 2, 3, 17};

static void random_fields(void **state)
{
    (void)state;
    static struct field f;
    for (uint32_t seed = 0; seed < 2000; seed++) {
        int width = widths[seed % 10], height = heights[seed / 10 % 4];
        field_make(&f, width, height);
        // Every other field has words without a candidate between full ones.
        int empty = seed % 2 ? 128 : 0;
        // Around half full, regions are long and winding; few seeds keep many of them unreached.
        int full = 80 + (int)(seed % 7) * 25;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                uint32_t at = (uint32_t)(y * width + x);
                if (sample_byte(seed + 99, (uint32_t)(4 * y + x / 64)) < empty)
                    continue;
                if (sample_byte(seed, at) < full)
                    f.pixels[y][x] = sample_byte(seed + 7777, at) < 4 ? 2 : 1;
            }
        check(&f);
    }
}

static void every_width_and_tall_ones(void **state)
{
    (void)state;
    static struct field f;
    for (int width = 1; width <= 130; width++) {
        field_make(&f, width, 23);
        fill_randomly(&f, (uint32_t)width, 120);
        check(&f);
    }
    for (int width = 1; width <= 66; width += 13) {
        field_make(&f, width, MOST_HEIGHT);
        fill_randomly(&f, (uint32_t)width, 130);
        check(&f);
    }
}

/** One contour through the whole picture, with its only strong pixel at one end or in the middle.
 */
static void check_serpentine(int width, int height, bool transposed, int strong)
{
    static struct field f;
    field_make(&f, transposed ? height : width, transposed ? width : height);
    int count = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int turn = y / 2 % 2 ? 0 : width - 1;
            if (y % 2 == 1 && x != turn)
                continue;
            uint8_t *pixel = transposed ? &f.pixels[x][y] : &f.pixels[y][x];
            *pixel = count++ == strong ? 2 : 1;
        }
    check(&f);
}

static void serpentines(void **state)
{
    (void)state;
    static const int strong[] = {0, 1, 300, 2000};
    for (int i = 0; i < 4; i++) {
        check_serpentine(70, 69, false, strong[i]);
        check_serpentine(70, 69, true, strong[i]);
        check_serpentine(200, 70, false, strong[i]);
    }
}

/** One step of the spiral is right, down, left, up; it turns where the way is taken or ends. */
static bool is_free(const struct field *f, int x, int y, int dx, int dy)
{
    int next_x = x + dx, next_y = y + dy, after_x = x + 2 * dx, after_y = y + 2 * dy;
    if (next_x < 0 || next_y < 0 || next_x >= f->width || next_y >= f->height)
        return false;
    return after_x < 0 || after_y < 0 || after_x >= f->width || after_y >= f->height ||
           !f->pixels[after_y][after_x];
}

/** From the upper left corner to the middle; the strong pixel is at the far end. */
static void check_spiral(int width, int height)
{
    static const int dx[] = {1, 0, -1, 0}, dy[] = {0, 1, 0, -1};
    static struct field f;
    field_make(&f, width, height);
    int x = 0, y = 0, turn = 0;
    f.pixels[0][0] = 1;
    for (int turns = 0; turns < 2;) {
        if (is_free(&f, x, y, dx[turn], dy[turn])) {
            x += dx[turn];
            y += dy[turn];
            f.pixels[y][x] = 1;
            turns = 0;
        } else {
            turn = (turn + 1) % 4;
            turns++;
        }
    }
    f.pixels[y][x] = 2;
    check(&f);
}

static void spirals(void **state)
{
    (void)state;
    check_spiral(65, 65);
    check_spiral(130, 60);
    check_spiral(60, 130);
}

/**
 * The longest way there is through a picture of common size: up and down in every other column.
 * The plain definition would take minutes here; all of it must become an edge.
 */
static void the_longest_way(void **state)
{
    (void)state;
    enum { WIDTH = 1280, HEIGHT = 720 };
    for (int bands = 1; bands <= 3; bands++) {
        struct hysteresis h;
        assert_int_equal(hysteresis_make(&h, next_kernels(), WIDTH, HEIGHT), 0);
        for (int x = 0; x < WIDTH; x++)
            for (int y = 0; y < HEIGHT; y++)
                if (x % 2 == 0 || y == (x % 4 == 1 ? HEIGHT - 1 : 0))
                    set_bit(&h.candidates, x, y);
        set_bit(&h.edges, 0, 0);
        grow_in_bands(&h, bands);
        for (int y = 0; y < HEIGHT; y++)
            assert_memory_equal(bitmap_row(&h.edges, y), bitmap_row(&h.candidates, y), WIDTH / 8);
        hysteresis_free(&h);
    }
}

/** Diagonals cross from word to word by their corners alone, in all four directions. */
static void diagonals(void **state)
{
    (void)state;
    enum { SIDE = 70 };
    static struct field f;
    for (int left = 0; left <= 130; left++)
        for (int direction = 0; direction < 4; direction++) {
            field_make(&f, MOST_WIDTH, SIDE);
            for (int i = 0; i < SIDE; i++)
                f.pixels[i][direction & 1 ? left + i : left + SIDE - 1 - i] = 1;
            int start = direction & 2 ? SIDE - 1 : 0;
            f.pixels[start][direction & 1 ? left + start : left + SIDE - 1 - start] = 2;
            check(&f);
        }
}

static void full_and_empty_fields(void **state)
{
    (void)state;
    static struct field f;
    for (int value = 0; value <= 2; value++)
        for (int seeded = 0; seeded < 2; seeded++) {
            field_make(&f, 129, 5);
            memset(f.pixels, value, sizeof f.pixels);
            if (seeded && value)
                f.pixels[4][128] = 2;
            check(&f);
        }
}

static void expanding_writes_every_pixel_and_no_other(void **state)
{
    (void)state;
    for (int width = 1; width <= 130; width++) {
        static struct field f;
        field_make(&f, width, 3);
        ptrdiff_t stride = width + 9;
        struct guarded memory = guarded_make((size_t)stride * 2 + (size_t)width);
        struct plane plane = {memory.data, width, 3, stride};
        memset(memory.data, 0x5a, (size_t)stride * 2 + (size_t)width);
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < width; x++)
                if (sample_byte(3, (uint32_t)(y * width + x)) & 1)
                    set_bit(&f.h.edges, x, y);
        bitmap_expand(f.h.kernels, &f.h.edges, &plane, 0, 3);
        for (int y = 0; y < 3; y++) {
            for (int x = 0; x < width; x++)
                assert_int_equal(plane.data[y * stride + x], get_bit(&f.h.edges, x, y) ? 255 : 0);
            for (int x = width; x < stride && y < 2; x++)
                assert_int_equal(plane.data[y * stride + x], 0x5a);
        }
        guarded_free(&memory);
        hysteresis_free(&f.h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_fields),
        cmocka_unit_test(every_width_and_tall_ones),
        cmocka_unit_test(serpentines),
        cmocka_unit_test(spirals),
        cmocka_unit_test(the_longest_way),
        cmocka_unit_test(diagonals),
        cmocka_unit_test(full_and_empty_fields),
        cmocka_unit_test(expanding_writes_every_pixel_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
