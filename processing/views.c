#include "processing/views.h"

#include "processing/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct view_info view_table[] = {
    {VIEW_ORIGINAL, "original", "Original", true, false},
    {VIEW_GRAY, "gray", "Gray", false, false},
    {VIEW_EDGES, "edges", "Edges", false, true},
    {VIEW_OVERLAY, "overlay", "Edges over original", true, true},
};
const int view_count = sizeof view_table / sizeof view_table[0];

const struct view_info *view_find(enum view view)
{
    for (int i = 0; i < view_count; i++)
        if (view_table[i].view == view)
            return &view_table[i];
    return NULL;
}

const struct view_info *view_find_name(const char *name)
{
    for (int i = 0; i < view_count; i++) {
        char digit[12];
        snprintf(digit, sizeof digit, "%d", (int)view_table[i].view);
        if (strcmp(name, view_table[i].name) == 0 || strcmp(name, digit) == 0)
            return &view_table[i];
    }
    return NULL;
}

int canvas_copy(struct canvas *copy, const struct canvas *from)
{
    size_t row_bytes = 4 * (size_t)from->width;
    if (!copy->data || copy->width != from->width || copy->height != from->height) {
        memory_free(copy->data);
        copy->data = memory_alloc(MEMORY_FRAMES, row_bytes * (size_t)from->height);
        if (!copy->data)
            return -ENOMEM;
    }
    *copy = (struct canvas){copy->data, from->width, from->height, (ptrdiff_t)row_bytes};
    for (int y = 0; y < from->height; y++)
        memcpy(copy->data + y * copy->stride, from->data + y * from->stride, row_bytes);
    return 0;
}

/** A green that no photograph has much of, and that stays apart from both dark and light ground. */
static const uint32_t overlay_edge = 0xff39ff14;

static inline uint32_t opaque(unsigned red, unsigned green, unsigned blue)
{
    return 0xff000000u | red << 16 | green << 8 | blue;
}

static void draw_gray_row(const uint8_t *restrict gray, int width, uint32_t *restrict out)
{
    for (int x = 0; x < width; x++)
        out[x] = 0xff000000u | gray[x] * 0x010101u;
}

static void draw_color_row(const uint8_t *restrict bgr, int width, uint32_t *restrict out)
{
    for (int x = 0; x < width; x++)
        out[x] = opaque(bgr[3 * x + 2], bgr[3 * x + 1], bgr[3 * x]);
}

/** The picture darkened to half, edges on top. */
static void draw_overlay_row(const uint8_t *restrict bgr, const uint8_t *restrict edges, int width,
                             uint32_t *restrict out)
{
    for (int x = 0; x < width; x++) {
        uint32_t under = opaque(bgr[3 * x + 2] / 2u, bgr[3 * x + 1] / 2u, bgr[3 * x] / 2u);
        out[x] = edges[x] ? overlay_edge : under;
    }
}

void view_draw(enum view view, const struct frame *frame, enum gray_mode gray,
               const struct plane *edges, const struct canvas *canvas, uint8_t *row)
{
    assert(frame || view == VIEW_EDGES);
    for (int y = 0; y < canvas->height; y++) {
        uint32_t *out = (uint32_t *)(void *)(canvas->data + y * canvas->stride);
        const uint8_t *edge = edges ? edges->data + y * edges->stride : NULL;
        switch (view) {
        case VIEW_ORIGINAL:
            color_row(frame, y, row);
            draw_color_row(row, canvas->width, out);
            break;
        case VIEW_GRAY:
            gray_row(frame, gray, y, row);
            draw_gray_row(row, canvas->width, out);
            break;
        case VIEW_EDGES:
            assert(edge);
            draw_gray_row(edge, canvas->width, out);
            break;
        case VIEW_OVERLAY:
            assert(edge);
            color_row(frame, y, row);
            draw_overlay_row(row, edge, canvas->width, out);
            break;
        }
    }
}
