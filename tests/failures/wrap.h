#pragma once

/**
 * @file
 * What stands in front of a call. The tables name calls that take at most twelve integers or
 * pointers, none of type double, so that one shape passes all of them on: what there is beyond a
 * call's own arguments is passed and never read. That is how x86-64 and AArch64 pass arguments.
 */

#include "tests/failures/failures.h"

#include <errno.h>
#include <stdint.h>

// clang-format off
#define WRAP_TAKES intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f, \
                   intptr_t g, intptr_t h, intptr_t i, intptr_t j, intptr_t k, intptr_t l
#define WRAP_GIVES a, b, c, d, e, f, g, h, i, j, k, l
// clang-format on

/**
 * A wrapper of `name`: what tells calls from one place apart, what the call gives if it does not
 * fail, what is done first and what it gives if it does.
 */
#define WRAP_AS(name, kind, calm, first, ...)                                                      \
    intptr_t __real_##name(WRAP_TAKES);                                                            \
    __attribute__((visibility("hidden"))) intptr_t __wrap_##name(WRAP_TAKES);                      \
    intptr_t __wrap_##name(WRAP_TAKES)                                                             \
    {                                                                                              \
        if (!failures_due(#name, __builtin_return_address(0), (kind)))                             \
            return (calm);                                                                         \
        first;                                                                                     \
        __VA_ARGS__;                                                                               \
    }

#define WRAP(name, first, ...) WRAP_AS(name, 0, __real_##name(WRAP_GIVES), first, __VA_ARGS__)

/** Gives `result` and sets errno. */
#define FAILS(name, result, number) WRAP(name, errno = (number), return (intptr_t)(result))

/** Does its work first: it has closed, it has stopped, and says that something was lost. */
#define FAILS_LATE(name, result, number)                                                           \
    WRAP(name, __real_##name(WRAP_GIVES); errno = (number), return (intptr_t)(result))
