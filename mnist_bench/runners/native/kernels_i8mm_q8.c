/* int8 convolutions with USMMLA: tiles of eight windows and 8 or 12 output channels.
 *
 * USMMLA multiplies a 2 x 8 matrix of bytes, here eight values of two windows side by side, by an 8 x 2 matrix of
 * weights. A convolution first copies its input to the scratch as such matrices: for each pixel x, for each eight
 * channels, those of x and of the pixel one stride to its right. Packed: biases, multipliers, then for each block of
 * channels, for each matrix of a window, those of its pairs of channels. Convolutions that this does not suit are
 * executed with SDOT.
 */
#include "kernels_i8mm_layout.h"

#if defined(HAS_DOTPROD_KERNELS)

#define MOST_SUMS 24

/* Whether USMMLA, with the copying, takes fewer instructions than SDOT; not for groups, nor windows without neighbours.
 */
static bool is_suited(const struct conv *c)
{
    if (c->segments != c->kernel_height || c->length != c->kernel_width * c->channels ||
        c->out_width * (c->pool ? 2 : 1) < 2) {
        return false;
    }
    const struct layout l = layout_of(c);
    const uint64_t tiles = (c->out_height * l.per_row + l.per_tile - 1) / l.per_tile;
    const uint64_t copied = (uint64_t)l.rows * l.columns * l.eights, matrices = (uint64_t)c->segments * l.run;
    const uint64_t fours = (uint64_t)c->segments * rounded_up(c->length, 4) / 4;
    return c->out_channels > 4 &&
           12 * copied + 10 * c->out_channels * tiles * matrices < 5 * c->out_channels * tile_count(c) * fours;
}

size_t i8mm_q8_scratch_bytes(const struct conv *c)
{
    if (!is_suited(c)) {
        return 0;
    }
    const struct layout l = layout_of(c);
    return l.rows * l.segment;
}

static size_t channel_bytes(const struct conv *c)
{
    return (size_t)c->kernel_height * c->kernel_width * rounded_up(c->channels, 8);
}

/* Output channels of the block that begins at `first`: as many of 12 as leave whole blocks of eight, if any. */
static uint32_t block_channels(const struct conv *c, uint32_t first)
{
    const uint32_t fours = (c->out_channels - first + 3) / 4;
    return fours == 2 || fours == 4 || fours == 1 ? 8 : 12;
}

size_t i8mm_q8_packed_bytes(const struct conv *c)
{
    if (!is_suited(c)) {
        return dotprod_q8_packed_bytes(c);
    }
    return rounded_up(c->out_channels, 4) * (sizeof(int32_t) + sizeof(float) + channel_bytes(c));
}

/* The weights of one block; returns what follows them. */
static int8_t *pack_block(const struct conv *c, const int8_t *weights, uint32_t first, uint32_t width, int8_t *next)
{
    for (uint32_t pixel = 0; pixel < c->kernel_height * c->kernel_width; pixel++) {
        for (uint32_t eight = 0; eight < c->channels; eight += 8) {
            for (uint32_t i = 0; i < 8 * width; i++) {
                const uint32_t out = first + i / 8, channel = eight + i % 8;
                const bool is_there = out < c->out_channels && channel < c->channels;
                *next++ = is_there ? weights[weight_index(c, out, pixel * c->channels + channel)] : 0;
            }
        }
    }
    return next;
}

void i8mm_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                  void *to)
{
    if (!is_suited(c)) {
        dotprod_q8_pack(c, weights, biases, multipliers, to);
        return;
    }
    const uint32_t channels = rounded_up(c->out_channels, 4);
    int8_t *next = q8_pack_biases(c, weights, biases, multipliers, 0, to);
    for (uint32_t first = 0, width; first < channels; first += width) {
        width = block_channels(c, first);
        next = pack_block(c, weights, first, width, next);
    }
}

/* Adds one or two matrices of each pair of windows; returns the weights behind theirs. */
I8MM INLINE const int8_t *add_matrices(int vectors, int count, int32x4_t *sums, const uint8_t **runs,
                                       const int8_t *weights)
{
    uint8x16_t values[2][PAIRS];
    UNROLL
    for (int p = 0; p < PAIRS; p++) {
        values[0][p] = vld1q_u8(runs[p]);
        values[1][p] = count == 2 ? vld1q_u8(runs[p] + MATRIX) : values[0][p];
        runs[p] += count * MATRIX;
        KEEP_POINTER(runs[p]);
    }
    UNROLL
    for (int i = 0; i < count * vectors; i++) {
        const int8x16_t w = vld1q_s8(weights + MATRIX * i);
        UNROLL
        for (int p = 0; p < PAIRS; p++) {
            int32x4_t *sum = &sums[p * vectors + i % vectors];
            *sum = vusmmlaq_s32(*sum, values[i / vectors][p], w);
        }
    }
    weights += count * vectors * MATRIX;
    KEEP_POINTER(weights);
    return weights;
}

I8MM INLINE void add_windows(const struct layout *l, uint32_t segments, int vectors, int32x4_t *sums,
                             const struct places *places, const int8_t *weights)
{
    for (uint32_t s = 0; s < segments; s++) {
        const uint8_t *runs[PAIRS];
        UNROLL
        for (int p = 0; p < PAIRS; p++) {
            runs[p] = places->in[p] + s * l->segment;
        }
        for (uint32_t pair = 0; pair < l->run / 2; pair++) {
            weights = add_matrices(vectors, 2, sums, runs, weights);
        }
        if (l->run % 2 == 1) {
            weights = add_matrices(vectors, 1, sums, runs, weights);
        }
    }
}

