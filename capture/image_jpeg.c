/**
 * @file
 * JPEG (ITU-T T.81) by libjpeg.
 *
 * A JPEG stores luma and two chroma planes (JFIF: Y, Cb, Cr at full range), often with the chroma
 * at half size. Asked for gray, libjpeg hands out the stored luma and does not even upsample the
 * rest, which is what makes IMAGE_LUMA cheap. Print shops store four planes, CMYK or the
 * luma-chroma form of it, YCCK; Adobe's programs store the inks inverted, and since everybody
 * does as they do, the inversion is the rule. The orientation is in the first APP1 segment.
 *
 * A file that was cut off still decodes: libjpeg makes up an end-of-image marker and fills the rest
 * with gray. That is the one warning that counts here. All others (stray bytes, a damaged block)
 * leave a picture that people want to see.
 */
#include "capture/exif.h"
#include "capture/image_decode.h"

#include "processing/gray_fast.h"
#include "processing/memory.h"

#include <errno.h>
#include <setjmp.h>

#include <jpeglib.h>

#include <jerror.h>

enum {
    EXIF_HEADER_BYTES = 6, ///< "Exif", two zero bytes, then the TIFF header
    MAX_SCANS = 100,       ///< of a progressive picture; more only serve to keep readers busy
    CMYK_BYTES = 4,
};

struct reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    const struct image_job *job;
    int orientation;
    uint8_t *row; ///< one row as libjpeg gives it, at most three bytes a pixel unless CMYK
    bool to_gray; ///< rows of BGR become gray
    int failure;  ///< negative errno that `escape` was taken with
    bool ended;   ///< the file ended where data was still expected
    bool starved; ///< a block was made up because its bits were missing
    int last_row; ///< rows certainly whole when `starved` became true
};

/** Whether a block without its bits is noticed, and then in the only scan. */
static bool tells_starving(struct reader *reader)
{
    return !jpeg_has_multiple_scans(&reader->info) && !reader->info.arith_code;
}

/**
 * A single scan that lacks nothing but its end-of-image marker is whole: no block was starved.
 * Of several scans nobody knows how many are missing.
 */
static bool is_truncated(struct reader *reader)
{
    return reader->ended && (reader->starved || !tells_starving(reader));
}

/** Words for what is missing, once. Returns -EBADMSG, or 0 if what there is shall be kept. */
static int tell_truncated(struct reader *reader)
{
    const struct image_job *job = reader->job;
    struct jpeg_decompress_struct *info = &reader->info;
    struct image *out = job->out;
    bool kept = reader->row && job->wish->keep_damaged;
    if (kept && out->state == IMAGE_DAMAGED)
        return 0;
    out->state = IMAGE_DAMAGED;
    if (!reader->row)
        error_set(job->err, 0, "'%s' is truncated in its header", job->path);
    else if (!tells_starving(reader))
        error_set(job->err, 0, "'%s' is truncated in scan %d", job->path, info->input_scan_number);
    else
        error_set(job->err, 0, "'%s' is truncated at row %d of %d", job->path, reader->last_row,
                  (int)info->image_height);
    return kept ? 0 : -EBADMSG;
}

_Noreturn static void fail(j_common_ptr common)
{
    struct reader *reader = common->client_data;
    const struct image_job *job = reader->job;
    char words[JMSG_LENGTH_MAX];
    common->err->format_message(common, words);
    reader->failure = common->err->msg_code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EBADMSG;
    if (reader->ended)
        tell_truncated(reader);
    else
        error_set(job->err, 0, "Cannot read the JPEG '%s': %s", job->path, words);
    if (job->wish->keep_damaged && reader->info.output_scanline > 0) {
        job->out->state = IMAGE_DAMAGED;
        reader->failure = 0;
    }
    longjmp(reader->escape, 1);
}

static void tell_warning(struct reader *reader)
{
    const struct image_job *job = reader->job;
    char words[JMSG_LENGTH_MAX];
    reader->errors.format_message((j_common_ptr)&reader->info, words);
    error_set(job->err, 0, "'%s': %s", job->path, words);
    job->out->state = IMAGE_WARNED;
}

