/**
 * @file
 * What an edge detector must be shown: nothing at all, noise, smoothed noise, every direction of
 * gradient, equal neighbours (ties), the largest steps there are, text, and contours that fade so
 * slowly that only hysteresis keeps them in one piece.
 *
 * The mixing function is "lowbias32" of Chris Wellons, https://nullprogram.com/blog/2018/07/31/.
 */
#include "tests/golden/patterns.h"

#include <stddef.h>
#include <string.h>

uint32_t pattern_hash(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t h = seed * 0x9e3779b1U + y * 0x85ebca77U + x * 0xc2b2ae3dU;
    h ^= h >> 16;
    h *= 0x7feb352dU;
    h ^= h >> 15;
    h *= 0x846ca68bU;
    return h ^ h >> 16;
}

static uint8_t constant(uint32_t seed, uint32_t x, uint32_t y)
{
    (void)x;
    (void)y;
    return (uint8_t)(seed * 37);
}

static uint8_t noise(uint32_t seed, uint32_t x, uint32_t y)
{
    return (uint8_t)pattern_hash(seed, x, y);
}

static uint8_t levels(uint32_t seed, uint32_t x, uint32_t y)
{
    return (uint8_t)((pattern_hash(seed, x, y) & 3) * 85);
}

static uint8_t extremes(uint32_t seed, uint32_t x, uint32_t y)
{
    return pattern_hash(seed, x, y) & 1 ? 255 : 0;
}

static uint8_t dots(uint32_t seed, uint32_t x, uint32_t y)
{
    return pattern_hash(seed, x, y) % 61 == 0 ? 255 : 0;
}

static uint8_t smooth(uint32_t seed, uint32_t x, uint32_t y)
{
    int32_t sum = 0;
    for (uint32_t j = 0; j < 7; j++)
        for (uint32_t i = 0; i < 7; i++)
            sum += noise(seed, x + i, y + j);
    int32_t value = (sum - 49 * 128) / 8 + 128;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/** Noise on a lattice of 16 pixels, interpolated between. */
static uint8_t clouds(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t i = x / 16, j = y / 16, fx = x % 16, fy = y % 16;
    uint32_t top = noise(seed, i, j) * (16 - fx) + noise(seed, i + 1, j) * fx;
    uint32_t bottom = noise(seed, i, j + 1) * (16 - fx) + noise(seed, i + 1, j + 1) * fx;
    return (uint8_t)((top * (16 - fy) + bottom * fy) >> 8);
}

static uint8_t ramp(uint32_t seed, uint32_t x, uint32_t y)
{
    return (uint8_t)((x * (seed % 4) + y * (seed / 4 % 4)) >> (seed / 16 % 4));
}

static uint8_t checker(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t side = 1 + seed % 16;
    return (x / side + y / side) % 2 ? 255 : seed & 16 ? 215 : 0;
}

static uint8_t rings(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t dx = x - 50, dy = y - 40;
    return (uint8_t)((dx * dx + dy * dy) >> (3 + seed % 6));
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint8_t boxes(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t i = x % 64, j = y % 64, thick = 2 + seed % 5;
    uint32_t depth = least(least(i, 63 - i), least(j, 63 - j));
    return depth / thick % 2 ? 200 : 50;
}

/** Lines whose contrast falls to nothing and rises again over 512 pixels. */
static uint8_t fading(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t along = (x + seed * 64) % 512;
    uint32_t contrast = (along < 256 ? 255 - along : along - 256) / 2;
    return (uint8_t)(y % 8 < 4 ? 100 + contrast : 100);
}

static uint8_t text(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t scale = 1 + seed % 3, i = x / scale, j = y / scale;
    uint32_t column = i % 6, row = j % 8;
    if (column == 5 || row == 7)
        return 235;
    return pattern_hash(seed + 7919 * row, i / 6, j / 8) >> column & 1 ? 20 : 235;
}

static uint8_t steps(uint32_t seed, uint32_t x, uint32_t y)
{
    return (uint8_t)(x / (3 + seed % 4) * 9 + y / (4 + seed % 3) * 13);
}

static const struct pattern patterns[] = {
    {"constant", constant}, {"noise", noise},   {"levels", levels}, {"extremes", extremes},
    {"dots", dots},         {"smooth", smooth}, {"clouds", clouds}, {"ramp", ramp},
    {"checker", checker},   {"rings", rings},   {"boxes", boxes},   {"fading", fading},
    {"text", text},         {"steps", steps},
};

const struct pattern *pattern_find(const char *name)
{
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (strcmp(patterns[i].name, name) == 0)
            return &patterns[i];
    return NULL;
}
