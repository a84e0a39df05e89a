/* int8 convolutions of one channel with three rows of up to four values, as a first layer's often is, with SDOT: tiles
 * of four windows side by side, with a pooling of two rows of them.
 *
 * A vector holds a row of four windows, one window in each lane, so that all windows of a tile need one load for each
 * row of the input. Packed: biases, multipliers, then for each four channels, for each row, the four values' weights of
 * every channel.
 */
#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

#define ROWS 3

bool dotprod_q8_is_first(const struct conv *c)
{
    const uint32_t each = c->pool ? 2 : 1;
    return c->segments == ROWS && c->length <= 4 && c->in_column == 1 && each * c->out_width >= TILE &&
           (!c->pool || c->in_row == c->offsets[1]);
}

size_t dotprod_q8_first_packed_bytes(const struct conv *c)
{
    return rounded_up(c->out_channels, 4) * (sizeof(int32_t) + sizeof(float) + 4 * ROWS);
}

void dotprod_q8_first_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                           const float *multipliers, void *to)
{
    int8_t *next = q8_pack_biases(c, weights, biases, multipliers, 128, to);
    for (uint32_t first = 0; first < c->out_channels; first += 4) {
        for (uint32_t i = 0; i < ROWS * 16; i++) {
            const uint32_t out = first + i / 4 % 4, at = i % 4;
            const bool is_there = out < c->out_channels && at < c->length;
            *next++ = is_there ? weights[weight_index(c, out, i / 16 * c->length + at)] : 0;
        }
    }
}

/* One row of four windows side by side. */
INLINE int8x16_t window_rows(const uint8_t *from)
{
    static const uint8_t places[] = {0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6};
    return vreinterpretq_s8_u8(vqtbl1q_u8(veorq_u8(vld1q_u8(from), vdupq_n_u8(128)), vld1q_u8(places)));
}

DOTPROD INLINE int32x4_t window_sums(const int8x16_t *rows, const int8x16_t *weights, int32x4_t biases, int lane)
{
    int32x4_t sums = biases;
    UNROLL
    for (int row = 0; row < ROWS; row++) {
        sums = dot_product(sums, weights[row], rows[row], lane);
    }
    return sums;
}

/* Four channels' sums of a tile's pixels: four, or with a pooling two. */
DOTPROD INLINE void add_channels(bool pool, const int8x16_t *rows, const int32_t *biases, const int8_t *weights,
                                 int32x4_t *sums)
{
    const int32x4_t bias = vld1q_s32(biases);
    const int8x16_t w[ROWS] = {vld1q_s8(weights), vld1q_s8(weights + 16), vld1q_s8(weights + 32)};
    if (pool) {
        UNROLL
        for (int x = 0; x < TILE; x += 2) {
            sums[x / 2] = largest(window_sums(rows, w, bias, x), window_sums(rows, w, bias, x + 1),
                                  window_sums(rows + 1, w, bias, x), window_sums(rows + 1, w, bias, x + 1));
        }
    } else {
        UNROLL
        for (int x = 0; x < TILE; x++) {
            sums[x] = window_sums(rows, w, bias, x);
        }
    }
}

/* The channels of a tile's pixels from `first` on, as many as fit the vectors. */
DOTPROD INLINE void compute_channels(const struct conv *c, bool pool, int vectors, const int8x16_t *rows,
                                     uint32_t first, uint8_t *out)
{
    const int pixels = pool ? TILE / 2 : TILE;
    const struct q8_block block = q8_block_at(c, first, 4 * (uint32_t)vectors, 4 * ROWS);
    const int8_t *weights = block.weights;
    int32x4_t sums[4 * TILE], one[TILE];
    uint8_t *to[TILE];
    UNROLL
    for (int v = 0; v < vectors; v++) {
        add_channels(pool, rows, block.biases + 4 * v, weights + 16 * ROWS * v, one);
        UNROLL
        for (int x = 0; x < pixels; x++) {
            sums[x * vectors + v] = one[x];
        }
    }
    UNROLL
    for (int x = 0; x < pixels; x++) {
        to[x] = out + x * c->out_column + first;
    }
    store_windows(c, pixels, vectors, sums, to, block.multipliers, block.channels);
}

DOTPROD INLINE void compute(const struct conv *c, const bool pool, const uint8_t *in, uint8_t *out)
{
    const struct conv local = *c; /* for the compiler: bytes that are written could be those of *c */
    const uint32_t each = pool ? 2 : 1, step = TILE / each;
    for (uint32_t y = 0; y < local.out_height; y++) {
        for (uint32_t at = 0; at < local.out_width; at += step) {
            const uint32_t x = at + step <= local.out_width ? at : local.out_width - step;
            const uint8_t *from = in + each * (y * local.in_row + x);
            uint8_t *to = out + y * local.out_row + x * local.out_column;
            int8x16_t rows[ROWS + 1];
            UNROLL
            for (int row = 0; row < ROWS; row++) {
                rows[row] = window_rows(from + local.offsets[row]);
            }
            rows[ROWS] = pool ? window_rows(from + local.offsets[ROWS - 1] + local.in_row) : rows[0];
            uint32_t first = 0;
            for (; first + 12 < local.out_channels; first += 16) {
                compute_channels(&local, pool, 4, rows, first, to);
            }
            for (; first + 4 < local.out_channels; first += 8) {
                compute_channels(&local, pool, 2, rows, first, to);
            }
            if (first < local.out_channels) {
                compute_channels(&local, pool, 1, rows, first, to);
            }
        }
    }
}

DOTPROD static void compute_pooled(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    compute(c, true, in, out);
}

DOTPROD static void compute_single(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    compute(c, false, in, out);
}

void dotprod_q8_first_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    (c->pool ? compute_pooled : compute_single)(c, in, out);
}

#endif
