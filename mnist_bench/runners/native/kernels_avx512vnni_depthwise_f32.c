/* Depthwise convolutions in fp32 with AVX-512. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum { LANES = 16 };

typedef __m512 vector;

INLINE vector load(const float *from)
{
    return _mm512_loadu_ps(from);
}

INLINE vector multiply(vector a, vector b)
{
    return _mm512_mul_ps(a, b);
}

INLINE vector multiply_add(vector sum, vector a, vector b)
{
    return _mm512_fmadd_ps(a, b, sum);
}

INLINE vector add(vector a, vector b)
{
    return _mm512_add_ps(a, b);
}

INLINE vector at_least(float low, vector values)
{
    return _mm512_max_ps(_mm512_set1_ps(low), values);
}

INLINE void store(float *to, vector values, uint32_t count)
{
    _mm512_mask_storeu_ps(to, (__mmask16)(0xffff >> (LANES - count)), values);
}

#include "kernels_depthwise_f32.h"

size_t avx512vnni_depthwise_f32_packed_bytes(const struct conv *c)
{
    return packed_bytes(c);
}

void avx512vnni_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    pack(c, weights, biases, to);
}

AVX512 void avx512vnni_depthwise_f32_conv(const struct conv *c, const float *in, float *out)
{
    conv(c, in, out);
}
#endif
