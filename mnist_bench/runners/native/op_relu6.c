/* relu6: min(max(x, 0), 6). */
#include "bytes.h"
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

/* Between the zero point and the byte for 6. */
static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    if (!planning->network->quantized) {
        plan_elementwise(planning, index, step);
        step->run = run_f32;
        return;
    }
    uint8_t *table = plan_lookup(planning, index, step);
    const int zero_point = step->in.quantization.zero_point, six = scalar_byte(step->in.quantization, 6.0f);
    for (int byte = 0; table != NULL && byte < 256; byte++) {
        const int positive = byte < zero_point ? zero_point : byte;
        table[byte] = (uint8_t)(positive > six ? six : positive);
    }
}

const struct operator operator_relu6 = {.elementwise = true, .plan = plan};
