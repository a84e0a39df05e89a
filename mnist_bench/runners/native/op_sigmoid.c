/* sigmoid: 1 / (1 + exp(-x)), within 2e-7 of the true value. */
#include <math.h>

#include "elementwise.h"
#include "exponential.h"
#include "operator.h"

static inline float sigmoid(float x, float unused)
{
    (void)unused;
    return logistic(x);
}

static void run_f32(const struct step *step)
{
    for_each(step, sigmoid, 0.0f);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    if (!planning->network->quantized) {
        plan_elementwise(planning, index, step);
        step->run = run_f32;
        return;
    }
    uint8_t *table = plan_lookup(planning, index, step);
    const struct quantization in = step->in.quantization;
    for (int byte = 0; table != NULL && byte < 256; byte++) {
        const float x = in.scale * (float)(byte - in.zero_point);
        const float scaled = 256.0f * (1.0f / (1.0f + (float)exp(-(double)x)));
        table[byte] = (uint8_t)rintf(scaled > 255.0f ? 255.0f : scaled);
    }
}

static const struct quantization quantization = SIGMOID_QUANTIZATION;

const struct operator operator_sigmoid = {.elementwise = true, .fixed_quantization = &quantization, .plan = plan};
