/* Whether the operators of a network fit together: the rules of mnist_bench/network/, which speak for the near end. */
#ifndef MNIST_BENCH_CHECK_H
#define MNIST_BENCH_CHECK_H

#include "failure.h"
#include "network.h"

/* Sets the shape of each value and how often it is read, and checks the graph: who reads what, shapes, limits, and in
 * int8 the quantizations. */
bool check_network(struct network *network, struct failure *failure);

#endif
