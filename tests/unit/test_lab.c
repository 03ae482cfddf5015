/*
 * The memory experiments: the curve of each to the byte, what the limit does, and that switching
 * off brings everything back, in the ledger and for the system.
 */
#include "app/lab.h"
#include "app/process_memory.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    WIDTH = 66,
    HEIGHT = 50,
    PLANE = WIDTH * HEIGHT,
    FRAME = 2 * PLANE, ///< YUYV
    HEADER = sizeof(struct lab_block),
    ONE = FRAME + HEADER,
    GRAY = PLANE + HEADER,
    N = 5,
    CONFINEMENTS = 2000,
    MB = 1 << 20,
    UNLIMITED = 1 << 30,
};

static uint8_t samples[FRAME], edge_samples[PLANE];
static struct canny_params params;
static struct plane edges = {edge_samples, WIDTH, HEIGHT, WIDTH};
static struct lab *lab;
static struct memory_sum before;

static struct {
    int count;
    enum lab_experiment which;
    int64_t held, limit;
} stops;

static void on_stopped(void *self, enum lab_experiment which, int64_t held, int64_t limit)
{
    assert_ptr_equal(self, &stops);
    stops.count++;
    stops.which = which;
    stops.held = held;
    stops.limit = limit;
}

static void begin(int64_t limit)
{
    struct lab_config config = {
        .limit_bytes = limit, .frames = N, .stopped = on_stopped, .self = &stops};
    assert_int_equal(lab_create(&lab, &config), 0);
}

static int set_up(void **state)
{
    (void)state;
    params = canny_default_params;
    memset(&stops, 0, sizeof stops);
    unsigned random = 1;
    for (int i = 0; i < FRAME; i++) {
        random = random * 1103515245 + 12345;
        samples[i] = (uint8_t)(random >> 24);
    }
    before = memory_sum_of(MEMORY_OWNERS);
    begin(UNLIMITED);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lab_destroy(&lab);
    assert_null(lab);
    struct memory_sum after = memory_sum_of(MEMORY_OWNERS);
    assert_int_equal(memory_sum_of(MEMORY_LAB).live_bytes, 0);
    assert_int_equal(after.live_bytes, before.live_bytes);
    assert_int_equal(after.live_count, before.live_count);
    return 0;
}

static struct frame make_frame(void)
{
    return (struct frame){.format = PIXEL_YUYV,
                          .range = RANGE_LIMITED,
                          .width = WIDTH,
                          .height = HEIGHT,
                          .data = {samples},
                          .stride = {2 * WIDTH}};
}

static void take(int frames)
{
    struct frame frame = make_frame();
    for (int i = 0; i < frames; i++)
        lab_take(lab, &(struct lab_frame){&frame, &edges, &params});
}

static struct lab_state state_of(enum lab_experiment which)
{
    struct lab_status status;
    lab_read(lab, &status);
    assert_int_equal(status.held_bytes, memory_sum_of(MEMORY_LAB).live_bytes);
    return status.experiments[which];
}

static int64_t bytes_of(enum lab_experiment which)
{
    return state_of(which).numbers.bytes;
}

/** Switched off and settled it holds nothing, and neither does anybody else by its fault. */
static void assert_returns(enum lab_experiment which, const struct memory_sum *base)
{
    lab_switch(lab, which, false);
    lab_settle(lab);
    struct lab_state state = state_of(which);
    struct memory_sum now = memory_sum_of(MEMORY_OWNERS);
    assert_false(state.on || state.stopped);
    assert_int_equal(state.numbers.bytes, 0);
    assert_int_equal(state.numbers.blocks, 0);
    assert_int_equal(state.numbers.peak_bytes, 0);
    assert_int_equal(state.numbers.allocations, 0);
    assert_int_equal(now.live_bytes, base->live_bytes);
    assert_int_equal(now.live_count, base->live_count);
}

/** What an experiment holds after so many frames, and at its peak, by the frame. */
struct curve {
    enum lab_experiment which;
    int frames;
    int64_t bytes, peak, allocations;
};

