#include "tests/kernels/photos.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>

static struct plane photos[PHOTOS_MAX];
static int count;

/** Format: netpbm's pgm(5). Comments are not read: `convert -strip` writes none. */
static int read_pgm(FILE *file, struct plane *photo)
{
    int width, height, white;
    if (fscanf(file, "P5 %d %d %d", &width, &height, &white) != 3 || getc(file) == EOF)
        return -EINVAL;
    if (width < 1 || height < 1 || width > FRAME_MAX_SIDE || height > FRAME_MAX_SIDE ||
        white != 255)
        return -EINVAL;
    size_t bytes = (size_t)width * (size_t)height;
    uint8_t *data = memory_alloc(MEMORY_FRAMES, bytes);
    if (!data)
        return -ENOMEM;
    if (fread(data, 1, bytes, file) != bytes) {
        memory_free(data);
        return -EINVAL;
    }
    *photo = (struct plane){data, width, height, width};
    return 0;
}

int photo_add(const char *path)
{
    if (count == PHOTOS_MAX)
        return -ENOSPC;
    FILE *file = fopen(path, "rb");
    if (!file)
        return -errno;
    int status = read_pgm(file, &photos[count]);
    fclose(file);
    count += status == 0;
    return status;
}

int photo_count(void)
{
    return count;
}

const struct plane *photo_at(int number)
{
    return &photos[number % count];
}

void photos_free(void)
{
    while (count > 0)
        memory_free(photos[--count].data);
}
