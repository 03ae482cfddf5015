/**
 * @file
 * A picture is written under a name of its own in the folder where it shall appear, brought to the
 * disk with fsync() and then given its name with rename(), which replaces whatever has that name
 * in one step (POSIX.1-2017, rename). A crash, a full disk or a signal in between leaves the old
 * picture whole; of a failure nothing is left at all.
 *
 * PNG: edges are two values, so a bit a pixel is enough; little effort is spent on compressing:
 * most of such bits are zeros in a row, and to look for runs alone takes half the time and makes
 * the file no larger (3 % smaller than level 1 over opencv-doc's pictures). JPEG: quality 95;
 * colour without chroma subsampling, since thin coloured lines are what it would smear.
 */
#include "render/image_writer.h"

#include "processing/memory.h"
#include "render/part_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

enum {
    JPEG_QUALITY = 95,
};

/** Writing one picture. */
struct job {
    const char *path;
    const uint8_t *data;       ///< of a canvas, or of a plane of bytes
    int width, height;         ///< pixels
    ptrdiff_t stride;          ///< bytes
    const struct plane *plane; ///< NULL if it is a canvas
    enum image_pixels pixels;
    struct error *err;
    FILE *file;
    uint8_t *row; ///< one row as the file format takes it
    int failure;  ///< negative errno
};

typedef void make_row(const uint8_t *from, int width, uint8_t *to);

static uint32_t canvas_pixel(const uint8_t *row, int x)
{
    return ((const uint32_t *)(const void *)row)[x];
}

static void make_bits(const uint8_t *from, int width, uint8_t *to)
{
    memset(to, 0, ((size_t)width + 7) / 8);
    for (int x = 0; x < width; x++)
        to[x / 8] |= (uint8_t)((canvas_pixel(from, x) >> 15 & 1) << (7 - x % 8));
}

static void make_gray(const uint8_t *from, int width, uint8_t *to)
{
    for (int x = 0; x < width; x++)
        to[x] = (uint8_t)(canvas_pixel(from, x) >> 8);
}

static void make_rgb(const uint8_t *from, int width, uint8_t *to)
{
    for (int x = 0; x < width; x++, to += 3) {
        to[0] = (uint8_t)(canvas_pixel(from, x) >> 16);
        to[1] = (uint8_t)(canvas_pixel(from, x) >> 8);
        to[2] = (uint8_t)canvas_pixel(from, x);
    }
}

/** The highest bits of eight bytes, the first byte's first. */
static uint8_t high_bits(const uint8_t *from)
{
    uint64_t bits = 0;
    for (int i = 7; i >= 0; i--)
        bits = bits << 8 | from[i] >> 7;
    // Bit 8 i goes to bit 63 - i, and nothing else gets above bit 55.
    return (uint8_t)(bits * 0x8040201008040201u >> 56);
}

static void make_bits_of_plane(const uint8_t *from, int width, uint8_t *to)
{
    int x = 0;
    for (; x + 8 <= width; x += 8)
        *to++ = high_bits(from + x);
    if (x == width)
        return;
    *to = 0;
    for (; x < width; x++)
        *to |= (uint8_t)((from[x] >> 7) << (7 - x % 8));
}

static void make_gray_of_plane(const uint8_t *from, int width, uint8_t *to)
{
    memcpy(to, from, (size_t)width);
}

/** How rows are made, of a canvas and of a plane. */
static make_row *const makers[][2] = {[IMAGE_BILEVEL] = {make_bits, make_bits_of_plane},
                                      [IMAGE_GRAY] = {make_gray, make_gray_of_plane},
                                      [IMAGE_COLOR] = {make_rgb, NULL}};

static uint8_t *next_row(const struct job *job, enum image_pixels pixels, int y)
{
    make_row *make = makers[pixels][job->plane != NULL];
    assert(make); // planes have no colours
    make(job->data + y * job->stride, job->width, job->row);
    return job->row;
}

static int tell_failure(struct job *job, int code, const char *words)
{
    job->failure = code;
    return error_set(job->err, code, "Cannot write '%s': %s", job->path, words);
}

/** The system's reason if the file has one, else the library's. */
static void note_failure(struct job *job, const char *words)
{
    int reason = errno;
    if (ferror(job->file) && reason)
        tell_failure(job, -reason, error_reason(reason));
    else
        tell_failure(job, -EIO, words);
}

_Noreturn static void fail_png(png_structp png, png_const_charp words)
{
    note_failure(png_get_error_ptr(png), words);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp words)
{
    (void)png;
    (void)words;
}

