/* fp32 with AVX2 and FMA, Winograd's way: products of 3 or 4 tiles x up to 3 vectors of output channels. */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) AVX2

enum { LANES = AVX2_LANES, MOST_VECTORS = AVX2_MOST_VECTORS, MOST_ROWS = 4 };

typedef float number;
typedef __m256 vector;

INLINE vector load(const number *from)
{
    return _mm256_loadu_ps(from);
}

INLINE void keep(number *to, vector values)
{
    _mm256_storeu_ps(to, values);
}

INLINE vector every(number value)
{
    return _mm256_set1_ps(value);
}

INLINE vector plus(vector a, vector b)
{
    return _mm256_add_ps(a, b);
}

INLINE vector minus(vector a, vector b)
{
    return _mm256_sub_ps(a, b);
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
        sum[i] = _mm256_setzero_ps();
    }
    for (size_t k = 0; k < product->channels; k++, weights += vectors * LANES) {
        vector factors[MOST_VECTORS];
        UNROLL
        for (uint32_t v = 0; v < vectors; v++) {
            factors[v] = load(weights + v * LANES);
        }
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            const vector value = broadcast(tiles[p] + k);
            UNROLL
            for (uint32_t v = 0; v < vectors; v++) {
                sum[p * vectors + v] = multiply_add(sum[p * vectors + v], value, factors[v]);
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
    AVX2 static void products_##rows##x##vectors(const struct product *product)                                        \
    {                                                                                                                  \
        const struct product own = *product; /* not changed by what is stored */                                       \
        for (uint32_t done = 0; done < own.tiles; done += rows) {                                                      \
            add_products(&own, rows, vectors, next_rows(&own, done, rows));                                            \
        }                                                                                                              \
    }
PRODUCTS(4, 1)
PRODUCTS(3, 2)
PRODUCTS(4, 2)
PRODUCTS(3, 3)
PRODUCTS(4, 3)

AVX2 void avx2_f32_winograd(const struct conv *c, const float *in, float *out)
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
