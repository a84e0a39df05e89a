/* fp32 with NEON, Winograd's way: products of 3 or 4 tiles x up to 5 vectors of output channels. */
#include "kernels_neon_f32.h"

#if defined(__aarch64__)

enum { LANES = NEON_LANES, MOST_VECTORS = NEON_MOST_VECTORS, MOST_ROWS = 4 };

#define TARGET

typedef float number;
typedef float32x4_t vector;

INLINE vector every(number value)
{
    return vdupq_n_f32(value);
}

INLINE vector maximum(vector a, vector b)
{
    return vmaxq_f32(a, b);
}

INLINE vector add_product(vector a, vector b, number factor)
{
    return vfmaq_f32(a, b, every(factor));
}

#include "winograd_kernels.h"
#include "kernels_arm_winograd.h"

INLINE void add_some(const uint32_t rows, const uint32_t vectors, vector *sums, const vector *values,
                     const number *weights, const int count)
{
    add_values((int)rows, (int)vectors, 1, sums, values, weights, count);
}

PRODUCTS(4, 1)
PRODUCTS(4, 2)
PRODUCTS(4, 3)
PRODUCTS(3, 4)
PRODUCTS(4, 4)
PRODUCTS(3, 5)
PRODUCTS(4, 5)

void neon_f32_winograd(const struct conv *c, const float *in, float *out)
{
    static products_function *const functions[MOST_VECTORS + 1][MOST_ROWS + 1] = {
        {NULL},
        {[4] = products_4x1},
        {[4] = products_4x2},
        {[4] = products_4x3},
        {[3] = products_3x4, [4] = products_4x4},
        {[3] = products_3x5, [4] = products_4x5},
    };
    convolve(c, 4, functions, in, out);
}

#endif
