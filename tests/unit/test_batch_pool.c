/*
 * Files done by several threads: every one once, the edges those of the reference, failures told
 * by name, nothing begun after a stop, no more memory than allowed.
 */
#include "app/batch_pool.h"
#include "app/media.h"
#include "processing/canny_reference.h"
#include "processing/memory.h"
#include "tests/unit/image_fixture.h"
#include "tests/unit/waiting.h"

#include <errno.h>

enum { MOST_TASKS = 64, WIDTH = 200, HEIGHT = 150 };

struct outcomes {
    struct batch_pool *pool;
    int stop_after; ///< tasks; 0 never
    int count, failed;
    int times[MOST_TASKS];
    struct batch_outcome last[MOST_TASKS];
};

static struct batch_task tasks[MOST_TASKS];
static char names[2 * MOST_TASKS][600];
static struct outcomes outcomes;

static void note(void *self, int index, const struct batch_outcome *outcome)
{
    struct outcomes *all = self;
    all->times[index]++;
    all->last[index] = *outcome;
    all->failed += outcome->code < 0;
    if (++all->count == all->stop_after)
        batch_pool_stop(all->pool);
}

/** A process that takes nothing itself, and files may take so much. */
static struct memory_limit limit_of(int64_t bytes)
{
    return (struct memory_limit){.limit_mb = 1, .bytes = bytes};
}

static struct batch_pool_config config_for(int count, int workers)
{
    return (struct batch_pool_config){
        .tasks = tasks,
        .count = count,
        .workers = workers,
        .limit = limit_of((int64_t)64 << 20),
        .file = {.canny = canny_default_params, .max_pixels = IMAGE_MAX_PIXELS},
        .finished = note,
        .self = &outcomes,
    };
}

static void fill_made(uint8_t *row, int y, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        row[i] = made_sample((int)i / 3, y, (int)i % 3);
}

/** Pictures of several kinds and sizes, 0.png, 1.jpg and so on. */
static void make_tasks(int count)
{
    for (int i = 0; i < count; i++) {
        bool png = i % 2 == 0;
        snprintf(names[2 * i], sizeof names[0], "%s/%d.%s", folder.path, i, png ? "png" : "jpg");
        snprintf(names[2 * i + 1], sizeof names[0], "%s/out-%d.png", folder.path, i);
        tasks[i] = (struct batch_task){names[2 * i], names[2 * i + 1]};
        struct jpeg_spec jpeg = {.width = WIDTH + i % 3, .height = HEIGHT, .space = JCS_RGB};
        struct png_spec spec = {WIDTH + i % 3, HEIGHT, 8, PNG_COLOR_TYPE_RGB,
                                false,         false,  0, fill_made};
        png ? make_png(tasks[i].input, &spec) : make_jpeg(tasks[i].input, &jpeg);
    }
}

static void run_all(const struct batch_pool_config *config)
{
    memset(&outcomes, 0, sizeof outcomes);
    assert_int_equal(batch_pool_start(&outcomes.pool, config), 0);
    while (!batch_pool_wait(outcomes.pool, 20)) {
    }
    batch_pool_join(&outcomes.pool);
    assert_null(outcomes.pool);
}

static void assert_edges_of(const struct batch_task *task, enum gray_mode gray)
{
    struct image input = {0}, output = {0};
    struct image_wish wish = {gray == GRAY_LUMA ? IMAGE_LUMA : IMAGE_BGR, IMAGE_MAX_PIXELS, false,
                              false};
    struct canny_reference *reference;
    struct canny_params params = canny_default_params;
    params.gray = gray;
    assert_int_equal(image_read(&input, task->input, &wish, NULL), 0);
    assert_int_equal(image_read(&output, task->output, &wish, NULL), 0);
    assert_int_equal(canny_reference_create(&reference, input.frame.width, input.frame.height), 0);
    assert_int_equal(canny_reference_run(reference, &params, &input.frame), 0);
    const struct plane *edges = &canny_reference_stages(reference)->edges;
    assert_int_equal(output.frame.width, edges->width);
    assert_int_equal(output.frame.height, edges->height);
    for (int y = 0; y < edges->height; y++)
        assert_memory_equal(output.frame.data[0] + y * output.frame.stride[0],
                            edges->data + y * edges->stride, (size_t)edges->width);
    canny_reference_destroy(&reference);
    image_free(&input);
    image_free(&output);
}

static void each_is_done_once(void **state)
{
    (void)state;
    make_tasks(24);
    int64_t before = live_bytes();
    for (int workers = 1; workers <= 7; workers += 3)
        for (int gray = GRAY_LUMA; gray <= GRAY_BGR; gray++) {
            struct batch_pool_config config = config_for(24, workers);
            config.file.canny.gray = (enum gray_mode)gray;
            run_all(&config);
            assert_int_equal(outcomes.count, 24);
            assert_int_equal(outcomes.failed, 0);
            for (int i = 0; i < 24; i++) {
                assert_int_equal(outcomes.times[i], 1);
                assert_int_equal(outcomes.last[i].result.width, WIDTH + i % 3);
                assert_true(outcomes.last[i].ms > 0);
                assert_edges_of(&tasks[i], (enum gray_mode)gray);
            }
        }
    assert_int_equal(live_bytes(), before);
}

