/*
 * The watch over a folder of our own: what makes it speak, what does not. What udevd says is
 * tested on real drivers.
 */
#include "capture/camera_watch.h"
#include "processing/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char folder[64];
    struct camera_watch *watch;
};

static const char *path_of(const struct fixture *f, const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    return path;
}

static void make(const struct fixture *f, const char *name)
{
    int fd = open(path_of(f, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/** inotify's events are there when the call that makes them returns. */
static bool is_ready(const struct fixture *f)
{
    struct pollfd fd = {.fd = camera_watch_fd(f->watch), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

/** It has something to say, says it once, and is silent then. */
static void expect_change(struct fixture *f)
{
    assert_true(is_ready(f));
    assert_true(camera_watch_take(f->watch));
    assert_false(is_ready(f));
    assert_false(camera_watch_take(f->watch));
}

static void test_changes(void **state)
{
    struct fixture *f = *state;
    assert_false(is_ready(f));
    assert_false(camera_watch_take(f->watch));
    make(f, "video0");
    expect_change(f);
    assert_int_equal(chmod(path_of(f, "video0"), 0), 0);
    expect_change(f);
    assert_int_equal(unlink(path_of(f, "video0")), 0);
    expect_change(f);
    assert_int_equal(mkdir(path_of(f, "v4l"), 0700), 0);
    expect_change(f);
    make(f, "new");
    camera_watch_take(f->watch);
    char old_path[128];
    snprintf(old_path, sizeof old_path, "%s", path_of(f, "new"));
    assert_int_equal(rename(old_path, path_of(f, "video3")), 0);
    expect_change(f);
}

/** Other nodes come and go all the time. */
static void test_other_nodes(void **state)
{
    struct fixture *f = *state;
    make(f, "sda");
    assert_true(is_ready(f));
    assert_false(camera_watch_take(f->watch));
    assert_false(is_ready(f));
    // Opening and reading a node changes nothing about it.
    make(f, "video0");
    expect_change(f);
    int fd = open(path_of(f, "video0"), O_RDONLY | O_CLOEXEC);
    char byte;
    assert_int_equal(read(fd, &byte, 1), 0);
    close(fd);
    assert_false(is_ready(f));
}

/** More at once than one read of the descriptor gives. */
static void test_many(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 500; i++) {
        make(f, "sda");
        assert_int_equal(unlink(path_of(f, "sda")), 0);
    }
    make(f, "video0");
    expect_change(f);
}

static int open_files(void)
{
    int count = 0;
    DIR *files = opendir("/proc/self/fd");
    while (readdir(files))
        count++;
    closedir(files);
    return count;
}

static void test_no_folder(void **state)
{
    (void)state;
    struct camera_watch *watch;
    int before = open_files();
    assert_int_equal(camera_watch_open(&watch, "/nonexistent"), -ENOENT);
    assert_null(watch);
    assert_int_equal(open_files(), before);
}

static void test_dev_itself(void **state)
{
    (void)state;
    struct camera_watch *watch;
    int before = open_files();
    assert_int_equal(camera_watch_open(&watch, NULL), 0);
    camera_watch_take(watch);
    camera_watch_close(&watch);
    camera_watch_close(&watch);
    assert_int_equal(open_files(), before);
}

static int set_up(void **state)
{
    static struct fixture f;
    snprintf(f.folder, sizeof f.folder, "/tmp/cannyscope-test-XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    assert_int_equal(camera_watch_open(&f.watch, f.folder), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"video0", "video3", "sda", "v4l"};
    camera_watch_close(&f->watch);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        remove(path_of(f, names[i]));
    int left = rmdir(f->folder);
    return left || memory_sum_of(MEMORY_OWNERS).live_bytes != 0 ? -1 : 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_changes),   TEST(test_other_nodes), TEST(test_many),
        TEST(test_no_folder), TEST(test_dev_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
