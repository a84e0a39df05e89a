/* int8 with AVX2, Winograd's way: products of four tiles and up to three vectors of output channels, or two and five.
 */
#include "kernels_x86.h"

#if defined(__x86_64__)

#include "kernels_avx2_q8.h"

enum { MOST_OF_TWO = 5, MOST_OF_FOUR = 3, MOST_ROWS = 4, MOST_SUMS = 12, PAIR = 2 };

typedef __m256i vector;

#define TARGET AVX2
#include "winograd_q8_kernels.h"

INLINE values_t widened(const uint8_t *from)
{
    return (values_t)_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)from));
}

INLINE sums_t largest_sums(sums_t a, sums_t b)
{
    return (sums_t)_mm256_max_epi32((__m256i)a, (__m256i)b);
}

INLINE void keep_bytes(const struct conv *c, uint32_t count, const sums_t *sums, const float *multipliers,
                       uint8_t *const *out)
{
    UNROLL
    for (uint32_t i = 0; i < count; i++) {
        if (out[i] != NULL) {
            store(c, out[i], (__m256i)sums[i], multipliers, LANES);
        }
    }
}

/* Tiles that are multiplied together: two where that makes fewer or fuller blocks. */
static uint32_t rows_of(const struct conv *c)
{
    const uint32_t vectors = c->winograd->vectors;
    return vectors % MOST_OF_TWO == 0 || vectors == 4 ? 2 : 4;
}

static struct winograd_q8_order order_of(const struct conv *c)
{
    return (struct winograd_q8_order){LANES, rows_of(c) == 2 ? MOST_OF_TWO : MOST_OF_FOUR, PAIR};
}

void avx2_q8_winograd_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                           const float *multipliers, void *to)
{
    winograd_q8_pack(c, order_of(c), weights, biases, multipliers, to);
}

/* A pair of values to all lanes; and its products with the weights added. As assembly, see kernels_avx2_q8.c. */
INLINE __m256i pair_of(const int16_t *from)
{
    __m256i pair;
    __asm__ volatile("vpbroadcastd %1, %0" : "=x"(pair) : "m"(*(const int16_t(*)[PAIR])from));
    return pair;
}

INLINE __m256i add_pair(__m256i sum, __m256i pair, const int16_t *weights)
{
    __m256i products;
    __asm__ volatile("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0"
                     : "+x"(sum), "=&x"(products)
                     : "x"(pair), "m"(*(const int16_t(*)[PAIR * LANES])weights));
    return sum;
}

INLINE void add_channels(const uint32_t rows, const uint32_t vectors, const int16_t **tiles, const int16_t *weights,
                         uint32_t channels, vector *sums)
{
    UNROLL
    for (uint32_t p = 0; p < rows; p++) {
        __asm__("" : "+r"(tiles[p])); /* or each would be computed anew */
    }
    for (size_t k = 0; k < channels; k += PAIR, weights += PAIR * vectors * LANES) {
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            const __m256i pair = pair_of(tiles[p] + k);
            UNROLL
            for (uint32_t v = 0; v < vectors; v++) {
                sums[p * vectors + v] = add_pair(sums[p * vectors + v], pair, weights + v * PAIR * LANES);
            }
        }
    }
}

PRODUCTS(2, 4)
PRODUCTS(2, 5)
PRODUCTS(4, 1)
PRODUCTS(4, 2)
PRODUCTS(4, 3)

void avx2_q8_winograd_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    static products_function *const of_two[] = {NULL, NULL, NULL, NULL, products_2x4, products_2x5};
    static products_function *const of_four[] = {NULL, products_4x1, products_4x2, products_4x3};
    const uint32_t rows = rows_of(c), most = order_of(c).most;
    products_function *const *functions = rows == 2 ? of_two : of_four;
    convolve(c, rows, most, functions, in, out);
}

#endif
