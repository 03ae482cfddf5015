/*
 * Who draws: this program plays its own child, answers as the test wants, and leaves a mark each
 * time it was asked.
 */
#include "app/renderer_choice.h"
#include "tests/unit/picture_files.h"

#include <fcntl.h>
#include <signal.h>

#define ANSWER "CANNYSCOPE_TEST_ANSWER"
#define MARKS  "CANNYSCOPE_TEST_MARKS"

/** The child's side: a line in the file of marks, then the answer as a status, or a crash. */
static int answer(void)
{
    const char *text = getenv(ANSWER), *marks = getenv(MARKS);
    int fd = marks ? open(marks, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    if (fd < 0 || write(fd, "x", 1) != 1 || !text)
        return 99;
    close(fd);
    if (strcmp(text, "crash") == 0)
        raise(SIGKILL);
    if (strcmp(text, "end") == 0)
        raise(SIGTERM); // blocked, it would go on
    return atoi(text);
}

/** How often a child was asked so far. */
static int times_asked(void)
{
    static struct bytes bytes;
    if (access(getenv(MARKS), R_OK) < 0)
        return 0;
    bytes_load(&bytes, getenv(MARKS));
    return (int)bytes.count;
}

/** What is asked for, what the child would say, what comes out, how often it was asked by then. */
struct row {
    const char *display;
    const char *answer;
    bool software;
    int asked;
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        setenv("DISPLAY", rows[i].display, 1);
        setenv(ANSWER, rows[i].answer, 1);
        bool software = renderer_choose_software(RENDERER_AUTO);
        if (software != rows[i].software || times_asked() != rows[i].asked)
            fail_msg("row %d: software %d, asked %d times", (int)i, software, times_asked());
    }
}

#define RUN(ROWS) run_rows(ROWS, sizeof(ROWS) / sizeof(ROWS)[0])

static void test_said_by_the_user(void **state)
{
    (void)state;
    assert_true(renderer_choose_software(RENDERER_SOFTWARE));
    assert_false(renderer_choose_software(RENDERER_GPU));
    assert_int_equal(times_asked(), 0);
}

static void test_the_answer_is_remembered(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {":7", "1", false, 1}, {":7", "0", false, 1}, // the display was asked for before
        {":8", "0", true, 2},  {":8", "1", true, 2},  {":7", "1", false, 3}, // one is kept
        {":77", "0", true, 4}, {":7", "0", true, 5}, // no display is the beginning of another
    };
    RUN(rows);
}

/** A display whose name is the beginning of another's is another. */
static void test_a_longer_name(void **state)
{
    (void)state;
    static const struct row rows[] = {{":7", "0", true, 1}};
    static const struct row others[] = {{":7", "0", true, 2}};
    setenv("WAYLAND_DISPLAY", "wayland-101", 1);
    RUN(rows);
    setenv("WAYLAND_DISPLAY", "wayland-1", 1);
    RUN(others);
}

/** No answer is none to be remembered, and software works always. */
static void test_no_answer(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {":7", "crash", true, 1}, {":7", "127", true, 2}, {":7", "255", true, 3},
        {":7", "1", false, 4},    {":7", "1", false, 4},
    };
    RUN(rows);
}

/** A child that hangs can be ended, though its parent has signals blocked. */
static void test_the_child_takes_signals(void **state)
{
    (void)state;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    // Going on it would answer 0, which would be remembered.
    static const struct row rows[] = {{":7", "end", true, 1}, {":7", "1", false, 2}};
    RUN(rows);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static void test_nothing_can_be_kept(void **state)
{
    const struct folder *folder = *state;
    const char *file = in_folder(folder, "file");
    bytes_save((const uint8_t *)"x", 1, file);
    setenv("XDG_STATE_HOME", file, 1);
    static const struct row rows[] = {{":7", "1", false, 1}, {":7", "0", true, 2}};
    RUN(rows);
}

static void test_a_broken_memory(void **state)
{
    const struct folder *folder = *state;
    static const char *const texts[] = {"", "garbage", "a b c\n1\n", "\n1\n", "1"};
    char command[256];
    snprintf(command, sizeof command, "mkdir -p %s/cannyscope", folder->path);
    assert_int_equal(system(command), 0);
    setenv("DISPLAY", ":7", 1);
    setenv(ANSWER, "0", 1);
    for (int i = 0; i < 5; i++) {
        bytes_save((const uint8_t *)texts[i], strlen(texts[i]),
                   in_folder(folder, "cannyscope/renderer"));
        assert_true(renderer_choose_software(RENDERER_AUTO));
        assert_int_equal(times_asked(), i + 1);
    }
}

static int set_up(void **state)
{
    static struct folder folder;
    folder_make(&folder);
    setenv("XDG_STATE_HOME", folder.path, 1);
    setenv(MARKS, in_folder(&folder, "marks"), 1);
    unsetenv("WAYLAND_DISPLAY");
    *state = &folder;
    return 0;
}

static int tear_down(void **state)
{
    folder_remove(*state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], RENDERER_PROBE_WORD) == 0)
        return answer();
    const struct CMUnitTest tests[] = {
        TEST(test_said_by_the_user),
        TEST(test_the_answer_is_remembered),
        TEST(test_no_answer),
        TEST(test_a_longer_name),
        TEST(test_the_child_takes_signals),
        TEST(test_nothing_can_be_kept),
        TEST(test_a_broken_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
