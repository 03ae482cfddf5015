// What a killed run left goes, and nothing that another one is writing.

#include "app/batch_leftovers.h"
#include "render/part_file.h"
#include "tests/unit/batch_fixture.h"

#include <limits.h>
#include <sys/file.h>

static struct batch_plan *plan;

static int leave_plan(void **state)
{
    batch_plan_close(&plan);
    return leave(state);
}

/** Plans the pictures in p for the folder out. */
static void make_plan(bool frames)
{
    assert_true(mkdir("out", 0755) == 0 || errno == EEXIST);
    struct batch_naming naming = {.prefix = "", .output_fd = -1, .frames = frames};
    begin(true, false, NULL);
    add("p");
    batch_plan_close(&plan);
    assert_int_equal(batch_plan_open(&plan, list, &naming, &problem), 0);
}

static void clear(unsigned index, unsigned count)
{
    assert_int_equal(batch_leftovers_clear("out", plan, batch_list_count(list),
                                           (struct batch_shard){index, count}),
                     0);
}

/** Leaves a temporary file of this output, as a killed program does; its path goes to `part`. */
static void leave_part(const char *output, char part[PATH_MAX])
{
    int fd = part_file_create(output, part, PATH_MAX);
    assert_true(fd >= 0);
    close(fd);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void test_own_ones_go(void **state)
{
    (void)state;
    char a[PATH_MAX], b[PATH_MAX], deep[PATH_MAX], other[PATH_MAX], elsewhere[PATH_MAX];
    put("p/a.png", "");
    put("p/b.png", "");
    put("p/s/a.png", "");
    put("out/s/x", "");
    make_plan(false);
    leave_part("out/a.png", a);
    leave_part("out/b.png", b);
    leave_part("out/s/a.png", deep);
    leave_part("out/other.png", other);
    leave_part("out/s/b.png", elsewhere); // b.png is in another folder
    clear(0, 1);
    assert_false(exists(a) || exists(b) || exists(deep));
    assert_true(exists(other) && exists(elsewhere));
}

/** Locks of other machines may not be seen: what is not this shard's is left alone. */
static void test_other_shards_stay(void **state)
{
    (void)state;
    char parts[6][PATH_MAX], path[64];
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "p/%d.png", i);
        put(path, "");
    }
    make_plan(false);
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "out/%d.png", i);
        leave_part(path, parts[i]);
    }
    clear(1, 3);
    for (int i = 0; i < 6; i++)
        assert_int_equal(exists(parts[i]), i % 3 != 1);
}

static void test_what_is_locked_stays(void **state)
{
    (void)state;
    char part[PATH_MAX];
    put("p/a.png", "");
    make_plan(false);
    int fd = part_file_create("out/a.png", part, sizeof part);
    assert_true(fd >= 0);
    clear(0, 1);
    assert_true(exists(part));
    close(fd);
    clear(0, 1);
    assert_false(exists(part));
}

/** Names that are too long for a temporary name are told apart all the same. */
static void test_long_names(void **state)
{
    (void)state;
    char name[3 + NAME_MAX], first[PATH_MAX], second[PATH_MAX];
    memset(name, 'x', sizeof name);
    memcpy(name, "p/", 2);
    memcpy(name + 2 + NAME_MAX - 6, "1.png", 6);
    put(name, "");
    make_plan(false);
    char output[8 + NAME_MAX];
    snprintf(output, sizeof output, "out/%s", name + 2);
    leave_part(output, first);
    output[strlen(output) - 5] = '2';
    leave_part(output, second);
    assert_true(part_file_is(strrchr(first, '/') + 1));
    clear(0, 1);
    assert_false(exists(first));
    assert_true(exists(second));
}

static void test_frames_go(void **state)
{
    (void)state;
    char frame[PATH_MAX], none[PATH_MAX];
    put("p/a.tif", "");
    make_plan(true);
    leave_part("out/a-0012.tif", frame);
    leave_part("out/b-0012.tif", none);
    clear(0, 1);
    assert_false(exists(frame));
    assert_true(exists(none));
}

static void test_what_is_no_file_stays(void **state)
{
    (void)state;
    put("p/a.png", "");
    make_plan(false);
    assert_int_equal(mkdir("out/.a.png.abcdef.part", 0755), 0);
    assert_int_equal(mkfifo("out/.a.png.abcdea.part", 0644), 0);
    assert_int_equal(symlink("../p/a.png", "out/.a.png.abcdeb.part"), 0);
    clear(0, 1);
    assert_true(exists("out/.a.png.abcdef.part") && exists("out/.a.png.abcdea.part"));
    assert_true(exists("out/.a.png.abcdeb.part") && exists("p/a.png"));
}

/** Without an owner all that nobody writes go. */
static void test_without_an_owner(void **state)
{
    (void)state;
    char left[PATH_MAX], written[PATH_MAX];
    put("out/x", "");
    leave_part("out/a.png", left);
    int fd = part_file_create("out/a.png", written, sizeof written);
    part_file_clear("out", NULL);
    assert_false(exists(left));
    assert_true(exists(written));
    close(fd);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave_plan)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_own_ones_go),      TEST(test_other_shards_stay), TEST(test_what_is_locked_stays),
        TEST(test_long_names),       TEST(test_frames_go),         TEST(test_what_is_no_file_stays),
        TEST(test_without_an_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
