// Where files live, by the environment and the user's own choices.

#include "app/paths.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static struct path path;
static struct error problem;

static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cannyscope-test-XXXXXX");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    unsetenv("CANNYSCOPE_ASSETS");
    setenv("TZ", "UTC", 1);
    if (!mkdtemp(folder))
        return -1;
    return setenv("HOME", folder, 1);
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/** Whether the path is the test's folder and this behind it. */
static void assert_in_folder(const char *rest)
{
    char expected[256];
    snprintf(expected, sizeof expected, "%s%s", folder, rest);
    assert_string_equal(path.text, expected);
}

static void write_user_dirs(const char *text)
{
    char name[128];
    snprintf(name, sizeof name, "%s/.config", folder);
    mkdir(name, 0700);
    snprintf(name, sizeof name, "%s/.config/user-dirs.dirs", folder);
    FILE *stream = fopen(name, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static void test_base_folders(void **state)
{
    (void)state;
    assert_int_equal(paths_config(&path), 0);
    assert_in_folder("/.config/cannyscope");
    assert_int_equal(paths_state(&path), 0);
    assert_in_folder("/.local/state/cannyscope");

    setenv("XDG_CONFIG_HOME", "/x/y", 1);
    setenv("XDG_STATE_HOME", "/x/z", 1);
    assert_int_equal(paths_config(&path), 0);
    assert_string_equal(path.text, "/x/y/cannyscope");
    assert_int_equal(paths_state(&path), 0);
    assert_string_equal(path.text, "/x/z/cannyscope");
}

static void test_relative_variables_are_ignored(void **state)
{
    (void)state;
    static const char *const relative[] = {"", "x", "./x", "../x", "~/x"};
    for (size_t i = 0; i < sizeof relative / sizeof relative[0]; i++) {
        setenv("XDG_CONFIG_HOME", relative[i], 1);
        assert_int_equal(paths_config(&path), 0);
        assert_in_folder("/.config/cannyscope");
    }
    setenv("HOME", "relative", 1);
    assert_int_equal(paths_config(&path), -ENOENT);
    assert_string_equal(path.text, "");
}

static void test_no_home(void **state)
{
    (void)state;
    unsetenv("HOME");
    assert_int_equal(paths_config(&path), -ENOENT);
    assert_string_equal(path.text, "");
    assert_int_equal(paths_state(&path), -ENOENT);
    assert_int_equal(paths_pictures(&path), -ENOENT);
    assert_int_equal(paths_videos(&path), -ENOENT);
    setenv("XDG_CONFIG_HOME", "/x", 1);
    assert_int_equal(paths_config(&path), 0);
}

static void test_too_long(void **state)
{
    (void)state;
    char home[sizeof path.text];
    memset(home, 'h', sizeof home - 1);
    home[0] = '/';
    home[sizeof home - 1] = '\0';
    setenv("HOME", home, 1);
    assert_int_equal(paths_config(&path), -ENAMETOOLONG);
    assert_string_equal(path.text, "");
    assert_int_equal(paths_pictures(&path), -ENAMETOOLONG);
    home[sizeof home - 12] = '\0';
    setenv("HOME", home, 1);
    assert_int_equal(paths_config(&path), -ENAMETOOLONG);
    assert_string_equal(path.text, "");
}

struct user_dirs_case {
    const char *text;
    const char *pictures; ///< without the home in front, if it begins with '~'
};

static void test_user_dirs(void **state)
{
    (void)state;
    static const struct user_dirs_case cases[] = {
        {"", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"$HOME/Bilder\"\n", "~/Bilder/cannyscope"},
        {"  XDG_PICTURES_DIR=\"$HOME/Bilder\"", "~/Bilder/cannyscope"},
        {"XDG_PICTURES_DIR=\"/data/my pictures\"\n", "/data/my pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"$HOME/a\\\"b\\\\c\"\n", "~/a\"b\\c/cannyscope"},
        {"XDG_PICTURES_DIR=\"$HOME\"\n", "~/cannyscope"},
        {"XDG_PICTURES_DIR=\"/a\"\nXDG_PICTURES_DIR=\"/b\"\n", "/b/cannyscope"},
        {"XDG_VIDEOS_DIR=\"/a\"\n", "~/Pictures/cannyscope"},
        {"#XDG_PICTURES_DIR=\"/a\"\n", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"relative\"\n", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"$HOMER/x\"\n", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"/open\n", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=/bare\n", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR=\"/x\\", "~/Pictures/cannyscope"},
        {"XDG_PICTURES_DIR", "~/Pictures/cannyscope"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_user_dirs(cases[i].text);
        assert_int_equal(paths_pictures(&path), 0);
        if (cases[i].pictures[0] == '~')
            assert_in_folder(cases[i].pictures + 1);
        else
            assert_string_equal(path.text, cases[i].pictures);
    }
}

static void test_videos(void **state)
{
    (void)state;
    assert_int_equal(paths_videos(&path), 0);
    assert_in_folder("/Videos/cannyscope");
    write_user_dirs("XDG_VIDEOS_DIR=\"/films\"\n");
    assert_int_equal(paths_videos(&path), 0);
    assert_string_equal(path.text, "/films/cannyscope");
}

static void test_folder_of_a_file(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a/b.c", "/a"}, {"/a", "/"}, {"a", "."}, {"a/b", "a"}, {"../a", ".."}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        path_folder(&path, cases[i][0]);
        assert_string_equal(path.text, cases[i][1]);
    }
}

static void test_executable_folder(void **state)
{
    (void)state;
    char name[sizeof path.text + 16];
    assert_int_equal(paths_executable_folder(&path), 0);
    snprintf(name, sizeof name, "%s/%s", path.text, program_invocation_short_name);
    assert_int_equal(access(name, X_OK), 0);
}

static void test_assets(void **state)
{
    (void)state;
    setenv("CANNYSCOPE_ASSETS", folder, 1);
    assert_int_equal(paths_assets(&path, &problem), 0);
    assert_in_folder("");
    setenv("CANNYSCOPE_ASSETS", "/nowhere/at all", 1);
    assert_int_equal(paths_assets(&path, &problem), -ENOENT);
    assert_non_null(strstr(problem.text, "/nowhere/at all"));
}

static void test_make_folder(void **state)
{
    (void)state;
    struct stat status;
    char name[128];
    snprintf(name, sizeof name, "%s/a/b/c/", folder);
    assert_int_equal(paths_make_folder(name, 0700), 0);
    assert_int_equal(paths_make_folder(name, 0700), 0);
    assert_int_equal(stat(name, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(paths_make_folder("/", 0700), 0);
    assert_int_equal(paths_make_folder(".", 0700), 0);
    assert_int_equal(paths_make_folder("/proc/nothing/x", 0700), -ENOENT);
    assert_int_equal(paths_make_folder("/proc/version", 0700), -ENOTDIR);
}

static void test_take_name(void **state)
{
    (void)state;
    static const char *const names[] = {"cannyscope-2026-11-22-153012.png",
                                        "cannyscope-2026-11-22-153012-2.png",
                                        "cannyscope-2026-11-22-153012-3.png"};
    char pictures[128], expected[256];
    snprintf(pictures, sizeof pictures, "%s/new/folder", folder);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(paths_take_name(&path, pictures, 1795361412, ".png", &problem), 0);
        snprintf(expected, sizeof expected, "%s/%s", pictures, names[i]);
        assert_string_equal(path.text, expected);
        assert_int_equal(access(path.text, W_OK), 0);
    }
    // A name that became free is taken again; another second has its own.
    snprintf(expected, sizeof expected, "%s/%s", pictures, names[1]);
    assert_int_equal(unlink(expected), 0);
    assert_int_equal(paths_take_name(&path, pictures, 1795361412, ".png", &problem), 0);
    assert_string_equal(path.text, expected);
    assert_int_equal(paths_take_name(&path, pictures, 1795361413, ".png", &problem), 0);
    assert_non_null(strstr(path.text, "-153013.png"));
}

static void test_take_name_fails(void **state)
{
    (void)state;
    int result = paths_take_name(&path, "/proc/nothing", 0, ".png", &problem);
    assert_int_equal(result, -ENOENT);
    assert_non_null(strstr(problem.text, "/proc/nothing"));
    assert_string_equal(path.text, "");
    assert_true(paths_take_name(&path, "/proc", 0, ".png", &problem) < 0);
    assert_string_equal(path.text, "");
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(test_base_folders),     TEST(test_relative_variables_are_ignored),
        TEST(test_no_home),          TEST(test_too_long),
        TEST(test_user_dirs),        TEST(test_videos),
        TEST(test_folder_of_a_file), TEST(test_executable_folder),
        TEST(test_assets),           TEST(test_make_folder),
        TEST(test_take_name),        TEST(test_take_name_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