static const struct curve curves[] = {
    {LAB_KEEP, 1, ONE, ONE, 1},
    {LAB_KEEP, 40, 40 * ONE, 40 * ONE, 40},
    {LAB_BOUNDED, N - 1, (N - 1) * ONE, (N - 1) * ONE, N - 1},
    {LAB_BOUNDED, N, N *ONE, N *ONE, N},
    {LAB_BOUNDED, 40, N *ONE, N *ONE, 40},
    {LAB_RELEASE, 40, 0, ONE + GRAY, 3 * 40},
    {LAB_SCOPE, 40, 0, ONE + 2 * GRAY, 3 * 40},
    {LAB_ALLOCATE, 1, ONE, ONE, 1},
    {LAB_ALLOCATE, 40, ONE, 2 * ONE, 40},
    {LAB_REUSE, 40, ONE, ONE, 1},
    {LAB_EVERY, N - 1, (N - 1) * ONE, (N - 1) * ONE, N - 1},
    {LAB_EVERY, N, 0, N *ONE, N},
    {LAB_EVERY, 3 * N + 2, 2 * ONE, N *ONE, 3 * N + 2},
    {LAB_DELETE, 40, 2 * ONE - 2 * WIDTH, 2 * ONE - 2 * WIDTH, 2 * 40},
    {LAB_COPIES, 40, ONE + 2 * GRAY, ONE + 2 * GRAY, 3 * 40},
    {LAB_UINT8, 40, 2 * (PLANE + HEADER), 2 * (PLANE + HEADER), 2},
    {LAB_FLOAT32, 40, 2 * (4 * PLANE + HEADER), 2 * (4 * PLANE + HEADER), 2},
};

static void test_curves(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        const struct curve *curve = &curves[i];
        struct memory_sum base = memory_sum_of(MEMORY_OWNERS);
        lab_switch(lab, curve->which, true);
        take(curve->frames);
        struct lab_state seen = state_of(curve->which);
        printf("%s after %d\n", lab_infos[curve->which].name, curve->frames);
        assert_true(seen.on && !seen.stopped);
        assert_int_equal(seen.numbers.bytes, curve->bytes);
        assert_int_equal(seen.numbers.peak_bytes, curve->peak);
        assert_int_equal(seen.numbers.allocations, curve->allocations);
        assert_returns(curve->which, &base);
    }
    assert_int_equal(stops.count, 0);
}

/** Every experiment on frames has a curve above, or a test of its own. */
static void test_all_have_a_curve(void **state)
{
    (void)state;
    for (int which = 0; which < LAB_EXPERIMENTS; which++) {
        bool found = which == LAB_TRIM || which == LAB_FOLDER;
        for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
            found = found || curves[i].which == (enum lab_experiment)which;
        assert_true(found);
        const struct lab_info *info = &lab_infos[which];
        assert_true(info->name && info->title && info->section && info->caption);
        assert_int_equal(lab_find(info->name, strlen(info->name)), which);
    }
    assert_int_equal(lab_find("kee", 3), LAB_EXPERIMENTS);
    assert_int_equal(lab_find("keeper", 6), LAB_EXPERIMENTS);
    assert_int_equal(lab_find("keep,every", 4), LAB_KEEP);
}

/** What is kept are the frames themselves, not room for them. */
static void test_frames_are_kept(void **state)
{
    (void)state;
    lab_switch(lab, LAB_KEEP, true);
    take(1);
    samples[7] ^= 1;
    take(1);
    const struct lab_block *first = lab_shelf_of(lab, LAB_KEEP)->oldest;
    assert_memory_equal(first->next->data, samples, FRAME);
    assert_int_equal(first->data[7], samples[7] ^ 1);
    assert_null(first->next->next);
}

