/*
 * The end of the program, in child processes: each case is a small program of its own, which gets
 * signals from the test and whose exit status is looked at.
 */
#include "app/ending.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

enum {
    PATIENT_MS = 50000, ///< never comes to its end in a test
    BRIEF_MS = 30,
    LONGER_MS = 500, ///< enough for what takes nothing
    LISTENED = 42,   ///< exit status of a child that was asked and ended by itself
};

/** What a child knows. */
struct child {
    int words; ///< written to: each byte tells the test something
    struct ending *ending;
    atomic_int asked;
};

static void say(const struct child *child, char word)
{
    if (write(child->words, &word, 1) != 1)
        _exit(99);
}

/** The listener: tells the test, for it to send the next signal. */
static void asked(void *self)
{
    struct child *child = self;
    atomic_fetch_add(&child->asked, 1);
    say(child, 'a');
}

static void begin(struct child *child, int patience_ms)
{
    if (ending_create(&child->ending, patience_ms) < 0)
        _exit(98);
}

/** Ends as the program does, with the status that tells that all went well. */
static _Noreturn void end(struct child *child, int status)
{
    ending_begin(child->ending, status);
    ending_destroy(&child->ending);
    _exit(child->ending ? 97 : status);
}

static _Noreturn void hang(void)
{
    for (;;)
        pause();
}

static void listens_and_ends(struct child *child)
{
    begin(child, PATIENT_MS);
    ending_listen(child->ending, asked, child);
    if (ending_signal(child->ending))
        _exit(96);
    say(child, 'r');
    WAIT_UNTIL(ending_signal(child->ending));
    WAIT_UNTIL(atomic_load(&child->asked) == 1);
    // The caller makes the status of it.
    int signal = ending_signal(child->ending);
    ending_listen(child->ending, NULL, NULL);
    end(child, LISTENED + signal);
}

static void listens_and_hangs(struct child *child)
{
    begin(child, PATIENT_MS);
    ending_listen(child->ending, asked, child);
    say(child, 'r');
    hang();
}

/** A second SIGTERM is taken, and that is all. */
static void is_asked_again(struct child *child)
{
    sigset_t pending;
    begin(child, PATIENT_MS);
    ending_listen(child->ending, asked, child);
    say(child, 'r');
    WAIT_UNTIL(atomic_load(&child->asked) == 1);
    kill(getpid(), SIGTERM);
    do {
        waiting_nap();
        sigpending(&pending);
    } while (sigismember(&pending, SIGTERM));
    for (int i = 0; i < 20; i++)
        waiting_nap();
    end(child, LISTENED + atomic_load(&child->asked));
}

static void hangs_without_listening(struct child *child)
{
    begin(child, BRIEF_MS);
    say(child, 'r');
    hang();
}

static void begins_and_hangs(struct child *child)
{
    begin(child, BRIEF_MS);
    ending_begin(child->ending, 7);
    hang();
}

static void is_asked_begins_and_hangs(struct child *child)
{
    begin(child, BRIEF_MS);
    say(child, 'r');
    WAIT_UNTIL(ending_signal(child->ending));
    ending_begin(child->ending, 0);
    hang();
}

/** It takes a while from when it was asked to save, and is asked again and again. */
static bool saves_slowly(void *self)
{
    struct child *child = self;
    return atomic_fetch_add(&child->asked, 1) >= 5;
}

/** What is not saved yet puts the hard end off; afterwards the patience is granted once more. */
static void saves_and_goes_on(struct child *child)
{
    begin(child, LONGER_MS);
    ending_guard(child->ending, saves_slowly, child);
    ending_begin(child->ending, 7);
    WAIT_UNTIL(atomic_load(&child->asked) >= 6);
    _exit(LISTENED);
}

/** The signal alone asks for the saving, though the main thread is stuck. */
static void is_asked_saves_and_hangs(struct child *child)
{
    begin(child, BRIEF_MS);
    ending_guard(child->ending, saves_slowly, child);
    say(child, 'r');
    WAIT_UNTIL(atomic_load(&child->asked) >= 6);
    hang(); // ends by the signal's status, after the saving
}

static bool never_saves(void *self)
{
    say(self, 'n');
    return false;
}

/** Who insists does not wait for it. */
static void never_saves_and_is_interrupted(struct child *child)
{
    begin(child, BRIEF_MS);
    ending_guard(child->ending, never_saves, child);
    say(child, 'r');
    hang();
}

static void stops_guarding(struct child *child)
{
    begin(child, BRIEF_MS);
    ending_guard(child->ending, never_saves, child);
    ending_guard(child->ending, NULL, NULL);
    ending_begin(child->ending, 7);
    hang();
}

static void begins_and_ends_in_time(struct child *child)
{
    for (int i = 0; i < 50; i++) {
        begin(child, PATIENT_MS);
        if (i % 3)
            ending_begin(child->ending, 7);
        if (i % 2)
            waiting_nap();
        ending_destroy(&child->ending);
    }
    begin(child, PATIENT_MS);
    end(child, 5);
}

