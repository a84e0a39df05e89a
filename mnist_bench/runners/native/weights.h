/* The weights of a conv2d or a linear, as they travel and in int8's arithmetic. */
#ifndef MNIST_BENCH_WEIGHTS_H
#define MNIST_BENCH_WEIGHTS_H

#include "network.h"
#include "reader.h"

/* Takes the biases and weights of node->weights, whose sizes are there already, but not looked at; sets what the node
 * counts as parameters. */
bool decode_weights(struct reader *body, bool quantized, struct node *node, struct failure *failure);

/* int8: what no sum of `count` bytes times these weights exceeds in size. */
int64_t largest_sum(const int8_t *weights, uint64_t count);

/* int8: QNNPACK adds up bytes times weights, and the bias in the same unit, in 32 bits. Whether that can do. */
bool check_sums(const struct network *network, const struct node *node, struct quantization own,
                struct failure *failure);

/* The `bound` of a conv2d or a linear (operator.h). */
double bound_sums(const struct node *node, double largest, double sum);

#endif
