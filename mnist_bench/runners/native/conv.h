/* Convolutions and linear operators of a plan: what is fused with them, their windows and their packed weights. */
#ifndef MNIST_BENCH_CONV_H
#define MNIST_BENCH_CONV_H

#include "plan.h"

/* A convolution or linear operator with what is executed together with it. */
struct convolution {
    const struct weights *weights;
    struct pair kernel, stride; /* of a linear: its whole input */
    struct sides padding;
    const struct kernels *kernels;    /* which execute it */
    const struct f16_kernels *f16;    /* in their place: in fp16 alone */
    struct quantization quantization; /* of the output */
    struct quantization input;
    uint32_t last; /* operator */
    bool relu, pool;
    uint32_t tile; /* of Winograd's way: outputs along its side; 0: the direct way */
};

/* Plan node `index`, a convolution with this stride and padding, with the nodes that can be executed with it. */
void plan_convolution(struct planning *planning, uint32_t index, struct pair kernel, struct pair stride,
                      struct sides padding, struct step *step);

/* The kernels of a set that execute such a convolution. */
const struct kernels *kernels_for(const struct weights *weights, const struct kernels *set);

/* Completes `step`, which has its tensors. */
void plan_conv(const struct convolution *convolution, bool quantized, struct arena *arena, struct scratch *scratch,
               struct step *step);

#endif
