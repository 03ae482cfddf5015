/**
 * @file
 * TIFF (Adobe, "TIFF Revision 6.0") by libtiff.
 *
 * A TIFF is a directory of tags that may lie anywhere in the file, mostly at its end, and pixels in
 * strips of rows or in tiles, each packed by itself in one of many ways. libtiff turns whatever
 * they hold (inks, palettes, luma and chroma, one to sixteen bits) into red, green, blue and alpha
 * of eight bits, a strip or a tile at a time; it is how OpenCV reads them too.
 *
 * libtiff hands out rows from the bottom up and mirrors what lies mirrored; what lies on its side
 * is turned here afterwards, the way OpenCV does it.
 */
#include "capture/media_tiff.h"

#include "capture/tiff_memory.h"
#include "processing/gray_fast.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tiffio.h>

enum { RASTER_BYTES = 4 /* a pixel */, WORDS_BYTES = 256 };

/** Files up to this are read at once. */
static const uint64_t loaded_bytes = 64 << 20;

/** Most that libtiff may allocate at once, e.g. for a packed strip. */
static const tmsize_t most_bytes = (tmsize_t)1 << 30;

struct media_tiff {
    const struct image_job *job; ///< of the call
    TIFF *tiff;
    uint64_t file_bytes;
    struct tiff_memory memory; ///< the whole file, unless it is large
    char words[WORDS_BYTES];   ///< libtiff's first complaint
    uint32_t width, height;
    bool tiled, to_gray, bottom_up;
    bool packed;                        ///< pixels are compressed, and so may be damaged
    uint32_t piece_width, piece_height; ///< of a strip or tile
    int turn;                           ///< orientation that image_turn() takes afterwards
    uint32_t *raster;                   ///< a piece
    uint8_t *colors;                    ///< a row of B, G, R
    bool begun;                         ///< the directory at hand has been read already
    bool ended;                         ///< the chain of directories is broken
};

static int take_words(TIFF *tiff, void *self, const char *module, const char *format, va_list list)
{
    struct media_tiff *reader = self;
    (void)tiff;
    (void)module;
    if (!reader->words[0])
        vsnprintf(reader->words, sizeof reader->words, format, list);
    return 1; // the library's own handler would print
}

static int ignore_words(TIFF *tiff, void *self, const char *module, const char *format,
                        va_list list)
{
    (void)tiff;
    (void)self;
    (void)module;
    (void)format;
    (void)list;
    return 1;
}

static bool is_small(const struct media_tiff *reader)
{
    return reader->file_bytes <= loaded_bytes;
}

static TIFF *open_loaded(struct media_tiff *reader, TIFFOpenOptions *options)
{
    const struct image_job *job = reader->job;
    return tiff_memory_open(&reader->memory, job->file, (size_t)reader->file_bytes, job->path,
                            options);
}

static TIFF *open_large(struct media_tiff *reader, TIFFOpenOptions *options)
{
    int fd = dup(fileno(reader->job->file));
    TIFF *tiff = fd < 0 ? NULL : TIFFFdOpenExt(fd, reader->job->path, "rm", options);
    if (!tiff && fd >= 0)
        close(fd);
    return tiff;
}

// The directory.

/** Where the header says that the directory is. */
static uint64_t directory_at(const struct media_tiff *reader)
{
    uint8_t head[16] = {0};
    uint64_t at = 0;
    if (pread(fileno(reader->job->file), head, sizeof head, 0) < 8)
        return UINT64_MAX;
    bool little = head[0] == 'I', large = head[little ? 2 : 3] == 43;
    int first = large ? 8 : 4, count = large ? 8 : 4;
    for (int i = 0; i < count; i++)
        at = at << 8 | head[little ? first + count - 1 - i : first + i];
    return at;
}

