/* fp32 convolutions with NEON: tiles of four windows and up to 16 output channels, or one window and up to 32.
 *
 * Packed: the biases, then for each block of channels the weights of each value of the window, side by side.
 */
#include "kernels_neon_f32.h"
#include "winograd.h"

#if defined(__aarch64__)

#define MOST_SUMS 16 /* vectors of sums: more of them and the operands no longer fit the registers */

INLINE uint32_t block_channels(const struct conv *c)
{
    return tile_windows(c) == TILE ? 16 : 32;
}

/* Vectors of the block that begins at a channel; one of the numbers that a tile was compiled for. */
INLINE uint32_t block_vectors(const struct conv *c, uint32_t first)
{
    const uint32_t left = (c->out_channels - first + 3) / 4, most = block_channels(c) / 4;
    return left >= most ? most : left > 4 ? 4 : left;
}

size_t neon_f32_packed_bytes(const struct conv *c)
{
    if (c->winograd != NULL) {
        return winograd_f32_packed_bytes(c, NEON_LANES);
    }
    return (1 + (size_t)c->segments * c->length) * rounded_up(c->out_channels, 4) * sizeof(float);
}

void neon_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    const uint32_t values = c->segments * c->length, channels = rounded_up(c->out_channels, 4);
    float *next = to;
    if (c->winograd != NULL) {
        winograd_f32_pack(c, NEON_LANES, NEON_MOST_VECTORS, weights, biases, to);
        return;
    }
    for (uint32_t out = 0; out < channels; out++) {
        *next++ = out < c->out_channels ? biases[out] : 0;
    }
    for (uint32_t first = 0, width; first < channels; first += width) {
        width = 4 * block_vectors(c, first);
        for (uint32_t at = 0; at < values; at++) {
            for (uint32_t out = first; out < first + width; out++) {
                *next++ = out < c->out_channels ? weights[weight_index(c, out, at)] : 0;
            }
        }
    }
}

/* Adds the last values of each run, of which `left` (less than four) are left; returns the weights behind theirs. */
INLINE const float *add_last(const struct conv *c, int windows, int vectors, float32x4_t *sums, const float **runs,
                             const float *weights, uint32_t left)
{
    const int sets = sum_sets(windows, vectors);
    float32x4_t values[TILE];
    if (left == 3 && c->reads_pixels) {
        UNROLL
        for (int p = 0; p < windows; p++) {
            values[p] = vld1q_f32(runs[p]);
        }
        add_values(windows, vectors, sets, sums, values, weights, 3);
        return weights + 12 * vectors;
    }
    for (; left > 0; left--) {
        UNROLL
        for (int p = 0; p < windows; p++) {
            values[p] = vld1q_dup_f32(runs[p]);
            runs[p]++;
        }
        add_values(windows, vectors, sets, sums, values, weights, 1);
        weights += 4 * vectors;
    }
    return weights;
}

/* Adds one run of each window; returns the weights behind its own. */
INLINE const float *add_run(const struct conv *c, int windows, int vectors, float32x4_t *sums, const float **runs,
                            const float *weights)
{
    const int sets = sum_sets(windows, vectors);
    uint32_t left = c->length;
    float32x4_t values[2][TILE];
    for (; left >= 8; left -= 8) {
        UNROLL
        for (int p = 0; p < windows; p++) {
            values[0][p] = vld1q_f32(runs[p]);
            values[1][p] = vld1q_f32(runs[p] + 4);
            runs[p] += 8;
            KEEP_POINTER(runs[p]);
        }
        add_values(windows, vectors, sets, sums, values[0], weights, 4);
        add_values(windows, vectors, sets, sums, values[1], weights + 16 * vectors, 4);
        weights += 32 * vectors;
        KEEP_POINTER(weights);
    }
    if (left >= 4) {
        UNROLL
        for (int p = 0; p < windows; p++) {
            values[0][p] = vld1q_f32(runs[p]);
            runs[p] += 4;
        }
        add_values(windows, vectors, sets, sums, values[0], weights, 4);
        weights += 16 * vectors;
        left -= 4;
    }
    return left == 0 ? weights : add_last(c, windows, vectors, sums, runs, weights, left);
}

