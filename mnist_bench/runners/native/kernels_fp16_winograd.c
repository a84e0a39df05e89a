/* fp16, Winograd's way: products of up to 9 tiles x 2 vectors of output channels.
 *
 * F(2 x 2) alone: F(4 x 4)'s rounding errors would be too large. Packed: as in fp32 (winograd.h), rounded.
 */
#include "kernels_fp16.h"

#if defined(HAS_FP16_KERNELS)

#include "winograd.h"

enum { MOST_VECTORS = 2, MOST_ROWS = 9 };

size_t fp16_winograd_packed_bytes(const struct conv *c)
{
    const uint64_t weights = winograd_weight_bytes(c, c->winograd->tile, LANES, sizeof(half));
    return (size_t)weights + c->winograd->sum_row * sizeof(half);
}

static void pack_pair(const struct winograd *w, const float *weights, size_t plane, half *to)
{
    double transformed[WINOGRAD_PLANES];
    winograd_transform_weights(w->tile, weights, transformed);
    for (uint32_t i = 0; i < w->planes; i++) {
        to[i * plane] = half_of_float((float)transformed[i]);
    }
}

void fp16_winograd_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    const struct winograd *w = c->winograd;
    const size_t plane = (size_t)c->channels * w->sum_row;
    half *next = to;
    memset(to, 0, fp16_winograd_packed_bytes(c));
    for (uint32_t out = 0; out < c->out_channels; out++) {
        next[out] = half_of_float(biases[out]);
    }
    next += w->sum_row;
    for (uint32_t first = 0, wide; first < w->sum_row; first += wide) {
        wide = winograd_block(w->vectors - first / LANES, MOST_VECTORS) * LANES;
        for (uint32_t in = 0; in < c->channels; in++, next += wide) {
            for (uint32_t i = 0; i < wide && first + i < c->out_channels; i++) {
                pack_pair(w, weights + ((size_t)(first + i) * c->channels + in) * 9, plane, next + i);
            }
        }
    }
}

#undef INLINE
#define INLINE static inline __attribute__((always_inline)) FP16

typedef float16_t number;
typedef float16x8_t vector;

INLINE vector load(const number *from)
{
    return vld1q_f16(from);
}

INLINE void keep(number *to, vector values)
{
    vst1q_f16(to, values);
}

INLINE vector every(number value)
{
    return vdupq_n_f16(value);
}

INLINE vector plus(vector a, vector b)
{
    return vaddq_f16(a, b);
}

INLINE vector minus(vector a, vector b)
{
    return vsubq_f16(a, b);
}

#define maximum larger_halves

INLINE vector add_product(vector a, vector b, number factor)
{
    return add_lane(a, b, every(factor), 0);
}

#undef ROLLED
#define ROLLED UNROLL /* F(2 x 2) alone: a tile's numbers fit the registers */
#include "winograd_kernels.h"

INLINE void add_products(const struct product *product, const int rows, const int vectors, uint32_t from)
{
    vector sum[MOST_ROWS * MOST_VECTORS], value[MOST_ROWS];
    const number *tiles[MOST_ROWS], *weights = product->weights;
    number *to = product->sums + from * product->sum_row;
    uint32_t channels = product->channels;
    UNROLL
    for (int p = 0; p < rows; p++) {
        tiles[p] = product->values + (from + (uint32_t)p) * product->row;
    }
    UNROLL
    for (int i = 0; i < rows * vectors; i++) {
        sum[i] = every(0);
    }
    for (; channels >= LANES; channels -= LANES) {
        UNROLL
        for (int p = 0; p < rows; p++) {
            value[p] = load(tiles[p]);
            tiles[p] += LANES;
            KEEP_POINTER(tiles[p]);
        }
        add_halves(rows, vectors, 1, sum, value, (const half *)weights, LANES);
        weights += LANES * LANES * vectors;
        KEEP_POINTER(weights);
    }
    for (; channels > 0; channels--, weights += LANES * vectors) {
        UNROLL
        for (int p = 0; p < rows; p++) {
            value[p] = every(*tiles[p]++);
        }
        add_halves(rows, vectors, 1, sum, value, (const half *)weights, 1);
    }
    UNROLL
    for (int p = 0; p < rows; p++, to += product->sum_row) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            keep(to + v * LANES, sum[p * vectors + v]);
        }
    }
}

#define PRODUCTS(rows, vectors)                                                                                        \
    static FP16 void products_##rows##x##vectors(const struct product *product)                                        \
    {                                                                                                                  \
        const struct product own = *product; /* not changed by what is stored */                                       \
        for (uint32_t done = 0; done < own.tiles; done += rows) {                                                      \
            add_products(&own, rows, vectors, next_rows(&own, done, rows));                                            \
        }                                                                                                              \
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
