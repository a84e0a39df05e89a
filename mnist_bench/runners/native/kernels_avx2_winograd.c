/* fp32 with AVX2 and FMA, Winograd's way: products of 3 or 4 tiles x up to 3 vectors of output channels. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = AVX2_LANES, MOST_VECTORS = AVX2_MOST_VECTORS, MOST_ROWS = 4 };

typedef float number;
typedef __m256 vector;

INLINE vector every(number value)
{
    return _mm256_set1_ps(value);
}

INLINE vector maximum(vector a, vector b)
{
    return _mm256_max_ps(a, b);
}

INLINE vector add_product(vector a, vector b, number factor)
{
    return _mm256_fmadd_ps(b, every(factor), a);
}

#include "winograd_kernels.h"
#include "kernels_x86_winograd.h"

/* As assembly for the reason that kernels_avx2_f32.c tells. */
INLINE vector broadcast(const number *from)
{
    vector value;
    __asm__ volatile("vbroadcastss %1, %0" : "=x"(value) : "m"(*from));
    return value;
}

INLINE vector multiply_add(vector sum, vector value, vector weights)
{
    __asm__ volatile("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(value), "x"(weights));
    return sum;
}

PRODUCTS(4, 1)
PRODUCTS(3, 2)
PRODUCTS(4, 2)
PRODUCTS(3, 3)
PRODUCTS(4, 3)

TARGET void avx2_f32_winograd(const struct conv *c, const float *in, float *out)
{
    static products_function *const functions[MOST_VECTORS + 1][MOST_ROWS + 1] = {
        {NULL},
        {[4] = products_4x1},
        {[3] = products_3x2, [4] = products_4x2},
        {[3] = products_3x3, [4] = products_4x3},
    };
    convolve(c, 4, functions, in, out);
}

#endif
