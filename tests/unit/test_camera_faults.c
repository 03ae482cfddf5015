/*
 * A camera on a driver that does everything wrong that no real driver can be made to do on demand:
 * buffers that it does not have or that are with us already, slow calls, stamps of the past and of
 * the future, buffers scribbled over as soon as they are queued, failures in bursts, wake-ups for
 * nothing, frames that are marked, short, too long or left out, JPEGs that are none. As fast as
 * it goes, at random by a fixed seed, while a model beside it keeps the books: every frame that
 * is handed out must be the newest whole one, with its own pixels, and every counter must agree.
 */
#include "capture/camera_formats.h"
#include "capture/mjpeg.h"
#include "processing/clock.h"
#include "tests/fakes/make_jpeg.h"
#include "tests/unit/camera_fixture.h"

#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FRAMES = 8000 };
#else
enum { FRAMES = 100000 };
#endif

enum {
    WIDTH = 64,
    HEIGHT = 48,
    RAW_BYTES = WIDTH * HEIGHT * 2,
    PICTURES = 16,
    HELD = 2,       ///< loans kept for a while, as readers do
    STUCK_MS = 200, ///< nothing comes: the driver has lost all buffers
    FORGIVEN = 3,   ///< as camera.h says
    STUMBLES = 3,   ///< as capture/camera.c says
    WARM_UP = 100,  ///< acquires, before allocations are a fault
};

/** A JPEG, and what becomes of it: found out beforehand with a decoder of the test's own. */
struct picture {
    uint8_t *data;
    size_t bytes;
    bool whole;   ///< looks like one at first sight
    bool decodes; ///< and is one
    uint8_t luma[WIDTH * HEIGHT];
};

/** The books. */
struct model {
    struct fixture *f;
    uint64_t random;
    bool jpeg;
    struct picture pictures[PICTURES];
    int picture_count;

    // Of the stream since it was started.
    unsigned seen;
    bool sequenced;
    uint32_t last_sequence;
    int failures;
    int lost_buffers, delays;

    // Since the last acquire.
    unsigned whole;
    uint32_t newest;
    int newest_tag;

    // Since the beginning.
    unsigned handed_out, damaged, lost, skipped, acquired, restarts;
    int64_t last_time_ns;

    struct loan held[HELD];
    int held_tag[HELD], held_count;
};

static uint32_t random_below(struct model *model, uint32_t limit)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (uint32_t)(model->random >> 32) % limit;
}

// What the driver does.

enum { TAG_WHOLE = -1, TAG_BAD = -2 }; // and from 0 on the number of a picture

static void spoil(struct model *model, struct fake_event *event)
{
    static const uint32_t lengths[] = {0,       1,         124, RAW_BYTES / 2, RAW_BYTES - 1,
                                       1 << 20, UINT32_MAX};
    event->tag = TAG_BAD;
    if (random_below(model, 2)) {
        event->flags = V4L2_BUF_FLAG_ERROR;
        return;
    }
    event->short_frame = true;
    // Of a JPEG any length up to the buffer's may be right.
    event->bytesused = lengths[model->jpeg ? random_below(model, 2) * 5 + random_below(model, 2)
                                           : random_below(model, 7)];
}

static void misdate(struct model *model, struct fake_event *event)
{
    static const int64_t ages_ns[] = {-NS_PER_S,        -NS_PER_MS,      500 * NS_PER_MS,
                                      1900 * NS_PER_MS, NS_PER_S * 3600, NS_PER_S * 2};
    event->age_ns = ages_ns[random_below(model, 6)];
    event->other_clock = random_below(model, 4) == 0;
}

