/* fp16, Winograd's way: products of up to 9 tiles x 2 vectors of output channels.
 *
 * F(2 x 2) alone: F(4 x 4)'s rounding errors would be too large. Packed: as in fp32 (winograd.h), rounded.
 */
#include "kernels_fp16.h"

#if defined(HAS_FP16_KERNELS)

#include "winograd.h"

enum { MOST_VECTORS = FP16_MOST_VECTORS, MOST_ROWS = 9 };

#define TARGET FP16
#undef INLINE
#define INLINE static inline __attribute__((always_inline)) FP16

typedef float16_t number;
typedef float16x8_t vector;

INLINE vector every(number value)
{
    return vdupq_n_f16(value);
}

INLINE vector maximum(vector a, vector b)
{
    return larger_halves(a, b);
}

INLINE vector add_product(vector a, vector b, number factor)
{
    return add_lane(a, b, every(factor), 0);
}

#undef ROLLED
#define ROLLED UNROLL /* F(2 x 2) alone: a tile's numbers fit the registers */
#include "winograd_kernels.h"
#include "kernels_arm_winograd.h"

INLINE void add_some(const uint32_t rows, const uint32_t vectors, vector *sums, const vector *values,
                     const number *weights, const int count)
{
    add_halves((int)rows, (int)vectors, 1, sums, values, (const half *)weights, count);
}

PRODUCTS(4, 1)
PRODUCTS(7, 1)
PRODUCTS(4, 2)
PRODUCTS(7, 2)
PRODUCTS(8, 2)
PRODUCTS(9, 2)

FP16 void fp16_winograd_conv(const struct conv *c, const half *in, half *out)
{
    static products_function *const functions[MOST_VECTORS + 1][MOST_ROWS + 1] = {
        {NULL},
        {[4] = products_4x1, [7] = products_7x1},
        {[4] = products_4x2, [7] = products_7x2, [8] = products_8x2, [9] = products_9x2},
    };
    convolve(c, 2, functions, (const number *)in, (number *)out);
}

#endif
