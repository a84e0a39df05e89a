/* Which convolutions of a plan go Winograd's way. */
#ifndef MNIST_BENCH_WINOGRAD_PLAN_H
#define MNIST_BENCH_WINOGRAD_PLAN_H

#include "conv.h"
#include "winograd.h"

/* The side of the tiles in which `conv`, node `index`, is computed by Winograd's way: where that takes less time, and
 * where nothing can overflow in it. 0: the direct way. */
uint32_t choose_tile(struct planning *planning, const struct convolution *c, const struct conv *conv, uint32_t index);

/* Fills `layout` in for `conv`; `scratch` becomes large enough for it. Returns it. */
const struct winograd *plan_winograd(const struct convolution *c, bool quantized, const struct conv *conv,
                                     struct scratch *scratch, struct winograd *layout);

#endif
