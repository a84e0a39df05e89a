/* Convolutions and linear layers of a plan: what is fused with them, their windows and their packed weights. */
#ifndef MNIST_BENCH_PLAN_CONV_H
#define MNIST_BENCH_PLAN_CONV_H

#include "plan.h"

/* A convolution or linear layer with what is executed together with it. */
struct convolution {
    const struct layer *layer;
    const struct kernels *kernels;    /* which execute it */
    struct quantization quantization; /* of the output */
    struct quantization input;
    uint32_t last; /* layer */
    bool relu, pool;
};

/* The convolution or linear layer at `index` with the layers that `kernels` can execute with it. */
struct convolution fuse(const struct network *network, uint32_t index, const struct kernels *kernels);

/* Completes `step`, which has its tensors. */
void plan_conv(const struct convolution *convolution, bool quantized, struct arena *arena, struct step *step);

#endif
