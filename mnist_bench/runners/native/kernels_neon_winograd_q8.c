/* int8 with NEON, Winograd's way: products of three or four tiles and up to six or four vectors of output channels. */
#include "kernels_arm.h"

#if defined(__aarch64__)

enum { LANES = NEON_Q8_LANES, MOST_OF_THREE = 6, MOST_OF_FOUR = 4, MOST_ROWS = 4, MOST_SUMS = 18 };

typedef int32x4_t vector;

#define TARGET
#include "winograd_q8_kernels.h"

INLINE values_t widened(const uint8_t *from)
{
    return (values_t)vmovl_u8(vld1_u8(from));
}

INLINE sums_t largest_sums(sums_t a, sums_t b)
{
    return (sums_t)vmaxq_s32((int32x4_t)a, (int32x4_t)b);
}

INLINE void keep_bytes(const struct conv *c, uint32_t count, const sums_t *sums, const float *multipliers,
                       uint8_t *const *out)
{
    const float32x4_t factors = vld1q_f32(multipliers);
    int32x4_t all[4];
    UNROLL
    for (uint32_t i = 0; i < count; i++) {
        all[i] = scaled((int32x4_t)sums[i], factors);
    }
    uint8x16_t bytes = requantized(c, (int)count, all);
    UNROLL
    for (uint32_t i = 0; i < count; i++) {
        if (out[i] != NULL) {
            store_four_bytes(out[i], bytes);
        }
        bytes = vextq_u8(bytes, bytes, 4);
    }
}

/* Tiles that are multiplied together: three where four would mean more to do twice. */
static uint32_t rows_of(const struct conv *c)
{
    const uint32_t tiles = c->winograd->at_once, vectors = c->winograd->vectors;
    const bool blocks_are_wide = vectors >= 4 && vectors != 7; /* 7 are 4 and 3 */
    return blocks_are_wide && (tiles + 2) / 3 * 3 < (tiles + 3) / 4 * 4 ? 3 : 4;
}

static struct winograd_q8_order order_of(const struct conv *c)
{
    return (struct winograd_q8_order){LANES, rows_of(c) == 3 ? MOST_OF_THREE : MOST_OF_FOUR, 1};
}

void neon_q8_winograd_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                           const float *multipliers, void *to)
{
    winograd_q8_pack(c, order_of(c), weights, biases, multipliers, to);
}

INLINE void add_channels(const uint32_t rows, const uint32_t vectors, const int16_t **tiles, const int16_t *weights,
                         uint32_t channels, vector *sums)
{
    for (uint32_t k = 0; k < channels; k += WINOGRAD_STEP) {
        int16x8_t step[MOST_ROWS];
        UNROLL
        for (uint32_t p = 0; p < rows; p++) {
            step[p] = vld1q_s16(tiles[p]);
            tiles[p] += WINOGRAD_STEP;
            KEEP_POINTER(tiles[p]);
        }
        UNROLL
        for (int lane = 0; lane < WINOGRAD_STEP; lane++) {
            add_value((int)rows, (int)vectors, sums, step, weights + lane * (int)vectors * LANES, lane);
        }
        weights += WINOGRAD_STEP * vectors * LANES;
        KEEP_POINTER(weights);
    }
}

PRODUCTS(3, 4)
PRODUCTS(3, 5)
PRODUCTS(3, 6)
PRODUCTS(4, 1)
PRODUCTS(4, 2)
PRODUCTS(4, 3)
PRODUCTS(4, 4)

void neon_q8_winograd_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    static products_function *const of_three[] = {NULL, NULL, NULL, NULL, products_3x4, products_3x5, products_3x6};
    static products_function *const of_four[] = {NULL, products_4x1, products_4x2, products_4x3, products_4x4};
    const uint32_t rows = rows_of(c), most = order_of(c).most;
    products_function *const *functions = rows == 3 ? of_three : of_four;
    convolve(c, rows, most, functions, in, out);
}

#endif
