// Which pictures a batch finds, in folders that nobody tidied.

#include "tests/unit/batch_fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static void test_endings_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"p/z.jpg",  "p/B.JPEG", "p/a.PnG", "p/c.bmp",     "p/d.tif",
                                        "p/e.TIFF", "p/f.webp", "p/g.gif", "p/h.jpg.txt", "p/i"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put(names[i], "not looked at");
    begin(false, false, NULL);
    add("p");
    expect_paths("p/B.JPEG|p/a.PnG|p/c.bmp|p/d.tif|p/e.TIFF|p/f.webp|p/z.jpg|");
    expect_problems("");
}

static void test_content_without_ending(void **state)
{
    (void)state;
    put("p/png", PNG_HEAD);
    put("p/jpeg.dat", JPEG_HEAD);
    put("p/.png", PNG_HEAD);
    put("p/empty", "");
    put("p/text", "text");
    begin(false, false, NULL);
    add("p/");
    expect_paths("p/.png|p/jpeg.dat|p/png|");
    assert_int_equal(batch_list_item(list, 0)->kind, IMAGE_PNG);
    assert_int_equal(batch_list_item(list, 1)->kind, IMAGE_JPEG);
}

static void test_named_files_are_taken(void **state)
{
    (void)state;
    put("text", "text");
    put("picture", PNG_HEAD);
    put("-o", "");
    begin(false, false, NULL);
    add("text");
    add("picture");
    add("-o");
    expect_paths("text|picture|-o|");
    assert_true(batch_list_item(list, 0)->named);
    assert_int_equal(batch_list_item(list, 0)->kind, IMAGE_OTHER);
    assert_int_equal(batch_list_item(list, 1)->kind, IMAGE_PNG);
    assert_int_equal(batch_list_item(list, 2)->kind, IMAGE_OTHER);
}

static void test_what_an_item_says(void **state)
{
    (void)state;
    struct stat file, above;
    put("a/b/c.png", "12345");
    struct timespec times[2] = {{1000000000, 1}, {2000000000, 987654321}};
    assert_int_equal(utimensat(AT_FDCWD, "a/b/c.png", times, 0), 0);
    assert_int_equal(stat("a/b/c.png", &file) | stat("a/b", &above), 0);
    begin(true, false, NULL);
    add("./a///");
    assert_int_equal(batch_list_count(list), 1);
    const struct batch_item *item = batch_list_item(list, 0);
    assert_string_equal(item->path, "./a/b/c.png");
    assert_string_equal(item->relative, "b/c.png");
    assert_string_equal(item->name, "c.png");
    assert_int_equal(item->bytes, 5);
    assert_true(item->mtime_ns == INT64_C(2000000000987654321));
    assert_true(item->dev == file.st_dev && item->ino == file.st_ino);
    assert_true(item->folder.dev == above.st_dev && item->folder.ino == above.st_ino);
    assert_false(item->named);

    begin(false, false, NULL);
    add("a/b/c.png");
    item = batch_list_item(list, 0);
    assert_string_equal(item->relative, "c.png");
    assert_true(item->folder.ino == above.st_ino && item->named);
}

static void test_recursion(void **state)
{
    (void)state;
    put("p/b.png", "");
    put("p/a.jpg/x.png", ""); // a folder that is named like a picture
    put("p/c/d/e.png", "");
    begin(false, false, NULL);
    add("p");
    expect_paths("p/b.png|");
    expect_problems("");
    begin(true, false, NULL);
    add("p");
    expect_paths("p/a.jpg/x.png|p/b.png|p/c/d/e.png|");
    begin(false, false, NULL);
    add("p/a.jpg");
    expect_paths("p/a.jpg/x.png|");
}

static void test_links(void **state)
{
    (void)state;
    put("p/real/a.png", "12");
    assert_int_equal(symlink("real/a.png", "p/link.png"), 0);
    assert_int_equal(symlink("nowhere", "p/dead.png"), 0);
    assert_int_equal(symlink("nowhere", "p/dead"), 0);
    assert_int_equal(symlink("self.png", "p/self.png"), 0);
    assert_int_equal(symlink("real", "p/folder"), 0);
    begin(true, false, NULL);
    add("p");
    expect_paths("p/link.png|p/real/a.png|");
    assert_int_equal(batch_list_item(list, 0)->bytes, 2);
    expect_problems("p/dead.png|p/self.png|");
    begin(true, true, NULL);
    add("p");
    expect_paths("p/folder/a.png|p/link.png|");
    begin(false, false, NULL);
    add("p/folder");
    expect_paths("p/folder/a.png|");
}

