/* int8 convolutions with SDOT: tiles of four windows and up to 24 output channels, or one window and up to 32.
 *
 * SDOT wants signed bytes: the kernels take 128 off each value as they load it, and packing adds 128 times a channel's
 * weights to its bias. Packed: biases, multipliers, then for each block of channels, for each four values of a run
 * (the last ones padded with zero weights) those of every channel.
 */
#include "kernels_arm.h"

#if defined(HAS_DOTPROD_KERNELS)

#define MOST_VECTORS 6 /* of a tile of four windows */
#define MOST_SUMS (MOST_VECTORS * TILE)

/* Vectors of the block that begins at a channel; one of the numbers that a tile was compiled for. Tiles of four windows
 * make do with as few blocks as they can, as wide as each other. */
INLINE uint32_t block_vectors(const struct conv *c, uint32_t first)
{
    const uint32_t left = (c->out_channels - first + 3) / 4, blocks = (left + MOST_VECTORS - 1) / MOST_VECTORS;
    if (tile_windows(c) == TILE) {
        return (left + blocks - 1) / blocks;
    }
    return left >= 8 ? 8 : left > 4 ? 4 : left;
}

/* Where the sums of one vector of one window are: those of the first four vectors of all windows are together, as they
 * are stored together. */
INLINE int sum_place(int windows, int vectors, int window, int v)
{
    const int first = vectors < 4 || windows == 1 ? vectors : 4;
    return v < first ? window * first + v : windows * first + window * (vectors - first) + v - first;
}

size_t dotprod_q8_packed_bytes(const struct conv *c)
{
    const size_t window = (size_t)c->segments * rounded_up(c->length, 4);
    if (dotprod_q8_is_first(c)) {
        return dotprod_q8_first_packed_bytes(c);
    }
    return rounded_up(c->out_channels, 4) * (sizeof(int32_t) + sizeof(float) + window);
}

/* The weights of one block; returns what follows them. */
static int8_t *pack_block(const struct conv *c, const int8_t *weights, uint32_t first, uint32_t width, int8_t *next)
{
    for (uint32_t s = 0; s < c->segments; s++) {
        for (uint32_t group = 0; group < c->length; group += 4) {
            for (uint32_t i = 0; i < 4 * width; i++) {
                const uint32_t out = first + i / 4, at = group + i % 4;
                const bool is_there = out < c->out_channels && at < c->length;
                *next++ = is_there ? weights[weight_index(c, out, s * c->length + at)] : 0;
            }
        }
    }
    return next;
}

void dotprod_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                     void *to)
{
    const uint32_t channels = rounded_up(c->out_channels, 4);
    if (dotprod_q8_is_first(c)) {
        dotprod_q8_first_pack(c, weights, biases, multipliers, to);
        return;
    }
    int8_t *next = q8_pack_biases(c, weights, biases, multipliers, 128, to);
    for (uint32_t first = 0, width; first < channels; first += width) {
        width = 4 * block_vectors(c, first);
        next = pack_block(c, weights, first, width, next);
    }
}

/* Adds four values of each window, those in one lane, times their weights. */
DOTPROD INLINE void add_lane(int windows, int vectors, int32x4_t *sums, const int8x16_t *values, const int8_t *weights,
                             int lane)
{
    const int set = lane % sum_sets(windows, vectors);
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const int8x16_t w = vld1q_s8(weights + 16 * v);
        UNROLL
        for (int p = 0; p < windows; p++) {
            int32x4_t *sum = &sums[set * windows * vectors + sum_place(windows, vectors, p, v)];
            *sum = dot_product(*sum, w, values[p], lane);
        }
    }
}

INLINE int8x16_t signed_values(const uint8_t *from)
{
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from), vdupq_n_u8(128)));
}

/* Adds 16 or 32 values of each window; returns the weights behind theirs. */
DOTPROD INLINE const int8_t *add_values(int windows, int vectors, int count, int32x4_t *sums, const uint8_t **runs,
                                        const int8_t *weights)
{
    int8x16_t values[2][TILE];
    UNROLL
    for (int p = 0; p < windows; p++) {
        values[0][p] = signed_values(runs[p]);
        values[1][p] = count == 32 ? signed_values(runs[p] + 16) : values[0][p];
        runs[p] += count;
        KEEP_POINTER(runs[p]);
    }
    UNROLL
    for (int four = 0; four < count / 4; four++) {
        add_lane(windows, vectors, sums, values[four / 4], weights + 16 * four * vectors, four % 4);
    }
    weights += 4 * count * vectors;
    KEEP_POINTER(weights);
    return weights;
}

