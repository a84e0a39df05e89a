/* fp32 with NEON, Winograd's way: products of 3 or 4 tiles x up to 5 vectors of output channels. */
#include "kernels_arm.h"

#if defined(__aarch64__)

enum { LANES = NEON_LANES, MOST_VECTORS = NEON_MOST_VECTORS, MOST_ROWS = 4 };

typedef float number;
typedef float32x4_t vector;

INLINE vector load(const number *from)
{
    return vld1q_f32(from);
}

INLINE void keep(number *to, vector values)
{
    vst1q_f32(to, values);
}

INLINE vector every(number value)
{
    return vdupq_n_f32(value);
}

INLINE vector plus(vector a, vector b)
{
    return vaddq_f32(a, b);
}

INLINE vector minus(vector a, vector b)
{
    return vsubq_f32(a, b);
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

INLINE vector add_lane(vector sum, vector weights, vector values, int lane)
{
    switch (lane) {
    case 0:
        return vfmaq_laneq_f32(sum, weights, values, 0);
    case 1:
        return vfmaq_laneq_f32(sum, weights, values, 1);
    case 2:
        return vfmaq_laneq_f32(sum, weights, values, 2);
    default:
        return vfmaq_laneq_f32(sum, weights, values, 3);
    }
}

/* Adds `count` (1 to 4) values of each tile, times their weights. */
INLINE void add_values(const uint32_t rows, const uint32_t vectors, vector *sum, const vector *value,
                       const number *weights, const int count)
{
    UNROLL
    for (int k = 0; k < count; k++) {
        UNROLL
        for (uint32_t v = 0; v < vectors; v++) {
            const vector factors = load(weights + ((uint32_t)k * vectors + v) * LANES);
            UNROLL
            for (uint32_t p = 0; p < rows; p++) {
                sum[p * vectors + v] = add_lane(sum[p * vectors + v], factors, value[p], k);
            }
        }
    }
}

INLINE void add_products(const struct product *product, const uint32_t rows, const uint32_t vectors, uint32_t from)
{
    vector sum[MOST_ROWS * MOST_VECTORS], value[MOST_ROWS];
    const number *tiles[MOST_ROWS], *weights = product->weights;
    number *to = product->sums + from * product->sum_row;
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        tiles[p] = product->values + (from + p) * product->row;
    }
    UNROLL
    for (uint32_t i = 0; i < rows * vectors; i++) {
        sum[i] = every(0);
    }
    uint32_t channels = product->channels;
    for (; channels >= 4; channels -= 4) {
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            value[p] = load(tiles[p]);
            tiles[p] += 4;
            KEEP_POINTER(tiles[p]);
        }
        add_values(rows, vectors, sum, value, weights, 4);
        weights += 4 * vectors * LANES;
        KEEP_POINTER(weights);
    }
    for (; channels > 0; channels--, weights += vectors * LANES) {
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            value[p] = vld1q_dup_f32(tiles[p]++);
        }
        add_values(rows, vectors, sum, value, weights, 1);
    }
    UNROLL
    for (uint32_t p = 0; p < rows; p++, to += product->sum_row) {
        UNROLL
        for (uint32_t v = 0; v < vectors; v++) {
            keep(to + v * LANES, sum[p * vectors + v]);
        }
    }
}

#define PRODUCTS(rows, vectors)                                                                                        \
    static void products_##rows##x##vectors(const struct product *product)                                             \
    {                                                                                                                  \
        const struct product own = *product; /* not changed by what is stored */                                       \
        for (uint32_t done = 0; done < own.tiles; done += rows) {                                                      \
            add_products(&own, rows, vectors, next_rows(&own, done, rows));                                            \
        }                                                                                                              \
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
