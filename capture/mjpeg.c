/*
 * Motion-JPEG over USB is a JPEG a frame. Cameras often leave the Huffman tables out, which stands
 * for the tables K.3 to K.6 of the JPEG standard; the decoder puts these in where there are none.
 * Since it is used again and again, it would otherwise keep those of the picture before.
 *
 * A damaged picture shows itself in three ways: the decoder gives up (an error, which never comes
 * back to the caller: hence setjmp), it runs out of bytes (it then invents an end and warns
 * JWRN_JPEG_EOF), or it stumbles over something and goes on (other warnings).
 *
 * Cameras store colour for two pixels together, so two bytes a pixel hold all there is. The library
 * gives three; they go through a strip of a few rows.
 *
 * Source: libjpeg.txt of libjpeg-turbo; ITU-T T.81; USB Video Class, "Motion-JPEG Payload".
 */
#include "capture/mjpeg.h"

#include "processing/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/** Baseline JPEG has two tables of each kind: for luma and for chroma. */
enum { TABLES = 2, ROWS_AT_ONCE = 16 };

struct mjpeg {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    jmp_buf give_up;
    bool ended_early;
    char words[JMSG_LENGTH_MAX]; ///< of the error that made it give up
    JHUFF_TBL standard_dc[TABLES], standard_ac[TABLES];
    uint8_t *strip; ///< rows on their way into pairs
    size_t strip_bytes;
};

static void on_error(j_common_ptr codec)
{
    struct mjpeg *mjpeg = codec->client_data;
    codec->err->format_message(codec, mjpeg->words);
    longjmp(mjpeg->give_up, 1);
}

static void on_message(j_common_ptr codec, int level)
{
    struct mjpeg *mjpeg = codec->client_data;
    if (level >= 0)
        return;
    codec->err->num_warnings++;
    if (codec->err->msg_code == JWRN_JPEG_EOF)
        mjpeg->ended_early = true;
}

static void stay_silent(j_common_ptr codec)
{
    (void)codec;
}

/** The standard's tables, which the library's compressor has by heart. */
static int learn_standard_tables(struct mjpeg *mjpeg)
{
    struct jpeg_compress_struct encoder = {.err = &mjpeg->errors, .client_data = mjpeg};
    if (setjmp(mjpeg->give_up)) {
        jpeg_destroy_compress(&encoder);
        return -ENOMEM;
    }
    jpeg_create_compress(&encoder);
    encoder.in_color_space = JCS_YCbCr;
    encoder.input_components = 3;
    jpeg_set_defaults(&encoder);
    for (int i = 0; i < TABLES; i++) {
        mjpeg->standard_dc[i] = *encoder.dc_huff_tbl_ptrs[i];
        mjpeg->standard_ac[i] = *encoder.ac_huff_tbl_ptrs[i];
    }
    jpeg_destroy_compress(&encoder);
    return 0;
}

static void put_table(struct mjpeg *mjpeg, JHUFF_TBL **place, const JHUFF_TBL *table)
{
    if (!*place)
        *place = jpeg_alloc_huff_table((j_common_ptr)&mjpeg->decoder);
    **place = *table;
}

int mjpeg_create(struct mjpeg **out)
{
    *out = NULL;
    struct mjpeg *mjpeg = memory_alloc(MEMORY_FRAMES, sizeof *mjpeg);
    if (!mjpeg)
        return -ENOMEM;
    mjpeg->decoder.err = jpeg_std_error(&mjpeg->errors);
    mjpeg->decoder.client_data = mjpeg;
    mjpeg->errors.error_exit = on_error;
    mjpeg->errors.emit_message = on_message;
    mjpeg->errors.output_message = stay_silent;
    if (learn_standard_tables(mjpeg) < 0)
        goto failed;
    if (setjmp(mjpeg->give_up))
        goto failed;
    jpeg_create_decompress(&mjpeg->decoder);
    *out = mjpeg;
    return 0;
failed:
    mjpeg_destroy(&mjpeg);
    return -ENOMEM;
}

void mjpeg_destroy(struct mjpeg **mjpeg)
{
    if (!*mjpeg)
        return;
    jpeg_destroy_decompress(&(*mjpeg)->decoder);
    memory_free((*mjpeg)->strip);
    memory_free(*mjpeg);
    *mjpeg = NULL;
}

/** Under setjmp(): starts on a picture and reads its header. */
static void read_header(struct mjpeg *mjpeg, const uint8_t *data, size_t bytes)
{
    mjpeg->ended_early = false;
    for (int i = 0; i < TABLES; i++) {
        put_table(mjpeg, &mjpeg->decoder.dc_huff_tbl_ptrs[i], &mjpeg->standard_dc[i]);
        put_table(mjpeg, &mjpeg->decoder.ac_huff_tbl_ptrs[i], &mjpeg->standard_ac[i]);
    }
    jpeg_mem_src(&mjpeg->decoder, data, bytes);
    jpeg_read_header(&mjpeg->decoder, TRUE);
}

/** Under setjmp(): reads the rows. */
static void read_rows(struct mjpeg *mjpeg, const struct frame_layout *layout, uint8_t *block)
{
    struct jpeg_decompress_struct *decoder = &mjpeg->decoder;
    JSAMPROW rows[ROWS_AT_ONCE];
    while (decoder->output_scanline < decoder->output_height) {
        JDIMENSION left = decoder->output_height - decoder->output_scanline;
        JDIMENSION count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = block + (ptrdiff_t)(decoder->output_scanline + i) * layout->stride[0];
        jpeg_read_scanlines(decoder, rows, count);
    }
}