static void write_png_rows(const struct job *job, png_structp png, png_infop info)
{
    static const struct {
        int bits, color_type;
    } forms[] = {[IMAGE_BILEVEL] = {1, PNG_COLOR_TYPE_GRAY},
                 [IMAGE_GRAY] = {8, PNG_COLOR_TYPE_GRAY},
                 [IMAGE_COLOR] = {8, PNG_COLOR_TYPE_RGB}};
    png_init_io(png, job->file);
    png_set_compression_level(png, job->pixels == IMAGE_BILEVEL ? 1 : 2);
    if (job->pixels == IMAGE_BILEVEL)
        png_set_compression_strategy(png, Z_RLE);
    png_set_filter(png, 0, job->pixels == IMAGE_BILEVEL ? PNG_FILTER_NONE : PNG_FILTER_SUB);
    png_set_IHDR(png, info, (png_uint_32)job->width, (png_uint_32)job->height,
                 forms[job->pixels].bits, forms[job->pixels].color_type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < job->height; y++)
        png_write_row(png, next_row(job, job->pixels, y));
    png_write_end(png, info);
}

/** Of its own, because nothing that changes may live in the frame that setjmp() returns to. */
static int write_png_or_escape(struct job *job, png_structp png, png_infop info)
{
    if (setjmp(png_jmpbuf(png)))
        return job->failure;
    write_png_rows(job, png, info);
    return 0;
}

static int write_png(struct job *job)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, job, fail_png, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int ret = info ? write_png_or_escape(job, png, info)
                   : tell_failure(job, -ENOMEM, error_reason(-ENOMEM));
    png_destroy_write_struct(&png, &info);
    return ret;
}

struct jpeg_writer {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    struct job *job;
};

_Noreturn static void fail_jpeg(j_common_ptr common)
{
    struct jpeg_writer *writer = common->client_data;
    char words[JMSG_LENGTH_MAX];
    int reason = errno; // format_message() must not disturb it
    common->err->format_message(common, words);
    errno = reason;
    note_failure(writer->job, words);
    longjmp(writer->escape, 1);
}

static void write_jpeg_rows(struct jpeg_writer *writer)
{
    struct jpeg_compress_struct *info = &writer->info;
    const struct job *job = writer->job;
    bool color = job->pixels == IMAGE_COLOR;
    jpeg_create_compress(info);
    jpeg_stdio_dest(info, job->file);
    info->image_width = (JDIMENSION)job->width;
    info->image_height = (JDIMENSION)job->height;
    info->input_components = color ? 3 : 1;
    info->in_color_space = color ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, JPEG_QUALITY, TRUE);
    info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(info, TRUE);
    for (int y = 0; y < job->height; y++) {
        JSAMPROW row = next_row(job, color ? IMAGE_COLOR : IMAGE_GRAY, y);
        jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
}

/** As write_png_or_escape(). */
static int write_jpeg_or_escape(struct jpeg_writer *writer)
{
    if (setjmp(writer->escape))
        return writer->job->failure;
    write_jpeg_rows(writer);
    return 0;
}

static int write_jpeg(struct job *job)
{
    struct jpeg_writer writer = {.job = job};
    writer.info.err = jpeg_std_error(&writer.errors);
    writer.errors.error_exit = fail_jpeg;
    writer.info.client_data = &writer;
    int ret = write_jpeg_or_escape(&writer);
    jpeg_destroy_compress(&writer.info);
    return ret;
}

typedef int write_format(struct job *job);