static void test_several_at_once(void **state)
{
    (void)state;
    struct memory_sum base = memory_sum_of(MEMORY_OWNERS);
    lab_switch(lab, LAB_KEEP, true);
    take(3);
    lab_switch(lab, LAB_REUSE, true);
    take(3);
    assert_int_equal(bytes_of(LAB_KEEP), 6 * ONE);
    assert_int_equal(bytes_of(LAB_REUSE), ONE);
    lab_switch(lab, LAB_KEEP, false);
    lab_switch(lab, LAB_KEEP, true); // before the next frame: it begins anew all the same
    take(1);
    assert_int_equal(bytes_of(LAB_KEEP), ONE);
    assert_int_equal(bytes_of(LAB_REUSE), ONE);
    lab_switch(lab, LAB_KEEP, false);
    assert_true(lab_is_active(lab));
    assert_returns(LAB_REUSE, &base);
    assert_false(lab_is_active(lab));
}

static void test_nothing_is_done_while_off(void **state)
{
    (void)state;
    int64_t count = memory_sum_of(MEMORY_OWNERS).total_count;
    take(50);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, count);
}

/** Without edges there is nothing to copy, but the plane is there. */
static void test_a_frame_without_edges(void **state)
{
    (void)state;
    struct frame frame = make_frame();
    lab_switch(lab, LAB_COPIES, true);
    lab_take(lab, &(struct lab_frame){&frame, NULL, &params});
    assert_int_equal(bytes_of(LAB_COPIES), ONE + 2 * GRAY);
}

static void test_float32_has_the_same_edges(void **state)
{
    (void)state;
    struct lab_status status;
    lab_switch(lab, LAB_UINT8, true);
    lab_switch(lab, LAB_FLOAT32, true);
    take(1);
    lab_read(lab, &status);
    assert_int_equal(status.differing_pixels, 0);
    const struct lab_shelf *narrow = lab_shelf_of(lab, LAB_UINT8);
    const struct lab_shelf *wide = lab_shelf_of(lab, LAB_FLOAT32);
    int set = 0;
    for (int plane = 0; plane < 2; plane++) {
        const struct lab_block *bytes = plane ? narrow->newest : narrow->oldest;
        const struct lab_block *floats = plane ? wide->newest : wide->oldest;
        assert_int_equal(floats->bytes - HEADER, 4 * (bytes->bytes - HEADER));
        for (int i = 0; i < PLANE; i++) {
            assert_true(((const float *)(const void *)floats->data)[i] == (float)bytes->data[i]);
            set += plane && bytes->data[i];
        }
    }
    assert_true(set > 0); // there are edges to be the same
}

/** Sizes change when the source does. */
static void test_another_size(void **state)
{
    (void)state;
    struct memory_sum base = memory_sum_of(MEMORY_OWNERS);
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        lab_switch(lab, (enum lab_experiment)i, true);
    take(2);
    struct frame small = make_frame();
    small.width = 2;
    small.height = 1;
    struct plane few = {edge_samples, 2, 1, WIDTH};
    for (int i = 0; i < 12; i++)
        lab_take(lab, &(struct lab_frame){&small, &few, &params});
    assert_int_equal(bytes_of(LAB_REUSE), 4 + HEADER);
    assert_int_equal(bytes_of(LAB_FLOAT32), 2 * (4 * 2 + HEADER));
    assert_int_equal(bytes_of(LAB_KEEP), 2 * ONE + 12 * (4 + HEADER));
    take(2);
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        lab_switch(lab, (enum lab_experiment)i, false);
    assert_returns(LAB_KEEP, &base);
}

// The limit.

static void test_the_limit(void **state)
{
    (void)state;
    lab_destroy(&lab);
    begin(10 * ONE + 1);
    struct memory_sum base = memory_sum_of(MEMORY_OWNERS);
    lab_switch(lab, LAB_KEEP, true);
    take(10);
    assert_int_equal(stops.count, 0);
    take(5);
    assert_int_equal(stops.count, 1);
    assert_int_equal(stops.which, LAB_KEEP);
    assert_int_equal(stops.held, 10 * ONE);
    assert_int_equal(stops.limit, 10 * ONE + 1);
    assert_true(state_of(LAB_KEEP).on && state_of(LAB_KEEP).stopped);
    assert_int_equal(bytes_of(LAB_KEEP), 10 * ONE);
    // It is one limit for all.
    lab_switch(lab, LAB_REUSE, true);
    take(5);
    assert_int_equal(stops.count, 2);
    assert_int_equal(stops.which, LAB_REUSE);
    assert_int_equal(bytes_of(LAB_REUSE), 0);
    lab_switch(lab, LAB_REUSE, false);
    assert_returns(LAB_KEEP, &base);
    // And it may begin anew.
    lab_switch(lab, LAB_KEEP, true);
    take(11);
    assert_int_equal(stops.count, 3);
    assert_int_equal(memory_sum_of(MEMORY_LAB).live_bytes, 10 * ONE);
}