/* Two channels' sums of the pixels of two windows above each other, at the pixel of the left and of the right one. */
INLINE int32x4_t largest_of_columns(int32x4_t a, int32x4_t b)
{
    const int64x2_t d = vreinterpretq_s64_s32(a), e = vreinterpretq_s64_s32(b);
    return vmaxq_s32(vreinterpretq_s32_s64(vzip1q_s64(d, e)), vreinterpretq_s32_s64(vzip2q_s64(d, e)));
}

/* The bytes of two pixels, each the largest of two pairs of windows. */
INLINE void store_pooled(const struct conv *c, int vectors, const int32x4_t *sums, uint8_t *const *out,
                         const struct q8_block *block)
{
    int32x4_t most[MOST_SUMS / 4];
    UNROLL
    for (int i = 0; i < vectors; i++) {
        const int32x4_t *upper = sums + i / (vectors / 2) * 2 * vectors + i % (vectors / 2) * 2;
        const int32x4_t *lower = upper + vectors;
        most[i] = largest_of_columns(vmaxq_s32(upper[0], lower[0]), vmaxq_s32(upper[1], lower[1]));
    }
    store_windows(c, 2, vectors / 2, most, out, block->multipliers, block->channels);
}

/* Two pixels' bytes, of two channels after the other in turn, in two vectors that begin with eight channels of two
 * pixels each: the left ones' in order, or the right ones'. */
INLINE uint8x16_t left_bytes(uint8x16_t a, uint8x16_t b)
{
    return vreinterpretq_u8_u16(vuzp1q_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
}

INLINE uint8x16_t right_bytes(uint8x16_t a, uint8x16_t b)
{
    return vreinterpretq_u8_u16(vuzp2q_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
}

/* The bytes of one pixel: eight channels from `bytes`, four more from `rest`, or as many as there are. */
INLINE void store_pixel(uint8_t *out, int vectors, uint8x8_t bytes, uint8x16_t rest, uint32_t channels)
{
    if (channels == 2 * (uint32_t)vectors) {
        vst1_u8(out, bytes);
        if (vectors == 6) {
            store_four_bytes(out + 8, rest);
        }
    } else {
        store_bytes(out, vcombine_u8(bytes, vget_low_u8(rest)), vectors / 2, channels);
    }
}

/* The bytes of two pairs of windows. */
INLINE void store_two_pairs(const struct conv *c, int vectors, const int32x4_t *sums, uint8_t *const *out,
                            const struct q8_block *block)
{
    int32x4_t all[MOST_SUMS / 2];
    UNROLL
    for (int i = 0; i < 2 * vectors; i++) {
        const float32x2_t multipliers = vld1_f32(block->multipliers + 2 * (i % vectors));
        all[i] = scaled(sums[i], vcombine_f32(multipliers, multipliers));
    }
    const uint8x16_t a = requantized(c, 4, all), b = requantized(c, 4, all + vectors);
    uint8x16_t rest = a;
    if (vectors == 6) {
        const int32x4_t last[] = {all[4], all[5], all[10], all[11]};
        rest = requantized(c, 4, last);
    }
    const uint8x16_t left = left_bytes(a, b), right = right_bytes(a, b);
    const uint8x16_t left_rest = left_bytes(rest, rest), right_rest = right_bytes(rest, rest);
    store_pixel(out[0], vectors, vget_low_u8(left), left_rest, block->channels);
    store_pixel(out[1], vectors, vget_low_u8(right), right_rest, block->channels);
    store_pixel(out[2], vectors, vget_high_u8(left), vextq_u8(left_rest, left_rest, 4), block->channels);
    store_pixel(out[3], vectors, vget_high_u8(right), vextq_u8(right_rest, right_rest, 4), block->channels);
}

I8MM INLINE void compute_block(const struct conv *c, const struct layout *layout, const int vectors, uint8_t *out,
                               const struct q8_block *block)
{
    const struct conv local = *c; /* for the compiler: bytes that are written could be those of *c */
    const struct layout l = *layout;
    const struct q8_block b = *block;
    const uint32_t units = local.out_height * l.per_row;
    struct cursor cursor = {0, 0};
    for (uint32_t first = 0; first < units; first += l.per_tile) {
        const struct places places = place_tile(&local, &l, &cursor, out);
        int32x4_t sums[MOST_SUMS];
        UNROLL
        for (int i = 0; i < PAIRS * vectors; i++) {
            const int32x2_t biases = vld1_s32(b.biases + 2 * (i % vectors));
            sums[i] = vcombine_s32(biases, biases);
        }
        add_windows(&l, local.segments, vectors, sums, &places, b.weights);
        if (local.pool) {
            store_pooled(&local, vectors, sums, places.out, &b);
        } else {
            store_two_pairs(&local, vectors, sums, places.out, &b);
            store_two_pairs(&local, vectors, sums + 2 * vectors, places.out + 4, &b);
        }
    }
}

I8MM static void block_of_8(const struct conv *c, const struct layout *l, uint8_t *out, const struct q8_block *block)
{
    compute_block(c, l, 4, out, block);
}

I8MM static void block_of_12(const struct conv *c, const struct layout *l, uint8_t *out, const struct q8_block *block)
{
    compute_block(c, l, 6, out, block);
}

void i8mm_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out)
{
    if (!is_suited(c)) {
        dotprod_q8_conv(c, in, out);
        return;
    }
    const struct layout l = layout_of(c);
    copy_input(c, &l, in, c->scratch);
    for (uint32_t first = 0, width; first < c->out_channels; first += width) {
        width = block_channels(c, first);
        const struct q8_block block = q8_block_at(c, first, width, channel_bytes(c));
        (width == 12 ? block_of_12 : block_of_8)(c, &l, out + first, &block);
    }
}

#endif
