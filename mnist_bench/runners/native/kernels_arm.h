/* What the arm64 kernels share: which windows are computed together, and how sums become bytes.
 *
 * A tile is four windows: with a fused pooling those of one pixel, else those of four pixels in reading order. The last
 * tile of a layer lies over the one before rather than beyond the end. A layer of fewer pixels has tiles of one window.
 */
#ifndef MNIST_BENCH_KERNELS_ARM_H
#define MNIST_BENCH_KERNELS_ARM_H

#include "kernels.h"
#include "unroll.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))
#define TILE 4

/* Winograd's way in fp32: values in a vector, vectors of output channels in a block. */
enum { NEON_LANES = 4, NEON_MOST_VECTORS = 5 };

#if !defined(__clang__) || __clang_major__ >= 16 || defined(__ARM_FEATURE_DOTPROD)
#define HAS_DOTPROD_KERNELS /* the others have the intrinsics only where the whole file is built for them */
#endif

size_t neon_f32_packed_bytes(const struct conv *c);
void neon_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void neon_f32_conv(const struct conv *c, const float *in, float *out);
void neon_f32_winograd(const struct conv *c, const float *in, float *out);

size_t neon_q8_packed_bytes(const struct conv *c);
void neon_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                  void *to);
void neon_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

extern const struct kernels neon_depthwise;
size_t neon_depthwise_f32_packed_bytes(const struct conv *c);
void neon_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void neon_depthwise_f32_conv(const struct conv *c, const float *in, float *out);
size_t neon_depthwise_q8_packed_bytes(const struct conv *c);
void neon_depthwise_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                            const float *multipliers, void *to);
void neon_depthwise_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

/* What neon_q8_* do for windows whose runs are of at most eight values. */
#define SHORT_RUN 8
size_t neon_q8_short_packed_bytes(const struct conv *c);
void neon_q8_short_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                        void *to);
void neon_q8_short_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

/* What neon_q8_* do for convolutions that go Winograd's way, with so many sums in a vector. */
enum { NEON_Q8_LANES = 4 };
void neon_q8_winograd_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                           const float *multipliers, void *to);
void neon_q8_winograd_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

size_t dotprod_q8_packed_bytes(const struct conv *c);
void dotprod_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                     void *to);
void dotprod_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

/* What dotprod_q8_* do for a convolution of one channel that is one of these. */
bool dotprod_q8_is_first(const struct conv *c);
size_t dotprod_q8_first_packed_bytes(const struct conv *c);
void dotprod_q8_first_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                           const float *multipliers, void *to);
void dotprod_q8_first_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

uint64_t neon_f32_peak(uint32_t rounds);
uint64_t neon_q8_peak(uint32_t rounds);
uint64_t dotprod_q8_peak(uint32_t rounds);
uint64_t i8mm_q8_peak(uint32_t rounds);

size_t i8mm_q8_packed_bytes(const struct conv *c);
void i8mm_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                  void *to);
size_t i8mm_q8_scratch_bytes(const struct conv *c);
void i8mm_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

/* Compilers would rather address all runs by one index, which takes an addition for each; a pointer that they know
 * nothing about, and that nothing is moved across, is advanced by the load itself. */
#define KEEP_POINTER(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

INLINE uint32_t tile_windows(const struct conv *c)
{
    return c->pool || c->out_height * c->out_width >= TILE ? TILE : 1;
}

INLINE uint32_t tile_count(const struct conv *c)
{
    const uint32_t pixels = c->out_height * c->out_width;
    return c->pool || pixels < TILE ? pixels : (pixels + TILE - 1) / TILE;
}

/* Few sums are made of several, so that additions do not wait for each other. */
INLINE int sum_sets(int windows, int vectors)
{
    return windows * vectors <= 4 ? 4 : 1;
}

/* Where the windows of a tile begin, and where its pixels lie (with a pooling only the first). */
struct tile {
    size_t in[TILE], out[TILE];
};

