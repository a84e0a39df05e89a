/* Whether the kernels on this processor compute what they should. */
#ifndef MNIST_BENCH_SELFTEST_H
#define MNIST_BENCH_SELFTEST_H

#include <stdbool.h>

/* Runs every set of kernels that this processor has against the portable one; prints a line for each. */
bool self_test(void);

#endif