/** What two of them work with beside their shelves is under it too. */
static void test_the_limit_holds_for_scratch(void **state)
{
    (void)state;
    int64_t shelf = 2 * (HEADER + GRAY);
    for (int more = 0; more < 2; more++) {
        lab_destroy(&lab);
        stops.count = 0;
        begin(more ? shelf + MB : shelf);
        int64_t canny = memory_sum_of(MEMORY_CANNY).live_bytes;
        lab_switch(lab, LAB_UINT8, true);
        take(2);
        struct lab_status status;
        lab_read(lab, &status);
        assert_int_equal(stops.count, !more);
        int64_t scratch = memory_sum_of(MEMORY_CANNY).live_bytes - canny;
        assert_true(more ? scratch > 0 : scratch == 0);
        assert_true(status.scratch_bytes >= scratch);
        assert_true(status.held_bytes + status.scratch_bytes <= status.limit_bytes);
        lab_switch(lab, LAB_UINT8, false);
        take(1);
        lab_read(lab, &status);
        assert_int_equal(status.scratch_bytes, 0);
    }
}

static void *switch_often(void *self)
{
    atomic_int *turn = self;
    for (int i = 0; i < CONFINEMENTS; i++) {
        while (atomic_load(turn) != 1)
            sched_yield();
        lab_switch(lab, LAB_KEEP, true);
        atomic_store(turn, 2);
    }
    return NULL;
}

/** Whichever of the two comes last. */
static void test_a_confinement_is_not_lost_when_one_is_switched_on(void **state)
{
    (void)state;
    atomic_int turn = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, switch_often, &turn), 0);
    for (int i = 0; i < CONFINEMENTS; i++) {
        lab_confine(lab, UNLIMITED);
        lab_switch(lab, LAB_KEEP, false);
        atomic_store(&turn, 1);
        for (volatile int wait = 0; wait < i % 97; wait++) {
        }
        lab_confine(lab, MB);
        while (atomic_load(&turn) != 2)
            sched_yield();
        struct lab_status status;
        lab_read(lab, &status);
        assert_int_equal(status.limit_bytes, MB);
        atomic_store(&turn, 0);
    }
    pthread_join(thread, NULL);
}

/** No experiment gets over it, wherever in its frame it is met. */
static void test_the_limit_holds_for_each(void **state)
{
    (void)state;
    int64_t limits[] = {1, HEADER + PLANE, ONE, ONE + GRAY, 2 * ONE - 1, 3 * ONE};
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        lab_destroy(&lab);
        begin(limits[l]);
        for (int i = 0; i < LAB_EXPERIMENTS; i++) {
            struct memory_sum base = memory_sum_of(MEMORY_OWNERS);
            lab_switch(lab, (enum lab_experiment)i, true);
            take(3 * N);
            assert_true(state_of((enum lab_experiment)i).numbers.peak_bytes <= limits[l]);
            assert_returns((enum lab_experiment)i, &base);
        }
    }
}

static void test_the_usual_limit(void **state)
{
    (void)state;
    struct lab_status status;
    lab_destroy(&lab);
    begin(0);
    lab_read(lab, &status);
    assert_int_equal(status.limit_bytes, 0);
    int64_t free_bytes = process_memory_available();
    lab_switch(lab, LAB_KEEP, true);
    lab_read(lab, &status);
    assert_true(status.limit_bytes > 0 && status.limit_bytes <= 512LL * MB);
    // What is free moves between the two readings; by half of it, it does not.
    if (free_bytes > 4096LL * MB)
        assert_int_equal(status.limit_bytes, 512LL * MB);
    else
        assert_true(status.limit_bytes <= free_bytes * 3 / 8);
}

