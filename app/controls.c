#include "app/controls.h"

#include "app/locks.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

struct controls {
    // Set by controls_create().
    struct doorbell *capture, *processing;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct control_values values;
    unsigned generation;
};

int controls_create(struct controls **out, struct doorbell *capture, struct doorbell *processing)
{
    struct controls *controls = memory_alloc(MEMORY_OTHER, sizeof *controls);
    *out = controls;
    if (!controls)
        return -ENOMEM;
    controls->capture = capture;
    controls->processing = processing;
    controls->values = (struct control_values){.canny = canny_default_params, .view = VIEW_EDGES};
    lock_make(&controls->lock);
    return 0;
}

void controls_destroy(struct controls **controls)
{
    if (!*controls)
        return;
    pthread_mutex_destroy(&(*controls)->lock);
    memory_free(*controls);
    *controls = NULL;
}

void controls_set(struct controls *controls, const struct control_values *values)
{
    pthread_mutex_lock(&controls->lock);
    controls->values = *values;
    controls->generation++;
    pthread_mutex_unlock(&controls->lock);
    doorbell_ring(controls->capture);
    doorbell_ring(controls->processing);
}

unsigned controls_get(struct controls *controls, struct control_values *values)
{
    pthread_mutex_lock(&controls->lock);
    *values = controls->values;
    unsigned generation = controls->generation;
    pthread_mutex_unlock(&controls->lock);
    return generation;
}

struct source_wishes controls_source_wishes(struct controls *controls)
{
    struct control_values values;
    controls_get(controls, &values);
    const struct view_info *view = view_find(values.view);
    // A frozen picture is looked at in every view, so it is taken with its colours.
    return (struct source_wishes){.color = view->needs_color || values.frozen,
                                  .bgr = values.canny.gray == GRAY_BGR,
                                  .noise = values.noise};
}
