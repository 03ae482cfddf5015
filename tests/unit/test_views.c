#include "processing/memory.h"
#include "processing/views.h"
#include "tests/unit/samples.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WIDTH = 67, CANVAS_PADDING = 12 /* bytes */, PADDING_BYTE = 0x5a };

/** Everything that a view needs for one picture. */
struct stage {
    struct sample sample;
    struct guarded edge_memory, canvas_memory, row_memory;
    struct plane edges;
    struct canvas canvas;
};

static struct stage stage_make(enum pixel_format format, int width, int height)
{
    struct stage stage = {.sample = sample_make(format, width, height, 3, 8)};
    ptrdiff_t edge_stride = width + 5, canvas_stride = 4 * width + CANVAS_PADDING;
    size_t edge_bytes = (size_t)edge_stride * (size_t)(height - 1) + (size_t)width;
    stage.edge_memory = guarded_make(edge_bytes);
    stage.canvas_memory = guarded_make((size_t)canvas_stride * (size_t)height);
    stage.row_memory = guarded_make(3 * (size_t)width);
    stage.edges = (struct plane){stage.edge_memory.data, width, height, edge_stride};
    stage.canvas = (struct canvas){stage.canvas_memory.data, width, height, canvas_stride};
    for (size_t i = 0; i < edge_bytes; i++)
        stage.edges.data[i] = sample_byte(1, (uint32_t)i) % 3 ? 0 : 255;
    return stage;
}

static void stage_free(struct stage *stage)
{
    sample_free(&stage->sample);
    guarded_free(&stage->edge_memory);
    guarded_free(&stage->canvas_memory);
    guarded_free(&stage->row_memory);
}

/** Draws with no more than the view is said to need, over a canvas of rubbish. */
static void stage_draw(struct stage *stage, enum view view, enum gray_mode gray)
{
    struct canvas *canvas = &stage->canvas;
    memset(canvas->data, PADDING_BYTE, (size_t)canvas->stride * (size_t)canvas->height);
    const struct frame *frame = view == VIEW_EDGES ? NULL : &stage->sample.frame;
    const struct plane *edges = view_find(view)->needs_edges ? &stage->edges : NULL;
    view_draw(view, frame, gray, edges, canvas, stage->row_memory.data);
    for (int y = 0; y < canvas->height; y++)
        for (int i = 0; i < CANVAS_PADDING; i++)
            assert_int_equal(canvas->data[y * canvas->stride + 4 * canvas->width + i],
                             PADDING_BYTE);
}

static uint32_t pixel(const struct stage *stage, int x, int y)
{
    uint32_t value;
    memcpy(&value, stage->canvas.data + y * stage->canvas.stride + 4 * x, sizeof value);
    return value;
}

static bool is_edge(const struct stage *stage, int x, int y)
{
    return stage->edges.data[y * stage->edges.stride + x] != 0;
}

static uint32_t word(uint32_t red, uint32_t green, uint32_t blue)
{
    return 0xff000000U | red << 16 | green << 8 | blue;
}

static void check_original(struct stage *stage)
{
    uint8_t bgr[3 * MOST_WIDTH];
    stage_draw(stage, VIEW_ORIGINAL, GRAY_LUMA);
    for (int y = 0; y < stage->canvas.height; y++) {
        color_row(&stage->sample.frame, y, bgr);
        for (int x = 0; x < stage->canvas.width; x++)
            assert_int_equal(pixel(stage, x, y), word(bgr[3 * x + 2], bgr[3 * x + 1], bgr[3 * x]));
    }
}

static void check_gray(struct stage *stage, enum gray_mode mode)
{
    uint8_t gray[MOST_WIDTH];
    stage_draw(stage, VIEW_GRAY, mode);
    for (int y = 0; y < stage->canvas.height; y++) {
        gray_row(&stage->sample.frame, mode, y, gray);
        for (int x = 0; x < stage->canvas.width; x++)
            assert_int_equal(pixel(stage, x, y), word(gray[x], gray[x], gray[x]));
    }
}

static void check_edges(struct stage *stage)
{
    stage_draw(stage, VIEW_EDGES, GRAY_LUMA);
    for (int y = 0; y < stage->canvas.height; y++)
        for (int x = 0; x < stage->canvas.width; x++)
            assert_int_equal(pixel(stage, x, y), is_edge(stage, x, y) ? 0xffffffff : 0xff000000);
}

/** Edges have one colour of their own; elsewhere the picture shows through, never brighter. */
static void check_overlay(struct stage *stage)
{
    uint8_t bgr[3 * MOST_WIDTH];
    uint32_t edge_color = 0;
    stage_draw(stage, VIEW_OVERLAY, GRAY_LUMA);
    for (int y = 0; y < stage->canvas.height; y++) {
        color_row(&stage->sample.frame, y, bgr);
        for (int x = 0; x < stage->canvas.width; x++) {
            uint32_t shown = pixel(stage, x, y);
            assert_int_equal(shown >> 24, 0xff);
            if (is_edge(stage, x, y)) {
                edge_color = edge_color ? edge_color : shown;
                assert_int_equal(shown, edge_color);
                continue;
            }
            assert_int_not_equal(shown, edge_color);
            for (int c = 0; c < 3; c++)
                assert_true((shown >> (8 * c) & 255) <= bgr[3 * x + c]);
        }
    }
}

