/* relu6: min(max(x, 0), 6). */
#include <math.h>

#include "elementwise.h"
#include "operator.h"

static inline float clamped(float x, float most)
{
    const float positive = x < 0.0f ? 0.0f : x; /* NaN stays NaN */
    return positive > most ? most : positive;
}

static void run(const struct step *step)
{
    for_each(step, clamped);
}

/* Between the zero point and the byte for 6, where QNNPACK adds the zero point before it rounds. */
static uint8_t look_up(const struct step *step, int byte, float most)
{
    const struct quantization in = step->in.quantization;
    const float six = rintf(most * (1.0f / in.scale) + (float)in.zero_point);
    const int positive = byte < in.zero_point ? in.zero_point : byte;
    return (uint8_t)((float)positive > six ? (int)six : positive);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    plan_elementwise(planning, index, step, run, look_up, 6.0f);
}

const struct operator operator_relu6 = {.elementwise = true, .plan = plan};
