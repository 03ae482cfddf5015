#include "processing/hysteresis.h"
#include "processing/memory.h"
#include "tests/unit/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WIDTH = 200, MOST_HEIGHT = 70 };

/** Two bitmaps, and the same picture a byte a pixel: 0 nothing, 1 candidate, 2 edge. */
struct field {
    int width, height;
    uint8_t pixels[MOST_HEIGHT][MOST_WIDTH];
    uint64_t *words[2];
    struct bitmap candidates, edges;
    uint8_t *dirty;
};

static void field_make(struct field *f, int width, int height)
{
    f->width = width;
    f->height = height;
    memset(f->pixels, 0, sizeof f->pixels);
    size_t bytes = bitmap_words(width, height) * sizeof(uint64_t);
    for (int i = 0; i < 2; i++)
        f->words[i] = memory_alloc(MEMORY_CANNY, bytes);
    f->dirty = memory_alloc(MEMORY_CANNY, (size_t)height);
    assert_true(f->words[0] && f->words[1] && f->dirty);
    f->candidates = bitmap_make(f->words[0], width, height);
    f->edges = bitmap_make(f->words[1], width, height);
}

static void field_free(struct field *f)
{
    memory_free(f->words[0]);
    memory_free(f->words[1]);
    memory_free(f->dirty);
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
                set_bit(&f->candidates, x, y);
            if (f->pixels[y][x] > 1)
                set_bit(&f->edges, x, y);
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
    for (int y = -1; y <= f->height; y++)
        for (int i = -1; i <= f->edges.row_words; i++) {
            uint64_t outside = bitmap_row(&f->edges, y)[i];
            bool row_inside = y >= 0 && y < f->height;
            for (int bit = 0; bit < 64 && row_inside && i >= 0; bit++)
                if (i * 64 + bit < f->width)
                    outside &= ~(UINT64_C(1) << bit);
            assert_true(outside == 0);
        }
}

static void check(struct field *f)
{
    to_bitmaps(f);
    hysteresis_run(&f->candidates, &f->edges, f->dirty);
    spread_plainly(f);
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            if (get_bit(&f->edges, x, y) != (f->pixels[y][x] == 2))
                fail_msg("%dx%d: pixel %d, %d", f->width, f->height, x, y);
            assert_int_equal(get_bit(&f->candidates, x, y), f->pixels[y][x] > 0);
        }
    assert_nothing_outside(f);
    field_free(f);
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

/** Diagonals cross from word to word by their corners alone, in all four directions. */
static void diagonals(void **state)
{
    (void)state;
    static struct field f;
    for (int left = 0; left <= 130; left++)
        for (int direction = 0; direction < 4; direction++) {
            field_make(&f, MOST_WIDTH, MOST_HEIGHT);
            for (int i = 0; i < MOST_HEIGHT; i++)
                f.pixels[i][direction & 1 ? left + i : left + MOST_HEIGHT - 1 - i] = 1;
            int start = direction & 2 ? MOST_HEIGHT - 1 : 0;
            f.pixels[start][direction & 1 ? left + start : left + MOST_HEIGHT - 1 - start] = 2;
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
                    set_bit(&f.edges, x, y);
        bitmap_expand(&f.edges, &plane);
        for (int y = 0; y < 3; y++) {
            for (int x = 0; x < width; x++)
                assert_int_equal(plane.data[y * stride + x], get_bit(&f.edges, x, y) ? 255 : 0);
            for (int x = width; x < stride && y < 2; x++)
                assert_int_equal(plane.data[y * stride + x], 0x5a);
        }
        guarded_free(&memory);
        field_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_fields),
        cmocka_unit_test(serpentines),
        cmocka_unit_test(diagonals),
        cmocka_unit_test(full_and_empty_fields),
        cmocka_unit_test(expanding_writes_every_pixel_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