/** @param code Why libtiff did not come to say a word; 0 if there is nothing to know. */
static int tell_unreadable(const struct media_tiff *reader, int code)
{
    const struct image_job *job = reader->job;
    if (!reader->words[0])
        return error_set(job->err, code ? code : -ENOMEM, "Cannot read the TIFF '%s': %s",
                         job->path, error_reason(code ? code : -ENOMEM));
    if (directory_at(reader) >= reader->file_bytes)
        return error_set(job->err, -EBADMSG,
                         "'%s' is truncated: the directory of its pixels was at the end",
                         job->path);
    return error_set(job->err, -EBADMSG, "Cannot read the TIFF '%s': %s", job->path, reader->words);
}

static int open_tiff(struct media_tiff *reader)
{
    errno = 0;
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options) {
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, most_bytes);
        TIFFOpenOptionsSetErrorHandlerExtR(options, take_words, reader);
        TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_words, NULL);
        // For the header alone it is not loaded: nobody has admitted those bytes yet.
        bool loads = is_small(reader) && !reader->job->needs;
        reader->tiff = loads ? open_loaded(reader, options) : open_large(reader, options);
    }
    int code = -errno;
    TIFFOpenOptionsFree(options);
    return reader->tiff ? 0 : tell_unreadable(reader, code);
}

static void take_orientation(struct media_tiff *reader)
{
    uint16_t orientation = ORIENTATION_TOPLEFT;
    TIFFGetField(reader->tiff, TIFFTAG_ORIENTATION, &orientation);
    reader->bottom_up = orientation == ORIENTATION_BOTRIGHT || orientation == ORIENTATION_BOTLEFT ||
                        orientation == ORIENTATION_RIGHTBOT || orientation == ORIENTATION_LEFTBOT;
    bool across = orientation == ORIENTATION_LEFTTOP || orientation == ORIENTATION_RIGHTBOT;
    bool back = orientation == ORIENTATION_RIGHTTOP || orientation == ORIENTATION_LEFTBOT;
    reader->turn = across ? 5 : back ? 7 : 1;
}

