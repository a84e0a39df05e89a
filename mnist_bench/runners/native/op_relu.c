/* relu: max(x, 0), where it is not fused with what stands in front of it. */
#include "elementwise.h"
#include "operator.h"

static inline float rectified(float x, float unused)
{
    (void)unused;
    return x < 0.0f ? 0.0f : x; /* NaN stays NaN */
}

static void run(const struct step *step)
{
    for_each(step, rectified);
}

static uint8_t look_up(const struct step *step, int byte, float unused)
{
    (void)unused;
    const int zero_point = step->in.quantization.zero_point;
    return (uint8_t)(byte < zero_point ? zero_point : byte);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    plan_elementwise(planning, index, step, run, look_up, 0.0f);
}

const struct operator operator_relu = {.elementwise = true, .plan = plan};
