/* Depthwise convolutions in fp32 with NEON. */
#include "kernels_arm.h"

#if defined(__aarch64__)

enum { LANES = 4 };

typedef float32x4_t vector;

INLINE vector load(const float *from)
{
    return vld1q_f32(from);
}

INLINE vector multiply(vector a, vector b)
{
    return vmulq_f32(a, b);
}

INLINE vector multiply_add(vector sum, vector a, vector b)
{
    return vfmaq_f32(sum, a, b);
}

INLINE vector add(vector a, vector b)
{
    return vaddq_f32(a, b);
}

INLINE vector at_least(float low, vector values)
{
    return vmaxq_f32(values, vdupq_n_f32(low));
}

INLINE void store(float *to, vector values, uint32_t count)
{
    if (count == LANES) {
        vst1q_f32(to, values);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        vst1q_lane_f32(to + i, values, 0);
        values = vextq_f32(values, values, 1);
    }
}

#include "kernels_depthwise_f32.h"

size_t neon_depthwise_f32_packed_bytes(const struct conv *c)
{
    return packed_bytes(c);
}

void neon_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    pack(c, weights, biases, to);
}

void neon_depthwise_f32_conv(const struct conv *c, const float *in, float *out)
{
    conv(c, in, out);
}
#endif
