/* Convolutions and linear layers of a plan. */
#include "plan_conv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "depthwise.h"

static bool is_pool_of_two(const struct layer *layer)
{
    return layer->kind == LAYER_MAX_POOL2D && layer->kernel.height == 2 && layer->kernel.width == 2 &&
           layer->stride.height == 2 && layer->stride.width == 2 && layer->padding.height == 0 &&
           layer->padding.width == 0;
}

/* int8: what turns a bias into the unit of the sums, and the sums into the output's. QNNPACK's order, in float32. */
static float sum_scale(const struct convolution *c, uint32_t out)
{
    return c->input.scale * c->layer->scales[out];
}

static float multiplier(const struct convolution *c, uint32_t out)
{
    return sum_scale(c, out) * (1.0f / c->quantization.scale);
}

/* A scale too small for float32 has no reciprocal: then the bias is infinite, or no number, which PyTorch on x86 makes
 * the smallest. */
static int32_t rounded_bias(const struct convolution *c, uint32_t out)
{
    const float bias = rintf(c->layer->biases[out] * (1.0f / sum_scale(c, out)));
    if (bias >= 0x1p31f) {
        return INT32_MAX;
    }
    return bias >= -0x1p31f ? (int32_t)bias : INT32_MIN;
}

/* Whether a sum times its multiplier could leave 32 bits: then only the portable kernels do as QNNPACK on x86. */
static bool may_overflow(const struct convolution *c)
{
    const uint64_t size = channel_weights(c->layer);
    const int8_t *weights = c->layer->weights;
    for (uint32_t out = 0; out < c->layer->out; out++, weights += size) {
        int64_t products = 0;
        for (uint64_t i = 0; i < size; i++) {
            products += abs(weights[i]);
        }
        const double sum = fabs((double)rounded_bias(c, out)) + 255.0 * (double)products;
        if (!(sum * (double)multiplier(c, out) < 0x1.fp30)) {
            return true;
        }
    }
    return false;
}

/* As many channels out as in, each with its own window: one convolution for all of them, in place of one for each. */
static bool is_depthwise(const struct layer *layer)
{
    return layer->groups > 1 && layer->in_per_group == 1 && layer->out == layer->groups;
}

static uint32_t planned_groups(const struct layer *layer)
{
    return is_depthwise(layer) ? 1 : layer->groups;
}

/* Takes the layer behind those that are fused already, if it is a ReLU. */
static void take_relu(const struct network *network, struct convolution *c)
{
    if (!c->relu && c->last + 1 < network->logit_layers && network->layers[c->last + 1].kind == LAYER_RELU) {
        c->relu = true;
        c->last++;
    }
}

struct convolution fuse(const struct network *network, uint32_t index, const struct kernels *kernels)
{
    const struct layer *layers = network->layers;
    struct convolution c = {.layer = &layers[index], .kernels = kernels, .last = index};
    c.input = index == 0 ? input_quantization : layers[index - 1].quantization;
    c.quantization = layers[index].quantization;
    if (is_depthwise(c.layer)) {
        c.kernels = kernels_depthwise();
    } else if (network->quantized && may_overflow(&c)) {
        c.kernels = kernels_portable();
    }
    take_relu(network, &c);
    const bool can_pool = network->quantized ? c.kernels->q8_pools : c.kernels->f32_pools;
    if (can_pool && c.last + 1 < network->logit_layers && is_pool_of_two(&layers[c.last + 1])) {
        c.pool = true;
        c.last++;
        take_relu(network, &c); /* the largest of rectified values is the rectified largest value */
    }
    return c;
}

/* A linear layer is a convolution whose window is its whole input. */
static struct pair window_of(const struct layer *layer, const struct tensor *in)
{
    const struct pair whole = {in->shape.height, in->shape.width};
    return layer->kind == LAYER_LINEAR ? whole : layer->kernel;
}

/* The runs of a window; those that touch are made one, as a linear layer's all do. */
static void plan_window(const struct layer *layer, const struct tensor *in, struct conv *conv)
{
    const struct pair window = window_of(layer, in);
    conv->segments = layer->groups == 1 ? window.height : window.height * window.width;
    conv->length = layer->groups == 1 ? window.width * conv->channels : conv->channels;
    const bool rows_touch = window.height == 1 || in->row == (size_t)window.width * conv->channels;
    if (layer->groups == 1 && rows_touch) {
        conv->length *= conv->segments;
        conv->segments = 1;
    }
}

