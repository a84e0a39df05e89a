/* conv2d: a convolution with zero padding. */
#include "conv.h"
#include "operator.h"
#include "weights.h"
#include "window.h"

struct fields {
    uint32_t out, in_per_group;
    struct pair kernel, stride;
    struct sides padding;
    uint32_t groups;
};

static bool decode(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    const struct fields *fields = node->fields = take(body, sizeof *fields);
    if (fields == NULL) {
        return too_short(failure);
    }
    node->weights = (struct weights){
        .out = fields->out, .in_per_group = fields->in_per_group, .groups = fields->groups, .kernel = fields->kernel};
    if (!decode_weights(body, quantized, node, failure)) {
        return false;
    }
    const struct sides padding = fields->padding;
    if (!pair_within(fields->kernel, 1, MAX_KERNEL) || !pair_within(fields->stride, 1, MAX_KERNEL) ||
        padding.top > MAX_KERNEL || padding.left > MAX_KERNEL || padding.bottom > MAX_KERNEL ||
        padding.right > MAX_KERNEL) {
        return refuse(failure, ERROR_BAD_NETWORK,
                      "A kernel or stride of a conv2d is not from 1 to %d, or its padding is larger.", MAX_KERNEL);
    }
    return (fields->groups >= 1 && fields->out % fields->groups == 0) ||
           refuse(failure, ERROR_BAD_NETWORK, "%u output channels cannot be split into %u groups.", fields->out,
                  fields->groups);
}

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    const struct fields *fields = node->fields;
    const struct shape before = input_of(network, node)->shape;
    const uint64_t channels = (uint64_t)fields->in_per_group * fields->groups;
    if (!before.flat && channels != before.channels) {
        return refuse(failure, ERROR_BAD_NETWORK, "A conv2d for %llu channels is given %u.",
                      (unsigned long long)channels, before.channels);
    }
    if (!set_window_shape(before, fields->kernel, fields->stride, fields->padding, fields->out, shape, failure)) {
        return false;
    }
    node->work = channel_weights(&node->weights) * shape_values(*shape);
    return true;
}

static struct sides padding(const struct node *node)
{
    return ((const struct fields *)node->fields)->padding;
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const struct fields *fields = planning->network->nodes[index].fields;
    plan_convolution(planning, index, fields->kernel, fields->stride, fields->padding, step);
}

const struct operator operator_conv2d = {
    .runs_in_f16 = true,
    .has_own_quantization = true,
    .decode = decode,
    .set_shape = set_shape,
    .check_int8 = check_sums,
    .bound = bound_sums,
    .padding = padding,
    .plan = plan,
};
