/* Winograd's way (winograd.h) in int8, exact: bytes and weights become integers of 16 bits, their products' sums
 * integers of 32 bits, modulo 2^32.
 *
 * G is multiplied until its rows are integers, and A' makes up for it: F(2 x 2) gives 4 times what the direct way does,
 * F(4 x 4) 576 times. The latter times 954,437,177, which is 1 / 9 modulo 2^32, is 64 times that; so bits are shifted
 * out on the right, and what is left is right where |y| < 2^25, y being the sum of bytes times weights.
 */
#ifndef MNIST_BENCH_WINOGRAD_Q8_H
#define MNIST_BENCH_WINOGRAD_Q8_H

#include "winograd.h"

#define WINOGRAD_Q8_LIMIT (1 << 25) /* |y| must be below it */
#define WINOGRAD_STEP 8 /* input channels are padded to, with weights of zero */

/* How a set wants its weights. */
struct winograd_q8_order {
    uint32_t lanes;    /* sums in a vector */
    uint32_t most;     /* vectors of the widest block of output channels */
    uint32_t together; /* input channels whose weights for one output channel are side by side */
};

/* Packed: biases and multipliers in whole vectors; then for each plane, block of vectors, `together` input channels and
 * output channel of the block, `together` weights. */
size_t winograd_q8_packed_bytes(const struct conv *conv);
void winograd_q8_pack(const struct conv *conv, struct winograd_q8_order order, const int8_t *weights,
                      const int32_t *biases, const float *multipliers, void *to);

#endif
