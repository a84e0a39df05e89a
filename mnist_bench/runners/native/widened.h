/* fp16: operators without arithmetic of their own for it, in float32. */
#ifndef MNIST_BENCH_WIDENED_H
#define MNIST_BENCH_WIDENED_H

#include "plan.h"

/* `tensor`, which is fp16, as float32 of the same layout, in memory that is this step's while it runs. */
struct tensor widened(struct planning *planning, const struct tensor *tensor);

/* Plan node `index` as a step that converts what it reads to float32, does as in fp32, and rounds what it puts out. */
void plan_widened(struct planning *planning, uint32_t index, struct step *step);

#endif