static void disturb(struct model *model, struct fake_event *event)
{
    struct fake_v4l2 *fake = &model->f->fake;
    switch (random_below(model, 10)) {
    case 0:
        event->code = -EIO;
        event->times = 1 + (int)random_below(model, 6);
        return;
    case 1:
        event->code = -EIO;
        event->loses_buffer = random_below(model, 50) == 0;
        return;
    case 2:
        event->lies_about_index = true;
        event->index = random_below(model, 2) ? FAKE_HELD : random_below(model, 1000) + 4;
        event->times = 1 + (int)random_below(model, 2);
        return;
    case 3:
        event->code = -EAGAIN;
        event->times = (int)random_below(model, 20);
        return;
    case 4:
        event->slow_us = 500;
        return;
    case 5:
        fake->failures[0] = (struct fake_failure){VIDIOC_QBUF, -EINVAL, 0, 1};
        return;
    case 6:
        fake->sequence = random_below(model, 2) ? 0 : UINT32_MAX - 3;
        return;
    default:
        event->skip = 1 + random_below(model, 5);
    }
}

static void script(void *self, struct fake_event *event)
{
    struct model *model = self;
    event->tag = TAG_WHOLE;
    if (random_below(model, 2)) { // the queue is drained
        event->code = -EAGAIN;
        return;
    }
    if (model->jpeg) {
        event->tag = (int)random_below(model, (uint32_t)model->picture_count);
        event->jpeg = model->pictures[event->tag].data;
        event->jpeg_bytes = model->pictures[event->tag].bytes;
    }
    uint32_t kind = random_below(model, 100);
    if (kind < 10)
        spoil(model, event);
    else if (kind < 20)
        misdate(model, event);
    else if (kind < 30)
        disturb(model, event);
}

// What the camera is expected to make of it.

static bool looks_whole(const struct model *model, int tag)
{
    return tag == TAG_WHOLE || (tag >= 0 && model->pictures[tag].whole);
}

static void count_frame(struct model *model, const struct fake_event *event, uint32_t sequence)
{
    bool whole = looks_whole(model, event->tag);
    model->handed_out++;
    model->seen++;
    model->failures = 0;
    if (whole || model->seen > FORGIVEN) {
        uint32_t missing = sequence - model->last_sequence - 1;
        if (model->sequenced && missing < UINT32_MAX / 2)
            model->lost += missing;
        model->sequenced = true;
        model->last_sequence = sequence;
    }
    model->damaged += !whole && model->seen > FORGIVEN;
    if (!whole)
        return;
    model->skipped += model->whole > 0;
    model->whole++;
    model->newest = sequence;
    model->newest_tag = event->tag;
}

static void happened(void *self, const struct fake_event *event, uint32_t sequence)
{
    struct model *model = self;
    if (event->code == -EAGAIN)
        return;
    model->lost_buffers += event->loses_buffer;
    if (event->code || event->lies_about_index)
        model->failures += model->whole == 0;
    else
        count_frame(model, event, sequence);
}

static void check_pixels(const struct model *model, const struct loan *loan, int tag)
{
    const struct frame *frame = &loan->frame;
    assert_true(frame->width == WIDTH && frame->height == HEIGHT);
    if (tag >= 0) {
        assert_memory_equal(frame->data[0], model->pictures[tag].luma, WIDTH * HEIGHT);
        return;
    }
    uint8_t wanted[RAW_BYTES];
    memset(wanted, fake_v4l2_byte(frame->sequence), sizeof wanted);
    assert_memory_equal(frame->data[0], wanted, sizeof wanted);
}

static void check_stamps(struct model *model, const struct frame *frame)
{
    assert_true(frame->time_ns > model->last_time_ns);
    assert_true(frame->time_ns <= frame->received_ns);
    assert_true(frame->received_ns - frame->time_ns <= 2 * NS_PER_S);
    model->last_time_ns = frame->time_ns;
}

/** Gives back the loan held longest, if that many are; what was lent is still what it was. */
static void let_go(struct model *model, int keep)
{
    while (model->held_count > keep) {
        check_pixels(model, &model->held[0], model->held_tag[0]);
        source_release(&model->held[0]);
        model->held_count--;
        memmove(model->held, model->held + 1, (HELD - 1) * sizeof model->held[0]);
        memmove(model->held_tag, model->held_tag + 1, (HELD - 1) * sizeof model->held_tag[0]);
    }
}