// What the system sees. Sanitizers keep what is freed for themselves.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEES_FREEING = 0 };
#else
enum { SEES_FREEING = 1 };
#endif

/** Frames of 640x480 gray, so that there is much of it. */
static void take_large(int frames)
{
    static uint8_t gray[640 * 480];
    static struct plane found = {gray, 640, 480, 640};
    struct frame frame = {
        .format = PIXEL_GRAY8, .width = 640, .height = 480, .data = {gray}, .stride = {640}};
    for (int i = 0; i < frames; i++)
        lab_take(lab, &(struct lab_frame){&frame, &found, &params});
}

/**
 * Resident memory follows: up by what is held, and back when it is switched off. What may be left
 * is code that ran for the first time and the allocator's own lists: 4 MB, of the 60 and more that
 * are held.
 */
static void test_resident_memory_comes_back(void **state)
{
    (void)state;
    static const enum lab_experiment growing[] = {LAB_KEEP, LAB_BOUNDED, LAB_EVERY};
    lab_destroy(&lab);
    struct lab_config config = {.limit_bytes = UNLIMITED, .frames = 300};
    assert_int_equal(lab_create(&lab, &config), 0);
    for (size_t i = 0; i < sizeof growing / sizeof growing[0]; i++) {
        int64_t rest = process_memory_resident();
        lab_switch(lab, growing[i], true);
        take_large(200);
        int64_t held = bytes_of(growing[i]), full = process_memory_resident();
        assert_true(held > 58 * MB);
        assert_true(full - rest > held - 4 * MB);
        lab_switch(lab, growing[i], false);
        lab_settle(lab);
        if (SEES_FREEING)
            assert_true(process_memory_resident() - rest < 4 * MB);
    }
}

/** N frames up, N frames freed and kept, then given back. */
static void test_trim(void **state)
{
    (void)state;
    enum { FRAMES = 100, HELD = FRAMES * 640 * 480 };
    struct lab_status status;
    lab_destroy(&lab);
    struct lab_config config = {.limit_bytes = UNLIMITED, .frames = FRAMES};
    assert_int_equal(lab_create(&lab, &config), 0);
    struct memory_sum base = memory_sum_of(MEMORY_OWNERS);
    int64_t rest = process_memory_resident();
    lab_switch(lab, LAB_TRIM, true);
    take_large(FRAMES - 1);
    assert_int_equal(bytes_of(LAB_TRIM), (int64_t)(FRAMES - 1) * 75 * (4096 + HEADER));
    assert_int_equal(state_of(LAB_TRIM).numbers.blocks, (FRAMES - 1) * 75);
    take_large(1);
    assert_int_equal(bytes_of(LAB_TRIM), 4096 + HEADER); // freed but for the last piece
    if (SEES_FREEING)
        assert_true(process_memory_resident() - rest > HELD / 2); // and resident all the same
    take_large(FRAMES);
    assert_int_equal(bytes_of(LAB_TRIM), 0);
    lab_read(lab, &status);
    if (SEES_FREEING) {
        assert_true(status.given_back_bytes > HELD / 2);
        assert_true(process_memory_resident() - rest < 4 * MB);
    }
    take_large(1); // the next round
    assert_int_equal(bytes_of(LAB_TRIM), 75 * (4096 + HEADER));
    assert_returns(LAB_TRIM, &base);
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_curves),
        TEST(test_all_have_a_curve),
        TEST(test_frames_are_kept),
        TEST(test_several_at_once),
        TEST(test_nothing_is_done_while_off),
        TEST(test_a_frame_without_edges),
        TEST(test_float32_has_the_same_edges),
        TEST(test_another_size),
        TEST(test_the_limit),
        TEST(test_the_limit_holds_for_scratch),
        TEST(test_a_confinement_is_not_lost_when_one_is_switched_on),
        TEST(test_the_limit_holds_for_each),
        TEST(test_the_usual_limit),
        TEST(test_resident_memory_comes_back),
        TEST(test_trim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