/** Nobody is called any more once listening has been stopped. */
static void stops_listening(struct child *child)
{
    begin(child, PATIENT_MS);
    ending_listen(child->ending, asked, child);
    ending_listen(child->ending, NULL, NULL);
    say(child, 'r');
    WAIT_UNTIL(ending_signal(child->ending));
    end(child, LISTENED + atomic_load(&child->asked));
}

static void was_started_by_nohup(struct child *child)
{
    signal(SIGHUP, SIG_IGN);
    begin(child, BRIEF_MS);
    ending_listen(child->ending, asked, child);
    raise(SIGHUP);
    kill(getpid(), SIGHUP);
    for (int i = 0; i < 50; i++)
        waiting_nap();
    end(child, LISTENED + ending_signal(child->ending));
}

/** The nudge of its own is no request, whoever sends it. */
static void is_nudged(struct child *child)
{
    begin(child, PATIENT_MS);
    ending_listen(child->ending, asked, child);
    for (int i = 0; i < 20; i++) {
        kill(getpid(), SIGUSR1);
        waiting_nap();
    }
    end(child, LISTENED + ending_signal(child->ending) + atomic_load(&child->asked));
}

static void writes_to_a_closed_pipe(struct child *child)
{
    int ends[2];
    begin(child, PATIENT_MS);
    if (pipe(ends) < 0)
        _exit(95);
    close(ends[0]);
    bool refused = write(ends[1], "x", 1) < 0 && errno == EPIPE;
    end(child, refused ? LISTENED : 94);
}

static void forgives(struct child *child)
{
    ending_destroy(&child->ending);
    begin(child, PATIENT_MS);
    end(child, 0);
}

/** The child's side: never returns. */
static _Noreturn void be(void (*life)(struct child *), int words)
{
    // No core files, and nothing of the test's own output twice.
    struct child child = {.words = words};
    waiting_begin();
    life(&child);
    _exit(93);
}

/** Waits for a word of the child; 0 when it is gone. */
static char hear(int words)
{
    char word = 0;
    return read(words, &word, 1) == 1 ? word : 0;
}

struct row {
    const char *name;
    void (*life)(struct child *);
    int signals[2]; ///< sent one after the other, each after a word of the child; 0 ends them
    int status;
};

static int live(const struct row *row)
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        be(row->life, ends[1]);
    }
    close(ends[1]);
    for (int i = 0; i < 2 && row->signals[i]; i++) {
        if (!hear(ends[0]))
            fail_msg("%s: gone before signal %d", row->name, i);
        assert_int_equal(kill(child, row->signals[i]), 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    if (!WIFEXITED(status))
        fail_msg("%s: killed by signal %d", row->name, WTERMSIG(status));
    return WEXITSTATUS(status);
}

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int status = live(&rows[i]);
        if (status != rows[i].status)
            fail_msg("%s: status %d, not %d", rows[i].name, status, rows[i].status);
    }
}

#define RUN(ROWS) run_rows(ROWS, sizeof(ROWS) / sizeof(ROWS)[0])

static void test_signals_ask(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SIGINT asks", listens_and_ends, {SIGINT}, LISTENED + SIGINT},
        {"SIGTERM asks", listens_and_ends, {SIGTERM}, LISTENED + SIGTERM},
        {"SIGHUP asks", listens_and_ends, {SIGHUP}, LISTENED + SIGHUP},
        {"nobody is called who does not listen", stops_listening, {SIGTERM}, LISTENED},
        {"SIGHUP under nohup", was_started_by_nohup, {0}, LISTENED},
        {"SIGUSR1 is none", is_nudged, {0}, LISTENED},
        {"SIGPIPE is none", writes_to_a_closed_pipe, {0}, LISTENED},
    };
    RUN(rows);
}

static void test_insisting(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a second SIGINT", listens_and_hangs, {SIGINT, SIGINT}, 130},
        {"SIGINT after SIGTERM", listens_and_hangs, {SIGTERM, SIGINT}, 130},
        {"SIGTERM does not", is_asked_again, {SIGTERM}, LISTENED + 1},
    };
    RUN(rows);
}

static void test_the_hard_end(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"begun and stuck", begins_and_hangs, {0}, 7},
        {"stuck before it can begin: SIGTERM", hangs_without_listening, {SIGTERM}, 143},
        {"stuck before it can begin: SIGINT", hangs_without_listening, {SIGINT}, 130},
        {"stuck before it can begin: SIGHUP", hangs_without_listening, {SIGHUP}, 129},
        {"asked, begun and stuck", is_asked_begins_and_hangs, {SIGTERM}, 143},
        {"saving first", saves_and_goes_on, {0}, LISTENED},
        {"stuck, and saving first", is_asked_saves_and_hangs, {SIGTERM}, 143},
        {"saving for ever, and who insists", never_saves_and_is_interrupted, {SIGINT, SIGINT}, 130},
        {"nothing to be saved any more", stops_guarding, {0}, 7},
        {"begun and ended", begins_and_ends_in_time, {0}, 5},
        {"nothing to destroy", forgives, {0}, 0},
    };
    RUN(rows);
}

int main(void)
{
    waiting_begin();
    // Who runs the tests may have had it ignored.
    signal(SIGHUP, SIG_DFL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_ask),
        cmocka_unit_test(test_insisting),
        cmocka_unit_test(test_the_hard_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
