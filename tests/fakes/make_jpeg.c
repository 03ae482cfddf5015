#include "tests/fakes/make_jpeg.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

/** Slopes and a little noise in each component: every coefficient gets something to do. */
static void fill_row(const struct jpeg_recipe *recipe, int y, uint8_t *row)
{
    unsigned noise = (unsigned)(recipe->seed * 7919 + y * 104729 + 1);
    int components = recipe->gray ? 1 : 3;
    for (int x = 0; x < recipe->width; x++)
        for (int c = 0; c < components; c++) {
            noise = noise * 1664525 + 1013904223;
            int slope = c == 0 ? 3 * x + 2 * y : c == 1 ? 255 - x : 5 * y;
            *row++ = (uint8_t)((slope + recipe->seed + (int)(noise >> 28)) & 255);
        }
}

static void set_up(struct jpeg_compress_struct *encoder, const struct jpeg_recipe *recipe)
{
    encoder->image_width = (JDIMENSION)recipe->width;
    encoder->image_height = (JDIMENSION)recipe->height;
    encoder->input_components = recipe->gray ? 1 : 3;
    encoder->in_color_space = recipe->gray ? JCS_GRAYSCALE : JCS_YCbCr;
    jpeg_set_defaults(encoder);
    jpeg_set_quality(encoder, 90, TRUE);
    if (!recipe->gray) {
        encoder->comp_info[0].h_samp_factor = recipe->h_samples ? recipe->h_samples : 2;
        encoder->comp_info[0].v_samp_factor = recipe->v_samples ? recipe->v_samples : 1;
    }
    encoder->optimize_coding = recipe->tables_of_its_own;
    if (recipe->progressive)
        jpeg_simple_progression(encoder);
    for (int i = 0; i < 2 && recipe->without_tables; i++)
        encoder->dc_huff_tbl_ptrs[i]->sent_table = encoder->ac_huff_tbl_ptrs[i]->sent_table = TRUE;
}

uint8_t *make_jpeg(const struct jpeg_recipe *recipe, size_t *bytes)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct encoder = {.err = jpeg_std_error(&errors)};
    unsigned char *memory = NULL;
    unsigned long length = 0;
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &memory, &length);
    set_up(&encoder, recipe);
    uint8_t *row = malloc((size_t)recipe->width * 3);
    jpeg_start_compress(&encoder, !recipe->without_tables);
    for (int y = 0; y < recipe->height; y++) {
        fill_row(recipe, y, row);
        jpeg_write_scanlines(&encoder, &(JSAMPROW){row}, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    free(row);
    *bytes = length;
    return memory;
}
