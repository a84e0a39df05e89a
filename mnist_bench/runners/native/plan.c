/* From a graph to steps. All of it runs twice: while the arena counts, nothing is written to what it gives out. */
#include "plan.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "operator.h"
#include "platform.h"
#include "tensor.h"
#include "widened.h"

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
        const uint8_t zero = network->quantized ? value_of(network, value)->quantization.zero_point : 0;
        p->values[value].border = (struct sides){0, 0, 0, 0};
        p->values[value].border_byte = zero;
        p->values[value].only_linear = true;
    }
    for (uint32_t index = network->logit_count; index-- > 0;) { /* readers first */
        const struct node *node = &network->nodes[index];
        const uint32_t read = node->inputs[0];
        if (node->operator->padding != NULL) {
            widen_border(&p->values[read].border, node->operator->padding(node));
        }
        if (node->operator->elementwise && value_of(network, read)->readers == 1) {
            p->values[read] = p->values[index + 1];
            continue;
        }
        for (uint32_t i = 0; i < node->input_count; i++) {
            p->values[node->inputs[i]].only_linear &= node->operator == &operator_linear;
        }
    }
}

/* fp32: how large the numbers of each value can become. An image's are at most 1. Double precision does not overflow
 * where float32 would. */
static void plan_bounds(struct planning *p)
{
    p->values[0].bound = 1.0;
    for (uint32_t index = 0; index < p->network->logit_count; index++) {
        const struct node *node = &p->network->nodes[index];
        double largest = 0.0, sum = 0.0;
        for (uint32_t i = 0; i < node->input_count; i++) {
            const double bound = p->values[node->inputs[i]].bound;
            largest = largest < bound ? bound : largest;
            sum += bound;
        }
        const struct operator *operator = node->operator;
        const double bound = operator->bound != NULL ? operator->bound(node, largest, sum) : largest;
        p->values[index + 1].bound = bound <= (double)FLT_MAX ? bound : HUGE_VAL;
    }
}

/* A buffer for `tensor`, which has no memory yet. */
static struct buffer buffer_for(const struct tensor *tensor, uint64_t bytes, bool bordered, uint8_t border_byte)
{
    return (struct buffer){
        .bytes = bytes, .bordered = bordered, .border_byte = bordered ? border_byte : 0, .height = tensor->shape.height,
        .width_values = tensor->shape.width * tensor->shape.channels, .row = tensor->row, .origin = tensor->origin};
}

static bool will_do(const struct buffer *buffer, const struct buffer *wanted)
{
    if (buffer->readers != 0 || buffer->bordered != wanted->bordered) {
        return false;
    }
    if (!wanted->bordered) {
        return buffer->bytes >= wanted->bytes;
    }
    return buffer->bytes == wanted->bytes && buffer->border_byte == wanted->border_byte &&
           buffer->height == wanted->height && buffer->width_values == wanted->width_values &&
           buffer->row == wanted->row && buffer->origin == wanted->origin;
}

/* The value whose buffer `value` gets: the smallest free one that will do, or a new one of its own. */
static uint32_t find_buffer(struct planning *p, uint32_t value, struct buffer wanted)
{
    uint32_t best = value;
    for (uint32_t i = 0; i < value; i++) {
        const struct buffer *buffer = &p->values[i].buffer;
        if (buffer->bytes != 0 && will_do(buffer, &wanted) &&
            (best == value || buffer->bytes < p->values[best].buffer.bytes)) {
            best = i;
        }
    }
    if (best == value) {
        wanted.memory = arena_take(&p->arena, wanted.bytes + KERNEL_SLACK);
        if (wanted.memory != NULL && wanted.border_byte != 0) {
            memset(wanted.memory, wanted.border_byte, (size_t)wanted.bytes);
        }
        p->values[value].buffer = wanted;
    }
    return best;
}

/* `value` is `tensor` from now on, until its readers have run; nobody reads the logits, which stay. */
static struct tensor bind(struct planning *p, uint32_t value, uint32_t lies_in, struct tensor tensor)
{
    const uint32_t readers = value_of(p->network, value)->readers;
    struct buffer *buffer = &p->values[lies_in].buffer;
    buffer->readers += readers != 0 ? readers : 1;
    p->values[value].lies_in = lies_in;
    tensor.buffer = buffer->memory;
    p->values[value].tensor = tensor;
    return tensor;
}

struct tensor new_tensor(struct planning *p, uint32_t value)
{
    const struct shape shape = value_of(p->network, value)->shape;
    const struct sides border = p->values[value].border;
    const uint64_t height = (uint64_t)shape.height + border.top + border.bottom;
    const uint64_t width = (uint64_t)shape.width + border.left + border.right;
    const uint64_t bytes = height * width * shape.channels * value_bytes(p->network->precision);
    struct tensor tensor = {.shape = shape, .quantization = value_of(p->network, value)->quantization};
    tensor.values = (size_t)(height * width * shape.channels);
    tensor.row = (size_t)(width * shape.channels);
    tensor.origin = border.top * tensor.row + (size_t)border.left * shape.channels;
    const bool bordered = height != shape.height || width != shape.width;
    const struct buffer wanted = buffer_for(&tensor, bytes, bordered, p->values[value].border_byte);
    tensor = bind(p, value, find_buffer(p, value, wanted), tensor);
    return p->widening.wanted ? widened(p, &tensor) : tensor;
}

