/* int8: from real numbers to bytes and back, as PyTorch 2.13 does it on x86; float32, in just this order. */
#ifndef MNIST_BENCH_BYTES_H
#define MNIST_BENCH_BYTES_H

#include <math.h>

#include "network.h"

/* scale * byte - scale * zero_point, rounded once: PyTorch's vectors multiply and add as one. Exact in double: both
 * products are small multiples of scale's last bit. */
static inline float fused_number(struct quantization quantization, int byte)
{
    const float offset = -(quantization.scale * (float)quantization.zero_point);
    return (float)((double)quantization.scale * byte + (double)offset);
}

/* The same where PyTorch has no vectors. */
static inline float plain_number(struct quantization quantization, int byte)
{
    return quantization.scale * (float)(byte - quantization.zero_point);
}


/* Vectors: rounded to nearest even, then the zero point in 32 bits, which wrap; what exceeds them is cut to 2^31 - 128
 * before, NaN too. */
static inline uint8_t vector_byte(struct quantization quantization, float number)
{
    float scaled = number * (1.0f / quantization.scale);
    scaled = scaled < 2147483520.0f ? scaled : 2147483520.0f;
    const int32_t rounded = scaled >= -0x1p31f ? (int32_t)rintf(scaled) : INT32_MIN;
    const int32_t sum = (int32_t)((uint32_t)rounded + quantization.zero_point);
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* Elsewhere: the product and the zero point are added as one, then rounded. */
static inline uint8_t scalar_byte(struct quantization quantization, float number)
{
    const double scaled = (double)number * (double)(1.0f / quantization.scale);
    const float sum = rintf((float)(scaled + quantization.zero_point));
    return (uint8_t)(sum > 255.0f ? 255 : sum > 0.0f ? (int)sum : 0);
}

#endif
