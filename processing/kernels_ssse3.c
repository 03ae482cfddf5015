/**
 * @file
 * The vector operations of kernels_rows.inc in SSSE3: blocks of 16 pixels.
 */
#include "processing/kernels.h"

#include <string.h>
#include <tmmintrin.h>

#define KERNELS kernels_ssse3
#define SPLIT   ///< there is v_split()
#define OP      static inline __attribute__((always_inline))

enum { BLOCK = 16 };
typedef __m128i V;
typedef __m128i M;
typedef __m128i W;
typedef uint16_t B;

// clang-format off
OP V v_load(const void *at) { return _mm_loadu_si128(at); }
OP void v_store(void *at, V a) { _mm_storeu_si128(at, a); }
OP V v_and(V a, V b) { return _mm_and_si128(a, b); }
OP V v_andnot(V a, V b) { return _mm_andnot_si128(b, a); }
OP V v_or(V a, V b) { return _mm_or_si128(a, b); }
OP V v_xor(V a, V b) { return _mm_xor_si128(a, b); }
OP V v_select(M m, V a, V b) { return v_or(v_and(a, m), v_andnot(b, m)); }

OP V v_splat(int a) { return _mm_set1_epi16((short)a); }
OP V v_add(V a, V b) { return _mm_add_epi16(a, b); }
OP V v_sub(V a, V b) { return _mm_sub_epi16(a, b); }
OP V v_shl(V a, int n) { return _mm_slli_epi16(a, n); }
OP V v_shr(V a, int n) { return _mm_srli_epi16(a, n); }
OP V v_sar(V a, int n) { return _mm_srai_epi16(a, n); }
OP V v_mul(V a, int k) { return _mm_mullo_epi16(a, v_splat(k)); }
OP V v_abs(V a) { return _mm_abs_epi16(a); }
OP V v_max(V a, V b) { return _mm_max_epi16(a, b); }
OP V v_tangent(V ax) { return _mm_mulhi_epi16(v_add(ax, ax), v_splat(13573)); }
OP M v_gt(V a, V b) { return _mm_cmpgt_epi16(a, b); }
OP M v_negative(V a) { return _mm_srai_epi16(a, 15); }
OP M m_not(M m) { return _mm_xor_si128(m, v_splat(-1)); }
OP bool m_any(M m) { return _mm_movemask_epi8(m) != 0; }
OP B m_bits(M even, M odd)
{
    return (B)_mm_movemask_epi8(v_select(v_splat(0xff), even, odd));
}

OP V v_pairs(V a, int even, int odd)
{
    return _mm_maddubs_epi16(a, v_splat((even & 0xff) | (odd & 0xff) << 8));
}
OP V v_add_bytes(V a, V b) { return _mm_adds_epu8(a, b); }
OP V v_sub_bytes(V a, V b) { return _mm_subs_epu8(a, b); }
OP V v_pack(V a, V b) { return _mm_packus_epi16(a, b); }

OP V d_splat(int a) { return _mm_set1_epi32(a); }
OP V d_sub(V a, V b) { return _mm_sub_epi32(a, b); }
OP V d_shl(V a, int n) { return _mm_slli_epi32(a, n); }
OP V d_shr(V a, int n) { return _mm_srli_epi32(a, n); }
OP W d_gt(V a, V b) { return _mm_cmpgt_epi32(a, b); }
OP V d_select(W m, V a, V b) { return v_select(m, a, b); }
OP V d_max(V a, V b) { return v_select(d_gt(a, b), a, b); }
OP bool d_any(W m) { return m_any(m); }
OP V v_square_sum(V a) { return _mm_madd_epi16(a, a); }
OP W m_lower(M m) { return _mm_srai_epi32(_mm_slli_epi32(m, 16), 16); }
OP W m_upper(M m) { return _mm_srai_epi32(m, 16); }
OP B w_bits(W m0, W m1, W m2, W m3)
{
    return m_bits(v_select(d_splat(0xffff), m0, m2), v_select(d_splat(0xffff), m1, m3));
}

OP V q_add(V a, V b) { return _mm_add_epi64(a, b); }
OP V q_shl(V a, int n) { return _mm_slli_epi64(a, n); }
OP V q_shr(V a, int n) { return _mm_srli_epi64(a, n); }
OP bool q_zero(V a) { return _mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_setzero_si128())) == 0xffff; }
// clang-format on

OP V v_spread(B bits)
{
    const V byte = _mm_set_epi64x(0x0101010101010101, 0);
    const V bit = _mm_set1_epi64x((long long)0x8040201008040201);
    V spread = _mm_and_si128(_mm_shuffle_epi8(_mm_cvtsi32_si128(bits), byte), bit);
    return _mm_cmpeq_epi8(spread, bit);
}

/** Eight pixels: the first two bytes of each, then the third ones with a zero. */
OP void split_eight(const uint8_t *at, V *ab, V *c)
{
    const V order = _mm_setr_epi8(0, 1, 3, 4, 6, 7, 9, 10, 2, -1, 5, -1, 8, -1, 11, -1);
    V first = _mm_shuffle_epi8(v_load(at), order),
      second = _mm_shuffle_epi8(v_load(at + 12), order);
    *ab = _mm_unpacklo_epi64(first, second);
    *c = _mm_unpackhi_epi64(first, second);
}

OP void v_split(const uint8_t *at, V ab[2], V c[2])
{
    split_eight(at, &ab[0], &c[0]);
    split_eight(at + 24, &ab[1], &c[1]);
}

#include "processing/kernels_rows.inc"

#include "processing/kernels_suppress.inc"

#include "processing/kernels_bitmap.inc"