static void take_message(j_common_ptr common, int level)
{
    struct reader *reader = common->client_data;
    if (level >= 0)
        return;
    common->err->num_warnings++;
    if (common->err->msg_code == JWRN_JPEG_EOF)
        reader->ended = true;
    else if (reader->job->out->state == IMAGE_SOUND)
        tell_warning(reader);
    if (common->err->msg_code == JWRN_HIT_MARKER && !reader->starved) {
        const struct jpeg_decompress_struct *info = &reader->info;
        JDIMENSION row = info->input_iMCU_row * (JDIMENSION)(info->max_v_samp_factor * DCTSIZE);
        reader->starved = true;
        reader->last_row = (int)(row < info->image_height ? row : info->image_height);
    }
}

static void limit_scans(j_common_ptr common)
{
    struct reader *reader = common->client_data;
    const struct image_job *job = reader->job;
    if (reader->info.input_scan_number <= MAX_SCANS)
        return;
    reader->failure = error_set(job->err, -EFBIG, "'%s' has more than %d scans and is not read",
                                job->path, MAX_SCANS);
    longjmp(reader->escape, 1);
}

static int read_orientation(const struct jpeg_decompress_struct *info)
{
    // OpenCV looks at the first APP1 segment only, and its pixels are the promise.
    for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next)
        if (marker->marker == JPEG_APP0 + 1 && marker->data_length > EXIF_HEADER_BYTES)
            return exif_orientation(marker->data + EXIF_HEADER_BYTES,
                                    marker->data_length - EXIF_HEADER_BYTES);
        else if (marker->marker == JPEG_APP0 + 1)
            break;
    return 1;
}

/** Decides what libjpeg shall give, and what the frame is then. */
static enum pixel_format choose_format(struct reader *reader)
{
    struct jpeg_decompress_struct *info = &reader->info;
    enum image_decode how = reader->job->wish->how;
    unsigned *serves = &reader->job->out->serves;
    if (info->num_components == 1) {
        *serves = IMAGE_SERVES_ALL;
        info->out_color_space = JCS_GRAYSCALE;
        return PIXEL_GRAY8;
    }
    bool cmyk = info->num_components == CMYK_BYTES;
    info->out_color_space = cmyk ? JCS_CMYK : how == IMAGE_LUMA ? JCS_GRAYSCALE : JCS_EXT_BGR;
    if (how == IMAGE_LUMA) {
        *serves = 1u << IMAGE_LUMA;
        return PIXEL_GRAY8;
    }
    if (how == IMAGE_GRAY_OF_BGR) {
        *serves = 1u << IMAGE_GRAY_OF_BGR;
        reader->to_gray = true;
        return PIXEL_GRAY8;
    }
    if (info->jpeg_color_space != JCS_YCbCr) {
        *serves = 1u << IMAGE_LUMA_AND_COLOR | 1u << IMAGE_BGR;
        return PIXEL_BGR24;
    }
    if (how == IMAGE_BGR) {
        *serves = 1u << IMAGE_BGR;
        return PIXEL_BGR24;
    }
    *serves = 1u << IMAGE_LUMA | 1u << IMAGE_LUMA_AND_COLOR;
    info->out_color_space = JCS_YCbCr;
    return PIXEL_YUV24;
}

/** One ink and black to one of red, green, blue: OpenCV's arithmetic. */
static uint8_t without_ink(uint8_t ink, uint8_t black)
{
    return (uint8_t)(black - ((255 - ink) * black >> 8));
}

