/**
 * @file
 * In Python an image dies with the last name for it, so what these experiments say in C is what
 * `del`, the end of a function, a list that is cleared and so on do there: a block's place on the
 * shelf is its name.
 */
#include "app/lab_benches.h"

#include "app/process_memory.h"

#include <string.h>

/** Pieces in which "trim" holds frames: far below what malloc maps by itself. */
enum { PIECE_BYTES = 4096 };

static size_t frame_bytes(const struct frame *frame)
{
    return frame_layout_make(frame->format, frame->width, frame->height, 0).bytes;
}

static size_t plane_bytes(const struct frame *frame)
{
    return (size_t)frame->width * (size_t)frame->height;
}

static void fill_with_frame(struct lab_block *block, const struct frame *frame)
{
    struct frame copy;
    struct frame_layout layout = frame_layout_make(frame->format, frame->width, frame->height, 0);
    frame_copy(&copy, &layout, block->data, frame);
}

static void fill_with_gray(uint8_t *data, const struct lab_frame *seen)
{
    const struct frame *frame = seen->frame;
    for (int y = 0; y < frame->height; y++)
        gray_row(frame, seen->params->gray, y, data + (size_t)y * (size_t)frame->width);
}

static void fill_with_edges(struct lab_block *block, const struct plane *edges)
{
    size_t width = (size_t)edges->width;
    for (int y = 0; y < edges->height; y++)
        memcpy(block->data + (size_t)y * width, edges->data + y * edges->stride, width);
}

// What is kept.

static bool keep(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    (void)frames;
    struct lab_block *block = lab_shelf_put(&bench->shelf, frame_bytes(seen->frame));
    if (block)
        fill_with_frame(block, seen->frame);
    return block;
}

static bool keep_bounded(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    lab_shelf_cut(&bench->shelf, frames - 1);
    struct lab_block *block = lab_shelf_put(&bench->shelf, frame_bytes(seen->frame));
    if (block)
        fill_with_frame(block, seen->frame);
    return block;
}

static bool release_every(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    struct lab_block *block = lab_shelf_put(&bench->shelf, frame_bytes(seen->frame));
    if (!block)
        return false;
    fill_with_frame(block, seen->frame);
    if (++bench->frames < frames)
        return true;
    bench->frames = 0;
    lab_shelf_cut(&bench->shelf, 0);
    return true;
}

// What is released: the frame, its gray and its edges are made one from the other.

static struct lab_block *put_gray(struct lab_bench *bench, const struct lab_frame *seen)
{
    struct lab_block *block = lab_shelf_put(&bench->shelf, plane_bytes(seen->frame));
    if (block)
        fill_with_gray(block->data, seen);
    return block;
}

static struct lab_block *put_edges(struct lab_bench *bench, const struct lab_frame *seen)
{
    struct lab_block *block = lab_shelf_put(&bench->shelf, plane_bytes(seen->frame));
    if (block && seen->edges)
        fill_with_edges(block, seen->edges);
    else if (block)
        memory_touch(block->data, plane_bytes(seen->frame));
    return block;
}

/** Each as soon as the next one has been made of it. */
static bool release_at_once(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    bool whole = keep(bench, seen, frames) && put_gray(bench, seen);
    lab_shelf_cut(&bench->shelf, 1);
    whole = whole && put_edges(bench, seen);
    lab_shelf_cut(&bench->shelf, 0);
    return whole;
}

/** All of them when the function ends. */
static bool release_with_scope(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    bool whole = keep(bench, seen, frames) && put_gray(bench, seen) && put_edges(bench, seen);
    lab_shelf_cut(&bench->shelf, 0);
    return whole;
}

// Where it is put.

/** As `image = camera.read()` in a loop: the new one is there before the old one goes. */
static bool allocate_each(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    bool whole = keep(bench, seen, frames);
    lab_shelf_cut(&bench->shelf, 1);
    return whole;
}

static bool reuse_one(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    size_t bytes = frame_bytes(seen->frame);
    if (!bench->shelf.newest || bench->plane_bytes != bytes) {
        lab_shelf_cut(&bench->shelf, 0);
        bench->plane_bytes = bytes;
        return keep(bench, seen, frames);
    }
    fill_with_frame(bench->shelf.newest, seen->frame);
    return true;
}

/** The copies of one frame stay until the next one comes. */
static bool copy_each_stage(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    lab_shelf_cut(&bench->shelf, 0);
    return keep(bench, seen, frames) && put_gray(bench, seen) && put_edges(bench, seen);
}

/** As np.delete(image, 0, axis=0): another array without the first row, beside the whole one. */
static bool delete_a_row(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    size_t bytes = frame_bytes(seen->frame), row = bytes / (size_t)seen->frame->height;
    lab_shelf_cut(&bench->shelf, 0);
    if (!keep(bench, seen, frames))
        return false;
    const struct lab_block *whole = bench->shelf.newest;
    struct lab_block *rest = lab_shelf_put(&bench->shelf, bytes - row > 0 ? bytes - row : 1);
    if (rest)
        memcpy(rest->data, whole->data + row, bytes - row);
    return rest;
}

// What malloc keeps.

static bool put_pieces(struct lab_bench *bench, const struct frame *frame)
{
    size_t left = frame_bytes(frame);
    while (left > 0) {
        size_t bytes = left < PIECE_BYTES ? left : PIECE_BYTES;
        struct lab_block *piece = lab_shelf_put(&bench->shelf, bytes);
        if (!piece)
            return false;
        memset(piece->data, 0x55, bytes);
        left -= bytes;
    }
    return true;
}

