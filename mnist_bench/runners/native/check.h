/* Whether the layers of a network fit together: the rules of mnist_bench/network/, which speak for the near end. */
#ifndef MNIST_BENCH_CHECK_H
#define MNIST_BENCH_CHECK_H

#include "failure.h"
#include "network.h"

/* Whether a layer's own sizes, biases and weights are sound. */
bool check_layer(const struct layer *layer, bool quantized, struct failure *failure);

/* Sets the shape behind each layer and checks the chain: shapes, limits, and in int8 the quantizations. */
bool check_network(struct network *network, struct failure *failure);

#endif
