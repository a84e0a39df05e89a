/* Depthwise convolutions: each channel has a window of its own. */
#ifndef MNIST_BENCH_DEPTHWISE_H
#define MNIST_BENCH_DEPTHWISE_H

#include "kernels.h"

/* For every processor. Its `struct conv` stands for all groups at once: `channels` and `out_channels` are those of the whole
 * layer, a run is one pixel of the window, and weights are channels x kernel height x kernel width. It does not pool. */
const struct kernels *kernels_depthwise(void);

#endif
