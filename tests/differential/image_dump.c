/**
 * @file
 * Prints decoded pictures for tests/differential/images.py: for every file one line
 * "FORMAT WIDTH HEIGHT BYTES" and the samples, or a line "error: ..." of its own.
 *
 *     image_dump luma|color|bgr|gray FILE...
 */
#include "capture/image_reader.h"

#include <stdio.h>
#include <string.h>

static const char *const ways[] = {[IMAGE_LUMA] = "luma",
                                   [IMAGE_LUMA_AND_COLOR] = "color",
                                   [IMAGE_BGR] = "bgr",
                                   [IMAGE_GRAY_OF_BGR] = "gray"};

static int find_way(const char *name)
{
    for (int i = 0; i < (int)(sizeof ways / sizeof *ways); i++)
        if (strcmp(ways[i], name) == 0)
            return i;
    return -1;
}

/** The block serves for one picture after the other, so that remains of one would be seen. */
static void dump(struct image *image, const char *path, enum image_decode how)
{
    struct error err;
    if (image_read(image, path, &(struct image_wish){.how = how, .max_pixels = IMAGE_MAX_PIXELS},
                   &err) < 0) {
        printf("error: %s\n", err.text);
        return;
    }
    printf("%s %d %d %zu\n", pixel_format_name(image->frame.format), image->frame.width,
           image->frame.height, image->layout.bytes);
    fwrite(image->block, 1, image->layout.bytes, stdout);
}

int main(int argc, char **argv)
{
    int how = argc > 1 ? find_way(argv[1]) : -1;
    if (how < 0) {
        fprintf(stderr, "usage: image_dump luma|color|bgr|gray FILE...\n");
        return 2;
    }
    struct image image = {0};
    for (int i = 2; i < argc; i++)
        dump(&image, argv[i], (enum image_decode)how);
    image_free(&image);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
