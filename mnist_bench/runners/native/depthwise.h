/* Depthwise convolutions: each channel has a window of its own. */
#ifndef MNIST_BENCH_DEPTHWISE_H
#define MNIST_BENCH_DEPTHWISE_H

#include "kernels.h"

/* For every processor; they do not pool. */
extern const struct kernels portable_depthwise;

#endif
