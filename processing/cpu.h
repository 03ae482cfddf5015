#pragma once

/**
 * @file
 * Which instructions the row kernels use. The best level that this CPU has is taken at the first
 * question; it can be forced to a lower one, for tests and comparisons.
 *
 * Threads: cpu_select() before the scratch of any detector is made; the rest anywhere, any time.
 */

#include <stdbool.h>

/** From the least to the most; values are places in tables. */
enum cpu_level {
    CPU_C,      ///< plain C, in vectors of 16 bytes as the compiler can make them
    CPU_SSSE3,  ///< x86: 16 bytes
    CPU_AVX2,   ///< x86: 32 bytes
    CPU_AVX512, ///< x86: 64 bytes, AVX-512 F, BW and VL, with BMI2
    CPU_NEON,   ///< 64-bit ARM: 16 bytes
    CPU_LEVELS
};

/** Whether this program was built with the level and this CPU has it. CPU_C always is there. */
bool cpu_has(enum cpu_level level);

/** The best level there is. */
enum cpu_level cpu_best(void);

/** The level in use: the selected one, else the best. */
enum cpu_level cpu_level(void);

/** Uses a level from now on. Returns 0 or -ENOTSUP (not there; nothing changes). */
int cpu_select(enum cpu_level level);

/** "c", "ssse3", "avx2", "avx512" or "neon". */
const char *cpu_level_name(enum cpu_level level);
