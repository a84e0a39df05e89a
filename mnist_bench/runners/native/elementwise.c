/* Operators of which each output number depends on one input number. */
#include "elementwise.h"

#include <string.h>

void plan_elementwise(struct planning *planning, uint32_t index, struct step *step)
{
    const uint32_t read = planning->network->nodes[index].inputs[0];
    const bool alone = planning->network->readers[read] == 1;
    step->out = alone ? same_memory(planning, read, index + 1) : new_tensor(planning, index + 1);
}

void start_f32(const struct step *step)
{
    if (step->in.buffer == step->out.buffer) {
        return;
    }
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        memcpy(f32_row(&step->out, y), f32_row(&step->in, y), row_values(&step->out) * sizeof(float));
    }
}

void start_q8(const struct step *step)
{
    if (step->in.buffer == step->out.buffer) {
        return;
    }
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        memcpy(q8_row(&step->out, y), q8_row(&step->in, y), row_values(&step->out));
    }
}

static void look_up(const struct step *step)
{
    const uint8_t *table = step->own;
    start_q8(step);
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        uint8_t *row = q8_row(&step->out, y);
        for (size_t i = 0; i < row_values(&step->out); i++) {
            row[i] = table[row[i]];
        }
    }
}

uint8_t *plan_lookup(struct planning *planning, uint32_t index, struct step *step)
{
    uint8_t *table = arena_take(&planning->arena, 256);
    plan_elementwise(planning, index, step);
    step->run = look_up;
    step->own = table;
    return table;
}
