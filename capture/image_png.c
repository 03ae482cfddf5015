/**
 * @file
 * PNG (ISO/IEC 15948, W3C "Portable Network Graphics") by libpng.
 *
 * A PNG holds gray or colour of 1 to 16 bits, a palette, transparency, a gamma. What comes out is
 * what OpenCV's reader gives: 8 bits (of 16 the high byte), palettes looked up, transparency
 * dropped, gamma and colour profile ignored. An interlaced file comes in seven passes over the
 * picture. The orientation (eXIf) may stand behind the pixels, so they are read as stored and
 * turned afterwards.
 */
#include "capture/exif.h"
#include "capture/image_decode.h"

#include "processing/gray_fast.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>

#include <png.h>

static const png_byte animation_control[] = "acTL";

struct reader {
    png_structp png;
    png_infop info; ///< what stands before the pixels
    png_infop end;  ///< what stands behind them
    const struct image_job *job;
    int passes, pass; ///< of an interlaced picture; pass counts from 0
    int height, row;  ///< rows; the one being read
    bool in_pixels;   ///< rows are being read
    bool behind;      ///< all rows are read
    uint8_t *colors;  ///< a row of B, G, R that becomes gray; NULL if none does
};

static void tell_truncated(const struct reader *reader)
{
    const struct image_job *job = reader->job;
    if (!reader->height)
        error_set(job->err, -EBADMSG, "'%s' is truncated in its header", job->path);
    else if (reader->passes > 1 && reader->in_pixels)
        error_set(job->err, -EBADMSG, "'%s' is truncated at row %d of %d in pass %d of %d",
                  job->path, reader->row, reader->height, reader->pass + 1, reader->passes);
    else
        error_set(job->err, -EBADMSG, "'%s' is truncated at row %d of %d", job->path, reader->row,
                  reader->height);
}

_Noreturn static void fail(png_structp png, png_const_charp words)
{
    const struct reader *reader = png_get_error_ptr(png);
    const struct image_job *job = reader->job;
    job->out->state = IMAGE_DAMAGED;
    if (feof(job->file))
        tell_truncated(reader);
    else if (reader->in_pixels)
        error_set(job->err, -EBADMSG, "'%s' is damaged at row %d of %d: %s", job->path, reader->row,
                  reader->height, words);
    else
        error_set(job->err, -EBADMSG, "Cannot read the PNG '%s': %s", job->path, words);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp words)
{
    (void)png;
    (void)words;
}

