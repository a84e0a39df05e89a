/* fp32: exp, and functions made of it, in arithmetic that compilers turn into vectors. */
#ifndef MNIST_BENCH_EXPONENTIAL_H
#define MNIST_BENCH_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

/* Polynomials by Horner's rule. */
static inline float polynomial_of_six(const float c[6], float x)
{
    return c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * c[5]))));
}

static inline float polynomial(const float c[7], float x)
{
    return c[0] + x * polynomial_of_six(c + 1, x);
}

/* exp(x) is 2^n 2^f: sets `scale` to 2^n, from 2^-126 to 2^126, and returns f, within +-0.5, and NaN for NaN. */
static inline float split_power(float x, float *scale)
{
    float power = x * 1.4426950409f;
    power = power < -126.0f ? -126.0f : power > 126.0f ? 126.0f : power;
    const float shifted = power + 0x1.8p23f; /* n stands in its last bits */
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(scale, &bits, sizeof *scale);
    return power - (shifted - 0x1.8p23f);
}

/* 2^f by a minimax fit, 2e-9 off at most. */
static const float power_fit[7] = {1.0f,          0.6931471825f, 0.2402264625f, 0.0555032864f,
                                   0.0096184891f, 0.0013399931f, 0.0001534581f};

static inline float exponential(float x)
{
    float scale;
    const float fraction = split_power(x, &scale);
    return polynomial(power_fit, fraction) * scale;
}

/* exp(x) - 1; 2^f - 1 is computed without the 1, so that small numbers keep all their digits. */
static inline float exponential_less_one(float x)
{
    float scale;
    const float fraction = split_power(x, &scale);
    return fraction * polynomial_of_six(power_fit + 1, fraction) * scale + (scale - 1.0f);
}

static inline float logistic(float x)
{
    return 1.0f / (1.0f + exponential(-x));
}

#endif
