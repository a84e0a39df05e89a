/* Convolutions and linear operators of a plan. */
#include "conv.h"

#include <math.h>
#include <string.h>

#include "operator.h"
#include "pool.h"
#include "weights.h"
#include "widened.h"
#include "winograd_plan.h"

/* What a step of a convolution needs. */
struct conv_step {
    const struct kernels *kernels;
    const struct f16_kernels *f16;
    const struct conv *convs; /* one for each of its groups */
    uint32_t groups;
    size_t start; /* values from the input's buffer to the first window */
};

/* int8: what turns a bias into the unit of the sums, and the sums into the output's. QNNPACK's order, in float32. */
static float sum_scale(const struct convolution *c, uint32_t out)
{
    return c->input.scale * c->weights->scales[out];
}

static float multiplier(const struct convolution *c, uint32_t out)
{
    return sum_scale(c, out) * (1.0f / c->quantization.scale);
}

/* A scale too small for float32 has no reciprocal: then the bias is infinite, or no number, which PyTorch on x86 makes
 * the smallest. */
static int32_t rounded_bias(const struct convolution *c, uint32_t out)
{
    const float bias = rintf(c->weights->biases[out] * (1.0f / sum_scale(c, out)));
    if (bias >= 0x1p31f) {
        return INT32_MAX;
    }
    return bias >= -0x1p31f ? (int32_t)bias : INT32_MIN;
}

/* Whether a sum times its multiplier could leave 32 bits: then only the portable kernels do as QNNPACK on x86. */
static bool may_overflow(const struct convolution *c)
{
    const uint64_t size = channel_weights(c->weights);
    const int8_t *weights = c->weights->numbers;
    for (uint32_t out = 0; out < c->weights->out; out++, weights += size) {
        const double sum = fabs((double)rounded_bias(c, out)) + (double)largest_sum(weights, size);
        if (!(sum * (double)multiplier(c, out) < 0x1.fp30)) {
            return true;
        }
    }
    return false;
}

/* As many channels out as in, each with its own window: one convolution for all of them, in place of one for each. */
static bool is_depthwise(const struct weights *weights)
{
    return weights->groups > 1 && weights->in_per_group == 1 && weights->out == weights->groups;
}

const struct kernels *kernels_for(const struct weights *weights, const struct kernels *set)
{
    return is_depthwise(weights) ? set->depthwise : set;
}

static uint32_t planned_groups(const struct weights *weights)
{
    return is_depthwise(weights) ? 1 : weights->groups;
}

/* Takes the node behind those that are fused already, if it is a ReLU. */
static void take_relu(const struct network *network, struct convolution *c)
{
    if (!c->relu && can_fuse(network, c->last, &operator_relu)) {
        c->relu = true;
        c->last++;
    }
}

static void fuse(const struct network *network, struct convolution *c)
{
    if (network->quantized && may_overflow(c)) {
        c->kernels = kernels_portable();
    }
    c->kernels = kernels_for(c->weights, c->kernels);
    take_relu(network, c);
    const bool can_pool = c->f16 != NULL || (network->quantized ? c->kernels->q8_pools : c->kernels->f32_pools);
    if (can_pool && can_fuse(network, c->last, &operator_max_pool2d) &&
        is_pool_of_two(&network->nodes[c->last + 1])) {
        c->pool = true;
        c->last++;
        take_relu(network, c); /* the largest of rectified values is the rectified largest value */
    }
}

/* The runs of a window; those that touch are made one, as a linear operator's all do. */
static void plan_window(const struct convolution *c, const struct tensor *in, struct conv *conv)
{
    const struct pair window = c->kernel;
    const uint32_t groups = c->weights->groups;
    conv->segments = groups == 1 ? window.height : window.height * window.width;
    conv->length = groups == 1 ? window.width * conv->channels : conv->channels;
    const bool rows_touch = window.height == 1 || in->row == (size_t)window.width * conv->channels;
    if (groups == 1 && rows_touch) {
        conv->length *= conv->segments;
        conv->segments = 1;
    }
}