static void one_that_fails_stops_nobody(void **state)
{
    (void)state;
    make_tasks(8);
    bytes_save((const uint8_t *)"no picture", 10, tasks[2].input);
    unlink(tasks[5].input);
    struct batch_pool_config config = config_for(8, 2);
    run_all(&config);
    assert_int_equal(outcomes.count, 8);
    assert_int_equal(outcomes.failed, 2);
    assert_int_equal(outcomes.last[2].code, -ENOTSUP);
    assert_non_null(strstr(outcomes.last[2].err.text, "2.png"));
    assert_true(outcomes.last[5].code < 0);
    assert_non_null(strstr(outcomes.last[5].err.text, "5.jpg"));
    assert_int_equal(access(tasks[2].output, F_OK), -1);
    assert_int_equal(access(tasks[7].output, F_OK), 0);
}

static void what_needs_too_much_is_refused(void **state)
{
    (void)state;
    make_tasks(4);
    size_t least = SIZE_MAX, most = 0;
    struct error err;
    struct batch_pool_config config = config_for(4, 3);
    for (int i = 0; i < 4; i++) {
        size_t bytes;
        assert_int_equal(
            batch_file_measure(tasks[i].input, tasks[i].output, &config.file, &bytes, &err), 0);
        least = bytes < least ? bytes : least;
        most = bytes > most ? bytes : most;
    }
    config.limit = limit_of((int64_t)least - 1);
    run_all(&config);
    assert_int_equal(outcomes.failed, 4);
    assert_int_equal(outcomes.last[0].code, -EFBIG);
    assert_non_null(strstr(outcomes.last[0].err.text, "--max-memory 1 is too little: '"));
    assert_non_null(strstr(outcomes.last[0].err.text, "0.png"));
    assert_int_equal(access(tasks[0].output, F_OK), -1);
    // Room for one at a time is enough, however many there are that want it.
    config.limit = limit_of((int64_t)most);
    config.workers = 4;
    run_all(&config);
    assert_int_equal(outcomes.failed, 0);
}

/** Nobody has loaded it before. */
static void the_media_module_is_paid_for_before_it_is_loaded(void **state)
{
    (void)state;
    make_tasks(4);
    strcpy(strrchr(names[3], '.'), ".bmp"); // tasks[1].output
    assert_false(media_is_loaded());
    struct batch_pool_config config = config_for(4, 3);
    config.limit = limit_of(MEDIA_BYTES - 1);
    run_all(&config);
    assert_int_equal(outcomes.failed, 1);
    assert_int_equal(outcomes.last[1].code, -EFBIG);
    assert_non_null(strstr(outcomes.last[1].err.text, "1.jpg"));
    assert_false(media_is_loaded());
    // With it, less is left for pictures.
    config.limit = limit_of(MEDIA_BYTES + 1000);
    run_all(&config);
    assert_true(media_is_loaded());
    assert_int_equal(outcomes.last[1].code, -EFBIG);
    config.limit = limit_of(MEDIA_BYTES + (4 << 20));
    run_all(&config);
    assert_int_equal(outcomes.failed, 0);
    assert_int_equal(access(tasks[1].output, F_OK), 0);
}

static void a_stop_finishes_what_is_under_way(void **state)
{
    (void)state;
    make_tasks(MOST_TASKS);
    memset(&outcomes, 0, sizeof outcomes);
    outcomes.stop_after = 5;
    struct batch_pool_config config = config_for(MOST_TASKS, 2);
    assert_int_equal(batch_pool_start(&outcomes.pool, &config), 0);
    while (!batch_pool_wait(outcomes.pool, 20)) {
    }
    // Finished are the files of both threads and what waited for the disk, too.
    int count = outcomes.count;
    batch_pool_join(&outcomes.pool);
    assert_in_range(count, 5, 5 + 2 + BATCH_POOL_DRAFTS);
    int written = 0;
    for (int i = 0; i < MOST_TASKS; i++)
        written += access(tasks[i].output, F_OK) == 0;
    assert_int_equal(written, count);
}

static void nothing_to_do(void **state)
{
    (void)state;
    struct batch_pool_config config = config_for(0, 4);
    run_all(&config);
    assert_int_equal(outcomes.count, 0);
    batch_pool_join(&outcomes.pool);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(the_media_module_is_paid_for_before_it_is_loaded), // the first
        TEST(each_is_done_once),
        TEST(one_that_fails_stops_nobody),
        TEST(what_needs_too_much_is_refused),
        TEST(a_stop_finishes_what_is_under_way),
        TEST(nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