static void trim(struct lab_bench *bench)
{
    int64_t before = process_memory_resident();
    process_memory_give_back();
    atomic_store(&bench->given_back_bytes, before - process_memory_resident());
    lab_shelf_cut(&bench->shelf, 0);
}

/**
 * N frames come in small pieces, are freed, are missed by nobody for N frames, and then given back.
 * One piece stays until then: behind it malloc cannot give back what is free.
 */
static bool free_and_trim(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    if (bench->frames < frames && !put_pieces(bench, seen->frame))
        return false;
    bench->frames++;
    if (bench->frames == frames)
        lab_shelf_cut(&bench->shelf, 1);
    if (bench->frames < 2 * frames)
        return true;
    bench->frames = 0;
    trim(bench);
    return true;
}

// Planes of 8 bits, and of 32.

/** What a Canny and two planes take at the most: by pixels, by rows, and whatever the size. */
static int64_t scratch_of(const struct frame *frame)
{
    return 3 * (int64_t)plane_bytes(frame) + 256 * (int64_t)frame->height + (256 << 10);
}

static bool make_scratch(struct lab_bench *bench, const struct frame *frame)
{
    int width = frame->width, height = frame->height;
    if (bench->canny && bench->gray.width == width && bench->gray.height == height)
        return true;
    lab_bench_clear(bench);
    if (!lab_shelf_take_scratch(&bench->shelf, scratch_of(frame)))
        return false;
    bench->scratch_bytes = scratch_of(frame);
    int ret = canny_create(&bench->canny, width, height, 1);
    bench->gray =
        (struct plane){memory_alloc(MEMORY_CANNY, plane_bytes(frame)), width, height, width};
    bench->edges =
        (struct plane){memory_alloc(MEMORY_CANNY, plane_bytes(frame)), width, height, width};
    if (ret == 0 && bench->gray.data && bench->edges.data)
        return true;
    lab_bench_clear(bench);
    return false;
}

/** Two planes of `sample` bytes a pixel: the gray and the edges. */
static bool make_planes(struct lab_bench *bench, const struct frame *frame, size_t sample)
{
    size_t bytes = sample * plane_bytes(frame);
    if (!make_scratch(bench, frame))
        return false;
    if (bench->plane_bytes == bytes)
        return true;
    if (!lab_shelf_put(&bench->shelf, bytes) || !lab_shelf_put(&bench->shelf, bytes))
        return false;
    bench->plane_bytes = bytes;
    return true;
}

/** Edges of the gray plane. */
static void find_edges(struct lab_bench *bench, const struct canny_params *params)
{
    const struct plane *gray = &bench->gray;
    struct frame frame = {.format = PIXEL_GRAY8,
                          .range = RANGE_FULL,
                          .width = gray->width,
                          .height = gray->height,
                          .data = {gray->data},
                          .stride = {gray->stride}};
    canny_run(bench->canny, params, &frame, &bench->edges, NULL);
}

static bool work_in_8_bits(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    (void)frames;
    if (!make_planes(bench, seen->frame, 1))
        return false;
    fill_with_gray(bench->gray.data, seen);
    find_edges(bench, seen->params);
    memcpy(bench->shelf.oldest->data, bench->gray.data, bench->plane_bytes);
    memcpy(bench->shelf.newest->data, bench->edges.data, bench->plane_bytes);
    return true;
}

static void widen(float *to, const uint8_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

static void narrow(uint8_t *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (uint8_t)(from[i] + 0.5f);
}

/** The edges of the same gray, once by way of 32 bits and once not. */
static bool work_in_32_bits(struct lab_bench *bench, const struct lab_frame *seen, int frames)
{
    (void)frames;
    if (!make_planes(bench, seen->frame, sizeof(float)))
        return false;
    size_t count = plane_bytes(seen->frame);
    float *gray = (float *)(void *)bench->shelf.oldest->data;
    float *edges = (float *)(void *)bench->shelf.newest->data;
    fill_with_gray(bench->gray.data, seen);
    widen(gray, bench->gray.data, count);
    memset(bench->gray.data, 0, count);
    narrow(bench->gray.data, gray, count);
    find_edges(bench, seen->params);
    widen(edges, bench->edges.data, count);
    canny_run(bench->canny, seen->params, seen->frame, &bench->edges, NULL);
    int64_t differing = 0;
    for (size_t i = 0; i < count; i++)
        differing += edges[i] != (float)bench->edges.data[i];
    atomic_store(&bench->differing_pixels, differing);
    return true;
}

lab_run *const lab_runs[LAB_EXPERIMENTS] = {
    [LAB_KEEP] = keep,
    [LAB_BOUNDED] = keep_bounded,
    [LAB_RELEASE] = release_at_once,
    [LAB_SCOPE] = release_with_scope,
    [LAB_ALLOCATE] = allocate_each,
    [LAB_REUSE] = reuse_one,
    [LAB_EVERY] = release_every,
    [LAB_TRIM] = free_and_trim,
    [LAB_DELETE] = delete_a_row,
    [LAB_COPIES] = copy_each_stage,
    [LAB_UINT8] = work_in_8_bits,
    [LAB_FLOAT32] = work_in_32_bits,
};

void lab_bench_clear(struct lab_bench *bench)
{
    lab_shelf_reset(&bench->shelf);
    canny_destroy(&bench->canny);
    memory_free(bench->gray.data);
    memory_free(bench->edges.data);
    bench->gray = bench->edges = (struct plane){0};
    if (bench->scratch_bytes)
        lab_shelf_give_scratch(&bench->shelf, bench->scratch_bytes);
    bench->scratch_bytes = 0;
    bench->plane_bytes = 0;
    bench->frames = 0;
    atomic_store(&bench->given_back_bytes, 0);
    atomic_store(&bench->differing_pixels, 0);
}
