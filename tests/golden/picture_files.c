/**
 * @file
 * JPEG and PNG as cv2.imread() decodes them: JPEG gray is the file's own luma, JPEG colour is
 * libjpeg's with its default upsampling and DCT, PNG loses its alpha. A broken file ends the test
 * program, which is what the libraries do when left alone.
 */
#include "processing/memory.h"
#include "tests/golden/pictures.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

static int decode_jpeg(struct picture *picture, struct jpeg_decompress_struct *jpeg)
{
    struct frame *frame = &picture->frame;
    jpeg_read_header(jpeg, TRUE);
    jpeg->out_color_space = frame->format == PIXEL_GRAY8 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    jpeg_start_decompress(jpeg);
    if ((int)jpeg->output_width != frame->width || (int)jpeg->output_height != frame->height)
        return -EINVAL;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = picture->block + (ptrdiff_t)jpeg->output_scanline * frame->stride[0];
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return 0;
}

int picture_read_jpeg(struct picture *picture, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -EINVAL;
    struct jpeg_error_mgr errors;
    struct jpeg_decompress_struct jpeg = {.err = jpeg_std_error(&errors)};
    jpeg_create_decompress(&jpeg);
    jpeg_stdio_src(&jpeg, file);
    int status = decode_jpeg(picture, &jpeg);
    jpeg_destroy_decompress(&jpeg);
    fclose(file);
    return status;
}

static int copy_png(struct picture *picture, png_structp png, png_infop info)
{
    struct frame *frame = &picture->frame;
    bool fits = (int)png_get_image_width(png, info) == frame->width &&
                (int)png_get_image_height(png, info) == frame->height &&
                (ptrdiff_t)png_get_rowbytes(png, info) == frame->stride[0];
    if (!fits)
        return -EINVAL;
    png_bytepp rows = png_get_rows(png, info);
    for (int y = 0; y < frame->height; y++)
        memcpy(picture->block + y * frame->stride[0], rows[y], (size_t)frame->stride[0]);
    return 0;
}

int picture_read_png(struct picture *picture, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -EINVAL;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    int transforms = PNG_TRANSFORM_STRIP_16 | PNG_TRANSFORM_STRIP_ALPHA | PNG_TRANSFORM_EXPAND;
    if (picture->frame.format == PIXEL_BGR24)
        transforms |= PNG_TRANSFORM_GRAY_TO_RGB | PNG_TRANSFORM_BGR;
    png_init_io(png, file);
    png_read_png(png, info, transforms, NULL);
    int status = copy_png(picture, png, info);
    png_destroy_read_struct(&png, &info, NULL);
    fclose(file);
    return status;
}
