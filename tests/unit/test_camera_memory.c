/*
 * What the desk remembers of cameras and sets again: over runs, over several cameras, against
 * cameras that refuse; and what it only borrows. Two nodes of a folder of our own, video0 and
 * video1, are a scripted device each time, which says that it is another.
 */
#include "app/camera_desk.h"
#include "app/camera_settings.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MODE = 10, TIME, GAIN, SLOW };

static const struct v4l2_query_ext_ctrl offered[] = {
    {.id = MODE, .type = V4L2_CTRL_TYPE_MENU, .name = "Mode", .maximum = 4, .default_value = 2},
    {.id = TIME,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Time",
     .maximum = 1000,
     .step = 10,
     .default_value = 100},
    {.id = GAIN,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Gain",
     .minimum = -64,
     .maximum = 64,
     .step = 1},
    {.id = SLOW, .type = V4L2_CTRL_TYPE_BOOLEAN, .name = "Slow", .maximum = 1, .step = 1},
};

struct bench {
    struct fake_v4l2 fake;
    char folder[64], cameras[96], node[2][96];
    struct camera_desk_config config;
    struct camera_desk *desk;
    struct camera_controls seen;
    unsigned generation, opening;
    FILE *out;
    char *text;
    size_t text_bytes;
    atomic_int complaints;
};

static atomic_int given_back;

static void on_said(void *self, const char *text)
{
    (void)text;
    atomic_fetch_add(&((struct bench *)self)->complaints, 1);
}