static void fill_offsets(const struct convolution *c, const struct tensor *in, const struct conv *conv,
                         uint32_t *offsets)
{
    const uint32_t columns = c->weights->groups == 1 ? 1 : conv->kernel_width; /* of runs */
    for (uint32_t s = 0; s < conv->segments; s++) {
        offsets[s] = (uint32_t)(s / columns * in->row + s % columns * in->shape.channels);
    }
}

static struct conv geometry(const struct convolution *c, bool quantized, const struct step *step)
{
    const struct weights *weights = c->weights;
    const struct tensor *in = &step->in, *out = &step->out;
    return (struct conv){
        .channels = in->shape.channels / planned_groups(weights),
        .kernel_height = c->kernel.height,
        .kernel_width = c->kernel.width,
        .in_column = (size_t)c->stride.width * in->shape.channels,
        .in_row = c->stride.height * in->row,
        .reads_pixels = in->is_image,
        .out_channels = weights->out / planned_groups(weights),
        .out_height = out->shape.height,
        .out_width = out->shape.width,
        .out_column = out->shape.channels,
        .out_row = out->row,
        .pool = c->pool,
        .low = c->relu ? 0.0f : -INFINITY,
        .zero_point = quantized ? c->quantization.zero_point : 0,
        .low_byte = quantized && c->relu ? c->quantization.zero_point : 0,
    };
}

static void run_f32(const struct step *step)
{
    const struct conv_step *own = step->own;
    const float *in = (const float *)step->in.buffer + own->start;
    float *out = (float *)step->out.buffer + step->out.origin;
    for (uint32_t group = 0; group < own->groups; group++) {
        const struct conv *conv = &own->convs[group];
        own->kernels->f32_conv(conv, in + (size_t)group * conv->channels, out + (size_t)group * conv->out_channels);
    }
}

static void run_f16(const struct step *step)
{
    const struct conv_step *own = step->own;
    const half *in = (const half *)step->in.buffer + own->start;
    half *out = (half *)step->out.buffer + step->out.origin;
    for (uint32_t group = 0; group < own->groups; group++) {
        const struct conv *conv = &own->convs[group];
        own->f16->conv(conv, in + (size_t)group * conv->channels, out + (size_t)group * conv->out_channels);
    }
}

static void run_q8(const struct step *step)
{
    const struct conv_step *own = step->own;
    const uint8_t *in = (const uint8_t *)step->in.buffer + own->start;
    uint8_t *out = (uint8_t *)step->out.buffer + step->out.origin;
    for (uint32_t group = 0; group < own->groups; group++) {
        const struct conv *conv = &own->convs[group];
        own->kernels->q8_conv(conv, in + (size_t)group * conv->channels, out + (size_t)group * conv->out_channels);
    }
}

/* Biases in the unit of the sums, with the input's zero point in them, and multipliers, from channel `first` on. */
static void fill_requantization(const struct convolution *c, uint32_t first, uint32_t count, int32_t *biases,
                                float *multipliers)
{
    const uint64_t size = channel_weights(c->weights);
    const int8_t *weights = (const int8_t *)c->weights->numbers + first * size;
    for (uint32_t i = 0; i < count; i++, weights += size) {
        int64_t sum = 0;
        for (uint64_t at = 0; at < size; at++) {
            sum += weights[at];
        }
        const uint32_t shift = (uint32_t)(c->input.zero_point * sum); /* of 32 bits, as all sums */
        biases[i] = (int32_t)((uint32_t)rounded_bias(c, first + i) - shift);
        multipliers[i] = multiplier(c, first + i);
    }
}

