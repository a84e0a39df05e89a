/* From a graph to steps. All of it runs twice: while the arena counts, nothing is written to what it gives out. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "operator.h"

#define ARENA_LIMIT ((uint64_t)1 << 30) /* bytes; far more than any network for digits needs */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The border of `value` is as wide on each side as any of its readers wants it. */
static void widen_border(struct sides *border, struct sides wanted)
{
    border->top = larger(border->top, wanted.top);
    border->left = larger(border->left, wanted.left);
    border->bottom = larger(border->bottom, wanted.bottom);
    border->right = larger(border->right, wanted.right);
}

static void plan_readers(struct planning *p)
{
    const struct network *network = p->network;
    for (uint32_t value = 0; value <= network->logit_count; value++) {
        p->borders[value] = (struct sides){0, 0, 0, 0};
        p->border_bytes[value] = network->quantized ? network->values[value].quantization.zero_point : 0;
        p->only_linear[value] = true;
    }
    for (uint32_t index = network->logit_count; index-- > 0;) { /* readers first */
        const struct node *node = &network->nodes[index];
        const uint32_t read = node->inputs[0];
        if (node->operator->padding != NULL) {
            widen_border(&p->borders[read], node->operator->padding(node));
        }
        if (node->operator->elementwise && network->readers[read] == 1) {
            p->borders[read] = p->borders[index + 1];
            p->border_bytes[read] = p->border_bytes[index + 1];
            p->only_linear[read] = p->only_linear[index + 1];
            continue;
        }
        for (uint32_t i = 0; i < node->input_count; i++) {
            p->only_linear[node->inputs[i]] &= node->operator == &operator_linear;
        }
    }
}

static bool same_layout(const struct buffer *buffer, const struct tensor *tensor, uint64_t bytes, uint8_t border_byte)
{
    const struct tensor *layout = &buffer->layout;
    return buffer->bytes == bytes && buffer->border_byte == border_byte && layout->row == tensor->row &&
           layout->origin == tensor->origin && layout->shape.height == tensor->shape.height &&
           layout->shape.width * layout->shape.channels == tensor->shape.width * tensor->shape.channels;
}

/* The smallest free buffer that will do, or a new one. */
static uint32_t find_buffer(struct planning *p, const struct tensor *tensor, uint64_t bytes, bool bordered,
                            uint8_t border_byte)
{
    uint32_t best = p->buffer_count;
    for (uint32_t i = 0; i < p->buffer_count; i++) {
        const struct buffer *buffer = &p->buffers[i];
        const bool fits = bordered ? same_layout(buffer, tensor, bytes, border_byte) : buffer->bytes >= bytes;
        if (buffer->readers == 0 && buffer->bordered == bordered && fits &&
            (best == p->buffer_count || buffer->bytes < p->buffers[best].bytes)) {
            best = i;
        }
    }
    if (best == p->buffer_count) {
        p->buffer_count++;
        struct buffer *buffer = &p->buffers[best];
        void *memory = arena_take(&p->arena, bytes + KERNEL_SLACK);
        *buffer = (struct buffer){memory, bytes, 0, bordered, *tensor, border_byte};
        if (buffer->memory != NULL && border_byte != 0) {
            memset(buffer->memory, border_byte, (size_t)bytes);
        }
    }
    return best;
}

/* `value` is `tensor` from now on, until its readers have run; nobody reads the logits, which stay. */
static struct tensor bind(struct planning *p, uint32_t value, uint32_t buffer, struct tensor tensor)
{
    const uint32_t readers = p->network->readers[value];
    p->buffers[buffer].readers += readers != 0 ? readers : 1;
    p->buffer_of[value] = buffer;
    tensor.buffer = p->buffers[buffer].memory;
    p->tensors[value] = tensor;
    return tensor;
}

struct tensor new_tensor(struct planning *p, uint32_t value)
{
    const struct shape shape = p->network->values[value].shape;
    const struct sides border = p->borders[value];
    const uint64_t height = (uint64_t)shape.height + border.top + border.bottom;
    const uint64_t width = (uint64_t)shape.width + border.left + border.right;
    const uint64_t bytes = height * width * shape.channels * (p->network->quantized ? sizeof(uint8_t) : sizeof(float));
    struct tensor tensor = {.shape = shape, .quantization = p->network->values[value].quantization};
    tensor.row = (size_t)(width * shape.channels);
    tensor.origin = border.top * tensor.row + (size_t)border.left * shape.channels;
    const bool bordered = height != shape.height || width != shape.width;
    return bind(p, value, find_buffer(p, &tensor, bytes, bordered, bordered ? p->border_bytes[value] : 0), tensor);
}

struct tensor same_memory(struct planning *p, uint32_t read, uint32_t value)
{
    struct tensor tensor = p->tensors[read];
    tensor.shape.flat = p->network->values[value].shape.flat;
    tensor.quantization = p->network->values[value].quantization;
    return bind(p, value, p->buffer_of[read], tensor);
}

bool can_fuse(const struct network *network, uint32_t last, const struct operator *operator)
{
    const struct node *next = &network->nodes[last + 1];
    return last + 1 < network->logit_count && next->operator == operator && next->inputs[0] == last + 1 &&
           network->readers[last + 1] == 1;
}

/* One step from node `index` on; what it reads is free behind it if nobody else reads it. */
static void plan_step(struct planning *p, uint32_t index, struct step *step)
{
    const struct node *node = &p->network->nodes[index];
    memset(step, 0, sizeof *step);
    step->first = step->last = index;
    step->in = p->tensors[node->inputs[0]];
    node->operator->plan(p, index, step);
    for (uint32_t i = 0; i < node->input_count; i++) {
        p->buffers[p->buffer_of[node->inputs[i]]].readers--;
    }
}

static void plan_steps(struct plan *plan, struct planning *p, unsigned char *memory)
{
    p->arena = (struct arena){memory, 0};
    p->buffer_count = 0;
    plan->input = new_tensor(p, 0);
    p->tensors[0].is_image = plan->input.is_image = true;
    plan->count = 0;
    for (uint32_t index = 0; index < p->network->logit_count; plan->count++) {
        struct step *step = &plan->steps[plan->count];
        plan_step(p, index, step);
        index = step->last + 1;
    }
}

bool plan_make(struct plan *plan, const struct network *network, const struct kernels *kernels,
               struct failure *failure)
{
    struct planning planning; /* as much of it as the network has operators is ever touched */
    planning.network = network;
    planning.kernels = kernels;
    plan_free(plan);
    plan->quantized = network->quantized;
    plan->parameter_bytes = network->parameter_bytes;
    for (uint32_t i = 0; i < network->count; i++) {
        plan->operators[i] = network->nodes[i].operator;
    }
    plan_readers(&planning);
    plan_steps(plan, &planning, NULL);
    const uint64_t size = planning.arena.used + KERNEL_ALIGNMENT;
    plan->count = 0;
    if (size > ARENA_LIMIT) {
        return refuse(failure, ERROR_UNSUPPORTED, "The network would need %llu MB of memory; the limit is %llu.",
                      (unsigned long long)(size >> 20), (unsigned long long)(ARENA_LIMIT >> 20));
    }
    plan->memory = calloc(1, (size_t)size);
    if (plan->memory == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    const uintptr_t start = ((uintptr_t)plan->memory + KERNEL_ALIGNMENT - 1) / KERNEL_ALIGNMENT * KERNEL_ALIGNMENT;
    plan_steps(plan, &planning, (unsigned char *)plan->memory + (start - (uintptr_t)plan->memory));
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->memory);
    plan->memory = NULL;
    plan->count = 0;
}
