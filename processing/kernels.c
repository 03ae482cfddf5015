#include "processing/kernels.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "kernels write bits as little-endian words"
#endif

const struct kernels *kernels_of(enum cpu_level level)
{
    switch (level) {
#if defined(__x86_64__)
    case CPU_SSSE3:
        return &kernels_ssse3;
    case CPU_AVX2:
        return &kernels_avx2;
    case CPU_AVX512:
        return &kernels_avx512;
#elif defined(__aarch64__)
    case CPU_NEON:
        return &kernels_neon;
#endif
    default:
        return &kernels_c;
    }
}
