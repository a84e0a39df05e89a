/* concat: values one after another, along their channels or features. */
#include <string.h>

#include "bytes.h"
#include "elementwise.h"
#include "operator.h"

/* What a step needs of each value that it reads. */
struct part {
    struct tensor in;
    uint32_t first;     /* channel, of the output */
    bool is_copied;     /* int8: it has the output's quantization */
    uint8_t table[256]; /* int8: otherwise */
};

struct concat_step {
    uint32_t count;
    struct part parts[];
};

static bool set_shape(const struct network *network, struct node *node, struct shape *shape, struct failure *failure)
{
    for (uint32_t i = 1; i < node->input_count; i++) {
        const struct shape other = value_of(network, node->inputs[i])->shape;
        if (other.height != shape->height || other.width != shape->width || other.flat != shape->flat) {
            return refuse(failure, ERROR_BAD_NETWORK, "A concat is given shapes that do not fit together.");
        }
        shape->channels += other.channels; /* at most MAX_INPUTS times MAX_ACTIVATIONS */
    }
    return true;
}

/* Copies numbers of `size` bytes, pixel by pixel. */
static void copy_part(const struct step *step, const struct part *part, size_t size)
{
    const size_t bytes = part->in.shape.channels * size, pixel = step->out.shape.channels * size;
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        const char *in = (const char *)part->in.buffer + (part->in.origin + y * part->in.row) * size;
        char *out = (char *)step->out.buffer + (step->out.origin + y * step->out.row + part->first) * size;
        for (uint32_t x = 0; x < step->out.shape.width; x++, in += bytes, out += pixel) {
            memcpy(out, in, bytes);
        }
    }
}

static void run_f32(const struct step *step)
{
    const struct concat_step *own = step->own;
    for (uint32_t i = 0; i < own->count; i++) {
        copy_part(step, &own->parts[i], sizeof(float));
    }
}

/* Turns bytes into those of the output's quantization, where they lie. */
static void requantize_part(const struct step *step, const struct part *part)
{
    for (uint32_t y = 0; y < step->out.shape.height; y++) {
        uint8_t *out = q8_row(&step->out, y) + part->first;
        for (uint32_t x = 0; x < step->out.shape.width; x++, out += step->out.shape.channels) {
            for (uint32_t i = 0; i < part->in.shape.channels; i++) {
                out[i] = part->table[out[i]];
            }
        }
    }
}

static void run_q8(const struct step *step)
{
    const struct concat_step *own = step->own;
    for (uint32_t i = 0; i < own->count; i++) {
        copy_part(step, &own->parts[i], sizeof(uint8_t));
        if (!own->parts[i].is_copied) {
            requantize_part(step, &own->parts[i]);
        }
    }
}

/* int8: the same number in the output's quantization. */
static uint8_t look_up(const struct step *step, int byte, float unused)
{
    (void)unused;
    return byte_of_number(step->out.quantization, number_of_byte(step->in.quantization, byte));
}

static void fill_part(struct part *part, const struct step *step, uint32_t first)
{
    const struct quantization in = step->in.quantization, out = step->out.quantization;
    part->in = step->in;
    part->first = first;
    part->is_copied = in.scale == out.scale && in.zero_point == out.zero_point;
    if (!part->is_copied) {
        fill_table(step, look_up, 0.0f, part->table);
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
        const struct step one = {.in = planning->values[node->inputs[i]].tensor, .out = step->out};
        fill_part(&own->parts[i], &one, first);
        first += one.in.shape.channels;
    }
}

const struct operator operator_concat = {
    .most_inputs = MAX_INPUTS,
    .has_own_quantization = true,
    .set_shape = set_shape,
    .plan = plan,
};
