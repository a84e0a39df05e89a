/* concat: values one after another, along their channels or features. */
#include <string.h>

#include "bytes.h"
#include "operator.h"
#include "tensor.h"

/* What a step needs of each value that it reads. */
struct part {
    struct tensor in;
    uint32_t first;       /* channel, of the output */
    bool is_copied;       /* int8: it has the output's quantization */
    uint8_t table[256];   /* int8 otherwise */
};

struct concat_step {
    uint32_t count;
    struct part parts[];
};

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    for (uint32_t i = 1; i < node->input_count; i++) {
        const struct shape other = network->values[node->inputs[i]].shape;
        if (other.height != shape->height || other.width != shape->width || other.flat != shape->flat) {
            return refuse(failure, ERROR_BAD_NETWORK, "A concat is given shapes that do not fit together.");
        }
        shape->channels += other.channels; /* at most MAX_INPUTS times MAX_ACTIVATIONS */
    }
    return true;
}

static void run_f32(const struct step *step)
{
    const struct concat_step *own = step->own;
    const size_t channels = step->out.shape.channels;
    for (uint32_t i = 0; i < own->count; i++) {
        const struct part *part = &own->parts[i];
        const size_t count = part->in.shape.channels;
        for (uint32_t y = 0; y < step->out.shape.height; y++) {
            const float *in = f32_row(&part->in, y);
            float *out = f32_row(&step->out, y) + part->first;
            for (uint32_t x = 0; x < step->out.shape.width; x++, in += count, out += channels) {
                memcpy(out, in, count * sizeof *out);
            }
        }
    }
}

static void q8_pixel(const struct part *part, const uint8_t *in, uint8_t *out)
{
    const size_t count = part->in.shape.channels;
    if (part->is_copied) {
        memcpy(out, in, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = part->table[in[i]];
    }
}

static void run_q8(const struct step *step)
{
    const struct concat_step *own = step->own;
    for (uint32_t i = 0; i < own->count; i++) {
        const struct part *part = &own->parts[i];
        for (uint32_t y = 0; y < step->out.shape.height; y++) {
            const uint8_t *in = q8_row(&part->in, y);
            uint8_t *out = q8_row(&step->out, y) + part->first;
            for (uint32_t x = 0; x < step->out.shape.width; x++) {
                q8_pixel(part, in + (size_t)x * part->in.shape.channels, out + (size_t)x * step->out.shape.channels);
            }
        }
    }
}

static void fill_part(struct part *part, struct tensor in, uint32_t first, struct quantization out)
{
    part->in = in;
    part->first = first;
    part->is_copied = in.quantization.scale == out.scale && in.quantization.zero_point == out.zero_point;
    for (int byte = 0; !part->is_copied && byte < 256; byte++) {
        part->table[byte] = byte_of_number(out, number_of_byte(in.quantization, byte));
    }
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    const struct node *node = &planning->network->nodes[index];
    const uint64_t bytes = sizeof(struct concat_step) + node->input_count * (uint64_t)sizeof(struct part);
    struct concat_step *own = arena_take(&planning->arena, bytes);
    step->out = new_tensor(planning, index + 1);
    step->own = own;
    step->run = planning->network->quantized ? run_q8 : run_f32;
    if (own == NULL) {
        return;
    }
    own->count = node->input_count;
    uint32_t first = 0;
    for (uint32_t i = 0; i < own->count; i++) {
        const struct tensor in = planning->tensors[node->inputs[i]];
        fill_part(&own->parts[i], in, first, step->out.quantization);
        first += in.shape.channels;
    }
}

const struct operator operator_concat = {
    .most_inputs = MAX_INPUTS,
    .has_own_quantization = true,
    .set_shape = set_shape,
    .plan = plan,
};
