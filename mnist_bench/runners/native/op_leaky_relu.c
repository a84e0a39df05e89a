/* leaky_relu: x where it is positive, otherwise slope * x. */
#include <float.h>

#include "bytes.h"
#include "elementwise.h"
#include "operator.h"

static bool decode(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    (void)quantized;
    const float *slope = node->fields = take(body, sizeof *slope);
    if (slope == NULL) {
        return too_short(failure);
    }
    return fabsf(*slope) <= FLT_MAX || refuse(failure, ERROR_BAD_NETWORK, "The slope of a leaky_relu is not finite.");
}

static inline float leaky(float x, float slope)
{
    return x > 0.0f ? x : x * slope;
}

static void run_f32(const struct step *step)
{
    for_each(step, leaky, *(const float *)step->own);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const float slope = *(const float *)planning->network->nodes[index].fields;
    if (planning->network->quantized) {
        uint8_t *table = plan_lookup(planning, index, step);
        for (int byte = 0; table != NULL && byte < 256; byte++) {
            const float number = number_of_byte(step->in.quantization, byte);
            table[byte] = byte_of_number(step->out.quantization, leaky(number, slope));
        }
        return;
    }
    float *own = arena_take(&planning->arena, sizeof *own);
    if (own != NULL) {
        *own = slope;
    }
    plan_elementwise(planning, index, step);
    step->own = own;
    step->run = run_f32;
}

const struct operator operator_leaky_relu = {
    .elementwise = true, .has_own_quantization = true, .decode = decode, .plan = plan};
