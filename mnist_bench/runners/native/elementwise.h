/* Operators of which each output number depends on one input number: over the input where nobody else reads it. */
#ifndef MNIST_BENCH_ELEMENTWISE_H
#define MNIST_BENCH_ELEMENTWISE_H

#include "plan.h"
#include "tensor.h"

/* Gives `step` its output: its input's memory, or its own, where run_* begin with a copy of the input. */
void plan_elementwise(struct planning *planning, uint32_t index, struct step *step);

/* Where `step` has a tensor of its own, copy its input to it. */
void start_f32(const struct step *step);
void start_q8(const struct step *step);

/* int8: plan `step` as a look-up of each byte. The table of 256 bytes to fill, or NULL while the arena counts. */
uint8_t *plan_lookup(struct planning *planning, uint32_t index, struct step *step);

/* fp32: every number of step->out, a row at a time; `function` is inlined, so that the loop can be vectors. */
static inline void for_each(const struct step *step, float (*function)(float, float), float parameter)
{
    start_f32(step);
    const size_t count = row_values(&step->out);
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        float *row = f32_row(&step->out, y);
        for (size_t i = 0; i < count; i++) {
            row[i] = function(row[i], parameter);
        }
    }
}

#endif
