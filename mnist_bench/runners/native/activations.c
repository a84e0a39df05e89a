/* fp32: ReLU, tanh and sigmoid, in arithmetic that compilers turn into vectors; within 2e-7 of the true values. */
#include <stdint.h>
#include <string.h>

#include "layers.h"

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

static inline float sigmoid(float x)
{
    return 1.0f / (1.0f + exponential(-x));
}

/* Near 0 by a fit of tanh(x) / x in x^2, 4e-9 off at most, so that small values keep all their digits. */
static inline float hyperbolic_tangent(float x)
{
    static const float fit[7] = {1.0f,          -0.3333325982f, 0.1333112717f, -0.0537210666f,
                                 0.0205909833f, -0.0056599849f, 0.0f};
    const float near = x * polynomial(fit, x * x), far = 2.0f * sigmoid(2.0f * x) - 1.0f;
    return x > -0.625f && x < 0.625f ? near : far;
}

/* Every value of a tensor, a row at a time: `function` is inlined, so that the loop can be vectors. */
static inline void for_each(const struct tensor *tensor, float (*function)(float))
{
    const size_t count = (size_t)tensor->shape.width * tensor->shape.channels;
    for (uint32_t y = 0; y < tensor->shape.height; y++) {
        float *row = (float *)tensor->buffer + tensor->origin + y * tensor->row;
        for (size_t i = 0; i < count; i++) {
            row[i] = function(row[i]);
        }
    }
}

static inline float rectified(float x)
{
    return x < 0.0f ? 0.0f : x; /* NaN stays NaN */
}

void f32_relu(const struct step *step)
{
    for_each(&step->out, rectified);
}

void f32_tanh(const struct step *step)
{
    for_each(&step->out, hyperbolic_tangent);
}

void f32_sigmoid(const struct step *step)
{
    for_each(&step->out, sigmoid);
}