static void keep(struct model *model, const struct loan *loan)
{
    check_stamps(model, &loan->frame);
    check_pixels(model, loan, model->newest_tag);
    let_go(model, (int)random_below(model, HELD));
    model->held[model->held_count] = *loan;
    model->held_tag[model->held_count++] = model->newest_tag;
}

static void restart(struct model *model)
{
    struct fixture *f = model->f;
    if (random_below(model, 3) == 0)
        f->fake.failures[1] = (struct fake_failure){VIDIOC_STREAMON, -EINVAL, 0, 2};
    assert_int_equal(source_restart(f->camera, &f->err), 0);
    model->restarts++;
    model->seen = 0;
    model->sequenced = false;
    model->failures = model->lost_buffers = 0;
}

static void check_counters(const struct model *model)
{
    const struct fixture *f = model->f;
    assert_int_equal(COUNTER(f, acquired), model->acquired);
    assert_int_equal(COUNTER(f, damaged), model->damaged);
    assert_int_equal(COUNTER(f, dropped_driver), model->lost);
    assert_int_equal(COUNTER(f, dropped_skipped), model->skipped);
}

/** One acquire; its answer must be the one that the books ask for. */
static void step(struct model *model)
{
    struct fixture *f = model->f;
    struct loan loan;
    model->whole = 0;
    int ret = source_acquire(f->camera, STUCK_MS, &loan, &f->err);
    if (model->whole > 0 && (model->newest_tag < 0 || model->pictures[model->newest_tag].decodes)) {
        assert_int_equal(ret, 0);
        assert_int_equal(loan.frame.sequence, model->newest);
        model->acquired++;
        keep(model, &loan);
    } else if (model->whole > 0) {
        assert_int_equal(ret, -EAGAIN);
        model->damaged += model->seen > FORGIVEN;
    } else if (ret == -ETIMEDOUT) {
        // On a busy machine it may be mere slowness, but not again and again.
        assert_true(model->lost_buffers > 0 || ++model->delays < 20);
        restart(model);
    } else {
        assert_int_equal(ret, model->failures > STUMBLES ? -EIO : -EAGAIN);
        if (ret == -EIO)
            restart(model);
    }
    check_counters(model);
}

/** Every buffer is with the driver again. */
static void check_no_buffer_lost(struct model *model, unsigned buffers)
{
    struct fixture *f = model->f;
    let_go(model, 0);
    f->fake.script = NULL;
    f->fake.event_count = f->fake.next_event = 0;
    memset(f->fake.failures, 0, sizeof f->fake.failures);
    struct loan none;
    assert_int_equal(source_acquire(f->camera, 0, &none, &f->err), -ETIMEDOUT);
    assert_int_equal(f->fake.fifo_count + (unsigned)model->lost_buffers, buffers);
    assert_int_equal(f->fake.mistakes, 0);
}

static void run(struct model *model, unsigned buffers, unsigned frames)
{
    struct fixture *f = model->f;
    f->fake.formats[0].sizes[0].width = f->fake.formats[1].sizes[0].width = WIDTH;
    f->fake.formats[0].sizes[0].height = f->fake.formats[1].sizes[0].height = HEIGHT;
    f->fake.scribbles = true;
    f->fake.sequence = UINT32_MAX - 500;
    f->fake.script = script;
    f->fake.happened = happened;
    f->fake.script_self = model;
    f->config.width = WIDTH;
    f->config.height = HEIGHT;
    f->config.buffers = (int)buffers;
    f->config.fourcc = model->jpeg ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
    assert_int_equal(open_camera(f), 0);
    int64_t allocated = 0, begun_ns = clock_now_ns();
    for (unsigned i = 0; model->handed_out < frames; i++) {
        step(model);
        int64_t now = memory_sum_of(MEMORY_OWNERS).total_count;
        assert_true(i <= WARM_UP || now == allocated);
        allocated = now;
    }
    check_no_buffer_lost(model, buffers);
    // A quiet script would show nothing.
    assert_true(model->acquired > frames / 4 && model->damaged > frames / 20);
    assert_true(model->skipped > frames / 10 && model->lost > frames / 100);
    assert_true(model->restarts > frames / 2000);
    assert_int_equal(f->fake.opens, 1);
    printf("%u frames in %.1f s: %u acquired, %u damaged, %u lost, %u skipped, %u restarts\n",
           frames, (double)(clock_now_ns() - begun_ns) / 1e9, model->acquired, model->damaged,
           model->lost, model->skipped, model->restarts);
}

