/* Depthwise convolutions in fp32 with AVX2 and FMA. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum { LANES = 8 };

typedef __m256 vector;

INLINE vector load(const float *from)
{
    return _mm256_loadu_ps(from);
}

INLINE vector multiply(vector a, vector b)
{
    return _mm256_mul_ps(a, b);
}

INLINE vector multiply_add(vector sum, vector a, vector b)
{
    return _mm256_fmadd_ps(a, b, sum);
}

INLINE vector add(vector a, vector b)
{
    return _mm256_add_ps(a, b);
}

INLINE vector at_least(float low, vector values)
{
    return _mm256_max_ps(_mm256_set1_ps(low), values);
}

INLINE void store(float *to, vector values, uint32_t count)
{
    if (count == LANES) {
        _mm256_storeu_ps(to, values);
    } else {
        const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), places), values);
    }
}

#include "kernels_depthwise_f32.h"

size_t avx2_depthwise_f32_packed_bytes(const struct conv *c)
{
    return packed_bytes(c);
}

void avx2_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    pack(c, weights, biases, to);
}

AVX2 void avx2_depthwise_f32_conv(const struct conv *c, const float *in, float *out)
{
    conv(c, in, out);
}
#endif
