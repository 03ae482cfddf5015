/**
 * @file
 * The vector operations of kernels_rows.inc in AVX-512 (F, BW, VL) and BMI2: blocks of 64 pixels.
 * Masks are registers of their own here, a bit a lane.
 */
#include "processing/kernels.h"

#include <immintrin.h>
#include <string.h>

#define KERNELS kernels_avx512
#define SPLIT   ///< there is v_split()
#define OP      static inline __attribute__((always_inline))

enum { BLOCK = 64 };
typedef __m512i V;
typedef __mmask32 M;
typedef __mmask16 W;
typedef uint64_t B;

// clang-format off
OP V v_load(const void *at) { return _mm512_loadu_si512(at); }
OP void v_store(void *at, V a) { _mm512_storeu_si512(at, a); }
OP V v_and(V a, V b) { return _mm512_and_si512(a, b); }
OP V v_andnot(V a, V b) { return _mm512_andnot_si512(b, a); }
OP V v_or(V a, V b) { return _mm512_or_si512(a, b); }
OP V v_xor(V a, V b) { return _mm512_xor_si512(a, b); }

OP V v_splat(int a) { return _mm512_set1_epi16((short)a); }
OP V v_add(V a, V b) { return _mm512_add_epi16(a, b); }
OP V v_sub(V a, V b) { return _mm512_sub_epi16(a, b); }
OP V v_shl(V a, int n) { return _mm512_slli_epi16(a, (unsigned)n); }
OP V v_shr(V a, int n) { return _mm512_srli_epi16(a, (unsigned)n); }
OP V v_sar(V a, int n) { return _mm512_srai_epi16(a, (unsigned)n); }
OP V v_mul(V a, int k) { return _mm512_mullo_epi16(a, v_splat(k)); }
OP V v_abs(V a) { return _mm512_abs_epi16(a); }
OP V v_max(V a, V b) { return _mm512_max_epi16(a, b); }
OP V v_tangent(V ax) { return _mm512_mulhi_epi16(v_add(ax, ax), v_splat(13573)); }
OP M v_gt(V a, V b) { return _mm512_cmpgt_epi16_mask(a, b); }
OP M v_negative(V a) { return _mm512_movepi16_mask(a); }
OP V v_select(M m, V a, V b) { return _mm512_mask_blend_epi16(m, b, a); }
OP M m_not(M m) { return ~m; }
OP bool m_any(M m) { return m != 0; }
OP B m_bits(M even, M odd)
{
    return _pdep_u64(even, 0x5555555555555555) | _pdep_u64(odd, 0xaaaaaaaaaaaaaaaa);
}

OP V v_pairs(V a, int even, int odd)
{
    return _mm512_maddubs_epi16(a, v_splat((even & 0xff) | (odd & 0xff) << 8));
}
OP V v_add_bytes(V a, V b) { return _mm512_adds_epu8(a, b); }
OP V v_sub_bytes(V a, V b) { return _mm512_subs_epu8(a, b); }
OP V v_pack(V a, V b) { return _mm512_packus_epi16(a, b); }

OP V d_splat(int a) { return _mm512_set1_epi32(a); }
OP V d_sub(V a, V b) { return _mm512_sub_epi32(a, b); }
OP V d_shl(V a, int n) { return _mm512_slli_epi32(a, (unsigned)n); }
OP V d_shr(V a, int n) { return _mm512_srli_epi32(a, (unsigned)n); }
OP V d_max(V a, V b) { return _mm512_max_epi32(a, b); }
OP W d_gt(V a, V b) { return _mm512_cmpgt_epi32_mask(a, b); }
OP V d_select(W m, V a, V b) { return _mm512_mask_blend_epi32(m, b, a); }
OP bool d_any(W m) { return m != 0; }
OP V v_square_sum(V a) { return _mm512_madd_epi16(a, a); }
OP W m_lower(M m) { return (W)_pext_u32(m, 0x55555555); }
OP W m_upper(M m) { return (W)_pext_u32(m, 0xaaaaaaaa); }
OP B w_bits(W m0, W m1, W m2, W m3)
{
    return _pdep_u64(m0, 0x1111111111111111) | _pdep_u64(m1, 0x2222222222222222) |
           _pdep_u64(m2, 0x4444444444444444) | _pdep_u64(m3, 0x8888888888888888);
}

OP V q_add(V a, V b) { return _mm512_add_epi64(a, b); }
OP V q_shl(V a, int n) { return _mm512_slli_epi64(a, (unsigned)n); }
OP V q_shr(V a, int n) { return _mm512_srli_epi64(a, (unsigned)n); }
OP bool q_zero(V a) { return _mm512_test_epi64_mask(a, a) == 0; }
OP V v_spread(B bits) { return _mm512_movm_epi8(bits); }
// clang-format on

/** Four quarters of 16 bytes, 48 bytes apart. */
OP V load_quarters(const uint8_t *at)
{
    V quarters = _mm512_castsi128_si512(_mm_loadu_si128((const void *)at));
    quarters = _mm512_inserti32x4(quarters, _mm_loadu_si128((const void *)(at + 48)), 1);
    quarters = _mm512_inserti32x4(quarters, _mm_loadu_si128((const void *)(at + 96)), 2);
    return _mm512_inserti32x4(quarters, _mm_loadu_si128((const void *)(at + 144)), 3);
}

/** Eight pixels a quarter: the first two bytes of each, then the third ones with a zero. */
OP void split_eights(const uint8_t *at, V *ab, V *c)
{
    const V order =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 3, 4, 6, 7, 9, 10, 2, -1, 5, -1, 8, -1, 11, -1));
    V first = _mm512_shuffle_epi8(load_quarters(at), order);
    V second = _mm512_shuffle_epi8(load_quarters(at + 12), order);
    *ab = _mm512_unpacklo_epi64(first, second);
    *c = _mm512_unpackhi_epi64(first, second);
}

/** v_pack() works within quarters: of each 16 pixels the first 8 go together, then the others. */
OP void v_split(const uint8_t *at, V ab[2], V c[2])
{
    split_eights(at, &ab[0], &c[0]);
    split_eights(at + 24, &ab[1], &c[1]);
}

#include "processing/kernels_rows.inc"

#include "processing/kernels_suppress.inc"

#include "processing/kernels_bitmap.inc"