/** A format, and which of them others write. */
struct format {
    write_format *write; ///< NULL: `encoder` does
    const struct image_encoder *encoder;
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const struct image_encoder *image_encoder_find(const struct image_encoder *encoders,
                                               const char *path)
{
    const char *dot = strrchr(file_name(path), '.');
    for (; dot && encoders && encoders->ending; encoders++)
        if (strcasecmp(dot, encoders->ending) == 0)
            return encoders;
    return NULL;
}

static struct format find_format(const char *path, const struct image_encoder *encoders)
{
    static const struct {
        const char *ending;
        write_format *write;
    } formats[] = {{".png", write_png}, {".jpg", write_jpeg}, {".jpeg", write_jpeg}};
    const char *dot = strrchr(file_name(path), '.');
    for (size_t i = 0; dot && i < sizeof formats / sizeof *formats; i++)
        if (strcasecmp(dot, formats[i].ending) == 0)
            return (struct format){.write = formats[i].write};
    return (struct format){.encoder = image_encoder_find(encoders, path)};
}

static int write_by(struct job *job, struct format format)
{
    if (format.write)
        return format.write(job);
    int ret = format.encoder->write(job->file, job->plane, job->path, job->err);
    return ret < 0 && ferror(job->file) ? tell_failure(job, ret, error_reason(ret)) : ret;
}

enum image_pixels image_pixels_of(enum view view)
{
    return view == VIEW_EDGES ? IMAGE_BILEVEL : view == VIEW_GRAY ? IMAGE_GRAY : IMAGE_COLOR;
}

bool image_write_knows(const char *path)
{
    return find_format(path, NULL).write != NULL;
}

struct image_draft {
    FILE *file;
    char *part; ///< its name now
    char path[];
};

static int tell_draft(const struct image_draft *draft, int reason, struct error *err)
{
    return error_set(err, -reason, "Cannot write '%s': %s", draft->path, error_reason(-reason));
}

/** Whoever has the paths in one block frees them at once. */
static struct image_draft *make_draft(const char *path, const char *part)
{
    size_t path_bytes = strlen(path) + 1, part_bytes = strlen(part) + 1;
    struct image_draft *draft = memory_alloc(MEMORY_OTHER, sizeof *draft + path_bytes + part_bytes);
    if (!draft)
        return NULL;
    draft->file = NULL;
    draft->part = draft->path + path_bytes;
    memcpy(draft->path, path, path_bytes);
    memcpy(draft->part, part, part_bytes);
    return draft;
}

/** Opens the file that the draft is written to. */
static int open_draft(struct image_draft **out, struct job *job)
{
    char part[PATH_MAX];
    int fd = part_file_create(job->path, part, sizeof part);
    if (fd < 0)
        return tell_failure(job, fd, error_reason(fd));
    *out = make_draft(job->path, part);
    if (*out)
        (*out)->file = job->file = fdopen(fd, "wb");
    if (*out && job->file)
        return 0;
    unlink(part);
    close(fd);
    memory_free(*out);
    *out = NULL;
    return tell_failure(job, -ENOMEM, error_reason(-ENOMEM));
}

static int write_draft(struct image_draft **out, struct job *job, struct format format)
{
    job->row = memory_alloc(MEMORY_OTHER, (size_t)job->width * 3);
    if (!job->row)
        return tell_failure(job, -ENOMEM, error_reason(-ENOMEM));
    int ret = open_draft(out, job);
    if (ret == 0)
        ret = write_by(job, format);
    // Nothing stays in our memory while the draft waits.
    if (ret == 0 && fflush(job->file) != 0)
        ret = tell_failure(job, -errno, error_reason(errno));
    memory_free(job->row);
    if (ret < 0)
        image_draft_discard(out);
    return ret;
}

int image_draft_commit(struct image_draft **draft, struct error *err)
{
    struct image_draft *d = *draft;
    int reason = fsync(fileno(d->file)) == 0 ? 0 : errno;
    if (fclose(d->file) != 0 && !reason)
        reason = errno;
    d->file = NULL;
    if (!reason && rename(d->part, d->path) < 0)
        reason = errno;
    if (reason) {
        tell_draft(d, reason, err);
        image_draft_discard(draft);
        return -reason;
    }
    memory_free(d);
    *draft = NULL;
    return 0;
}

void image_draft_discard(struct image_draft **draft)
{
    if (!*draft)
        return;
    unlink((*draft)->part);
    if ((*draft)->file)
        fclose((*draft)->file);
    memory_free(*draft);
    *draft = NULL;
}

static int write_whole(struct job *job, struct format format)
{
    struct image_draft *draft = NULL;
    int ret = write_draft(&draft, job, format);
    return draft ? image_draft_commit(&draft, job->err) : ret;
}

int image_write(const char *path, const struct canvas *canvas, enum image_pixels pixels,
                struct error *err)
{
    struct format format = find_format(path, NULL);
    if (!format.write)
        return error_set(err, -EINVAL, "Cannot write '%s': name it .png, .jpg or .jpeg", path);
    struct job job = {.path = path,
                      .data = canvas->data,
                      .width = canvas->width,
                      .height = canvas->height,
                      .stride = canvas->stride,
                      .pixels = pixels,
                      .err = err};
    return write_whole(&job, format);
}

int image_draft_edges(struct image_draft **out, const char *path, const struct plane *edges,
                      const struct image_encoder *encoders, struct error *err)
{
    *out = NULL;
    struct format format = find_format(path, encoders);
    if (!format.write && !format.encoder)
        return error_set(err, -EINVAL, "Cannot write '%s': that format is not known", path);
    struct job job = {.path = path,
                      .data = edges->data,
                      .width = edges->width,
                      .height = edges->height,
                      .stride = edges->stride,
                      .plane = edges,
                      .pixels = IMAGE_BILEVEL,
                      .err = err};
    return write_draft(out, &job, format);
}

int image_write_edges(const char *path, const struct plane *edges,
                      const struct image_encoder *encoders, struct error *err)
{
    struct image_draft *draft;
    int ret = image_draft_edges(&draft, path, edges, encoders, err);
    return draft ? image_draft_commit(&draft, err) : ret;
}
