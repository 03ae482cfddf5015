/**
 * @file
 * exif_orientation() over whole, cut and nonsensical data.
 */
#include "capture/exif.h"
#include "tests/unit/picture_files.h"

static void finds_each_orientation(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++)
        for (int value = 0; value < 256; value++) {
            uint8_t exif[38];
            size_t bytes = make_exif(exif, value, big_endian);
            assert_int_equal(exif_orientation(exif, bytes), value >= 1 && value <= 8 ? value : 1);
        }
}

static void cut_data_is_no_orientation(void **state)
{
    (void)state;
    uint8_t exif[38];
    make_exif(exif, 6, true);
    // The value ends 32 bytes in; what follows are its padding and the next directory's offset.
    for (size_t bytes = 0; bytes < 32; bytes++) {
        uint8_t *cut = test_malloc(bytes + 1);
        memcpy(cut, exif, bytes);
        assert_int_equal(exif_orientation(cut, bytes), 1);
        test_free(cut);
    }
    assert_int_equal(exif_orientation(exif, 32), 6);
}

static void nonsense_is_no_orientation(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {0, 'I'}, {0, 'X'}, {1, 'I'}, {3, 43},   {2, 42}, {4, 0xff}, {5, 0xff},
        {6, 1},   {7, 0},   {7, 37},  {7, 0xff}, {9, 0},  {9, 1},    {22, 2},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t exif[38];
        size_t bytes = make_exif(exif, 6, true);
        exif[changes[i].at] = changes[i].value;
        assert_int_equal(exif_orientation(exif, bytes), 1);
    }
}

static void the_first_entry_counts(void **state)
{
    (void)state;
    uint8_t exif[38];
    size_t bytes = make_exif(exif, 6, true);
    exif[10] = 1; // the first entry too is an orientation now, of value 3
    exif[11] = 18;
    exif[19] = 3;
    assert_int_equal(exif_orientation(exif, bytes), 3);
}

static void any_bytes_are_survived(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t exif[38];
        size_t bytes = make_exif(exif, 6, round & 1);
        for (int change = 0; change < 4; change++) {
            seed = seed * 1664525 + 1013904223;
            exif[(seed >> 8) % bytes] = (uint8_t)(seed >> 24);
        }
        int orientation = exif_orientation(exif, bytes);
        assert_in_range(orientation, 1, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_orientation),     cmocka_unit_test(cut_data_is_no_orientation),
        cmocka_unit_test(nonsense_is_no_orientation), cmocka_unit_test(the_first_entry_counts),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
