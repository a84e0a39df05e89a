/* Whether the layers of a network fit together. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

static bool within(struct pair pair, uint32_t low, uint32_t high)
{
    return pair.height >= low && pair.height <= high && pair.width >= low && pair.width <= high;
}

static bool sound_scale(float scale)
{
    return scale >= FLT_MIN && scale <= FLT_MAX; /* false for NaN */
}

static bool all_finite(const float *values, uint64_t count)
{
    bool finite = true;
    for (uint64_t i = 0; i < count; i++) {
        finite &= fabsf(values[i]) <= FLT_MAX;
    }
    return finite;
}

static bool check_int8(const struct layer *layer, struct failure *failure)
{
    const uint64_t size = channel_weights(layer);
    const int8_t *weights = layer->weights;
    for (uint32_t out = 0; out < layer->out; out++, weights += size) {
        int largest = 0;
        for (uint64_t i = 0; i < size; i++) {
            const int value = abs(weights[i]);
            largest = largest < value ? value : largest;
        }
        if (largest > LARGEST_WEIGHT) {
            return BAD("Quantized weights must lie within +-127.");
        }
        if (!sound_scale(layer->scales[out])) {
            return BAD("The weight scales must be positive float32 numbers.");
        }
        if (!((float)largest * layer->scales[out] <= FLT_MAX)) {
            return BAD("The weights hold values that are not finite numbers.");
        }
    }
    return true;
}

static bool check_weights(const struct layer *layer, bool quantized, struct failure *failure)
{
    if (layer->kind == LAYER_CONV2D) {
        if (!within(layer->kernel, 1, MAX_KERNEL) || !within(layer->stride, 1, MAX_KERNEL) ||
            !within(layer->padding, 0, MAX_KERNEL)) {
            return BAD("A kernel or stride of a conv2d layer is not from 1 to %d, or its padding is larger.", MAX_KERNEL);
        }
        if (layer->groups < 1 || layer->out % layer->groups != 0) {
            return BAD("%u output channels cannot be split into %u groups.", layer->out, layer->groups);
        }
    }
    if (!all_finite(layer->biases, layer->out)) {
        return BAD("The biases hold values that are not finite numbers.");
    }
    if (quantized) {
        return check_int8(layer, failure);
    }
    if (!all_finite(layer->weights, layer->out * channel_weights(layer))) {
        return BAD("The weights hold values that are not finite numbers.");
    }
    return true;
}

bool check_layer(const struct layer *layer, bool quantized, struct failure *failure)
{
    if (quantized && !sound_scale(layer->quantization.scale)) {
        return BAD("The activation scale %g is not a positive float32 number.", (double)layer->quantization.scale);
    }
    if (has_weights(layer)) {
        return check_weights(layer, quantized, failure);
    }
    if (layer->kind == LAYER_MAX_POOL2D || layer->kind == LAYER_AVG_POOL2D) {
        if (!within(layer->kernel, 1, MAX_KERNEL) || !within(layer->stride, 1, MAX_KERNEL)) {
            return BAD("A kernel or a stride of a pooling is not from 1 to %d.", MAX_KERNEL);
        }
        if (layer->padding.height > layer->kernel.height / 2 || layer->padding.width > layer->kernel.width / 2) {
            return BAD("The padding of a pooling is more than half its kernel.");
        }
    }
    return true;
}

/* The output's size along one axis: floor((size + 2 padding - kernel) / stride) + 1; 0 where no window fits. */
static uint32_t window_count(uint32_t size, uint32_t kernel, uint32_t stride, uint32_t padding)
{
    return size + 2 * padding < kernel ? 0 : (size + 2 * padding - kernel) / stride + 1;
}

static bool window_shape(struct layer *layer, struct shape before, uint32_t channels, struct failure *failure)
{
    if (before.flat) {
        return BAD("A convolution or pooling needs an image (channels, height, width), but stands behind a flatten.");
    }
    layer->shape = (struct shape){
        channels, window_count(before.height, layer->kernel.height, layer->stride.height, layer->padding.height),
        window_count(before.width, layer->kernel.width, layer->stride.width, layer->padding.width), false};
    if (layer->shape.height == 0 || layer->shape.width == 0) {
        return BAD("A window of %u x %u does not fit into %u x %u values.", layer->kernel.height, layer->kernel.width,
                   before.height, before.width);
    }
    return true;
}

