/* Blocks of images: a network of linear operators waits for its weights, so that several images for each pass over them
 * take little longer than one. */
#ifndef MNIST_BENCH_BLOCK_H
#define MNIST_BENCH_BLOCK_H

#include "kernels.h"
#include "network.h"

#define BLOCK_IMAGES 8

/* Whether the network is a flatten, linear operators and elementwise ones, one behind the other, which these kernels
 * execute faster in blocks. */
bool runs_in_blocks(const struct network *network, const struct kernels *kernels);

/* Turn such a network into one for a block. Images lie side by side, and what belongs to each is the channels of one
 * pixel: a linear operator becomes a convolution of 1 x 1 over BLOCK_IMAGES pixels. */
void turn_into_block(struct network *network);

#endif
