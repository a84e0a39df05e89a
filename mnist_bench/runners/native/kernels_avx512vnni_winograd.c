/* fp32 with AVX-512, Winograd's way: products of up to 9 tiles x 3 vectors of output channels. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum { LANES = AVX512_LANES, MOST_VECTORS = AVX512_MOST_VECTORS, MOST_ROWS = 9 };

typedef float number;
typedef __m512 vector;

INLINE vector load(const number *from)
{
    return _mm512_loadu_ps(from);
}

INLINE void keep(number *to, vector values)
{
    _mm512_storeu_ps(to, values);
}

INLINE vector every(number value)
{
    return _mm512_set1_ps(value);
}

INLINE vector plus(vector a, vector b)
{
    return _mm512_add_ps(a, b);
}

INLINE vector minus(vector a, vector b)
{
    return _mm512_sub_ps(a, b);
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

INLINE void add_products(const struct product *product, const uint32_t rows, const uint32_t vectors, uint32_t from)
{
    vector sum[MOST_ROWS * MOST_VECTORS];
    const number *tiles[MOST_ROWS], *weights = product->weights;
    number *to = product->sums + from * product->sum_row;
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        tiles[p] = product->values + (from + p) * product->row;
        __asm__("" : "+r"(tiles[p])); /* or each would be computed anew */
    }
    UNROLL
    for (uint32_t i = 0; i < rows * vectors; i++) {
        sum[i] = _mm512_setzero_ps();
    }
    for (size_t k = 0; k < product->channels; k++, weights += vectors * LANES) {
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            const vector value = every(tiles[p][k]);
            UNROLL
            for (uint32_t v = 0; v < vectors; v++) {
                sum[p * vectors + v] = _mm512_fmadd_ps(value, load(weights + v * LANES), sum[p * vectors + v]);
            }
        }
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
    AVX512 static void products_##rows##x##vectors(const struct product *product)                                      \
    {                                                                                                                  \
        const struct product own = *product; /* not changed by what is stored */                                       \
        for (uint32_t done = 0; done < own.tiles; done += rows) {                                                      \
            add_products(&own, rows, vectors, next_rows(&own, done, rows));                                            \
        }                                                                                                              \
    }
PRODUCTS(4, 1)
PRODUCTS(4, 2)
PRODUCTS(8, 2)
PRODUCTS(4, 3)
PRODUCTS(8, 3)
PRODUCTS(9, 3)

AVX512 void avx512vnni_f32_winograd(const struct conv *c, const float *in, float *out)
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
