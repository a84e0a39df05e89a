/* fp32: exp, and functions made of it, in arithmetic that compilers turn into vectors. */
#ifndef MNIST_BENCH_EXPONENTIAL_H
#define MNIST_BENCH_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

/* A polynomial of six further coefficients, by Horner's rule. */
static inline float polynomial(const float c[7], float x)
{
    return c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * (c[5] + x * c[6])))));
}

/* exp(x) as 2^n 2^f, f within +-0.5; from 2^-126 to 2^126, and NaN for NaN. 2^f by a minimax fit, 2e-9 off at most. */
static inline float exponential(float x)
{
    static const float fit[7] = {1.0f,          0.6931471825f, 0.2402264625f, 0.0555032864f,
                                 0.0096184891f, 0.0013399931f, 0.0001534581f};
    float power = x * 1.4426950409f;
    power = power < -126.0f ? -126.0f : power > 126.0f ? 126.0f : power;
    const float shifted = power + 0x1.8p23f; /* n stands in its last bits */
    const float fraction = power - (shifted - 0x1.8p23f);
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return polynomial(fit, fraction) * scale;
}

static inline float logistic(float x)
{
    return 1.0f / (1.0f + exponential(-x));
}

#endif
