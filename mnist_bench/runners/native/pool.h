/* Poolings: what both share, and the fields that travel. */
#ifndef MNIST_BENCH_POOL_H
#define MNIST_BENCH_POOL_H

#include "operator.h"
#include "tensor.h"

struct pool_fields {
    struct pair kernel, stride;
    struct sides padding;
};

/* The part of a window that lies within the image. */
struct window {
    uint32_t top, bottom, left, right;
};

/* What a step of a pooling needs. */
struct pool_step {
    struct pool_fields fields;
    float multiplier; /* int8 average: of sums */
};

bool decode_pool(struct reader *body, bool quantized, struct node *node, struct failure *failure);
bool set_pool_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure);

/* Whether `node`, a pooling, has a kernel and a stride of 2 x 2 and no padding. */
bool is_pool_of_two(const struct node *node);

/* Plan node `index`; step->own, NULL while the arena counts, is yet without a multiplier. */
struct pool_step *plan_pool(struct planning *planning, uint32_t index, struct step *step);

/* Where a window that starts `start` values behind the padding's edge lies within `size` values: [*from, *to). */
static inline void clip(uint32_t start, uint32_t kernel, uint32_t padding, uint32_t size, uint32_t *from, uint32_t *to)
{
    const uint32_t end = start + kernel;
    *from = start > padding ? start - padding : 0;
    *to = end - padding < size ? end - padding : size; /* padding is less than the kernel */
}

/* The window of the output at (y, x). */
static inline struct window window_at(const struct step *step, uint32_t y, uint32_t x)
{
    const struct pool_fields *pool = &((const struct pool_step *)step->own)->fields;
    const struct shape in = step->in.shape;
    struct window w;
    clip(y * pool->stride.height, pool->kernel.height, pool->padding.top, in.height, &w.top, &w.bottom);
    clip(x * pool->stride.width, pool->kernel.width, pool->padding.left, in.width, &w.left, &w.right);
    return w;
}

#endif
