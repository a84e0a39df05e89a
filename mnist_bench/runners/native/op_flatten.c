/* flatten: (channels, height, width) in that order to features. Where only linear operators read it, nothing moves:
 * their weights are put into the order in which an image lies, (height, width, channels). */
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

static void run_f32(const struct step *step)
{
    const struct shape shape = step->in.shape;
    float *to = f32_row(&step->out, 0);
    for (uint32_t channel = 0; channel < shape.channels; channel++) {
        for (uint32_t y = 0; y < shape.height; y++) {
            const float *from = f32_row(&step->in, y) + channel;
            for (uint32_t x = 0; x < shape.width; x++, from += shape.channels) {
                *to++ = *from;
            }
        }
    }
}

static void run_q8(const struct step *step)
{
    const struct shape shape = step->in.shape;
    uint8_t *to = q8_row(&step->out, 0);
    for (uint32_t channel = 0; channel < shape.channels; channel++) {
        for (uint32_t y = 0; y < shape.height; y++) {
            const uint8_t *from = q8_row(&step->in, y) + channel;
            for (uint32_t x = 0; x < shape.width; x++, from += shape.channels) {
                *to++ = *from;
            }
        }
    }
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const uint32_t read = planning->network->nodes[index].inputs[0];
    const bool is_pixel = step->in.shape.height == 1 && step->in.shape.width == 1;
    if (planning->network->readers[read] == 1 && (is_pixel || planning->only_linear[index + 1])) {
        step->out = same_memory(planning, read, index + 1);
        step->run = run_nothing;
    } else {
        step->out = new_tensor(planning, index + 1);
        step->run = planning->network->quantized ? run_q8 : run_f32;
    }
}

const struct operator operator_flatten = {.set_shape = set_shape, .plan = plan};
