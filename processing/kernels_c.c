/**
 * @file
 * The vector operations of kernels_rows.inc in plain C: blocks of 16 pixels, in the vectors that
 * GCC and clang offer on every processor (and make of whatever it has).
 *
 * This is the place to learn what each operation means. The prefix says what lanes it sees: v_ of
 * 16 bits, signed (or none in particular), d_ of 32, q_ of 64. Masks have all bits of a lane set,
 * or none; M is over 16-bit lanes, W over 32-bit ones; other levels have other types for them.
 */
#include "processing/kernels.h"

#include <stdbool.h>
#include <string.h>

#define KERNELS kernels_c
#define OP      static inline __attribute__((always_inline))

enum { BLOCK = 16 /* pixels of 8 bits in a vector */ };
typedef int16_t V __attribute__((vector_size(16)));
typedef V M;
typedef V W;
typedef uint16_t B; ///< a bit for each pixel of a block, bit 0 leftmost

typedef uint16_t U16 __attribute__((vector_size(16)));
typedef uint8_t U8 __attribute__((vector_size(16)));
typedef int32_t S32 __attribute__((vector_size(16)));
typedef uint32_t U32 __attribute__((vector_size(16)));
typedef uint64_t U64 __attribute__((vector_size(16)));

// clang-format off
OP V v_load(const void *at) { V a; memcpy(&a, at, sizeof a); return a; }
OP void v_store(void *at, V a) { memcpy(at, &a, sizeof a); }
OP V v_and(V a, V b) { return a & b; }
OP V v_andnot(V a, V b) { return a & ~b; }
OP V v_or(V a, V b) { return a | b; }
OP V v_xor(V a, V b) { return a ^ b; }

OP V v_splat(int a) { return (V){0} + (int16_t)a; }
OP V v_add(V a, V b) { return (V)((U16)a + (U16)b); }
OP V v_sub(V a, V b) { return (V)((U16)a - (U16)b); }
OP V v_shl(V a, int n) { return (V)((U16)a << n); }
OP V v_shr(V a, int n) { return (V)((U16)a >> n); }
OP V v_sar(V a, int n) { return a >> n; }
OP V v_mul(V a, int k) { return (V)((U16)a * (uint16_t)k); }
OP M v_gt(V a, V b) { return (M)(a > b); }
OP M v_negative(V a) { return a >> 15; }
OP V v_select(M m, V a, V b) { return (a & m) | (b & ~m); }
OP V v_abs(V a) { V sign = a >> 15; return v_sub(a ^ sign, sign); }
OP V v_max(V a, V b) { return v_select(v_gt(a, b), a, b); }
OP M m_not(M m) { return ~m; }

/** Each two bytes weighted and added. */
OP V v_pairs(V a, int even, int odd)
{
    return v_add(v_mul(v_and(a, v_splat(0xff)), even), v_mul(v_shr(a, 8), odd));
}

/** a * 13573 >> 15 for 0 <= a < 16384, by parts of 8 bits: tan(22.5 degrees) in 15 bits. */
OP V v_tangent(V a)
{
    V high = v_shr(a, 8), low = v_and(a, v_splat(0xff));
    V rest = v_add(v_add(v_mul(high, 5), v_mul(low, 53)), v_shr(v_mul(low, 5), 8));
    return v_add(v_mul(high, 106), v_shr(rest, 7));
}

/** Bytes, unsigned, ending at 255 and at 0. */
OP V v_add_bytes(V a, V b) { U8 sum = (U8)a + (U8)b; return (V)(sum | (U8)(sum < (U8)a)); }
OP V v_sub_bytes(V a, V b) { return (V)(((U8)a - (U8)b) & (U8)((U8)a > (U8)b)); }

OP bool q_zero(V a) { U64 q = (U64)a; return (q[0] | q[1]) == 0; }
OP V q_add(V a, V b) { return (V)((U64)a + (U64)b); }
OP V q_shl(V a, int n) { return (V)((U64)a << n); }
OP V q_shr(V a, int n) { return (V)((U64)a >> n); }
OP bool m_any(M m) { return !q_zero(m); }

OP V d_splat(int a) { return (V)((S32){0} + a); }
OP V d_sub(V a, V b) { return (V)((S32)a - (S32)b); }
OP V d_shl(V a, int n) { return (V)((U32)a << n); }
OP V d_shr(V a, int n) { return (V)((U32)a >> n); }
OP W d_gt(V a, V b) { return (W)((S32)a > (S32)b); }
OP V d_select(W m, V a, V b) { return v_select(m, a, b); }
OP V d_max(V a, V b) { return d_select(d_gt(a, b), a, b); }
OP bool d_any(W m) { return !q_zero(m); }
// clang-format on

/** The squares of each two lanes, added. */
OP V v_square_sum(V a)
{
    S32 low = (S32)((U32)a << 16) >> 16, high = (S32)a >> 16;
    return (V)(low * low + high * high);
}

/** The masks of the lower and of the upper lane of each two, over both. */
OP W m_lower(M m)
{
    return (W)((S32)((U32)m << 16) >> 16);
}

OP W m_upper(M m)
{
    return (W)((S32)m >> 16);
}

/** Eight bytes of all ones or zeros as eight bits. */
OP unsigned bits_of(uint64_t bytes)
{
    return (unsigned)((bytes & 0x8040201008040201) * 0x0101010101010101 >> 56);
}

/** Masks of even and of odd pixels as bits in the order of the pixels. */
OP B m_bits(M even, M odd)
{
    U64 bytes = (U64)v_select(v_splat(0xff), even, odd);
    return (B)(bits_of(bytes[0]) | bits_of(bytes[1]) << 8);
}

/** The same of pixels modulo 4. */
OP B w_bits(W m0, W m1, W m2, W m3)
{
    const W lower = (W)d_splat(0xffff);
    return m_bits(v_select(lower, m0, m2), v_select(lower, m1, m3));
}

/** Eight bits as bytes, 255 or 0. */
OP uint64_t bytes_of(unsigned bits)
{
    uint64_t spread = (bits & UINT64_C(0xff)) * 0x0101010101010101 & 0x8040201008040201;
    return ((spread + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101) * 255;
}

OP V v_spread(B bits)
{
    return (V)(U64){bytes_of(bits), bytes_of((unsigned)bits >> 8)};
}

#include "processing/kernels_rows.inc"

#include "processing/kernels_suppress.inc"

#include "processing/kernels_bitmap.inc"
