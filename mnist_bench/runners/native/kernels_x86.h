/* What the x86 kernels have in common: which way a layer goes, its blocks of output channels, the walk over its windows.
 */
#ifndef MNIST_BENCH_KERNELS_X86_H
#define MNIST_BENCH_KERNELS_X86_H

#include "kernels.h"
#include "unroll.h"
#include "x86.h"

/* AVX-VNNI's instruction in assembly, in its own encoding, which needs nothing of AVX-512; or, to run it on a processor
 * that has AVX-512 VNNI alone, in that one's. */
#ifdef MNIST_BENCH_EVEX_STANDS_IN
#define VPDPBUSD "%{evex%} vpdpbusd"
#else
#define VPDPBUSD "%{vex%} vpdpbusd"
#endif

/* The members of the sets, as kernels.h describes them. */
size_t avx2_f32_packed_bytes(const struct conv *c);
void avx2_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void avx2_f32_conv(const struct conv *c, const float *in, float *out);
void avx2_f32_pixels(const uint8_t *pixels, size_t count, float *values);
void avx2_f32_winograd(const struct conv *c, const float *in, float *out);
size_t avx2_q8_packed_bytes(const struct conv *c);
void avx2_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers, void *to);
void avx2_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);
size_t avxvnni_q8_packed_bytes(const struct conv *c);
void avxvnni_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                     void *to);
void avxvnni_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);
size_t avx512vnni_f32_packed_bytes(const struct conv *c);
void avx512vnni_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void avx512vnni_f32_conv(const struct conv *c, const float *in, float *out);
void avx512vnni_f32_winograd(const struct conv *c, const float *in, float *out);
size_t avx512vnni_f32_line_packed_bytes(const struct conv *c); /* for one window */
void avx512vnni_f32_line_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void avx512vnni_f32_line_conv(const struct conv *c, const float *in, float *out);
size_t avx512vnni_q8_packed_bytes(const struct conv *c);
void avx512vnni_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases, const float *multipliers,
                        void *to);
void avx512vnni_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);
extern const struct kernels avx2_depthwise;
size_t avx2_depthwise_f32_packed_bytes(const struct conv *c);
void avx2_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void avx2_depthwise_f32_conv(const struct conv *c, const float *in, float *out);
size_t avx2_depthwise_q8_packed_bytes(const struct conv *c);
void avx2_depthwise_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                             const float *multipliers, void *to);
void avx2_depthwise_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);
extern const struct kernels avx512vnni_depthwise;
size_t avx512vnni_depthwise_f32_packed_bytes(const struct conv *c);
void avx512vnni_depthwise_f32_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void avx512vnni_depthwise_f32_conv(const struct conv *c, const float *in, float *out);
size_t avx512vnni_depthwise_q8_packed_bytes(const struct conv *c);
void avx512vnni_depthwise_q8_pack(const struct conv *c, const int8_t *weights, const int32_t *biases,
                                   const float *multipliers, void *to);
void avx512vnni_depthwise_q8_conv(const struct conv *c, const uint8_t *in, uint8_t *out);

uint64_t avx2_f32_peak(uint32_t rounds);
uint64_t avx2_q8_peak(uint32_t rounds);
uint64_t avxvnni_q8_peak(uint32_t rounds);
uint64_t avx512vnni_f32_peak(uint32_t rounds);
uint64_t avx512vnni_q8_peak(uint32_t rounds);

/* Winograd's way in fp32: values in a vector, vectors of output channels in a block. */
enum { AVX2_LANES = 8, AVX2_MOST_VECTORS = 3, AVX512_LANES = 16, AVX512_MOST_VECTORS = 3 };

/* Sums in a vector of int8's kernels. */
enum { AVX2_Q8_LANES = 8 };

/* One window: sums run along it, so that few outputs do not fill vectors with nothing. */
static inline bool is_dot(const struct conv *c)
{
    return c->out_height == 1 && c->out_width == 1 && !c->pool;
}

/* How many outputs of one window are summed together: 8, then what remains in powers of two. */
static inline uint32_t dot_block(uint32_t remaining)
{
    return remaining >= 8 ? 8 : remaining >= 4 ? 4 : remaining >= 2 ? 2 : 1;
}

static inline uint32_t vectors_of(uint32_t count, uint32_t lanes)
{
    return (count + lanes - 1) / lanes;
}

/* Which of 16 lanes are channels, in the last of a block's `wide` vectors, where `remaining` channels are left. */
static inline uint16_t last_lanes(uint32_t remaining, uint32_t wide)
{
    return remaining >= 16 * wide ? 0xffff : (uint16_t)((1u << (remaining - 16 * (wide - 1))) - 1);
}

/* How many vectors of channels a tile takes where `remaining` are left: of two at most three, so that none is left
 * alone; of four windows (pooling), three where that leaves none alone. One only where there is one. */
static inline uint32_t block_vectors(const struct conv *c, uint32_t remaining)
{
    if (remaining <= 3)
        return remaining;
    return c->pool && remaining != 4 ? 3 : 2;
}

/* Goes over the windows of an output, row by row; behind the last it stays there, so that a tile is always full and a
 * tail is written twice with the same values. */
struct walk {
    const struct conv *conv;
    uint32_t x, y;
};

static inline void next_window(struct walk *w, size_t *in, size_t *out)
{
    const struct conv *c = w->conv;
    *in = w->y * c->in_row + w->x * c->in_column;
    *out = w->y * c->out_row + w->x * c->out_column;
    if (w->x + 1 < c->out_width) {
        w->x++;
    } else if (w->y + 1 < c->out_height) {
        w->x = 0;
        w->y++;
    }
}

/* The same with pooling: the four windows behind one output. */
static inline void next_pool(struct walk *w, size_t in[4], size_t *out)
{
    const struct conv *c = w->conv;
    next_window(w, &in[0], out);
    in[0] *= 2;
    in[1] = in[0] + c->in_column;
    in[2] = in[0] + c->in_row;
    in[3] = in[2] + c->in_column;
}

/* Where the next outputs lie, and where the windows behind them begin: with pooling four for each, else one. In a file of
 * its own, as tiles are so large that a call does not count. */
void next_tile(struct walk *walk, uint32_t outputs, size_t *in, size_t *out);

#endif
