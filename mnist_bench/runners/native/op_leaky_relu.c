/* leaky_relu: x where it is positive, otherwise slope * x. */
#include <math.h>

#include "bytes.h"
#include "elementwise.h"
#include "operator.h"

static inline float leaky(float x, float slope)
{
    return x > 0.0f ? x : x * slope;
}

static double bound(const struct node *node, double largest, double sum)
{
    (void)sum;
    return largest * fmax(1.0, fabs((double)*(const float *)node->fields));
}

static void run(const struct step *step)
{
    for_each(step, leaky);
}

static uint8_t look_up(const struct step *step, int byte, float slope)
{
    return byte_of_number(step->out.quantization, leaky(number_of_byte(step->in.quantization, byte), slope));
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const float *slope = planning->network->nodes[index].fields;
    plan_elementwise(planning, index, step, run, look_up, *slope);
}

const struct operator operator_leaky_relu = {
    .elementwise = true, .has_own_quantization = true, .decode = decode_parameter, .bound = bound,
    .plan = plan};
