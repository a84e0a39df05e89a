/* fp16 convolutions: tiles of four windows and up to 32 output channels, or one window and up to 64.
 *
 * Sums of up to PIECE products are fp16; those of longer windows are added up in float32. Packed: the biases, then for
 * each block of channels the weights of each value of the window, side by side.
 */
#include "kernels_fp16.h"

#if defined(HAS_FP16_KERNELS)

#define PIECE 256
#define MOST_SUMS 16 /* vectors of them; more would be more code, and hardly faster */

/* Vectors of the block that begins at a channel; one of the numbers that a tile was compiled for. */
INLINE uint32_t block_vectors(const struct conv *c, uint32_t first)
{
    const uint32_t left = (c->out_channels - first + LANES - 1) / LANES;
    if (tile_windows(c) == TILE) {
        return left >= 4 ? 4 : left >= 2 ? 2 : 1;
    }
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

size_t fp16_direct_packed_bytes(const struct conv *c)
{
    return (1 + (size_t)c->segments * c->length) * rounded_up(c->out_channels, LANES) * sizeof(half);
}

void fp16_direct_pack(const struct conv *c, const float *weights, const float *biases, void *to)
{
    const uint32_t values = c->segments * c->length, channels = rounded_up(c->out_channels, LANES);
    half *next = to;
    for (uint32_t out = 0; out < channels; out++) {
        *next++ = half_of_float(out < c->out_channels ? biases[out] : 0);
    }
    for (uint32_t first = 0, width; first < channels; first += width) {
        width = LANES * block_vectors(c, first);
        for (uint32_t at = 0; at < values; at++) {
            for (uint32_t out = first; out < first + width; out++) {
                *next++ = half_of_float(out < c->out_channels ? weights[weight_index(c, out, at)] : 0);
            }
        }
    }
}

/* The next `count` values of each run. */
INLINE FP16 void load_values(int windows, float16x8_t *values, const half **runs, int count)
{
    UNROLL
    for (int p = 0; p < windows; p++) {
        values[p] = load_halves(runs[p]);
        runs[p] += count;
        KEEP_POINTER(runs[p]);
    }
}

/* Adds `left` values of each window's run, which it advances; returns the weights behind theirs. */
INLINE FP16 const half *add_run(int windows, int vectors, float16x8_t *sums, const half **runs, const half *weights,
                                uint32_t left)
{
    const int sets = sum_sets(windows, vectors);
    float16x8_t values[TILE];
    for (; left >= LANES; left -= LANES) {
        load_values(windows, values, runs, LANES);
        add_halves(windows, vectors, sets, sums, values, weights, LANES);
        weights += LANES * LANES * vectors;
        KEEP_POINTER(weights);
    }
    if (left >= 4) { /* what is loaded behind them is not used */
        load_values(windows, values, runs, 4);
        add_halves(windows, vectors, sets, sums, values, weights, 4);
        weights += 4 * LANES * vectors;
        left -= 4;
    }
    if (left == 3) {
        load_values(windows, values, runs, 3);
        add_halves(windows, vectors, sets, sums, values, weights, 3);
        return weights + 3 * LANES * vectors;
    }
    for (; left > 0; left--) {
        UNROLL
        for (int p = 0; p < windows; p++) {
            values[p] = vreinterpretq_f16_u16(vld1q_dup_u16(runs[p]));
            runs[p]++;
        }
        add_halves(windows, vectors, sets, sums, values, weights, 1);
        weights += LANES * vectors;
    }
    return weights;
}

/* Adds the sums to float32 ones, and begins anew. */
INLINE FP16 void collect(int windows, int vectors, float16x8_t *sums, float32x4_t *totals)
{
    const int each = windows * vectors, sets = sum_sets(windows, vectors);
    UNROLL
    for (int i = 0; i < each * sets; i++) {
        float32x4_t *total = totals + 2 * (i % each);
        total[0] = vaddq_f32(total[0], vcvt_f32_f16(vget_low_f16(sums[i])));
        total[1] = vaddq_f32(total[1], vcvt_high_f32_f16(sums[i]));
        sums[i] = vdupq_n_f16(0);
    }
}

/* Values of a run that are added at once: all of them, or equal pieces of up to PIECE. */
INLINE uint32_t piece_of_run(const struct conv *c)
{
    const uint32_t pieces = (c->length + PIECE - 1) / PIECE;
    return pieces == 1 ? c->length : rounded_up((c->length + pieces - 1) / pieces, LANES);
}

/* Adds the windows that begin at `in`; `totals` are for windows of more than PIECE values. */
INLINE FP16 void add_windows(const struct conv *c, int windows, int vectors, float16x8_t *sums, float32x4_t *totals,
                             const half *const *in, const half *weights)
{
    const uint32_t most = piece_of_run(c);
    uint32_t added = 0;
    for (uint32_t s = 0; s < c->segments; s++) {
        const half *runs[TILE];
        UNROLL
        for (int p = 0; p < windows; p++) {
            runs[p] = in[p] + c->offsets[s];
        }
        for (uint32_t left = c->length, piece; left > 0; left -= piece, added += piece) {
            piece = left < most ? left : most;
            if (added + piece > PIECE) {
                collect(windows, vectors, sums, totals);
                added = 0;
            }
            weights = add_run(windows, vectors, sums, runs, weights, piece);
        }
    }
}

/* The sums of a tile, of whatever they were made. */
INLINE FP16 void sum_up(int windows, int vectors, float16x8_t *sums, float32x4_t *totals, bool is_long)
{
    const int each = windows * vectors, sets = sum_sets(windows, vectors);
    if (is_long) {
        collect(windows, vectors, sums, totals);
        UNROLL
        for (int i = 0; i < each; i++) {
            sums[i] = vcvt_high_f16_f32(vcvt_f16_f32(totals[2 * i]), totals[2 * i + 1]);
        }
        return;
    }
    UNROLL
    for (int i = each; i < each * sets; i++) {
        sums[i % each] = vaddq_f16(sums[i % each], sums[i]);
    }
}

/* `channels` values, eight to a vector. */
INLINE FP16 void store(half *out, const float16x8_t *values, int vectors, uint32_t channels, float16x8_t low)
{
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const uint32_t left = v < vectors - 1 ? LANES : channels - LANES * (uint32_t)v;
        store_some_halves(out + LANES * v, larger_halves(values[v], low), left);
    }
}

