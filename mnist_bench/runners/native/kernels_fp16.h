/* What the arm64 kernels for fp16 share. */
#ifndef MNIST_BENCH_KERNELS_FP16_H
#define MNIST_BENCH_KERNELS_FP16_H

#include "half.h"
#include "kernels_arm.h"

#if defined(__aarch64__) && \
    (!defined(__clang__) || __clang_major__ >= 16 || defined(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC))
#define HAS_FP16_KERNELS

#ifdef __clang__
#define FP16 __attribute__((target("fp16")))
#else
#define FP16 __attribute__((target("arch=armv8.2-a+fp16")))
#endif

uint64_t fp16_peak(uint32_t rounds);

#define LANES 8

enum { FP16_MOST_VECTORS = 2 }; /* of output channels in a block, Winograd's way */

INLINE FP16 float16x8_t load_halves(const half *from)
{
    return vreinterpretq_f16_u16(vld1q_u16(from));
}

INLINE FP16 void store_halves(half *to, float16x8_t values)
{
    vst1q_u16(to, vreinterpretq_u16_f16(values));
}

/* The first `count` of them. */
INLINE FP16 void store_some_halves(half *to, float16x8_t values, uint32_t count)
{
    if (count >= LANES) {
        store_halves(to, values);
        return;
    }
    uint16x8_t bits = vreinterpretq_u16_f16(values);
    for (uint32_t i = 0; i < count; i++) {
        vst1q_lane_u16(to + i, bits, 0);
        bits = vextq_u16(bits, bits, 1);
    }
}

/* NaN if one of them is; vmaxq_f16, which clang 21 has only in files that are built for fp16. */
INLINE FP16 float16x8_t larger_halves(float16x8_t a, float16x8_t b)
{
    float16x8_t largest;
    __asm__("fmax %0.8h, %1.8h, %2.8h" : "=w"(largest) : "w"(a), "w"(b));
    return largest;
}

/* sum + weights * values[lane] */
INLINE FP16 float16x8_t add_lane(float16x8_t sum, float16x8_t weights, float16x8_t values, int lane)
{
    switch (lane) {
    case 0:
        return vfmaq_laneq_f16(sum, weights, values, 0);
    case 1:
        return vfmaq_laneq_f16(sum, weights, values, 1);
    case 2:
        return vfmaq_laneq_f16(sum, weights, values, 2);
    case 3:
        return vfmaq_laneq_f16(sum, weights, values, 3);
    case 4:
        return vfmaq_laneq_f16(sum, weights, values, 4);
    case 5:
        return vfmaq_laneq_f16(sum, weights, values, 5);
    case 6:
        return vfmaq_laneq_f16(sum, weights, values, 6);
    default:
        return vfmaq_laneq_f16(sum, weights, values, 7);
    }
}

/* Adds `count` (1 to 8) values of each window, times their weights, to one of `sets` sums in turn. */
INLINE FP16 void add_halves(int windows, int vectors, int sets, float16x8_t *sums, const float16x8_t *values,
                            const half *weights, int count)
{
    UNROLL
    for (int k = 0; k < count; k++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const float16x8_t w = load_halves(weights + LANES * (k * vectors + v));
            UNROLL
            for (int p = 0; p < windows; p++) {
                float16x8_t *sum = &sums[((k % sets) * windows + p) * vectors + v];
                *sum = add_lane(*sum, w, values[p], k);
            }
        }
    }
}

size_t fp16_direct_packed_bytes(const struct conv *c);
void fp16_direct_pack(const struct conv *c, const float *weights, const float *biases, void *to);
void fp16_direct_conv(const struct conv *c, const half *in, half *out);

void fp16_winograd_conv(const struct conv *c, const half *in, half *out);

#endif
#endif
