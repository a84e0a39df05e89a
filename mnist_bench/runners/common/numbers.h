/* Checks of floats. */
#ifndef MNIST_BENCH_NUMBERS_H
#define MNIST_BENCH_NUMBERS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether all `count` numbers are finite. It always looks at all of them: compilers vectorize a loop that has no early
 * exit. */
static inline bool all_finite(const float *numbers, uint64_t count)
{
    int finite = 1;
    for (uint64_t i = 0; i < count; i++) {
        finite &= fabsf(numbers[i]) <= FLT_MAX;
    }
    return finite != 0;
}

#endif
