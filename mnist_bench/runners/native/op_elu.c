/* elu: x where it is positive, otherwise alpha * (exp(x) - 1). */
#include <float.h>

#include "bytes.h"
#include "elementwise.h"
#include "exponential.h"
#include "operator.h"

static bool decode(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    (void)quantized;
    const float *alpha = node->fields = take(body, sizeof *alpha);
    if (alpha == NULL) {
        return too_short(failure);
    }
    return fabsf(*alpha) <= FLT_MAX || refuse(failure, ERROR_BAD_NETWORK, "The alpha of an elu is not finite.");
}

/* Near 0 by exp's series, 2e-8 off at most, so that small numbers keep all their digits. */
static inline float elu(float x, float alpha)
{
    static const float series[7] = {1.0f,      1.0f / 2,   1.0f / 6,   1.0f / 24,
                                    1.0f / 120, 1.0f / 720, 1.0f / 5040};
    const float near = x * polynomial(series, x), far = exponential(x) - 1.0f;
    const float grown = x > -0.35f ? near : far;
    return x > 0.0f ? x : alpha * grown;
}

static void run_f32(const struct step *step)
{
    for_each(step, elu, *(const float *)step->own);
}

static float table_elu(float x, float alpha)
{
    return x > 0.0f ? x : alpha * (float)expm1((double)x);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const float alpha = *(const float *)planning->network->nodes[index].fields;
    if (planning->network->quantized) {
        uint8_t *table = plan_lookup(planning, index, step);
        for (int byte = 0; table != NULL && byte < 256; byte++) {
            const float number = number_of_byte(step->in.quantization, byte);
            table[byte] = byte_of_number(step->out.quantization, table_elu(number, alpha));
        }
        return;
    }
    float *own = arena_take(&planning->arena, sizeof *own);
    if (own != NULL) {
        *own = alpha;
    }
    plan_elementwise(planning, index, step);
    step->own = own;
    step->run = run_f32;
}

const struct operator operator_elu = {
    .elementwise = true, .has_own_quantization = true, .decode = decode, .plan = plan};
