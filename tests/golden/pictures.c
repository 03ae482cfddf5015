#include "tests/golden/pictures.h"
#include "processing/memory.h"
#include "tests/golden/checksum.h"
#include "tests/golden/patterns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t picture_bytes(const struct picture *picture)
{
    return (size_t)picture->frame.stride[0] * (size_t)picture->frame.height;
}

/** Blue, green and red of a colour picture are the pattern with three seeds in a row. */
static int read_pattern(struct picture *picture, const char *name)
{
    char word[32];
    unsigned seed;
    if (sscanf(name, "%31[^:]:%u", word, &seed) != 2)
        return -ENOENT;
    const struct pattern *pattern = pattern_find(word);
    if (!pattern)
        return -ENOENT;
    uint32_t channels = picture->frame.format == PIXEL_BGR24 ? 3 : 1;
    uint8_t *sample = picture->block;
    for (int y = 0; y < picture->frame.height; y++)
        for (int x = 0; x < picture->frame.width; x++)
            for (uint32_t c = 0; c < channels; c++)
                *sample++ = pattern->sample(seed + c, (uint32_t)x, (uint32_t)y);
    return 0;
}

static void swap_red_and_blue(uint8_t *samples, size_t bytes)
{
    for (size_t i = 0; i + 2 < bytes; i += 3) {
        uint8_t first = samples[i];
        samples[i] = samples[i + 2];
        samples[i + 2] = first;
    }
}

/** Netpbm's binary formats: P5 is gray, P6 is R G B; the header is written without comments. */
static int read_netpbm(struct picture *picture, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -ENOENT;
    bool gray = picture->frame.format == PIXEL_GRAY8;
    char kind;
    int width, height;
    bool good = fscanf(file, "P%c %d %d 255", &kind, &width, &height) == 3 && fgetc(file) == '\n' &&
                kind == (gray ? '5' : '6') && width == picture->frame.width &&
                height == picture->frame.height;
    size_t bytes = picture_bytes(picture);
    good = good && fread(picture->block, 1, bytes, file) == bytes;
    fclose(file);
    if (good && !gray)
        swap_red_and_blue(picture->block, bytes);
    return good ? 0 : -EINVAL;
}

static int read_photo(struct picture *picture, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, PICTURES_PHOTO_DIR "/%s", name);
    if (access(path, R_OK) != 0)
        return -ENOENT;
    const char *end = strrchr(name, '.');
    bool jpeg = end && strcmp(end, ".jpg") == 0;
    return jpeg ? picture_read_jpeg(picture, path) : picture_read_png(picture, path);
}

static int read_named(struct picture *picture, const char *name, const char *crop_dir)
{
    char path[512];
    if (strncmp(name, "photo:", 6) == 0)
        return read_photo(picture, name + 6);
    if (strncmp(name, "crop:", 5) != 0)
        return read_pattern(picture, name);
    snprintf(path, sizeof path, "%s/%s", crop_dir, name + 5);
    return read_netpbm(picture, path);
}

int picture_load(struct picture *out, const char *name, enum pixel_format format, int width,
                 int height, const char *crop_dir)
{
    *out = (struct picture){{.range = RANGE_FULL}, NULL};
    struct frame_layout layout = frame_layout_make(format, width, height, 0);
    if (layout.bytes == 0)
        return -EINVAL;
    out->block = memory_alloc(MEMORY_FRAMES, layout.bytes);
    if (!out->block)
        return -ENOMEM;
    frame_place(&out->frame, &layout, out->block);
    int status = read_named(out, name, crop_dir);
    if (status < 0)
        picture_free(out);
    return status;
}

void picture_free(struct picture *picture)
{
    memory_free(picture->block);
    *picture = (struct picture){.block = NULL};
}

uint32_t picture_checksum(const struct picture *picture)
{
    return checksum_add(0, picture->block, picture_bytes(picture));
}
