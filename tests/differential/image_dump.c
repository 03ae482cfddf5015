/**
 * @file
 * Prints decoded pictures for tests/differential/images.py: for every file one line
 * "FORMAT WIDTH HEIGHT BYTES" and the samples, or a line "error: ..." of its own.
 *
 *     image_dump luma|color|bgr FILE...
 */
#include "capture/image_reader.h"

#include <stdio.h>
#include <string.h>

static const char *const ways[] = {
    [IMAGE_LUMA] = "luma", [IMAGE_LUMA_AND_COLOR] = "color", [IMAGE_BGR] = "bgr"};

static int find_way(const char *name)
{
    for (int i = 0; i < (int)(sizeof ways / sizeof *ways); i++)
        if (strcmp(ways[i], name) == 0)
            return i;
    return -1;
}

static void dump(const char *path, enum image_decode how)
{
    struct image image;
    struct error err;
    if (image_read(&image, path, how, IMAGE_MAX_PIXELS, &err) < 0) {
        printf("error: %s\n", err.text);
        return;
    }
    printf("%s %d %d %zu\n", pixel_format_name(image.frame.format), image.frame.width,
           image.frame.height, image.layout.bytes);
    fwrite(image.block, 1, image.layout.bytes, stdout);
    image_free(&image);
}

int main(int argc, char **argv)
{
    int how = argc > 1 ? find_way(argv[1]) : -1;
    if (how < 0) {
        fprintf(stderr, "usage: image_dump luma|color|bgr FILE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        dump(argv[i], (enum image_decode)how);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
