#pragma once

/**
 * @file
 * JPEG pictures for tests, made with libjpeg.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a picture is like. */
struct jpeg_recipe {
    int width, height;
    bool gray;                ///< one component
    int h_samples, v_samples; ///< of luma for one of chroma: 1 1, 2 1, 2 2; 0 for 2 1
    bool without_tables;      ///< no Huffman tables in the file: the standard's are meant
    bool tables_of_its_own;   ///< Huffman tables made for this picture
    bool progressive;
    int seed; ///< of its contents
};

/** Makes it; free() the answer. */
uint8_t *make_jpeg(const struct jpeg_recipe *recipe, size_t *bytes);
