/**
 * @file
 * Canny as a stream of rows: a few rows at a time pass through gray, blur, gradient and suppression
 * while they are in the first-level cache, and leave two bits a pixel behind: candidate and strong.
 * Hysteresis then runs on those bitmaps. No plane of the picture's size exists but them.
 *
 * The picture is cut into bands of rows, which may run at once, and a band into tiles of columns
 * (kernels.h). This file decides which rows and columns go where, so it is where the borders of
 * the picture are: filters see beyond them by mirrored or repeated pixels, and a tile recomputes
 * some pixels of its neighbours. The arithmetic is in the kernels. Equal to canny_reference.c byte
 * for byte.
 */
#include "processing/canny.h"
#include "processing/canny_taps.h"
#include "processing/gray_fast.h"
#include "processing/hysteresis.h"
#include "processing/kernels.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>

enum {
    CACHE_LINE = 64,
    BORDER = 3,                    ///< pixels beyond the picture that the widest filter sees
    BLURRED_ROWS = 2 * STRIP_ROWS, ///< a strip that is read, and one that was made for its last row
};

/** What a tile needs; as large as the first-level cache would like. Zeroed before the first use. */
struct scratch {
    uint8_t gray[STRIP_ROWS][LINE_BYTES];
    uint8_t blurred[BLURRED_ROWS][LINE_BYTES]; ///< row y of the picture is number y % BLURRED_ROWS
    uint8_t records[ROW_COUNT * ROW_BYTES];
    uint8_t blur_state[STATE_BYTES], gradient_state[STATE_BYTES];
    uint64_t list[STRIP_ROWS * BLOCKS_MAX + 1];
    uint8_t active[BLOCKS_MAX];
};

struct canny {
    int width, height;
    int bands;
    int tile_width; ///< pixels of a tile's own, but for the last tile
    int mirror_left[BORDER], mirror_right[BORDER]; ///< columns for those beyond the picture
    const struct kernels *kernels;
    struct scratch *scratch; ///< one a band
    struct hysteresis hysteresis;

    // Of the run at hand.
    const struct frame *frame;
    const struct canny_params *params;
    const struct plane *edges;
    struct canny_thresholds thresholds;
};

/** A tile on its way down a band. Places in lines count from the pixel TILE_MARGIN before x0. */
struct tile {
    const struct canny *canny;
    struct scratch *scratch;
    int top, bottom; ///< rows of the band
    int x0, x1;      ///< columns of its own
    int blocks;
    int gray_next;                   ///< next row to be read, may be beyond the picture
    int blurred_first, blurred_next; ///< rows that were blurred, the last BLURRED_ROWS are there
};