static void fill_offsets(const struct layer *layer, const struct tensor *in, const struct conv *conv, uint32_t *offsets)
{
    const uint32_t columns = layer->groups == 1 ? 1 : conv->kernel_width; /* of runs */
    for (uint32_t s = 0; s < conv->segments; s++) {
        offsets[s] = (uint32_t)(s / columns * in->row + s % columns * in->shape.channels);
    }
}

static struct conv geometry(const struct convolution *c, bool quantized, const struct step *step)
{
    const struct layer *layer = c->layer;
    const struct tensor *in = &step->in, *out = &step->out;
    const struct pair window = window_of(layer, in);
    return (struct conv){
        .channels = in->shape.channels / planned_groups(layer),
        .kernel_height = window.height,
        .kernel_width = window.width,
        .in_column = (size_t)layer->stride.width * in->shape.channels,
        .in_row = layer->stride.height * in->row,
        .reads_pixels = in->is_image,
        .out_channels = layer->out / planned_groups(layer),
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

/* The border of what the convolution reads stands for zero. (float: it is zero already.) */
static void fill_border(const struct step *step)
{
    const struct shape shape = step->in.shape;
    const size_t bottom = step->in.origin / step->in.row; /* rows of border at the top, and as many here */
    const size_t bytes = (shape.height + 2 * bottom) * step->in.row;
    memset(step->in.buffer, step->in.quantization.zero_point, bytes);
}

static void run_f32(const struct step *step)
{
    const float *in = step->in.buffer;
    float *out = (float *)step->out.buffer + step->out.origin;
    for (uint32_t group = 0; group < step->groups; group++) {
        const struct conv *conv = &step->convs[group];
        step->kernels->f32_conv(conv, in + (size_t)group * conv->channels, out + (size_t)group * conv->out_channels);
    }
}

static void run_q8(const struct step *step)
{
    const uint8_t *in = step->in.buffer;
    uint8_t *out = (uint8_t *)step->out.buffer + step->out.origin;
    for (uint32_t group = 0; group < step->groups; group++) {
        const struct conv *conv = &step->convs[group];
        step->kernels->q8_conv(conv, in + (size_t)group * conv->channels, out + (size_t)group * conv->out_channels);
    }
}

/* Biases in the unit of the sums, with the input's zero point in them, and multipliers, from channel `first` on. */
static void fill_requantization(const struct convolution *c, uint32_t first, uint32_t count, int32_t *biases,
                                float *multipliers)
{
    const uint64_t size = channel_weights(c->layer);
    const int8_t *weights = (const int8_t *)c->layer->weights + first * size;
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
    const struct layer *layer = c->layer;
    const uint32_t first = group * conv->out_channels;
    const uint64_t weights = first * channel_weights(layer);
    if (quantized) {
        float *multipliers = (float *)(biases + conv->out_channels);
        fill_requantization(c, first, conv->out_channels, biases, multipliers);
        c->kernels->q8_pack(conv, (const int8_t *)layer->weights + weights, biases, multipliers, packed);
    } else {
        c->kernels->f32_pack(conv, (const float *)layer->weights + weights, layer->biases + first, packed);
    }
}

void plan_conv(const struct convolution *c, bool quantized, struct arena *arena, struct step *step)
{
    struct conv conv = geometry(c, quantized, step);
    plan_window(c->layer, &step->in, &conv);
    uint32_t counted[MAX_KERNEL * MAX_KERNEL]; /* the offsets while the arena counts: kernels may look at them */
    uint32_t *offsets = arena_take(arena, conv.segments * sizeof *offsets);
    conv.offsets = offsets != NULL ? offsets : counted;
    fill_offsets(c->layer, &step->in, &conv, offsets != NULL ? offsets : counted);
    const uint32_t groups = planned_groups(c->layer);
    const uint64_t bytes = quantized ? c->kernels->q8_packed_bytes(&conv) : c->kernels->f32_packed_bytes(&conv);
    struct conv *convs = arena_take(arena, (uint64_t)groups * sizeof conv);
    void *scratch = arena_take(arena, quantized ? (uint64_t)conv.out_channels * 8 : 0);
    for (uint32_t group = 0; group < groups; group++) {
        void *packed = arena_take(arena, bytes);
        if (!arena_counts(arena)) {
            conv.packed = packed;
            convs[group] = conv;
            pack_group(c, quantized, &conv, group, scratch, packed);
        }
    }
    if (!arena_counts(arena) && quantized) {
        fill_border(step);
    }
    step->kernels = c->kernels;
    step->convs = convs;
    step->groups = groups;
    step->run = quantized ? run_q8 : run_f32;
}
