// What is done stays done, and nothing else is.

#include "app/batch_manifest.h"
#include "tests/unit/batch_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static struct batch_manifest *manifest;
static int folder_fd;
static int frames; ///< of the output asked for last
static const struct batch_shard all = {0, 1};

static int enter_output(void **state)
{
    if (enter(state) < 0 || mkdir("out", 0755) < 0 || mkdir("in", 0755) < 0)
        return -1;
    folder_fd = open("out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder_fd < 0 ? -1 : 0;
}

static int leave_output(void **state)
{
    batch_manifest_close(&manifest);
    close(folder_fd);
    return leave(state);
}

/** An input that never was. */
static struct batch_item item_of(const char *path, int64_t bytes, int64_t mtime_ns)
{
    return (struct batch_item){.path = path, .bytes = bytes, .mtime_ns = mtime_ns};
}

static void use(struct batch_shard shard, const char *settings)
{
    batch_manifest_close(&manifest);
    assert_int_equal(batch_manifest_open(&manifest, folder_fd, shard, settings), 0);
}

static void load(const char *settings, size_t expected)
{
    size_t broken = 77;
    use(all, settings);
    assert_int_equal(batch_manifest_load(manifest, &broken), 0);
    assert_int_equal(broken, expected);
}

/** Makes an output of this text and notes it. */
static void finish(const struct batch_item *item, const char *output, const char *text)
{
    char path[600];
    snprintf(path, sizeof path, "out/%s", output);
    put(path, text);
    assert_int_equal(batch_manifest_add(manifest, item, output, 0, &problem), 0);
}

/** The text of a manifest; freed by nobody until the next call. */
static const char *text_of(const char *name, size_t *size)
{
    static char text[1 << 20];
    FILE *stream = fopen(name, "r");
    assert_non_null(stream);
    *size = fread(text, 1, sizeof text - 1, stream);
    text[*size] = '\0';
    fclose(stream);
    return text;
}

static void write_bytes(const char *name, const char *bytes, size_t count)
{
    FILE *stream = fopen(name, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, count, stream), count);
    assert_int_equal(fclose(stream), 0);
}

#define MANIFEST "out/.cannyscope-batch.json"

static void test_done(void **state)
{
    (void)state;
    const struct batch_item item = item_of("in/a.jpg", 1234567, INT64_C(1700000000123456789));
    use(all, "low=50");
    assert_int_equal(access(MANIFEST, F_OK), -1); // a dry run leaves nothing
    assert_false(batch_manifest_is_done(manifest, &item, "a.png", &frames));
    finish(&item, "a.png", "123");
    load("low=50", 0);
    assert_true(batch_manifest_is_done(manifest, &item, "a.png", &frames));
    assert_false(batch_manifest_is_done(manifest, &item, "b.png", &frames));
    load("low=51", 0);
    assert_false(batch_manifest_is_done(manifest, &item, "a.png", &frames));
}

static void test_changed_inputs(void **state)
{
    (void)state;
    char absolute[128];
    snprintf(absolute, sizeof absolute, "%s/in/a.jpg", folder);
    const struct batch_item item = item_of("in/a.jpg", 5, INT64_C(1700000000123456789));
    const struct batch_item same = item_of(absolute, 5, INT64_C(1700000000123456789));
    const struct batch_item others[] = {
        item_of("in/a.jpg", 6, INT64_C(1700000000123456789)),
        item_of("in/a.jpg", 5, INT64_C(1700000000123456788)),
        item_of("in/a.jpg", 5, INT64_C(1700000001123456789)),
        item_of("in/b.jpg", 5, INT64_C(1700000000123456789)),
        item_of("in/a.jp", 5, INT64_C(1700000000123456789)),
    };
    use(all, "s");
    finish(&item, "a.png", "123");
    load("s", 0);
    assert_true(batch_manifest_is_done(manifest, &same, "a.png", &frames));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(batch_manifest_is_done(manifest, &others[i], "a.png", &frames));
}

static void test_times_before_1970(void **state)
{
    (void)state;
    const struct batch_item item = item_of("a", 0, -1), later = item_of("a", 0, 1);
    use(all, "s");
    finish(&item, "a.png", "");
    load("s", 0);
    assert_true(batch_manifest_is_done(manifest, &item, "a.png", &frames));
    assert_false(batch_manifest_is_done(manifest, &later, "a.png", &frames));
}

