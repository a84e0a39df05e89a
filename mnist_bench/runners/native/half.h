/* fp16 as it lies in memory, and float32. */
#ifndef MNIST_BENCH_HALF_H
#define MNIST_BENCH_HALF_H

#include <stdint.h>
#include <string.h>

/* The bits of an IEEE 754 binary16. */
typedef uint16_t half;

#if defined(__aarch64__)

static inline float float_of_half(half bits)
{
    __fp16 number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static inline half half_of_float(float number)
{
    const __fp16 rounded = (__fp16)number;
    half bits;
    memcpy(&bits, &rounded, sizeof bits);
    return bits;
}

#else

static inline float float_of_bits(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static inline float float_of_half(half bits)
{
    const uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7FFF;
    if (rest >= 0x7C00) {
        return float_of_bits(sign | 0x7F800000 | (rest & 0x3FF) << 13);
    }
    const float size = float_of_bits(rest << 13) * 0x1p112f; /* denormal numbers too: the product is exact */
    return sign != 0 ? -size : size;
}

/* To nearest even; from 65,520 on it is infinite. */
static inline half half_of_float(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
    if (rest > 0x7F800000) {
        return (half)(sign | 0x7E00);
    }
    if (rest >= 0x47800000) { /* 65,536 */
        return (half)(sign | 0x7C00);
    }
    if (rest < 0x38800000) { /* 2^-14: a denormal number, a whole number of 2^-24, as the sum's last bits */
        const float sum = float_of_bits(rest) + 0.5f;
        memcpy(&bits, &sum, sizeof bits);
        return (half)(sign | (bits - 0x3F000000));
    }
    const uint32_t rounded = rest + 0xFFF + (rest >> 13 & 1);
    return (half)(sign | (rounded - 0x38000000) >> 13);
}

#endif

#endif
