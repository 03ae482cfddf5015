#include "tests/fakes/scribbling_source.h"

#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { GARBAGE = 0xa5 };

struct scribbling {
    struct source source; // must be first
    int width, height, slots;
    uint8_t *blocks[LOANS_MAX];
    uint32_t sequence; ///< of the next frame
};

static struct scribbling *scribbling_of(struct source *source)
{
    return (struct scribbling *)source;
}

static uint8_t sample_of(uint32_t sequence, uint32_t index)
{
    uint32_t h = sequence * 0x9e3779b1U + index * 0x85ebca77U;
    return (uint8_t)(h >> 24 ^ h >> 13);
}

void scribbling_draw(const struct plane *plane, uint32_t sequence)
{
    for (int y = 0; y < plane->height; y++)
        for (int x = 0; x < plane->width; x++)
            plane->data[y * plane->stride + x] =
                sample_of(sequence, (uint32_t)(y * plane->width + x));
}

bool scribbling_is_whole(const struct frame *frame)
{
    unsigned torn = 0;
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++)
            torn += frame->data[0][y * frame->stride[0] + x] !=
                    sample_of(frame->sequence, (uint32_t)(y * frame->width + x));
    return torn == 0;
}

static int scribbling_open(struct source *source, const struct source_config *config,
                           struct error *err)
{
    struct scribbling *self = scribbling_of(source);
    self->width = config->width;
    self->height = config->height;
    self->slots = config->buffers;
    source->info = (struct source_info){
        .name = "Scribbling", .width = self->width, .height = self->height, .live = true};
    for (int i = 0; i < self->slots; i++) {
        self->blocks[i] = memory_alloc(MEMORY_FRAMES, (size_t)self->width * (size_t)self->height);
        if (!self->blocks[i])
            return error_set(err, -ENOMEM, "No memory");
    }
    return 0;
}

static void scribble(struct scribbling *self, unsigned slots)
{
    for (int i = 0; i < self->slots; i++)
        if (slots & 1u << i)
            memset(self->blocks[i], GARBAGE, (size_t)self->width * (size_t)self->height);
}

/** A slot that nobody has, -EINTR or -ETIMEDOUT. */
static int find_slot(struct scribbling *self, int timeout_ms)
{
    struct loans *loans = &self->source.loans;
    int64_t give_up_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    for (;;) {
        scribble(self, loans_collect(loans));
        if (loans_take_wake(loans))
            return -EINTR;
        // Not always the lowest: each of them is to be used.
        for (int i = 0; i < self->slots; i++) {
            int slot = (int)((self->sequence + (uint32_t)i) % (uint32_t)self->slots);
            if (!(atomic_load(&loans->out) & 1u << slot))
                return slot;
        }
        int64_t left_ns = give_up_ns - clock_now_ns();
        if (left_ns <= 0)
            return -ETIMEDOUT;
        struct pollfd back = {.fd = loans->wake_fd, .events = POLLIN};
        poll(&back, 1, (int)(left_ns / NS_PER_MS) + 1);
    }
}

static int scribbling_acquire(struct source *source, int timeout_ms, struct loan *loan,
                              struct error *err)
{
    (void)err;
    struct scribbling *self = scribbling_of(source);
    int slot = find_slot(self, timeout_ms);
    if (slot < 0)
        return slot;
    struct plane plane = {self->blocks[slot], self->width, self->height, self->width};
    scribbling_draw(&plane, self->sequence);
    loan->frame = (struct frame){.format = PIXEL_GRAY8,
                                 .width = self->width,
                                 .height = self->height,
                                 .data = {plane.data},
                                 .stride = {plane.stride},
                                 .sequence = self->sequence++};
    source_lend(source, loan, slot);
    return 0;
}

static void scribbling_close(struct source *source)
{
    for (int i = 0; i < LOANS_MAX; i++)
        memory_free(scribbling_of(source)->blocks[i]);
}

const struct source_kind scribbling_source_kind = {
    .name = "scribbling source",
    .bytes = sizeof(struct scribbling),
    .open = scribbling_open,
    .acquire = scribbling_acquire,
    .close = scribbling_close,
};
