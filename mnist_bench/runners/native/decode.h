/* A network from its encoding (docs/protocol.md, "The network on the stream"). */
#ifndef MNIST_BENCH_DECODE_H
#define MNIST_BENCH_DECODE_H

#include <stddef.h>

#include "failure.h"
#include "network.h"

/* Whether `data` (aligned to four bytes) is a sound network; then `network` points into it. Else `failure` says why. */
bool decode_network(const void *data, size_t size, struct network *network, struct failure *failure);

#endif