struct tensor same_memory(struct planning *p, uint32_t read, uint32_t value)
{
    struct tensor tensor = p->values[read].tensor;
    tensor.shape.flat = value_of(p->network, value)->shape.flat;
    tensor.quantization = value_of(p->network, value)->quantization;
    const struct tensor bound = bind(p, value, p->values[read].lies_in, tensor);
    return p->widening.wanted ? tensor : bound;
}

bool can_fuse(const struct network *network, uint32_t last, const struct operator *operator)
{
    const struct node *next = &network->nodes[last + 1];
    return last + 1 < network->logit_count && next->operator == operator && next->inputs[0] == last + 1 &&
           value_of(network, last + 1)->readers == 1;
}

/* One step from node `index` on; what it reads is free behind it if nobody else reads it. */
static void plan_step(struct planning *p, uint32_t index, struct step *step)
{
    const struct node *node = &p->network->nodes[index];
    memset(step, 0, sizeof *step);
    step->first = step->last = index;
    step->in = p->values[node->inputs[0]].tensor;
    if (p->network->precision == PRECISION_FP16 && !node->operator->runs_in_f16) {
        plan_widened(p, index, step);
    } else {
        node->operator->plan(p, index, step);
    }
    for (uint32_t i = 0; i < node->input_count; i++) {
        p->values[p->values[node->inputs[i]].lies_in].buffer.readers--;
    }
}

/* How much scratch memory the steps want is known once all are planned: it lies behind all that they keep. */
static void plan_steps(struct plan *plan, struct planning *p, unsigned char *memory)
{
    const struct network *network = p->network;
    struct step counted; /* while the arena counts */
    p->arena = (struct arena){memory, 0};
    p->widening.room = memory != NULL ? arena_take(&p->arena, p->widening.most) : NULL;
    p->scratch.memory = memory != NULL ? memory + p->kept_bytes : NULL;
    p->cached_bytes = 0;
    for (uint32_t value = 0; value <= network->logit_count; value++) {
        p->values[value].buffer.bytes = 0;
    }
    plan->operators = arena_take(&p->arena, network->logit_count * sizeof *plan->operators);
    plan->steps = arena_take(&p->arena, network->logit_count * sizeof *plan->steps);
    plan->input = new_tensor(p, 0);
    p->values[0].tensor.is_image = plan->input.is_image = true;
    plan->count = 0;
    for (uint32_t index = 0; index < network->logit_count; plan->count++) {
        struct step *step = plan->steps != NULL ? &plan->steps[plan->count] : &counted;
        plan_step(p, index, step);
        index = step->last + 1;
    }
    if (memory == NULL) {
        arena_take(&p->arena, p->widening.most);
    }
    p->kept_bytes = p->arena.used;
    arena_take(&p->arena, p->scratch.bytes);
    for (uint32_t index = 0; plan->operators != NULL && index < network->logit_count; index++) {
        plan->operators[index] = network->nodes[index].operator;
    }
}

bool plan_make(struct plan *plan, const struct network *network, const struct kernels *kernels,
               const struct f16_kernels *f16_kernels, struct failure *failure)
{
    struct planning planning; /* as much of it as the network has operators is ever touched */
    planning.network = network;
    planning.kernels = kernels;
    planning.f16_kernels = f16_kernels;
    planning.widening = (struct widening){.wanted = false};
    planning.scratch.bytes = 0;
    planning.cache_bytes = cpu_cache_bytes();
    plan_free(plan);
    plan->precision = network->precision;
    plan->kernels = kernels;
    plan->parameter_bytes = network->parameter_bytes;
    plan_readers(&planning);
    if (network->precision == PRECISION_FP32) {
        plan_bounds(&planning);
    }
    plan_steps(plan, &planning, NULL);
    const uint64_t size = planning.arena.used + KERNEL_ALIGNMENT;
    plan->count = 0;
    if (size > ARENA_LIMIT) {
        return refuse(failure, ERROR_UNSUPPORTED, "The network would need %llu MB of memory; the limit is %llu.",
                      (unsigned long long)(size >> 20), (unsigned long long)(ARENA_LIMIT >> 20));
    }
    plan->memory = platform_take_memory((size_t)size);
    if (plan->memory == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    plan->memory_bytes = (size_t)size;
    const uintptr_t start = ((uintptr_t)plan->memory + KERNEL_ALIGNMENT - 1) / KERNEL_ALIGNMENT * KERNEL_ALIGNMENT;
    plan_steps(plan, &planning, (unsigned char *)plan->memory + (start - (uintptr_t)plan->memory));
    return true;
}

void plan_start(struct plan *plan)
{
    plan->memory = NULL;
    plan->count = 0;
}

void plan_free(struct plan *plan)
{
    if (plan->memory != NULL) {
        platform_give_memory_back(plan->memory, plan->memory_bytes);
    }
    plan_start(plan);
}
