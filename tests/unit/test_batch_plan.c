// Names of outputs: never two of one, never that of an input.

#include "app/batch_names.h"
#include "app/batch_plan.h"
#include "processing/memory.h"
#include "render/part_file.h"
#include "tests/unit/batch_fixture.h"

#include <limits.h>
#include <time.h>

static struct batch_plan *plan;
static bool sharded, frames; ///< of the next plan

static int leave_plan(void **state)
{
    batch_plan_close(&plan);
    sharded = frames = false;
    return leave(state);
}

/** Plans with the folder `output`, which may be missing. */
static int make(const char *prefix, enum batch_format format, const char *output)
{
    int fd = output ? open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    struct batch_naming naming = {
        .prefix = prefix, .format = format, .output_fd = fd, .sharded = sharded, .frames = frames};
    batch_plan_close(&plan);
    int result = batch_plan_open(&plan, list, &naming, &problem);
    if (fd >= 0)
        close(fd);
    return result;
}

/** The plan must be exactly these names, each followed by a '|'. */
static void expect_outputs(const char *outputs)
{
    char all[8192] = "";
    size_t used = 0;
    for (size_t i = 0; i < batch_list_count(list); i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s|", batch_plan_output(plan, i));
    assert_string_equal(all, outputs);
}

static void expect_plan(enum batch_format format, const char *outputs)
{
    assert_int_equal(make("processed_", format, NULL), 0);
    expect_outputs(outputs);
}

static void put_all(const char *const *paths)
{
    for (; *paths; paths++)
        put(*paths, "");
}

static void test_formats(void **state)
{
    (void)state;
    put("p/A.JPG", "");
    put("p/b.c.tif", "");
    put("p/d.webp", "");
    begin(false, false, NULL);
    add("p");
    expect_plan(BATCH_SAME, "processed_A.JPG|processed_b.c.tif|processed_d.webp|");
    expect_plan(BATCH_PNG, "processed_A.png|processed_b.c.png|processed_d.png|");
    expect_plan(BATCH_JPG, "processed_A.jpg|processed_b.c.jpg|processed_d.jpg|");
    expect_plan(BATCH_BMP, "processed_A.bmp|processed_b.c.bmp|processed_d.bmp|");
    expect_plan(BATCH_TIFF, "processed_A.tiff|processed_b.c.tiff|processed_d.tiff|");
    assert_int_equal(make("", BATCH_PNG, NULL), 0);
    expect_outputs("A.png|b.c.png|d.png|");
}

static void test_told_by_content(void **state)
{
    (void)state;
    put("p/a", PNG_HEAD);
    put("p/b.dat", JPEG_HEAD);
    put("p/v1.2", "II*");
    put("p/.jpg", "RIFF0000WEBP");
    put("other.gif", "GIF89a");
    FILE *tiff = fopen("p/v1.2", "w");
    fwrite("II*\0....", 1, 8, tiff);
    fclose(tiff);
    begin(false, false, NULL);
    add("p");
    add("other.gif");
    expect_plan(BATCH_SAME, "processed_.jpg.webp|processed_a.png|processed_b.dat.jpg|"
                            "processed_v1.2.tiff|processed_other.gif.png|");
    expect_plan(BATCH_BMP, "processed_.jpg.bmp|processed_a.bmp|processed_b.dat.bmp|"
                           "processed_v1.2.bmp|processed_other.gif.bmp|");
}

static void test_clashes_keep_the_ending(void **state)
{
    (void)state;
    static const char *const files[] = {"p/a.bmp", "p/a.jpg", "p/b.jpg", NULL};
    put_all(files);
    begin(false, false, NULL);
    add("p");
    expect_plan(BATCH_PNG, "processed_a.bmp.png|processed_a.jpg.png|processed_b.png|");
    expect_plan(BATCH_SAME, "processed_a.bmp|processed_a.jpg|processed_b.jpg|");
}

static void test_clashes_of_case(void **state)
{
    (void)state;
    static const char *const files[] = {"p/A.jpg",
                                        "p/a.png",
                                        "p/S/x.jpg",
                                        "p/s/X.jpg",
                                        "p/\xc3\x89.jpg",
                                        "p/\xc3\xa9.png",
                                        "p/\xff\xc3\x89.jpg",
                                        "p/\xff\xc3\xa9.jpg",
                                        NULL};
    put_all(files);
    begin(true, false, NULL);
    add("p");
    expect_plan(BATCH_PNG, "processed_A.jpg.png|S/processed_x.jpg.png|processed_a.png.png|"
                           "s/processed_X.jpg-2.png|processed_\xc3\x89.jpg.png|"
                           "processed_\xc3\xa9.png.png|processed_\xff\xc3\x89.jpg.png|"
                           "processed_\xff\xc3\xa9.jpg-2.png|");
}

static void test_equal_names_are_numbered(void **state)
{
    (void)state;
    static const char *const files[] = {"p/a.jpg", "q/a.jpg", "r/a.jpg", "r/b.jpg", NULL};
    put_all(files);
    begin(false, false, NULL);
    add("q");
    add("p");
    add("r");
    expect_plan(BATCH_SAME,
                "processed_a.jpg.jpg|processed_a.jpg-2.jpg|processed_a.jpg-3.jpg|processed_b.jpg|");
    // Who would be alone with a name has it.
    put("s/a.jpg-2.jpg", "");
    put("s/a.jpg.png", "");
    add("s");
    expect_plan(BATCH_JPG, "processed_a.jpg-3.jpg|processed_a.jpg-4.jpg|processed_a.jpg-5.jpg|"
                           "processed_b.jpg|processed_a.jpg-2.jpg|processed_a.jpg.jpg|");
}

static void test_subfolders_are_mirrored(void **state)
{
    (void)state;
    static const char *const files[] = {"p/a.jpg", "p/s/a.jpg", "p/s/t/a.jpg", "q/s/b.jpg", NULL};
    put_all(files);
    begin(true, false, NULL);
    add("p");
    add("q/");
    add("p/s/t/../a.jpg"); // there already
    expect_plan(BATCH_SAME,
                "processed_a.jpg|s/processed_a.jpg|s/t/processed_a.jpg|s/processed_b.jpg|");
}

static void test_inputs_are_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"p/a.jpg", "p/s/b.jpg", NULL};
    put_all(files);
    begin(true, false, NULL);
    add("p");
    assert_int_equal(make("", BATCH_SAME, "p"), -EINVAL);
    assert_non_null(strstr(problem.text, "'a.jpg' would replace the input 'p/a.jpg'"));
    assert_null(plan);
    assert_int_equal(make("", BATCH_PNG, "p"), 0);
    assert_int_equal(make("processed_", BATCH_SAME, "p"), 0);
    expect_outputs("processed_a.jpg|s/processed_b.jpg|");
    // A second run would take the results of the first for inputs.
    put("p/s/processed_b.jpg", "");
    begin(true, false, NULL);
    add("./p");
    assert_int_equal(make("processed_", BATCH_SAME, "p"), -EINVAL);
    assert_non_null(strstr(problem.text, "'./p/s/processed_b.jpg'"));
    // By another name of the folder, and below another output folder.
    assert_int_equal(mkdir("o", 0755), 0);
    assert_int_equal(symlink("../p/s", "o/s"), 0);
    assert_int_equal(make("processed_", BATCH_SAME, "o"), -EINVAL);
    assert_int_equal(unlink("o/s"), 0);
    assert_int_equal(make("processed_", BATCH_SAME, "o"), 0);
}