static void pair_of(uint8_t *restrict to, const uint8_t *left, const uint8_t *right)
{
    to[0] = left[0];
    to[1] = (uint8_t)((left[1] + right[1] + 1) / 2);
    to[2] = right[0];
    to[3] = (uint8_t)((left[2] + right[2] + 1) / 2);
}

/** A row of Y U V becomes one of Y U Y V. */
static void pair_colors(uint8_t *restrict to, const uint8_t *restrict row, int width)
{
    int pairs = width / 2;
    for (int i = 0; i < pairs; i++)
        pair_of(to + 4 * i, row + 6 * i, row + 6 * i + 3);
    if (width & 1)
        pair_of(to + 4 * pairs, row + 6 * pairs, row + 6 * pairs);
}

/** A row of Y becomes one of Y U Y V without colour. */
static void pair_gray(uint8_t *to, const uint8_t *row, int width)
{
    for (int x = 0; x < width; x += 2) {
        to[2 * x] = row[x];
        to[2 * x + 2] = row[x + 1 < width ? x + 1 : x];
        to[2 * x + 1] = to[2 * x + 3] = 128;
    }
}

/** Under setjmp(): reads the rows by way of the strip. */
static void read_pairs(struct mjpeg *mjpeg, const struct frame_layout *layout, uint8_t *block)
{
    struct jpeg_decompress_struct *decoder = &mjpeg->decoder;
    bool gray = decoder->out_color_space == JCS_GRAYSCALE;
    JSAMPROW rows[ROWS_AT_ONCE];
    for (int i = 0; i < ROWS_AT_ONCE; i++)
        rows[i] = mjpeg->strip + (ptrdiff_t)i * 3 * layout->width;
    while (decoder->output_scanline < decoder->output_height) {
        uint8_t *to = block + (ptrdiff_t)decoder->output_scanline * layout->stride[0];
        JDIMENSION count = jpeg_read_scanlines(decoder, rows, ROWS_AT_ONCE);
        for (JDIMENSION i = 0; i < count; i++, to += layout->stride[0])
            (gray ? pair_gray : pair_colors)(to, rows[i], layout->width);
    }
}

static int make_strip(struct mjpeg *mjpeg, int width)
{
    size_t bytes = (size_t)ROWS_AT_ONCE * 3 * (size_t)width;
    if (bytes <= mjpeg->strip_bytes)
        return 0;
    memory_free(mjpeg->strip);
    mjpeg->strip = memory_alloc(MEMORY_FRAMES, bytes);
    mjpeg->strip_bytes = mjpeg->strip ? bytes : 0;
    return mjpeg->strip ? 0 : -ENOMEM;
}

static J_COLOR_SPACE space_of(enum pixel_format format)
{
    switch (format) {
    case PIXEL_YUYV:
        return JCS_YCbCr;
    case PIXEL_BGR24:
        return JCS_EXT_BGR;
    default:
        return JCS_GRAYSCALE;
    }
}

/** Under setjmp(). */
static int decode(struct mjpeg *mjpeg, const uint8_t *data, size_t bytes,
                  const struct frame_layout *layout, uint8_t *block)
{
    struct jpeg_decompress_struct *decoder = &mjpeg->decoder;
    read_header(mjpeg, data, bytes);
    if ((int)decoder->image_width != layout->width || (int)decoder->image_height != layout->height)
        return -EMSGSIZE;
    bool pairs = layout->format == PIXEL_YUYV;
    if (pairs && make_strip(mjpeg, layout->width) < 0)
        return -ENOMEM;
    // The library cannot make luma into YUV, only the other way.
    bool gray = pairs && decoder->jpeg_color_space == JCS_GRAYSCALE;
    decoder->out_color_space = gray ? JCS_GRAYSCALE : space_of(layout->format);
    decoder->do_fancy_upsampling = !pairs; // two pixels of a pair are to have one colour
    jpeg_start_decompress(decoder);
    (pairs ? read_pairs : read_rows)(mjpeg, layout, block);
    jpeg_finish_decompress(decoder);
    if (mjpeg->ended_early)
        return -EBADMSG;
    return mjpeg->errors.num_warnings > 0 ? MJPEG_FLAWED : MJPEG_CLEAN;
}

int mjpeg_size(struct mjpeg *mjpeg, const uint8_t *data, size_t bytes, int *width, int *height,
               struct error *err)
{
    if (setjmp(mjpeg->give_up)) {
        jpeg_abort_decompress(&mjpeg->decoder);
        return error_set(err, -EBADMSG, "%s", mjpeg->words);
    }
    read_header(mjpeg, data, bytes);
    *width = (int)mjpeg->decoder.image_width;
    *height = (int)mjpeg->decoder.image_height;
    jpeg_abort_decompress(&mjpeg->decoder);
    return 0;
}

int mjpeg_decode(struct mjpeg *mjpeg, const uint8_t *data, size_t bytes,
                 const struct frame_layout *layout, uint8_t *block, struct error *err)
{
    if (setjmp(mjpeg->give_up)) {
        jpeg_abort_decompress(&mjpeg->decoder);
        return error_set(err, -EBADMSG, "%s", mjpeg->words);
    }
    int ret = decode(mjpeg, data, bytes, layout, block);
    if (ret == -EMSGSIZE)
        error_set(err, ret, "it is %ux%u pixels instead of %dx%d", mjpeg->decoder.image_width,
                  mjpeg->decoder.image_height, layout->width, layout->height);
    if (ret == -EBADMSG)
        error_set(err, ret, "it ends too early");
    if (ret == -ENOMEM)
        error_set(err, ret, "not enough memory");
    jpeg_abort_decompress(&mjpeg->decoder);
    return ret;
}