static void pack_group(const struct convolution *c, bool quantized, const struct conv *conv, uint32_t group,
                       int32_t *biases, void *packed)
{
    const struct weights *weights = c->weights;
    const uint32_t first = group * conv->out_channels;
    const uint64_t before = first * channel_weights(weights);
    if (quantized) {
        float *multipliers = (float *)(biases + conv->out_channels);
        fill_requantization(c, first, conv->out_channels, biases, multipliers);
        c->kernels->q8_pack(conv, (const int8_t *)weights->numbers + before, biases, multipliers, packed);
    } else if (c->f16 != NULL) {
        c->f16->pack(conv, (const float *)weights->numbers + before, weights->biases + first, packed);
    } else {
        c->kernels->f32_pack(conv, (const float *)weights->numbers + before, weights->biases + first, packed);
    }
}

static uint64_t packed_bytes(const struct convolution *c, bool quantized, const struct conv *conv)
{
    if (c->f16 != NULL) {
        return c->f16->packed_bytes(conv);
    }
    return quantized ? c->kernels->q8_packed_bytes(conv) : c->kernels->f32_packed_bytes(conv);
}

void plan_conv(const struct convolution *c, bool quantized, struct arena *arena, struct scratch *scratch,
               struct step *step)
{
    struct conv conv = geometry(c, quantized, step);
    uint32_t counted[MAX_KERNEL * MAX_KERNEL]; /* the offsets while the arena counts: kernels may look at them */
    struct winograd counted_winograd;          /* likewise */
    plan_window(c, &step->in, &conv);
    if (c->tile != 0) {
        struct winograd *layout = arena_take(arena, sizeof *layout);
        conv.winograd = plan_winograd(c, quantized, &conv, scratch, layout != NULL ? layout : &counted_winograd);
    }
    uint32_t *offsets = arena_take(arena, conv.segments * sizeof *offsets);
    conv.offsets = offsets != NULL ? offsets : counted;
    fill_offsets(c, &step->in, &conv, offsets != NULL ? offsets : counted);
    const uint32_t groups = planned_groups(c->weights);
    const uint64_t bytes = packed_bytes(c, quantized, &conv);
    if (quantized && c->kernels->q8_scratch_bytes != NULL) {
        conv.scratch = scratch_for(scratch, c->kernels->q8_scratch_bytes(&conv));
    }
    struct conv_step *own = arena_take(arena, sizeof *own);
    struct conv *convs = arena_take(arena, (uint64_t)groups * sizeof conv);
    void *requantization = arena_take(arena, quantized ? (uint64_t)conv.out_channels * 8 : 0);
    for (uint32_t group = 0; group < groups; group++) {
        void *packed = arena_take(arena, bytes);
        if (!arena_counts(arena)) {
            conv.packed = packed;
            convs[group] = conv;
            pack_group(c, quantized, &conv, group, requantization, packed);
        }
    }
    if (own != NULL) {
        const size_t padding = c->padding.top * step->in.row + (size_t)c->padding.left * step->in.shape.channels;
        *own = (struct conv_step){c->kernels, c->f16, convs, groups, step->in.origin - padding};
    }
    step->own = own;
    step->run = quantized ? run_q8 : c->f16 != NULL ? run_f16 : run_f32;
}

void plan_convolution(struct planning *planning, uint32_t index, struct pair kernel, struct pair stride,
                      struct sides padding, struct step *step)
{
    const struct network *network = planning->network;
    const bool is_f16 = network->precision == PRECISION_FP16 && !planning->widening.wanted;
    if (is_f16 && (planning->f16_kernels == NULL || is_depthwise(&network->nodes[index].weights))) {
        plan_widened(planning, index, step);
        return;
    }
    struct convolution c = {
        .weights = &network->nodes[index].weights, .kernel = kernel, .stride = stride, .padding = padding,
        .kernels = planning->kernels, .f16 = is_f16 ? planning->f16_kernels : NULL,
        .quantization = network->nodes[index].output.quantization, .input = step->in.quantization, .last = index};
    fuse(network, &c);
    step->last = c.last;
    step->out = new_tensor(planning, c.last + 1);
    const struct conv conv = geometry(&c, network->quantized, step);
    c.tile = choose_tile(planning, &c, &conv, index);
    plan_conv(&c, network->quantized, &planning->arena, &planning->scratch, step);
}
