/**
 * @file
 * BMP (Microsoft, "Bitmap Storage"; OS/2 1.x).
 *
 * A file header of 14 bytes says where the pixels begin; a second one, of 12 bytes (OS/2) or 40 and
 * more, says how they are stored: 1, 4 or 8 bits as numbers of a palette, plain or as runs (RLE),
 * or 16, 24 or 32 bits as colours. Rows are padded to four bytes and run from the bottom up unless
 * the height is negative.
 *
 * What comes out is what OpenCV's reader gives. Colours of five and six bits are shifted up and not
 * stretched; of 32 bits the order is B, G, R, whatever the masks say; what a run leaves out has the
 * palette's first colour. It holds that a run of RLE4 cannot jump to another row.
 */
#include "capture/image_decode.h"

#include "processing/gray.h"
#include "processing/memory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
    FILE_HEADER_BYTES = 14,
    OS2_HEADER_BYTES = 12,
    HEADER_BYTES = 40,
    MASKS_AT = FILE_HEADER_BYTES + HEADER_BYTES,
    COLORS = 256,
};

enum compression { PLAIN, RLE8, RLE4, BITFIELDS };

struct reader {
    const struct image_job *job;
    int width, height;
    bool top_down;
    unsigned bits; ///< a pixel
    enum compression compression;
    unsigned palette_colors;
    long palette_at, pixels_at; ///< bytes
    uint32_t masks[3];          ///< red, green, blue, of 16 bits a pixel
    bool to_gray;
    uint8_t palette[COLORS * 3], gray_palette[COLORS];
    uint8_t *stored; ///< a row of the file
    uint8_t *colors; ///< a row of B, G, R
    int row;         ///< in the file's order
};

static unsigned u16(const uint8_t *from)
{
    return (unsigned)from[0] | (unsigned)from[1] << 8;
}

static uint32_t u32(const uint8_t *from)
{
    return (uint32_t)u16(from) | (uint32_t)u16(from + 2) << 16;
}

static int refuse_kind(const struct reader *reader)
{
    return error_set(reader->job->err, -ENOTSUP, "'%s' is a kind of BMP that cannot be read",
                     reader->job->path);
}

static int tell_truncated_header(const struct reader *reader)
{
    return error_set(reader->job->err, -EBADMSG, "'%s' is truncated in its header",
                     reader->job->path);
}

static int tell_unread(const struct reader *reader, int code)
{
    return error_set(reader->job->err, code, "Cannot read '%s': %s", reader->job->path,
                     error_reason(code));
}

/** Damage behind the header. 0 if what there is shall be kept. */
static int tell_damage(const struct reader *reader, const char *what)
{
    const struct image_job *job = reader->job;
    job->out->state = IMAGE_DAMAGED;
    error_set(job->err, -EBADMSG, "'%s' is %s at row %d of %d", job->path, what, reader->row,
              reader->height);
    return job->wish->keep_damaged && reader->row > 0 ? 0 : -EBADMSG;
}

static bool get(const struct reader *reader, uint8_t *to, size_t bytes)
{
    return fread(to, 1, bytes, reader->job->file) == bytes;
}

// The header.

static int take_size(struct reader *reader, int64_t width, int64_t height)
{
    reader->top_down = height < 0;
    height = height < 0 ? -height : height;
    if (width < 1 || height < 1)
        return error_set(reader->job->err, -EBADMSG, "'%s' has %lld x %lld pixels",
                         reader->job->path, (long long)width, (long long)height);
    reader->width = width > INT_MAX ? INT_MAX : (int)width;
    reader->height = height > INT_MAX ? INT_MAX : (int)height;
    return image_check_size(reader->job, (unsigned)reader->width, (unsigned)reader->height);
}

static bool is_known_kind(const struct reader *reader)
{
    unsigned bits = reader->bits;
    switch (reader->compression) {
    case PLAIN:
        return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    case RLE8:
        return bits == 8;
    case RLE4:
        return bits == 4;
    case BITFIELDS:
        return bits == 16 || bits == 32;
    default:
        return false;
    }
}

static int read_masks(struct reader *reader)
{
    uint8_t masks[12];
    static const uint32_t usual[3] = {0x7c00, 0x3e0, 0x1f};
    memcpy(reader->masks, usual, sizeof usual);
    if (reader->bits != 16 || reader->compression != BITFIELDS)
        return 0;
    if (fseek(reader->job->file, MASKS_AT, SEEK_SET) < 0)
        return tell_unread(reader, -errno);
    if (!get(reader, masks, sizeof masks))
        return tell_truncated_header(reader);
    for (int i = 0; i < 3; i++)
        reader->masks[i] = u32(masks + 4 * i);
    return 0;
}

