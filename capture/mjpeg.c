/*
 * Motion-JPEG over USB is a JPEG a frame. Cameras often leave the Huffman tables out, which stands
 * for the tables K.3 to K.6 of the JPEG standard; the decoder puts these in where there are none.
 * Since it is used again and again, it would otherwise keep those of the picture before.
 *
 * A damaged picture shows itself in three ways: the decoder gives up (an error, which never comes
 * back to the caller: hence setjmp), it runs out of bytes (it then invents an end and warns
 * JWRN_JPEG_EOF), or it stumbles over something and goes on (other warnings).
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

/** Under setjmp(): reads the rows of `colors` samples a pixel. */
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

/** A row of luma at its start becomes a row of Y U V without colour, from the end backwards. */
static void spread_gray(uint8_t *row, int width)
{
    for (int x = width - 1; x >= 0; x--) {
        uint8_t y = row[x];
        row[3 * x] = y;
        row[3 * x + 1] = 128;
        row[3 * x + 2] = 128;
    }
}

static J_COLOR_SPACE space_of(enum pixel_format format)
{
    switch (format) {
    case PIXEL_YUV24:
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
    // The library cannot make luma into YUV, only the other way.
    bool spread = layout->format == PIXEL_YUV24 && decoder->jpeg_color_space == JCS_GRAYSCALE;
    decoder->out_color_space = spread ? JCS_GRAYSCALE : space_of(layout->format);
    jpeg_start_decompress(decoder);
    read_rows(mjpeg, layout, block);
    jpeg_finish_decompress(decoder);
    if (mjpeg->ended_early)
        return -EBADMSG;
    for (int y = 0; spread && y < layout->height; y++)
        spread_gray(block + y * layout->stride[0], layout->width);
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
    jpeg_abort_decompress(&mjpeg->decoder);
    return ret;
}
