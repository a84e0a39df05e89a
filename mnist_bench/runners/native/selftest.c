/* Whether the kernels on this processor compute what the portable ones do, on random operators: odd sizes, strides,
 * groups, borders, pooling, extreme zero points and weights. */
#include "selftest.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "conv.h"
#include "half.h"
#include "winograd.h"

#define CASES 400           /* for each set and precision */
#define TOLERANCE 1e-5f     /* fp32: of the largest output's size */
/* The same for F(4 x 4): its transforms' numbers, up to 100 and 324 times as large, lose as many bits. Random operators
 * of 16 to 100 channels differ by up to 1e-5 (docs/adr/0027-winograd.md); Barabasz and others, "Error Analysis and
 * Improving the Accuracy of Winograd Convolution for Deep Neural Networks" (ACM TOMS 46, 2020), say why. */
#define TOLERANCE_OF_F4 4e-5f
#define TOLERANCE_OF_F16 1e-2f
/* What counts as the largest output's size at least: random sums are about 0.3, and their errors are no smaller where
 * all of a few happen to be near zero. */
#define LEAST_SIZE 0.1f
#define MAX_VALUES 20000    /* of a buffer */
#define MAX_WEIGHTS 120000
#define MAX_OUT 100

/* What a case works in; weights and biases are kept as they travel. */
struct room {
    uint64_t random;
    union {
        float f32[MAX_VALUES + KERNEL_SLACK];
        half f16[MAX_VALUES + KERNEL_SLACK];
        uint8_t q8[MAX_VALUES + KERNEL_SLACK];
    } in, out[2];
    union {
        float f32[MAX_WEIGHTS];
        int8_t q8[MAX_WEIGHTS];
    } weights;
    float biases[MAX_OUT], scales[MAX_OUT];
};

struct trial {
    struct weights weights;
    struct pair stride;
    struct tensor in, out;
    bool quantized, linear, relu, pool;
    const struct f16_kernels *f16; /* or NULL: they are compared with fp32 */
    bool extreme; /* int8: all weights and inputs as large as they can be; fp32: an input is infinite */
    uint32_t tile; /* of Winograd's way; 0: the direct way */
};

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

