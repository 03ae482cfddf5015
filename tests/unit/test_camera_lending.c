/*
 * What holds for every frame: nothing is allocated, nothing is torn, nothing is unmapped while
 * lent. Worth the most under ThreadSanitizer.
 */
#include "tests/unit/camera_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

static void test_no_allocation_per_frame(void **state)
{
    struct fixture *f = *state;
    f->fake.endless = true;
    assert_int_equal(open_camera(f), 0);
    int64_t allocated = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int i = 0; i < 1000; i++) {
        struct loan loan;
        assert_int_equal(acquire(f, &loan), 0);
        source_release(&loan);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocated);
}

/** Between the camera's thread and the reader's: the newest loan, or NULL. */
struct reader {
    struct loan loans[2];
    struct loan *_Atomic box;
    struct loan *_Atomic spare;
    atomic_bool done;
    int torn, read;
};

static void *read_frames(void *argument)
{
    struct reader *reader = argument;
    while (!atomic_load(&reader->done)) {
        struct loan *loan = atomic_exchange(&reader->box, NULL);
        if (!loan)
            continue;
        const struct frame *frame = &loan->frame;
        uint8_t expected = fake_v4l2_byte(frame->sequence);
        for (ptrdiff_t i = 0; i < frame->stride[0] * frame->height; i++)
            reader->torn += frame->data[0][i] != expected;
        reader->read++;
        source_release(loan);
        atomic_store(&reader->spare, loan);
    }
    return NULL;
}

/** A device that overwrites a buffer the moment it gets it: no reader ever sees that. */
static void test_scribbling_device(void **state)
{
    struct fixture *f = *state;
    f->fake.scribbles = true;
    f->fake.endless = true;
    f->fake.formats[0].sizes[0].width = 32;
    f->fake.formats[0].sizes[0].height = 16;
    f->config.width = 32;
    f->config.height = 16;
    for (int buffers = 2; buffers <= 4; buffers += 2) {
        f->config.buffers = buffers;
        assert_int_equal(open_camera(f), 0);
        static struct reader reader;
        memset(&reader, 0, sizeof reader);
        reader.spare = &reader.loans[1];
        struct loan *mine = &reader.loans[0];
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, read_frames, &reader), 0);
        for (int i = 0; i < 2000; i++) {
            int ret = acquire(f, mine);
            assert_int_equal(ret, 0);
            struct loan *replaced = atomic_exchange(&reader.box, mine);
            if (replaced)
                source_release(replaced);
            while (!replaced)
                replaced = atomic_exchange(&reader.spare, NULL);
            mine = replaced;
        }
        while (atomic_load(&reader.box))
            ;
        atomic_store(&reader.done, true);
        pthread_join(thread, NULL);
        assert_int_equal(reader.torn, 0);
        assert_true(reader.read > 0);
        source_close(&f->camera);
        assert_true(fake_v4l2_is_clean(&f->fake));
    }
}

static void *release_later(void *argument)
{
    source_release(argument);
    return NULL;
}

/** Closing waits for what is lent before it unmaps. */
static void test_close_waits_for_loans(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(open_camera(f), 0);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, release_later, &loan), 0);
    source_close(&f->camera);
    pthread_join(thread, NULL);
    assert_null(f->camera);
    source_close(&f->camera);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_allocation_per_frame),
        TEST(test_scribbling_device),
        TEST(test_close_waits_for_loans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