static void test_own_input_by_name_is_refused(void **state)
{
    (void)state;
    put("a.jpg", "");
    begin(false, false, NULL);
    add("a.jpg");
    assert_int_equal(make("", BATCH_SAME, "."), -EINVAL);
    assert_int_equal(make("", BATCH_JPG, "."), -EINVAL);
    assert_int_equal(make("", BATCH_PNG, "."), 0);
}

static void test_named_inputs_are_evaded(void **state)
{
    (void)state;
    static const char *const files[] = {"a.jpg", "processed_a.jpg", "PROCESSED_a.jpg.jpg", NULL};
    put_all(files);
    begin(false, false, NULL);
    add("a.jpg");
    add("processed_a.jpg");
    add("PROCESSED_a.jpg.jpg");
    assert_int_equal(make("processed_", BATCH_SAME, "."), 0);
    expect_outputs("processed_a.jpg-2.jpg|processed_processed_a.jpg|"
                   "processed_PROCESSED_a.jpg.jpg|");
}

static void test_long_names_are_shortened(void **state)
{
    (void)state;
    char name[300], other[300], euros[300] = "";
    memset(name, 'x', 251);
    strcpy(name + 251, ".jpg");
    strcpy(other, name);
    other[250] = 'y';
    for (int i = 0; i < 83; i++)
        strcat(euros, "\xe2\x82\xac");
    strcat(euros, ".png");
    put(name, "");
    put(other, "");
    put(euros, "");
    begin(false, false, NULL);
    add(name);
    add(other);
    add(euros);
    assert_int_equal(make("processed_", BATCH_SAME, NULL), 0);
    const char *first = batch_plan_output(plan, 0), *second = batch_plan_output(plan, 1);
    assert_int_equal(strlen(first), NAME_MAX);
    assert_memory_equal(first, "processed_xxx", 13);
    assert_string_equal(first + NAME_MAX - 4, ".jpg");
    assert_memory_equal(first, second, NAME_MAX - 4 - 17);
    assert_string_not_equal(first, second);

    const char *third = batch_plan_output(plan, 2);
    size_t length = strlen(third);
    assert_true(length <= NAME_MAX && length > NAME_MAX - 3);
    assert_int_equal((length - 10 - 17 - 4) % 3, 0); // whole characters
    assert_string_equal(third + length - 4, ".png");
}

