/* The processor, in words. */
#ifndef MNIST_BENCH_CPU_H
#define MNIST_BENCH_CPU_H

#include "kernels.h"

/* Android's name of the instruction set that this program was built for. */
const char *cpu_abi(void);

/* The features that a set of kernels uses, "" for none. */
const char *cpu_features(const struct kernels *kernels);

#endif