static bool set_shape(struct layer *layer, struct shape before, struct failure *failure)
{
    const uint64_t channels = (uint64_t)layer->in_per_group * layer->groups;
    switch (layer->kind) {
    case LAYER_CONV2D:
        if (!before.flat && channels != before.channels) {
            return BAD("A conv2d layer for %llu channels is given %u.", (unsigned long long)channels, before.channels);
        }
        return window_shape(layer, before, layer->out, failure);
    case LAYER_MAX_POOL2D:
    case LAYER_AVG_POOL2D:
        return window_shape(layer, before, before.channels, failure);
    case LAYER_LINEAR:
        if (!before.flat || channels != shape_values(before)) {
            return BAD("A linear layer for %llu features is given %llu, or an image.", (unsigned long long)channels,
                       (unsigned long long)shape_values(before));
        }
        layer->shape = (struct shape){layer->out, 1, 1, true};
        return true;
    default:
        layer->shape = before;
        layer->shape.flat |= layer->kind == LAYER_FLATTEN;
        return true;
    }
}

static bool check_chain(struct network *network, struct failure *failure)
{
    struct shape before = {1, IMAGE_SIDE, IMAGE_SIDE, false};
    uint64_t parameters = 0, multiply_adds = 0; /* 64 layers of at most 4e6 x 16e6 fit */
    network->parameter_bytes = 0;
    for (uint32_t i = 0; i < network->count; i++) {
        struct layer *layer = &network->layers[i];
        if (!set_shape(layer, before, failure)) {
            return false;
        }
        if (shape_values(layer->shape) > MAX_ACTIVATIONS) {
            return BAD("A layer puts out %llu values; the limit is %d.", (unsigned long long)shape_values(layer->shape),
                       MAX_ACTIVATIONS);
        }
        if (has_weights(layer)) {
            const uint64_t weights = layer->out * channel_weights(layer);
            parameters += weights + layer->out;
            multiply_adds += weights * layer->shape.height * layer->shape.width;
            network->parameter_bytes += network->quantized ? weights + 8 * (uint64_t)layer->out
                                                           : 4 * (weights + layer->out);
        }
        before = layer->shape;
    }
    if (parameters > MAX_PARAMETERS) {
        return BAD("The network has %llu parameters; %d is the limit.", (unsigned long long)parameters, MAX_PARAMETERS);
    }
    if (multiply_adds > MAX_MULTIPLY_ADDS) {
        return BAD("The network needs %llu multiply-adds; the limit is %llu.", (unsigned long long)multiply_adds,
                   (unsigned long long)MAX_MULTIPLY_ADDS);
    }
    return true;
}

/* QNNPACK adds up bytes times weights, and the bias in the same unit, in 32 bits. */
static bool sums_fit(const struct layer *layer, float input_scale)
{
    const uint64_t size = channel_weights(layer);
    const int8_t *weights = layer->weights;
    for (uint32_t out = 0; out < layer->out; out++, weights += size) {
        int64_t products = 0;
        for (uint64_t i = 0; i < size; i++) {
            products += abs(weights[i]);
        }
        const double bias = fabs((double)layer->biases[out]) / ((double)input_scale * (double)layer->scales[out]);
        if (!(bias + 255.0 * (double)products < 0x1p31)) {
            return false;
        }
    }
    return true;
}

static bool check_quantizations(const struct network *network, struct failure *failure)
{
    static const struct quantization tanh_quantization = TANH_QUANTIZATION;
    static const struct quantization sigmoid_quantization = SIGMOID_QUANTIZATION;
    struct quantization before = input_quantization;
    for (uint32_t i = 0; i < network->count; i++) {
        const struct layer *layer = &network->layers[i];
        const struct quantization own = layer->quantization;
        const struct quantization expected = has_weights(layer)                 ? own
                                             : layer->kind == LAYER_TANH    ? tanh_quantization
                                             : layer->kind == LAYER_SIGMOID ? sigmoid_quantization
                                                                            : before;
        if (has_weights(layer) && !sums_fit(layer, before.scale)) {
            return BAD("Layer %u has a bias or weights that are too large for int8 arithmetic.", i);
        }
        if (own.scale != expected.scale || own.zero_point != expected.zero_point) {
            return BAD("Layer %u has a quantization that QNNPACK would not use.", i);
        }
        before = own;
    }
    return true;
}

bool check_network(struct network *network, struct failure *failure)
{
    const struct layer *layers = network->layers;
    for (uint32_t i = 0; i + 1 < network->count; i++) {
        if (layers[i].kind == LAYER_SOFTMAX) {
            return BAD("A softmax can only be the last layer of a network.");
        }
    }
    network->logit_layers = network->count - (layers[network->count - 1].kind == LAYER_SOFTMAX);
    if (!check_chain(network, failure)) {
        return false;
    }
    const struct shape last = layers[network->count - 1].shape;
    if (network->logit_layers == 0 || !last.flat || shape_values(last) != CLASSES) {
        return BAD("A network must end in %d values, one for each digit.", CLASSES);
    }
    return !network->quantized || check_quantizations(network, failure);
}
