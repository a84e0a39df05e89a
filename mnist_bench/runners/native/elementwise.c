/* Operators of which each output number depends on one input number. */
#include "elementwise.h"

#include <float.h>
#include <math.h>
#include <string.h>

void plan_output(struct planning *planning, uint32_t index, struct step *step)
{
    const uint32_t read = planning->network->nodes[index].inputs[0];
    const bool alone = value_of(planning->network, read)->readers == 1;
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

static void run_q8(const struct step *step)
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

void fill_table(const struct step *step, look_up_function look_up, float parameter, uint8_t table[256])
{
    for (int byte = 0; byte < 256; byte++) {
        table[byte] = look_up(step, byte, parameter);
    }
}

void plan_elementwise(struct planning *planning, uint32_t index, struct step *step, void (*run)(const struct step *),
                      look_up_function look_up, float parameter)
{
    const bool quantized = planning->network->quantized;
    void *own = arena_take(&planning->arena, quantized ? 256 : sizeof parameter);
    plan_output(planning, index, step);
    step->run = quantized ? run_q8 : run;
    step->own = own;
    if (own != NULL && quantized) {
        fill_table(step, look_up, parameter, own);
    } else if (own != NULL) {
        *(float *)own = parameter;
    }
}

bool decode_parameter(struct reader *body, bool quantized, struct node *node, struct failure *failure)
{
    (void)quantized;
    const float *parameter = node->fields = take(body, sizeof *parameter);
    if (parameter == NULL) {
        return too_short(failure);
    }
    return fabsf(*parameter) <= FLT_MAX ||
           refuse(failure, ERROR_BAD_NETWORK, "The parameter of an activation is not finite.");
}
