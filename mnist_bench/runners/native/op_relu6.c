/* relu6: min(max(x, 0), 6). */
#include <math.h>

#include "elementwise.h"
#include "operator.h"

static inline float clamped(float x, float most)
{
    const float positive = x < 0.0f ? 0.0f : x; /* NaN stays NaN */
    return positive > most ? most : positive;
}

static void run_f32(const struct step *step)
{
    for_each(step, clamped, 6.0f);
}

/* The byte for 6: QNNPACK adds the zero point before it rounds. */
static int byte_of_six(struct quantization quantization)
{
    const float six = rintf(6.0f * (1.0f / quantization.scale) + (float)quantization.zero_point);
    return six < 255.0f ? (int)six : 255;
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    if (!planning->network->quantized) {
        plan_elementwise(planning, index, step);
        step->run = run_f32;
        return;
    }
    uint8_t *table = plan_lookup(planning, index, step);
    const int zero_point = step->in.quantization.zero_point, six = byte_of_six(step->in.quantization);
    for (int byte = 0; table != NULL && byte < 256; byte++) {
        const int positive = byte < zero_point ? zero_point : byte;
        table[byte] = (uint8_t)(positive > six ? six : positive);
    }
}

const struct operator operator_relu6 = {.elementwise = true, .plan = plan};
