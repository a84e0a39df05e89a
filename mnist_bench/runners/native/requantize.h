/* From a sum to a byte, in plain C. */
#ifndef MNIST_BENCH_REQUANTIZE_H
#define MNIST_BENCH_REQUANTIZE_H

#include "kernels.h"

/* QNNPACK's requantization as its SSE2 kernels do it: a product that leaves 32 bits (or is no number) turns into the
 * smallest integer, which the clamp makes the lowest byte; the rest is rounded to nearest even. */
static inline uint8_t requantized(int32_t sum, float multiplier, const struct conv *c)
{
    const float low = (float)c->low_byte - (float)c->zero_point, high = 255.0f - (float)c->zero_point;
    float scaled = (float)sum * multiplier;
    scaled = scaled >= -0x1p31f && scaled < 0x1p31f ? scaled : low;
    scaled = scaled < low ? low : scaled > high ? high : scaled;
    const float rounded = scaled + 0x1.8p23f - 0x1.8p23f; /* the sum has no bits left for a fraction */
    return (uint8_t)((int)rounded + c->zero_point);
}

#endif
