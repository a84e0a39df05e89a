/* Winograd's way for 3 x 3 convolutions with stride 1: F(2 x 2, 3 x 3) and F(4 x 4, 3 x 3) of Lavin and Gray, "Fast
 * Algorithms for Convolutional Neural Networks" (arXiv 1509.09308).
 *
 * The output is cut into square tiles of 2 x 2 or 4 x 4. The (tile + 2)^2 values that a tile reads become as many
 * others (B' d B), one for each "plane"; so do, when they are packed, the nine weights between two channels (G g G').
 * Each plane is a product of matrices: tiles x input channels times input channels x output channels. A' m A makes
 * outputs of its sums. F(2 x 2) takes 4 products for each output and pair of channels where the direct way takes 9,
 * F(4 x 4) 2.25.
 *
 * Scratch memory holds the values ("values": plane, tile, input channel) and the sums ("sums": plane, tile, output
 * channel) of the tiles of one pass. It is the same for all steps of a plan.
 */
#ifndef MNIST_BENCH_WINOGRAD_H
#define MNIST_BENCH_WINOGRAD_H

#include "kernels.h"

#define WINOGRAD_KERNEL 3
#define WINOGRAD_PLANES 36    /* at most */
#define WINOGRAD_FEWEST_TILES 4

/* What a conv that goes Winograd's way has besides. */
struct winograd {
    uint32_t tile;            /* outputs along its side, in front of a pooling: 2 or 4 */
    uint32_t planes;          /* (tile + 2)^2 */
    uint32_t height, width;   /* of the output in front of a pooling */
    uint32_t columns, tiles;  /* tiles side by side, and all of them */
    uint32_t at_once;         /* tiles of a pass; the last one has fewer, WINOGRAD_FEWEST_TILES at least */
    uint32_t vectors;         /* of output channels */
    uint32_t sum_row;         /* sums of a tile in a plane: whole vectors */
    size_t value_plane, sum_plane; /* values from a plane to the next; more than they hold, lest all planes share a
                                      cache's sets */
    size_t sums_at;           /* bytes from the scratch memory's start to the sums */
    void *scratch;
};

/* What a set's vectors and a precision's numbers are. */
struct winograd_kind {
    uint32_t lanes;                   /* values in a vector */
    uint32_t value_bytes, sum_bytes;  /* of a value and of a sum in the scratch memory */
    uint32_t most_tile;               /* the largest side of a tile */
    uint32_t direct_quarters;         /* how long a product of the direct way takes, in quarters of one of this way's */
    uint32_t most_scratch;            /* bytes: a pass has fewer tiles where all would take more */
};

/* The layout for `conv`, without its scratch memory; `scratch_bytes` becomes the size of that. */
struct winograd winograd_layout(const struct conv *conv, uint32_t tile, struct winograd_kind kind,
                                uint64_t *scratch_bytes);

/* Whether this 3 x 3 convolution can go Winograd's way at all: both sides have a whole vector, there are some tiles. */
bool winograd_can(const struct conv *conv, uint32_t tile, uint32_t lanes);

/* The side of the tiles that take the least time, or 0 for the direct way. `room` is what the second-level cache
 * has left for weights, whose numbers are as large as values. */
uint32_t winograd_best(const struct conv *conv, struct winograd_kind kind, uint64_t room);

/* Bytes of the weights, transformed. */
uint64_t winograd_weight_bytes(const struct conv *conv, uint32_t tile, uint32_t lanes, uint32_t weight_bytes);

/* Vectors of the next block of output channels where `left` are left: all blocks are about as wide, none is wider than
 * `most`. */
static inline uint32_t winograd_block(uint32_t left, uint32_t most)
{
    const uint32_t blocks = (left + most - 1) / most;
    return (left + blocks - 1) / blocks;
}

/* Floating point: biases in whole vectors; then for each plane, block of at most `most` vectors and input channel, a
 * weight for each of the block's output channels. */
size_t winograd_f32_packed_bytes(const struct conv *conv, uint32_t lanes);
void winograd_f32_pack(const struct conv *conv, uint32_t lanes, uint32_t most, const float *weights,
                       const float *biases, void *to);
size_t winograd_f16_packed_bytes(const struct conv *conv, uint32_t lanes);
void winograd_f16_pack(const struct conv *conv, uint32_t lanes, uint32_t most, const float *weights,
                       const float *biases, void *to);

#endif