static void test_join(void **state)
{
    (void)state;
    char prefix[400], name[BATCH_NAME_BYTES], stem[400];
    memset(prefix, 'p', sizeof prefix - 1);
    prefix[sizeof prefix - 1] = '\0';
    memset(stem, '\x80', sizeof stem); // no UTF-8: any place will do
    struct batch_parts parts = {prefix, "stem", 4, ".jpg", 12, false};
    batch_join(&parts, name);
    assert_int_equal(strlen(name), NAME_MAX);
    assert_string_equal(name + NAME_MAX - 7, "-12.jpg");
    parts = (struct batch_parts){"", stem, sizeof stem, ".tiff", 0, false};
    batch_join(&parts, name);
    assert_int_equal(strlen(name), NAME_MAX);
    parts = (struct batch_parts){"a", "bcd", 2, ".e", 2, false};
    batch_join(&parts, name);
    assert_string_equal(name, "abc-2.e");
    parts = (struct batch_parts){"", stem, NAME_MAX - 4, ".jpg", 0, false}; // just fits
    batch_join(&parts, name);
    assert_memory_equal(name, stem, NAME_MAX - 4);
    assert_string_equal(name + NAME_MAX - 4, ".jpg");
}

static void test_fold(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
    } same[] = {
        {"A/B.PNG", "a/b.png"},
        {"\xc3\x89", "\xc3\xa9"}, // e with an acute accent
        {"\xd0\x96", "\xd0\xb6"}, // Cyrillic zhe
        {"\xce\xa3", "\xcf\x82"}, // sigma, final sigma
        {"\xe2\x84\xaa", "k"},    // the sign of kelvin
        {"\xff"
         "A\xc3",
         "\xff"
         "a\xc3"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char *a = batch_fold(same[i].a), *b = batch_fold(same[i].b);
        assert_string_equal(a, b);
        memory_free(a);
        memory_free(b);
    }
    char *other = batch_fold("\xff\xfe\n\xef\xbf\xbd");
    assert_string_equal(other, "\xff\xfe\n\xef\xbf\xbd");
    memory_free(other);
}

static void test_prefix_is_no_path(void **state)
{
    (void)state;
    put("a.jpg", "");
    begin(false, false, NULL);
    add("a.jpg");
    assert_int_equal(make("../", BATCH_SAME, NULL), -EINVAL);
    assert_int_equal(make("s/", BATCH_SAME, NULL), -EINVAL);
    assert_int_equal(make("-", BATCH_SAME, NULL), 0);
    expect_outputs("-a.jpg|");
}

