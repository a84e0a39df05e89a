/* fp16: operators without arithmetic of their own for it, in float32. */
#include "widened.h"

#include <string.h>

#include "operator.h"
#include "tensor.h"

/* What a step reads, as it lies between operators and as the inner step has it. */
struct widened_input {
    struct tensor narrow, wide;
};

struct widened_step {
    struct step inner;
    uint32_t count;
    struct widened_input inputs[];
};

struct tensor widened(struct planning *planning, const struct tensor *tensor)
{
    struct widening *widening = &planning->widening;
    struct tensor wide = *tensor;
    const uint64_t bytes = tensor->values * sizeof(float) + KERNEL_SLACK;
    wide.buffer = widening->room != NULL ? widening->room + widening->used : NULL;
    widening->used += (bytes + KERNEL_ALIGNMENT - 1) / KERNEL_ALIGNMENT * KERNEL_ALIGNMENT;
    widening->most = widening->used > widening->most ? widening->used : widening->most;
    return wide;
}

/* All of the buffer: convolutions read the border too, and what lies behind the end. */
static void widen(const struct widened_input *input)
{
    const half *narrow = input->narrow.buffer;
    float *restrict wide = input->wide.buffer;
    const size_t count = input->narrow.values;
    for (size_t i = 0; i < count; i++) {
        wide[i] = float_of_half(narrow[i]);
    }
    memset(wide + count, 0, KERNEL_SLACK);
}

static void narrow(const struct tensor *wide, const struct tensor *out)
{
    const size_t count = row_values(out);
    for (uint32_t y = 0; y < out->shape.height; y++) {
        const float *from = f32_row(wide, y);
        half *restrict to = f16_row(out, y);
        for (size_t i = 0; i < count; i++) {
            to[i] = half_of_float(from[i]);
        }
    }
}

static void run(const struct step *step)
{
    const struct widened_step *own = step->own;
    for (uint32_t i = 0; i < own->count; i++) {
        widen(&own->inputs[i]);
    }
    own->inner.run(&own->inner);
    narrow(&own->inner.out, &step->out);
}

void plan_widened(struct planning *p, uint32_t index, struct step *step)
{
    const struct node *node = &p->network->nodes[index];
    struct widened_input inputs[MAX_INPUTS];
    const uint64_t bytes = node->input_count * (uint64_t)sizeof *inputs;
    struct widened_step *own = arena_take(&p->arena, sizeof *own + bytes);
    p->widening.wanted = true;
    p->widening.used = 0;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const struct tensor *tensor = &p->values[node->inputs[i]].tensor;
        inputs[i] = (struct widened_input){*tensor, widened(p, tensor)};
    }
    for (uint32_t i = 0; i < node->input_count; i++) {
        p->values[node->inputs[i]].tensor = inputs[i].wide;
    }
    struct step inner = *step;
    inner.in = inputs[0].wide;
    node->operator->plan(p, index, &inner);
    for (uint32_t i = 0; i < node->input_count; i++) {
        p->values[node->inputs[i]].tensor = inputs[i].narrow;
    }
    p->widening.wanted = false;
    step->last = inner.last;
    step->out = p->values[inner.last + 1].tensor;
    step->own = own;
    step->run = run;
    if (own != NULL) {
        own->inner = inner;
        own->count = node->input_count;
        memcpy(own->inputs, inputs, (size_t)bytes);
    }
}