static int take_pieces(struct media_tiff *reader)
{
    const struct image_job *job = reader->job;
    reader->tiled = TIFFIsTiled(reader->tiff);
    reader->piece_width = reader->width;
    reader->piece_height = reader->height;
    if (reader->tiled) {
        TIFFGetField(reader->tiff, TIFFTAG_TILEWIDTH, &reader->piece_width);
        TIFFGetField(reader->tiff, TIFFTAG_TILELENGTH, &reader->piece_height);
    } else {
        uint32_t rows = 0;
        TIFFGetField(reader->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
        if (rows > 0 && rows < reader->height)
            reader->piece_height = rows;
    }
    // A tile may be larger than the picture.
    return image_check_size(job, reader->piece_width, reader->piece_height);
}

static int read_directory(struct media_tiff *reader)
{
    const struct image_job *job = reader->job;
    char words[1024] = ""; // as libtiff asks for it
    uint16_t compression = COMPRESSION_NONE;
    TIFFGetField(reader->tiff, TIFFTAG_IMAGEWIDTH, &reader->width);
    TIFFGetField(reader->tiff, TIFFTAG_IMAGELENGTH, &reader->height);
    int ret = image_check_size(job, reader->width, reader->height);
    if (ret == 0)
        ret = take_pieces(reader);
    if (ret == 0 && !TIFFRGBAImageOK(reader->tiff, words))
        ret = error_set(job->err, -ENOTSUP, "'%s' is a kind of TIFF that cannot be read: %.200s",
                        job->path, words);
    take_orientation(reader);
    TIFFGetField(reader->tiff, TIFFTAG_COMPRESSION, &compression);
    reader->packed = compression != COMPRESSION_NONE;
    return ret;
}

/** A piece as it comes out, as it is unpacked (each plane of it), and a second picture to turn. */
static size_t scratch_bytes(const struct media_tiff *reader, enum pixel_format format)
{
    uint64_t packed = reader->tiled ? TIFFTileSize64(reader->tiff) : TIFFStripSize64(reader->tiff);
    size_t raster = (size_t)reader->piece_width * reader->piece_height * RASTER_BYTES;
    size_t turned = frame_layout_make(format, (int)reader->width, (int)reader->height, 0).bytes;
    uint64_t most = (uint64_t)most_bytes;
    size_t loaded = is_small(reader) ? (size_t)reader->file_bytes : 0;
    return loaded + raster + (size_t)(packed < most ? packed : most) * 4 +
           (reader->turn > 1 ? turned : 0);
}

// The pixels.

/** Whether the file is long enough for a piece. */
static bool is_there(const struct media_tiff *reader, uint32_t piece)
{
    uint64_t at = TIFFGetStrileOffset(reader->tiff, piece);
    uint64_t bytes = TIFFGetStrileByteCount(reader->tiff, piece);
    return bytes == 0 || (at <= reader->file_bytes && bytes <= reader->file_bytes - at);
}

/** In a plain strip that was cut off, rows are there up to the cut. */
static uint32_t rows_there(const struct media_tiff *reader, uint32_t piece)
{
    uint64_t at = TIFFGetStrileOffset(reader->tiff, piece);
    uint64_t row_bytes = TIFFScanlineSize64(reader->tiff);
    if (reader->packed || reader->tiled || at >= reader->file_bytes || !row_bytes)
        return 0;
    uint64_t rows = (reader->file_bytes - at) / row_bytes;
    return rows < reader->piece_height ? (uint32_t)rows : reader->piece_height;
}

/** Of planes apart, the piece is in each. Checks them all. */
static bool all_there(const struct media_tiff *reader, uint32_t piece, uint32_t *missing)
{
    uint16_t planar = PLANARCONFIG_CONTIG, samples = 1;
    TIFFGetField(reader->tiff, TIFFTAG_PLANARCONFIG, &planar);
    TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    uint32_t all =
        reader->tiled ? TIFFNumberOfTiles(reader->tiff) : TIFFNumberOfStrips(reader->tiff);
    uint32_t planes = planar == PLANARCONFIG_SEPARATE && samples ? samples : 1;
    for (uint32_t plane = 0; plane < planes; plane++) {
        *missing = piece + plane * (all / planes);
        if (*missing < all && !is_there(reader, *missing))
            return false;
    }
    return true;
}

/** What is wrong with a piece; 0 if what there is shall be kept. */
static int tell_damage(struct media_tiff *reader, uint32_t piece, uint32_t y)
{
    const struct image_job *job = reader->job;
    uint32_t missing;
    if (all_there(reader, piece, &missing))
        error_set(job->err, -EBADMSG, "'%s' is damaged at row %u of %u: %.150s", job->path, y,
                  reader->height, reader->words);
    else
        error_set(job->err, -EBADMSG, "'%s' is truncated at row %u of %u", job->path,
                  y + rows_there(reader, missing), reader->height);
    job->out->state = IMAGE_DAMAGED;
    return job->wish->keep_damaged && (y > 0 || rows_there(reader, missing) > 0) ? 0 : -EBADMSG;
}

/** Pixels of a raster's row into the picture. */
static void put_pixels(const struct media_tiff *reader, const uint32_t *from, int x, int y,
                       int count)
{
    struct image *out = reader->job->out;
    uint8_t *row = out->block + y * out->layout.stride[0];
    uint8_t *colors = reader->to_gray ? reader->colors : row + (ptrdiff_t)x * 3;
    for (int i = 0; i < count; i++) {
        colors[i * 3] = (uint8_t)TIFFGetB(from[i]);
        colors[i * 3 + 1] = (uint8_t)TIFFGetG(from[i]);
        colors[i * 3 + 2] = (uint8_t)TIFFGetR(from[i]);
    }
    struct frame one = {.format = PIXEL_BGR24, .width = count, .height = 1, .data = {colors}};
    if (reader->to_gray)
        gray_row_fast(&one, GRAY_BGR, 0, row + x);
}

static void put_piece(const struct media_tiff *reader, uint32_t x, uint32_t y)
{
    uint32_t width = reader->width - x, height = reader->height - y;
    width = width < reader->piece_width ? width : reader->piece_width;
    height = height < reader->piece_height ? height : reader->piece_height;
    const uint32_t *from = reader->raster;
    // A tile that stands out at the bottom is filled from its other end.
    if (reader->tiled)
        from += (size_t)(reader->piece_height - height) * reader->piece_width;
    uint32_t first = reader->bottom_up ? reader->height - y - height : y;
    for (uint32_t i = 0; i < height; i++, from += reader->piece_width)
        put_pixels(reader, from, (int)x, (int)(first + height - 1 - i), (int)width);
}

/** 0: go on; 1: what there is shall be kept. */
static int read_piece(struct media_tiff *reader, uint32_t piece, uint32_t x, uint32_t y)
{
    const struct image_job *job = reader->job;
    uint32_t missing;
    bool keep = job->wish->keep_damaged, there = all_there(reader, piece, &missing);
    // Of plain pixels that are all there libtiff may complain, but they are right.
    int stop = !keep && reader->packed;
    memset(reader->raster, 0,
           (size_t)reader->piece_width * reader->piece_height * sizeof *reader->raster);
    int done = 0;
    if (there || keep)
        done = reader->tiled ? TIFFReadRGBATileExt(reader->tiff, x, y, reader->raster, stop)
                             : TIFFReadRGBAStripExt(reader->tiff, y, reader->raster, stop);
    if (!there || !done || (reader->words[0] && keep && reader->packed)) {
        int ret = tell_damage(reader, piece, y);
        if (ret < 0)
            return ret;
    }
    put_piece(reader, x, y);
    return !there;
}

static int read_pieces(struct media_tiff *reader)
{
    uint32_t piece = 0;
    for (uint32_t y = 0; y < reader->height; y += reader->piece_height)
        for (uint32_t x = 0; x < reader->width; x += reader->piece_width, piece++) {
            int ret = read_piece(reader, piece, x, y);
            if (ret != 0)
                return ret < 0 ? ret : 0;
        }
    return 0;
}

static int allocate(struct media_tiff *reader, enum pixel_format format)
{
    const struct image_job *job = reader->job;
    int ret = image_allocate(job, format, (int)reader->width, (int)reader->height, 1);
    if (ret < 0)
        return ret;
    size_t pixels = (size_t)reader->piece_width * reader->piece_height;
    reader->raster = memory_alloc(MEMORY_FRAMES, pixels * sizeof *reader->raster);
    reader->colors = memory_alloc(MEMORY_FRAMES, (size_t)reader->piece_width * 3);
    return reader->raster && reader->colors
               ? 0
               : error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
}

/** The decoder complained, but the picture is all there. */
static void tell_warning(const struct media_tiff *reader)
{
    const struct image_job *job = reader->job;
    if (!reader->words[0] || job->out->state != IMAGE_SOUND)
        return;
    error_set(job->err, 0, "'%s': %s", job->path, reader->words);
    job->out->state = IMAGE_WARNED;
}

static uint64_t number_at(const struct media_tiff *reader, uint64_t at, int bytes)
{
    uint8_t digits[8];
    uint64_t number = 0;
    if (pread(fileno(reader->job->file), digits, (size_t)bytes, (off_t)at) != bytes)
        return UINT32_MAX;
    bool little = !TIFFIsBigEndian(reader->tiff);
    for (int i = 0; i < bytes; i++)
        number = number << 8 | digits[little ? bytes - 1 - i : i];
    return number;
}

/**
 * Whether the directory at hand is followed by another one, or by what was cut off: where a file
 * ends before it says so, libtiff takes the page for the last one.
 */
static bool is_followed(const struct media_tiff *reader)
{
    if (!TIFFLastDirectory(reader->tiff))
        return true;
    bool large = TIFFIsBigTIFF(reader->tiff);
    int offset_bytes = large ? 8 : 4, count_bytes = large ? 8 : 2, entry_bytes = large ? 20 : 12;
    uint64_t at = TIFFCurrentDirOffset(reader->tiff);
    uint64_t entries = number_at(reader, at, count_bytes);
    if (entries > UINT32_MAX)
        return true;
    uint64_t end = at + (uint64_t)count_bytes + entries * (uint64_t)entry_bytes;
    return end + (uint64_t)offset_bytes > reader->file_bytes;
}

/** Moves on to the next directory, which libtiff refuses if it was read before. */
static int find_page(struct media_tiff *reader)
{
    const struct image_job *job = reader->job;
    if (!reader->begun) {
        reader->begun = true;
        return 0;
    }
    if (reader->ended || !is_followed(reader))
        return -ENODATA;
    if (TIFFReadDirectory(reader->tiff))
        return 0;
    reader->ended = true;
    return error_set(job->err, -EBADMSG, "'%s' is damaged: its next page cannot be found: %.150s",
                     job->path, reader->words);
}

static int read_page(struct media_tiff *reader)
{
    const struct image_job *job = reader->job;
    int ret = read_directory(reader);
    if (ret < 0)
        return ret;
    reader->to_gray = job->wish->how == IMAGE_GRAY_OF_BGR;
    enum pixel_format format = reader->to_gray ? PIXEL_GRAY8 : PIXEL_BGR24;
    if (job->needs)
        return image_tell_needs(job, format, (int)reader->width, (int)reader->height,
                                scratch_bytes(reader, format));
    ret = allocate(reader, format);
    if (ret == 0) {
        job->out->serves = reader->to_gray ? 1u << IMAGE_GRAY_OF_BGR : IMAGE_SERVES_ALL;
        ret = read_pieces(reader);
    }
    if (ret == 0)
        tell_warning(reader);
    return ret < 0 ? ret : image_turn(job, reader->turn);
}

static void free_pieces(struct media_tiff *reader)
{
    memory_free(reader->raster);
    memory_free(reader->colors);
    reader->raster = NULL;
    reader->colors = NULL;
}

int media_tiff_open(struct media_tiff **out, const struct image_job *job)
{
    struct stat about;
    *out = NULL;
    if (fstat(fileno(job->file), &about) < 0)
        return error_set(job->err, -errno, "Cannot read '%s': %s", job->path, error_reason(errno));
    *out = memory_alloc(MEMORY_OTHER, sizeof **out);
    if (!*out)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    (*out)->job = job;
    (*out)->file_bytes = (uint64_t)about.st_size;
    int ret = open_tiff(*out);
    if (ret < 0)
        media_tiff_close(out);
    return ret;
}

int media_tiff_next(struct media_tiff *tiff, const struct image_job *job)
{
    tiff->job = job;
    tiff->words[0] = '\0';
    int ret = find_page(tiff);
    if (ret < 0)
        return ret;
    ret = read_page(tiff);
    free_pieces(tiff);
    job->out->more = is_followed(tiff);
    return ret;
}

void media_tiff_close(struct media_tiff **tiff)
{
    if (!*tiff)
        return;
    if ((*tiff)->tiff)
        TIFFClose((*tiff)->tiff);
    free_pieces(*tiff);
    tiff_memory_free(&(*tiff)->memory);
    memory_free(*tiff);
    *tiff = NULL;
}

int media_tiff_read(const struct image_job *job)
{
    struct media_tiff *tiff;
    int ret = media_tiff_open(&tiff, job);
    if (tiff)
        ret = media_tiff_next(tiff, job);
    media_tiff_close(&tiff);
    return ret;
}
