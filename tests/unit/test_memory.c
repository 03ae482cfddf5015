#include "processing/memory.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/** The site of a line of this file; NULL if it never allocated. */
static const struct memory_site *site_of_line(int line)
{
    for (const struct memory_site *s = memory_sites(); s; s = s->next)
        if (s->line == line && strcmp(s->file, __FILE__) == 0)
            return s;
    return NULL;
}

static void assert_sums(struct memory_sum now, struct memory_sum before, int64_t live_bytes,
                        int64_t live_count, int64_t total_bytes, int64_t total_count)
{
    assert_int_equal(now.live_bytes - before.live_bytes, live_bytes);
    assert_int_equal(now.live_count - before.live_count, live_count);
    assert_int_equal(now.total_bytes - before.total_bytes, total_bytes);
    assert_int_equal(now.total_count - before.total_count, total_count);
}

static void counts_by_owner_and_all_together(void **state)
{
    (void)state;
    for (int o = 0; o < MEMORY_OWNERS; o++) {
        struct memory_sum before[MEMORY_OWNERS + 1];
        for (int i = 0; i <= MEMORY_OWNERS; i++)
            before[i] = memory_sum_of((enum memory_owner)i);
        struct memory_site site = {.file = "counts", .line = o, .owner = (enum memory_owner)o};
        // It must not go on the list, where it would outlive this function.
        site.listed = 1;
        void *a = memory_alloc_at(&site, 1000), *b = memory_alloc_at(&site, 24);
        for (int i = 0; i <= MEMORY_OWNERS; i++) {
            int mine = i == o || i == MEMORY_OWNERS;
            assert_sums(memory_sum_of((enum memory_owner)i), before[i], mine * 1024, mine * 2,
                        mine * 1024, mine * 2);
        }
        memory_free(a);
        memory_free(b);
        for (int i = 0; i <= MEMORY_OWNERS; i++) {
            int mine = i == o || i == MEMORY_OWNERS;
            assert_sums(memory_sum_of((enum memory_owner)i), before[i], 0, 0, mine * 1024,
                        mine * 2);
        }
    }
}

/** One line that allocates; returns the line's number. */
static int allocate_here(void **out, size_t bytes)
{
    int line = __LINE__ + 1;
    *out = memory_alloc(MEMORY_FRAMES, bytes);
    return line;
}

static void counts_by_site(void **state)
{
    (void)state;
    void *first, *second;
    int line = allocate_here(&first, 10);
    allocate_here(&second, 20);
    const struct memory_site *site = site_of_line(line);
    assert_non_null(site);
    assert_int_equal(site->owner, MEMORY_FRAMES);
    assert_int_equal(site->sum.live_bytes, 30);
    assert_int_equal(site->sum.live_count, 2);
    memory_free(first);
    assert_int_equal(site->sum.live_bytes, 20);
    assert_int_equal(site->sum.live_count, 1);
    memory_free(second);
    assert_int_equal(site->sum.live_bytes, 0);
    assert_int_equal(site->sum.live_count, 0);
    assert_int_equal(site->sum.total_bytes, 30);
    assert_int_equal(site->sum.total_count, 2);
    allocate_here(&first, 25);
    struct memory_sum sum = memory_sum_of_site(site);
    assert_int_equal(sum.live_bytes, 25);
    assert_int_equal(sum.total_count, 3);
    assert_int_equal(sum.peak_bytes, 30);
    memory_free(first);
}

static void sites_are_listed_once(void **state)
{
    (void)state;
    void *memory;
    int line = 0, listed = 0;
    for (int i = 0; i < 5; i++) {
        line = allocate_here(&memory, 1);
        memory_free(memory);
    }
    for (const struct memory_site *s = memory_sites(); s; s = s->next)
        listed += s->line == line && strcmp(s->file, __FILE__) == 0;
    assert_int_equal(listed, 1);
}

static void a_line_that_never_allocated_is_not_listed(void **state)
{
    (void)state;
    int line = __LINE__ + 1;
    void *nothing = memory_alloc(MEMORY_OTHER, 0);
    assert_null(nothing);
    assert_null(site_of_line(line));
}

static void memory_is_zeroed_even_when_used_before(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 63, 64, 65, 1000, 4096, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int again = 0; again < 3; again++) {
            uint8_t *memory = memory_alloc(MEMORY_OTHER, sizes[i]);
            assert_non_null(memory);
            for (size_t b = 0; b < sizes[i]; b++)
                assert_int_equal(memory[b], 0);
            memset(memory, 0xee, sizes[i]);
            memory_free(memory);
        }
}

/** Pages of a block that are in memory. */
static size_t resident_pages(uint8_t *block, size_t bytes)
{
    static unsigned char pages[4096];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *first = block + (-(uintptr_t)block & (page - 1));
    size_t whole = bytes / page - 1, found = 0;
    assert_true(whole <= sizeof pages);
    assert_int_equal(mincore(first, whole * page, pages), 0);
    for (size_t i = 0; i < whole; i++)
        found += pages[i] & 1;
    return found;
}

