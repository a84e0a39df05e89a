/* int8 convolutions with NEON whose runs are of at most eight values, such as a first layer's: tiles of four windows
 * and up to 16 output channels.
 *
 * Values and weights are widened to 16 bits, and one value of a window meets four channels' weights at once, so that
 * short runs need no padding. Packed: biases, multipliers, then for each block of channels the weights of each value of
 * the window, side by side.
 */
#include "kernels_arm.h"

#if defined(__aarch64__)

#define WIDTH 16

size_t neon_q8_short_packed_bytes(const struct conv *c)
{
    const size_t values = (size_t)c->segments * c->length;
    return rounded_up(c->out_channels, 4) * (sizeof(int32_t) + sizeof(float) + values * sizeof(int16_t));
}

void neon_q8_short_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                        void *to)
{
    const uint32_t channels = rounded_up(c->out_channels, 4), values = c->segments * c->length;
    int16_t *next = q8_pack_biases(c, weights, biases, multipliers, 0, to);
    for (uint32_t first = 0; first < channels; first += WIDTH) {
        const uint32_t end = channels - first < WIDTH ? channels : first + WIDTH;
        for (uint32_t at = 0; at < values; at++) {
            for (uint32_t out = first; out < end; out++) {
                *next++ = out < c->out_channels ? weights[weight_index(c, out, at)] : 0;
            }
        }
    }
}

/* Adds one run of each window. */
INLINE void add_run(int vectors, uint32_t length, int32x4_t *sums, const int16x8_t *values, const int16_t *weights)
{
#define ADD(lane)                                                                                                      \
    if ((lane) == length) {                                                                                            \
        return;                                                                                                        \
    }                                                                                                                  \
    add_value(TILE, vectors, sums, values, weights + (lane) * 4 * vectors, lane)
    ADD(0);
    ADD(1);
    ADD(2);
    ADD(3);
    ADD(4);
    ADD(5);
    ADD(6);
    ADD(7);
#undef ADD
}

INLINE void add_window(const struct conv *c, int vectors, int32x4_t *sums, const struct tile *tile, const uint8_t *in,
                       const struct q8_block *block)
{
    const int16_t *weights = block->weights;
    for (uint32_t s = 0; s < c->segments; s++) {
        int16x8_t values[TILE];
        UNROLL
        for (int p = 0; p < TILE; p++) {
            values[p] = vreinterpretq_s16_u16(vmovl_u8(vld1_u8(in + tile->in[p] + c->offsets[s])));
        }
        add_run(vectors, c->length, sums, values, weights);
        weights += c->length * 4 * (uint32_t)vectors;
    }
}

INLINE void compute_block(const struct conv *c, int vectors, const uint8_t *in, uint8_t *out,
                          const struct q8_block *block)
{
    const struct conv local = *c; /* for the compiler: bytes that are written could be those of *c */
    const uint32_t tiles = tile_count(c);
    c = &local;
    for (uint32_t i = 0; i < tiles; i++) {
        const struct tile tile = tile_at(c, i, TILE);
        int32x4_t sums[4 * TILE];
        UNROLL
        for (int n = 0; n < TILE * vectors; n++) {
            sums[n] = vld1q_s32(block->biases + 4 * (n % vectors));
        }
        add_window(c, vectors, sums, &tile, in, block);
        store_tile(c, vectors, sums, &tile, out, block);
    }
}

/* One function for each width of a block. */
#define BLOCK(vectors)                                                                                                 \
    static void block_##vectors(const struct conv *c, const uint8_t *in, uint8_t *out, const struct q8_block *block)   \
    {                                                                                                                  \
        compute_block(c, vectors, in, out, block);                                                                     \
    }
BLOCK(1)
BLOCK(2)
BLOCK(3)
BLOCK(4)

void neon_q8_short_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    static q8_block_function *const blocks[] = {block_1, block_2, block_3, block_4};
    const size_t values = (size_t)c->segments * c->length;
    for (uint32_t first = 0; first < c->out_channels; first += WIDTH) {
        const struct q8_block block = q8_block_at(c, first, WIDTH, values * sizeof(int16_t));
        blocks[(block.channels - 1) / 4](c, in, out + first, &block);
    }
}

#endif
