/**
 * @file
 * The scene as a source: what paces it and where its frames lie. What is seen is scene_draw's.
 */
#include "capture/scene.h"

#include "capture/frame_pool.h"
#include "capture/noise.h"
#include "capture/pacer.h"
#include "capture/scene_draw.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>

enum { DEFAULT_WIDTH = 1280, DEFAULT_HEIGHT = 720, DEFAULT_FPS = 60, MOST_NOISE = 100 };

struct scene {
    struct source source;
    struct frame_pool pool;
    struct pacer pacer;
    struct scene_picture *picture;
    struct noise *noise;
    int64_t interval_ns; ///< from frame to frame; 0 as fast as they are acquired
    uint32_t sequence;   ///< of the next frame
};

static struct scene *scene_of(struct source *source)
{
    return (struct scene *)source;
}

static void describe(struct source_info *info, const struct source_config *config)
{
    snprintf(info->name, sizeof info->name, "Built-in scene");
    snprintf(info->format, sizeof info->format, "I420");
    info->width = config->width ? config->width : DEFAULT_WIDTH;
    info->height = config->height ? config->height : DEFAULT_HEIGHT;
    info->fps = config->fps < 0 ? DEFAULT_FPS : config->fps;
    info->live = config->fps != 0;
}

static int64_t interval_of(double fps)
{
    // Never 0, which would mean unpaced; slower than one a day is one a day.
    double interval_ns = (double)NS_PER_S / fps;
    double most = 86400.0 * (double)NS_PER_S;
    return interval_ns < 1 ? 1 : (int64_t)(interval_ns < most ? interval_ns : most);
}

/** Beside the frames: the background, its patterns, the noise. */
static int admit(struct scene *scene, int width, int height, struct error *err)
{
    int64_t frame = frame_pool_slot_bytes(PIXEL_I420, width, height);
    struct source_needs needs = {
        .width = width,
        .height = height,
        .bytes = frame + frame / 4 + (int64_t)sizeof *scene->noise,
        .slot_bytes = frame,
        .slots = FRAME_POOL_SLOTS,
        .least_slots = FRAME_POOL_LEAST,
        .choosable = true,
    };
    int ret = source_admit(&scene->source.gate, &needs, err);
    scene->pool.slots = needs.slots;
    return ret;
}

static int build(struct scene *scene, int width, int height)
{
    int ret = frame_pool_shape(&scene->pool, PIXEL_I420, width, height);
    if (ret < 0)
        return ret;
    scene->noise = memory_alloc(MEMORY_FRAMES, sizeof *scene->noise);
    return scene->noise ? scene_picture_create(&scene->picture, width, height) : -ENOMEM;
}

static int scene_open(struct source *source, const struct source_config *config, struct error *err)
{
    struct scene *scene = scene_of(source);
    struct source_info *info = &source->info;
    describe(info, config);
    scene->interval_ns = info->live ? interval_of(info->fps) : 0;
    scene->pool.loans = &source->loans;
    int ret = frame_size_is_valid(info->width, info->height) ? 0 : -EINVAL;
    if (ret == 0 && (ret = admit(scene, info->width, info->height, err)) < 0)
        return ret;
    if (ret == 0)
        ret = build(scene, info->width, info->height);
    if (ret == -EINVAL)
        return error_set(err, ret, "The built-in scene cannot be %d x %d pixels: 1 to %d each way",
                         info->width, info->height, FRAME_MAX_SIDE);
    if (ret < 0)
        return error_set(err, ret, "Cannot draw the built-in scene in %d x %d pixels: %s",
                         info->width, info->height, error_reason(ret));
    return 0;
}

static void draw(struct scene *scene, uint8_t *block)
{
    const struct frame_layout *layout = &scene->pool.layout;
    struct plane luma = {block, layout->width, layout->height, layout->stride[0]};
    int noise = source_wishes_of(&scene->source).noise;
    int64_t start = clock_now_ns();
    scene_picture_draw(scene->picture, scene->sequence, block);
    noise_add(scene->noise, &luma, noise < MOST_NOISE ? noise : MOST_NOISE, scene->sequence);
    atomic_store(&scene->source.counters.decode_ns, clock_now_ns() - start);
}

static void lend(struct scene *scene, int slot, struct loan *loan)
{
    int64_t now = clock_now_ns();
    draw(scene, scene->pool.blocks[slot]);
    loan->frame = (struct frame){
        .range = RANGE_FULL,
        .matrix = MATRIX_BT601,
        .time_ns = scene->interval_ns ? now : scene_time_ns(scene->sequence),
        .sequence = scene->sequence,
    };
    frame_place(&loan->frame, &scene->pool.layout, scene->pool.blocks[slot]);
    scene->sequence++;
    source_lend(&scene->source, loan, slot);
}

static int scene_acquire(struct source *source, int timeout_ms, struct loan *loan,
                         struct error *err)
{
    struct scene *scene = scene_of(source);
    (void)err;
    // A slot first: a beat that was waited for must not be lost for want of one.
    int64_t start = clock_now_ns();
    int slot = frame_pool_wait_free(&scene->pool, timeout_ms);
    if (slot < 0)
        return slot;
    int left_ms = timeout_ms - (int)((clock_now_ns() - start) / NS_PER_MS);
    int ret =
        pacer_wait(&scene->pacer, &source->loans, scene->interval_ns, left_ms > 0 ? left_ms : 0);
    if (ret < 0)
        return ret;
    lend(scene, slot, loan);
    return 0;
}

static void scene_close(struct source *source)
{
    struct scene *scene = scene_of(source);
    scene_picture_destroy(&scene->picture);
    memory_free(scene->noise);
    scene->noise = NULL;
    frame_pool_close(&scene->pool);
}

const struct source_kind scene_source_kind = {
    .name = "built-in scene",
    .bytes = sizeof(struct scene),
    .open = scene_open,
    .acquire = scene_acquire,
    .close = scene_close,
};
