/* The processor, in words. */
#ifndef MNIST_BENCH_CPU_H
#define MNIST_BENCH_CPU_H

#include "kernels.h"

/* The features that a set of kernels uses, "" for none. */
const char *cpu_features(const struct kernels *kernels);

/* What a core's second-level cache holds; 0 where that cannot be known. */
uint64_t cpu_cache_bytes(void);

#endif
