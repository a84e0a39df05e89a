/* Micro-kernels: what a plan asks of an instruction set, and what it gets.
 *
 * Activations are NHWC, one image. A buffer that a convolution reads carries the padding as a border, filled once with
 * the value that stands for zero, so that a window never leaves it. Behind every buffer KERNEL_SLACK bytes can be read.
 */
#ifndef MNIST_BENCH_KERNELS_H
#define MNIST_BENCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peak.h"

#define KERNEL_SLACK 64     /* readable bytes behind every activation buffer; zero, never written */
#define KERNEL_ALIGNMENT 64 /* of every buffer and of packed weights */

/* One group of a convolution; or a linear layer, which is a convolution whose window is its whole input.
 *
 * A window is `segments` runs of `length` contiguous values; run s begins offsets[s] values behind the window's first.
 * Without groups a run is a row of the window, with groups it is one pixel's channels; runs that touch are one.
 */
struct conv {
    /* the window */
    uint32_t channels, kernel_height, kernel_width; /* of the weights: out x channels x kernel_height x kernel_width */
    uint32_t segments, length;
    const uint32_t *offsets;
    size_t in_column, in_row; /* values from a window to its right and to its lower neighbour */
    bool reads_pixels;        /* the input is the image: in fp32, too, a zero weight makes what is read past a run 0 */

    /* the output */
    uint32_t out_channels;
    uint32_t out_height, out_width; /* behind the pooling, where one is fused */
    size_t out_column, out_row;     /* values from a pixel to its right and to its lower neighbour */
    bool pool;                      /* each value is the largest of 2 x 2 neighbouring windows; exact, as every step
                                       behind the sum is monotonic */
    float low;                      /* fp32: 0 behind a fused ReLU, else -infinity */
    uint8_t zero_point, low_byte;   /* int8: of the output; low_byte is the zero point behind a fused ReLU, else 0 */

    const void *packed; /* weights, biases and multipliers as the kernel wants them */

    void *scratch; /* as large as the kernel wants it, aligned; other steps use it, too */
    const struct winograd *winograd; /* NULL: the direct way */
};

static inline uint32_t rounded_up(uint32_t value, uint32_t to)
{
    return (value + to - 1) / to * to;
}

/* The weight of output channel `out` that meets value `at` of a window (counted over its runs), as it travelled. */
static inline size_t weight_index(const struct conv *c, uint32_t out, uint32_t at)
{
    const uint32_t channel = at % c->channels, pixel = at / c->channels;
    return ((size_t)out * c->channels + channel) * (c->kernel_height * c->kernel_width) + pixel;
}

/* How one instruction set executes convolutions and linear layers. A convolution writes the values of its own output
 * channels and no others; it may read past the end of a run, where packed weights are zero (in fp32 only if
 * `reads_pixels`: elsewhere a value there could be infinite).
 *
 * int8: out = clamp(rint((float)sum * multiplier) + zero_point, low_byte, 255), rounded to nearest even; sum =
 * bias + products of bytes and weights, in 32 bits. The input's zero point is already in `bias`. Weights are within
 * +-127. The plan gives sets other than the portable one no layer in which |sum * multiplier| could reach 2^31.
 */
struct kernels {
    const char *name;
    bool f32_pools, q8_pools;   /* whether `pool` is understood */
    bool f32_blocks, q8_blocks; /* whether a block of images (block.h) takes less time than one after the other */
    uint32_t f32_winograd;      /* values in a vector of the set's Winograd way (winograd.h); 0: it has none */
    uint32_t q8_winograd;       /* likewise in int8 (winograd_q8.h): sums in a vector */
    /* For depthwise convolutions, in which each channel has a window of its own: a `struct conv` stands for all groups at
     * once. `channels` and `out_channels` are those of the whole layer, a run is one pixel of the window, and weights are
     * channels x kernel height x kernel width. */
    const struct kernels *depthwise;

    size_t (*f32_packed_bytes)(const struct conv *);
    void (*f32_pack)(const struct conv *, const float *weights, const float *biases, void *to);
    void (*f32_conv)(const struct conv *, const float *in, float *out);

    size_t (*q8_packed_bytes)(const struct conv *);
    void (*q8_pack)(const struct conv *, const int8_t *weights, const int32_t *biases, const float *multipliers,
                    void *to);
    void (*q8_conv)(const struct conv *, const uint8_t *in, uint8_t *out);
    size_t (*q8_scratch_bytes)(const struct conv *); /* NULL: it wants none */

    /* At least 28 pixels as 0 to 1, to the very numbers that execute.c's own loop makes of them; NULL: that loop. */
    void (*f32_pixels)(const uint8_t *pixels, size_t count, float *values);

    peak_loop f32_peak, q8_peak; /* NULL where compilers choose the instructions */
};

/* The same for fp16, whose numbers are 16 bits in memory, poolings included. Sums may be rounded to fp16 on the way, a few
 * hundred products at a time; biases and weights are rounded when they are packed. */
struct f16_kernels {
    uint32_t winograd; /* values in a vector of their Winograd way, which is F(2 x 2) alone */

    size_t (*packed_bytes)(const struct conv *);
    void (*pack)(const struct conv *, const float *weights, const float *biases, void *to);
    void (*conv)(const struct conv *, const uint16_t *in, uint16_t *out);
    peak_loop peak;
};

/* Each returns its kernels where it was built in and this processor has what they need, else NULL. */
const struct kernels *kernels_portable(void);
const struct kernels *kernels_avx2(void);       /* AVX2 and FMA */
const struct kernels *kernels_avxvnni(void);    /* AVX2, FMA and AVX-VNNI; its fp32 is AVX2's */
const struct kernels *kernels_avx512vnni(void); /* AVX-512 F, BW, DQ, VL and VNNI */
const struct kernels *kernels_neon(void);       /* every arm64 */
const struct kernels *kernels_dotprod(void);    /* arm64 with SDOT/UDOT; its fp32 is NEON's */
const struct kernels *kernels_i8mm(void);       /* arm64 with USMMLA and SDOT; its fp32 is NEON's */
const struct f16_kernels *kernels_fp16(void);   /* arm64 with fp16 arithmetic */

#endif