static void what_is_not_written_to_is_not_resident(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); // its malloc takes a block again, and then writes the zeros
#endif
    const size_t bytes = 8 << 20;
    uint8_t *block = memory_alloc(MEMORY_FRAMES, bytes);
    madvise((void *)((uintptr_t)block & ~(uintptr_t)4095), bytes, MADV_NOHUGEPAGE);
    assert_true(resident_pages(block, bytes) < 16);
    memset(block, 1, bytes / 2);
    size_t half = bytes / 2 / (size_t)sysconf(_SC_PAGESIZE);
    assert_in_range(resident_pages(block, bytes), half - 2, half + 16);
    memory_touch(block + bytes / 2, bytes / 2);
    assert_int_equal(resident_pages(block, bytes), bytes / (size_t)sysconf(_SC_PAGESIZE) - 1);
    memory_free(block);
}

static void memory_is_aligned_to_a_cache_line(void **state)
{
    (void)state;
    void *kept[40];
    for (size_t i = 0; i < 40; i++) {
        kept[i] = memory_alloc(MEMORY_OTHER, 1 + 29 * i);
        assert_int_equal((uintptr_t)kept[i] % 64, 0);
    }
    for (size_t i = 0; i < 40; i++)
        memory_free(kept[i]);
}

static void peaks_stay(void **state)
{
    (void)state;
    struct memory_sum before = memory_sum_of(MEMORY_INTERFACE);
    // Larger than anything that this owner can have held so far.
    int64_t big = before.peak_bytes - before.live_bytes + 5000;
    void *first = memory_alloc(MEMORY_INTERFACE, (size_t)big);
    assert_int_equal(memory_sum_of(MEMORY_INTERFACE).peak_bytes, before.live_bytes + big);
    assert_true(memory_sum_of(MEMORY_OWNERS).peak_bytes >= memory_sum_of(MEMORY_OWNERS).live_bytes);
    memory_free(first);
    void *second = memory_alloc(MEMORY_INTERFACE, 100);
    assert_int_equal(memory_sum_of(MEMORY_INTERFACE).peak_bytes, before.live_bytes + big);
    assert_int_equal(memory_sum_of(MEMORY_INTERFACE).live_bytes, before.live_bytes + 100);
    memory_free(second);
}

static void notes_count_bytes_but_no_allocations(void **state)
{
    (void)state;
    struct memory_sum camera = memory_sum_of(MEMORY_CAMERA), all = memory_sum_of(MEMORY_OWNERS);
    struct memory_sum allocated = memory_sum_allocated();
    memory_note(MEMORY_CAMERA, 4096);
    memory_note(MEMORY_CAMERA, 1000);
    assert_sums(memory_sum_of(MEMORY_CAMERA), camera, 5096, 0, 5096, 0);
    assert_sums(memory_sum_of(MEMORY_OWNERS), all, 5096, 0, 5096, 0);
    assert_true(memory_sum_of(MEMORY_CAMERA).peak_bytes >= camera.live_bytes + 5096);
    assert_int_equal(memory_noted_bytes(MEMORY_CAMERA), 5096);
    assert_int_equal(memory_noted_bytes(MEMORY_TEXTURES), 0);
    assert_sums(memory_sum_allocated(), allocated, 0, 0, 0, 0);
    memory_note(MEMORY_CAMERA, -4096);
    memory_note(MEMORY_CAMERA, -1000);
    assert_int_equal(memory_noted_bytes(MEMORY_CAMERA), 0);
    assert_int_equal(memory_sum_of(MEMORY_CAMERA).live_bytes, camera.live_bytes);
    assert_int_equal(memory_sum_of(MEMORY_CAMERA).live_count, camera.live_count);
}

static void what_is_allocated_is_told_from_what_is_noted(void **state)
{
    (void)state;
    struct memory_sum before = memory_sum_allocated();
    memory_note(MEMORY_CAMERA, 1 << 30);
    // With the header, a cache line, and what aligns it, it is larger than anything so far.
    int64_t big = before.peak_bytes - before.live_bytes + 128;
    void *memory = memory_alloc(MEMORY_CAMERA, (size_t)big - 127);
    assert_sums(memory_sum_allocated(), before, big, 1, big, 1);
    assert_int_equal(memory_sum_allocated().peak_bytes, before.live_bytes + big);
    memory_free(memory);
    memory_note(MEMORY_CAMERA, -(1 << 30));
    assert_sums(memory_sum_allocated(), before, 0, 0, big, 1);
    memory = memory_alloc(MEMORY_OTHER, 1);
    assert_sums(memory_sum_allocated(), before, 128, 1, big + 128, 2);
    memory_free(memory);
}

