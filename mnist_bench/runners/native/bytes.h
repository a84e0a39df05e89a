/* int8: from bytes to numbers and back, for the tables of operators that QNNPACK does not have. float32, in just this
 * order, as mnist_bench/network/tables.py does it. */
#ifndef MNIST_BENCH_BYTES_H
#define MNIST_BENCH_BYTES_H

#include <math.h>

#include "network.h"

static inline float number_of_byte(struct quantization quantization, int byte)
{
    return (float)(byte - quantization.zero_point) * quantization.scale;
}

static inline uint8_t byte_of_number(struct quantization quantization, float number)
{
    const float rounded = rintf(number * (1.0f / quantization.scale));
    const float clamped = rounded > -256.0f ? rounded < 511.0f ? rounded : 511.0f : -256.0f;
    const int byte = (int)clamped + quantization.zero_point;
    return (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}

#endif
