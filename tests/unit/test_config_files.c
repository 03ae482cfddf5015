// The settings file among files: written whole or not at all, whatever stands in the way.

#include "tests/unit/config_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/** What is read must fit when it is written, though printing adds blanks. */
static void test_saved_file_can_be_read(void **state)
{
    (void)state;
    static char text[JSON_FILE_MAX_BYTES];
    int used = snprintf(text, sizeof text, "{\"x\":[1");
    while (used < JSON_FILE_MAX_BYTES - 1000)
        used += snprintf(text + used, sizeof text - (size_t)used, ",1");
    snprintf(text + used, sizeof text - (size_t)used, "]}");
    write_text(text);
    assert_int_equal(open_file(), 0);
    settings.canny.low = 12;
    save_and_reopen();
    assert_true(settings.canny.low == 12);

    // And where it cannot fit, the old file stays.
    memset(settings.last_source, 's', SETTING_TEXT_BYTES - 1);
    assert_int_equal(config_save(config, &settings, &problem), -EFBIG);
    settings_reset(&settings);
    assert_int_equal(open_file(), 0);
    assert_true(settings.canny.low == 12);
}

static void test_every_bad_file_stays(void **state)
{
    (void)state;
    write_text("first");
    assert_int_equal(open_file(), -EINVAL);
    write_text("second");
    assert_int_equal(open_file(), -EINVAL);
    assert_non_null(strstr(problem.text, ".bad-2"));
    write_text("third");
    assert_int_equal(open_file(), -EINVAL);
    assert_string_equal(text_of(".bad"), "first");
    assert_string_equal(text_of(".bad-2"), "second");
    assert_string_equal(text_of(".bad-3"), "third");
}

static void test_not_a_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(open_file(), -EISDIR);
    assert_non_null(strstr(problem.text, file));
    assert_int_equal(config_save(config, &settings, &problem), 0);
    assert_int_equal(rmdir(file), 0);

    // Opening a FIFO that nobody writes must not wait.
    assert_int_equal(mkfifo(file, 0700), 0);
    assert_int_equal(open_file(), -EINVAL);
    assert_int_equal(config_save(config, &settings, &problem), 0);
    struct stat status;
    assert_int_equal(lstat(file, &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
}

/** Root may do everything, so become somebody who may not. */
static bool lower_rights(void)
{
    return geteuid() != 0 || seteuid(65534) == 0;
}

static void raise_rights(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void test_unreadable(void **state)
{
    (void)state;
    write_text("{\"low\": 10}");
    assert_int_equal(chmod(file, 0), 0);
    assert_true(lower_rights());
    int result = open_file();
    raise_rights();
    assert_int_equal(result, -EACCES);
    assert_true(settings.canny.low == 50);
    assert_non_null(config);
    // What could not be read is not written over.
    assert_int_equal(config_save(config, &settings, &problem), 0);
    assert_int_equal(chmod(file, 0600), 0);
    assert_string_equal(text_of(""), "{\"low\": 10}");
}

static void test_read_only_folder(void **state)
{
    (void)state;
    write_text("{\"low\": 10}");
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(open_file(), 0);
    bool lowered = lower_rights();
    int result = config_save(config, &settings, &problem);
    raise_rights();
    assert_true(lowered);
    assert_int_equal(result, -EACCES);
    assert_non_null(strstr(problem.text, file));
    assert_string_equal(text_of(""), "{\"low\": 10}");
    assert_int_equal(count_files(), 1);
}

static void test_broken_file_in_read_only_folder(void **state)
{
    (void)state;
    write_text("broken");
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    bool lowered = lower_rights();
    int result = open_file();
    raise_rights();
    assert_true(lowered);
    assert_int_equal(result, -EINVAL);
    assert_non_null(strstr(problem.text, "nothing will be remembered"));
    // It could not be put aside, so it stays as it is, even when saving would work.
    assert_int_equal(config_save(config, &settings, &problem), 0);
    assert_string_equal(text_of(""), "broken");
}

static void test_folders_are_made(void **state)
{
    (void)state;
    struct stat status;
    snprintf(file, sizeof file, "%s/a/b/config.json", folder);
    assert_int_equal(open_file(), 0);
    assert_int_equal(config_save(config, &settings, &problem), 0);
    assert_non_null(text_of(""));
    char made[128];
    snprintf(made, sizeof made, "%s/a", folder);
    assert_int_equal(stat(made, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_folder_cannot_be_made(void **state)
{
    (void)state;
    write_text("a file");
    snprintf(file + strlen(file), sizeof file - strlen(file), "/b/config.json");
    assert_int_equal(open_file(), -ENOTDIR);
    config_close(&config);
    snprintf(file, sizeof file, "/proc/nothing/config.json");
    assert_int_equal(open_file(), 0);
    assert_true(config_save(config, &settings, &problem) < 0);
    assert_non_null(strstr(problem.text, "/proc/nothing"));
}

/** A file system that takes a part of the file only. */
static void test_save_that_breaks_off(void **state)
{
    (void)state;
    struct rlimit old, tight;
    write_text("{\"low\": 10}");
    assert_int_equal(open_file(), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = (struct rlimit){.rlim_cur = 20, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    int result = config_save(config, &settings, &problem);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(result, -EFBIG);
    assert_string_equal(text_of(""), "{\"low\": 10}");
    assert_int_equal(count_files(), 1);
}

static void test_link_is_followed(void **state)
{
    (void)state;
    char real[128];
    struct stat status;
    snprintf(real, sizeof real, "%s/real.json", folder);
    write_bytes(real, "{\"low\": 10}", 11);
    assert_int_equal(symlink("real.json", file), 0);
    assert_int_equal(open_file(), 0);
    settings.canny.low = 13;
    save_and_reopen();
    assert_true(settings.canny.low == 13);
    assert_int_equal(lstat(file, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(test_saved_file_can_be_read),
        TEST(test_every_bad_file_stays),
        TEST(test_not_a_file),
        TEST(test_unreadable),
        TEST(test_read_only_folder),
        TEST(test_broken_file_in_read_only_folder),
        TEST(test_folders_are_made),
        TEST(test_folder_cannot_be_made),
        TEST(test_save_that_breaks_off),
        TEST(test_link_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
