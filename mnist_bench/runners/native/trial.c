/* Random operators: odd sizes, strides, groups, borders, pooling, extreme zero points and weights. */
#include "trial.h"

#include <math.h>
#include <string.h>

#include "conv.h"
#include "winograd.h"

/* xorshift64*: a number from 0 to `range` - 1. */
static uint32_t pick(struct room *room, uint32_t range)
{
    room->random ^= room->random >> 12;
    room->random ^= room->random << 25;
    room->random ^= room->random >> 27;
    return (uint32_t)((room->random * 0x2545F4914F6CDD1Du) >> 33) % range;
}

static float pick_float(struct room *room, float size)
{
    return ((float)pick(room, 1 << 20) / (1 << 19) - 1.0f) * size;
}

static uint8_t pick_zero_point(struct room *room)
{
    const uint8_t choices[] = {0, 255, 128, (uint8_t)pick(room, 256)};
    return choices[pick(room, 4)];
}

/* A convolution that may go Winograd's way. */
static void pick_winograd(struct room *room, struct trial *trial, uint32_t lanes)
{
    struct weights *weights = &trial->weights;
    const uint32_t fewest = trial->quantized ? 2 * lanes : lanes; /* input channels */
    trial->linear = false;
    trial->extreme &= trial->quantized;
    trial->tile = 2 + 2 * pick(room, 2);
    trial->stride = (struct pair){1, 1};
    weights->groups = 1;
    weights->kernel = (struct pair){WINOGRAD_KERNEL, WINOGRAD_KERNEL};
    weights->in_per_group = fewest + pick(room, MAX_OUT - fewest);
    weights->out = lanes + pick(room, MAX_OUT - lanes);
}

static void pick_operator(struct room *room, struct trial *trial)
{
    struct weights *weights = &trial->weights;
    const struct pair one = {1, 1};
    trial->linear = pick(room, 5) == 0;
    const bool grouped = !trial->linear && pick(room, 3) == 0, depthwise = grouped && pick(room, 2) == 0;
    weights->groups = depthwise ? 2 + pick(room, MAX_OUT - 1) : grouped ? 2 + pick(room, 4) : 1;
    weights->in_per_group = 1 + (depthwise || pick(room, 3) == 0 ? 0 : pick(room, grouped ? 6 : 40));
    weights->out = weights->groups * (depthwise ? 1 : 1 + pick(room, grouped ? 20 : MAX_OUT));
    weights->kernel = trial->linear ? one : (struct pair){1 + pick(room, 5), 1 + pick(room, 5)};
    weights->biases = room->biases;
    weights->scales = room->scales;
    weights->numbers = &room->weights;
    trial->stride = trial->linear ? one : (struct pair){1 + pick(room, 3), 1 + pick(room, 3)};
    trial->relu = pick(room, 2) == 0;
    trial->pool = !trial->linear && pick(room, 2) == 0;
    trial->extreme = pick(room, 8) == 0;
}

/* A buffer for an image with a border. */
static struct tensor tensor_of(struct room *room, struct shape shape, uint32_t border, void *buffer)
{
    const size_t row = (size_t)(shape.width + 2 * border) * shape.channels;
    return (struct tensor){
        .shape = shape,
        .quantization = {0.004f, pick_zero_point(room)},
        .row = row,
        .origin = border * row + (size_t)border * shape.channels,
        .buffer = buffer,
    };
}

static size_t tensor_values(const struct tensor *tensor)
{
    const size_t rows = tensor->shape.height + 2 * (tensor->origin / tensor->row);
    return rows * tensor->row;
}

/* The window starts at the buffer's start, so that borders of the input need not be told from its inside. */
bool pick_trial(struct room *room, struct trial *trial, const struct kernels *kernels, const struct f16_kernels *f16,
                bool quantized)
{
    struct weights *weights = &trial->weights;
    const uint32_t lanes = f16 != NULL ? f16->winograd : winograd_lanes(kernels, quantized);
    memset(trial, 0, sizeof *trial);
    pick_operator(room, trial);
    trial->quantized = quantized;
    trial->f16 = f16;
    if (lanes != 0 && pick(room, 4) == 0) {
        pick_winograd(room, trial, lanes);
        trial->tile = f16 != NULL ? 2 : trial->tile;
    }
    if (f16 != NULL && kernels_for(weights, kernels) != kernels) {
        return false; /* executed in float32 */
    }
    kernels = kernels_for(weights, kernels);
    trial->pool &= quantized ? kernels->q8_pools : kernels->f32_pools;
    const bool linear = trial->linear;
    const uint32_t height = 1 + pick(room, 9), width = 1 + pick(room, 9), each = trial->pool ? 2 : 1;
    const struct shape in = {
        weights->in_per_group * weights->groups,
        linear ? 1 + pick(room, 4) : weights->kernel.height + (height * each - 1) * trial->stride.height,
        linear ? 1 + pick(room, 4) : weights->kernel.width + (width * each - 1) * trial->stride.width,
        linear,
    };
    const struct shape out = {weights->out, linear ? 1 : height, linear ? 1 : width, linear};
    if (linear) {
        weights->in_per_group *= in.height * in.width; /* as it travels: flat */
    }
    trial->in = tensor_of(room, in, 0, &room->in);
    trial->in.is_image = in.channels == 1 && pick(room, 2) == 0;
    trial->out = tensor_of(room, out, linear ? 0 : pick(room, 2), NULL);
    if (trial->tile != 0 && height * width * each * each < WINOGRAD_FEWEST_TILES * trial->tile * trial->tile) {
        return false;
    }
    return weights->out <= MAX_OUT && weights->out * channel_weights(weights) <= MAX_WEIGHTS &&
           tensor_values(&trial->in) <= MAX_VALUES && tensor_values(&trial->out) <= MAX_VALUES;
}

void fill_weights(struct room *room, struct trial *trial)
{
    const size_t size = (size_t)channel_weights(&trial->weights), count = trial->weights.out * size;
    const float spread = sqrtf((float)size);
    for (size_t i = 0; i < count; i++) {
        if (trial->quantized) {
            const int any = (int)pick(room, 255) - 127, largest = any < -100 ? -127 : 127;
            room->weights.q8[i] = (int8_t)(trial->extreme ? largest : any);
        } else {
            room->weights.f32[i] = pick_float(room, 1.0f / spread);
        }
    }
    for (uint32_t i = 0; i < trial->weights.out; i++) {
        room->scales[i] = 0.001f + fabsf(pick_float(room, 0.02f));
        room->biases[i] = pick_float(room, trial->quantized ? 20.0f * spread * 0.01f : 0.5f);
    }
    if (trial->quantized) {
        trial->out.quantization.scale = 73.0f * 90.0f * spread * trial->in.quantization.scale * 0.01f / 40.0f;
    }
}

void fill_input(struct room *room, const struct trial *trial)
{
    const size_t count = tensor_values(&trial->in);
    memset(&room->in, 0, sizeof room->in);
    for (size_t i = 0; i < count; i++) {
        if (trial->quantized) {
            room->in.q8[i] = (uint8_t)(trial->extreme ? 255 : pick(room, 256));
        } else {
            room->in.f32[i] = pick_float(room, 1.0f);
        }
    }
    if (trial->extreme && !trial->quantized && !trial->in.is_image) {
        room->in.f32[pick(room, (uint32_t)count)] = INFINITY;
    }
    for (size_t i = 0; trial->f16 != NULL && i < count; i++) {
        room->in.f32[i] = float_of_half(half_of_float(room->in.f32[i]));
    }
}