/** Equal names without end must not be tried from the first number on each. */
static void test_many_equal_names(void **state)
{
    (void)state;
    enum { FILES = 5000 };
    char name[32], expected[64];
    struct timespec before, after;
    begin(false, false, NULL);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d/a.jpg", i);
        put(name, "");
        add(name);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    assert_int_equal(make("", BATCH_PNG, "."), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    for (int i = 1; i < FILES; i++) {
        snprintf(expected, sizeof expected, "a.jpg-%d.png", i + 1);
        assert_string_equal(batch_plan_output(plan, (size_t)i), expected);
    }
    assert_true(after.tv_sec - before.tv_sec < 2);
}

/** Whatever the names, no two outputs are one. */
static void test_random_names(void **state)
{
    (void)state;
    static const char *const parts[] = {"a",       "A",        "a.jpg",    "a.JPG",   "b",
                                        ".",       "-2",       ".png",     ".PNG",    "processed_",
                                        "a.jpg-2", ".jpg.jpg", "\xc3\x89", "\xc3\xa9"};
    char name[256];
    srand(3);
    for (int run = 0; run < 40; run++) {
        begin(false, false, NULL);
        for (int i = 0; i < 60; i++) {
            int length = snprintf(name, sizeof name, "%d%d/", run, rand() % 3);
            for (int k = rand() % 4; k >= 0; k--)
                length += snprintf(name + length, sizeof name - (size_t)length, "%s",
                                   parts[rand() % (int)(sizeof parts / sizeof *parts)]);
            if (strcmp(name + length - 2, "/.") == 0 || strcmp(name + length - 3, "/..") == 0)
                continue;
            put(name, "");
            add(name);
        }
        assert_int_equal(make(run % 2 ? "processed_" : "", (enum batch_format)(run % 3), NULL), 0);
        size_t count = batch_list_count(list);
        char *folded[60];
        for (size_t i = 0; i < count; i++) {
            folded[i] = batch_fold(batch_plan_output(plan, i));
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(folded[i], folded[k]);
        }
        for (size_t i = 0; i < count; i++)
            memory_free(folded[i]);
    }
}

static void test_shards(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "1",    "/",     "1/",   "/2",        "2/2",
        "3/2",   "0/0",  "-1/2",  "1/-2", " 0/2",      "0/2 ",
        "0/2/3", "+0/2", "0x0/2", "a/b",  "0/1000001", "99999999999999999999/99999999999999999999"};
    struct batch_shard shard = {7, 9};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(batch_shard_parse(bad[i], &shard, &problem), -EINVAL);
        assert_true(shard.index == 7 && shard.count == 9);
    }
    assert_int_equal(batch_shard_parse("0/1", &shard, NULL), 0);
    for (size_t i = 0; i < 10; i++)
        assert_true(batch_shard_has(shard, i));
    assert_int_equal(batch_shard_parse("999999/1000000", &shard, NULL), 0);
    for (size_t i = 0; i < 100; i++) {
        int owners = 0;
        for (unsigned k = 0; k < 3; k++)
            owners += batch_shard_has((struct batch_shard){k, 3}, i);
        assert_int_equal(owners, 1);
        assert_true(batch_shard_has((struct batch_shard){(unsigned)i % 3, 3}, i));
    }
}

/** Each item of each list is one shard's, and shards differ by one item at the most. */
static void test_shards_are_a_partition(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 7; count++)
        for (size_t items = 0; items <= 20; items++) {
            size_t least = items, most = 0, all = 0;
            for (unsigned index = 0; index < count; index++) {
                size_t own = 0;
                for (size_t i = 0; i < items; i++)
                    own += batch_shard_has((struct batch_shard){index, count}, i);
                least = own < least ? own : least;
                most = own > most ? own : most;
                all += own;
            }
            assert_int_equal(all, items);
            assert_in_range(most - least, 0, 1);
            for (size_t i = 0; i < items; i++) {
                int owners = 0;
                for (unsigned index = 0; index < count; index++)
                    owners += batch_shard_has((struct batch_shard){index, count}, i);
                assert_int_equal(owners, 1);
            }
        }
}

/** A shard that begins later would find the outputs of one that began earlier. */
static void test_shards_do_not_read_their_outputs(void **state)
{
    (void)state;
    static const char *const files[] = {"p/a.jpg", "p/s/b.jpg", "o/c.jpg", NULL};
    put_all(files);
    sharded = true;
    begin(true, false, "o");
    add("p");
    assert_int_equal(make("processed_", BATCH_SAME, "o"), 0);
    // A folder below the output folder is a folder like others.
    put("o/s/d.jpg", "");
    begin(true, false, "o");
    add("p");
    add("o/s");
    assert_int_equal(make("processed_", BATCH_SAME, "o"), -EINVAL);
    // What the user names is no folder's.
    begin(true, false, "o");
    add("p");
    add("o/c.jpg");
    assert_int_equal(make("processed_", BATCH_SAME, "o"), 0);
}

