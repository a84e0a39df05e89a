/* Where the numbers of a tensor lie. */
#ifndef MNIST_BENCH_TENSOR_H
#define MNIST_BENCH_TENSOR_H

#include "half.h"
#include "plan.h"

/* Of an activation. */
static inline size_t value_bytes(enum precision precision)
{
    return precision == PRECISION_INT8 ? sizeof(uint8_t) : precision == PRECISION_FP16 ? sizeof(half) : sizeof(float);
}

/* Numbers of a row, without the border: they lie side by side. */
static inline size_t row_values(const struct tensor *tensor)
{
    return (size_t)tensor->shape.width * tensor->shape.channels;
}

static inline float *f32_row(const struct tensor *tensor, uint32_t y)
{
    return (float *)tensor->buffer + tensor->origin + y * tensor->row;
}

static inline half *f16_row(const struct tensor *tensor, uint32_t y)
{
    return (half *)tensor->buffer + tensor->origin + y * tensor->row;
}

static inline uint8_t *q8_row(const struct tensor *tensor, uint32_t y)
{
    return (uint8_t *)tensor->buffer + tensor->origin + y * tensor->row;
}

#endif
