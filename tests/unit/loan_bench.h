#pragma once

/**
 * @file
 * A source on the bench: the test itself is its thread, lends what it likes, and sees what came
 * back.
 */

#include "capture/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline int loan_bench_nothing(struct source *source, const struct source_config *config,
                                     struct error *err)
{
    (void)source, (void)config, (void)err;
    return 0;
}

static inline void loan_bench_close(struct source *source)
{
    (void)source;
}

/** Closed with source_close(), which waits for what is still out. */
static inline struct source *loan_bench_open(void)
{
    static const struct source_kind kind = {.name = "bench",
                                            .bytes = sizeof(struct source),
                                            .open = loan_bench_nothing,
                                            .close = loan_bench_close};
    struct source *source;
    assert_int_equal(source_open(&source, &kind, &(struct source_config){0}, NULL), 0);
    return source;
}

/** Lends a slot with a frame whose sequence is the slot. */
static inline struct loan loan_bench_lend(struct source *source, int slot, int width, int height)
{
    struct loan loan = {.frame = {.width = width, .height = height, .sequence = (uint32_t)slot}};
    source_lend(source, &loan, slot);
    return loan;
}

/** Bits of the slots that came back since the last call; a slot back twice is caught by loans.c. */
static inline unsigned loan_bench_back(struct source *source)
{
    return loans_collect(&source->loans);
}