static void every_view_draws_every_format(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 1}, {3, 3}, {16, 4}, {33, 5}, {MOST_WIDTH, 3}};
    for (int f = 0; f < PIXEL_FORMATS; f++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct stage stage = stage_make((enum pixel_format)f, sizes[i][0], sizes[i][1]);
            for (int range = RANGE_FULL; range <= RANGE_LIMITED; range++) {
                stage.sample.frame.range = (enum pixel_range)range;
                check_original(&stage);
                check_gray(&stage, GRAY_LUMA);
                check_gray(&stage, GRAY_BGR);
                check_edges(&stage);
                check_overlay(&stage);
            }
            stage_free(&stage);
        }
}

/** Black stays black and white stays light where there is no edge. */
static void the_overlay_follows_the_picture(void **state)
{
    (void)state;
    struct stage stage = stage_make(PIXEL_BGR24, 2, 1);
    stage.edges.data[0] = stage.edges.data[1] = 0;
    memset(stage.sample.planes[0].data, 0, 3);
    memset(stage.sample.planes[0].data + 3, 255, 3);
    stage_draw(&stage, VIEW_OVERLAY, GRAY_LUMA);
    assert_int_equal(pixel(&stage, 0, 0), 0xff000000);
    assert_true((pixel(&stage, 1, 0) & 255) > 64);
    stage_free(&stage);
}

static void table_is_in_the_order_of_digits(void **state)
{
    (void)state;
    assert_true(view_count >= 4);
    for (int i = 0; i < view_count; i++) {
        assert_in_range(view_table[i].view, 1, 9);
        assert_true(strlen(view_table[i].name) > 0);
        assert_true(strlen(view_table[i].title) > 0);
        if (i > 0)
            assert_true(view_table[i].view > view_table[i - 1].view);
    }
}

static void views_are_found(void **state)
{
    (void)state;
    static const struct {
        enum view view;
        const char *name, *digit;
        bool color, edges;
    } known[] = {{VIEW_ORIGINAL, "original", "1", true, false},
                 {VIEW_GRAY, "gray", "2", false, false},
                 {VIEW_EDGES, "edges", "8", false, true},
                 {VIEW_OVERLAY, "overlay", "9", true, true}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct view_info *info = view_find(known[i].view);
        assert_non_null(info);
        assert_int_equal(info->view, known[i].view);
        assert_string_equal(info->name, known[i].name);
        assert_int_equal(info->needs_color, known[i].color);
        assert_int_equal(info->needs_edges, known[i].edges);
        assert_ptr_equal(view_find_name(known[i].name), info);
        assert_ptr_equal(view_find_name(known[i].digit), info);
    }
}

static void unknown_views_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"", "edge", "edgess", "Edges", "0", "10", "08", " 8", "-1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_null(view_find_name(names[i]));
    assert_null(view_find((enum view)0));
    assert_null(view_find((enum view)10));
}

/** A canvas with padding, all of whose bytes are told by `seed`. */
static struct canvas make_canvas(const struct guarded *memory, int width, int height, int seed)
{
    struct canvas canvas = {memory->data, width, height, 4 * width + CANVAS_PADDING};
    for (ptrdiff_t i = 0; i < canvas.stride * height; i++)
        canvas.data[i] = sample_byte((uint32_t)seed, (uint32_t)i);
    return canvas;
}

static void expect_copy(const struct canvas *copy, const struct canvas *from)
{
    assert_int_equal(copy->width, from->width);
    assert_int_equal(copy->height, from->height);
    assert_int_equal(copy->stride, 4 * from->width);
    for (int y = 0; y < from->height; y++)
        assert_memory_equal(copy->data + y * copy->stride, from->data + y * from->stride,
                            4 * (size_t)from->width);
}

static void canvases_are_copied(void **state)
{
    (void)state;
    // The third is as large as the second, in another shape.
    static const int sizes[][2] = {{13, 7}, {13, 7}, {7, 13}, {20, 11}, {2, 1}};
    struct guarded memory = guarded_make((4 * 20 + CANVAS_PADDING) * (size_t)13);
    struct canvas copy = {0};
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); i++) {
        struct canvas from = make_canvas(&memory, sizes[i][0], sizes[i][1], i);
        const uint8_t *before = copy.data;
        bool same = copy.width == from.width && copy.height == from.height;
        assert_int_equal(canvas_copy(&copy, &from), 0);
        expect_copy(&copy, &from);
        if (same)
            assert_ptr_equal(copy.data, before);
    }
    memory_free(copy.data);
    guarded_free(&memory);
}

/** It leaves nothing that looks like a picture, and the next copy is whole. */
static void a_copy_that_fails_is_empty(void **state)
{
    (void)state;
    struct guarded memory = guarded_make((4 * 20 + CANVAS_PADDING) * (size_t)13);
    struct canvas copy = {0}, from = make_canvas(&memory, 13, 7, 1);
    assert_int_equal(canvas_copy(&copy, &from), 0);
    struct canvas none = {memory.data, 13, 0, 52}; // the ledger gives nothing for no bytes
    assert_int_equal(canvas_copy(&copy, &none), -ENOMEM);
    assert_null(copy.data);
    assert_int_equal(canvas_copy(&copy, &from), 0);
    expect_copy(&copy, &from);
    memory_free(copy.data);
    guarded_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_draws_every_format),
        cmocka_unit_test(the_overlay_follows_the_picture),
        cmocka_unit_test(table_is_in_the_order_of_digits),
        cmocka_unit_test(views_are_found),
        cmocka_unit_test(unknown_views_are_not_found),
        cmocka_unit_test(canvases_are_copied),
        cmocka_unit_test(a_copy_that_fails_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
