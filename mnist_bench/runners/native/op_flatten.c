/* flatten: (channels, height, width) in that order to features. Where only linear operators read it, nothing moves:
 * their weights are put into the order in which an image lies, (height, width, channels). */
#include <string.h>

#include "operator.h"
#include "tensor.h"

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    (void)network, (void)node, (void)failure;
    *shape = (struct shape){(uint32_t)shape_values(*shape), 1, 1, true};
    return true;
}

static void run_nothing(const struct step *step)
{
    (void)step;
}

/* Copies numbers of `size` bytes, channel by channel. */
static void reorder(const struct step *step, size_t size)
{
    const struct shape shape = step->in.shape;
    unsigned char *to = (unsigned char *)step->out.buffer + step->out.origin * size;
    for (uint32_t channel = 0; channel < shape.channels; channel++) {
        for (uint32_t y = 0; y < shape.height; y++) {
            const size_t at = step->in.origin + y * step->in.row + channel;
            const unsigned char *from = (const unsigned char *)step->in.buffer + at * size;
            for (uint32_t x = 0; x < shape.width; x++, from += shape.channels * size, to += size) {
                memcpy(to, from, size);
            }
        }
    }
}

static void run_f32(const struct step *step)
{
    reorder(step, sizeof(float));
}

static void run_f16(const struct step *step)
{
    reorder(step, sizeof(half));
}

static void run_q8(const struct step *step)
{
    reorder(step, sizeof(uint8_t));
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const uint32_t read = planning->network->nodes[index].inputs[0];
    const bool is_pixel = step->in.shape.height == 1 && step->in.shape.width == 1;
    if (value_of(planning->network, read)->readers == 1 && (is_pixel || planning->values[index + 1].only_linear)) {
        step->out = same_memory(planning, read, index + 1);
        step->run = run_nothing;
    } else {
        step->out = new_tensor(planning, index + 1);
        const enum precision precision = planning->network->precision;
        step->run = precision == PRECISION_INT8 ? run_q8 : precision == PRECISION_FP16 ? run_f16 : run_f32;
    }
}

const struct operator operator_flatten = {.runs_in_f16 = true, .set_shape = set_shape, .plan = plan};
