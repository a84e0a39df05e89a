/* A network as it travelled: layers and shapes; weights stay where they are. */
#ifndef MNIST_BENCH_NETWORK_H
#define MNIST_BENCH_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "tables.h"

struct pair {
    uint32_t height, width;
};

/* Of one image, or flat: then the values of an image that a flatten was given (or features x 1 x 1). */
struct shape {
    uint32_t channels, height, width;
    bool flat;
};

/* How bytes stand for values: (byte - zero_point) * scale. */
struct quantization {
    float scale;
    uint8_t zero_point;
};

struct layer {
    enum layer_kind kind;
    struct shape shape;                /* behind it */
    struct quantization quantization;  /* behind it; int8 alone */
    struct pair kernel, stride, padding;
    uint32_t out, in_per_group, groups; /* conv2d; linear: one group */
    const float *biases, *scales;       /* scales: int8 alone */
    const void *weights;                /* float or int8_t, PyTorch's order */
};

struct network {
    bool quantized;
    uint32_t count;        /* of layers, a softmax among them */
    uint32_t logit_layers; /* without the softmax that may end it */
    uint64_t parameter_bytes;
    struct layer layers[MAX_LAYERS];
};

static inline uint64_t shape_values(struct shape shape)
{
    return (uint64_t)shape.channels * shape.height * shape.width;
}

static inline bool has_weights(const struct layer *layer)
{
    return layer->kind == LAYER_CONV2D || layer->kind == LAYER_LINEAR;
}

/* Weights of one output channel. */
static inline uint64_t channel_weights(const struct layer *layer)
{
    return (uint64_t)layer->in_per_group * layer->kernel.height * layer->kernel.width;
}

static const struct quantization input_quantization = INPUT_QUANTIZATION;

#endif
