/* From layers to steps. Everything here runs twice: while the arena counts, nothing is written to what it gives out. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "plan_conv.h"

#define ARENA_LIMIT ((uint64_t)1 << 30) /* bytes; far more than any network for digits needs */

/* The border that the next convolution wants around what is put out in front of layer `next`. Elementwise layers work
 * in place, so that it may stand behind them. */
static struct pair border_before(const struct network *network, uint32_t next)
{
    for (uint32_t i = next; i < network->logit_layers; i++) {
        switch (network->layers[i].kind) {
        case LAYER_RELU:
        case LAYER_TANH:
        case LAYER_SIGMOID:
            continue;
        case LAYER_CONV2D:
            return network->layers[i].padding;
        default:
            return (struct pair){0, 0};
        }
    }
    return (struct pair){0, 0};
}

/* The tensor behind layer `index` - 1, for whatever reads it. */
static struct tensor new_tensor(const struct network *network, uint32_t index, struct shape shape,
                                struct quantization quantization, struct arena *arena)
{
    const struct pair border = border_before(network, index);
    struct tensor tensor = {.shape = shape, .quantization = quantization};
    const uint64_t height = (uint64_t)shape.height + 2 * border.height;
    const uint64_t width = (uint64_t)shape.width + 2 * border.width;
    const uint64_t bytes = height * width * shape.channels * (network->quantized ? sizeof(uint8_t) : sizeof(float));
    tensor.row = (size_t)(width * shape.channels);
    tensor.origin = border.height * tensor.row + (size_t)border.width * shape.channels;
    tensor.buffer = arena_take(arena, bytes + KERNEL_SLACK);
    return tensor;
}

static uint32_t plan_convolution(const struct network *network, uint32_t index, const struct kernels *kernels,
                                 struct arena *arena, struct step *step)
{
    const struct convolution fused = fuse(network, index, kernels);
    const struct layer *last = &network->layers[fused.last];
    step->out = new_tensor(network, fused.last + 1, last->shape, last->quantization, arena);
    plan_conv(&fused, network->quantized, arena, step);
    return fused.last;
}

static void plan_elementwise(const struct layer *layer, bool quantized, struct arena *arena, struct step *step)
{
    step->out = step->in;
    step->out.quantization = layer->quantization;
    if (!quantized) {
        step->run = layer->kind == LAYER_TANH ? f32_tanh : layer->kind == LAYER_SIGMOID ? f32_sigmoid : f32_relu;
        return;
    }
    uint8_t *table = arena_take(arena, 256);
    step->run = q8_lookup;
    step->table = table;
    if (table != NULL) {
        fill_table(layer->kind, step->in.quantization, table);
    }
}

static void plan_pooling(const struct network *network, uint32_t index, struct arena *arena, struct step *step)
{
    const struct layer *layer = &network->layers[index];
    const bool is_max = layer->kind == LAYER_MAX_POOL2D;
    step->out = new_tensor(network, index + 1, layer->shape, layer->quantization, arena);
    step->kernel = layer->kernel, step->stride = layer->stride, step->padding = layer->padding;
    if (network->quantized) {
        step->run = is_max ? q8_max_pool : q8_avg_pool;
        step->multiplier = avg_pool_multiplier(layer->quantization, layer->kernel.height * layer->kernel.width);
    } else {
        step->run = is_max ? f32_max_pool : f32_avg_pool;
    }
}

/* One step from layer `index` on; returns its last layer. */
static uint32_t plan_step(const struct network *network, uint32_t index, const struct kernels *kernels,
                          struct arena *arena, struct step *step)
{
    const struct layer *layer = &network->layers[index];
    switch (layer->kind) {
    case LAYER_CONV2D:
    case LAYER_LINEAR:
        return plan_convolution(network, index, kernels, arena, step);
    case LAYER_MAX_POOL2D:
    case LAYER_AVG_POOL2D:
        plan_pooling(network, index, arena, step);
        return index;
    case LAYER_FLATTEN:
        step->run = flatten;
        step->out = step->in;
        step->out.shape.flat = true;
        return index;
    default:
        plan_elementwise(layer, network->quantized, arena, step);
        return index;
    }
}

static void plan_steps(struct plan *plan, const struct network *network, const struct kernels *kernels,
                       struct arena *arena)
{
    const struct shape image = {1, IMAGE_SIDE, IMAGE_SIDE, false};
    struct tensor tensor = new_tensor(network, 0, image, input_quantization, arena);
    tensor.is_image = true;
    plan->input = tensor;
    plan->count = 0;
    for (uint32_t index = 0; index < network->logit_layers; plan->count++) {
        struct step *step = &plan->steps[plan->count];
        memset(step, 0, sizeof *step);
        step->in = tensor;
        step->first = index;
        step->last = plan_step(network, index, kernels, arena, step);
        tensor = step->out;
        index = step->last + 1;
    }
}

bool plan_make(struct plan *plan, const struct network *network, const struct kernels *kernels,
               struct failure *failure)
{
    struct arena arena = {NULL, 0};
    plan_free(plan);
    plan->quantized = network->quantized;
    plan->parameter_bytes = network->parameter_bytes;
    for (uint32_t i = 0; i < network->count; i++) {
        plan->kinds[i] = network->layers[i].kind;
    }
    plan_steps(plan, network, kernels, &arena);
    const uint64_t size = arena.used + KERNEL_ALIGNMENT;
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
    arena = (struct arena){(unsigned char *)plan->memory + (start - (uintptr_t)plan->memory), 0};
    plan_steps(plan, network, kernels, &arena);
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->memory);
    plan->memory = NULL;
    plan->count = 0;
}