static void on_give_back(const char *node, uint32_t id, int64_t value)
{
    bool right = strstr(node, "/video0") && id == SLOW && value == 1;
    atomic_fetch_add(&given_back, right ? 1 : 100);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    const struct fake_node nodes[] = {{.ending = "video0", .card = "Front"},
                                      {.ending = "video1", .card = "Back"}};
    fake_v4l2_init(&b->fake);
    memcpy(b->fake.controls, offered, sizeof offered);
    memcpy(b->fake.nodes, nodes, sizeof nodes);
    strcpy(b->folder, "/tmp/cannyscope-test-XXXXXX");
    if (!mkdtemp(b->folder))
        return -1;
    snprintf(b->cameras, sizeof b->cameras, "%s/cameras", b->folder);
    for (int i = 0; i < 2; i++) {
        snprintf(b->node[i], sizeof b->node[i], "%s/video%d", b->folder, i);
        close(open(b->node[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    b->out = open_memstream(&b->text, &b->text_bytes);
    b->config = (struct camera_desk_config){.io = &b->fake.io,
                                            .wishes = "",
                                            .folder = b->cameras,
                                            .nodes = b->folder,
                                            .said = on_said,
                                            .give_back = on_give_back,
                                            .self = b};
    atomic_store(&given_back, 0);
    struct log_config log = {.stream = b->out, .level = LOG_LEVEL_DEBUG};
    *state = b;
    return log_open(&b->config.log, &log);
}

static void stop(struct bench *b)
{
    camera_desk_destroy(&b->desk);
    fflush(b->out);
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    char command[96];
    stop(b);
    log_close(&b->config.log);
    camera_controls_free(&b->seen);
    bool clean = fake_v4l2_is_clean(&b->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0;
    fclose(b->out);
    free(b->text);
    snprintf(command, sizeof command, "rm -r %s", b->folder);
    free(b);
    return system(command) == 0 && clean ? 0 : -1;
}

static const struct camera_control *look(struct bench *b, uint32_t id)
{
    camera_desk_look(b->desk, &b->seen, &b->generation);
    for (int i = 0; i < b->seen.control_count; i++)
        if (b->seen.controls[i].id == id)
            return &b->seen.controls[i];
    return NULL;
}

static bool is_at(struct bench *b, uint32_t id, int64_t value)
{
    return fake_v4l2_control_value(&b->fake, id) == value;
}

static void follow(struct bench *b, int node)
{
    camera_desk_follow(b->desk, NULL, b->opening);
    WAIT_UNTIL(!look(b, GAIN));
    camera_desk_follow(b->desk, b->node[node], ++b->opening);
    WAIT_UNTIL(look(b, GAIN));
}

static void start(struct bench *b)
{
    assert_int_equal(camera_desk_create(&b->desk, &b->config), 0);
    camera_controls_free(&b->seen);
    b->generation = 0;
    follow(b, 0);
}

static const char *file_of(const struct bench *b, const char *card)
{
    static char path[512];
    char name[256];
    struct camera_identity identity = {.bus_info = "platform:fake"};
    snprintf(identity.card, sizeof identity.card, "%s", card);
    camera_settings_name(&identity, name);
    snprintf(path, sizeof path, "%s/%s.json", b->cameras, name);
    return path;
}

/** The file's text with all blanks left out; "" if there is none. */
static const char *text_of(const struct bench *b, const char *card)
{
    static char text[4096];
    size_t used = 0;
    FILE *stream = fopen(file_of(b, card), "r");
    for (int c; stream && (c = fgetc(stream)) != EOF;)
        if (c > ' ')
            text[used++] = (char)c;
    if (stream)
        fclose(stream);
    text[used] = '\0';
    return text;
}

static void write_file(const struct bench *b, const char *card, const char *text)
{
    mkdir(b->cameras, 0700);
    FILE *stream = fopen(file_of(b, card), "w");
    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static int count_of(const struct bench *b, const char *text)
{
    int count = 0;
    for (const char *at = b->text; (at = strstr(at, text)); at++)
        count++;
    return count;
}

/** Only what the user set, soon after, and not what --set-ctrl or somebody else did. */
static void test_what_the_user_sets_is_remembered(void **state)
{
    struct bench *b = *state;
    b->config.wishes = "time=200";
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 200));
    fake_v4l2_control_set(&b->fake, SLOW, 0);
    for (int value = 0; value <= 5; value++)
        camera_desk_set(b->desk, GAIN, value);
    camera_desk_set(b->desk, MODE, 4);
    // While it runs, as it may be killed.
    WAIT_UNTIL(strcmp(text_of(b, "Front"), "{\"controls\":{\"gain\":5,\"mode\":4}}") == 0 ||
               strcmp(text_of(b, "Front"), "{\"controls\":{\"mode\":4,\"gain\":5}}") == 0);
    camera_desk_set(b->desk, TIME, 304);
    WAIT_UNTIL(is_at(b, TIME, 300));
    stop(b);
    assert_non_null(strstr(text_of(b, "Front"), "\"time\":300"));
    assert_null(strstr(text_of(b, "Front"), "slow"));
    assert_string_equal(text_of(b, "Back"), "");
}

static void test_it_is_set_again(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\": {\"gain\": 5, \"zoom\": 7, \"mode\": 0}, \"x\": 1}");
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 5) && is_at(b, MODE, 0));
    assert_true(is_at(b, TIME, 1000));
    camera_desk_set(b->desk, GAIN, 6);
    WAIT_UNTIL(is_at(b, GAIN, 6));
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 0);
    assert_string_equal(text_of(b, "Front"),
                        "{\"controls\":{\"gain\":6,\"zoom\":7,\"mode\":0},\"x\":1}");
}

/** What is typed for one run goes first, and leaves the file as it is. */
static void test_set_ctrl_wins(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":5,\"time\":300}}");
    b->config.wishes = "gain=9";
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 9) && is_at(b, TIME, 300));
    stop(b);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, GAIN), 1);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":5,\"time\":300}}");
}

/** A control that has an effect only in a mode which stands behind it in the file. */
static void test_modes_go_first(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front",
               "{\"controls\": {\"time\": 300, \"gain\": 7, \"mode\": 0, \"slow\": 0}}");
    b->fake.control_states[MODE - MODE].rules = TIME;
    b->fake.control_states[SLOW - MODE].rules = MODE; // which is itself one that must wait
    b->fake.controls[TIME - MODE].flags = V4L2_CTRL_FLAG_INACTIVE;
    b->fake.controls[MODE - MODE].flags = V4L2_CTRL_FLAG_INACTIVE;
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 300) && is_at(b, MODE, 0) && is_at(b, GAIN, 7));
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 0);
}

