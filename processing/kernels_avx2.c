/**
 * @file
 * The vector operations of kernels_rows.inc in AVX2: blocks of 32 pixels.
 */
#include "processing/kernels.h"

#include <immintrin.h>
#include <string.h>

#define KERNELS kernels_avx2
#define SPLIT   ///< there is v_split()
#define OP      static inline __attribute__((always_inline))

enum { BLOCK = 32 };
typedef __m256i V;
typedef __m256i M;
typedef __m256i W;
typedef uint32_t B;

// clang-format off
OP V v_load(const void *at) { return _mm256_loadu_si256(at); }
OP void v_store(void *at, V a) { _mm256_storeu_si256(at, a); }
OP V v_and(V a, V b) { return _mm256_and_si256(a, b); }
OP V v_andnot(V a, V b) { return _mm256_andnot_si256(b, a); }
OP V v_or(V a, V b) { return _mm256_or_si256(a, b); }
OP V v_xor(V a, V b) { return _mm256_xor_si256(a, b); }

OP V v_splat(int a) { return _mm256_set1_epi16((short)a); }
OP V v_add(V a, V b) { return _mm256_add_epi16(a, b); }
OP V v_sub(V a, V b) { return _mm256_sub_epi16(a, b); }
OP V v_shl(V a, int n) { return _mm256_slli_epi16(a, n); }
OP V v_shr(V a, int n) { return _mm256_srli_epi16(a, n); }
OP V v_sar(V a, int n) { return _mm256_srai_epi16(a, n); }
OP V v_mul(V a, int k) { return _mm256_mullo_epi16(a, v_splat(k)); }
OP V v_abs(V a) { return _mm256_abs_epi16(a); }
OP V v_max(V a, V b) { return _mm256_max_epi16(a, b); }
OP V v_tangent(V ax) { return _mm256_mulhi_epi16(_mm256_add_epi16(ax, ax), v_splat(13573)); }
OP M v_gt(V a, V b) { return _mm256_cmpgt_epi16(a, b); }
OP M v_negative(V a) { return _mm256_srai_epi16(a, 15); }
OP V v_select(M m, V a, V b) { return _mm256_blendv_epi8(b, a, m); }
OP M m_not(M m) { return _mm256_xor_si256(m, _mm256_set1_epi16(-1)); }
OP bool m_any(M m) { return _mm256_movemask_epi8(m) != 0; }
OP B m_bits(M even, M odd)
{
    return (B)_mm256_movemask_epi8(_mm256_blendv_epi8(odd, even, v_splat(0xff)));
}

OP V v_pairs(V a, int even, int odd)
{
    return _mm256_maddubs_epi16(a, v_splat((even & 0xff) | (odd & 0xff) << 8));
}
OP V v_add_bytes(V a, V b) { return _mm256_adds_epu8(a, b); }
OP V v_sub_bytes(V a, V b) { return _mm256_subs_epu8(a, b); }
OP V v_pack(V a, V b) { return _mm256_packus_epi16(a, b); }

OP V d_splat(int a) { return _mm256_set1_epi32(a); }
OP V d_sub(V a, V b) { return _mm256_sub_epi32(a, b); }
OP V d_shl(V a, int n) { return _mm256_slli_epi32(a, n); }
OP V d_shr(V a, int n) { return _mm256_srli_epi32(a, n); }
OP V d_max(V a, V b) { return _mm256_max_epi32(a, b); }
OP W d_gt(V a, V b) { return _mm256_cmpgt_epi32(a, b); }
OP V d_select(W m, V a, V b) { return _mm256_blendv_epi8(b, a, m); }
OP bool d_any(W m) { return _mm256_movemask_epi8(m) != 0; }
OP V v_square_sum(V a) { return _mm256_madd_epi16(a, a); }
OP W m_lower(M m) { return _mm256_srai_epi32(_mm256_slli_epi32(m, 16), 16); }
OP W m_upper(M m) { return _mm256_srai_epi32(m, 16); }
OP B w_bits(W m0, W m1, W m2, W m3)
{
    return m_bits(_mm256_blend_epi16(m0, m2, 0xaa), _mm256_blend_epi16(m1, m3, 0xaa));
}

OP V q_add(V a, V b) { return _mm256_add_epi64(a, b); }
OP V q_shl(V a, int n) { return _mm256_slli_epi64(a, n); }
OP V q_shr(V a, int n) { return _mm256_srli_epi64(a, n); }
OP bool q_zero(V a) { return _mm256_testz_si256(a, a); }
// clang-format on

OP V v_spread(B bits)
{
    const V byte =
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const V bit = _mm256_set1_epi64x((long long)0x8040201008040201);
    V spread = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte), bit);
    return _mm256_cmpeq_epi8(spread, bit);
}

/** Eight pixels, in both halves alike: the first two bytes of each, then the third ones. */
OP void split_eights(const uint8_t *low, const uint8_t *high, V *ab, V *c)
{
    const V order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 3, 4, 6, 7, 9, 10, 2, -1, 5, -1, 8, -1, 11, -1));
    V first = _mm256_loadu2_m128i((const __m128i *)(const void *)high,
                                  (const __m128i *)(const void *)low);
    V second = _mm256_loadu2_m128i((const __m128i *)(const void *)(high + 12),
                                   (const __m128i *)(const void *)(low + 12));
    first = _mm256_shuffle_epi8(first, order);
    second = _mm256_shuffle_epi8(second, order);
    *ab = _mm256_unpacklo_epi64(first, second);
    *c = _mm256_unpackhi_epi64(first, second);
}

/** v_pack() works within halves: pixels 0..7 and 16..23 go together, then the others. */
OP void v_split(const uint8_t *at, V ab[2], V c[2])
{
    split_eights(at, at + 48, &ab[0], &c[0]);
    split_eights(at + 24, at + 72, &ab[1], &c[1]);
}

#include "processing/kernels_rows.inc"

#include "processing/kernels_suppress.inc"

#include "processing/kernels_bitmap.inc"
