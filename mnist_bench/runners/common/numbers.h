/* Numbers as they should be. */
#ifndef MNIST_BENCH_NUMBERS_H
#define MNIST_BENCH_NUMBERS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether none of `count` numbers is infinite or none at all. To the end in any case: a loop without a way out is one
 * that compilers vectorize. */
static inline bool all_finite(const float *numbers, uint64_t count)
{
    int finite = 1;
    for (uint64_t i = 0; i < count; i++) {
        finite &= fabsf(numbers[i]) <= FLT_MAX;
    }
    return finite != 0;
}

#endif
