/*
 * Where a broken source is looked for, and when, over a folder of our own that looks like /dev and
 * a scripted device behind each of its nodes.
 */
#include "app/reopening.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct fixture {
    struct fake_v4l2 fake;
    char folder[64], node[5][128]; ///< paths of video0 to video4
    struct reopening *reopening;
    pthread_t other;
};

static void plug(struct fixture *f, int number)
{
    int fd = open(f->node[number], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void unplug(struct fixture *f, int number)
{
    assert_int_equal(unlink(f->node[number]), 0);
}

static void open_camera(struct fixture *f, int number, bool camera)
{
    struct reopening_config config = {
        .camera = camera, .location = f->node[number], .folder = f->folder, .io = &f->fake.io};
    assert_int_equal(reopening_create(&f->reopening, &config), 0);
    assert_string_equal(reopening_find(f->reopening), f->node[number]);
    reopening_opened(f->reopening);
    reopening_worked(f->reopening);
}

static int64_t wait_ms(struct fixture *f)
{
    int64_t begun_ns = clock_now_ns();
    assert_true(reopening_wait(f->reopening));
    return (clock_now_ns() - begun_ns) / NS_PER_MS;
}

static void test_the_same_camera(void **state)
{
    struct fixture *f = *state;
    const struct fake_node nodes[] = {{.ending = "video0", .card = "Front"},
                                      {.ending = "video1", .card = "Back"},
                                      {.ending = "video3", .card = "Back"}};
    memcpy(f->fake.nodes, nodes, sizeof nodes);
    plug(f, 0);
    plug(f, 1);
    open_camera(f, 1, true);
    assert_string_equal(reopening_find(f->reopening), f->node[1]);
    unplug(f, 1);
    assert_null(reopening_find(f->reopening));
    plug(f, 3);
    assert_string_equal(reopening_find(f->reopening), f->node[3]);
    // What is opened later does not change which camera it is.
    reopening_opened(f->reopening);
    unplug(f, 3);
    assert_null(reopening_find(f->reopening));
    assert_int_equal(f->fake.open_now, 0);
}

/** A source that is no camera stays where it was. */
static void test_no_camera(void **state)
{
    struct fixture *f = *state;
    open_camera(f, 0, false);
    assert_string_equal(reopening_find(f->reopening), f->node[0]);
    assert_int_equal(f->fake.opens, 0);
}

/** What cannot be identified is opened as it was named. */
static void test_unknown(void **state)
{
    struct fixture *f = *state;
    open_camera(f, 2, true);
    assert_string_equal(reopening_find(f->reopening), f->node[2]);
}

/** At once, then a quarter of a second and doubling; no upper bound can be tested of a clock. */
static void test_backing_off(void **state)
{
    struct fixture *f = *state;
    open_camera(f, 0, true);
    wait_ms(f);
    assert_true(wait_ms(f) >= 249);
    assert_true(wait_ms(f) >= 499);
    int64_t begun_ns = clock_now_ns();
    reopening_worked(f->reopening);
    wait_ms(f);
    int64_t again_ms = (clock_now_ns() - begun_ns) / NS_PER_MS;
    assert_true(wait_ms(f) >= 249);
    // After it worked it does not begin with the second that would have been next.
    assert_true(again_ms < 1000);
}

static void *plug_in(void *self)
{
    struct fixture *f = self;
    waiting_nap();
    plug(f, 0);
    return NULL;
}

/** A change among the nodes ends the waiting; without it, it would be two seconds long. */
static void test_woken_by_a_node(void **state)
{
    struct fixture *f = *state;
    open_camera(f, 0, true);
    for (int i = 0; i < 4; i++)
        wait_ms(f);
    assert_int_equal(pthread_create(&f->other, NULL, plug_in, f), 0);
    assert_true(wait_ms(f) < 1900);
    pthread_join(f->other, NULL);
    // And makes the next ones short again.
    assert_true(wait_ms(f) < 1900);
}

static void *stop(void *self)
{
    struct fixture *f = self;
    waiting_nap();
    reopening_stop(f->reopening);
    return NULL;
}

static void test_stopping(void **state)
{
    struct fixture *f = *state;
    open_camera(f, 0, true);
    for (int i = 0; i < 2; i++)
        wait_ms(f);
    assert_int_equal(pthread_create(&f->other, NULL, stop, f), 0);
    while (reopening_wait(f->reopening))
        continue;
    pthread_join(f->other, NULL);
    // For good.
    assert_false(reopening_wait(f->reopening));
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.folder = "/tmp/cannyscope-test-XXXXXX"};
    fake_v4l2_init(&f.fake);
    assert_non_null(mkdtemp(f.folder));
    for (int i = 0; i < 5; i++)
        snprintf(f.node[i], sizeof f.node[i], "%s/video%d", f.folder, i);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    reopening_destroy(&f->reopening);
    reopening_destroy(&f->reopening);
    for (int i = 0; i < 5; i++)
        unlink(f->node[i]);
    int left = rmdir(f->folder);
    return left || memory_sum_of(MEMORY_OWNERS).live_bytes != 0 ? -1 : 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_the_same_camera), TEST(test_no_camera),       TEST(test_unknown),
        TEST(test_backing_off),     TEST(test_woken_by_a_node), TEST(test_stopping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