static void test_outputs_that_are_gone(void **state)
{
    (void)state;
    const struct batch_item item = item_of("in/a.jpg", 5, 6);
    use(all, "s");
    finish(&item, "s/a.png", "123");
    load("s", 0);
    assert_true(batch_manifest_is_done(manifest, &item, "s/a.png", &frames));
    put("out/s/a.png", "1234");
    assert_false(batch_manifest_is_done(manifest, &item, "s/a.png", &frames));
    put("out/s/a.png", "321");
    assert_true(batch_manifest_is_done(manifest, &item, "s/a.png", &frames));
    assert_int_equal(rename("out/s/a.png", "out/s/b"), 0);
    assert_false(batch_manifest_is_done(manifest, &item, "s/a.png", &frames));
    assert_int_equal(symlink("b", "out/s/a.png"), 0);
    assert_false(batch_manifest_is_done(manifest, &item, "s/a.png", &frames));
    assert_int_equal(batch_manifest_add(manifest, &item, "missing", 0, &problem), -ENOENT);
    assert_non_null(strstr(problem.text, "'missing'"));
}

static void test_names_are_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"-a", "a\nb", "a\\x0Ab", "\xff\xfe", "\"\\", "\xc3\xa9"};
    struct batch_item items[6];
    use(all, "s");
    for (size_t i = 0; i < 6; i++) {
        items[i] = item_of(names[i], (int64_t)i, 1);
        finish(&items[i], names[i], "");
    }
    load("s", 0);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(batch_manifest_is_done(manifest, &items[i], names[k], &frames),
                             i == k);
}

/** The second run made the same output of another input. */
static void test_the_last_line_counts(void **state)
{
    (void)state;
    const struct batch_item a = item_of("a", 1, 1), b = item_of("b", 1, 1);
    use(all, "s");
    finish(&a, "o.png", "");
    finish(&b, "o.png", "");
    load("s", 0);
    assert_false(batch_manifest_is_done(manifest, &a, "o.png", &frames));
    assert_true(batch_manifest_is_done(manifest, &b, "o.png", &frames));
    use(all, "t");
    finish(&a, "o.png", "");
    load("s", 0);
    assert_false(batch_manifest_is_done(manifest, &a, "o.png", &frames));
    assert_false(batch_manifest_is_done(manifest, &b, "o.png", &frames));
}

/** The clock was set back between the runs: in one file the order of the lines is what counts. */
static void test_a_clock_set_back(void **state)
{
    (void)state;
    size_t size;
    const struct batch_item a = item_of("a", 1, 1), b = item_of("b", 1, 1);
    use(all, "s");
    finish(&a, "o.png", "");
    finish(&b, "o.png", "");
    char text[2048];
    const char *written = text_of(MANIFEST, &size);
    assert_true(size < sizeof text);
    memcpy(text, written, size + 1);
    strstr(text, "\"time_s\":")[9] = '9';
    write_bytes(MANIFEST, text, size);
    load("s", 0);
    assert_false(batch_manifest_is_done(manifest, &a, "o.png", &frames));
    assert_true(batch_manifest_is_done(manifest, &b, "o.png", &frames));
}

static void sleep_a_little(void)
{
    nanosleep(&(struct timespec){0, 3000000}, NULL);
}

static void test_shards(void **state)
{
    (void)state;
    const struct batch_item a = item_of("a", 1, 1), b = item_of("b", 1, 1), c = item_of("c", 1, 1);
    use((struct batch_shard){0, 2}, "s");
    finish(&a, "a.png", "");
    use((struct batch_shard){1, 2}, "s");
    finish(&b, "b.png", "");
    use(all, "s");
    finish(&c, "c.png", "");
    assert_int_equal(access("out/.cannyscope-batch.0-of-2.json", F_OK), 0);
    assert_int_equal(access("out/.cannyscope-batch.1-of-2.json", F_OK), 0);
    assert_int_equal(access(MANIFEST, F_OK), 0);
    load("s", 0);
    assert_true(batch_manifest_is_done(manifest, &a, "a.png", &frames));
    assert_true(batch_manifest_is_done(manifest, &b, "b.png", &frames));
    assert_true(batch_manifest_is_done(manifest, &c, "c.png", &frames));
    // Of several files the newest line counts, whatever their order in the folder.
    sleep_a_little();
    use(all, "t");
    finish(&a, "a.png", "");
    sleep_a_little();
    use((struct batch_shard){0, 2}, "t");
    finish(&c, "c.png", "");
    load("s", 0);
    assert_false(batch_manifest_is_done(manifest, &a, "a.png", &frames));
    assert_true(batch_manifest_is_done(manifest, &b, "b.png", &frames));
    assert_false(batch_manifest_is_done(manifest, &c, "c.png", &frames));
    load("t", 0);
    assert_true(batch_manifest_is_done(manifest, &a, "a.png", &frames));
    assert_true(batch_manifest_is_done(manifest, &c, "c.png", &frames));
}

