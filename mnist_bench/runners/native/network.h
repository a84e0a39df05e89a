/* A network as it travelled: a graph of operators and the values between them; weights stay where they are. */
#ifndef MNIST_BENCH_NETWORK_H
#define MNIST_BENCH_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "tables.h"

struct pair {
    uint32_t height, width;
};

struct sides {
    uint32_t top, left, bottom, right;
};

/* Of one image, or flat: then features x 1 x 1. */
struct shape {
    uint32_t channels, height, width;
    bool flat;
};

/* How bytes stand for numbers: (byte - zero_point) * scale. */
struct quantization {
    float scale;
    uint8_t zero_point;
};

/* What flows between operators. */
struct value {
    struct shape shape;
    struct quantization quantization; /* int8 alone */
    uint32_t readers;                 /* how often it is read, a softmax left out */
};

/* Of a conv2d or a linear: out x in_per_group x kernel height x kernel width. */
struct weights {
    uint32_t out, in_per_group, groups; /* linear: one group */
    struct pair kernel;                 /* linear: 1 x 1 */
    const float *biases, *scales;       /* scales: int8 alone */
    const void *numbers;                /* float or int8_t, PyTorch's order */
};

/* An operator at its place in the graph, and what it puts out. */
struct node {
    struct value output;
    const struct operator *operator;
    uint32_t input_count;
    const uint32_t *inputs; /* the values that it reads */
    const void *fields;     /* as they travelled: a structure that the operator's own file knows */
    struct weights weights; /* conv2d and linear alone */
    uint64_t parameters, parameter_bytes;
    uint64_t work; /* operations for one image, as MAX_MULTIPLY_ADDS counts them */
};

struct network {
    enum precision precision;
    bool quantized;       /* int8 */
    uint32_t count;       /* of nodes, a softmax among them */
    uint32_t logit_count; /* without the softmax that may end it */
    uint64_t parameter_bytes, work; /* of all nodes */
    struct value image; /* value 0; value i + 1 is the output of node i */
    struct node nodes[MAX_OPERATORS];
};

static inline const struct value *value_of(const struct network *network, uint32_t value)
{
    return value == 0 ? &network->image : &network->nodes[value - 1].output;
}

static inline uint64_t shape_values(struct shape shape)
{
    return (uint64_t)shape.channels * shape.height * shape.width;
}

/* The value that `node` reads, the first of several. */
static inline const struct value *input_of(const struct network *network, const struct node *node)
{
    return value_of(network, node->inputs[0]);
}

/* Weights of one output channel. */
static inline uint64_t channel_weights(const struct weights *weights)
{
    return (uint64_t)weights->in_per_group * weights->kernel.height * weights->kernel.width;
}

#endif