/* Values in a vector of the set's Winograd way; 0 without one. */
static uint32_t winograd_lanes(const struct kernels *kernels, bool quantized)
{
    return quantized ? kernels->q8_winograd : kernels->f32_winograd;
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

/* False where the case is larger than its room. The window starts at the buffer's start, so that borders of the input
 * need not be told from its inside. */
static bool pick_trial(struct room *room, struct trial *trial, const struct kernels *kernels,
                       const struct f16_kernels *f16, bool quantized)
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

static void fill_weights(struct room *room, struct trial *trial)
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

static void fill_input(struct room *room, const struct trial *trial)
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

/* fp16: the input as it lies in memory then, over itself. */
static void narrow_input(struct room *room)
{
    for (size_t i = 0; i < MAX_VALUES + KERNEL_SLACK; i++) {
        room->in.f16[i] = half_of_float(room->in.f32[i]);
    }
}

/* Plan and run the trial with one set; what is not the set's to write stays 0xA5. False where there is no memory. */
static bool run_trial(struct room *room, const struct trial *trial, const struct kernels *kernels, int place)
{
    const bool is_f16 = trial->f16 != NULL && place == 1;
    const struct convolution convolution = {
        .weights = &trial->weights,
        .kernel = trial->linear ? (struct pair){trial->in.shape.height, trial->in.shape.width} : trial->weights.kernel,
        .stride = trial->stride, .kernels = kernels_for(&trial->weights, kernels), .quantization = trial->out.quantization,
        .input = trial->in.quantization, .relu = trial->relu, .pool = trial->pool,
        .tile = is_f16 || winograd_lanes(kernels, trial->quantized) != 0 ? trial->tile : 0,
        .f16 = is_f16 ? trial->f16 : NULL};
    struct step step = {.in = trial->in, .out = trial->out};
    struct arena arena = {NULL, 0};
    struct scratch scratch = {NULL, 0};
    step.out.buffer = &room->out[place];
    plan_conv(&convolution, trial->quantized, &arena, &scratch, &step);
    arena_take(&arena, scratch.bytes);
    void *memory = calloc(1, (size_t)arena.used + KERNEL_ALIGNMENT);
    if (memory == NULL) {
        return false;
    }
    arena = (struct arena){(unsigned char *)memory + (-(uintptr_t)memory & (KERNEL_ALIGNMENT - 1)), 0};
    scratch.memory = arena_take(&arena, scratch.bytes);
    memset(scratch.memory, 0xFF, (size_t)scratch.bytes); /* no number, in fp32 */
    plan_conv(&convolution, trial->quantized, &arena, &scratch, &step);
    fill_input(room, trial);
    if (is_f16) {
        narrow_input(room);
    }
    memset(&room->out[place], 0xA5, sizeof room->out[place]);
    step.run(&step);
    free(memory);
    return true;
}

/* The value at `i` of what the set put out; what was not written stays what portable kernels do not write, or none. */
static float value_got(const struct room *room, const struct trial *trial, size_t i)
{
    if (trial->f16 == NULL) {
        return room->out[1].f32[i];
    }
    const bool is_unwritten = memcmp(&room->out[0].f32[i], "\xA5\xA5\xA5\xA5", sizeof(float)) == 0;
    const half got = room->out[1].f16[i];
    return is_unwritten ? (got == 0xA5A5 ? room->out[0].f32[i] : INFINITY) : float_of_half(got);
}

/* The largest difference, for fp32 as a part of the largest value; where the portable kernels have no finite number,
 * anything will do. */
static float difference(const struct room *room, const struct trial *trial)
{
    if (trial->quantized) {
        return memcmp(room->out[0].q8, room->out[1].q8, sizeof room->out[0].q8) == 0 ? 0.0f : 1.0f;
    }
    float largest = LEAST_SIZE, difference = 0.0f;
    for (size_t i = 0; i < sizeof room->out[0].f32 / sizeof(float); i++) {
        const float expected = room->out[0].f32[i], got = value_got(room, trial, i);
        if (fabsf(expected) <= FLT_MAX) {
            largest = fmaxf(largest, fabsf(expected));
            difference = fabsf(got - expected) <= difference ? difference : fabsf(got - expected);
        }
    }
    return difference / largest;
}

static void describe(const struct trial *trial, float difference)
{
    const struct weights *weights = &trial->weights;
    printf("  differs by %g: %s %s %u -> %u, groups %u, kernel %u x %u, stride %u x %u, input %u x %u, tile %u%s%s%s\n",
           (double)difference, trial->quantized ? "int8" : trial->f16 != NULL ? "fp16" : "fp32", trial->linear ? "linear" : "conv2d",
           weights->in_per_group, weights->out, weights->groups, weights->kernel.height, weights->kernel.width,
           trial->stride.height, trial->stride.width, trial->in.shape.height, trial->in.shape.width, trial->tile,
           trial->relu ? ", relu" : "", trial->pool ? ", pool" : "", trial->in.is_image ? ", pixels" : "");
}

static float tolerance(const struct trial *trial)
{
    if (trial->f16 != NULL) {
        return TOLERANCE_OF_F16;
    }
    return trial->quantized ? 0.0f : trial->tile == 4 ? TOLERANCE_OF_F4 : TOLERANCE;
}

/* The number of cases in which a set is not as it should be. */
static int test_set(struct room *room, const struct kernels *kernels, const struct f16_kernels *f16, bool quantized)
{
    int wrong = 0;
    for (int i = 0; i < CASES;) {
        struct trial trial;
        if (!pick_trial(room, &trial, kernels, f16, quantized)) {
            continue;
        }
        fill_weights(room, &trial);
        const uint64_t random = room->random; /* both get the same input */
        bool ran = run_trial(room, &trial, kernels_portable(), 0);
        room->random = random;
        ran = ran && run_trial(room, &trial, kernels, 1);
        const float off = ran ? difference(room, &trial) : INFINITY;
        if (!(off <= tolerance(&trial))) {
            describe(&trial, off);
            wrong++;
        }
        i++;
    }
    return wrong;
}

bool self_test(void)
{
    bool right = true;
    const char *name;
    struct room *room = malloc(sizeof *room);
    if (room == NULL) {
        puts("There is not enough memory for a self-test.");
        return false;
    }
    room->random = 0x6D6E697374;
    for (size_t place = 0; kernels_at(place, &name), name != NULL; place++) {
        const struct kernels *kernels = kernels_at(place, &name);
        if (kernels == NULL) {
            printf("%s: not for this processor\n", name);
            continue;
        }
        const int fp32 = test_set(room, kernels, NULL, false), int8 = test_set(room, kernels, NULL, true);
        printf("%s: fp32 %d of %d wrong, int8 %d of %d wrong\n", name, fp32, CASES, int8, CASES);
        right &= fp32 == 0 && int8 == 0;
    }
    if (kernels_fp16() != NULL) {
        const int fp16 = test_set(room, kernels_portable(), kernels_fp16(), false);
        printf("fp16: %d of %d differ by more than they may\n", fp16, CASES);
        right &= fp16 == 0;
    }
    free(room);
    return right;
}
