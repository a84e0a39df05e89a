/* sigmoid: 1 / (1 + exp(-x)), within 2e-7 of the true value. */
#include <math.h>

#include "bytes.h"
#include "elementwise.h"
#include "exponential.h"
#include "operator.h"

static inline float sigmoid(float x, float unused)
{
    (void)unused;
    return logistic(x);
}

static double bound(const struct node *node, double largest, double sum)
{
    (void)node, (void)largest, (void)sum;
    return 1.0;
}

static void run(const struct step *step)
{
    for_each(step, sigmoid);
}

static uint8_t look_up(const struct step *step, int byte, float unused)
{
    (void)unused;
    const float x = number_of_byte(step->in.quantization, byte);
    const float scaled = 256.0f * (1.0f / (1.0f + (float)exp(-(double)x)));
    return (uint8_t)rintf(scaled > 255.0f ? 255.0f : scaled);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    plan_elementwise(planning, index, step, run, look_up, 0.0f);
}

static const struct quantization quantization = SIGMOID_QUANTIZATION;

const struct operator operator_sigmoid = {.elementwise = true, .fixed_quantization = &quantization, .bound = bound,
                                        .plan = plan};