static void strings_are_copied_and_counted(void **state)
{
    (void)state;
    struct memory_sum before = memory_sum_of(MEMORY_OTHER);
    char original[] = "Logitech C920";
    char *copy = memory_copy_string(MEMORY_OTHER, original);
    original[0] = 'l';
    assert_string_equal(copy, "Logitech C920");
    assert_sums(memory_sum_of(MEMORY_OTHER), before, 14, 1, 14, 1);
    memory_free(copy);
    char *empty = memory_copy_string(MEMORY_OTHER, "");
    assert_string_equal(empty, "");
    memory_free(empty);
    assert_null(memory_copy_string(MEMORY_OTHER, NULL));
    assert_int_equal(memory_sum_of(MEMORY_OTHER).live_bytes, before.live_bytes);
}

static void too_much_and_nothing_give_null_and_count_nothing(void **state)
{
    (void)state;
    struct memory_sum before = memory_sum_of(MEMORY_OWNERS);
    // Volatile, or the compiler warns that nobody can have that much.
    static volatile size_t sizes[] = {0, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 63, SIZE_MAX - 127};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_null(memory_alloc(MEMORY_OTHER, sizes[i]));
    memory_free(NULL);
    assert_sums(memory_sum_of(MEMORY_OWNERS), before, 0, 0, 0, 0);
}

static void owners_have_names(void **state)
{
    (void)state;
    for (int a = 0; a <= MEMORY_OWNERS; a++) {
        assert_true(strlen(memory_owner_name((enum memory_owner)a)) > 0);
        for (int b = 0; b < a; b++)
            assert_string_not_equal(memory_owner_name((enum memory_owner)a),
                                    memory_owner_name((enum memory_owner)b));
    }
}

enum { THREADS = 4, ROUNDS = 20000, KEPT = 16 };

static pthread_barrier_t start; // all threads at once, or they might run one after the other

/** Allocates and frees in a shifting pattern and leaves KEPT blocks of 100 bytes behind. */
static void *allocate_a_lot(void *kept)
{
    void **blocks = kept;
    pthread_barrier_wait(&start);
    for (int i = 0; i < ROUNDS; i++) {
        int slot = i % KEPT;
        memory_free(blocks[slot]);
        blocks[slot] = memory_alloc(MEMORY_CANNY, 100);
        memory_note(MEMORY_TEXTURES, i % 2 ? -3 : 3);
    }
    return NULL;
}

static void threads_add_up_exactly(void **state)
{
    (void)state;
    struct memory_sum canny = memory_sum_of(MEMORY_CANNY), all = memory_sum_of(MEMORY_OWNERS);
    struct memory_sum textures = memory_sum_of(MEMORY_TEXTURES);
    static void *blocks[THREADS][KEPT];
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, allocate_a_lot, blocks[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    int64_t kept = THREADS * KEPT, made = THREADS * ROUNDS, noted = made / 2 * 3;
    assert_sums(memory_sum_of(MEMORY_CANNY), canny, kept * 100, kept, made * 100, made);
    assert_sums(memory_sum_of(MEMORY_TEXTURES), textures, 0, 0, noted, 0);
    assert_sums(memory_sum_of(MEMORY_OWNERS), all, kept * 100, kept, made * 100 + noted, made);
    assert_int_equal(memory_noted_bytes(MEMORY_TEXTURES), 0);
    int64_t peak = memory_sum_of(MEMORY_CANNY).peak_bytes;
    assert_true(peak >= canny.live_bytes + kept * 100);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < KEPT; k++)
            memory_free(blocks[i][k]);
    assert_sums(memory_sum_of(MEMORY_CANNY), canny, 0, 0, made * 100, made);
    assert_int_equal(memory_sum_of(MEMORY_CANNY).peak_bytes, peak);
}

/** Runs in a process of its own, which must abort. */
static void assert_aborts(void (*mistake)(void))
{
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(0);
        mistake();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void free_a_stranger(void)
{
    static _Alignas(64) uint8_t not_ours[256];
    memory_free(not_ours + 128);
}

static void freeing_what_is_not_ours_is_caught(void **state)
{
    (void)state;
    assert_aborts(free_a_stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_owner_and_all_together),
        cmocka_unit_test(counts_by_site),
        cmocka_unit_test(sites_are_listed_once),
        cmocka_unit_test(a_line_that_never_allocated_is_not_listed),
        cmocka_unit_test(memory_is_zeroed_even_when_used_before),
        cmocka_unit_test(what_is_not_written_to_is_not_resident),
        cmocka_unit_test(memory_is_aligned_to_a_cache_line),
        cmocka_unit_test(peaks_stay),
        cmocka_unit_test(notes_count_bytes_but_no_allocations),
        cmocka_unit_test(what_is_allocated_is_told_from_what_is_noted),
        cmocka_unit_test(strings_are_copied_and_counted),
        cmocka_unit_test(too_much_and_nothing_give_null_and_count_nothing),
        cmocka_unit_test(owners_have_names),
        cmocka_unit_test(threads_add_up_exactly),
        cmocka_unit_test(freeing_what_is_not_ours_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