/** An input of several frames is done when all of their outputs are there. */
static void test_frames(void **state)
{
    (void)state;
    const struct batch_item a = item_of("a.gif", 10, 1), b = item_of("b.gif", 10, 1);
    use(all, "s");
    put("out/s/a-0001.png", "1");
    put("out/s/a-0002.png", "22");
    put("out/s/a-0003.png", "333");
    assert_int_equal(batch_manifest_add(manifest, &a, "s/a.png", 3, &problem), 0);
    assert_int_equal(batch_manifest_add(manifest, &b, "b.png", 1, &problem), -ENOENT);
    finish(&b, "b.png", "");
    load("s", 0);
    assert_true(batch_manifest_is_done(manifest, &a, "s/a.png", &frames));
    assert_int_equal(frames, 3);
    assert_true(batch_manifest_is_done(manifest, &b, "b.png", &frames));
    assert_int_equal(frames, 0);
    put("out/s/a-0003.png", "33");
    assert_false(batch_manifest_is_done(manifest, &a, "s/a.png", &frames));
    put("out/s/a-0003.png", "333");
    assert_true(batch_manifest_is_done(manifest, &a, "s/a.png", &frames));
    unlink("out/s/a-0002.png");
    assert_false(batch_manifest_is_done(manifest, &a, "s/a.png", &frames));
    put("out/s/a.png", "666666"); // as large as all together
    assert_false(batch_manifest_is_done(manifest, &a, "s/a.png", &frames));
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "nonsense",
        "{}",
        "[]",
        "{\"output\":\"o\",\"input\":\"i\",\"bytes\":1e999,\"mtime_s\":0,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":\"o\",\"input\":\"i\",\"bytes\":-1,\"mtime_s\":0,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":\"o\",\"input\":\"i\",\"bytes\":1.5,\"mtime_s\":0,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":7,\"input\":\"i\",\"bytes\":1,\"mtime_s\":0,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":\"o\",\"input\":null,\"bytes\":1,\"mtime_s\":0,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":\"o\",\"input\":\"i\",\"bytes\":1,\"mtime_s\":0,\"mtime_ns\":1000000000,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":\"o\",\"input\":\"i\",\"bytes\":1,\"mtime_s\":-1e300,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":1}",
        "{\"output\":\"o\",\"input\":\"i\",\"bytes\":1,\"mtime_s\":0,\"mtime_ns\":0,"
        "\"settings\":\"s\",\"output_bytes\":0,\"time_s\":-1e999}",
        "{\"output\":\"o\",\"input\":\"i\"",
    };
    char text[8192] = "";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        strcat(strcat(text, lines[i]), "\n");
    put(MANIFEST, text);
    const struct batch_item a = item_of("a", 1, 1);
    use(all, "s");
    finish(&a, "a.png", "");
    load("s", sizeof lines / sizeof *lines);
    assert_true(batch_manifest_is_done(manifest, &a, "a.png", &frames));
}

static void test_hostile_files(void **state)
{
    (void)state;
    const struct batch_item a = item_of("a", 1, 1);
    put("out/a.png", "");
    put("victim", "");
    assert_int_equal(mkfifo(MANIFEST, 0644), 0);
    assert_int_equal(symlink("../victim", "out/.cannyscope-batch.0-of-2.json"), 0);
    assert_int_equal(mkdir("out/.cannyscope-batch.1-of-2.json", 0755), 0);
    put("out/.cannyscope-batch.json.bak", "nonsense");
    load("s", 3);
    assert_int_equal(batch_manifest_add(manifest, &a, "a.png", 0, &problem), -EINVAL);
    use((struct batch_shard){0, 2}, "s");
    assert_int_equal(batch_manifest_add(manifest, &a, "a.png", 0, &problem), -ELOOP);
    assert_non_null(strstr(problem.text, ".cannyscope-batch.0-of-2.json"));
}

