/*
 * The process's memory as the system sees it, before and after taking a lot of it.
 */
#include "app/process_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { BLOCK_BYTES = 64 << 20, NEARLY = BLOCK_BYTES / 10 * 9 };

static void test_a_touched_block_is_resident(void **state)
{
    (void)state;
    struct process_memory before = process_memory_now();
    assert_true(before.rss_bytes > 0);
    assert_true(before.peak_rss_bytes >= before.rss_bytes);
    void *block =
        mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    memset(block, 1, BLOCK_BYTES);
    struct process_memory with = process_memory_now();
    assert_true(with.rss_bytes - before.rss_bytes > NEARLY);
    assert_true(with.peak_rss_bytes >= with.rss_bytes);
    munmap(block, BLOCK_BYTES);
    struct process_memory after = process_memory_now();
    assert_true(with.rss_bytes - after.rss_bytes > NEARLY);
    assert_true(after.peak_rss_bytes > before.rss_bytes + NEARLY);
}

static void test_pss_is_a_part_of_rss(void **state)
{
    (void)state;
    int64_t before = process_memory_proportional();
    if (access("/proc/self/smaps_rollup", R_OK) != 0) {
        assert_true(before < 0);
        return;
    }
    assert_true(before > 0);
    void *block =
        mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    memset(block, 1, BLOCK_BYTES);
    int64_t with = process_memory_proportional();
    assert_true(with - before > NEARLY);
    // The kernel's count of resident pages lags behind by some pages a thread.
    assert_true(with <= process_memory_resident() + (1 << 20));
    munmap(block, BLOCK_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_touched_block_is_resident),
        cmocka_unit_test(test_pss_is_a_part_of_rss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