/* Adds one run of each window; returns the weights behind its own. */
DOTPROD INLINE const int8_t *add_run(const struct conv *c, int windows, int vectors, int32x4_t *sums,
                                     const uint8_t **runs, const int8_t *weights)
{
    uint32_t fours = (c->length + 3) / 4;
    int8x16_t values[TILE];
    for (; windows * vectors <= 16 && fours >= 8; fours -= 8) { /* more sums leave no registers for it */
        weights = add_values(windows, vectors, 32, sums, runs, weights);
    }
    for (; fours >= 4; fours -= 4) {
        weights = add_values(windows, vectors, 16, sums, runs, weights);
    }
    if (fours == 0) {
        return weights;
    }
    UNROLL
    for (int p = 0; p < windows; p++) {
        values[p] = signed_values(runs[p]);
    }
    add_lane(windows, vectors, sums, values, weights, 0);
    if (fours > 1) {
        add_lane(windows, vectors, sums, values, weights + 16 * vectors, 1);
    }
    if (fours > 2) {
        add_lane(windows, vectors, sums, values, weights + 32 * vectors, 2);
    }
    return weights + 16 * vectors * (int)fours;
}

DOTPROD INLINE void compute_tile(const struct conv *c, const int windows, const int vectors, const struct tile *tile,
                                 const uint8_t *in, uint8_t *out, const struct q8_block *block)
{
    const int each = windows * vectors, sets = sum_sets(windows, vectors);
    const int8_t *weights = block->weights;
    int32x4_t sums[MOST_SUMS];
    UNROLL
    for (int i = 0; i < each * sets; i++) {
        sums[i] = vdupq_n_s32(0);
    }
    UNROLL
    for (int i = 0; i < each; i++) {
        sums[sum_place(windows, vectors, i / vectors, i % vectors)] = vld1q_s32(block->biases + 4 * (i % vectors));
    }
    for (uint32_t s = 0; s < c->segments; s++) {
        const uint8_t *runs[TILE];
        UNROLL
        for (int p = 0; p < windows; p++) {
            runs[p] = in + tile->in[p] + c->offsets[s];
        }
        weights = add_run(c, windows, vectors, sums, runs, weights);
    }
    UNROLL
    for (int i = each; i < each * sets; i++) {
        sums[i % each] = vaddq_s32(sums[i % each], sums[i]);
    }
    if (windows == TILE) {
        if (vectors <= 4) {
            store_tile(c, vectors, sums, tile, out, block);
            return;
        }
        const struct q8_block four = {NULL, block->multipliers, NULL, 16};
        const struct q8_block rest = {NULL, block->multipliers + 16, NULL, block->channels - 16};
        store_tile(c, 4, sums, tile, out, &four);
        store_tile(c, vectors - 4, sums + 4 * TILE, tile, out + 16, &rest);
        return;
    }
    uint8_t *const halves[] = {out + tile->out[0], out + tile->out[0] + 16};
    store_windows(c, 1, vectors < 4 ? vectors : 4, sums, &halves[0], block->multipliers,
                  block->channels < 16 ? block->channels : 16);
    if (vectors == 8) {
        store_windows(c, 1, 4, sums + 4, &halves[1], block->multipliers + 16, block->channels - 16);
    }
}

DOTPROD INLINE void compute_block(const struct conv *c, const int windows, const int vectors, const uint8_t *in,
                                  uint8_t *out, const struct q8_block *block)
{
    const struct conv local = *c; /* for the compiler: bytes that are written could be those of *c */
    const uint32_t tiles = tile_count(c);
    c = &local;
    for (uint32_t i = 0; i < tiles; i++) {
        const struct tile tile = tile_at(c, i, (uint32_t)windows);
        compute_tile(c, windows, vectors, &tile, in, out, block);
    }
}

/* One function for each shape of a tile. */
#define BLOCK(windows, vectors)                                                                                        \
    DOTPROD static void block_##windows##x##vectors(const struct conv *c, const uint8_t *in, uint8_t *out,             \
                                                    const struct q8_block *block)                                      \
    {                                                                                                                  \
        compute_block(c, windows, vectors, in, out, block);                                                            \
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
BLOCK(4, 5)
BLOCK(4, 6)

void dotprod_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    static q8_block_function *const blocks[2][9] = {
        {[1] = block_1x1, [2] = block_1x2, [3] = block_1x3, [4] = block_1x4, [8] = block_1x8},
        {[1] = block_4x1, [2] = block_4x2, [3] = block_4x3, [4] = block_4x4, [5] = block_4x5, [6] = block_4x6},
    };
    if (dotprod_q8_is_first(c)) {
        dotprod_q8_first_conv(c, in, out);
        return;
    }
    for (uint32_t first = 0, width; first < c->out_channels; first += width) {
        width = 4 * block_vectors(c, first);
        const struct q8_block block = q8_block_at(c, first, width, (size_t)c->segments * rounded_up(c->length, 4));
        blocks[tile_windows(c) == TILE][width / 4](c, in, out + first, &block);
    }
}

#endif
