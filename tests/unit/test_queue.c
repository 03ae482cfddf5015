/*
 * The queue: everything arrives, in order; a full one holds its writer back.
 */
#include "app/queue.h"
#include "tests/fakes/scribbling_source.h"
#include "tests/unit/loan_bench.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <pthread.h>

enum { CAPACITY = 3 };

struct fixture {
    struct doorbell *bell;
    struct queue *queue;
    struct channel channel;
    struct source *source;
};

static bool post(struct fixture *f, int slot)
{
    struct loan loan = loan_bench_lend(f->source, slot, 10 + slot, 20 + slot);
    return f->channel.post(f->channel.self, &loan);
}

static int take(struct fixture *f)
{
    struct loan loan;
    if (!f->channel.take(f->channel.self, &loan))
        return -1;
    source_release(&loan);
    return loan.slot;
}

static void test_capacity(void **state)
{
    struct fixture *f = *state;
    struct queue *queue = f->queue;
    static const int wrong[] = {0, -1, QUEUE_MAX + 1};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(queue_create(&queue, wrong[i], f->bell), -EINVAL);
        assert_null(queue);
    }
    queue_destroy(&queue);
    assert_int_equal(queue_create(&queue, QUEUE_MAX, f->bell), 0);
    queue_destroy(&queue);
    assert_null(queue);
}

static void test_first_in_first_out(void **state)
{
    struct fixture *f = *state;
    int next_in = 0, next_out = 0;
    assert_int_equal(take(f), -1);
    // Fuller and emptier, many times around the ring.
    for (int round = 0; round < 2 * QUEUE_MAX; round++) {
        for (int i = 0; i < 1 + round % CAPACITY; i++)
            assert_true(post(f, next_in++ % LOANS_MAX));
        for (int i = 0; i < 1 + round % CAPACITY; i++)
            assert_int_equal(take(f), next_out++ % LOANS_MAX);
        assert_int_equal(take(f), -1);
        loan_bench_back(f->source);
    }
    assert_int_equal(f->channel.skipped(f->channel.self), 0);
}

static void test_peek_shows_the_first(void **state)
{
    struct fixture *f = *state;
    int width, height;
    assert_false(f->channel.peek(f->channel.self, &width, &height));
    post(f, 1);
    post(f, 2);
    assert_true(f->channel.peek(f->channel.self, &width, &height));
    assert_int_equal(width, 11);
    assert_int_equal(height, 21);
    assert_int_equal(take(f), 1);
    assert_true(f->channel.peek(f->channel.self, &width, &height));
    assert_int_equal(width, 12);
    assert_int_equal(take(f), 2);
}

static void test_let_go_keeps_what_waits(void **state)
{
    struct fixture *f = *state;
    post(f, 1);
    f->channel.let_go(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 0);
    assert_int_equal(take(f), 1);
}

static void test_shut_gives_back_and_refuses(void **state)
{
    struct fixture *f = *state;
    post(f, 1);
    post(f, 2);
    f->channel.shut(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 1u << 1 | 1u << 2);
    assert_false(post(f, 3));
    assert_int_equal(loan_bench_back(f->source), 1u << 3);
    assert_int_equal(take(f), -1);
    f->channel.shut(f->channel.self);
    assert_int_equal(loan_bench_back(f->source), 0);
}

static void test_destroying_gives_back(void **state)
{
    struct fixture *f = *state;
    post(f, 1);
    queue_destroy(&f->queue);
    assert_int_equal(loan_bench_back(f->source), 1u << 1);
}

static void test_a_loan_rings_the_reader(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < CAPACITY; i++) {
        unsigned ticket = doorbell_ticket(f->bell);
        post(f, i);
        doorbell_wait(f->bell, ticket, -1);
    }
}

/** A writer that posts one loan more than there is room for. */
struct writer {
    struct fixture *fixture;
    pthread_t thread;
    atomic_int posted;
    bool accepted; ///< the last one; read after the join
};