/** Read back: what the camera has otherwise is said, once, in one sentence. */
static void test_what_differs_is_said(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front",
               "{\"controls\": {\"gain\": 30, \"mode\": 2, \"slow\": 0, \"time\": 50}}");
    b->fake.control_states[GAIN - MODE].set_code = -EIO;
    b->fake.control_states[MODE - MODE].set_code = -EINVAL;
    b->fake.control_states[SLOW - MODE].set_code = -EBUSY;
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 50) && atomic_load(&b->complaints) == 1);
    follow(b, 0);
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 1);
    assert_int_equal(count_of(b, "Gain stays 64 instead of 30, Mode stays \"Item 4\" instead of "
                                 "\"Item 2\", Slow stays on instead of off"),
                     1);
    assert_int_equal(count_of(b, "stays"), 3);
}

/** What has no effect at the moment is not compared. */
static void test_inactive_is_not_said(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\": {\"time\": 50, \"gain\": 3}}");
    b->fake.controls[TIME - MODE].flags = V4L2_CTRL_FLAG_INACTIVE;
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 3));
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 0);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, TIME), 0);
}

static void test_what_is_refused_is_not_remembered(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[GAIN - MODE].set_code = -EIO;
    start(b);
    camera_desk_set(b->desk, GAIN, 30);
    WAIT_UNTIL(atomic_load(&b->complaints) == 1);
    stop(b);
    assert_string_equal(text_of(b, "Front"), "");
}

static void test_reset_forgets(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":5,\"zoom\":7},\"fps\":30}");
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    camera_desk_reset(b->desk);
    WAIT_UNTIL(is_at(b, GAIN, 0) && is_at(b, TIME, 100));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{},\"fps\":30}");
}

static void test_reading_only(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":5}}");
    b->config.read_only = true;
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    camera_desk_set(b->desk, GAIN, 6);
    camera_desk_remember_mode(b->desk, b->node[1], &(struct camera_wish){0, 640, 480, 30});
    WAIT_UNTIL(is_at(b, GAIN, 6));
    camera_desk_reset(b->desk);
    WAIT_UNTIL(is_at(b, GAIN, 0));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":5}}");
    assert_string_equal(text_of(b, "Back"), "");
}

static void test_nothing_to_be_remembered(void **state)
{
    struct bench *b = *state;
    b->config.folder = "";
    start(b);
    camera_desk_set(b->desk, GAIN, 6);
    WAIT_UNTIL(is_at(b, GAIN, 6));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "");
}

/** Each camera has what is its own; --set-ctrl is for the first. */
static void test_several_cameras(void **state)
{
    struct bench *b = *state;
    write_file(b, "Back", "{\"controls\": {\"time\": 50}}");
    b->config.wishes = "mode=0";
    start(b);
    WAIT_UNTIL(is_at(b, MODE, 0));
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    // The other one stands at other values.
    camera_desk_follow(b->desk, NULL, b->opening);
    WAIT_UNTIL(!look(b, GAIN));
    fake_v4l2_control_set(&b->fake, GAIN, -9);
    fake_v4l2_control_set(&b->fake, MODE, 2);
    follow(b, 1);
    WAIT_UNTIL(is_at(b, TIME, 50));
    camera_desk_set(b->desk, TIME, 60);
    WAIT_UNTIL(is_at(b, TIME, 60));
    assert_true(is_at(b, GAIN, -9) && is_at(b, MODE, 2));
    assert_non_null(strstr(text_of(b, "Front"), "\"gain\":5"));
    follow(b, 0);
    WAIT_UNTIL(is_at(b, GAIN, 5) && is_at(b, MODE, 0));
    assert_true(is_at(b, TIME, 60));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":5}}");
    assert_string_equal(text_of(b, "Back"), "{\"controls\":{\"time\":60}}");
}

/** Gone and back under another number: the same camera, with what was set meanwhile. */
static void test_replugged(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\": {\"time\": 50}}");
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 50));
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    fake_v4l2_take_away(&b->fake, true);
    WAIT_UNTIL(!look(b, GAIN));
    camera_desk_follow(b->desk, NULL, b->opening);
    assert_int_equal(unlink(b->node[0]), 0);
    b->fake.nodes[1].card = "Front";
    fake_v4l2_control_set(&b->fake, GAIN, 0);
    fake_v4l2_control_set(&b->fake, TIME, 0);
    fake_v4l2_take_away(&b->fake, false);
    follow(b, 1);
    WAIT_UNTIL(is_at(b, TIME, 50) && is_at(b, GAIN, 5));
}

