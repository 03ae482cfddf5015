/**
 * @file
 * Connected regions by whole words. A sweep down and a sweep up the rows let edges grow from row to
 * row and along the runs of candidates within a word, many words at a time; that settles nearly
 * everything. What remains are the turns: the words where a candidate still touches an edge go to a
 * worklist, and each word that grows from there on puts its neighbours on it. A word is on the list
 * once at most, and leaves it grown or settled, so the work is bounded by the number of candidates.
 */
#include "processing/hysteresis.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>

enum {
    GROUP = 8,  ///< words of the widest vector
    SWEEPS = 4, ///< at most
    WORTH = 16, ///< a sweep is worth its while when one word in so many would wait
};

/** Words that vectors of so many words take to cover a row. */
static int covering_words(int row_words, int vector)
{
    return (row_words + vector - 1) / vector * vector;
}

static int stride_of(int width)
{
    // Zeros before the row, behind it, and where kernels read a word further.
    int row_words = (width + 63) / 64;
    return 1 + covering_words(row_words + 1, GROUP) + 1;
}

/** Words of a row that the kernels go through. */
static int kernel_words(const struct hysteresis *h)
{
    return covering_words(h->edges.row_words, h->kernels->block / 8);
}

static struct bitmap bitmap_over(uint64_t *words, int width, int height)
{
    int stride = stride_of(width);
    return (struct bitmap){words + stride + 1, width, height, (width + 63) / 64, stride};
}

int hysteresis_make(struct hysteresis *h, const struct kernels *kernels, int width, int height)
{
    // One row above, and a vector's reach behind the last row.
    size_t words = (size_t)stride_of(width) * ((size_t)height + 1) + GROUP;
    *h = (struct hysteresis){.kernels = kernels};
    h->bits = memory_alloc(MEMORY_CANNY, 2 * words * sizeof *h->bits);
    h->work = memory_alloc(MEMORY_CANNY, words * sizeof *h->work);
    h->waiting = memory_alloc(MEMORY_CANNY, words);
    if (!h->bits || !h->work || !h->waiting)
        return -ENOMEM;
    h->candidates = bitmap_over(h->bits, width, height);
    h->edges = bitmap_over(h->bits + words, width, height);
    return 0;
}

void hysteresis_free(struct hysteresis *h)
{
    memory_free(h->bits);
    memory_free(h->work);
    memory_free(h->waiting);
    *h = (struct hysteresis){.bits = NULL};
}

void bitmap_expand(const struct kernels *kernels, const struct bitmap *bitmap,
                   const struct plane *plane, int top, int bottom)
{
    int whole = bitmap->width / 64, rest = bitmap->width % 64;
    for (int y = top; y < bottom; y++) {
        const uint64_t *words = bitmap_row(bitmap, y);
        uint8_t *row = plane->data + y * plane->stride, tail[64];
        kernels->expand_bits(words, whole, row);
        if (rest == 0)
            continue;
        kernels->expand_bits(words + whole, 1, tail);
        memcpy(row + 64 * whole, tail, (size_t)rest);
    }
}

/** Rows that edges may grow in, as places of words, and the words of them that wait. */
struct region {
    const struct hysteresis *hysteresis;
    uint32_t first, end; ///< place of the first word and behind the last row
    uint32_t *work;
    size_t waiting;
};

static struct region region_of(const struct hysteresis *h, int top, int bottom)
{
    uint32_t stride = (uint32_t)h->edges.stride;
    uint32_t first = (uint32_t)top * stride;
    return (struct region){h, first, (uint32_t)bottom * stride, h->work + first, 0};
}

static void put(struct region *region, uint32_t place)
{
    uint8_t *waiting = &region->hysteresis->waiting[place];
    region->work[region->waiting] = place;
    region->waiting += !*waiting;
    *waiting = 1;
}

/** The bits that touch a set bit left, right or at their own place. */
static inline uint64_t widen(uint64_t before, uint64_t here, uint64_t behind)
{
    return here | here << 1 | here >> 1 | before >> 63 | behind << 63;
}

static inline uint64_t widen_at(const uint64_t *word)
{
    return widen(word[-1], word[0], word[1]);
}

/** Fills the runs of `run` that hold a seed. */
static inline uint64_t fill_runs(uint64_t run, uint64_t seed)
{
    uint64_t filled = seed | (run & ~(run + seed));
    for (int step = 1; step < 64; step *= 2) {
        filled |= run & filled >> step;
        run &= run >> step;
    }
    return filled;
}

