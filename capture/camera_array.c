#include "capture/camera_array.h"

#include "processing/memory.h"

#include <errno.h>
#include <string.h>

int camera_array_grow(void **array, int count, size_t item_bytes)
{
    if (count & (count - 1))
        return 0;
    size_t have = (size_t)count * item_bytes;
    void *larger = memory_alloc(MEMORY_OTHER, count ? 2 * have : item_bytes);
    if (!larger)
        return -ENOMEM;
    if (have)
        memcpy(larger, *array, have);
    memory_free(*array);
    *array = larger;
    return 0;
}
