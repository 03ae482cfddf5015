// What is to go wrong. A test asks for so many faulty frames of a kind, which come first, or for
// a share of all frames; the share is drawn from a generator with a fixed seed, so that a run can
// be repeated. (xorshift64*, after S. Vigna, "An experimental exploration of Marsaglia's xorshift
// generators, scrambled", ACM TOMS 42(4), 2016.)

#include "tests/drivers/usbcam.h"

const char *const usbcam_fault_names[FAULT_KINDS] = {
    [FAULT_NONE] = "good",       [FAULT_TRUNC] = "trunc", [FAULT_NOEOF] = "noeof",
    [FAULT_GARBAGE] = "garbage", [FAULT_EMPTY] = "empty", [FAULT_ERR] = "err",
    [FAULT_SKIP] = "skip",
};

uint32_t usbcam_random(struct usbcam_faults *faults)
{
    uint64_t x = faults->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    faults->random = x;
    return (uint32_t)((x * UINT64_C(2685821657736338717)) >> 32);
}

enum usbcam_fault usbcam_fault_next(struct usbcam_faults *faults)
{
    static const enum usbcam_fault damage[] = {FAULT_TRUNC, FAULT_GARBAGE, FAULT_NOEOF,
                                               FAULT_EMPTY};
    for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS; kind++)
        if (faults->pending[kind] > 0) {
            faults->pending[kind]--;
            return (enum usbcam_fault)kind;
        }
    if (usbcam_random(faults) % 100 >= (uint32_t)faults->damage_percent)
        return FAULT_NONE;
    return damage[usbcam_random(faults) % (sizeof damage / sizeof *damage)];
}
