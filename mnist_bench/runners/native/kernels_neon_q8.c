/* int8 convolutions with NEON: tiles of four windows and four output channels, or one window and up to 16.
 *
 * Two products of signed bytes fit 16 bits, as weights are within +-127: SMULL and SMLAL2 make eight pairs, SADALP adds
 * them to four sums in 32 bits. For signed bytes the kernels take 128 off each value as they load it, and packing adds
 * 128 times a channel's weights to its bias. Packed: biases, multipliers, then for each block of channels, for each 16
 * values of a run (the last ones padded with zero weights) those of one channel after the other.
 */
#include "kernels_arm.h"
#include "winograd_q8.h"

#if defined(__aarch64__)

#define CHUNK 16
#define MOST_SUMS 16

static bool runs_are_short(const struct conv *c)
{
    return c->length <= SHORT_RUN && tile_windows(c) == TILE;
}

/* Output channels of the block that begins at `first`; one of the numbers that a tile was compiled for. */
INLINE uint32_t block_channels(const struct conv *c, uint32_t first)
{
    const uint32_t left = rounded_up(c->out_channels - first, 4);
    return tile_windows(c) == TILE ? 4 : left < MOST_SUMS ? left : MOST_SUMS;
}

size_t neon_q8_packed_bytes(const struct conv *c)
{
    if (c->winograd != NULL) {
        return winograd_q8_packed_bytes(c);
    }
    const size_t window = (size_t)c->segments * rounded_up(c->length, CHUNK);
    if (runs_are_short(c)) {
        return neon_q8_short_packed_bytes(c);
    }
    return rounded_up(c->out_channels, 4) * (sizeof(int32_t) + sizeof(float) + window);
}

/* The weights of one block; returns what follows them. */
static int8_t *pack_block(const struct conv *c, const int8_t *weights, uint32_t first, uint32_t width, int8_t *next)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t chunk = 0; chunk < c->length; chunk += CHUNK) {
            for (uint32_t i = 0; i < CHUNK * width; i++) {
                const uint32_t out = first + i / CHUNK, at = chunk + i % CHUNK;
                const bool is_there = out < c->out_channels && at < c->length;
                *next++ = is_there ? weights[weight_index(c, out, s * c->length + at)] : 0;
            }
        }
    }
    return next;
}

void neon_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                  void *to)
{
    if (c->winograd != NULL) {
        neon_q8_winograd_pack(c, weights, biases, multipliers, to);
        return;
    }
    if (runs_are_short(c)) {
        neon_q8_short_pack(c, weights, biases, multipliers, to);
        return;
    }
    const uint32_t channels = rounded_up(c->out_channels, 4);
    int8_t *next = q8_pack_biases(c, weights, biases, multipliers, 128, to);
    for (uint32_t first = 0, width; first < channels; first += width) {
        width = block_channels(c, first);
        next = pack_block(c, weights, first, width, next);
    }
}

/* Adds 16 products to each of four channels' sums. In assembly that nothing is moved across, as compilers load operands
 * so long before, and spread the multiplications so far, that the sums no longer fit the registers. */
INLINE void add_products(int32x4_t *sums, int8x16_t values, const int8x16_t *weights)
{
    int16x8_t a, b, d, e;
    __asm__ volatile("smull %4.8h, %8.8b, %9.8b\n\t"
                     "smull %5.8h, %8.8b, %10.8b\n\t"
                     "smull %6.8h, %8.8b, %11.8b\n\t"
                     "smull %7.8h, %8.8b, %12.8b\n\t"
                     "smlal2 %4.8h, %8.16b, %9.16b\n\t"
                     "smlal2 %5.8h, %8.16b, %10.16b\n\t"
                     "smlal2 %6.8h, %8.16b, %11.16b\n\t"
                     "smlal2 %7.8h, %8.16b, %12.16b\n\t"
                     "sadalp %0.4s, %4.8h\n\t"
                     "sadalp %1.4s, %5.8h\n\t"
                     "sadalp %2.4s, %6.8h\n\t"
                     "sadalp %3.4s, %7.8h"
                     : "+w"(sums[0]), "+w"(sums[1]), "+w"(sums[2]), "+w"(sums[3]), "=&w"(a), "=&w"(b), "=&w"(d),
                       "=&w"(e)
                     : "w"(values), "w"(weights[0]), "w"(weights[1]), "w"(weights[2]), "w"(weights[3])
                     : "memory");
}

INLINE int8x16_t signed_values(uint8x16_t values)
{
    return vreinterpretq_s8_u8(veorq_u8(values, vdupq_n_u8(128)));
}

INLINE void load_chunks(int chunks, uint8x16_t values[2], const uint8_t **run)
{
    values[0] = vld1q_u8(*run);
    values[1] = chunks == 2 ? vld1q_u8(*run + CHUNK) : values[0];
    *run += chunks * CHUNK;
    KEEP_POINTER(*run);
}

/* Adds one or two chunks of each window; returns the weights behind theirs. Values are loaded one window ahead. */
INLINE const int8_t *add_chunks(int windows, int channels, int chunks, int32x4_t *sums, const uint8_t **runs,
                                const int8_t *weights)
{
    uint8x16_t values[TILE][2];
    int8x16_t less[TILE], w[4];
    load_chunks(chunks, values[0], &runs[0]);
    UNROLL
    for (int four = 0; four < chunks * channels; four += 4) {
        const int chunk = four / channels;
        UNROLL
        for (int n = 0; n < 4; n++) {
            w[n] = vld1q_s8(weights + CHUNK * (four + n));
        }
        UNROLL
        for (int p = 0; p < windows; p++) {
            if (four == 0 && p + 1 < windows) {
                load_chunks(chunks, values[p + 1], &runs[p + 1]);
            }
            if (four % channels == 0) {
                less[p] = signed_values(values[p][chunk]);
            }
            add_products(sums + p * channels + four % channels, less[p], w);
        }
    }
    weights += chunks * CHUNK * channels;
    KEEP_POINTER(weights);
    return weights;
}

