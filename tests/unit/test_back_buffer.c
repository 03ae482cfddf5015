/*
 * The back buffer: one canvas, two threads, and whose turn it is.
 */
#include "app/back_buffer.h"
#include "app/doorbell.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { WIDTH = 6, HEIGHT = 4, PIXELS = WIDTH * HEIGHT };

struct fixture {
    struct doorbell *painter, *main;
    struct back_buffer *buffer;
    atomic_int wakes;
    uint32_t pixels[PIXELS];
    struct canvas canvas;
};

static void wake(void *self)
{
    struct fixture *f = self;
    atomic_fetch_add(&f->wakes, 1);
    doorbell_ring(f->main);
}

static void test_turns(void **state)
{
    struct fixture *f = *state;
    struct canvas canvas;
    struct picture picture;
    assert_false(back_buffer_is_lent(f->buffer));
    assert_false(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
    for (uint32_t i = 1; i <= 3; i++) {
        unsigned ticket = doorbell_ticket(f->painter);
        assert_false(back_buffer_collect(f->buffer, &picture));
        back_buffer_lend(f->buffer, &f->canvas);
        doorbell_wait(f->painter, ticket, -1);
        assert_true(back_buffer_is_lent(f->buffer));
        assert_false(back_buffer_collect(f->buffer, &picture));
        assert_true(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
        assert_ptr_equal(canvas.data, f->pixels);
        assert_false(back_buffer_collect(f->buffer, &picture));
        assert_false(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
        int wakes = atomic_load(&f->wakes);
        back_buffer_hand_back(f->buffer, &(struct picture){.sequence = i});
        assert_int_equal(atomic_load(&f->wakes), wakes + 1);
        assert_true(back_buffer_is_lent(f->buffer));
        // A painted one is shown before it is painted again.
        assert_false(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
        assert_true(back_buffer_collect(f->buffer, &picture));
        assert_int_equal(picture.sequence, i);
        assert_false(back_buffer_is_lent(f->buffer));
    }
}

static void test_handed_back_unpainted_it_stays_lent(void **state)
{
    struct fixture *f = *state;
    struct canvas canvas;
    struct picture picture;
    back_buffer_lend(f->buffer, &f->canvas);
    assert_true(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
    int wakes = atomic_load(&f->wakes);
    back_buffer_hand_back(f->buffer, NULL);
    assert_int_equal(atomic_load(&f->wakes), wakes);
    assert_false(back_buffer_collect(f->buffer, &picture));
    assert_true(back_buffer_is_lent(f->buffer));
    assert_true(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
    back_buffer_hand_back(f->buffer, &(struct picture){.sequence = 9});
    assert_true(back_buffer_collect(f->buffer, &picture));
    assert_int_equal(picture.sequence, 9);
}

static void test_another_size_is_wanted(void **state)
{
    struct fixture *f = *state;
    struct canvas canvas;
    int width, height;
    assert_false(back_buffer_wanted(f->buffer, &width, &height));
    back_buffer_lend(f->buffer, &f->canvas);
    static const struct {
        int width, height, wakes; ///< in all
    } cases[] = {
        {WIDTH + 1, HEIGHT, 1},     {WIDTH + 1, HEIGHT, 1}, {WIDTH + 1, HEIGHT + 1, 2},
        {WIDTH + 1, HEIGHT + 1, 2}, {WIDTH - 1, HEIGHT, 3}, {WIDTH, HEIGHT - 1, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(back_buffer_take(f->buffer, cases[i].width, cases[i].height, &canvas));
        assert_true(back_buffer_wanted(f->buffer, &width, &height));
        assert_int_equal(width, cases[i].width);
        assert_int_equal(height, cases[i].height);
        assert_int_equal(atomic_load(&f->wakes), cases[i].wakes);
        assert_true(back_buffer_is_lent(f->buffer));
    }
    assert_true(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
    back_buffer_hand_back(f->buffer, NULL);
}

static void test_recall_when_it_was_not_lent(void **state)
{
    struct fixture *f = *state;
    struct picture picture = {.sequence = 77};
    assert_false(back_buffer_recall(f->buffer, &picture));
    assert_int_equal(picture.sequence, 77);
    back_buffer_lend(f->buffer, &f->canvas);
}

static void test_recall_before_it_was_taken(void **state)
{
    struct fixture *f = *state;
    struct picture picture = {.sequence = 77};
    struct canvas canvas;
    back_buffer_lend(f->buffer, &f->canvas);
    assert_false(back_buffer_recall(f->buffer, &picture));
    assert_int_equal(picture.sequence, 77);
    assert_false(back_buffer_is_lent(f->buffer));
    assert_false(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
    back_buffer_lend(f->buffer, &f->canvas);
}

static void test_recall_when_it_was_painted(void **state)
{
    struct fixture *f = *state;
    struct picture picture;
    struct canvas canvas;
    back_buffer_lend(f->buffer, &f->canvas);
    assert_true(back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas));
    back_buffer_hand_back(f->buffer, &(struct picture){.sequence = 5});
    assert_true(back_buffer_recall(f->buffer, &picture));
    assert_int_equal(picture.sequence, 5);
    assert_false(back_buffer_is_lent(f->buffer));
    assert_false(back_buffer_collect(f->buffer, &picture));
}

/** A painter that takes its time over one canvas. */
struct slow_painter {
    struct fixture *fixture;
    bool painted; ///< whether it says so
    atomic_bool taken, done;
};

static void *paint_slowly(void *self)
{
    struct slow_painter *painter = self;
    struct fixture *f = painter->fixture;
    struct canvas canvas;
    if (!back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas))
        return NULL;
    atomic_store(&painter->taken, true);
    for (int i = 0; i < 40; i++)
        waiting_nap();
    for (int i = 0; i < PIXELS; i++)
        f->pixels[i] = 1;
    atomic_store(&painter->done, true);
    back_buffer_hand_back(f->buffer, painter->painted ? &(struct picture){.sequence = 6} : NULL);
    return NULL;
}

/** The main thread must not touch the memory before the painter has let go of it. */
static void test_recall_waits_for_the_painter(void **state)
{
    struct fixture *f = *state;
    for (int painted = 0; painted < 2; painted++) {
        struct slow_painter painter = {.fixture = f, .painted = painted};
        struct picture picture = {.sequence = 77};
        pthread_t thread;
        back_buffer_lend(f->buffer, &f->canvas);
        assert_int_equal(pthread_create(&thread, NULL, paint_slowly, &painter), 0);
        WAIT_UNTIL(atomic_load(&painter.taken));
        assert_int_equal(back_buffer_recall(f->buffer, &picture), painted);
        assert_true(atomic_load(&painter.done));
        assert_int_equal(picture.sequence, painted ? 6 : 77);
        assert_false(back_buffer_is_lent(f->buffer));
        for (int i = 0; i < PIXELS; i++)
            f->pixels[i] = 0;
        pthread_join(thread, NULL);
    }
}

enum { ROUNDS = 5000 };

/** Paints every canvas that it gets in one colour, the picture's sequence. */
static void *paint_all(void *self)
{
    struct fixture *f = self;
    for (uint32_t next = 1; next <= ROUNDS;) {
        unsigned ticket = doorbell_ticket(f->painter);
        struct canvas canvas;
        if (!back_buffer_take(f->buffer, WIDTH, HEIGHT, &canvas)) {
            doorbell_wait(f->painter, ticket, -1);
            continue;
        }
        for (int i = 0; i < PIXELS; i++)
            f->pixels[i] = next;
        back_buffer_hand_back(f->buffer, &(struct picture){.sequence = next++});
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    struct fixture *f = *state;
    struct picture picture = {0};
    pthread_t painter;
    unsigned torn = 0;
    assert_int_equal(pthread_create(&painter, NULL, paint_all, f), 0);
    for (int round = 1; picture.sequence < ROUNDS; round++) {
        for (int i = 0; i < PIXELS; i++)
            f->pixels[i] = 0;
        back_buffer_lend(f->buffer, &f->canvas);
        bool painted = false;
        for (;;) {
            unsigned ticket = doorbell_ticket(f->main);
            // Now and then it is wanted back in whatever state it is.
            bool recall = round % 7 == 0;
            painted = recall ? back_buffer_recall(f->buffer, &picture)
                             : back_buffer_collect(f->buffer, &picture);
            if (painted || recall)
                break;
            doorbell_wait(f->main, ticket, -1);
        }
        for (int i = 0; i < PIXELS; i++)
            torn += f->pixels[i] != (painted ? picture.sequence : 0);
    }
    pthread_join(painter, NULL);
    assert_int_equal(torn, 0);
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.canvas = {(uint8_t *)f.pixels, WIDTH, HEIGHT, 4 * WIDTH}};
    *state = &f;
    assert_int_equal(doorbell_create(&f.painter), 0);
    assert_int_equal(doorbell_create(&f.main), 0);
    return back_buffer_create(&f.buffer, f.painter, (struct back_buffer_waker){wake, &f});
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    back_buffer_destroy(&f->buffer);
    assert_null(f->buffer);
    back_buffer_destroy(&f->buffer);
    doorbell_destroy(&f->painter);
    doorbell_destroy(&f->main);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_turns),
        TEST(test_handed_back_unpainted_it_stays_lent),
        TEST(test_another_size_is_wanted),
        TEST(test_recall_when_it_was_not_lent),
        TEST(test_recall_before_it_was_taken),
        TEST(test_recall_when_it_was_painted),
        TEST(test_recall_waits_for_the_painter),
        TEST(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
