#pragma once

/**
 * @file
 * Picture files made by the tests: JPEG by libjpeg, PNG by libpng, anything else byte by byte.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>

enum { MOST_FILE_BYTES = 1 << 20 };

/** A folder of the test's own. */
struct folder {
    char path[64];
};

/** The bytes of a file. */
struct bytes {
    size_t count;
    uint8_t data[MOST_FILE_BYTES];
};

static inline void folder_make(struct folder *folder)
{
    strcpy(folder->path, "/tmp/cannyscope-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

static inline void folder_remove(const struct folder *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder->path);
    assert_int_equal(system(command), 0);
}

/** The path of a file in the folder; valid until the eighth call from now. */
static inline const char *in_folder(const struct folder *folder, const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    return path;
}

static inline void bytes_save(const uint8_t *data, size_t count, const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (count)
        assert_int_equal(fwrite(data, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static inline void bytes_load(struct bytes *bytes, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    bytes->count = fread(bytes->data, 1, sizeof bytes->data, file);
    assert_true(bytes->count < sizeof bytes->data);
    fclose(file);
}

/** A TIFF header and a directory whose second entry is the orientation. */
static inline size_t make_exif(uint8_t out[38], int orientation, bool big_endian)
{
    static const uint8_t big[38] = {'M', 'M', 0, 42, 0, 0, 0,  8, 0, 2, 1, 0, 0, 3, 0, 0, 0,
                                    1,   0,   9, 0,  0, 1, 18, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0};
    static const uint8_t little[38] = {'I', 'I', 42, 0, 8, 0,  0, 0, 2, 0, 0, 1, 3, 0, 1, 0, 0,
                                       0,   9,   0,  0, 0, 18, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    memcpy(out, big_endian ? big : little, 38);
    out[big_endian ? 31 : 30] = (uint8_t)orientation;
    return 38;
}

/** A pixel of a made picture: smooth, but no two neighbours alike. */
static inline uint8_t made_sample(int x, int y, int channel)
{
    return (uint8_t)(x * 3 + y * 5 + channel * 70 + (x * y) / 7);
}

struct jpeg_spec {
    int width, height;
    J_COLOR_SPACE space; ///< of the samples given to libjpeg
    bool progressive;
    bool full_chroma; ///< not subsampled
    int restart_rows; ///< 0 none
    int orientation;  ///< 0 no Exif data
    bool big_endian;
};

static inline void make_jpeg(const char *path, const struct jpeg_spec *spec)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = (JDIMENSION)spec->width;
    info.image_height = (JDIMENSION)spec->height;
    int channels = spec->space == JCS_GRAYSCALE ? 1 : spec->space == JCS_CMYK ? 4 : 3;
    info.input_components = channels;
    info.in_color_space = spec->space;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 90, TRUE);
    info.restart_in_rows = spec->restart_rows;
    if (spec->full_chroma)
        info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
    if (spec->progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    if (spec->orientation) {
        uint8_t exif[6 + 38] = "Exif";
        make_exif(exif + 6, spec->orientation, spec->big_endian);
        jpeg_write_marker(&info, JPEG_APP0 + 1, exif, sizeof exif);
    }
    for (int y = 0; y < spec->height; y++) {
        uint8_t row[1024];
        assert_true((size_t)(spec->width * channels) <= sizeof row);
        for (int i = 0; i < spec->width * channels; i++)
            row[i] = made_sample(i / channels, y, i % channels);
        JSAMPROW rows = row;
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    fclose(file);
}

struct png_spec {
    int width, height;
    int bits, color_type; ///< as libpng has them
    bool interlaced;
    bool clear;      ///< with a tRNS chunk
    int orientation; ///< 0 no Exif data
    /** Bytes of row `y` as the file stores them. */
    void (*fill)(uint8_t *row, int y, size_t bytes);
};

static inline void make_png(const char *path, const struct png_spec *spec)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, (png_uint_32)spec->width, (png_uint_32)spec->height, spec->bits,
                 spec->color_type, spec->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (spec->color_type == PNG_COLOR_TYPE_PALETTE) {
        png_color palette[256];
        for (int i = 0; i < 1 << spec->bits; i++)
            palette[i] = (png_color){(uint8_t)(i * 2 + 1), (uint8_t)(i + 100), (uint8_t)(200 - i)};
        png_set_PLTE(png, info, palette, 1 << spec->bits);
    }
    if (spec->clear)
        png_set_tRNS(png, info, (const uint8_t[]){0, 100}, 2, &(png_color_16){.gray = 1});
    if (spec->orientation) {
        uint8_t exif[38];
        png_set_eXIf_1(png, info, (png_uint_32)make_exif(exif, spec->orientation, true), exif);
    }
    png_write_info(png, info);
    int passes = spec->interlaced ? png_set_interlace_handling(png) : 1;
    uint8_t row[2048] = {0};
    size_t bytes = png_get_rowbytes(png, info);
    assert_true(bytes <= sizeof row);
    for (int i = 0; i < passes * spec->height; i++) {
        spec->fill(row, i % spec->height, bytes);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}

/** For png_spec: bytes that differ from their neighbours. */
static inline void fill_counting(uint8_t *row, int y, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        row[i] = (uint8_t)((size_t)y * 53 + i * 7);
}