/** Bytes of a good manifest are changed: nothing breaks, and nobody calls undone work done. */
static void test_noise(void **state)
{
    (void)state;
    enum { ITEMS = 8 };
    static char text[1 << 16];
    struct batch_item items[ITEMS];
    char names[ITEMS][16];
    size_t size, broken;
    use(all, "s");
    for (int i = 0; i < ITEMS; i++) {
        snprintf(names[i], sizeof names[i], "%d.png", i);
        items[i] = item_of(names[i], 100 + i, i);
        finish(&items[i], names[i], "");
    }
    const char *good = text_of(MANIFEST, &size);
    srand(4);
    for (int run = 0; run < 2000; run++) {
        memcpy(text, good, size);
        for (int k = rand() % 20; k >= 0; k--)
            text[(size_t)rand() % size] =
                (char)(rand() % 2 ? rand() : "{}[]\",:\\\n0"[rand() % 10]);
        write_bytes(MANIFEST, text, (size_t)rand() % size + 1);
        use(all, "s");
        assert_int_equal(batch_manifest_load(manifest, &broken), 0);
        for (int i = 0; i < ITEMS; i++) {
            struct batch_item other = items[i];
            other.bytes += 1000000;
            batch_manifest_is_done(manifest, &items[i], names[i], &frames);
            assert_false(batch_manifest_is_done(manifest, &other, names[i], &frames));
        }
    }
}

/** A process that is killed while it notes: all lines but perhaps the last are whole. */
static void test_kill(void **state)
{
    (void)state;
    char name[16];
    put("out/x.png", "");
    for (int run = 0; run < 10; run++) {
        size_t broken = 0;
        pid_t child = fork();
        if (child == 0) {
            use(all, "s");
            for (int i = 0;; i++) {
                snprintf(name, sizeof name, "%d", i);
                const struct batch_item item = item_of(name, i, 0);
                batch_manifest_add(manifest, &item, "x.png", 0, NULL);
            }
        }
        nanosleep(&(struct timespec){0, 1000000 * (run + 1)}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        use(all, "s");
        assert_int_equal(batch_manifest_load(manifest, &broken), 0);
        assert_true(broken <= (size_t)run + 1);
        const struct batch_item after = item_of("after", 1, 1);
        assert_int_equal(batch_manifest_add(manifest, &after, "x.png", 0, &problem), 0);
        use(all, "s");
        assert_int_equal(batch_manifest_load(manifest, &broken), 0);
        assert_true(batch_manifest_is_done(manifest, &after, "x.png", &frames));
    }
}

static void test_many(void **state)
{
    (void)state;
    enum { ITEMS = 10000 };
    char name[16];
    size_t broken;
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    use(all, "s");
    for (int i = 0; i < ITEMS; i++) {
        snprintf(name, sizeof name, "%d", i);
        close(openat(folder_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
        const struct batch_item item = item_of(name, i, i);
        assert_int_equal(batch_manifest_add(manifest, &item, name, 0, &problem), 0);
    }
    use(all, "s");
    assert_int_equal(batch_manifest_load(manifest, &broken), 0);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(name, sizeof name, "%d", i);
        const struct batch_item item = item_of(name, i, i);
        assert_true(batch_manifest_is_done(manifest, &item, name, &frames));
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    assert_true(after.tv_sec - before.tv_sec < 8); // some 0.3 s
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter_output, leave_output)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_done),
        TEST(test_changed_inputs),
        TEST(test_times_before_1970),
        TEST(test_outputs_that_are_gone),
        TEST(test_names_are_bytes),
        TEST(test_the_last_line_counts),
        TEST(test_a_clock_set_back),
        TEST(test_shards),
        TEST(test_frames),
        TEST(test_bad_lines),
        TEST(test_hostile_files),
        TEST(test_noise),
        TEST(test_kill),
        TEST(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