static void test_modes(void **state)
{
    struct bench *b = *state;
    write_file(b, "Back", "{\"controls\":{\"gain\":3}}");
    start(b);
    const struct camera_wish all = {v4l2_fourcc('M', 'J', 'P', 'G'), 640, 480, 30};
    const struct camera_wish some = {0, 1280, 720, -1};
    camera_desk_remember_mode(b->desk, b->node[1], &all);
    WAIT_UNTIL(strstr(text_of(b, "Back"), "\"MJPG\""));
    camera_desk_remember_mode(b->desk, b->node[0], &some);
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    camera_desk_follow(b->desk, NULL, b->opening);
    stop(b);
    assert_string_equal(
        text_of(b, "Back"),
        "{\"controls\":{\"gain\":3},\"format\":\"MJPG\",\"size\":\"640x480\",\"fps\":30}");
    assert_string_equal(text_of(b, "Front"), "{\"size\":\"1280x720\",\"controls\":{\"gain\":5}}");
}

static void test_a_broken_file(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":\"much\"}}");
    start(b);
    camera_desk_set(b->desk, GAIN, 6);
    WAIT_UNTIL(is_at(b, GAIN, 6));
    stop(b);
    assert_int_equal(count_of(b, "nothing of it is used, the file is now"), 1);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":6}}");
}

// What is borrowed.

static void test_borrowed(void **state)
{
    struct bench *b = *state;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    follow(b, 0); // the stream was opened anew
    WAIT_UNTIL(is_at(b, SLOW, 0));
    stop(b);
    assert_true(is_at(b, SLOW, 1));
    assert_string_equal(text_of(b, "Front"), "");
    assert_int_equal(atomic_load(&given_back), 0);
}

static void test_given_back_to_the_camera_that_is_left(void **state)
{
    struct bench *b = *state;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    follow(b, 1);
    assert_true(is_at(b, SLOW, 1));
    int sets = fake_v4l2_control_sets(&b->fake, SLOW);
    stop(b);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, SLOW), sets);
}

/** What there is nothing to change of is not borrowed, and what the user sets is the user's. */
static void test_not_borrowed(void **state)
{
    struct bench *b = *state;
    fake_v4l2_control_set(&b->fake, SLOW, 0);
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    camera_desk_borrow(b->desk, 4711, 0);
    camera_desk_set(b->desk, GAIN, 1);
    WAIT_UNTIL(is_at(b, GAIN, 1));
    fake_v4l2_control_set(&b->fake, SLOW, 1);
    WAIT_UNTIL(look(b, SLOW)->value == 1);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    camera_desk_set(b->desk, SLOW, 0);
    camera_desk_set(b->desk, GAIN, 2);
    WAIT_UNTIL(is_at(b, GAIN, 2));
    stop(b);
    assert_true(is_at(b, SLOW, 0));
    assert_non_null(strstr(text_of(b, "Front"), "\"slow\":0"));
}

/** The camera does not answer in time: somebody else is asked to give back. */
static void test_no_answer(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[SLOW - MODE].answer_ms = 1000;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    stop(b); // the camera has not answered yet; it may not even have been asked
    assert_true(is_at(b, SLOW, 1));
    b->fake.control_states[SLOW - MODE].answer_ms = 0;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    atomic_store(&given_back, 0);
    b->fake.control_states[SLOW - MODE].answer_ms = 1000;
    stop(b);
    assert_int_equal(atomic_load(&given_back), 1);
    assert_true(is_at(b, SLOW, 1));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_the_user_sets_is_remembered),
        TEST(test_it_is_set_again),
        TEST(test_set_ctrl_wins),
        TEST(test_modes_go_first),
        TEST(test_what_differs_is_said),
        TEST(test_inactive_is_not_said),
        TEST(test_what_is_refused_is_not_remembered),
        TEST(test_reset_forgets),
        TEST(test_reading_only),
        TEST(test_nothing_to_be_remembered),
        TEST(test_several_cameras),
        TEST(test_replugged),
        TEST(test_modes),
        TEST(test_a_broken_file),
        TEST(test_borrowed),
        TEST(test_given_back_to_the_camera_that_is_left),
        TEST(test_not_borrowed),
        TEST(test_no_answer),
    };
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
