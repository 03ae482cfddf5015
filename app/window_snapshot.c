#include "app/window_snapshot.h"

#include "processing/memory.h"

#include <errno.h>

int window_snapshot_take(struct picture_saver **saver, const struct picture_saver_config *config,
                         struct window *window)
{
    int width, height;
    float scale;
    int ret = *saver ? 0 : picture_saver_create(saver, config);
    if (ret < 0)
        return ret;
    window_get_size(window, &width, &height, &scale);
    struct canvas canvas = {memory_alloc(MEMORY_INTERFACE, 4 * (size_t)width * (size_t)height),
                            width, height, 4 * (ptrdiff_t)width};
    ret = canvas.data ? window_read(window, &canvas) : -ENOMEM;
    if (ret == 0)
        ret = picture_saver_take(*saver, &canvas, VIEW_ORIGINAL);
    memory_free(canvas.data);
    return ret;
}