/* Adds the last eight values of a run of each window, or fewer. */
INLINE const int8_t *add_half_chunk(int windows, int channels, int32x4_t *sums, const uint8_t **runs,
                                    const int8_t *weights)
{
    UNROLL
    for (int n = 0; n < channels; n++) {
        const int8x8_t w = vld1_s8(weights + CHUNK * n);
        UNROLL
        for (int p = 0; p < windows; p++) {
            const int8x8_t values = vreinterpret_s8_u8(veor_u8(vld1_u8(runs[p]), vdup_n_u8(128)));
            sums[p * channels + n] = vpadalq_s16(sums[p * channels + n], vmull_s8(values, w));
        }
    }
    return weights + CHUNK * channels;
}

INLINE void add_window(const struct conv *c, int windows, int channels, int32x4_t *sums, const struct tile *tile,
                       const uint8_t *in, const int8_t *weights)
{
    const uint32_t chunks = (c->length + CHUNK / 2 - 1) / CHUNK;
    for (uint32_t s = 0; s < c->segments; s++) {
        const uint8_t *runs[TILE];
        UNROLL
        for (int p = 0; p < windows; p++) {
            runs[p] = in + tile->in[p] + c->offsets[s];
        }
        for (uint32_t pair = 0; pair < chunks / 2; pair++) {
            weights = add_chunks(windows, channels, 2, sums, runs, weights);
        }
        if (chunks % 2 == 1) {
            weights = add_chunks(windows, channels, 1, sums, runs, weights);
        }
        if (CHUNK * chunks < c->length) {
            weights = add_half_chunk(windows, channels, sums, runs, weights);
        }
    }
}

/* The bytes of a tile of four channels. */
INLINE void store_four(const struct conv *c, const int32x4_t *sums, const struct tile *tile, uint8_t *out,
                       const struct q8_block *block)
{
    const float32x4_t multipliers = vld1q_f32(block->multipliers);
    if (c->pool) {
        const int32x4_t most = largest(sums[0], sums[1], sums[2], sums[3]);
        out += tile->out[0];
        store_windows(c, 1, 1, &most, &out, block->multipliers, block->channels);
        return;
    }
    const int32x4_t all[] = {scaled(sums[0], multipliers), scaled(sums[1], multipliers), scaled(sums[2], multipliers),
                             scaled(sums[3], multipliers)};
    uint8x16_t bytes = requantized(c, 4, all);
    UNROLL
    for (int p = 0; p < TILE; p++) {
        store_bytes(out + tile->out[p], bytes, 1, block->channels);
        bytes = vextq_u8(bytes, bytes, 4);
    }
}

INLINE void compute_block(const struct conv *c, int windows, int channels, const uint8_t *in, uint8_t *out,
                          const struct q8_block *block)
{
    const struct conv local = *c; /* for the compiler: bytes that are written could be those of *c */
    const uint32_t tiles = tile_count(c);
    c = &local;
    for (uint32_t i = 0; i < tiles; i++) {
        const struct tile tile = tile_at(c, i, (uint32_t)windows);
        int32x4_t sums[MOST_SUMS];
        UNROLL
        for (int n = 0; n < windows * channels; n++) {
            sums[n] = vsetq_lane_s32(block->biases[n % channels], vdupq_n_s32(0), 0);
        }
        add_window(c, windows, channels, sums, &tile, in, block->weights);
        UNROLL
        for (int n = 0; n < windows * channels / 4; n++) {
            const int32x4_t *four = sums + 4 * n;
            sums[n] = vpaddq_s32(vpaddq_s32(four[0], four[1]), vpaddq_s32(four[2], four[3]));
        }
        if (windows == TILE) {
            store_four(c, sums, &tile, out, block);
        } else {
            uint8_t *const pixel = out + tile.out[0];
            store_windows(c, 1, channels / 4, sums, &pixel, block->multipliers, block->channels);
        }
    }
}

/* One function for each shape of a tile. */
#define BLOCK(windows, channels)                                                                                       \
    static void block_##windows##x##channels(const struct conv *c, const uint8_t *in, uint8_t *out,                    \
                                             const struct q8_block *block)                                             \
    {                                                                                                                  \
        compute_block(c, windows, channels, in, out, block);                                                           \
    }
BLOCK(1, 4)
BLOCK(1, 8)
BLOCK(1, 12)
BLOCK(1, 16)
BLOCK(4, 4)

void neon_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    if (c->winograd != NULL) {
        neon_q8_winograd_conv(c, in, out);
        return;
    }
    static q8_block_function *const blocks[2][5] = {
        {[1] = block_1x4, [2] = block_1x8, [3] = block_1x12, [4] = block_1x16},
        {[1] = block_4x4},
    };
    if (runs_are_short(c)) {
        neon_q8_short_conv(c, in, out);
        return;
    }
    for (uint32_t first = 0, width; first < c->out_channels; first += width) {
        width = block_channels(c, first);
        const struct q8_block block = q8_block_at(c, first, width, (size_t)c->segments * rounded_up(c->length, CHUNK));
        blocks[tile_windows(c) == TILE][width / 4](c, in, out + first, &block);
    }
}

#endif
