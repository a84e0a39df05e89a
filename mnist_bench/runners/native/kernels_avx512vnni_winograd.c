/* fp32 with AVX-512, Winograd's way: products of up to 9 tiles x 3 vectors of output channels. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = AVX512_LANES, MOST_VECTORS = AVX512_MOST_VECTORS, MOST_ROWS = 9 };

typedef float number;
typedef __m512 vector;

INLINE vector every(number value)
{
    return _mm512_set1_ps(value);
}

INLINE vector maximum(vector a, vector b)
{
    return _mm512_max_ps(a, b);
}

INLINE vector add_product(vector a, vector b, number factor)
{
    return _mm512_fmadd_ps(b, every(factor), a);
}

#include "winograd_kernels.h"
#include "kernels_x86_winograd.h"

INLINE vector broadcast(const number *from)
{
    return every(*from);
}

INLINE vector multiply_add(vector sum, vector value, vector weights)
{
    return _mm512_fmadd_ps(value, weights, sum);
}

PRODUCTS(4, 1)
PRODUCTS(4, 2)
PRODUCTS(8, 2)
PRODUCTS(4, 3)
PRODUCTS(8, 3)
PRODUCTS(9, 3)

TARGET void avx512vnni_f32_winograd(const struct conv *c, const float *in, float *out)
{
    static products_function *const functions[MOST_VECTORS + 1][MOST_ROWS + 1] = {
        {NULL},
        {[4] = products_4x1},
        {[4] = products_4x2, [8] = products_8x2},
        {[4] = products_4x3, [8] = products_8x3, [9] = products_9x3},
    };
    convolve(c, 4, functions, in, out);
}

#endif