/** Asks libpng for 8 bits of gray or of B, G, R. */
static enum pixel_format set_up_conversion(struct reader *reader)
{
    png_structp png = reader->png;
    unsigned color_type = png_get_color_type(png, reader->info);
    bool color = color_type & PNG_COLOR_MASK_COLOR;
    if (color_type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    else if (!color && png_get_bit_depth(png, reader->info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    if (color)
        png_set_bgr(png);
    reader->passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);
    return color ? PIXEL_BGR24 : PIXEL_GRAY8;
}

static void read_row(struct reader *reader, uint8_t *to)
{
    if (!reader->colors) {
        png_read_row(reader->png, to, NULL);
        return;
    }
    struct frame row = {.format = PIXEL_BGR24,
                        .width = reader->job->out->layout.width,
                        .height = 1,
                        .data = {reader->colors}};
    png_read_row(reader->png, reader->colors, NULL);
    gray_row_fast(&row, GRAY_BGR, 0, to);
}

static void read_rows(struct reader *reader)
{
    const struct image *out = reader->job->out;
    reader->in_pixels = true;
    for (reader->pass = 0; reader->pass < reader->passes; reader->pass++)
        for (reader->row = 0; reader->row < reader->height; reader->row++)
            read_row(reader, out->block + reader->row * out->layout.stride[0]);
    reader->in_pixels = false;
    reader->behind = true;
}

static int read_orientation(struct reader *reader)
{
    png_uint_32 bytes = 0;
    png_bytep exif = NULL;
    if (!png_get_eXIf_1(reader->png, reader->info, &bytes, &exif) &&
        !png_get_eXIf_1(reader->png, reader->end, &bytes, &exif))
        return 1;
    return exif_orientation(exif, bytes);
}

/** Room for a picture that turns out to lie on its side, and for some rows. */
static size_t scratch_bytes(const struct reader *reader)
{
    size_t bytes = png_get_rowbytes(reader->png, reader->info);
    bool turned = png_get_valid(reader->png, reader->info, PNG_INFO_eXIf);
    return bytes * (turned ? (size_t)reader->height : 4);
}

/**
 * @param format What libpng gives, `stored` what is kept of it.
 */
static int allocate(struct reader *reader, enum pixel_format stored, enum pixel_format format,
                    int width, int height)
{
    const struct image_job *job = reader->job;
    size_t row_bytes = (size_t)frame_layout_make(format, width, 1, 0).row_bytes[0];
    if (png_get_rowbytes(reader->png, reader->info) != row_bytes)
        return error_set(job->err, -ENOTSUP, "'%s' is a kind of PNG that cannot be read",
                         job->path);
    if (stored != format) {
        reader->colors = memory_alloc(MEMORY_FRAMES, row_bytes);
        if (!reader->colors)
            return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    }
    return image_allocate(job, stored, width, height, 1);
}

/** What is done with the rows when they are there. */
static int finish(struct reader *reader)
{
    const struct image_job *job = reader->job;
    int ret = 0;
    if (job->wish->how == IMAGE_GRAY_OF_BGR && job->out->layout.format == PIXEL_BGR24)
        ret = image_make_gray(job);
    return ret < 0 ? ret : image_turn(job, read_orientation(reader));
}

/**
 * Texts and profiles would be unpacked, up to 8 MB each, for nothing. What says that there is an
 * animation is kept.
 */
static void choose_chunks(png_structp png)
{
    static const png_byte names[] = "iCCP\0iTXt\0sPLT\0tEXt\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, 5);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, animation_control, 1);
}

/** Whether it is animated, of several frames: they stand in chunks that libpng passes over. */
static bool has_frames(const struct reader *reader)
{
    png_unknown_chunkp chunks = NULL;
    int count = png_get_unknown_chunks(reader->png, reader->info, &chunks);
    for (int i = 0; i < count; i++)
        if (memcmp(chunks[i].name, animation_control, 4) == 0 && chunks[i].size >= 4)
            return png_get_uint_32(chunks[i].data) > 1;
    return false;
}

static int read_picture(struct reader *reader)
{
    const struct image_job *job = reader->job;
    png_init_io(reader->png, job->file);
    choose_chunks(reader->png);
    // Each chunk has a checksum of its own: a second one over all pixels would take a tenth of the
    // time and find nothing else.
    png_set_option(reader->png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    png_read_info(reader->png, reader->info);
    job->out->more = has_frames(reader);
    png_uint_32 width = png_get_image_width(reader->png, reader->info);
    png_uint_32 height = png_get_image_height(reader->png, reader->info);
    int ret = image_check_size(job, width, height);
    if (ret < 0)
        return ret;

    reader->height = (int)height;
    enum pixel_format format = set_up_conversion(reader);
    bool to_gray = format == PIXEL_BGR24 && job->wish->how == IMAGE_GRAY_OF_BGR;
    // Several passes need all colours at once.
    enum pixel_format stored = to_gray && reader->passes == 1 ? PIXEL_GRAY8 : format;
    if (job->needs)
        return image_tell_needs(job, stored, (int)width, (int)height, scratch_bytes(reader));
    ret = allocate(reader, stored, format, (int)width, (int)height);
    if (ret < 0)
        return ret;
    job->out->serves = to_gray ? 1u << IMAGE_GRAY_OF_BGR : IMAGE_SERVES_ALL;
    read_rows(reader);
    png_read_end(reader->png, reader->end);
    return finish(reader);
}

/** Of its own, because nothing that changes may live in the frame that setjmp() returns to. */
static int read_or_escape(struct reader *reader)
{
    if (setjmp(png_jmpbuf(reader->png)) == 0)
        return read_picture(reader);
    bool some = reader->behind || (reader->in_pixels && (reader->row > 0 || reader->pass > 0));
    return some && reader->job->wish->keep_damaged ? finish(reader) : -EBADMSG;
}

int image_read_png(const struct image_job *job)
{
    struct reader reader = {.job = job};
    int ret = -ENOMEM;
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, ignore_warning);
    if (reader.png) {
        reader.info = png_create_info_struct(reader.png);
        reader.end = png_create_info_struct(reader.png);
    }
    if (reader.info && reader.end)
        ret = read_or_escape(&reader);
    else
        error_set(job->err, ret, "Not enough memory to read '%s'", job->path);
    png_destroy_read_struct(&reader.png, &reader.info, &reader.end);
    memory_free(reader.colors);
    return ret;
}