INLINE FP16 void compute_tile(const struct conv *c, const int windows, const int vectors, const struct tile *tile,
                              const half *in, half *out, const half *biases, const half *weights, uint32_t channels)
{
    const int each = windows * vectors, sets = sum_sets(windows, vectors);
    const bool is_long = (uint64_t)c->segments * c->length > PIECE;
    const float16x8_t low = vdupq_n_f16((float16_t)c->low);
    float16x8_t sums[MOST_SUMS];
    float32x4_t room[2 * MOST_SUMS], *totals = room;
    const half *starts[TILE];
    UNROLL
    for (int i = 0; i < each * sets; i++) {
        sums[i] = i < each ? load_halves(biases + LANES * (i % vectors)) : vdupq_n_f16(0);
    }
    KEEP_POINTER(totals); /* or GCC would say that it may be used as it is */
    for (int i = 0; is_long && i < 2 * each; i++) {
        totals[i] = vdupq_n_f32(0);
    }
    UNROLL
    for (int p = 0; p < windows; p++) {
        starts[p] = in + tile->in[p];
    }
    add_windows(c, windows, vectors, sums, totals, starts, weights);
    sum_up(windows, vectors, sums, totals, is_long);
    if (windows == TILE && c->pool) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const float16x8_t upper = larger_halves(sums[v], sums[vectors + v]);
            sums[v] = larger_halves(upper, larger_halves(sums[2 * vectors + v], sums[3 * vectors + v]));
        }
        store(out + tile->out[0], sums, vectors, channels, low);
        return;
    }
    UNROLL
    for (int p = 0; p < windows; p++) {
        store(out + tile->out[p], sums + p * vectors, vectors, channels, low);
    }
}

INLINE FP16 void compute_block(const struct conv *c, const int windows, const int vectors, const half *in, half *out,
                               const half *biases, const half *weights, uint32_t channels)
{
    const uint32_t tiles = tile_count(c);
    for (uint32_t i = 0; i < tiles; i++) {
        const struct tile tile = tile_at(c, i, (uint32_t)windows);
        compute_tile(c, windows, vectors, &tile, in, out, biases, weights, channels);
    }
}

/* One function for each shape of a tile. */
#define BLOCK(windows, vectors)                                                                                        \
    static FP16 void block_##windows##x##vectors(const struct conv *c, const half *in, half *out, const half *biases,  \
                                                 const half *weights, uint32_t channels)                               \
    {                                                                                                                  \
        compute_block(c, windows, vectors, in, out, biases, weights, channels);                                        \
    }
BLOCK(1, 1)
BLOCK(1, 2)
BLOCK(1, 4)
BLOCK(1, 8)
BLOCK(4, 1)
BLOCK(4, 2)
BLOCK(4, 4)

void fp16_direct_conv(const struct conv *c, const half *in, half *out)
{
    static void (*const blocks[2][9])(const struct conv *, const half *, half *, const half *, const half *,
                                      uint32_t) = {
        {[1] = block_1x1, [2] = block_1x2, [4] = block_1x4, [8] = block_1x8},
        {[1] = block_4x1, [2] = block_4x2, [4] = block_4x4},
    };
    const size_t values = (size_t)c->segments * c->length;
    const half *biases = c->packed, *weights = biases + rounded_up(c->out_channels, LANES);
    for (uint32_t first = 0, width; first < c->out_channels; first += width) {
        const uint32_t vectors = block_vectors(c, first), left = c->out_channels - first;
        width = LANES * vectors;
        blocks[tile_windows(c) == TILE][vectors](c, in, out + first, biases + first, weights + first * values,
                                                 left < width ? left : width);
    }
}

#endif
