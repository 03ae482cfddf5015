/**
 * @file
 * Connected regions by whole words. Within a row, an edge spreads over its run of candidates by
 * one addition: adding the seed to the run makes a carry that ripples to the run's end. From row
 * to row it spreads to the three neighbours by shifting. Sweeps go down and up over the rows whose
 * neighbours changed, until none has.
 */
#include "processing/hysteresis.h"

#include <stdbool.h>
#include <string.h>

size_t bitmap_words(int width, int height)
{
    size_t row_words = ((size_t)width + 63) / 64;
    return (row_words + 2) * ((size_t)height + 2);
}

struct bitmap bitmap_make(uint64_t *memory, int width, int height)
{
    int row_words = (width + 63) / 64;
    int stride = row_words + 2;
    return (struct bitmap){memory + stride + 1, width, height, row_words, stride};
}

/** Bits that have a set bit left, right or at their own place. `row` is surrounded by guards. */
static inline uint64_t widen(const uint64_t *row, int i)
{
    uint64_t here = row[i];
    return here | here << 1 | here >> 1 | row[i - 1] >> 63 | row[i + 1] << 63;
}

/** Fills the runs of `run` that hold a seed, towards higher bits; `carry` goes from word to word.
 */
static inline uint64_t fill_up(uint64_t run, uint64_t seed, uint64_t *carry)
{
    uint64_t sum = run + seed;
    uint64_t with_carry = sum + *carry;
    *carry = (sum < run) | (with_carry < sum);
    return (run & ~with_carry) | seed;
}

/** The same towards lower bits, in six doubling steps. */
static inline uint64_t fill_down(uint64_t run, uint64_t seed)
{
    for (int step = 1; step < 64; step *= 2) {
        seed |= run & seed >> step;
        run &= run >> step;
    }
    return seed;
}

/** Lets row `y` grow from its own edges and those above and below. True if it did. */
static bool grow_row(const struct bitmap *candidates, const struct bitmap *edges, int y)
{
    const uint64_t *run = bitmap_row(candidates, y);
    uint64_t *edge = bitmap_row(edges, y);
    const uint64_t *above = bitmap_row(edges, y - 1), *below = bitmap_row(edges, y + 1);
    uint64_t carry = 0, changed = 0;
    for (int i = 0; i < edges->row_words; i++) {
        if (!run[i]) {
            carry = 0;
            continue;
        }
        uint64_t seed = edge[i] | (run[i] & (widen(above, i) | widen(below, i)));
        uint64_t filled = fill_up(run[i], seed, &carry);
        changed |= filled ^ edge[i];
        edge[i] = filled;
    }
    for (int i = edges->row_words - 1; i >= 0; i--) {
        uint64_t open = run[i] & ~edge[i];
        if (!open)
            continue;
        uint64_t seed = edge[i] | (run[i] & edge[i + 1] << 63);
        uint64_t filled = fill_down(run[i], seed);
        changed |= filled ^ edge[i];
        edge[i] = filled;
    }
    return changed != 0;
}

/** Visits the dirty rows in one direction. True if any row is dirty afterwards. */
static bool sweep(const struct bitmap *candidates, const struct bitmap *edges, uint8_t *dirty,
                  int step)
{
    int height = edges->height;
    bool again = false;
    for (int y = step > 0 ? 0 : height - 1; y >= 0 && y < height; y += step) {
        if (!dirty[y])
            continue;
        dirty[y] = 0;
        if (!grow_row(candidates, edges, y))
            continue;
        if (y > 0)
            dirty[y - 1] = 1;
        if (y + 1 < height)
            dirty[y + 1] = 1;
        again = true;
    }
    return again;
}

void hysteresis_run(const struct bitmap *candidates, const struct bitmap *edges, uint8_t *dirty)
{
    memset(dirty, 1, (size_t)edges->height);
    int step = 1;
    while (sweep(candidates, edges, dirty, step))
        step = -step;
}

void bitmap_expand(const struct bitmap *bitmap, const struct plane *plane)
{
    for (int y = 0; y < plane->height; y++) {
        const uint64_t *words = bitmap_row(bitmap, y);
        uint8_t *row = plane->data + y * plane->stride;
        for (int x = 0; x < plane->width; x += 64) {
            uint64_t word = words[x / 64];
            int count = plane->width - x < 64 ? plane->width - x : 64;
            if (!word) {
                memset(row + x, 0, (size_t)count);
                continue;
            }
            for (int i = 0; i < count; i++)
                row[x + i] = (uint8_t) - (int)(word >> i & 1);
        }
    }
}
