/*
 * The roster over a folder of our own that looks like /dev, a scripted device behind each node.
 */
#include "app/camera_roster.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/unit/waiting.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct fake_v4l2 fake;
    char folder[64];
    struct camera_roster *roster;
    struct camera_list copy;
    unsigned generation;
    atomic_int changes;
};

static void changed(void *self)
{
    struct fixture *f = self;
    atomic_fetch_add(&f->changes, 1);
}

static void plug(struct fixture *f, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void unplug(struct fixture *f, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    unlink(path);
}

static bool look(struct fixture *f)
{
    return camera_roster_look(f->roster, &f->copy, &f->generation);
}

static int set_up(void **state)
{
    static struct fixture f;
    static const struct fake_node nodes[] = {{.ending = "video0", .card = "Front"},
                                             {.ending = "video1", .card = "Back"}};
    f = (struct fixture){.folder = "/tmp/roster-XXXXXX"};
    fake_v4l2_init(&f.fake);
    memcpy(f.fake.nodes, nodes, sizeof nodes);
    assert_non_null(mkdtemp(f.folder));
    *state = &f;
    struct camera_roster_config config = {
        .io = &f.fake.io, .folder = f.folder, .changed = changed, .self = &f};
    plug(&f, "video0");
    return camera_roster_create(&f.roster, &config);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    camera_roster_destroy(&f->roster);
    camera_list_free(&f->copy);
    unplug(f, "video0");
    unplug(f, "video1");
    rmdir(f->folder);
    return fake_v4l2_is_clean(&f->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0 ? 0 : -1;
}

static void test_coming_and_going(void **state)
{
    struct fixture *f = *state;
    WAIT_UNTIL(look(f));
    assert_int_equal(f->copy.count, 1);
    assert_string_equal(f->copy.entries[0].card, "Front");
    const struct camera_modes *modes = &f->copy.entries[0].modes;
    assert_non_null(camera_modes_find(modes, V4L2_PIX_FMT_MJPEG));
    assert_int_equal(modes->sizes[0].width, 640);
    assert_int_equal(f->copy.entries[0].controls.control_count, 0);
    assert_false(look(f));
    plug(f, "video1");
    WAIT_UNTIL(look(f) && f->copy.count == 2);
    assert_string_equal(f->copy.entries[1].card, "Back");
    unplug(f, "video0");
    WAIT_UNTIL(look(f) && f->copy.count == 1);
    assert_string_equal(f->copy.entries[0].card, "Back");
    WAIT_UNTIL(atomic_load(&f->changes) == 3);
}

/** Read again without any event, and told only if something is new. */
static void test_asking(void **state)
{
    struct fixture *f = *state;
    WAIT_UNTIL(look(f));
    WAIT_UNTIL(atomic_load(&f->changes) == 1);
    camera_roster_read(f->roster);
    camera_roster_watch(f->roster, true);
    for (int i = 0; i < 50; i++) {
        waiting_nap();
        assert_false(look(f));
    }
    assert_int_equal(atomic_load(&f->changes), 1);
}

static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    struct camera_roster *roster;
    struct camera_list list = {0};
    unsigned generation = 0;
    struct camera_roster_config config = {.io = &f->fake.io, .folder = "/nowhere"};
    assert_int_equal(camera_roster_create(&roster, &config), 0);
    WAIT_UNTIL(camera_roster_look(roster, &list, &generation));
    assert_int_equal(list.count, 0);
    camera_roster_destroy(&roster);
    assert_null(roster);
    camera_roster_destroy(&roster);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {TEST(test_coming_and_going), TEST(test_asking),
                                       TEST(test_no_folder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
