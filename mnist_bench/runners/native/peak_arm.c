/* Multiply-adds in registers on arm64: fused ones, and for int8 what each set has. */
#include "kernels_fp16.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define PEAK_REGISTER "w"
#include "peak.h"

#define BYTES(vector) vreinterpretq_s8_s32(vector)
#define FMA(sum, a, b) vfmaq_f32(sum, a, b)
#define HALF_FMA(sum, a, b) vfmaq_laneq_f16(sum, a, b, 0)
#define LOW_PRODUCTS(a, b) vmull_s8(vget_low_s8(BYTES(a)), vget_low_s8(BYTES(b)))
#define LONG_PRODUCTS(sum, a, b) vpadalq_s16(sum, vmlal_high_s8(LOW_PRODUCTS(a, b), BYTES(a), BYTES(b)))
#define DOT_PRODUCTS(sum, a, b) vdotq_s32(sum, BYTES(a), BYTES(b))
#define MATRIX_PRODUCTS(sum, a, b) vusmmlaq_s32(sum, vreinterpretq_u8_s32(a), BYTES(b))

PEAK_LOOP(neon_f32_peak, , EACH_OF_16, float32x4_t, 4, FMA)
PEAK_LOOP(neon_q8_peak, , EACH_OF_16, int32x4_t, 16, LONG_PRODUCTS)
#if defined(HAS_DOTPROD_KERNELS)
PEAK_LOOP(dotprod_q8_peak, DOTPROD, EACH_OF_16, int32x4_t, 16, DOT_PRODUCTS)
PEAK_LOOP(i8mm_q8_peak, I8MM, EACH_OF_16, int32x4_t, 32, MATRIX_PRODUCTS)
#endif
#if defined(HAS_FP16_KERNELS)
PEAK_LOOP(fp16_peak, FP16, EACH_OF_16, float16x8_t, 8, HALF_FMA)
#endif

#endif