INLINE struct tile tile_at(const struct conv *c, uint32_t index, uint32_t windows)
{
    struct tile tile = {0};
    const uint32_t width = c->out_width, last = c->out_height * width - windows;
    const uint32_t pixel = c->pool || windows == 1 ? index : index * TILE < last ? index * TILE : last;
    uint32_t y = pixel / width, x = pixel % width;
    if (c->pool) {
        tile.in[0] = 2 * (y * c->in_row + x * c->in_column);
        tile.in[1] = tile.in[0] + c->in_column;
        tile.in[2] = tile.in[0] + c->in_row;
        tile.in[3] = tile.in[2] + c->in_column;
        tile.out[0] = y * c->out_row + x * c->out_column;
        return tile;
    }
    tile.in[0] = y * c->in_row + x * c->in_column;
    tile.out[0] = y * c->out_row + x * c->out_column;
    const bool same_row = x + windows <= width;
    for (uint32_t p = 1; p < windows; p++) {
        if (same_row || ++x < width) {
            tile.in[p] = tile.in[p - 1] + c->in_column;
            tile.out[p] = tile.out[p - 1] + c->out_column;
        } else {
            x = 0;
            tile.in[p] = ++y * c->in_row;
            tile.out[p] = y * c->out_row;
        }
    }
    return tile;
}

/* Bytes of up to four vectors of sums that are multiplied already; see kernels.h for the arithmetic. */
INLINE uint8x16_t requantized(const struct conv *c, int vectors, const int32x4_t *sums)
{
    const int16x8_t zero_point = vdupq_n_s16(c->zero_point);
    int16x8_t halves[2];
    for (int h = 0; h < 2; h++) {
        const int v = 2 * h < vectors ? 2 * h : 0, next = v + 1 < vectors ? v + 1 : v;
        halves[h] = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(sums[v]), sums[next]), zero_point);
    }
    const uint8x16_t bytes = vqmovun_high_s16(vqmovun_s16(halves[0]), halves[vectors > 2]);
    return vmaxq_u8(bytes, vdupq_n_u8(c->low_byte));
}

INLINE int32x4_t scaled(int32x4_t sums, float32x4_t multipliers)
{
    return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums), multipliers));
}

/* Adds four weights, of the lower or the upper half, times one value. */
INLINE int32x4_t add_half_product(int32x4_t sum, int16x8_t weights, bool upper, int16x8_t values, int lane)
{
#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        return upper ? vmlal_high_laneq_s16(sum, weights, values, n)                                                   \
                     : vmlal_laneq_s16(sum, vget_low_s16(weights), values, n)
    switch (lane) {
        CASE(0);
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
    default:
        CASE(7);
    }
#undef CASE
}

/* Adds the value in one lane of each window, times its weights. */
INLINE void add_value(int windows, int vectors, int32x4_t *sums, const int16x8_t *values, const int16_t *weights,
                      int lane)
{
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const bool upper = v % 2 == 1, alone = !upper && v == vectors - 1;
        const int16x8_t w = alone ? vcombine_s16(vld1_s16(weights + 4 * v), vdup_n_s16(0))
                                  : vld1q_s16(weights + 8 * (v / 2));
        UNROLL
        for (int p = 0; p < windows; p++) {
            sums[p * vectors + v] = add_half_product(sums[p * vectors + v], w, upper, values[p], lane);
        }
    }
}

INLINE int32x4_t largest(int32x4_t a, int32x4_t b, int32x4_t d, int32x4_t e)
{
    return vmaxq_s32(vmaxq_s32(a, b), vmaxq_s32(d, e));
}

INLINE void store_four_bytes(uint8_t *out, uint8x16_t bytes)
{
    vst1q_lane_u32((void *)out, vreinterpretq_u32_u8(bytes), 0);
}

