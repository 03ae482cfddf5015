#pragma once

/**
 * @file
 * What the tests of reading pictures share: a folder for them, and reading that checks itself.
 */

#include "capture/image_reader.h"
#include "processing/memory.h"
#include "tests/unit/picture_files.h"

static struct folder folder;

static inline const char *in(const char *name)
{
    return in_folder(&folder, name);
}

static inline int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static inline int64_t live_bytes(void)
{
    return memory_sum_of(MEMORY_OWNERS).live_bytes;
}

static inline void read_well(struct image *image, const char *path, enum image_decode how)
{
    struct error err = {""};
    int ret = image_read(image, path,
                         &(struct image_wish){.how = how, .max_pixels = IMAGE_MAX_PIXELS}, &err);
    if (ret < 0)
        fail_msg("%s", err.text);
    assert_true(image->serves & 1u << how);
    assert_int_equal(image->frame.range, RANGE_FULL);
    assert_int_equal(image->frame.matrix, MATRIX_BT601);
    assert_int_equal(image->frame.width, image->layout.width);
}

/** Reads, expecting failure; nothing may leak. Returns the sentence. */
static inline const char *read_badly(const char *path, int code)
{
    static struct error err;
    err.text[0] = '\0';
    struct image image = {0};
    int64_t before = live_bytes();
    assert_int_equal(
        image_read(&image, path,
                   &(struct image_wish){.how = IMAGE_LUMA, .max_pixels = IMAGE_MAX_PIXELS}, &err),
        code);
    assert_null(image.block);
    assert_int_equal(live_bytes(), before);
    assert_non_null(strstr(err.text, path));
    return err.text;
}
