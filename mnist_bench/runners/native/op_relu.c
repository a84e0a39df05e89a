/* relu: max(x, 0), where it is not fused with what stands in front of it. */
#include "elementwise.h"
#include "operator.h"

static inline float rectified(float x, float unused)
{
    (void)unused;
    return x < 0.0f ? 0.0f : x; /* NaN stays NaN */
}

static void run_f32(const struct step *step)
{
    for_each(step, rectified, 0.0f);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    if (!planning->network->quantized) {
        plan_elementwise(planning, index, step);
        step->run = run_f32;
        return;
    }
    uint8_t *table = plan_lookup(planning, index, step);
    const int zero_point = step->in.quantization.zero_point;
    for (int byte = 0; table != NULL && byte < 256; byte++) {
        table[byte] = (uint8_t)(byte < zero_point ? zero_point : byte);
    }
}

const struct operator operator_relu = {.elementwise = true, .plan = plan};