/** Puts the words of the row beside `place` that new edges touch on the worklist. */
static void put_row(struct region *region, uint32_t place, uint64_t grown)
{
    const uint64_t *candidates = region->hysteresis->candidates.words + place;
    const uint64_t *edges = region->hysteresis->edges.words + place;
    if (candidates[0] & ~edges[0] & widen(0, grown, 0))
        put(region, place);
    if (grown & 1 && candidates[-1] & ~edges[-1] & UINT64_C(1) << 63)
        put(region, place - 1);
    if (grown >> 63 && candidates[1] & ~edges[1] & 1)
        put(region, place + 1);
}

static void settle(struct region *region, uint32_t place)
{
    const struct hysteresis *h = region->hysteresis;
    uint32_t stride = (uint32_t)h->edges.stride;
    uint64_t *edge = h->edges.words + place, open = h->candidates.words[place] & ~*edge;
    bool has_above = place >= region->first + stride, has_below = place + stride < region->end;
    uint64_t touched = widen_at(edge);
    if (has_above)
        touched |= widen_at(edge - stride);
    if (has_below)
        touched |= widen_at(edge + stride);
    if (!(open & touched))
        return;
    uint64_t grown = fill_runs(open, open & touched);
    *edge |= grown;
    put_row(region, place, grown);
    if (has_above)
        put_row(region, place - stride, grown);
    if (has_below)
        put_row(region, place + stride, grown);
}

static void drain(struct region *region)
{
    while (region->waiting > 0) {
        uint32_t place = region->work[--region->waiting];
        region->hysteresis->waiting[place] = 0;
        settle(region, place);
    }
}

/** Puts those words of a row on the worklist that edges of the neighbour row or their own touch. */
static void check_row(struct region *region, int y, const uint64_t *neighbour)
{
    const struct hysteresis *h = region->hysteresis;
    const uint64_t *candidates = bitmap_row(&h->candidates, y), *edges = bitmap_row(&h->edges, y);
    if (!h->kernels->unsettled(candidates, edges, neighbour, kernel_words(h)))
        return;
    for (int i = 0; i < h->edges.row_words; i++)
        if (candidates[i] & ~edges[i] & (widen_at(neighbour + i) | widen_at(edges + i)))
            put(region, (uint32_t)y * (uint32_t)h->edges.stride + (uint32_t)i);
}

static void grow_row(const struct hysteresis *h, int y, const uint64_t *neighbour)
{
    h->kernels->grow(bitmap_row(&h->candidates, y), bitmap_row(&h->edges, y), neighbour,
                     kernel_words(h));
}

/** Down the rows and up again; what still is to be grown then is on the worklist. */
static void sweep(struct region *region, int top, int bottom)
{
    const struct hysteresis *h = region->hysteresis;
    const uint64_t *nothing = bitmap_row(&h->edges, -1);
    grow_row(h, top, nothing);
    for (int y = top + 1; y < bottom; y++)
        grow_row(h, y, bitmap_row(&h->edges, y - 1));
    for (int y = bottom - 2; y >= top; y--) {
        grow_row(h, y, bitmap_row(&h->edges, y + 1));
        check_row(region, y + 1, bitmap_row(&h->edges, y));
    }
    check_row(region, top, nothing);
}

static void forget(struct region *region)
{
    while (region->waiting > 0)
        region->hysteresis->waiting[region->work[--region->waiting]] = 0;
}

void hysteresis_grow(const struct hysteresis *h, int top, int bottom)
{
    struct region region = region_of(h, top, bottom);
    size_t words = (size_t)(bottom - top) * (size_t)h->edges.row_words;
    sweep(&region, top, bottom);
    // A sweep looks at a word some dozen times faster than the worklist does.
    for (int i = 1; i < SWEEPS && region.waiting > words / WORTH; i++) {
        forget(&region);
        sweep(&region, top, bottom);
    }
    drain(&region);
}

void hysteresis_join(const struct hysteresis *h, int y)
{
    struct region region = region_of(h, 0, h->edges.height);
    check_row(&region, y, bitmap_row(&h->edges, y - 1));
    check_row(&region, y - 1, bitmap_row(&h->edges, y));
    drain(&region);
}
