#pragma once

/**
 * @file
 * A gate for the tests of sources: remembers what it was asked, lets in up to so many bytes.
 */

#include "capture/source.h"

#include <errno.h>

struct gate_fixture {
    int64_t most_bytes;       ///< that a source may hold
    int asked;                ///< times
    struct source_needs last; ///< as it was asked
};

static inline int gate_admit(void *self, struct source_needs *needs, struct error *err)
{
    struct gate_fixture *gate = self;
    gate->asked++;
    gate->last = *needs;
    while (needs->slots > needs->least_slots &&
           needs->bytes + needs->slots * needs->slot_bytes > gate->most_bytes)
        needs->slots--;
    if (needs->bytes + needs->slots * needs->slot_bytes > gate->most_bytes)
        return error_set(err, -EFBIG, "it is too much");
    return 0;
}

static inline struct source_gate gate_of(struct gate_fixture *gate)
{
    return (struct source_gate){gate_admit, gate};
}
