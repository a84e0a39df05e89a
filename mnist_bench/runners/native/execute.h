/* Running a plan. */
#ifndef MNIST_BENCH_EXECUTE_H
#define MNIST_BENCH_EXECUTE_H

#include "plan.h"

/* One image of IMAGE_PIXELS bytes to CLASSES logits. */
void execute(const struct plan *plan, const uint8_t *pixels, float *logits);

/* The same with a block of images (block.h), and a plan for it. */
void execute_block(const struct plan *plan, const uint8_t *pixels, float *logits);

/* Put an image, or a block, where the first step finds it. */
void execute_input(const struct plan *plan, const uint8_t *pixels);

/* A tensor's values as float32, dequantized, in PyTorch's order, to any address: not all are aligned in a message. */
void execute_output(const struct plan *plan, const struct tensor *tensor, void *values);

#endif
