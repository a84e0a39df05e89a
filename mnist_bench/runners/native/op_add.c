/* add: the sum of two values of one shape, with a ReLU behind it. */
#include <math.h>

#include "operator.h"
#include "tensor.h"

/* What a step needs. int8: QNNPACK's fixed-point numbers. */
struct add_step {
    struct tensor other;
    bool relu;
    uint32_t multiplier, other_multiplier, shift;
    int32_t offset; /* minus both zero points, multiplied */
    int low;        /* the lowest byte: the zero point behind a ReLU */
};

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    const struct shape other = value_of(network, node->inputs[1])->shape;
    return (shape->channels == other.channels && shape->height == other.height && shape->width == other.width &&
            shape->flat == other.flat) ||
           refuse(failure, ERROR_BAD_NETWORK, "An add is given values of two shapes.");
}

static bool check_int8(const struct network *network, const struct node *node, struct quantization own,
                       struct failure *failure)
{
    for (int i = 0; i < 2; i++) {
        const float ratio = value_of(network, node->inputs[i])->quantization.scale / own.scale;
        if (!(ratio >= 0x1p-14f && ratio < 0x1p8f)) {
            return refuse(failure, ERROR_BAD_NETWORK,
                          "An add's scales are too far from its output's for int8 arithmetic.");
        }
    }
    return true;
}

static double bound(const struct node *node, double largest, double sum)
{
    (void)node, (void)largest;
    return sum;
}

static void run_f32(const struct step *step)
{
    const struct add_step *own = step->own;
    const float low = own->relu ? 0.0f : -INFINITY;
    const size_t count = row_values(&step->out);
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        const float *one = f32_row(&step->in, y), *other = f32_row(&own->other, y);
        float *restrict out = f32_row(&step->out, y);
        for (size_t i = 0; i < count; i++) {
            const float sum = one[i] + other[i];
            out[i] = sum < low ? low : sum; /* NaN stays NaN */
        }
    }
}

/* pytorch_q8vadd: 22-bit multipliers, a shift that rounds halves away from zero, saturation. */
static void run_q8(const struct step *step)
{
    const struct add_step *own = step->own;
    const uint32_t multiplier = own->multiplier, other_multiplier = own->other_multiplier;
    const int32_t offset = own->offset;
    const int low = own->low, zero_point = step->out.quantization.zero_point;
    const int32_t mask = (int32_t)((UINT32_C(1) << (own->shift & 31)) - 1);
    const int32_t threshold = (int32_t)((uint32_t)mask >> 1);
    const uint32_t shift = own->shift < 31 ? own->shift : 31;
    const size_t count = row_values(&step->out);
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        const uint8_t *one = q8_row(&step->in, y), *other = q8_row(&own->other, y);
        uint8_t *restrict out = q8_row(&step->out, y);
        for (size_t i = 0; i < count; i++) {
            const int32_t products = (int32_t)(one[i] * multiplier + other[i] * other_multiplier);
            const int32_t sum = products + offset;
            const int32_t remainder = (sum & mask) - (sum < 0);
            const int32_t shifted = (sum >> shift) + (remainder > threshold) + zero_point;
            const int32_t byte = shifted < low ? low : shifted;
            out[i] = (uint8_t)(byte > 255 ? 255 : byte);
        }
    }
}

/* The larger ratio's multiplier has 22 bits; both have the same shift. */
static void fill_multipliers(struct add_step *own, struct quantization in, struct quantization out)
{
    const struct quantization other = own->other.quantization;
    const float ratio = in.scale / out.scale, other_ratio = other.scale / out.scale;
    const float largest = ratio > other_ratio ? ratio : other_ratio;
    float unit = 1.0f; /* 2^shift */
    for (own->shift = 0; largest * unit < 0x1p21f; own->shift++) {
        unit *= 2.0f;
    }
    own->multiplier = (uint32_t)rintf(ratio * unit);
    own->other_multiplier = (uint32_t)rintf(other_ratio * unit);
    own->offset = (int32_t)(0 - (own->multiplier * in.zero_point + own->other_multiplier * other.zero_point));
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const struct network *network = planning->network;
    struct add_step *own = arena_take(&planning->arena, sizeof *own);
    const bool relu = can_fuse(network, index, &operator_relu);
    step->last = index + relu;
    step->out = new_tensor(planning, step->last + 1);
    step->own = own;
    step->run = network->quantized ? run_q8 : run_f32;
    if (own == NULL) {
        return;
    }
    own->other = planning->values[network->nodes[index].inputs[1]].tensor;
    own->relu = relu;
    if (network->quantized) {
        fill_multipliers(own, step->in.quantization, step->out.quantization);
        own->low = relu ? step->out.quantization.zero_point : 0;
    }
}

const struct operator operator_add = {
    .most_inputs = 2,
    .has_own_quantization = true,
    .set_shape = set_shape,
    .check_int8 = check_int8,
    .bound = bound,
    .plan = plan,
};
