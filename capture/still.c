/**
 * @file
 * Slots are not memory here but places on the loans' mask: each remembers which of the two images
 * it points to, and an image is freed only when no slot that is out does.
 */
#include "capture/still.h"

#include "capture/frame_pool.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const double default_fps = 30;

_Static_assert((int)STILL_SLOTS == (int)FRAME_POOL_SLOTS, "frame_pool_wait_free() finds the slots");

static struct still *still_of(struct source *source)
{
    return (struct still *)source;
}

static enum image_decode wanted(const struct source *source)
{
    struct source_wishes wishes = source_wishes_of(source);
    return wishes.bgr ? IMAGE_BGR : wishes.color ? IMAGE_LUMA_AND_COLOR : IMAGE_LUMA;
}

/** While it is read, both images stay. */
static int admit(struct still *still, const struct image_wish *wish, struct error *err)
{
    struct image_needs image;
    int ret = still->measure(&image, still->path, wish, err);
    if (ret < 0)
        return ret;
    struct source_needs needs = {
        .width = image.width,
        .height = image.height,
        .bytes = (int64_t)(image.kept_bytes + still->images[0].room + still->images[1].room),
        .passing_bytes = (int64_t)(image.bytes - image.kept_bytes),
    };
    return source_admit(&still->source.gate, &needs, err);
}

static int read_into(struct still *still, int index, enum image_decode how, struct error *err)
{
    struct image image = {0};
    struct image_wish wish = {.how = how, .max_pixels = IMAGE_MAX_PIXELS};
    int64_t start = clock_now_ns();
    int ret = admit(still, &wish, err);
    if (ret == 0)
        ret = still->read(&image, still->path, &wish, err);
    if (ret < 0)
        return ret;
    image_free(&still->images[index]);
    still->images[index] = image;
    atomic_store(&still->source.counters.decode_ns, clock_now_ns() - start);
    return 0;
}

static bool is_lent(const struct still *still, int index)
{
    unsigned out = atomic_load(&still->source.loans.out);
    for (int slot = 0; slot < STILL_SLOTS; slot++)
        if (out & 1u << slot && still->image_of[slot] == index)
            return true;
    return false;
}

/** Makes the current image one that the wishes are served by, if that can be had now. */
static void follow_wishes(struct still *still)
{
    enum image_decode how = wanted(&still->source);
    int other = !still->current;
    if (still->images[still->current].serves & 1u << how) {
        still->asked = how;
    } else if (still->images[other].serves & 1u << how) {
        still->asked = how;
        still->current = other;
    } else if (how != still->asked && !is_lent(still, other)) {
        // Tried once: a file that is gone is not looked for with every frame.
        struct error err = {""};
        still->asked = how;
        int ret = read_into(still, other, how, &err);
        if (ret == 0)
            still->current = other;
        else if (ret == -EFBIG)
            source_say(&still->source, "%s", err.text);
    }
}

static void describe(struct still *still, const char *format, double fps)
{
    struct source_info *info = &still->source.info;
    const char *slash = strrchr(still->path, '/');
    snprintf(info->name, sizeof info->name, "%s", slash ? slash + 1 : still->path);
    snprintf(info->format, sizeof info->format, "%s", format);
    info->width = still->images[0].layout.width;
    info->height = still->images[0].layout.height;
    info->fps = fps;
}

int still_open(struct source *source, const struct source_config *config, still_read *read,
               still_measure *measure, const char *format, struct error *err)
{
    struct still *still = still_of(source);
    double fps = config->fps > 0 ? config->fps : default_fps;
    still->read = read;
    still->measure = measure;
    still->paced = config->paced && config->fps != 0;
    still->loop = config->loop;
    still->interval_ns = (int64_t)(NS_PER_S / fps);
    still->path = memory_copy_string(MEMORY_OTHER, config->location);
    if (!still->path)
        return error_set(err, -ENOMEM, "Not enough memory to open '%s'", config->location);
    still->asked = wanted(source);
    int ret = read_into(still, 0, still->asked, err);
    if (ret < 0)
        return ret;
    describe(still, format, fps);
    return 0;
}

static void lend(struct still *still, int slot, struct loan *loan)
{
    still->image_of[slot] = still->current;
    loan->frame = still->images[still->current].frame;
    loan->frame.sequence = still->sequence;
    loan->frame.time_ns = still->sequence * still->interval_ns;
    still->sequence++;
    source_lend(&still->source, loan, slot);
}

int still_acquire(struct source *source, int timeout_ms, struct loan *loan, struct error *err)
{
    struct still *still = still_of(source);
    (void)err;
    if (!still->loop && still->sequence > 0)
        return -ENODATA;
    // A slot first: a beat that was waited for must not be lost for want of one.
    int64_t start = clock_now_ns();
    struct frame_pool slots = {.loans = &source->loans};
    int slot = frame_pool_wait_free(&slots, timeout_ms);
    if (slot < 0)
        return slot;
    int left_ms = timeout_ms - (int)((clock_now_ns() - start) / NS_PER_MS);
    int64_t beat_ns = still->paced ? still->interval_ns : 0;
    int ret = pacer_wait(&still->pacer, &source->loans, beat_ns, left_ms > 0 ? left_ms : 0);
    if (ret < 0)
        return ret;
    follow_wishes(still);
    lend(still, slot, loan);
    return 0;
}

void still_close(struct source *source)
{
    struct still *still = still_of(source);
    image_free(&still->images[0]);
    image_free(&still->images[1]);
    memory_free(still->path);
    still->path = NULL;
}
