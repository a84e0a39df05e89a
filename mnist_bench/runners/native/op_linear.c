/* linear: every output is a sum of all inputs. */
#include "conv.h"
#include "operator.h"
#include "weights.h"

struct fields {
    uint32_t out, in;
};

static bool decode(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    const struct fields *fields = take(body, sizeof *fields);
    if (fields == NULL) {
        return too_short(failure);
    }
    node->weights = (struct weights){.out = fields->out, .in_per_group = fields->in, .groups = 1, .kernel = {1, 1}};
    return decode_weights(body, quantized, node, failure);
}

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    const struct shape before = input_of(network, node)->shape;
    if (!before.flat || before.channels != node->weights.in_per_group) {
        return refuse(failure, ERROR_BAD_NETWORK, "A linear operator for %u features is given %llu, or an image.",
                      node->weights.in_per_group, (unsigned long long)shape_values(before));
    }
    *shape = (struct shape){node->weights.out, 1, 1, true};
    node->work = (uint64_t)node->weights.out * node->weights.in_per_group;
    return true;
}

/* A convolution whose window is its whole input; of a block of images (block.h), all that belongs to one. */
static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const struct pair whole = {step->in.shape.height, step->in.shape.width}, one = {1, 1};
    const bool is_pixel = step->in.shape.channels == planning->network->nodes[index].weights.in_per_group;
    plan_convolution(planning, index, is_pixel ? one : whole, one, (struct sides){0, 0, 0, 0}, step);
}

const struct operator operator_linear = {
    .runs_in_f16 = true,
    .has_own_quantization = true,
    .decode = decode,
    .set_shape = set_shape,
    .check_int8 = check_sums,
    .bound = bound_sums,
    .plan = plan,
};