/** In place: four bytes a pixel become one or three. */
static void convert_cmyk(uint8_t *row, int pixels, enum pixel_format format)
{
    // Weights of 14 bits, as OpenCV's reader has them (its cvtColor() uses 15).
    const int red_weight = 4899, green_weight = 9617, blue_weight = 1868;
    uint8_t *to = row;
    for (const uint8_t *from = row, *end = row + (size_t)pixels * CMYK_BYTES; from < end;
         from += CMYK_BYTES) {
        uint8_t black = from[3], red = without_ink(from[0], black);
        uint8_t green = without_ink(from[1], black), blue = without_ink(from[2], black);
        if (format == PIXEL_GRAY8) {
            int sum = red * red_weight + green * green_weight + blue * blue_weight;
            *to++ = (uint8_t)((sum + (1 << 13)) >> 14);
            continue;
        }
        *to++ = blue;
        *to++ = green;
        *to++ = red;
    }
}

/** Gray of the row's colours, behind them. */
static const uint8_t *make_gray(struct reader *reader)
{
    int width = (int)reader->info.output_width;
    uint8_t *gray = reader->row + (size_t)width * (CMYK_BYTES - 1);
    struct frame row = {.format = PIXEL_BGR24, .width = width, .height = 1, .data = {reader->row}};
    gray_row_fast(&row, GRAY_BGR, 0, gray);
    return gray;
}

static int read_rows(struct reader *reader, enum pixel_format format)
{
    struct jpeg_decompress_struct *info = &reader->info;
    while (info->output_scanline < info->output_height) {
        int y = (int)info->output_scanline;
        jpeg_read_scanlines(info, &reader->row, 1);
        if (is_truncated(reader) && tell_truncated(reader) < 0)
            return -EBADMSG;
        if (info->out_color_space == JCS_CMYK)
            convert_cmyk(reader->row, (int)info->output_width,
                         reader->to_gray ? PIXEL_BGR24 : format);
        const uint8_t *row = reader->to_gray ? make_gray(reader) : reader->row;
        image_put_row(reader->job->out, reader->orientation, y, row);
    }
    return 0;
}

/** What libjpeg itself will need: of several scans all coefficients, else some rows. */
static size_t scratch_bytes(struct reader *reader)
{
    const struct jpeg_decompress_struct *info = &reader->info;
    size_t row = (size_t)info->image_width * (size_t)info->num_components;
    size_t rows =
        jpeg_has_multiple_scans(&reader->info) ? info->image_height * sizeof(JCOEF) : 8 * DCTSIZE;
    return row * rows;
}

static int read_picture(struct reader *reader)
{
    const struct image_job *job = reader->job;
    struct jpeg_decompress_struct *info = &reader->info;
    jpeg_create_decompress(info);
    info->progress = &reader->progress;
    jpeg_stdio_src(info, job->file);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(info, TRUE);
    int ret = image_check_size(job, info->image_width, info->image_height);
    if (ret < 0)
        return ret;

    reader->orientation = read_orientation(info);
    enum pixel_format format = choose_format(reader);
    if (job->needs)
        return image_tell_needs(job, format, (int)info->image_width, (int)info->image_height,
                                scratch_bytes(reader));
    ret = image_allocate(job, format, (int)info->image_width, (int)info->image_height,
                         reader->orientation);
    if (ret < 0)
        return ret;
    reader->row = memory_alloc(MEMORY_FRAMES, (size_t)info->image_width * CMYK_BYTES);
    if (!reader->row)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);

    // Several scans are all read here.
    jpeg_start_decompress(info);
    if (is_truncated(reader) && tell_truncated(reader) < 0)
        return -EBADMSG;
    return read_rows(reader, format);
}

/** Of its own, because nothing that changes may live in the frame that setjmp() returns to. */
static int read_or_escape(struct reader *reader)
{
    return setjmp(reader->escape) ? reader->failure : read_picture(reader);
}

int image_read_jpeg(const struct image_job *job)
{
    struct reader reader = {.job = job, .progress.progress_monitor = limit_scans};
    reader.info.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = fail;
    reader.errors.emit_message = take_message;
    reader.info.client_data = &reader;
    int ret = read_or_escape(&reader);
    jpeg_destroy_decompress(&reader.info);
    memory_free(reader.row);
    return ret;
}