static void *overfill(void *self)
{
    struct writer *writer = self;
    for (int i = 0; i <= CAPACITY; i++) {
        writer->accepted = post(writer->fixture, i);
        atomic_fetch_add(&writer->posted, 1);
    }
    return NULL;
}

/** Returns when the queue is full and the writer, as far as can be seen, waits. */
static void overfill_begin(struct writer *writer)
{
    assert_int_equal(pthread_create(&writer->thread, NULL, overfill, writer), 0);
    WAIT_UNTIL(atomic_load(&writer->posted) == CAPACITY);
    for (int i = 0; i < 50; i++) {
        waiting_nap();
        assert_int_equal(atomic_load(&writer->posted), CAPACITY);
    }
}

static void test_a_full_queue_holds_the_writer_until_one_is_taken(void **state)
{
    struct writer writer = {.fixture = *state};
    overfill_begin(&writer);
    assert_int_equal(take(*state), 0);
    pthread_join(writer.thread, NULL);
    assert_true(writer.accepted);
    for (int i = 1; i <= CAPACITY; i++)
        assert_int_equal(take(*state), i);
}

static void test_shut_wakes_the_writer(void **state)
{
    struct fixture *f = *state;
    struct writer writer = {.fixture = f};
    overfill_begin(&writer);
    f->channel.shut(f->channel.self);
    pthread_join(writer.thread, NULL);
    assert_false(writer.accepted);
    assert_int_equal(loan_bench_back(f->source), (2u << CAPACITY) - 1);
}

struct reader {
    struct fixture *fixture;
    uint32_t next;
    unsigned torn, disordered;
};

static void *read_all(void *self)
{
    struct reader *reader = self;
    struct fixture *f = reader->fixture;
    while (reader->next < SCRIBBLING_FRAMES) {
        unsigned ticket = doorbell_ticket(f->bell);
        struct loan loan;
        if (!f->channel.take(f->channel.self, &loan)) {
            doorbell_wait(f->bell, ticket, -1);
            continue;
        }
        reader->torn += !scribbling_is_whole(&loan.frame);
        reader->disordered += loan.frame.sequence != reader->next++;
        source_release(&loan);
    }
    return NULL;
}

static void test_nothing_is_lost_at_full_speed(void **state)
{
    struct fixture *f = *state;
    struct source_config config = {.width = 61, .height = 7, .buffers = CAPACITY + 2};
    struct source *source;
    struct reader reader = {.fixture = f};
    pthread_t thread;
    assert_int_equal(source_open(&source, &scribbling_source_kind, &config, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    for (unsigned made = 0; made < SCRIBBLING_FRAMES;) {
        struct loan loan;
        if (source_acquire(source, 1000, &loan, NULL) == 0)
            made += f->channel.post(f->channel.self, &loan);
    }
    pthread_join(thread, NULL);
    assert_int_equal(reader.torn, 0);
    assert_int_equal(reader.disordered, 0);
    loans_collect(&source->loans);
    assert_int_equal(atomic_load(&source->loans.out), 0);
    source_close(&source);
}

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    assert_int_equal(doorbell_create(&f.bell), 0);
    assert_int_equal(queue_create(&f.queue, CAPACITY, f.bell), 0);
    f.channel = queue_channel(f.queue);
    f.source = loan_bench_open();
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    queue_destroy(&f->queue);
    source_close(&f->source);
    doorbell_destroy(&f->bell);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_capacity),
        TEST(test_first_in_first_out),
        TEST(test_peek_shows_the_first),
        TEST(test_let_go_keeps_what_waits),
        TEST(test_shut_gives_back_and_refuses),
        TEST(test_destroying_gives_back),
        TEST(test_a_loan_rings_the_reader),
        TEST(test_a_full_queue_holds_the_writer_until_one_is_taken),
        TEST(test_shut_wakes_the_writer),
        TEST(test_nothing_is_lost_at_full_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