/* The first `count` of the bytes, which is all of the vectors or less. */
INLINE void store_bytes(uint8_t *out, uint8x16_t bytes, int vectors, uint32_t count)
{
    if (count == 4 * (uint32_t)vectors) {
        if (vectors == 4) {
            vst1q_u8(out, bytes);
        } else if (vectors > 1) {
            vst1_u8(out, vget_low_u8(bytes));
        }
        if (vectors % 2 == 1) {
            store_four_bytes(out + 4 * (vectors - 1), vectors == 3 ? vextq_u8(bytes, bytes, 8) : bytes);
        }
        return;
    }
    for (; count >= 4; count -= 4, out += 4) {
        store_four_bytes(out, bytes);
        bytes = vextq_u8(bytes, bytes, 4);
    }
    for (uint32_t i = 0; i < count; i++) {
        vst1q_lane_u8(out + i, bytes, 0);
        bytes = vextq_u8(bytes, bytes, 1);
    }
}

/* What a block of output channels has. Packed weights of int8 begin with all biases and all multipliers, padded to four
 * channels; those of each block follow. */
struct q8_block {
    const int32_t *biases;
    const float *multipliers;
    const void *weights;
    uint32_t channels;
};

typedef void q8_block_function(const struct conv *c, const uint8_t *in, uint8_t *out, const struct q8_block *block);

/* Biases for values that have `less` taken off, and multipliers; returns where the weights begin. */
void *q8_pack_biases(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                     uint32_t less, void *to);

/* The block from channel `first`, `width` wide, where a channel's weights take `bytes`. */
INLINE struct q8_block q8_block_at(const struct conv *c, uint32_t first, uint32_t width, size_t bytes)
{
    const uint32_t channels = rounded_up(c->out_channels, 4), left = c->out_channels - first;
    const int32_t *biases = c->packed;
    const float *multipliers = (const float *)(biases + channels);
    const uint8_t *weights = (const uint8_t *)(multipliers + channels);
    return (struct q8_block){biases + first, multipliers + first, weights + first * bytes, left < width ? left : width};
}

/* The bytes of each window's sums, in up to four vectors. All are multiplied before the first is stored, as for all the
 * compiler knows that could change the multipliers. */
INLINE void store_windows(const struct conv *c, int windows, int vectors, const int32x4_t *sums, uint8_t *const *out,
                          const float *multipliers, uint32_t channels)
{
    int32x4_t all[4 * TILE];
    UNROLL
    for (int i = 0; i < windows * vectors; i++) {
        all[i] = scaled(sums[i], vld1q_f32(multipliers + 4 * (i % vectors)));
    }
    UNROLL
    for (int p = 0; p < windows; p++) {
        store_bytes(out[p], requantized(c, vectors, all + p * vectors), vectors, channels);
    }
}

/* The bytes of a tile's sums, in up to four vectors for each window. Replaces the sums. */
INLINE void store_tile(const struct conv *c, int vectors, int32x4_t *sums, const struct tile *tile, uint8_t *out,
                       const struct q8_block *block)
{
    uint8_t *const pixels[TILE] = {out + tile->out[0], out + tile->out[1], out + tile->out[2], out + tile->out[3]};
    if (c->pool) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            sums[v] = largest(sums[v], sums[vectors + v], sums[2 * vectors + v], sums[3 * vectors + v]);
        }
        store_windows(c, 1, vectors, sums, pixels, block->multipliers, block->channels);
        return;
    }
    store_windows(c, TILE, vectors, sums, pixels, block->multipliers, block->channels);
}

#if defined(HAS_DOTPROD_KERNELS)
#ifdef __clang__
#define DOTPROD __attribute__((target("dotprod")))
#define I8MM __attribute__((target("i8mm")))
#else
#define DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#define I8MM __attribute__((target("arch=armv8.2-a+i8mm")))
#endif

/* Adds to each sum four weights times the four values in one lane. */
DOTPROD INLINE int32x4_t dot_product(int32x4_t sum, int8x16_t weights, int8x16_t values, int lane)
{
    switch (lane) {
    case 0:
        return vdotq_laneq_s32(sum, weights, values, 0);
    case 1:
        return vdotq_laneq_s32(sum, weights, values, 1);
    case 2:
        return vdotq_laneq_s32(sum, weights, values, 2);
    default:
        return vdotq_laneq_s32(sum, weights, values, 3);
    }
}
#endif

#endif
#endif
