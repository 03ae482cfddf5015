/**
 * @file
 * The vector operations of kernels_rows.inc in NEON, which every 64-bit ARM has: blocks of 16
 * pixels.
 */
#include "processing/kernels.h"

#include <arm_neon.h>
#include <string.h>

#define KERNELS kernels_neon
#define SPLIT   ///< there is v_split()
#define OP      static inline __attribute__((always_inline))

enum { BLOCK = 16 };
typedef int16x8_t V;
typedef int16x8_t M;
typedef int16x8_t W;
typedef uint16_t B;

#define U8(A)  vreinterpretq_u8_s16(A)
#define U16(A) vreinterpretq_u16_s16(A)
#define U64(A) vreinterpretq_u64_s16(A)
#define S32(A) vreinterpretq_s32_s16(A)

// clang-format off
OP V v_load(const void *at) { return vreinterpretq_s16_u8(vld1q_u8(at)); }
OP void v_store(void *at, V a) { vst1q_u8(at, U8(a)); }
OP V v_and(V a, V b) { return vandq_s16(a, b); }
OP V v_andnot(V a, V b) { return vbicq_s16(a, b); }
OP V v_or(V a, V b) { return vorrq_s16(a, b); }
OP V v_xor(V a, V b) { return veorq_s16(a, b); }

OP V v_splat(int a) { return vdupq_n_s16((int16_t)a); }
OP V v_add(V a, V b) { return vaddq_s16(a, b); }
OP V v_sub(V a, V b) { return vsubq_s16(a, b); }
OP V v_shl(V a, int n) { return vshlq_s16(a, v_splat(n)); }
OP V v_shr(V a, int n) { return vreinterpretq_s16_u16(vshlq_u16(U16(a), v_splat(-n))); }
OP V v_sar(V a, int n) { return vshlq_s16(a, v_splat(-n)); }
OP V v_mul(V a, int k) { return vmulq_n_s16(a, (int16_t)k); }
OP V v_abs(V a) { return vabsq_s16(a); }
OP V v_max(V a, V b) { return vmaxq_s16(a, b); }
OP V v_tangent(V ax) { return vqdmulhq_n_s16(ax, 13573); } // doubles, then keeps the upper half
OP M v_gt(V a, V b) { return vreinterpretq_s16_u16(vcgtq_s16(a, b)); }
OP M v_negative(V a) { return vshrq_n_s16(a, 15); }
OP V v_select(M m, V a, V b) { return vbslq_s16(U16(m), a, b); }
OP M m_not(M m) { return vmvnq_s16(m); }
OP bool m_any(M m) { return vmaxvq_u16(U16(m)) != 0; }

OP V v_pairs(V a, int even, int odd)
{
    V sum = vmulq_n_s16(v_and(a, v_splat(0xff)), (int16_t)even);
    return vmlaq_n_s16(sum, vreinterpretq_s16_u16(vshrq_n_u16(U16(a), 8)), (int16_t)odd);
}
OP V v_add_bytes(V a, V b) { return vreinterpretq_s16_u8(vqaddq_u8(U8(a), U8(b))); }
OP V v_sub_bytes(V a, V b) { return vreinterpretq_s16_u8(vqsubq_u8(U8(a), U8(b))); }
OP V v_pack(V a, V b)
{
    return vreinterpretq_s16_u8(vcombine_u8(vqmovun_s16(a), vqmovun_s16(b)));
}

OP V d_splat(int a) { return vreinterpretq_s16_s32(vdupq_n_s32(a)); }
OP V d_sub(V a, V b) { return vreinterpretq_s16_s32(vsubq_s32(S32(a), S32(b))); }
OP V d_shl(V a, int n) { return vreinterpretq_s16_s32(vshlq_s32(S32(a), vdupq_n_s32(n))); }
OP V d_shr(V a, int n)
{
    return vreinterpretq_s16_u32(vshlq_u32(vreinterpretq_u32_s16(a), vdupq_n_s32(-n)));
}
OP V d_max(V a, V b) { return vreinterpretq_s16_s32(vmaxq_s32(S32(a), S32(b))); }
OP W d_gt(V a, V b) { return vreinterpretq_s16_u32(vcgtq_s32(S32(a), S32(b))); }
OP V d_select(W m, V a, V b) { return v_select(m, a, b); }
OP bool d_any(W m) { return m_any(m); }
OP W m_lower(M m)
{
    return vreinterpretq_s16_s32(vshrq_n_s32(vshlq_n_s32(S32(m), 16), 16));
}
OP W m_upper(M m) { return vreinterpretq_s16_s32(vshrq_n_s32(S32(m), 16)); }
OP V v_square_sum(V a)
{
    int32x4_t lower = S32(m_lower(a)), upper = S32(m_upper(a));
    return vreinterpretq_s16_s32(vmlaq_s32(vmulq_s32(lower, lower), upper, upper));
}

OP V q_add(V a, V b) { return vreinterpretq_s16_u64(vaddq_u64(U64(a), U64(b))); }
OP V q_shl(V a, int n) { return vreinterpretq_s16_u64(vshlq_u64(U64(a), vdupq_n_s64(n))); }
OP V q_shr(V a, int n) { return vreinterpretq_s16_u64(vshlq_u64(U64(a), vdupq_n_s64(-n))); }
OP bool q_zero(V a) { return vmaxvq_u32(vreinterpretq_u32_s16(a)) == 0; }
// clang-format on

static const uint8_t bit_of_byte[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};

OP B m_bits(M even, M odd)
{
    uint8x16_t bytes = U8(v_select(v_splat(0xff), even, odd));
    uint8x16_t bits = vandq_u8(bytes, vld1q_u8(bit_of_byte));
    return (B)(vaddv_u8(vget_low_u8(bits)) | vaddv_u8(vget_high_u8(bits)) << 8);
}

OP B w_bits(W m0, W m1, W m2, W m3)
{
    return m_bits(v_select(d_splat(0xffff), m0, m2), v_select(d_splat(0xffff), m1, m3));
}

OP V v_spread(B bits)
{
    uint8x16_t bytes = vcombine_u8(vdup_n_u8((uint8_t)bits), vdup_n_u8((uint8_t)(bits >> 8)));
    return vreinterpretq_s16_u8(vtstq_u8(bytes, vld1q_u8(bit_of_byte)));
}

/** Sixteen pixels: the first two bytes of each, and the third ones with a zero, in two halves. */
OP void v_split(const uint8_t *at, V ab[2], V c[2])
{
    uint8x16x3_t planes = vld3q_u8(at);
    uint8x16x2_t pairs = vzipq_u8(planes.val[0], planes.val[1]);
    uint8x16x2_t thirds = vzipq_u8(planes.val[2], vdupq_n_u8(0));
    for (int i = 0; i < 2; i++) {
        ab[i] = vreinterpretq_s16_u8(pairs.val[i]);
        c[i] = vreinterpretq_s16_u8(thirds.val[i]);
    }
}

#include "processing/kernels_rows.inc"

#include "processing/kernels_suppress.inc"

#include "processing/kernels_bitmap.inc"
