/*
 * The mailbox: newest wins, and every loan goes back exactly once. The last test runs writer and
 * reader at full speed over memory that is scribbled over as soon as it is given back.
 */
#include "app/mailbox.h"
#include "tests/fakes/scribbling_source.h"
#include "tests/unit/loan_bench.h"
#include "tests/unit/waiting.h"

#include <pthread.h>

/** A mailbox and the source of its loans. */
struct fixture {
    struct doorbell *bell;
    struct mailbox *mailbox;
    struct channel channel;
    struct source *source;
};

static bool post(struct fixture *f, int slot)
{
    struct loan loan = loan_bench_lend(f->source, slot, 10 + slot, 20 + slot);
    return f->channel.post(f->channel.self, &loan);
}

/** The slot that take() gives; -1 if none. */
static int take(struct fixture *f, struct loan *loan)
{
    return f->channel.take(f->channel.self, loan) ? loan->slot : -1;
}

static unsigned skipped(struct fixture *f)
{
    return f->channel.skipped(f->channel.self);
}

static void test_newest_wins(void **state)
{
    struct fixture *f = *state;
    struct loan loan;
    assert_int_equal(take(f, &loan), -1);
    assert_true(post(f, 0));
    assert_int_equal(loan_bench_back(f->source), 0);
    assert_true(post(f, 1));
    assert_int_equal(loan_bench_back(f->source), 1u << 0);
    assert_true(post(f, 2));
    assert_int_equal(loan_bench_back(f->source), 1u << 1);
    assert_int_equal(take(f, &loan), 2);
    assert_int_equal(loan.frame.sequence, 2);
    assert_int_equal(take(f, &loan), -1);
    assert_int_equal(skipped(f), 2);
    // The loan is the reader's now: nothing that comes later touches it.
    assert_true(post(f, 3));
    assert_int_equal(loan_bench_back(f->source), 0);
    source_release(&loan);
    assert_int_equal(loan_bench_back(f->source), 1u << 2);
    assert_int_equal(skipped(f), 2);
}

static void test_peek_shows_the_size_and_takes_nothing(void **state)
{
    struct fixture *f = *state;
    struct loan loan;
    int width, height;
    assert_false(f->channel.peek(f->channel.self, &width, &height));
    post(f, 4);
    for (int i = 0; i < 2; i++) {
        assert_true(f->channel.peek(f->channel.self, &width, &height));
        assert_int_equal(width, 14);
        assert_int_equal(height, 24);
    }
    post(f, 5);
    assert_true(f->channel.peek(f->channel.self, &width, &height));
    assert_int_equal(width, 15);
    assert_int_equal(take(f, &loan), 5);
    assert_false(f->channel.peek(f->channel.self, &width, &height));
    source_release(&loan);
}

static void test_let_go_gives_back_and_stays_open(void **state)
{
    struct fixture *f = *state;
    struct loan loan;
    f->channel.let_go(f->channel.self);
    assert_int_equal(skipped(f), 0);
    post(f, 0);
    f->channel.let_go(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 1);
    assert_int_equal(skipped(f), 1);
    f->channel.let_go(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 0);
    assert_int_equal(take(f, &loan), -1);
    assert_true(post(f, 0));
    assert_int_equal(take(f, &loan), 0);
    source_release(&loan);
}

static void test_shut_refuses_and_gives_back(void **state)
{
    struct fixture *f = *state;
    struct loan loan;
    post(f, 0);
    f->channel.shut(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 1u << 0);
    assert_false(post(f, 1));
    assert_int_equal(loan_bench_back(f->source), 1u << 1);
    assert_int_equal(take(f, &loan), -1);
    f->channel.shut(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 0);
}

static void test_destroying_gives_back(void **state)
{
    struct fixture *f = *state;
    post(f, 6);
    mailbox_destroy(&f->mailbox);
    assert_null(f->mailbox);
    assert_int_equal(loan_bench_back(f->source), 1u << 6);
    mailbox_destroy(&f->mailbox);
}

static void test_a_loan_rings_the_reader(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        unsigned ticket = doorbell_ticket(f->bell);
        post(f, i);
        doorbell_wait(f->bell, ticket, -1);
    }
    f->channel.shut(f->channel.self);
    unsigned ticket = doorbell_ticket(f->bell);
    post(f, 3);
    assert_int_equal(doorbell_ticket(f->bell), ticket);
}

/** What the reader of the race saw. */
struct reader {
    struct fixture *fixture;
    atomic_bool written; ///< the writer has finished
    unsigned taken, torn, backwards;
};

static void *read_all(void *self)
{
    struct reader *reader = self;
    struct fixture *f = reader->fixture;
    int64_t last = -1;
    for (;;) {
        unsigned ticket = doorbell_ticket(f->bell);
        bool written = atomic_load(&reader->written);
        struct loan loan;
        if (f->channel.take(f->channel.self, &loan)) {
            reader->taken++;
            reader->torn += !scribbling_is_whole(&loan.frame);
            reader->backwards += loan.frame.sequence <= last;
            last = loan.frame.sequence;
            source_release(&loan);
        } else if (written) {
            return NULL;
        } else {
            doorbell_wait(f->bell, ticket, -1);
        }
    }
}

static void write_all(struct fixture *f, struct source *source)
{
    for (unsigned made = 0; made < SCRIBBLING_FRAMES;) {
        struct loan loan;
        if (source_acquire(source, 1000, &loan, NULL) == 0)
            made += f->channel.post(f->channel.self, &loan);
    }
}

static void race(struct fixture *f, int slots)
{
    struct source_config config = {.width = 61, .height = 7, .buffers = slots};
    struct source *source;
    struct reader reader = {.fixture = f};
    pthread_t thread;
    unsigned before = skipped(f);
    assert_int_equal(source_open(&source, &scribbling_source_kind, &config, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    write_all(f, source);
    atomic_store(&reader.written, true);
    doorbell_ring(f->bell);
    pthread_join(thread, NULL);
    assert_int_equal(reader.torn, 0);
    assert_int_equal(reader.backwards, 0);
    assert_true(reader.taken > 0);
    // Each was read or skipped, and each is back.
    assert_int_equal(reader.taken + skipped(f) - before, SCRIBBLING_FRAMES);
    loans_collect(&source->loans);
    assert_int_equal(atomic_load(&source->loans.out), 0);
    source_close(&source);
}

static void test_writer_and_reader_at_full_speed(void **state)
{
    // With three slots the writer always finds one; with two it has to wait for the reader.
    static const int slots[] = {4, 3, 2};
    for (int i = 0; i < 3; i++)
        race(*state, slots[i]);
}

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    assert_int_equal(doorbell_create(&f.bell), 0);
    assert_int_equal(mailbox_create(&f.mailbox, f.bell), 0);
    f.channel = mailbox_channel(f.mailbox);
    f.source = loan_bench_open();
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    mailbox_destroy(&f->mailbox);
    source_close(&f->source);
    doorbell_destroy(&f->bell);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_newest_wins),
        TEST(test_peek_shows_the_size_and_takes_nothing),
        TEST(test_let_go_gives_back_and_stays_open),
        TEST(test_shut_refuses_and_gives_back),
        TEST(test_destroying_gives_back),
        TEST(test_a_loan_rings_the_reader),
        TEST(test_writer_and_reader_at_full_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
