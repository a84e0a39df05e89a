/* A network made ready: its layers as steps, each with its buffers and packed weights, in one piece of memory. */
#ifndef MNIST_BENCH_PLAN_H
#define MNIST_BENCH_PLAN_H

#include <stddef.h>

#include "arena.h"
#include "failure.h"
#include "kernels.h"
#include "network.h"

/* Activations, NHWC, perhaps with a border on all sides that the convolution which reads them wants. */
struct tensor {
    struct shape shape;
    struct quantization quantization; /* int8 alone */
    size_t row;                       /* values from a pixel to its lower neighbour */
    size_t origin;                    /* values from the buffer's start to the first pixel */
    void *buffer;                     /* float or uint8_t */
    bool is_image;                    /* as it came, or behind elementwise layers: always finite */
};

/* One layer, or several executed as one. What a kind of step does not need is zero. */
struct step {
    void (*run)(const struct step *);
    uint32_t first, last; /* its layers, by their place in the network */
    struct tensor in, out; /* elementwise steps work in place */

    const struct kernels *kernels; /* of a convolution or linear layer */
    const struct conv *convs;      /* one for each of its groups */
    uint32_t groups;

    struct pair kernel, stride, padding; /* of a pooling */
    float multiplier;                    /* int8 average pooling: of sums */
    const uint8_t *table;                /* int8 elementwise: the output byte for each input byte */
};

struct plan {
    bool quantized;
    uint32_t count;
    uint64_t parameter_bytes;
    void *memory; /* what all pointers point into */
    struct tensor input;
    enum layer_kind kinds[MAX_LAYERS];
    struct step steps[MAX_LAYERS];
};

/* Make `network` ready for `kernels`; false and `failure` where there is not enough memory. The network is not needed
 * any more then. */
bool plan_make(struct plan *plan, const struct network *network, const struct kernels *kernels,
               struct failure *failure);

/* Give back the memory; the plan has no steps then. */
void plan_free(struct plan *plan);

#endif