static void test_frame_names(void **state)
{
    (void)state;
    char path[64];
    struct batch_frame_tail tail;
    assert_int_equal(batch_frame_path("a.b/c-d.png", 1, path, sizeof path), 0);
    assert_string_equal(path, "a.b/c-d-0001.png");
    assert_true(batch_frame_tail(path, &tail));
    assert_true(tail.start == 7 && tail.bytes == 5);
    assert_int_equal(batch_frame_path("c.png", 123456, path, sizeof path), 0);
    assert_string_equal(path, "c-123456.png");
    assert_true(batch_frame_tail(path, &tail));
    assert_true(tail.start == 1 && tail.bytes == 7);
    assert_int_equal(batch_frame_path("c.png", 12345, path, 11), -ENAMETOOLONG);
    static const char *const none[] = {"c.png",       "c-001.png",  "c-00001.png", "c0001.png",
                                       "0001.png",    "c-0001",     "c-0001/a",    "",
                                       "a-0001.b/c.", "c-000a.png", "c-0001x.png", "-c.png"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(batch_frame_tail(none[i], &tail));
}

/** With frames, what looks like a frame of another output is kept apart from it. */
static void test_frames_are_kept_apart(void **state)
{
    (void)state;
    static const char *const files[] = {"p/a.gif",      "p/a-0001.png", "p/A-0002.JPG",
                                        "p/b-0001.png", "p/c.tif",      NULL};
    put_all(files);
    put("p/a.gif", "GIF89a");
    begin(false, false, NULL);
    add("p");
    expect_plan(BATCH_PNG, "processed_A-0002.png|processed_a-0001.png|processed_a.gif.png|"
                           "processed_b-0001.png|processed_c.png|");
    // A name of its own by its ending: a.gif is called processed_a.gif.png.
    frames = true;
    put("p/a.gif-0001.tif", "");
    begin(false, false, NULL);
    add("p");
    expect_plan(BATCH_PNG, "processed_A-0002.png|processed_a-0001.png|processed_a.gif-2.png|"
                           "processed_a.gif-0001.tif.png|processed_b-0001.png|processed_c.png|");
    put("p/a.tif", "");
    add("p/a.tif");
    expect_plan(BATCH_PNG, "processed_A-0002.JPG.png|processed_a-0001.png.png|"
                           "processed_a.gif-2.png|processed_a.gif-0001.tif.png|"
                           "processed_b-0001.png|processed_c.png|processed_a.tif.png|");
}

/** Neither an output nor any of its frames has the name of an input. */
static void test_frames_spare_inputs(void **state)
{
    (void)state;
    put("p/a.tif", "");
    put("q/a-0007.tif", "");
    frames = true;
    begin(false, false, "q");
    add("p");
    add("q/a-0007.tif");
    assert_int_equal(make("", BATCH_SAME, "q"), -EINVAL);
    assert_non_null(strstr(problem.text, "a-0007.tif"));
    assert_int_equal(make("x_", BATCH_SAME, "q"), 0);
    expect_outputs("x_a.tif.tif|x_a-0007.tif.tif|");
}

/** Frames' names are never too long, nor are their temporary ones a hash. */
static void test_long_names_with_frames(void **state)
{
    (void)state;
    char name[NAME_MAX + 1], path[2 * NAME_MAX], key[PART_FILE_KEY_BYTES];
    memset(name, 'x', NAME_MAX);
    memcpy(name + NAME_MAX - 4, ".tif", 5);
    put(name, "");
    frames = true;
    begin(false, false, NULL);
    add(name);
    assert_int_equal(make("processed_", BATCH_SAME, NULL), 0);
    assert_int_equal(batch_frame_path(batch_plan_output(plan, 0), 2000000000, path, sizeof path),
                     0);
    part_file_key(path, key);
    assert_string_equal(key, path);
}

static void test_empty_list(void **state)
{
    (void)state;
    begin(false, false, NULL);
    expect_plan(BATCH_SAME, "");
    batch_plan_close(&plan);
    batch_plan_close(&plan);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave_plan)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_formats),
        TEST(test_told_by_content),
        TEST(test_clashes_keep_the_ending),
        TEST(test_clashes_of_case),
        TEST(test_equal_names_are_numbered),
        TEST(test_subfolders_are_mirrored),
        TEST(test_inputs_are_refused),
        TEST(test_own_input_by_name_is_refused),
        TEST(test_named_inputs_are_evaded),
        TEST(test_long_names_are_shortened),
        TEST(test_join),
        TEST(test_fold),
        TEST(test_prefix_is_no_path),
        TEST(test_many_equal_names),
        TEST(test_random_names),
        TEST(test_shards),
        TEST(test_shards_are_a_partition),
        TEST(test_shards_do_not_read_their_outputs),
        TEST(test_frame_names),
        TEST(test_frames_are_kept_apart),
        TEST(test_frames_spare_inputs),
        TEST(test_long_names_with_frames),
        TEST(test_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