static int read_header(struct reader *reader)
{
    uint8_t head[FILE_HEADER_BYTES + HEADER_BYTES];
    if (!get(reader, head, FILE_HEADER_BYTES + OS2_HEADER_BYTES))
        return tell_truncated_header(reader);
    const uint8_t *info = head + FILE_HEADER_BYTES;
    uint32_t info_bytes = u32(info);
    bool os2 = info_bytes == OS2_HEADER_BYTES;
    if (!os2 && info_bytes < HEADER_BYTES)
        return refuse_kind(reader);
    reader->pixels_at = (long)u32(head + 10);
    reader->palette_at = (long)info_bytes + FILE_HEADER_BYTES;
    if (os2) {
        reader->bits = u16(info + 10);
        reader->palette_colors = 1u << (reader->bits & 15);
        return take_size(reader, u16(info + 4), u16(info + 6));
    }
    if (!get(reader, head + FILE_HEADER_BYTES + OS2_HEADER_BYTES, HEADER_BYTES - OS2_HEADER_BYTES))
        return tell_truncated_header(reader);
    reader->bits = u16(info + 14);
    reader->compression = (enum compression)u32(info + 16);
    reader->palette_colors = u32(info + 32);
    if (!reader->palette_colors)
        reader->palette_colors = 1u << (reader->bits & 15);
    int ret = read_masks(reader);
    return ret < 0 ? ret : take_size(reader, (int32_t)u32(info + 4), (int32_t)u32(info + 8));
}

static int read_palette(struct reader *reader)
{
    uint8_t stored[COLORS * 4];
    size_t entry = reader->palette_at == FILE_HEADER_BYTES + OS2_HEADER_BYTES ? 3 : 4;
    if (reader->bits > 8)
        return 0;
    if (reader->palette_colors > COLORS)
        return refuse_kind(reader);
    if (fseek(reader->job->file, reader->palette_at, SEEK_SET) < 0)
        return tell_unread(reader, -errno);
    if (!get(reader, stored, reader->palette_colors * entry))
        return tell_truncated_header(reader);
    for (unsigned i = 0; i < reader->palette_colors; i++)
        memcpy(reader->palette + i * 3, stored + i * entry, 3);
    struct frame row = {
        .format = PIXEL_BGR24, .width = COLORS, .height = 1, .data = {reader->palette}};
    gray_row(&row, GRAY_BGR, 0, reader->gray_palette);
    return 0;
}

// Rows of colours.

static uint8_t *out_row(const struct reader *reader, int row)
{
    const struct image *out = reader->job->out;
    int y = reader->top_down ? row : reader->height - 1 - row;
    return out->block + y * out->layout.stride[0];
}

static void put_index(const struct reader *reader, uint8_t *row, int x, unsigned index)
{
    if (reader->to_gray)
        row[x] = reader->gray_palette[index];
    else
        memcpy(row + (ptrdiff_t)x * 3, reader->palette + (size_t)index * 3, 3);
}

/** The mask's bits of a pixel, its highest as bit 7. */
static uint8_t masked(uint32_t pixel, uint32_t mask)
{
    uint32_t value = pixel & mask;
    if (!mask)
        return 0;
    int top = 31 - __builtin_clz(mask);
    return (uint8_t)(top > 7 ? value >> (top - 7) : value << (7 - top));
}

/** The stored row as B, G, R. */
static uint8_t *colors_of(const struct reader *reader)
{
    uint8_t *from = reader->stored;
    uint8_t *to = reader->colors;
    if (reader->bits == 24)
        return from;
    for (int x = 0; x < reader->width; x++, to += 3) {
        if (reader->bits == 32) {
            memcpy(to, from + (ptrdiff_t)x * 4, 3);
            continue;
        }
        uint32_t pixel = u16(from + (ptrdiff_t)x * 2);
        for (int i = 0; i < 3; i++)
            to[i] = masked(pixel, reader->masks[2 - i]);
    }
    return reader->colors;
}

static void put_indices(const struct reader *reader, uint8_t *to, int x, int count,
                        const uint8_t *from)
{
    unsigned bits = reader->bits, each = 8 / bits, top = (1u << bits) - 1;
    for (unsigned i = 0; i < (unsigned)count; i++)
        put_index(reader, to, x + (int)i, from[i / each] >> (8 - bits - i % each * bits) & top);
}

static void put_row(const struct reader *reader)
{
    uint8_t *to = out_row(reader, reader->row);
    if (reader->bits <= 8) {
        put_indices(reader, to, 0, reader->width, reader->stored);
        return;
    }
    uint8_t *colors = colors_of(reader);
    struct frame row = {
        .format = PIXEL_BGR24, .width = reader->width, .height = 1, .data = {colors}};
    if (reader->to_gray)
        gray_row(&row, GRAY_BGR, 0, to);
    else
        memcpy(to, colors, (size_t)reader->width * 3);
}

static int read_rows(struct reader *reader)
{
    size_t bytes = ((size_t)reader->width * reader->bits + 7) / 8, padding = -bytes & 3;
    for (; reader->row < reader->height; reader->row++) {
        // The padding of the last row may be missing.
        if (!get(reader, reader->stored, bytes))
            return tell_damage(reader, "truncated");
        put_row(reader);
        if (fseek(reader->job->file, (long)padding, SEEK_CUR) < 0)
            return tell_unread(reader, -errno);
    }
    return 0;
}

