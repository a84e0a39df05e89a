/* Operators of which each output number depends on one input number: over the input where nobody else reads it. */
#ifndef MNIST_BENCH_ELEMENTWISE_H
#define MNIST_BENCH_ELEMENTWISE_H

#include "plan.h"
#include "reader.h"
#include "tensor.h"

/* Gives `step` its output: its input's memory, or its own, where start_* copy the input to. */
void plan_output(struct planning *planning, uint32_t index, struct step *step);

/* Where `step` has a tensor of its own, copy its input to it. */
void start_f32(const struct step *step);
void start_q8(const struct step *step);

typedef uint8_t (*look_up_function)(const struct step *step, int byte, float parameter);

/* int8: the output byte for each input byte. */
void fill_table(const struct step *step, look_up_function look_up, float parameter, uint8_t table[256]);

/* Plan node `index`: fp32 as `run`, which finds the parameter with parameter_of; int8 as a look-up of each byte in a
 * table. */
void plan_elementwise(struct planning *planning, uint32_t index, struct step *step, void (*run)(const struct step *),
                      look_up_function look_up, float parameter);

/* Takes a parameter, such as a slope, which must be finite. */
bool decode_parameter(struct reader *body, bool quantized, struct node *node, struct failure *failure);

static inline float parameter_of(const struct step *step)
{
    return *(const float *)step->own;
}

/* fp32: every number of step->out, a row at a time; `function` is inlined, so that the loop can be vectors. */
static inline void for_each(const struct step *step, float (*function)(float x, float parameter))
{
    const float parameter = parameter_of(step);
    const size_t count = row_values(&step->out);
    start_f32(step);
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        float *row = f32_row(&step->out, y);
        for (size_t i = 0; i < count; i++) {
            row[i] = function(row[i], parameter);
        }
    }
}

#endif
