/* What the NEON kernels for fp32 share. */
#ifndef MNIST_BENCH_KERNELS_NEON_F32_H
#define MNIST_BENCH_KERNELS_NEON_F32_H

#include "kernels_arm.h"

#if defined(__aarch64__)

/* sum + weights * values[lane] */
INLINE float32x4_t add_lane(float32x4_t sum, float32x4_t weights, float32x4_t values, int lane)
{
    switch (lane) {
    case 0:
        return vfmaq_laneq_f32(sum, weights, values, 0);
    case 1:
        return vfmaq_laneq_f32(sum, weights, values, 1);
    case 2:
        return vfmaq_laneq_f32(sum, weights, values, 2);
    default:
        return vfmaq_laneq_f32(sum, weights, values, 3);
    }
}

/* Adds `count` (1 to 4) values of each window, times their weights, to one of `sets` sums in turn. */
INLINE void add_values(int windows, int vectors, int sets, float32x4_t *sums, const float32x4_t *values,
                       const float *weights, int count)
{
    UNROLL
    for (int k = 0; k < count; k++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const float32x4_t w = vld1q_f32(weights + NEON_LANES * (k * vectors + v));
            UNROLL
            for (int p = 0; p < windows; p++) {
                float32x4_t *sum = &sums[((k % sets) * windows + p) * vectors + v];
                *sum = add_lane(*sum, w, values[p], k);
            }
        }
    }
}

#endif
#endif