static int clamp(int i, int count)
{
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

static int reflect(int i, int count)
{
    if (count == 1)
        return 0;
    while (i < 0 || i >= count)
        i = i < 0 ? -i : 2 * count - 2 - i;
    return i;
}

// ---- rows of gray and of blurred gray -------------------------------------------------------

/** Repeats the picture's first and last pixel of a line to both sides, or mirrors it there. */
static void extend_line(const struct tile *tile, uint8_t *line, bool mirrored)
{
    const struct canny *c = tile->canny;
    uint8_t *origin = line + TILE_MARGIN - tile->x0; // where column 0 is, or would be
    uint8_t *end = origin + c->width;
    if (tile->x0 == 0)
        for (int i = 0; i < BORDER; i++)
            origin[-1 - i] = origin[mirrored ? c->mirror_left[i] : 0];
    if (tile->x1 == c->width)
        for (int i = 0; i < BORDER; i++)
            end[i] = mirrored ? origin[c->mirror_right[i]] : end[-1];
}

/**
 * Asks for the part of a row that the next strip will read. A tile's rows are short, so the
 * processor does not see by itself where they go on.
 */
static void prefetch_row(const struct frame *frame, int y, int from, int to)
{
    if (y >= frame->height)
        return;
    int pixel = pixel_format_bytes(frame->format);
    const uint8_t *row = frame->data[0] + y * frame->stride[0];
    for (ptrdiff_t i = (ptrdiff_t)from * pixel; i < (ptrdiff_t)to * pixel; i += CACHE_LINE)
        __builtin_prefetch(row + i, 0, 2);
}

/** Reads the next strip of gray into `lines`. */
static void make_gray(struct tile *tile, uint8_t *const *lines)
{
    const struct canny *c = tile->canny;
    bool blurs = c->params->blur > 0;
    int from = tile->x0 > 0 ? tile->x0 - TILE_MARGIN : 0;
    int to = tile->x1 + TILE_MARGIN < c->width ? tile->x1 + TILE_MARGIN : c->width;
    for (int i = 0; i < STRIP_ROWS; i++) {
        prefetch_row(c->frame, tile->gray_next + STRIP_ROWS, from, to);
        int y = reflect(tile->gray_next++, c->height);
        gray_span_fast(c->kernels, c->frame, c->params->gray, y, from, to - from,
                       lines[i] + TILE_MARGIN + from - tile->x0);
        extend_line(tile, lines[i], blurs);
    }
}

/** Sends the next strip of gray through the blur. */
static void blur_strip(struct tile *tile, uint8_t *const *out)
{
    struct scratch *s = tile->scratch;
    uint8_t *lines[STRIP_ROWS];
    for (int i = 0; i < STRIP_ROWS; i++)
        lines[i] = s->gray[i] + LINE_PAD;
    make_gray(tile, lines);
    int index = canny_taps_index(tile->canny->params->blur);
    tile->canny->kernels->blur[index]((const uint8_t *const *)lines, tile->blocks, s->blur_state,
                                      out);
}

static uint8_t *blurred_line(const struct tile *tile, int y)
{
    return tile->scratch->blurred[y % BLURRED_ROWS] + LINE_PAD;
}

/** Blurs the next strip. Beyond the picture nothing of it means anything. */
static void make_blurred(struct tile *tile)
{
    uint8_t *lines[STRIP_ROWS];
    for (int i = 0; i < STRIP_ROWS; i++)
        lines[i] = blurred_line(tile, tile->blurred_next + i);
    tile->blurred_next += STRIP_ROWS;
    if (tile->canny->params->blur == 0) {
        make_gray(tile, lines);
        return;
    }
    blur_strip(tile, lines);
    for (int i = 0; i < STRIP_ROWS; i++)
        extend_line(tile, lines[i], false);
}

/** Begins with the blurred row `first`: the blur sees a strip that ends half its size below it. */
static void begin_blur(struct tile *tile, int first)
{
    int half = tile->canny->params->blur / 2;
    tile->blurred_first = tile->blurred_next = first;
    tile->gray_next = first;
    if (half == 0)
        return;
    uint8_t *unread[STRIP_ROWS];
    for (int i = 0; i < STRIP_ROWS; i++)
        unread[i] = blurred_line(tile, first + i);
    tile->gray_next = first + half - STRIP_ROWS;
    blur_strip(tile, unread);
}

// ---- gradients ------------------------------------------------------------------------------

static uint8_t *record(const struct tile *tile, int number)
{
    return tile->scratch->records + (ptrdiff_t)number * ROW_BYTES;
}

/** Bytes of a plane that a tile uses, with the value behind its last block. */
static size_t plane_bytes(const struct tile *tile)
{
    return (size_t)(tile->blocks * tile->canny->kernels->block) + 4;
}

static int magnitude_planes(const struct tile *tile)
{
    return tile->canny->params->l2 ? 4 : 2;
}

/** No magnitude outside the picture: in a strip's new rows the column at `place` of a line. */
static void clear_column(const struct tile *tile, int place)
{
    int planes = magnitude_planes(tile), size = planes; // bytes of a magnitude: 2 of L1, 4 of L2
    uint8_t *at =
        record(tile, 2) + ROW_MAGNITUDE + place % planes * ROW_PLANE + place / planes * size;
    for (int i = 0; i < STRIP_ROWS; i++, at += ROW_BYTES)
        memset(at, 0, size == 2 ? 2 : 4);
}

static void clear_magnitudes(const struct tile *tile, uint8_t *row)
{
    for (int i = 0; i < magnitude_planes(tile); i++)
        memset(row + ROW_MAGNITUDE + i * ROW_PLANE, 0, plane_bytes(tile));
}

/**
 * Sends a strip of blurred rows through the aperture, from row `from` on; instead of rows beyond
 * the picture, or above the first one that was blurred, the nearest are taken. The gradients of the
 * rows half an aperture above these are then in records 2 and up.
 *
 * @return Length of the list of active blocks.
 */
static int make_gradients(struct tile *tile, int from)
{
    const struct canny *c = tile->canny;
    struct scratch *s = tile->scratch;
    struct gradient_strip strip = {.blocks = tile->blocks,
                                   .low = c->thresholds.low,
                                   .state = s->gradient_state,
                                   .active = s->active,
                                   .records = s->records,
                                   .bits_stride = c->hysteresis.edges.stride * 8,
                                   .list = s->list};
    while (tile->blurred_next <= clamp(from + STRIP_ROWS - 1, c->height))
        make_blurred(tile);
    for (int i = 0; i < STRIP_ROWS; i++) {
        int y = clamp(from + i, c->height);
        strip.lines[i] = blurred_line(tile, y < tile->blurred_first ? tile->blurred_first : y);
    }
    int listed = c->kernels->gradient[canny_taps_index(c->params->aperture)][c->params->l2](&strip);
    if (tile->x0 == 0)
        clear_column(tile, TILE_MARGIN - 1);
    if (tile->x1 == c->width)
        clear_column(tile, TILE_MARGIN + c->width - tile->x0);
    return listed;
}

/** The last two of so many new rows become numbers 0 and 1; number 0 is only looked up at. */
static void keep_last_rows(struct tile *tile, int rows)
{
    size_t bytes = plane_bytes(tile);
    for (int i = 0; i < 2; i++)
        for (int plane = 0; plane < magnitude_planes(tile); plane++)
            memcpy(record(tile, i) + ROW_MAGNITUDE + plane * ROW_PLANE,
                   record(tile, rows + i) + ROW_MAGNITUDE + plane * ROW_PLANE, bytes);
    for (int plane = ROW_DX; plane < 4 * TILE_SPAN; plane += TILE_SPAN)
        memcpy(record(tile, 1) + plane, record(tile, rows + 1) + plane, bytes - 4);
}

// ---- suppression ----------------------------------------------------------------------------

/** Bits of a tile's rows; blocks begin TILE_MARGIN pixels early, in a byte of the tile before. */
static uint8_t *tile_bits(const struct tile *tile, const struct bitmap *bitmap, int y)
{
    return (uint8_t *)bitmap_row(bitmap, y) + (tile->x0 - TILE_MARGIN) / 8;
}

/** Zeroes the tile's part of some rows, and what the tile before left in it. */
static void clear_bits(const struct tile *tile, const struct bitmap *bitmap, int y, int end)
{
    int first = tile->x0 / 8;
    int last = tile->x1 < bitmap->width ? tile->x1 / 8 : 8 * (bitmap->row_words + 1);
    for (; y < end; y++)
        memset((uint8_t *)bitmap_row(bitmap, y) + first, 0, (size_t)(last - first));
}

/** Takes back what whole blocks wrote beyond the picture. */
static void trim_row(const struct bitmap *bitmap, int y)
{
    uint64_t *words = bitmap_row(bitmap, y);
    if (bitmap->width % 64)
        words[bitmap->row_words - 1] &= (UINT64_C(1) << bitmap->width % 64) - 1;
    words[bitmap->row_words] = 0;
}

/**
 * Suppresses the listed blocks of records 1 to `rows`; record 1 is row `y`, which may be above the
 * band, with no block listed.
 */
static void suppress(const struct tile *tile, int y, int rows, int listed)
{
    const struct canny *c = tile->canny;
    const struct bitmap *bitmaps[2] = {&c->hysteresis.candidates, &c->hysteresis.edges};
    int first = y < tile->top ? tile->top : y, end = y + rows;
    uint8_t before[2][STRIP_ROWS];
    for (int k = 0; k < 2; k++) {
        clear_bits(tile, bitmaps[k], first, end);
        for (int i = first; i < end; i++)
            before[k][i - first] = *tile_bits(tile, bitmaps[k], i);
    }
    c->kernels->suppress[c->params->l2](
        tile->scratch->records, tile->scratch->list, listed, c->thresholds.low, c->thresholds.high,
        tile_bits(tile, bitmaps[0], y), tile_bits(tile, bitmaps[1], y));
    for (int k = 0; k < 2; k++)
        for (int i = first; i < end; i++) {
            *tile_bits(tile, bitmaps[k], i) = before[k][i - first];
            if (tile->x1 == c->width)
                trim_row(bitmaps[k], i);
        }
}

/** Takes the blocks of rows behind number `rows` off the list. */
static int shorten_list(const struct tile *tile, int rows, int listed)
{
    uint64_t *list = tile->scratch->list;
    int kept = 0;
    for (int i = 0; i < listed; i++) {
        list[kept] = list[i];
        kept += (uint32_t)list[i] < (uint32_t)((rows + 1) * ROW_BYTES);
    }
    return kept;
}

/** The row below the last one is nothing. */
static void suppress_last_row(const struct tile *tile)
{
    int block = tile->canny->kernels->block;
    clear_magnitudes(tile, record(tile, 2));
    for (int b = 0; b < tile->blocks; b++)
        tile->scratch->list[b] =
            (uint64_t)(ROW_BYTES + b * block) | (uint64_t)(unsigned)(b * block / 8) << 32;
    suppress(tile, tile->bottom - 1, 1, tile->blocks);
}

// ---- tiles and bands ------------------------------------------------------------------------

/** From the picture's rows to bits, all the way down the band. */
static void run_tile(struct tile *tile)
{
    int height = tile->canny->height, half = tile->canny->params->aperture / 2;
    // Suppression looks one row up and one down.
    int first = tile->top > 0 ? tile->top - 1 : 0;
    int end = tile->bottom < height ? tile->bottom + 1 : height;
    begin_blur(tile, clamp(first - half, height));
    // Fill the aperture, and the row above the band; nothing of it is a result.
    int from = tile->top + half;
    make_gradients(tile, from - STRIP_ROWS);
    keep_last_rows(tile, STRIP_ROWS);
    memset(tile->scratch->active, 0, sizeof tile->scratch->active);
    if (tile->top == 0)
        clear_magnitudes(tile, record(tile, 1));
    for (; from < end + half; from += STRIP_ROWS) {
        int rows = end + half - from < STRIP_ROWS ? end + half - from : STRIP_ROWS;
        int listed = make_gradients(tile, from);
        if (rows < STRIP_ROWS)
            listed = shorten_list(tile, rows, listed);
        suppress(tile, from - half - 1, rows, listed);
        keep_last_rows(tile, rows);
    }
    if (tile->bottom == height)
        suppress_last_row(tile);
}

static int band_top(const struct canny *c, int band)
{
    return (int)((int64_t)c->height * band / c->bands);
}

/** From the picture's rows to edges that are whole within the band. */
static void run_band(void *work, int band)
{
    const struct canny *c = work;
    int block = c->kernels->block;
    struct tile tile = {.canny = c,
                        .scratch = &c->scratch[band],
                        .top = band_top(c, band),
                        .bottom = band_top(c, band + 1)};
    for (tile.x0 = 0; tile.x0 < c->width; tile.x0 = tile.x1) {
        tile.x1 = c->width - tile.x0 > c->tile_width ? tile.x0 + c->tile_width : c->width;
        int margins = tile.x1 < c->width ? 2 * TILE_MARGIN : TILE_MARGIN;
        tile.blocks = (tile.x1 - tile.x0 + margins + block - 1) / block;
        run_tile(&tile);
    }
    hysteresis_grow(&c->hysteresis, tile.top, tile.bottom);
}

static void expand_band(void *work, int band)
{
    const struct canny *c = work;
    bitmap_expand(c->kernels, &c->hysteresis.edges, c->edges, band_top(c, band),
                  band_top(c, band + 1));
}

static void run_in_turn(void *context, int count, void (*band)(void *work, int index), void *work)
{
    (void)context;
    for (int i = 0; i < count; i++)
        band(work, i);
}

int canny_run(struct canny *scratch, const struct canny_params *params, const struct frame *frame,
              const struct plane *edges, const struct band_runner *runner)
{
    static const struct band_runner in_turn = {run_in_turn, NULL};
    struct canny *c = scratch;
    if (!canny_params_valid(params) || frame->width != c->width || frame->height != c->height ||
        edges->width != c->width || edges->height != c->height)
        return -EINVAL;
    if (!runner || c->bands == 1)
        runner = &in_turn;
    c->frame = frame;
    c->params = params;
    c->edges = edges;
    c->thresholds = canny_thresholds_of(params);
    if (!params->l2) {
        // Kernels compare in 16 bits; no L1 magnitude comes near the largest of these.
        c->thresholds.low = clamp(c->thresholds.low, INT16_MAX + 1);
        c->thresholds.high = clamp(c->thresholds.high, INT16_MAX + 1);
    }
    runner->run(runner->context, c->bands, run_band, c);
    for (int band = 1; band < c->bands; band++)
        hysteresis_join(&c->hysteresis, band_top(c, band));
    runner->run(runner->context, c->bands, expand_band, c);
    c->frame = NULL;
    c->params = NULL;
    c->edges = NULL;
    return 0;
}

// ---- scratch --------------------------------------------------------------------------------

int canny_bands_for(int width, int height, int threads)
{
    // A quarter of a megapixel takes some hundred microseconds; waking a thread takes tens.
    int64_t worth = (int64_t)width * height / (1 << 18);
    int bands = worth < threads ? (int)worth : threads;
    return bands < 1 ? 1 : bands > CANNY_BANDS_MAX ? CANNY_BANDS_MAX : bands;
}

/** Tiles as equal as whole blocks allow, none wider than TILE_SPAN with its margins. */
static int tile_width_for(int width, int block)
{
    int most = TILE_SPAN - 2 * TILE_MARGIN, tiles = (width + most - 1) / most;
    int own = (width + tiles - 1) / tiles + 2 * TILE_MARGIN;
    return (own + block - 1) / block * block - 2 * TILE_MARGIN;
}

int canny_create(struct canny **out, int width, int height, int bands)
{
    *out = NULL;
    if (!frame_size_is_valid(width, height) || bands < 1 || bands > CANNY_BANDS_MAX)
        return -EINVAL;
    struct canny *c = memory_alloc(MEMORY_CANNY, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->width = width;
    c->height = height;
    c->bands = bands < height ? bands : height;
    c->kernels = kernels_of(cpu_level());
    c->tile_width = tile_width_for(width, c->kernels->block);
    for (int i = 0; i < BORDER; i++) {
        c->mirror_left[i] = reflect(-1 - i, width);
        c->mirror_right[i] = reflect(width + i, width);
    }
    c->scratch = memory_alloc(MEMORY_CANNY, (size_t)c->bands * sizeof *c->scratch);
    if (hysteresis_make(&c->hysteresis, c->kernels, width, height) < 0 || !c->scratch) {
        canny_destroy(&c);
        return -ENOMEM;
    }
    *out = c;
    return 0;
}

void canny_destroy(struct canny **scratch)
{
    struct canny *c = *scratch;
    if (!c)
        return;
    memory_free(c->scratch);
    hysteresis_free(&c->hysteresis);
    memory_free(c);
    *scratch = NULL;
}