// Runs.

/** Where the next pixel goes; x may be the width, until something moves on. */
struct place {
    int x;
    bool wrapped; ///< the last run ended its row, and what follows is in the next
};

static void wrap(struct reader *reader, struct place *place)
{
    if (place->x < reader->width)
        return;
    place->x = 0;
    reader->row++;
}

/** `count` pixels of one colour, over the ends of rows. */
static void fill(struct reader *reader, struct place *place, int64_t count, unsigned index)
{
    for (wrap(reader, place); count > 0 && reader->row < reader->height; count--) {
        put_index(reader, out_row(reader, reader->row), place->x++, index);
        wrap(reader, place);
    }
}

static int run_pixels(struct reader *reader, struct place *place, int count, unsigned code)
{
    int row = reader->row;
    if (place->x + count > reader->width)
        return tell_damage(reader, "damaged");
    if (reader->bits == 8) {
        fill(reader, place, count, code);
    } else {
        for (int i = 0; i < count; i++)
            put_index(reader, out_row(reader, row), place->x++, i % 2 ? code & 15 : code >> 4);
    }
    place->wrapped = reader->row > row;
    return 1;
}

static int plain_pixels(struct reader *reader, struct place *place, int count)
{
    uint8_t stored[COLORS];
    size_t bytes = ((size_t)count * reader->bits + 7) / 8;
    if (place->x + count > reader->width)
        return tell_damage(reader, "damaged");
    if (!get(reader, stored, bytes + bytes % 2))
        return tell_damage(reader, "truncated");
    put_indices(reader, out_row(reader, reader->row), place->x, count, stored);
    place->x += count;
    place->wrapped = false;
    return 1;
}

/** 0: the end of a row; 1: of the picture; 2: a jump. */
static int move_on(struct reader *reader, struct place *place, unsigned code)
{
    uint8_t jump[2];
    int64_t count = reader->width - place->x, rows = reader->height - reader->row;
    if (code == 2) {
        if (!get(reader, jump, sizeof jump))
            return tell_damage(reader, "truncated");
        count = jump[0];
        rows = jump[1];
    }
    bool nothing = code == 0 && place->wrapped && place->x == 0;
    if (code > 0 && (reader->bits == 8 || code == 1))
        count += rows * reader->width;
    if (!nothing)
        fill(reader, place, count, 0);
    place->wrapped = false;
    return 1;
}

/** 1: go on; 0: what there is shall be kept; or an error. */
static int read_run(struct reader *reader, struct place *place)
{
    uint8_t two[2];
    if (!get(reader, two, sizeof two))
        return tell_damage(reader, "truncated");
    if (two[0])
        return run_pixels(reader, place, two[0], two[1]);
    return two[1] > 2 ? plain_pixels(reader, place, two[1]) : move_on(reader, place, two[1]);
}

static int read_runs(struct reader *reader)
{
    struct place place = {0, false};
    int ret = 1;
    while (ret > 0 && reader->row < reader->height)
        ret = read_run(reader, &place);
    return ret < 0 ? ret : 0;
}

// All of it.

static int allocate(struct reader *reader, enum pixel_format format)
{
    const struct image_job *job = reader->job;
    int ret = image_allocate(job, format, reader->width, reader->height, 1);
    if (ret < 0)
        return ret;
    reader->stored = memory_alloc(MEMORY_FRAMES, (size_t)reader->width * 4);
    reader->colors = memory_alloc(MEMORY_FRAMES, (size_t)reader->width * 3);
    return reader->stored && reader->colors
               ? 0
               : error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
}

static int read_picture(struct reader *reader)
{
    const struct image_job *job = reader->job;
    int ret = read_header(reader);
    if (ret == 0 && !is_known_kind(reader))
        ret = refuse_kind(reader);
    if (ret == 0)
        ret = read_palette(reader);
    if (ret < 0)
        return ret;
    reader->to_gray = job->wish->how == IMAGE_GRAY_OF_BGR;
    enum pixel_format format = reader->to_gray ? PIXEL_GRAY8 : PIXEL_BGR24;
    if (job->needs)
        return image_tell_needs(job, format, reader->width, reader->height,
                                (size_t)reader->width * 8);
    ret = allocate(reader, format);
    if (ret < 0)
        return ret;
    job->out->serves = reader->to_gray ? 1u << IMAGE_GRAY_OF_BGR : IMAGE_SERVES_ALL;
    if (fseek(job->file, reader->pixels_at, SEEK_SET) < 0)
        return tell_unread(reader, -errno);
    bool runs = reader->compression == RLE8 || reader->compression == RLE4;
    return runs ? read_runs(reader) : read_rows(reader);
}

int image_read_bmp(const struct image_job *job)
{
    struct reader *reader = memory_alloc(MEMORY_FRAMES, sizeof *reader);
    if (!reader)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    reader->job = job;
    int ret = read_picture(reader);
    memory_free(reader->stored);
    memory_free(reader->colors);
    memory_free(reader);
    return ret;
}
