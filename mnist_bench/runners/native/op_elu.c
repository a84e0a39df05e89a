/* elu: x where it is positive, otherwise alpha * (exp(x) - 1). */
#include <math.h>

#include "bytes.h"
#include "elementwise.h"
#include "exponential.h"
#include "operator.h"

static inline float elu(float x, float alpha)
{
    return x > 0.0f ? x : alpha * exponential_less_one(x);
}

static double bound(const struct node *node, double largest, double sum)
{
    (void)sum;
    return fmax(largest, 2.0 * fabs((double)*(const float *)node->fields)); /* exp(x) - 1, as computed, is within +-2 */
}

static void run(const struct step *step)
{
    for_each(step, elu);
}

static uint8_t look_up(const struct step *step, int byte, float alpha)
{
    const float x = number_of_byte(step->in.quantization, byte);
    return byte_of_number(step->out.quantization, x > 0.0f ? x : alpha * (float)expm1((double)x));
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const float *alpha = planning->network->nodes[index].fields;
    plan_elementwise(planning, index, step, run, look_up, *alpha);
}

const struct operator operator_elu = {
    .elementwise = true, .has_own_quantization = true, .decode = decode_parameter, .bound = bound,
    .plan = plan};