// Pictures.

static void judge(struct picture *picture, struct mjpeg *decoder)
{
    struct frame_layout layout = frame_layout_make(PIXEL_GRAY8, WIDTH, HEIGHT, 0);
    struct frame_layout unknown = {.width = WIDTH, .height = HEIGHT};
    picture->whole = camera_frame_whole(&unknown, picture->data, picture->bytes, 1 << 20);
    picture->decodes =
        mjpeg_decode(decoder, picture->data, picture->bytes, &layout, picture->luma, NULL) >= 0;
}

static struct picture *add_picture(struct model *model, int seed, bool without_tables)
{
    struct jpeg_recipe recipe = {
        .width = WIDTH, .height = HEIGHT, .seed = seed, .without_tables = without_tables};
    struct picture *picture = &model->pictures[model->picture_count++];
    picture->data = make_jpeg(&recipe, &picture->bytes);
    return picture;
}

/** Good ones, with and without tables; torn, noisy and none at all. */
static void make_pictures(struct model *model)
{
    for (int i = 0; i < 8; i++)
        add_picture(model, i, i % 2);
    add_picture(model, 20, false)->bytes /= 2;
    add_picture(model, 21, true)->bytes -= 2;
    add_picture(model, 22, false)->bytes = 126;
    memset(add_picture(model, 23, false)->data + 2, 0xaa, 400);
    struct picture *noisy = add_picture(model, 24, false);
    for (size_t i = noisy->bytes / 2; i < noisy->bytes * 2 / 3; i++)
        noisy->data[i] = (uint8_t)(i * 37);
    add_picture(model, 25, false)->data[0] = 0;
    struct mjpeg *decoder;
    assert_int_equal(mjpeg_create(&decoder), 0);
    for (int i = 0; i < model->picture_count; i++)
        judge(&model->pictures[i], decoder);
    mjpeg_destroy(&decoder);
    for (int i = 0; i < 8; i++)
        assert_true(model->pictures[i].whole && model->pictures[i].decodes);
    assert_false(model->pictures[8].decodes || model->pictures[9].decodes);
    assert_false(model->pictures[10].decodes || model->pictures[11].decodes);
    assert_false(model->pictures[13].whole);
}

// The runs.

static struct model books;

static struct model *begin(struct fixture *f, uint64_t seed)
{
    books = (struct model){.f = f, .random = seed};
    return &books;
}

/** After a failure too: closing waits for what is lent. */
static int end(void **state)
{
    while (books.held_count > 0)
        source_release(&books.held[--books.held_count]);
    for (int i = 0; i < books.picture_count; i++)
        free(books.pictures[i].data);
    return tear_down(state);
}

static void test_lent_frames(void **state)
{
    run(begin(*state, 0x9e3779b97f4a7c15), 4, FRAMES);
}

static void test_copied_frames(void **state)
{
    run(begin(*state, 0xd1b54a32d192ed03), 2, FRAMES / 4);
}

static void test_jpegs(void **state)
{
    struct model *with_jpegs = begin(*state, 0x8cb92ba72f3d8dd7);
    with_jpegs->jpeg = true;
    make_pictures(with_jpegs);
    run(with_jpegs, 4, FRAMES / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lent_frames, set_up, end),
        cmocka_unit_test_setup_teardown(test_copied_frames, set_up, end),
        cmocka_unit_test_setup_teardown(test_jpegs, set_up, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
