#include "processing/cpu.h"

#include <errno.h>

static const char *const names[CPU_LEVELS] = {
    [CPU_C] = "c",           [CPU_SSSE3] = "ssse3", [CPU_AVX2] = "avx2",
    [CPU_AVX512] = "avx512", [CPU_NEON] = "neon",
};

/** The selected level; CPU_LEVELS until somebody selects one. */
static enum cpu_level selected = CPU_LEVELS;

bool cpu_has(enum cpu_level level)
{
    switch (level) {
    case CPU_C:
        return true;
#if defined(__x86_64__)
    case CPU_SSSE3:
        return __builtin_cpu_supports("ssse3");
    case CPU_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    case CPU_AVX512:
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("bmi2");
#elif defined(__aarch64__)
    case CPU_NEON:
        return true; // part of the architecture
#endif
    default:
        return false;
    }
}

enum cpu_level cpu_best(void)
{
    for (int level = CPU_LEVELS - 1; level > CPU_C; level--)
        if (cpu_has((enum cpu_level)level))
            return (enum cpu_level)level;
    return CPU_C;
}

enum cpu_level cpu_level(void)
{
    return selected < CPU_LEVELS ? selected : cpu_best();
}

int cpu_select(enum cpu_level level)
{
    if (!cpu_has(level))
        return -ENOTSUP;
    selected = level;
    return 0;
}

const char *cpu_level_name(enum cpu_level level)
{
    return names[level];
}
