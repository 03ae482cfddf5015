/*
 * Snapshots of the ledger: what is in them, what is compared, and the words of Python's
 * tracemalloc, whose own output is in the tables here.
 */
#include "app/snapshots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

static struct ledger_snapshot before, after;
static struct snapshot_change changes[2 * SNAPSHOT_SITES];

// ---- words ----

static void test_bytes_as_tracemalloc_writes_them(void **state)
{
    (void)state;
    // Printed by tracemalloc._format_size() of Python 3.11.
    static const struct {
        double bytes;
        const char *text, *sign;
    } rows[] = {
        {0, "0 B", "+0 B"},
        {1, "1 B", "+1 B"},
        {1025, "1025 B", "+1025 B"},
        {10239, "10239 B", "+10239 B"},
        {10240, "10.0 KiB", "+10.0 KiB"},
        {10241, "10.0 KiB", "+10.0 KiB"},
        {102399, "100.0 KiB", "+100.0 KiB"},
        {102400, "100 KiB", "+100 KiB"},
        {104448, "102 KiB", "+102 KiB"},
        {10484736, "10239 KiB", "+10239 KiB"},
        {10485759, "10240 KiB", "+10240 KiB"},
        {10485760, "10.0 MiB", "+10.0 MiB"},
        {104857600, "100 MiB", "+100 MiB"},
        {10630044057.6, "10138 MiB", "+10138 MiB"},
        {10737418240, "10.0 GiB", "+10.0 GiB"},
        {13194139533312, "12.0 TiB", "+12.0 TiB"},
        {1125899906842624, "1024 TiB", "+1024 TiB"},
        {2.5, "2 B", "+2 B"},
        {-1, "-1 B", "-1 B"},
        {-10240, "-10.0 KiB", "-10.0 KiB"},
        {-104448, "-102 KiB", "-102 KiB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        snapshots_format_bytes(rows[i].bytes, false, text, sizeof text);
        assert_string_equal(text, rows[i].text);
        snapshots_format_bytes(rows[i].bytes, true, text, sizeof text);
        assert_string_equal(text, rows[i].sign);
    }
}

static void assert_line(struct snapshot_change change, const char *expected)
{
    char text[SNAPSHOT_LINE_BYTES];
    snapshots_format_change(&change, text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_a_line_as_tracemalloc_writes_it(void **state)
{
    (void)state;
    assert_line((struct snapshot_change){"app/growing.c", 12, 104550, 104550, 102, 102},
                "app/growing.c:12: size=102 KiB (+102 KiB), count=102 (+102), average=1025 B");
    assert_line((struct snapshot_change){"a.c", 1, 0, -10240, 0, -3},
                "a.c:1: size=0 B (-10.0 KiB), count=0 (-3)");
    assert_line((struct snapshot_change){"a.c", 7, 1000, 0, 3, 0},
                "a.c:7: size=1000 B (+0 B), count=3 (+0), average=333 B");
    char small[12];
    snapshots_format_change(&(struct snapshot_change){"a.c", 7, 1000, 0, 3, 0}, small,
                            sizeof small);
    assert_string_equal(small, "a.c:7: size");
}

// ---- taking ----

static const struct snapshot_site *site_at(const struct ledger_snapshot *snapshot, const char *file,
                                           int line)
{
    for (int i = 0; i < snapshot->count; i++)
        if (snapshot->sites[i].line == line && strcmp(snapshot->sites[i].file, file) == 0)
            return &snapshot->sites[i];
    return NULL;
}

static void test_a_line_is_in_it_with_its_sums(void **state)
{
    (void)state;
    void *kept[3];
    int line = __LINE__ + 2;
    for (int i = 0; i < 3; i++)
        kept[i] = memory_alloc(MEMORY_FRAMES, 100);
    memory_free(kept[0]);
    snapshots_take(&after);
    const struct snapshot_site *site = site_at(&after, __FILE__, line);
    assert_non_null(site);
    assert_int_equal(site->owner, MEMORY_FRAMES);
    assert_int_equal(site->sum.live_bytes, 200);
    assert_int_equal(site->sum.live_count, 2);
    assert_int_equal(site->sum.total_bytes, 300);
    assert_int_equal(site->sum.total_count, 3);
    assert_int_equal(site->sum.peak_bytes, 300);
    memory_free(kept[1]);
    memory_free(kept[2]);
}

static void test_sites_of_a_line_are_one_and_all_are_in_order(void **state)
{
    (void)state;
    static struct memory_site twins[2] = {{.file = "b/twins.c", .line = 5, .owner = MEMORY_CANNY},
                                          {.file = "b/twins.c", .line = 5, .owner = MEMORY_CANNY}};
    static struct memory_site others[2] = {{.file = "b/twins.c", .line = 4, .owner = MEMORY_OTHER},
                                           {.file = "a/first.c", .line = 9, .owner = MEMORY_OTHER}};
    void *kept[4];
    for (int i = 0; i < 4; i++)
        kept[i] = memory_alloc_at(i < 2 ? &twins[i] : &others[i - 2], 10);
    snapshots_take(&after);
    assert_int_equal(site_at(&after, "b/twins.c", 5)->sum.live_bytes, 20);
    assert_int_equal(site_at(&after, "b/twins.c", 4)->sum.live_bytes, 10);
    for (int i = 1; i < after.count; i++) {
        int order = strcmp(after.sites[i - 1].file, after.sites[i].file);
        assert_true(order < 0 || (order == 0 && after.sites[i - 1].line < after.sites[i].line));
    }
    for (int i = 0; i < 4; i++)
        memory_free(kept[i]);
}

static void test_owners_and_notes_are_in_it(void **state)
{
    (void)state;
    void *kept = memory_alloc(MEMORY_CANNY, 77);
    memory_note(MEMORY_CAMERA, 4096);
    snapshots_take(&after);
    assert_int_equal(after.owners[MEMORY_CANNY].live_bytes, 77);
    assert_int_equal(after.owners[MEMORY_CAMERA].live_bytes, 4096);
    assert_int_equal(after.noted_bytes[MEMORY_CAMERA], 4096);
    assert_int_equal(after.owners[MEMORY_OWNERS].live_bytes, 77 + 4096);
    assert_int_equal(after.allocated.live_bytes, 77 + 64 + 63); // header, way to a cache line
    assert_int_equal(after.allocated.live_count, 1);
    memory_note(MEMORY_CAMERA, -4096);
    memory_free(kept);
}

static void test_taking_and_comparing_allocate_nothing(void **state)
{
    (void)state;
    int64_t asked = memory_sum_allocated().total_count;
    snapshots_take(&before);
    snapshots_take(&after);
    snapshots_compare(&before, &after, changes, SNAPSHOT_LARGEST);
    assert_int_equal(memory_sum_allocated().total_count, asked);
}

// ---- comparing ----

static void put(struct ledger_snapshot *snapshot, const char *file, int line, int64_t bytes,
                int64_t count)
{
    snapshot->sites[snapshot->count++] =
        (struct snapshot_site){file, line, MEMORY_OTHER, {bytes, count, bytes, count, bytes}};
}

static void assert_change(int index, const char *file, int line, int64_t bytes, int64_t more_bytes,
                          int64_t count, int64_t more)
{
    const struct snapshot_change *change = &changes[index];
    assert_string_equal(change->file, file);
    assert_int_equal(change->line, line);
    assert_int_equal(change->bytes, bytes);
    assert_int_equal(change->bytes_change, more_bytes);
    assert_int_equal(change->count, count);
    assert_int_equal(change->count_change, more);
}

static void test_what_grew_what_shrank_what_is_new_and_what_is_gone(void **state)
{
    (void)state;
    before.count = after.count = 0;
    put(&before, "a.c", 1, 100, 1);
    put(&before, "a.c", 2, 500, 5);
    put(&before, "b.c", 1, 50, 1);
    put(&before, "c.c", 3, 0, 0);
    put(&after, "a.c", 1, 130, 2);
    put(&after, "a.c", 2, 100, 1);
    put(&after, "a.c", 3, 7, 1);
    put(&after, "c.c", 3, 0, 0);
    put(&after, "d.c", 1, 0, 0);
    assert_int_equal(snapshots_compare(&before, &after, changes, 100), 4);
    assert_change(0, "a.c", 2, 100, -400, 1, -4);
    assert_change(1, "b.c", 1, 0, -50, 0, -1);
    assert_change(2, "a.c", 1, 130, 30, 2, 1);
    assert_change(3, "a.c", 3, 7, 7, 1, 1);
}

static void test_the_order_is_tracemallocs(void **state)
{
    (void)state;
    before.count = after.count = 0;
    put(&before, "a.c", 1, 100, 1);
    put(&before, "a.c", 2, 100, 1);
    put(&before, "a.c", 3, 100, 4);
    put(&before, "a.c", 4, 200, 1);
    put(&before, "b.c", 9, 100, 1);
    put(&after, "a.c", 1, 100, 1);
    put(&after, "a.c", 2, 100, 1);
    put(&after, "a.c", 3, 100, 2);
    put(&after, "a.c", 4, 200, 1);
    put(&after, "b.c", 9, 100, 1);
    // Bytes, then changes of the count, then the count, then the name, each downwards.
    static const struct {
        const char *file;
        int line;
    } expected[] = {{"a.c", 4}, {"a.c", 3}, {"b.c", 9}, {"a.c", 2}, {"a.c", 1}};
    for (int most = 0; most <= 5; most++) {
        assert_int_equal(snapshots_compare(&before, &after, changes, most), most);
        for (int i = 0; i < most; i++) {
            assert_string_equal(changes[i].file, expected[i].file);
            assert_int_equal(changes[i].line, expected[i].line);
        }
    }
}

static void test_what_is_kept_between_two_shows(void **state)
{
    (void)state;
    void *kept[20];
    snapshots_take(&before);
    int line = __LINE__ + 2;
    for (int i = 0; i < 20; i++)
        kept[i] = memory_alloc(MEMORY_FRAMES, 50000);
    snapshots_take(&after);
    assert_true(snapshots_compare(&before, &after, changes, SNAPSHOT_LARGEST) >= 1);
    assert_change(0, __FILE__, line, 1000000, 1000000, 20, 20);
    for (int i = 0; i < 20; i++)
        memory_free(kept[i]);
    snapshots_take(&after);
    assert_int_equal(snapshots_compare(&before, &after, changes, SNAPSHOT_LARGEST), 0);
}

// ---- JSON ----

static double number_in(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void test_a_snapshot_as_json(void **state)
{
    (void)state;
    void *kept = memory_alloc(MEMORY_CANNY, 1234);
    int line = __LINE__ - 1;
    snapshots_take(&after);
    cJSON *root = snapshots_to_json(&after);
    assert_non_null(root);
    const cJSON *owners = cJSON_GetObjectItem(root, "owners"), *object;
    assert_int_equal(cJSON_GetArraySize(owners), MEMORY_OWNERS + 1);
    object = cJSON_GetArrayItem(owners, MEMORY_CANNY);
    assert_string_equal(cJSON_GetObjectItem(object, "owner")->valuestring, "Canny scratch");
    assert_int_equal(number_in(object, "live_bytes"), 1234);
    assert_int_equal(number_in(object, "noted_bytes"), 0);
    assert_int_equal(number_in(cJSON_GetObjectItem(root, "allocated"), "live_count"), 1);
    int found = 0;
    cJSON_ArrayForEach(object, cJSON_GetObjectItem(root, "sites"))
    {
        if (number_in(object, "line") != line ||
            strcmp(cJSON_GetObjectItem(object, "file")->valuestring, __FILE__) != 0)
            continue;
        found++;
        assert_int_equal(number_in(object, "live_bytes"), 1234);
        assert_int_equal(number_in(object, "peak_bytes"), 1234);
        assert_int_equal(number_in(object, "total_count"), 1);
        assert_string_equal(cJSON_GetObjectItem(object, "owner")->valuestring, "Canny scratch");
    }
    assert_int_equal(found, 1);
    cJSON_Delete(root);
    memory_free(kept);
}

static void test_differences_as_json(void **state)
{
    (void)state;
    const struct snapshot_change two[] = {{"a.c", 2, 100, -400, 1, -4}, {"b.c", 1, 9, 9, 1, 1}};
    cJSON *list = snapshots_changes_to_json(two, 2);
    char *text = cJSON_PrintUnformatted(list);
    assert_string_equal(
        text, "[{\"file\":\"a.c\",\"line\":2,\"size_bytes\":100,\"size_diff_bytes\":-400,"
              "\"count\":1,\"count_diff\":-4},{\"file\":\"b.c\",\"line\":1,\"size_bytes\":9,"
              "\"size_diff_bytes\":9,\"count\":1,\"count_diff\":1}]");
    cJSON_free(text);
    cJSON_Delete(list);
}

static int left; ///< allocations that cJSON may still make

static void *scarce(size_t bytes)
{
    return left-- > 0 ? malloc(bytes) : NULL;
}

static void test_without_memory_there_is_no_json(void **state)
{
    (void)state;
    cJSON_InitHooks(&(cJSON_Hooks){scarce, free});
    before.count = 0;
    put(&before, "a.c", 1, 100, 1);
    const struct snapshot_change one = {"a.c", 2, 100, -400, 1, -4};
    cJSON *root = NULL;
    for (int i = 0; !root && i < 1000; i++) {
        left = i;
        root = snapshots_to_json(&before);
    }
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "sites")), 1);
    cJSON_Delete(root);
    root = NULL;
    for (int i = 0; !root && i < 1000; i++) {
        left = i;
        root = snapshots_changes_to_json(&one, 1);
    }
    assert_int_equal(cJSON_GetArraySize(cJSON_GetArrayItem(root, 0)), 6);
    cJSON_Delete(root);
    cJSON_InitHooks(NULL);
}

/** Last, because sites stay on the list. */
static void test_more_sites_than_there_is_room_for(void **state)
{
    (void)state;
    enum { MANY = SNAPSHOT_SITES + 50 };
    static struct memory_site many[MANY];
    static void *kept[MANY];
    for (int i = 0; i < MANY; i++) {
        many[i] = (struct memory_site){.file = "many.c", .line = i, .owner = MEMORY_OTHER};
        kept[i] = memory_alloc_at(&many[i], 10);
    }
    snapshots_take(&after);
    assert_int_equal(after.count, SNAPSHOT_SITES);
    int64_t bytes = 0;
    for (int i = 0; i < after.count; i++)
        bytes += after.sites[i].sum.live_bytes;
    assert_int_equal(bytes, after.owners[MEMORY_OWNERS].live_bytes);
    assert_true(site_at(&after, "", 0)->sum.live_bytes >= 50 * 10);
    for (int i = 0; i < MANY; i++)
        memory_free(kept[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_as_tracemalloc_writes_them),
        cmocka_unit_test(test_a_line_as_tracemalloc_writes_it),
        cmocka_unit_test(test_a_line_is_in_it_with_its_sums),
        cmocka_unit_test(test_sites_of_a_line_are_one_and_all_are_in_order),
        cmocka_unit_test(test_owners_and_notes_are_in_it),
        cmocka_unit_test(test_taking_and_comparing_allocate_nothing),
        cmocka_unit_test(test_what_grew_what_shrank_what_is_new_and_what_is_gone),
        cmocka_unit_test(test_the_order_is_tracemallocs),
        cmocka_unit_test(test_what_is_kept_between_two_shows),
        cmocka_unit_test(test_a_snapshot_as_json),
        cmocka_unit_test(test_differences_as_json),
        cmocka_unit_test(test_without_memory_there_is_no_json),
        cmocka_unit_test(test_more_sites_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
