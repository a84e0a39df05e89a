/* Windows that move over an image, padded on four sides: of convolutions and poolings. */
#ifndef MNIST_BENCH_WINDOW_H
#define MNIST_BENCH_WINDOW_H

#include "failure.h"
#include "network.h"

static inline bool pair_within(struct pair pair, uint32_t low, uint32_t high)
{
    return pair.height >= low && pair.height <= high && pair.width >= low && pair.width <= high;
}

/* Sets the shape of an output with a value for each window; refuses where none fits, or where `before` is no image. */
bool set_window_shape(struct shape before, struct pair kernel, struct pair stride, struct sides padding,
                      uint32_t channels, struct shape *shape, struct failure *failure);

#endif