static void test_loops_end(void **state)
{
    (void)state;
    put("p/a/b/x.png", "");
    assert_int_equal(symlink("../..", "p/a/b/up"), 0);
    assert_int_equal(symlink(".", "p/a/same"), 0);
    begin(true, true, NULL);
    add("p");
    expect_paths("p/a/b/x.png|");
    expect_problems("");
}

static void test_special_files(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "p/socket.png"};
    put("p/ok.png", "");
    assert_int_equal(mkfifo("p/pipe.png", 0644), 0);
    assert_int_equal(mkfifo("p/pipe", 0644), 0);
    assert_int_equal(symlink("/dev/null", "p/null.png"), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    begin(false, false, NULL);
    add("p");
    add("p/pipe");
    add("missing.png");
    add("p/ok.png/");
    add("");
    close(fd);
    expect_paths("p/ok.png|");
    expect_problems("p/null.png|p/pipe.png|p/socket.png|p/pipe|missing.png|p/ok.png/||");
    assert_string_equal(batch_list_problem(list, 1)->text,
                        "'p/pipe.png' is not a regular file (a pipe or a device)");
    assert_string_equal(batch_list_problem(list, 4)->text,
                        "Cannot read 'missing.png': No such file or directory");
}

static void test_unreadable_folder(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    put("p/closed/a.png", "");
    put("p/shut/a.png", "");
    put("p/z.png", "");
    assert_int_equal(chmod("p/closed", 0), 0);
    assert_int_equal(chmod("p/shut", 0444), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    begin(true, false, NULL);
    add("p");
    if (root)
        assert_int_equal(seteuid(0), 0);
    expect_paths("p/z.png|");
    expect_problems("p/closed|p/shut/a.png|");
}

static void test_once(void **state)
{
    (void)state;
    char absolute[128];
    put("p/a.png", "");
    put("p/s/b.png", "");
    snprintf(absolute, sizeof absolute, "%s/p", folder);
    begin(true, false, NULL);
    add("p/a.png");
    add("./p/a.png");
    add("p");
    add(absolute);
    add("p/s");
    add("p/s/b.png");
    expect_paths("p/a.png|p/s/b.png|");
    assert_int_equal(link("p/a.png", "p/c.png"), 0);
    begin(false, false, NULL);
    add("p");
    expect_paths("p/a.png|p/c.png|");
}

static void test_output_folder_is_skipped(void **state)
{
    (void)state;
    put("p/a.png", "");
    put("p/out/processed_a.png", "");
    put("p/out/more/b.png", "");
    assert_int_equal(symlink("out", "p/link"), 0);
    begin(true, true, "p/out");
    add("p");
    expect_paths("p/a.png|");
    add("p/out/more");
    expect_paths("p/a.png|p/out/more/b.png|");
    // Its outputs would be the next run's inputs.
    assert_int_equal(batch_list_add(list, "p/link/"), -EDEADLK);
}

static void test_own_parts_are_not_taken(void **state)
{
    (void)state;
    put("p/.a.png.abcxyz.part", PNG_HEAD);
    put("p/.a.png.012345.part", PNG_HEAD);
    put("p/.a.png.ABCXYZ.part", PNG_HEAD); // not ours
    put("p/a.png.abcxyz.part", PNG_HEAD);
    begin(false, false, NULL);
    add("p");
    add("p/.a.png.abcxyz.part");
    expect_paths("p/.a.png.ABCXYZ.part|p/a.png.abcxyz.part|");
    expect_problems("");
}

static void test_names_are_bytes(void **state)
{
    (void)state;
    char longest[300] = "p/", expected[400];
    memset(longest + 2, 'x', 251);
    strcpy(longest + 253, ".png");
    put("p/-r.png", "");
    put("p/a\nb.png", "");
    put("p/\xff\xfe.png", "");
    put("p/\x1b[2J.png", "");
    put(longest, "");
    begin(false, false, NULL);
    add("p");
    snprintf(expected, sizeof expected, "p/\x1b[2J.png|p/-r.png|p/a\nb.png|%s|p/\xff\xfe.png|",
             longest);
    expect_paths(expected);
}

static void test_paths_too_long(void **state)
{
    (void)state;
    char name[200] = "", far[5000];
    memset(name, 'd', 199);
    for (int i = 0; i < 22; i++) {
        assert_int_equal(mkdir(name, 0755), 0);
        assert_int_equal(chdir(name), 0);
    }
    put("a.png", "");
    assert_int_equal(chdir(folder), 0);
    put("b.png", "");
    memset(far, 'f', sizeof far);
    far[sizeof far - 1] = '\0';
    begin(true, false, NULL);
    add(".");
    add(far);
    expect_paths("./b.png|");
    assert_int_equal(batch_list_problem_count(list), 2);
    assert_non_null(strstr(batch_list_problem(list, 0)->text, "File name too long"));
    assert_string_equal(batch_list_problem(list, 1)->path, far);
}

static void test_files_from(void **state)
{
    (void)state;
    put("a.png", "");
    put("b\nc.png", "");
    put("p/d.png", "");
    put("lines", "\na.png\n\n\nmissing\np\na.png\nb");
    put("lines2", "a.png");
    begin(false, false, NULL);
    assert_int_equal(batch_list_add_from(list, "lines", false, &problem), 0);
    expect_paths("a.png|p/d.png|");
    expect_problems("missing|b|");
    begin(false, false, NULL);
    assert_int_equal(batch_list_add_from(list, "lines2", false, &problem), 0);
    expect_paths("a.png|");

    FILE *stream = fopen("zeros", "w");
    fwrite("b\nc.png\0\0a.png\0-", 1, 16, stream);
    fclose(stream);
    begin(false, false, NULL);
    assert_int_equal(batch_list_add_from(list, "zeros", true, &problem), 0);
    expect_paths("b\nc.png|a.png|");
    expect_problems("-|");
    assert_int_equal(batch_list_add_from(list, "zeros", false, &problem), -EINVAL);
    assert_non_null(strstr(problem.text, "--null"));
}

static void test_files_from_failures(void **state)
{
    (void)state;
    begin(false, false, NULL);
    assert_int_equal(batch_list_add_from(list, "missing", false, &problem), -ENOENT);
    assert_non_null(strstr(problem.text, "missing"));
    assert_int_equal(batch_list_add_from(list, ".", false, &problem), -EISDIR);
    FILE *stream = fopen("long", "w");
    for (int i = 0; i < 100000; i++)
        fputc('a', stream);
    fputs("\nb", stream);
    fclose(stream);
    assert_int_equal(batch_list_add_from(list, "long", false, &problem), 0);
    assert_int_equal(batch_list_problem_count(list), 2);
    assert_string_equal(batch_list_problem(list, 1)->path, "b");
}

static void test_files_from_standard_input(void **state)
{
    (void)state;
    put("a.png", "");
    put("lines", "a.png\n");
    int kept = dup(0);
    assert_non_null(freopen("lines", "r", stdin));
    begin(false, false, NULL);
    assert_int_equal(batch_list_add_from(list, "-", false, &problem), 0);
    expect_paths("a.png|");
    assert_int_equal(dup2(kept, 0), 0);
    close(kept);
}

static void test_many_files(void **state)
{
    (void)state;
    char name[32];
    struct timespec before, after;
    assert_int_equal(mkdir("p", 0755), 0);
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "p/%05d.png", i * 7919 % 20000);
        close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    begin(true, false, NULL);
    add("p");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    assert_int_equal(batch_list_count(list), 20000);
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "%05d.png", i);
        assert_string_equal(batch_list_item(list, (size_t)i)->name, name);
    }
    // Some 50 ms; a search of all for each would take ten seconds.
    assert_true(after.tv_sec - before.tv_sec < 3);
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(mkdir("p", 0755), 0);
    begin(true, false, NULL);
    add("p");
    expect_paths("");
    batch_list_close(&list);
    assert_null(list);
    batch_list_close(&list);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_endings_in_order),
        TEST(test_content_without_ending),
        TEST(test_named_files_are_taken),
        TEST(test_what_an_item_says),
        TEST(test_recursion),
        TEST(test_links),
        TEST(test_loops_end),
        TEST(test_special_files),
        TEST(test_unreadable_folder),
        TEST(test_once),
        TEST(test_output_folder_is_skipped),
        TEST(test_own_parts_are_not_taken),
        TEST(test_names_are_bytes),
        TEST(test_paths_too_long),
        TEST(test_files_from),
        TEST(test_files_from_failures),
        TEST(test_files_from_standard_input),
        TEST(test_many_files),
        TEST(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