/* `channels` values, four to a vector. */
INLINE void store(float *out, const float32x4_t *values, int vectors, uint32_t channels, float low)
{
    UNROLL
    for (int v = 0; v < vectors; v++, out += 4) {
        float32x4_t result = vmaxq_f32(values[v], vdupq_n_f32(low));
        if (v < vectors - 1 || channels == 4 * (uint32_t)vectors) {
            vst1q_f32(out, result);
            continue;
        }
        for (uint32_t i = 0; i < channels % 4; i++) {
            vst1q_lane_f32(out + i, result, 0);
            result = vextq_f32(result, result, 1);
        }
    }
}

INLINE void compute_tile(const struct conv *c, const int windows, const int vectors, const struct tile *tile,
                         const float *in, float *out, const float *biases, const float *weights, uint32_t channels)
{
    const int each = windows * vectors, sets = sum_sets(windows, vectors);
    float32x4_t sums[MOST_SUMS];
    UNROLL
    for (int i = 0; i < each * sets; i++) {
        sums[i] = i < each ? vld1q_f32(biases + 4 * (i % vectors)) : vdupq_n_f32(0);
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        const float *runs[TILE];
        UNROLL
        for (int p = 0; p < windows; p++) {
            runs[p] = in + tile->in[p] + c->offsets[s];
        }
        weights = add_run(c, windows, vectors, sums, runs, weights);
    }
    UNROLL
    for (int i = each; i < each * sets; i++) {
        sums[i % each] = vaddq_f32(sums[i % each], sums[i]);
    }
    if (windows == TILE && c->pool) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const float32x4_t upper = vmaxq_f32(sums[v], sums[vectors + v]);
            sums[v] = vmaxq_f32(upper, vmaxq_f32(sums[2 * vectors + v], sums[3 * vectors + v]));
        }
        store(out + tile->out[0], sums, vectors, channels, c->low);
        return;
    }
    UNROLL
    for (int p = 0; p < windows; p++) {
        store(out + tile->out[p], sums + p * vectors, vectors, channels, c->low);
    }
}

INLINE void compute_block(const struct conv *c, const int windows, const int vectors, const float *in, float *out,
                          const float *biases, const float *weights, uint32_t channels)
{
    const uint32_t tiles = tile_count(c);
    for (uint32_t i = 0; i < tiles; i++) {
        const struct tile tile = tile_at(c, i, (uint32_t)windows);
        compute_tile(c, windows, vectors, &tile, in, out, biases, weights, channels);
    }
}

/* One function for each shape of a tile. */
#define BLOCK(windows, vectors)                                                                                        \
    static void block_##windows##x##vectors(const struct conv *c, const float *in, float *out, const float *biases,    \
                                            const float *weights, uint32_t channels)                                   \
    {                                                                                                                  \
        compute_block(c, windows, vectors, in, out, biases, weights, channels);                                        \
    }
BLOCK(1, 1)
BLOCK(1, 2)
BLOCK(1, 3)
BLOCK(1, 4)
BLOCK(1, 8)
BLOCK(4, 1)
BLOCK(4, 2)
BLOCK(4, 3)
BLOCK(4, 4)

void neon_f32_conv(const struct conv *c, const float *in, float *out)
{
    static void (*const blocks[2][9])(const struct conv *, const float *, float *, const float *, const float *,
                                      uint32_t) = {
        {[1] = block_1x1, [2] = block_1x2, [3] = block_1x3, [4] = block_1x4, [8] = block_1x8},
        {[1] = block_4x1, [2] = block_4x2, [3] = block_4x3, [4] = block_4x4},
    };
    const size_t values = (size_t)c->segments * c->length;
    const float *biases = c->packed, *weights = biases + rounded_up(c->out_channels, 4);
    if (c->winograd != NULL) {
        neon_f32_winograd(c, in, out);
        return;
    }
    for (uint32_t first = 0, width; first < c->out_channels; first += width) {
        const uint32_t vectors = block_vectors(c, first), left = c->out_channels - first;
        width = 4 * vectors;
        blocks[tile_windows(c) == TILE][vectors](c, in, out + first, biases + first, weights + first * values,
                                                 left < width ? left : width);
    }
}

#endif
